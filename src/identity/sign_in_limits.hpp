#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace slipway::identity {

/// Whom attempts are counted for. What is counted for one kind is never counted for another, whatever is in a name.
class SignInName {
public:
    /// A person, under the name that was typed: providers take ANA for ana.
    SignInName(std::string_view person);
    SignInName(const std::string& person) : SignInName{std::string_view{person}} {}
    SignInName(const char* person) : SignInName{std::string_view{person}} {}
    /// A machine client at an address: its secret is random, and cannot be guessed from many addresses. Counted over all of them, anybody could keep it out
    /// by wrong ones.
    static SignInName client(std::string_view id, std::string_view peer);
    /// Sign-ins by device from an address: who begins one is not known yet.
    static SignInName device(std::string_view peer);
    /// Who sends a token that was given before, or a code: its address counts, and for these alone. A program with a token that has ended keeps nobody at its
    /// address from signing in.
    static SignInName token() { return SignInName{Key{"t:"}, true}; }
    static SignInName code() { return SignInName{Key{"k:"}, true}; }

    const std::string& key() const { return key_; }
    /// Whether key() is what the address is counted under.
    bool is_of_address() const { return of_address_; }

private:
    struct Key {
        std::string text;
    };
    explicit SignInName(Key key, bool of_address = false) : key_{std::move(key.text)}, of_address_{of_address} {}

    std::string key_;
    bool of_address_{false};
};

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
    Result<void> begin(const SignInName& name, std::string_view peer);
    /// Takes the attempt back, and those before it: it was a right password.
    void succeeded(const SignInName& name, std::string_view peer);
    /// Guesses at a password, or at the secret of a client, that is no longer in use say nothing. What was guessed from an address still counts there.
    void forgive(std::string_view person_or_client);
    /// Takes the attempt alone back: it said nothing of the password. What was guessed before still counts, and a wait that began still lasts.
    void taken_back(const SignInName& name, std::string_view peer);

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

}  // namespace slipway::identity
