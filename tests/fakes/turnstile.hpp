#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace slipway::fakes {

/// Holds all who come until it is opened: a peer that does not answer. Thread-safe.
class Turnstile {
public:
    /// For who comes.
    void pass() {
        std::unique_lock lock{mutex_};
        ++came_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
    }
    void open() {
        const std::lock_guard lock{mutex_};
        open_ = true;
        changed_.notify_all();
    }
    /// How many came so far.
    int came() {
        const std::lock_guard lock{mutex_};
        return came_;
    }
    /// @return false when they do not come.
    bool wait_for(int count) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return came_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int came_{0};
    bool open_{false};
};

}  // namespace slipway::fakes
