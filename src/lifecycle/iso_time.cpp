#include "lifecycle/iso_time.hpp"

#include <charconv>
#include <fmt/format.h>

namespace slipway::lifecycle {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;

constexpr std::int64_t kMaxNumber = 31'622'400'000;  // seconds of some 1,000 years: no sum of the parts overflows
constexpr auto kMaxExact = Milliseconds{std::chrono::hours{24} * 366'000};

std::unexpected<Error> no_period(std::string_view text) {
    return fail(ErrorCode::invalid_argument, "TIMER",
                fmt::format("'{}' is no duration of ISO 8601: write it as PT30S, PT24H or P3D, at most 1,000 years.", text));
}

std::unexpected<Error> no_moment(std::string_view text) {
    return fail(ErrorCode::invalid_argument, "TIMER", fmt::format("'{}' is no date of ISO 8601: write it as 2026-11-25T19:00:00Z.", text));
}

/// One `12H` of a duration.
struct Part {
    std::int64_t number{0};
    std::int64_t thousandths{0};
    bool fraction{false};
    char unit{};
};

bool take_part(std::string_view& rest, Part& part) {
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), part.number);
    if (problem != std::errc{} || part.number < 0 || part.number > kMaxNumber) {
        return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (!rest.empty() && (rest.front() == '.' || rest.front() == ',')) {
        rest.remove_prefix(1);
        part.fraction = true;
        int scale = 100;
        std::size_t digits = 0;
        for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1), scale /= 10, ++digits) {
            part.thousandths += (rest.front() - '0') * scale;
        }
        if (digits == 0) {
            return false;
        }
    }
    if (rest.empty()) {
        return false;
    }
    part.unit = rest.front();
    rest.remove_prefix(1);
    return true;
}

bool add_date_part(const Part& part, Period& period) {
    if (part.fraction || part.number > 400'000) {
        return false;
    }
    switch (part.unit) {
        case 'Y': period.months += part.number * 12; break;
        case 'M': period.months += part.number; break;
        case 'W': period.days += part.number * 7; break;
        case 'D': period.days += part.number; break;
        default: return false;
    }
    return period.months <= 12'000 && period.days <= 366'000;
}

bool add_time_part(const Part& part, Period& period) {
    if (part.fraction && part.unit != 'S') {
        return false;
    }
    switch (part.unit) {
        case 'H': period.exact += std::chrono::hours{part.number}; break;
        case 'M': period.exact += std::chrono::minutes{part.number}; break;
        case 'S': period.exact += std::chrono::seconds{part.number} + Milliseconds{part.thousandths}; break;
        default: return false;
    }
    return period.exact <= kMaxExact;
}

/// The day at most as late as its month has days.
year_month_day clipped(year_month_day day) {
    return day.ok() ? day : year_month_day{day.year() / day.month() / std::chrono::last};
}

}  // namespace

Result<Period> parse_period(std::string_view text) {
    Period period;
    auto rest = text;
    if (!rest.starts_with('P')) {
        return no_period(text);
    }
    rest.remove_prefix(1);
    constexpr std::string_view order = "YMWD/HMS";
    bool time = false;
    bool any = false;
    std::size_t reached = 0;
    while (!rest.empty()) {
        if (rest.front() == 'T' && !time) {
            time = true;
            any = false;
            reached = order.find('/') + 1;
            rest.remove_prefix(1);
            continue;
        }
        Part part;
        if (!take_part(rest, part) || !(time ? add_time_part(part, period) : add_date_part(part, period))) {
            return no_period(text);
        }
        const auto place = order.find(part.unit, reached);
        if (place == std::string_view::npos) {
            return no_period(text);
        }
        reached = place + 1;
        any = true;
    }
    if (!any) {
        return no_period(text);
    }
    return period;
}

Result<Timestamp> add(Timestamp base, const Period& period, std::int64_t times, const Zone& zone) {
    if (!period.wall()) {
        return base + period.exact * times;
    }
    SW_TRY(const LocalTime local, zone.to_local(base));
    const auto day = std::chrono::floor<days>(local);
    const auto time_of_day = local - day;
    const auto moved = clipped(year_month_day{day} + std::chrono::months{period.months * times});
    const LocalTime target = local_days{moved} + days{period.days * times} + time_of_day;
    SW_TRY(const Timestamp at, zone.to_utc(target));
    return at + period.exact * times;
}

Result<Moment> parse_moment(std::string_view text) {
    std::string whole{text};
    if (whole.size() == 10) {
        whole += "T00:00:00";
    }
    const auto clock = whole.find('T');
    if (clock != 10) {
        return no_moment(text);
    }
    const auto zone = whole.find_first_of("Zz+-", clock);
    const auto digits = (zone == std::string::npos ? whole.size() : zone) - clock;
    if (digits == 6) {  // minutes are exact enough for a person
        whole.insert(clock + digits, ":00");
    }
    if (zone != std::string::npos) {
        auto instant = from_iso(whole);
        return instant ? Result<Moment>{*instant} : no_moment(text);
    }
    auto wall = from_iso(whole + "Z");
    return wall ? Result<Moment>{LocalTime{wall->time_since_epoch()}} : no_moment(text);
}

Result<Timestamp> resolve(const Moment& moment, const Zone& zone) {
    if (const auto* instant = std::get_if<Timestamp>(&moment)) {
        return *instant;
    }
    return zone.to_utc(std::get<LocalTime>(moment));
}

}  // namespace slipway::lifecycle
