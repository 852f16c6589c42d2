#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace slipway::aws {

/// How a thread waits. Port of this adapter, so that tests wait on a fake clock. Thread-safe.
class Waiter {
public:
    virtual ~Waiter() = default;
    /// Waits for `delay`, or until `*cancelled` is true (may be null). @return false when it was cancelled.
    virtual bool wait(Milliseconds delay, const std::atomic<bool>* cancelled) = 0;
};

/// Sleeps; looks at `cancelled` ten times a second.
class SystemWaiter final : public Waiter {
public:
    bool wait(Milliseconds delay, const std::atomic<bool>* cancelled) override;
};

}  // namespace slipway::aws
