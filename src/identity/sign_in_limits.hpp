#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace slipway::identity {

/// Slows guessing of passwords: after a few failures in a row a name, or an address, waits twice as long after each further one.
/// In memory and bounded; forgets after a quarter of an hour of quiet. Thread-safe.
class SignInLimits {
public:
    struct Options {
        int free_per_user{5};
        int free_per_peer{30};
        Milliseconds longest_wait{std::chrono::minutes{5}};
        Milliseconds forget_after{std::chrono::minutes{15}};
        std::size_t capacity{10000};  ///< of names and addresses together
    };
    explicit SignInLimits(const Clock& clock) : SignInLimits{clock, Options{}} {}
    SignInLimits(const Clock& clock, Options options) : clock_{clock}, options_{options} {}

    /// Counts an attempt as failed before it is made, so that parallel guesses count too.
    /// @return `forbidden` with reason `TOO_MANY_ATTEMPTS`; its detail is the number of seconds to wait.
    Result<void> begin(std::string_view user, std::string_view peer);
    /// Takes the attempt back: it was a right password.
    void succeeded(std::string_view user, std::string_view peer);

private:
    struct Entry {
        int failures{0};
        Steady last{};
        Steady blocked_until{};
    };
    Entry& entry(const std::string& key, Steady now);
    void count(Entry& entry, int free, Steady now) const;

    const Clock& clock_;
    const Options options_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;
    std::deque<std::string> order_;  ///< of insertion, for eviction
};

}  // namespace slipway::identity
