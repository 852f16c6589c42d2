#include "lifecycle/timer.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace slipway::lifecycle {

namespace {

constexpr std::size_t kMaxText = 256;
constexpr std::int64_t kMaxRepeats = 1'000'000'000;

std::unexpected<Error> no_cycle(std::string_view text, std::string_view why) {
    return fail(ErrorCode::invalid_argument, "TIMER", fmt::format("'{}' is no cycle: {}. Write it as R3/PT10S, R/PT1H or a cron expression.", text, why));
}

std::unexpected<Error> never() {
    return fail(ErrorCode::failed_precondition, "TIMER", "The cycle never fires: it ends before its first date.");
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    for (auto end = text.find(by); end != std::string_view::npos; end = text.find(by)) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

/// The number after the `R`; endless without one.
Result<std::int64_t> repeats_of(std::string_view part, std::string_view text) {
    if (part == "R") {
        return -1;
    }
    std::int64_t count = 0;
    const auto* last = part.data() + part.size();
    const auto [end, problem] = std::from_chars(part.data() + 1, last, count);
    if (problem != std::errc{} || end != last || count < 1 || count > kMaxRepeats) {
        return no_cycle(text, "the number after R is not from 1 to 1,000,000,000");
    }
    return count;
}

Result<TimerSpec> parse_cycle(std::string_view text) {
    TimerSpec spec{.kind = TimerKind::cycle};
    if (!text.starts_with('R')) {
        SW_TRY(spec.cron, Cron::parse(text));
        return spec;
    }
    const auto parts = split(text, '/');
    SW_TRY(spec.repeats, repeats_of(parts[0], text));
    if (parts.size() < 2 || parts.size() > 4) {
        return no_cycle(text, "there is no single period");
    }
    bool period = false;
    for (const auto part : std::span{parts}.subspan(1)) {
        if (part.starts_with('P')) {
            if (std::exchange(period, true)) {
                return no_cycle(text, "there is no single period");
            }
            SW_TRY(spec.period, parse_period(part));
        } else {
            auto& target = period ? spec.until : spec.at;
            if (target) {
                return no_cycle(text, "it has two dates on one side of its period");
            }
            SW_TRY(target, parse_moment(part));
        }
    }
    if (!period || spec.period.zero()) {
        return no_cycle(text, "there is no period above zero");
    }
    return spec;
}

/// No period lasts longer than this, whatever the calendar.
Milliseconds longest(const Period& period) {
    return std::chrono::days{period.months * 31 + period.days} + (period.wall() ? std::chrono::hours{2} : std::chrono::hours{0}) + period.exact;
}

/// The first index from `from` on whose due date is after `now`.
Result<Schedule> after(const TimerSpec& spec, Schedule from, Timestamp now, const Zone& zone) {
    auto index = from.index;
    if (from.anchor < now) {
        index = std::max(index, (now - from.anchor) / longest(spec.period));
    }
    for (;; ++index) {
        SW_TRY(const Timestamp due, add(from.anchor, spec.period, index, zone));
        if (due > now) {
            return Schedule{due, from.anchor, index, from.left < 0 ? -1 : from.left - (index - from.index)};
        }
    }
}

Result<bool> ended(const TimerSpec& spec, Timestamp due, const Zone& zone) {
    if (!spec.until) {
        return false;
    }
    SW_TRY(const Timestamp until, resolve(*spec.until, zone));
    return due > until;
}

/// Clocks that are set back show a wall time twice; it counts once, so the search goes on where it would lead back.
Result<Schedule> cron_after(const TimerSpec& spec, Timestamp now, const Zone& zone) {
    SW_TRY(LocalTime local, zone.to_local(now));
    for (int tries = 0; tries < 100'000; ++tries) {
        const auto next = spec.cron->next(local);
        if (!next) {
            break;
        }
        SW_TRY(const Timestamp due, zone.to_utc(*next));
        if (due > now) {
            return Schedule{due, due, 0, -1};
        }
        local = *next;
    }
    return never();
}

Result<std::optional<Schedule>> following(const TimerSpec& spec, const Schedule& schedule, Timestamp after_time, const Zone& zone) {
    if (spec.cron) {
        SW_TRY(const Schedule next, cron_after(spec, after_time, zone));
        return std::optional{next};
    }
    if (schedule.left == 0) {
        return std::nullopt;
    }
    Schedule from = schedule;
    from.index += 1;
    from.left = schedule.left < 0 ? -1 : schedule.left - 1;
    SW_TRY(const Schedule next, after(spec, from, after_time, zone));
    SW_TRY(const bool over, ended(spec, next.due, zone));
    if (over || (schedule.left >= 0 && next.left < 0)) {
        return std::nullopt;
    }
    return std::optional{next};
}

}  // namespace

Result<TimerSpec> parse_timer(TimerKind kind, std::string_view text) {
    if (text.empty() || text.size() > kMaxText) {
        return fail(ErrorCode::invalid_argument, "TIMER", "The timer has no text, or one of more than 256 bytes.");
    }
    if (kind == TimerKind::cycle) {
        return parse_cycle(text);
    }
    if (text.starts_with('P')) {
        SW_TRY(const Period period, parse_period(text));
        return TimerSpec{.kind = TimerKind::duration, .period = period};
    }
    if (kind == TimerKind::duration) {
        SW_CHECK(parse_period(text));
    }
    SW_TRY(const Moment moment, parse_moment(text));
    return TimerSpec{.kind = TimerKind::date, .at = moment};
}

std::optional<Misfire> misfire_of(std::string_view text) {
    if (text.empty() || text == "once") {
        return Misfire::once;
    }
    return text == "skip" ? std::optional{Misfire::skip} : text == "all" ? std::optional{Misfire::all} : std::nullopt;
}

Result<Schedule> first_firing(const TimerSpec& spec, Timestamp now, const Zone& zone) {
    if (spec.kind == TimerKind::date) {
        SW_TRY(const Timestamp due, resolve(*spec.at, zone));
        return Schedule{.due = due, .anchor = due};
    }
    if (spec.kind == TimerKind::duration) {
        SW_TRY(const Timestamp due, add(now, spec.period, 1, zone));
        return Schedule{.due = due, .anchor = now};
    }
    if (spec.cron) {
        return cron_after(spec, now, zone);
    }
    Schedule first{.due = now, .anchor = now, .index = 1, .left = spec.repeats < 0 ? -1 : spec.repeats - 1};
    if (spec.at) {
        SW_TRY(first.anchor, resolve(*spec.at, zone));
        first.index = 0;
    }
    SW_TRY(const Schedule found, after(spec, first, spec.at ? now - Milliseconds{1} : now, zone));
    SW_TRY(const bool over, ended(spec, found.due, zone));
    if (over || (spec.repeats > 0 && found.left < 0)) {
        return never();
    }
    return found;
}

Result<Firing> fire(const TimerSpec& spec, const Schedule& schedule, Timestamp now, Misfire misfire, const Zone& zone) {
    if (spec.kind != TimerKind::cycle) {
        return Firing{};
    }
    SW_TRY(auto next, following(spec, schedule, schedule.due, zone));
    const bool missed = next && next->due <= now;
    if (!missed || misfire == Misfire::all) {
        return Firing{true, next};
    }
    SW_TRY(auto future, following(spec, schedule, now, zone));
    return Firing{misfire == Misfire::once, future};
}

Result<std::vector<Milliseconds>> parse_retry_cycle(std::string_view text) {
    std::vector<Milliseconds> waits;
    if (text.empty()) {
        return waits;
    }
    const bool repeated = text.starts_with('R');
    const auto parts = split(text, repeated ? '/' : ',');
    std::int64_t count = 1;
    if (repeated) {
        SW_TRY(count, repeats_of(parts[0], text));
    }
    if (count < 1 || count > 100 || parts.size() > 100 || (repeated && parts.size() != 2)) {
        return no_cycle(text, "a retry cycle has from 1 to 100 tries and one period");
    }
    for (auto part : std::span{parts}.subspan(repeated ? 1 : 0)) {
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        SW_TRY(const Period period, parse_period(part));
        const auto wait = std::chrono::days{period.months * 30 + period.days} + period.exact;
        waits.insert(waits.end(), static_cast<std::size_t>(count), wait);
    }
    return waits;
}

}  // namespace slipway::lifecycle
