#include "spark/even_clock.hpp"

#include <algorithm>

namespace slipway::spark {

Timestamp EvenClock::now() const {
    constexpr int kShare = 10;
    const std::lock_guard lock{mutex_};
    const auto passed = std::chrono::duration_cast<Milliseconds>(clock_.steady() - at_);
    at_ += passed;  // what is below a millisecond counts the next time
    shown_ += passed;
    const auto most = passed / kShare;
    shown_ += std::clamp(clock_.now() - shown_, -most, most);
    return shown_;
}

}  // namespace slipway::spark
