#pragma once

#include <mutex>

#include "base/clock.hpp"

namespace slipway::spark {

/// A wall clock that does not jump: graces and time-outs of jobs are counted by it. It goes as the monotonic clock does, and comes nearer to the wall clock by
/// a tenth of the time that passes, so that a host whose clock is set by a day neither ends its jobs nor shows the wrong time for ever. Thread-safe.
class EvenClock final : public Clock {
public:
    explicit EvenClock(const Clock& clock) : clock_{clock}, shown_{clock.now()}, at_{clock.steady()} {}
    Timestamp now() const override;
    Steady steady() const override { return clock_.steady(); }

private:
    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable Timestamp shown_;
    mutable Steady at_;
};

}  // namespace slipway::spark
