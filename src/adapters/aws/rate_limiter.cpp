#include "adapters/aws/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::aws {

namespace {

constexpr double kLeastRate = 0.2;
/// So long after a throttle nothing says any more that its rate was the limit: at a limit that is really there, growth meets it again within a minute.
constexpr double kForgottenSeconds = 60;

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

void AdaptiveRate::refill(Steady now) {
    if (refilled_) {
        tokens_ = std::min(burst(), tokens_ + seconds_between(*refilled_, now) * rate_);
    }
    refilled_ = now;
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

Milliseconds AdaptiveRate::take(Steady now, bool background) {
    measure(now);
    if (rate_ <= 0) {
        return Milliseconds{0};
    }
    refill(now);
    // A hair less than one: binary fractions of a second must not cost another millisecond.
    const double missing = tokens_ > 1 - 1e-6 ? 0 : (1 - tokens_) / rate_;
    if (!background || missing == 0) {
        tokens_ -= 1;
    }
    return Milliseconds{static_cast<std::int64_t>(std::ceil(missing * 1000 - 1e-6))};
}

void AdaptiveRate::succeeded(Steady now) {
    if (rate_ <= 0 || ceiling_ <= 0) {
        // Never throttled: a start rate is a guess, and grows by a tenth a second.
        if (rate_ > 0 && (!grown_ || seconds_between(*grown_, now) >= 1)) {
            rate_ += grown_ ? rate_ * 0.1 : 0;
            grown_ = now;
        }
        return;
    }
    if (cut_ && seconds_between(*cut_, now) > kForgottenSeconds) {
        // Idle time counts: a throttle while little was asked for must not slow down what is asked for an hour later.
        const auto since =
            std::max(grown_.value_or(now), *cut_ + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(kForgottenSeconds)));
        rate_ *= std::pow(1.1, std::min(100.0, seconds_between(since, now)));
        grown_ = now;
        return;
    }
    const double passed = std::min(5.0, seconds_between(grown_.value_or(now), now));
    rate_ += ceiling_ * (rate_ < 0.85 * ceiling_ ? 0.1 : 0.003) * passed;
    grown_ = now;
}

void AdaptiveRate::throttled(Steady now, Steady sent) {
    if (cut_ && sent < *cut_) {
        return;
    }
    refill(now);
    ceiling_ = rate_ > 0 ? rate_ : std::max({measured_, in_window_ / std::max(0.5, seconds_between(window_.value_or(now), now)), kLeastRate});
    rate_ = std::max(kLeastRate, 0.7 * ceiling_);
    tokens_ = std::min(tokens_, 0.0);
    cut_ = now;
    grown_ = now;
}

AdaptiveRate& RateLimiter::rate_of(std::string_view operation) {
    const auto found = rates_.find(operation);
    return found != rates_.end() ? found->second : rates_.emplace(operation, AdaptiveRate{start_.of(operation)}).first->second;
}

Milliseconds RateLimiter::take(std::string_view operation, Steady now, bool background) {
    const std::lock_guard lock{mutex_};
    return rate_of(operation).take(now, background);
}

void RateLimiter::give_back(std::string_view operation) {
    const std::lock_guard lock{mutex_};
    rate_of(operation).give_back();
}

void RateLimiter::succeeded(std::string_view operation, Steady now) {
    const std::lock_guard lock{mutex_};
    rate_of(operation).succeeded(now);
}

void RateLimiter::throttled(std::string_view operation, Steady now, Steady sent) {
    const std::lock_guard lock{mutex_};
    rate_of(operation).throttled(now, sent);
}

}  // namespace slipway::aws
