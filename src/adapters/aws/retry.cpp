#include "adapters/aws/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace slipway::aws {

namespace {

constexpr int kQuota = 500;

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number out{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return out;
}

}  // namespace

Milliseconds backoff(int retry, bool throttled, double random, std::optional<Milliseconds> hint) {
    constexpr Milliseconds kMost{20000};
    constexpr Milliseconds kHintMost{5000};
    const double base = throttled ? 1000 : 50;
    const double ceiling = std::min(base * std::ldexp(1.0, std::clamp(retry, 0, 20)), static_cast<double>(kMost.count()));
    const Milliseconds own{static_cast<std::int64_t>(random * ceiling)};
    return hint ? std::clamp(*hint, own, own + kHintMost) : own;
}

std::optional<Milliseconds> retry_hint(const HttpResponse& response) {
    constexpr std::int64_t kSane = 86400;
    if (const auto ms = number_of<std::int64_t>(response.header("x-amz-retry-after")); ms && *ms >= 0 && *ms <= kSane * 1000) {
        return Milliseconds{*ms};
    }
    if (const auto s = number_of<std::int64_t>(response.header("retry-after")); s && *s >= 0 && *s <= kSane) {
        return Milliseconds{*s * 1000};
    }
    return std::nullopt;
}

bool RetryQuota::take(int cost) {
    const std::lock_guard lock{mutex_};
    if (tokens_ < cost) {
        return false;
    }
    tokens_ -= cost;
    return true;
}

void RetryQuota::give(int tokens) {
    const std::lock_guard lock{mutex_};
    tokens_ = std::min(kQuota, tokens_ + tokens);
}

std::optional<Timestamp> from_http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    // Sun, 06 Nov 1994 08:49:37 GMT
    if (text.size() != 29 || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto* const month = std::ranges::find(kMonths, text.substr(8, 3));
    const auto day = number_of<int>(text.substr(5, 2));
    const auto year = number_of<int>(text.substr(12, 4));
    const auto hour = number_of<int>(text.substr(17, 2));
    const auto minute = number_of<int>(text.substr(20, 2));
    const auto second = number_of<int>(text.substr(23, 2));
    if (month == kMonths.end() || !day || !year || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(month - kMonths.begin() + 1)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace slipway::aws
