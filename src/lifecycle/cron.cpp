#include "lifecycle/cron.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <fmt/format.h>
#include <vector>

namespace slipway::lifecycle {

namespace {

using std::chrono::local_days;
using std::chrono::seconds;

struct Field {
    std::string_view name;
    unsigned low;
    unsigned high;
    std::string_view words{};  ///< three letters each, the first stands for `low`
};

constexpr std::string_view kMonths = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
constexpr std::string_view kWeekdays = "SUNMONTUEWEDTHUFRISAT";
constexpr std::array<Field, 6> kFields{
    {{"second", 0, 59}, {"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12, kMonths}, {"weekday", 1, 7, kWeekdays}}};
constexpr Field kCrontabWeekday{"weekday", 0, 7, kWeekdays};

std::unexpected<Error> no_cron(std::string_view text, std::string_view why) {
    return fail(ErrorCode::invalid_argument, "TIMER", fmt::format("'{}' is no cron expression: {}.", text, why));
}

std::optional<unsigned> number(std::string_view text, const Field& field) {
    if (text.size() == 3 && !field.words.empty()) {
        std::string upper;
        for (const char c : text) {
            upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        const auto at = field.words.find(upper);
        if (at != std::string_view::npos && at % 3 == 0) {
            return field.low + static_cast<unsigned>(at / 3);
        }
    }
    unsigned value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < field.low || value > field.high) {
        return std::nullopt;
    }
    return value;
}

/// `*`, `5`, `1-5`, `*/10`, `1-30/2`, `5/15` (from 5 on).
std::optional<std::uint64_t> item_bits(std::string_view item, const Field& field) {
    unsigned step = 1;
    const auto slash = item.find('/');
    if (slash != std::string_view::npos) {
        const auto found = number(item.substr(slash + 1), Field{"step", 1, 59});
        if (!found) {
            return std::nullopt;
        }
        step = *found;
        item = item.substr(0, slash);
    }
    unsigned from = field.low;
    unsigned to = field.high;
    if (item != "*" && item != "?") {
        const auto dash = item.find('-');
        const auto first = number(item.substr(0, dash), field);
        const auto last =
            dash == std::string_view::npos ? (slash == std::string_view::npos ? first : std::optional{field.high}) : number(item.substr(dash + 1), field);
        if (!first || !last || *first > *last) {
            return std::nullopt;
        }
        from = *first;
        to = *last;
    }
    std::uint64_t bits = 0;
    for (unsigned value = from; value <= to; value += step) {
        bits |= std::uint64_t{1} << value;
    }
    return bits;
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(by), text.size());
        if (end != 0 || by != ' ') {
            parts.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

Result<std::uint64_t> field_bits(std::string_view text, std::string_view whole, const Field& field) {
    std::uint64_t bits = 0;
    for (const auto item : split(text, ',')) {
        const auto found = item_bits(item, field);
        if (!found) {
            return no_cron(whole, fmt::format("'{}' is no {}", item, field.name));
        }
        bits |= *found;
    }
    return bits;
}

std::optional<unsigned> first_from(std::uint64_t bits, unsigned from) {
    const std::uint64_t rest = from >= 64 ? 0 : bits & (~std::uint64_t{0} << from);
    return rest == 0 ? std::nullopt : std::optional{static_cast<unsigned>(std::countr_zero(rest))};
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    auto parts = split(text, ' ');
    const bool crontab = parts.size() == 5;
    if (crontab) {
        parts.insert(parts.begin(), "0");
    }
    if (parts.size() == 7 && parts[6] == "*") {
        parts.pop_back();
    }
    if (parts.size() != 6) {
        return no_cron(text, "it has neither five nor six fields (a seventh one for years may only be '*')");
    }
    Cron cron;
    const std::array<std::uint64_t*, 6> targets{&cron.seconds_, &cron.minutes_, &cron.hours_, &cron.days_, &cron.months_, &cron.weekdays_};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        SW_TRY(*targets.at(i), field_bits(parts[i], text, i == 5 && crontab ? kCrontabWeekday : kFields.at(i)));
    }
    cron.weekdays_ = crontab ? (cron.weekdays_ | (cron.weekdays_ >> 7)) & 0x7F : cron.weekdays_ >> 1;
    cron.any_day_ = parts[3] == "*" || parts[3] == "?";
    cron.any_weekday_ = parts[5] == "*" || parts[5] == "?";
    return cron;
}

bool Cron::fits(local_days day) const {
    const std::chrono::year_month_day date{day};
    if (((months_ >> static_cast<unsigned>(date.month())) & 1) == 0) {
        return false;
    }
    const bool by_day = ((days_ >> static_cast<unsigned>(date.day())) & 1) != 0;
    const bool by_weekday = ((weekdays_ >> std::chrono::weekday{day}.c_encoding()) & 1) != 0;
    return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<seconds> Cron::next_in_day(seconds from) const {
    const auto total = static_cast<unsigned>(from.count());
    for (auto hour = first_from(hours_, total / 3600); hour; hour = first_from(hours_, *hour + 1)) {
        const bool same_hour = *hour == total / 3600;
        for (auto minute = first_from(minutes_, same_hour ? total / 60 % 60 : 0); minute; minute = first_from(minutes_, *minute + 1)) {
            const bool same_minute = same_hour && *minute == total / 60 % 60;
            if (const auto second = first_from(seconds_, same_minute ? total % 60 : 0)) {
                return seconds{*hour * 3600 + *minute * 60 + *second};
            }
        }
    }
    return std::nullopt;
}

std::optional<LocalTime> Cron::next(LocalTime time) const {
    const auto from = std::chrono::floor<seconds>(time) + seconds{1};
    auto day = std::chrono::floor<std::chrono::days>(from);
    seconds start = from - day;
    for (int i = 0; i < 12 * 366; ++i, day += std::chrono::days{1}, start = seconds{0}) {
        if (!fits(day)) {
            continue;
        }
        if (const auto found = next_in_day(start)) {
            return LocalTime{day + *found};
        }
    }
    return std::nullopt;
}

}  // namespace slipway::lifecycle
