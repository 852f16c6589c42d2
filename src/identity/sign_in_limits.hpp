#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "identity/failure_table.hpp"

namespace slipway::identity {

/// Whom attempts are counted for. What is counted for one kind is never counted for another, whatever is in a name.
class SignInName {
public:
    enum class Kind { person, client, device, token, code, poll, way, address };

    /// A person, under the name that was typed: providers take ANA for ana.
    SignInName(std::string_view person);
    SignInName(const std::string& person) : SignInName{std::string_view{person}} {}
    SignInName(const char* person) : SignInName{std::string_view{person}} {}
    /// A machine client at an address: its secret is random, and cannot be guessed from many addresses. Counted over all of them, anybody could keep it out
    /// by wrong ones.
    static SignInName client(std::string_view id, std::string_view peer);
    /// Sign-ins by device: who begins one is not known yet, its address counts.
    static SignInName device() { return {Kind::device, {}}; }
    /// Who sends a token that was given before, or a code: its address counts, and for these alone. A program with a token that has ended keeps nobody at its
    /// address from signing in.
    static SignInName token() { return {Kind::token, {}}; }
    static SignInName code() { return {Kind::code, {}}; }
    /// Who asks about a device code sooner than it may, or about one that was not given here.
    static SignInName poll() { return {Kind::poll, {}}; }
    /// Who tries passwords where the provider takes none: that says nothing of the name.
    static SignInName way() { return {Kind::way, {}}; }

    Kind kind() const { return kind_; }
    const std::string& key() const { return key_; }
    bool is_person() const { return kind_ == Kind::person; }
    /// Whether a name is counted, and the address besides, as that of whoever guesses there; else the address alone, under a key of this kind.
    bool is_named() const { return kind_ == Kind::person || kind_ == Kind::client; }

private:
    SignInName(Kind kind, std::string key) : kind_{kind}, key_{std::move(key)} {}

    Kind kind_;
    std::string key_;
};

/// Slows guessing of passwords: after a few failures in a row a name, or an address, waits twice as long after each further one.
/// In memory and bounded: forgets after a quarter of an hour of quiet. Each kind has a room of its own; in a full one the fewest failures are forgotten for new
/// names, and none are taken while all there are to wait. Thread-safe.
class SignInLimits {
public:
    struct Options {
        int free_per_user{5};
        int free_per_peer{30};
        Milliseconds longest_wait{std::chrono::minutes{5}};
        Milliseconds forget_after{std::chrono::minutes{15}};
        std::size_t capacity{5000};  ///< of each kind
    };
    explicit SignInLimits(const Clock& clock) : SignInLimits{clock, Options{}} {}
    SignInLimits(const Clock& clock, Options options);

    /// Counts an attempt as failed before it is made, so that parallel guesses count too.
    /// @return `forbidden` with reason `TOO_MANY_ATTEMPTS`; its detail is the number of seconds to wait.
    Result<void> begin(const SignInName& name, std::string_view peer);
    /// Takes the attempt back, and those before it: it was a right password.
    void succeeded(const SignInName& name, std::string_view peer);
    /// Of what an address is counted for alone: all of it is forgotten.
    void forget(const SignInName& of_address, std::string_view peer);
    /// Guesses at a password, or at the secret of a client, that is no longer in use say nothing. What was guessed from an address still counts there.
    void forgive(std::string_view person_or_client);
    /// Takes the attempt alone back: it said nothing of the password. What was guessed before still counts, and a wait that began still lasts.
    void taken_back(const SignInName& name, std::string_view peer);

private:
    /// What one attempt is counted under: one or two keys.
    struct Counted {
        FailureTable* table;
        std::string key;
    };
    FailureTable& table(SignInName::Kind kind) { return tables_.at(static_cast<std::size_t>(kind)); }
    std::vector<Counted> counted(const SignInName& name, std::string_view peer);
    /// Of these, those that an attempt is counted under that is the name's `failures`th in a row. One name counts for its address only until it has to wait by
    /// itself: a program with an old password keeps nobody else there from signing in, and who guesses over many names is slowed as ever.
    void leave_address_to_others(std::vector<Counted>& all, int failures) const;

    const Clock& clock_;
    const int free_per_user_;
    std::mutex mutex_;
    std::vector<FailureTable> tables_;  ///< by kind
};

}  // namespace slipway::identity
