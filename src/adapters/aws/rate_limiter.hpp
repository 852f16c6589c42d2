#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace slipway::aws {

/// Requests per second that an operation starts with; 0 is no limit until AWS throttles. AWS publishes only that of ListTrainingJobs (2/s).
struct StartRates {
    double list{2};
    double search{5};
    double describe{10};
    double write{1};  ///< Create…
    double other{5};

    /// For an emulator, which has no published rates.
    static StartRates unlimited() { return {.list = 0, .search = 0, .describe = 0, .write = 0, .other = 0}; }
    double of(std::string_view operation) const;
};

/// Client-side rate of one operation: a token bucket whose rate is cut to 70 % by a throttle and grows again slowly
/// (quickly up to 85 % of the rate at which it was throttled, then 0.3 % of it a second; a minute after the last throttle by a tenth a second,
/// idle time included). Not thread-safe. Pure.
class AdaptiveRate {
public:
    explicit AdaptiveRate(double start) : rate_{start} {}

    /// How long to wait before the call. A call of a person reserves its place: it must be made, or given back.
    /// A background call takes nothing unless the answer is 0, and so stands behind all reservations: ask again after the wait.
    Milliseconds take(Steady now, bool background);
    /// A reserved call is not made after all.
    void give_back() { tokens_ += 1; }
    void succeeded(Steady now);
    /// @param sent when the throttled call was sent: of several that were sent before a cut, one counts.
    void throttled(Steady now, Steady sent);
    /// Requests per second; 0 is no limit.
    double rate() const { return rate_; }

private:
    void refill(Steady now);
    void measure(Steady now);
    double burst() const;

    double rate_;
    double ceiling_{0};  ///< rate at the last throttle
    double tokens_{1};
    std::optional<Steady> refilled_;
    std::optional<Steady> grown_;
    std::optional<Steady> cut_;
    double measured_{0};  ///< requests per second of late, for the first cut of an unlimited rate
    std::optional<Steady> window_;
    int in_window_{0};
};

/// The rates of one credential and region, by operation. Thread-safe.
class RateLimiter {
public:
    explicit RateLimiter(StartRates start) : start_{start} {}

    Milliseconds take(std::string_view operation, Steady now, bool background);
    void give_back(std::string_view operation);
    void succeeded(std::string_view operation, Steady now);
    void throttled(std::string_view operation, Steady now, Steady sent);

private:
    AdaptiveRate& rate_of(std::string_view operation);
    const StartRates start_;
    std::mutex mutex_;
    std::map<std::string, AdaptiveRate, std::less<>> rates_;
};

}  // namespace slipway::aws
