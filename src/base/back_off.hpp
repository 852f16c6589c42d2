#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace slipway {

/// A number in [0, 1). Thread-safe.
double any_fraction();

/// When what has failed is tried again: the pauses double from `first` to `longest`, each spread over ± 20 % so that a fleet does not come in step. Decides,
/// knows no clock. Not thread-safe.
class BackOff {
public:
    BackOff(Milliseconds first, Milliseconds longest) : first_{first}, longest_{longest} {}

    /// @param random in [0, 1). @param at_least for this pause, whatever `longest` is.
    void failed(Steady now, double random, Milliseconds at_least = Milliseconds{0}) {
        pause_ = pause_ == Milliseconds{0} ? first_ : std::min(pause_ * 2, longest_);
        until_ = now + std::max(times(pause_, 0.8 + 0.4 * random), times(at_least, 1 + 0.2 * random));
    }
    void worked() {
        pause_ = Milliseconds{0};
        until_ = {};
    }
    bool rests(Steady now) const { return now < until_; }

private:
    static Milliseconds times(Milliseconds pause, double factor) {
        return Milliseconds{static_cast<std::int64_t>(static_cast<double>(pause.count()) * factor)};
    }

    Milliseconds first_;
    Milliseconds longest_;
    Milliseconds pause_{0};
    Steady until_{};
};

}  // namespace slipway
