#include "http/waiters.hpp"

#include <vector>

namespace slipway::http {

Waiters::Ticket Waiters::ticket(std::string_view name) const {
    const std::lock_guard lock{mutex_};
    return counts_[shard(name)];
}

void Waiters::wake(std::string_view name) {
    std::vector<std::function<void()>> woken;
    {
        const std::lock_guard lock{mutex_};
        ++counts_[shard(name)];
        const auto [first, last] = waiting_.equal_range(name);
        for (auto one = first; one != last; ++one) {
            woken.push_back(std::move(one->second.wake));
        }
        waiting_.erase(first, last);
    }
    for (const auto& one : woken) {
        one();
    }
}

std::optional<Parking> Waiters::wait_for(const std::string& name, Ticket ticket, Milliseconds longest) {
    const auto now = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(waiting_, [&](const auto& one) { return one.second.until < now; });
        if (waiting_.size() >= kMost) {
            return std::nullopt;
        }
    }
    return Parking{.longest = longest, .until = [this, name, ticket, until = now + longest](std::function<void()> wake) {
                       add(name, ticket, {.wake = std::move(wake), .until = until});
                   }};
}

void Waiters::add(const std::string& name, Ticket ticket, Waiting waiting) {
    {
        const std::lock_guard lock{mutex_};
        if (counts_[shard(name)] == ticket) {
            waiting_.emplace(name, std::move(waiting));
            return;
        }
    }
    waiting.wake();  // it happened while the handler looked
}

}  // namespace slipway::http
