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

/// Client-side rate of one operation: places in time whose rate is cut to 70 % by a throttle and grows again slowly
/// (quickly up to 80 % of the rate at which it was throttled, then 0.3 % of it a second; a minute after the last throttle by 4 % a second,
/// idle time included). Not thread-safe. Pure.
class AdaptiveRate {
public:
    explicit AdaptiveRate(double start) : rate_{start} {}

    /// How long to wait before the call. A call of a person reserves its place: it must be made, or given back, and asked for again where it does not stand any
    /// more. A background call takes nothing unless the answer is 0, and so stands behind all reservations: ask again after the wait.
    Milliseconds take(Steady now, bool background);
    /// False for a place reserved at `reserved` when there was a throttle since: it had been given out at a rate that was too high.
    bool stands(Steady reserved) const { return !cut_ || *cut_ <= reserved; }
    /// A call reserved at `reserved` is not made after all.
    void give_back(Steady reserved);
    void succeeded(Steady now);
    /// @param sent when the throttled call was sent: of several that were sent before a cut, one counts.
    void throttled(Steady now, Steady sent);
    /// Begins at `rate` what was never throttled, as if it had been its start rate; what asks for less already stays.
    void borrow(double rate);
    /// Requests per second; 0 is no limit.
    double rate() const { return rate_; }
    /// When it was throttled last.
    std::optional<Steady> last_cut() const { return cut_; }

private:
    void forget(Steady now);
    void measure(Steady now);
    double burst() const;

    double rate_;
    double ceiling_{0};              ///< rate at the last throttle
    std::optional<Steady> free_at_;  ///< from when on the next call may be made: places are apart by what the rate was when they were given
    std::optional<Steady> grown_;
    std::optional<Steady> cut_;
    double measured_{0};  ///< requests per second of late, for the first cut of an unlimited rate
    std::optional<Steady> window_;
    int in_window_{0};
};

/// The rates of one credential and region, by operation. Limits of AWS are of operations, but an account that throttles one of them is a busy account: an
/// operation that nobody asked for since begins no faster than what was learnt of the others, and finds its own pace from there. Thread-safe.
class RateLimiter {
public:
    explicit RateLimiter(StartRates start) : start_{start} {}

    Milliseconds take(std::string_view operation, Steady now, bool background);
    bool stands(std::string_view operation, Steady reserved);
    void give_back(std::string_view operation, Steady reserved);
    void succeeded(std::string_view operation, Steady now);
    void throttled(std::string_view operation, Steady now, Steady sent);

private:
    struct Operation {
        AdaptiveRate rate;
        double start;
        std::optional<Steady> used{};
    };
    Operation& of(std::string_view name);
    void learn_from_others(Operation& operation, Steady now);
    const StartRates start_;
    std::mutex mutex_;
    std::map<std::string, Operation, std::less<>> operations_;
};

}  // namespace slipway::aws
