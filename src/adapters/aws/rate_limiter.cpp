#include "adapters/aws/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::aws {

namespace {

constexpr double kLeastRate = 0.2;
constexpr double kMostRate = 10'000;  ///< no limit any more
/// Part of the rate of the last throttle up to which it grows quickly: that rate was above the limit, by what it grew in the meantime.
constexpr double kNear = 0.8;
/// So long after a throttle nothing says any more that its rate was the limit: at a limit that is really there, growth meets it again within a minute.
constexpr double kForgottenSeconds = 60;
/// Nothing is held to less than this by what happened to another operation.
constexpr double kLeastBorrowed = 1;
/// A second, from then on. Slow enough that calls which wait for their turn already do not all run into the limit when it is met.
constexpr double kGrowth = 1.04;
/// Operations that were asked for within this time of each other met the same account.
constexpr auto kSameTime = std::chrono::seconds{1};

Steady::duration seconds(double count) {
    return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(count));
}

double seconds_between(Steady from, Steady to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

}  // namespace

double StartRates::of(std::string_view operation) const {
    if (operation.starts_with("List")) {
        return list;
    }
    if (operation == "Search") {
        return search;
    }
    if (operation.starts_with("Describe")) {
        return describe;
    }
    return operation.starts_with("Create") ? write : other;
}

double AdaptiveRate::burst() const {
    return std::max(1.0, rate_ / 2);
}

void AdaptiveRate::measure(Steady now) {
    constexpr double kWindowSeconds = 0.5;
    if (!window_) {
        window_ = now;
    }
    const double passed = seconds_between(*window_, now);
    if (passed >= kWindowSeconds) {
        const double current = in_window_ / passed;
        measured_ = measured_ == 0 ? current : 0.8 * current + 0.2 * measured_;
        window_ = now;
        in_window_ = 0;
    }
    ++in_window_;
}

void AdaptiveRate::forget(Steady now) {
    // Idle time counts: a throttle while little was asked for must not slow down what is asked for an hour later.
    if (cut_ && seconds_between(*cut_, now) > kForgottenSeconds) {
        const auto since = std::max(grown_.value_or(now), *cut_ + seconds(kForgottenSeconds));
        rate_ = std::min(kMostRate, rate_ * std::pow(kGrowth, std::min(300.0, seconds_between(since, now))));
        grown_ = now;
    }
}

Milliseconds AdaptiveRate::take(Steady now, bool background) {
    measure(now);
    forget(now);
    if (rate_ <= 0) {
        return Milliseconds{0};
    }
    // What was not asked for is saved up, to the burst.
    const auto free_at = std::max(free_at_.value_or(now), now - seconds((burst() - 1) / rate_));
    const double missing = std::chrono::duration<double>(free_at - now).count();
    free_at_ = free_at;
    // Binary fractions of a second must not cost another millisecond.
    const auto wait = Milliseconds{missing < 1e-6 ? 0 : static_cast<std::int64_t>(std::ceil(missing * 1000 - 1e-3))};
    if (!background || wait == Milliseconds{0}) {
        *free_at_ += seconds(1 / rate_);
    }
    return wait;
}

void AdaptiveRate::give_back(Steady reserved) {
    if (free_at_ && rate_ > 0 && stands(reserved)) {
        *free_at_ -= seconds(1 / rate_);
    }
}

void AdaptiveRate::succeeded(Steady now) {
    if (rate_ <= 0 || ceiling_ <= 0) {
        // Never throttled: a start rate is a guess, and grows by a tenth a second.
        if (rate_ > 0 && (!grown_ || seconds_between(*grown_, now) >= 1)) {
            rate_ = std::min(kMostRate, rate_ * (grown_ ? std::pow(1.1, std::min(5.0, seconds_between(*grown_, now))) : 1));
            grown_ = now;
        }
        return;
    }
    if (seconds_between(*cut_, now) > kForgottenSeconds) {
        return;  // grows by itself
    }
    const double passed = std::min(5.0, seconds_between(grown_.value_or(now), now));
    const double near = kNear * ceiling_;
    rate_ = rate_ < near ? std::min(near, rate_ + 0.1 * ceiling_ * passed) : rate_ + 0.003 * ceiling_ * passed;
    grown_ = now;
}

void AdaptiveRate::throttled(Steady now, Steady sent) {
    if (cut_ && sent < *cut_) {
        return;
    }
    ceiling_ = rate_ > 0 ? rate_ : std::max({measured_, in_window_ / std::max(0.5, seconds_between(window_.value_or(now), now)), kLeastRate});
    rate_ = std::max(kLeastRate, 0.7 * ceiling_);
    free_at_ = now + seconds(1 / rate_);
    cut_ = now;
    grown_ = now;
}

void AdaptiveRate::borrow(double rate) {
    if (ceiling_ <= 0 && (rate_ <= 0 || rate_ > rate)) {
        rate_ = rate;
        grown_.reset();
    }
}

RateLimiter::Operation& RateLimiter::of(std::string_view name) {
    const auto found = operations_.find(name);
    if (found != operations_.end()) {
        return found->second;
    }
    const auto start = start_.of(name);
    return operations_.emplace(name, Operation{.rate = AdaptiveRate{start}, .start = start}).first->second;
}

void RateLimiter::learn_from_others(Operation& operation, Steady now) {
    std::optional<Steady> latest;
    double learnt = 0;
    double part = 0;  // of its start rate that the best of them keeps
    for (const auto& [name, other] : operations_) {
        const bool speaks = other.used && seconds_between(*other.used, now) <= kForgottenSeconds;
        if (const auto cut = other.rate.last_cut(); cut && speaks && &other != &operation) {
            latest = std::max(latest.value_or(*cut), *cut);
            learnt = std::max(learnt, other.rate.rate());
            part = std::max(part, other.start > 0 ? other.rate.rate() / other.start : 0);
        }
    }
    // What was asked for while the others were throttled has shown that it is not like them.
    if (latest && (!operation.used || *operation.used + kSameTime < *latest)) {
        operation.rate.borrow(std::max({kLeastBorrowed, learnt, std::min(1.0, part) * operation.start}));
    }
}

Milliseconds RateLimiter::take(std::string_view operation, Steady now, bool background) {
    const std::lock_guard lock{mutex_};
    auto& own = of(operation);
    learn_from_others(own, now);
    own.used = now;
    return own.rate.take(now, background);
}

bool RateLimiter::stands(std::string_view operation, Steady reserved) {
    const std::lock_guard lock{mutex_};
    return of(operation).rate.stands(reserved);
}

void RateLimiter::give_back(std::string_view operation, Steady reserved) {
    const std::lock_guard lock{mutex_};
    of(operation).rate.give_back(reserved);
}

void RateLimiter::succeeded(std::string_view operation, Steady now) {
    const std::lock_guard lock{mutex_};
    of(operation).rate.succeeded(now);
}

void RateLimiter::throttled(std::string_view operation, Steady now, Steady sent) {
    const std::lock_guard lock{mutex_};
    of(operation).rate.throttled(now, sent);
}

}  // namespace slipway::aws
