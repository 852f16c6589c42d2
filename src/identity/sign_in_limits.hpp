#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace slipway::identity {

/// Slows guessing of passwords: after a few failures in a row a name, or an address, waits twice as long after each further one.
/// In memory and bounded: forgets after a quarter of an hour of quiet, and takes no new names while it is full of those that are watched. Thread-safe.
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
    /// Takes the attempt back, and those before it: it was a right password.
    void succeeded(std::string_view user, std::string_view peer);
    /// Guesses at a password that is no longer in use say nothing. What was guessed from an address still counts there.
    void forgive(std::string_view user);
    /// Takes the attempt alone back: it said nothing of the password. What was guessed before still counts, and a wait that began still lasts.
    void taken_back(std::string_view user, std::string_view peer);

private:
    struct Entry {
        std::string key;
        int failures{0};
        Steady last{};
        Steady blocked_until{};
    };
    Entry* known(const std::string& key, Steady now);
    Milliseconds make_room(std::size_t more, Steady now);
    void count(const std::string& key, int free, Steady now);
    void forget(const std::string& key);
    void take_one_back(const std::string& key, int free, Steady now);

    const Clock& clock_;
    const Options options_;
    std::mutex mutex_;
    std::list<Entry> by_use_;  ///< the one used last at the end
    std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

/// The name under which a machine client's sign-ins from an address are counted: its secret is random, and cannot be guessed from many addresses. Counted over
/// all of them, anybody could keep it out by wrong ones.
std::string client_limit(std::string_view client, std::string_view peer);

/// The name under which sign-ins by device from an address are counted: who begins one is not known yet.
std::string device_limit(std::string_view peer);

}  // namespace slipway::identity
