#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "http/message.hpp"

namespace slipway::http {

/// Requests that wait, without a thread, for something to happen to a thing with a name (a job's log). Thread-safe.
class Waiters {
public:
    static constexpr std::size_t kMost = 256;  ///< further ones are answered at once

    /// Taken before a handler looks: what happens after it is not missed.
    using Ticket = std::uint64_t;
    Ticket ticket(std::string_view name) const;
    /// Something happened to it.
    void wake(std::string_view name);
    /// How to wait for `name` at most `longest`; nothing when too many wait.
    std::optional<Parking> wait_for(const std::string& name, Ticket ticket, Milliseconds longest);

private:
    struct Waiting {
        std::function<void()> wake;
        Steady until{};
    };
    void add(const std::string& name, Ticket ticket, Waiting waiting);
    std::size_t shard(std::string_view name) const { return std::hash<std::string_view>{}(name) % counts_.size(); }

    mutable std::mutex mutex_;
    std::multimap<std::string, Waiting, std::less<>> waiting_;
    std::array<std::uint64_t, 64> counts_{};  ///< of what happened, by hash: names need not be kept
};

}  // namespace slipway::http
