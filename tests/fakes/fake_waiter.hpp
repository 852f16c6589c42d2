#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "adapters/aws/waiter.hpp"
#include "fakes/fake_clock.hpp"

namespace slipway::fakes {

/// Waits by moving a fake clock, and remembers each wait. Thread-safe.
class FakeWaiter final : public aws::Waiter {
public:
    explicit FakeWaiter(FakeClock& clock) : clock_{clock} {}

    bool wait(Milliseconds delay, const std::atomic<bool>* cancelled) override {
        {
            const std::lock_guard lock{mutex_};
            waits_.push_back(delay);
        }
        if (on_wait) {
            on_wait();
        }
        clock_.advance(delay);
        return cancelled == nullptr || !cancelled->load();
    }
    std::vector<Milliseconds> waits() const {
        const std::lock_guard lock{mutex_};
        return waits_;
    }

    std::function<void()> on_wait;

private:
    FakeClock& clock_;
    mutable std::mutex mutex_;
    std::vector<Milliseconds> waits_;
};

}  // namespace slipway::fakes
