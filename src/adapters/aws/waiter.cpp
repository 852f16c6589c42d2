#include "adapters/aws/waiter.hpp"

#include <algorithm>
#include <thread>

namespace slipway::aws {

bool SystemWaiter::wait(Milliseconds delay, const std::atomic<bool>* cancelled) {
    constexpr Milliseconds kSlice{100};
    const auto until = std::chrono::steady_clock::now() + delay;
    for (auto now = std::chrono::steady_clock::now(); now < until; now = std::chrono::steady_clock::now()) {
        if (cancelled != nullptr && cancelled->load()) {
            return false;
        }
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(kSlice, until - now));
    }
    return cancelled == nullptr || !cancelled->load();
}

}  // namespace slipway::aws
