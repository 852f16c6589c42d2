#pragma once

#include <functional>
#include <mutex>
#include <sys/types.h>
#include <thread>

#include "base/unique_fd.hpp"

namespace slipway::process {

/// Tells when child processes end, on a thread that is begun with the first of them. What cannot be watched is not told: whoever is told looks by himself now
/// and then, too. Thread-safe.
class EndWatch {
public:
    /// @param ended called once for ends that come together; empty: nothing is watched.
    explicit EndWatch(std::function<void()> ended) : ended_{std::move(ended)} {}
    ~EndWatch();
    EndWatch(const EndWatch&) = delete;
    EndWatch& operator=(const EndWatch&) = delete;

    /// @param child that nobody has waited for yet.
    void watch(pid_t child);

private:
    bool begin();
    void run();

    const std::function<void()> ended_;
    std::mutex mutex_;
    UniqueFd events_;  ///< epoll: of each child its pidfd, and `stop_`
    UniqueFd stop_;
    std::jthread thread_;
};

}  // namespace slipway::process
