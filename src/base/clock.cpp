#include "base/clock.hpp"

#include <charconv>
#include <fmt/format.h>

namespace slipway {

namespace {

/// Takes exactly `width` digits off the front of `text`.
bool take_number(std::string_view& text, std::size_t width, int& out) {
    if (text.size() < width) {
        return false;
    }
    const auto digits = text.substr(0, width);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (problem != std::errc{} || end != digits.data() + digits.size() || out < 0) {
        return false;
    }
    text.remove_prefix(width);
    return true;
}

bool take_char(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// Fraction of a second in ms; digits after the third are cut.
bool take_fraction(std::string_view& text, int& ms) {
    int scale = 100;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        ms += (text.front() - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
        ++digits;
    }
    return digits >= 1 && digits <= 9;
}

/// `Z`, `+hh:mm`, `-hhmm`; the offset in minutes.
bool take_zone(std::string_view& text, int& minutes) {
    if (take_char(text, "Zz")) {
        return text.empty();
    }
    const bool negative = !text.empty() && text.front() == '-';
    int hours = 0;
    int rest = 0;
    if (!take_char(text, "+-") || !take_number(text, 2, hours)) {
        return false;
    }
    take_char(text, ":");
    if (!take_number(text, 2, rest) || hours > 14 || rest > 59 || !text.empty()) {
        return false;
    }
    minutes = (hours * 60 + rest) * (negative ? -1 : 1);
    return true;
}

/// Writes `number` in `width` digits at `at`.
void put_digits(std::string& out, std::size_t at, std::size_t width, std::int64_t number) {
    for (auto i = at + width; i > at; --i) {
        out[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
}

}  // namespace

Timestamp SystemClock::now() const {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}
Steady SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

std::string to_iso(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    if (const int year = static_cast<int>(date.year()); year < 0 || year > 9999) {
        return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           clock.hours().count(), clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
    }
    // By hand: every answer, audit row and log line has some of them.
    std::string out = "0000-00-00T00:00:00.000Z";
    put_digits(out, 0, 4, static_cast<int>(date.year()));
    put_digits(out, 5, 2, static_cast<unsigned>(date.month()));
    put_digits(out, 8, 2, static_cast<unsigned>(date.day()));
    put_digits(out, 11, 2, clock.hours().count());
    put_digits(out, 14, 2, clock.minutes().count());
    put_digits(out, 17, 2, clock.seconds().count());
    put_digits(out, 20, 3, clock.subseconds().count());
    return out;
}

Result<Timestamp> from_iso(std::string_view text) {
    const auto whole = text;
    const auto wrong = [&] { return invalid("", "an ISO-8601 time such as 2026-11-25T19:00:04.123Z", std::string{whole.substr(0, 40)}); };
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, offset = 0;
    if (!take_number(text, 4, year) || !take_char(text, "-") || !take_number(text, 2, month) || !take_char(text, "-") || !take_number(text, 2, day) ||
        !take_char(text, "Tt ") || !take_number(text, 2, hour) || !take_char(text, ":") || !take_number(text, 2, minute) || !take_char(text, ":") ||
        !take_number(text, 2, second)) {
        return wrong();
    }
    if (take_char(text, ".") && !take_fraction(text, ms)) {
        return wrong();
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!take_zone(text, offset) || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return wrong();
    }
    return Timestamp{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute - offset} + std::chrono::seconds{second} +
           Milliseconds{ms};
}

}  // namespace slipway
