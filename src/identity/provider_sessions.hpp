#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "base/crypto.hpp"
#include "base/health.hpp"
#include "base/worker_pool.hpp"
#include "identity/identity_provider.hpp"
#include "identity/session_turns.hpp"
#include "identity/sessions.hpp"
#include "store/unit.hpp"

namespace slipway::identity {

/// Browser sessions of people whom an OpenID provider knows. The cookie is random and kept as SHA-256; the provider's tokens lie sealed in the database. A
/// session that is used asks the provider every `recheck` by its refresh token whether the person still is who they were, so that a disabled account is out
/// within that time and new groups count. While the provider is away, or too slow for all of them, a session goes on until its access token ends; what it was
/// asked is never given up while its answer may still come, and is taken whenever that is: a refresh token may be good once, and whoever asked with it again
/// would be taken for a thief. Without a refresh token a session ends with the access token. Thread-safe.
class ProviderSessions final : public Sessions {
public:
    struct Options {
        Milliseconds recheck{std::chrono::seconds{30}};
    };
    ProviderSessions(store::Store& store, IdentityProvider& provider, const crypto::Sealer& sealer, Options options)
        : store_{store}, provider_{provider}, sealer_{sealer}, options_{options} {}
    ~ProviderSessions() override { stop(); }

    /// Opens a session. @return the cookie's value.
    Result<Secret> open(const ProviderSignIn& signed_in, const std::string& peer);
    Result<Session> session(std::string_view cookie) override;
    Result<Session> peek_session(std::string_view cookie) override;
    Result<Session> watch_session(std::string_view cookie) override;
    std::optional<Session> known_session(std::string_view cookie) const override;
    /// Ends a session, at once; the provider is told behind it. @return its ID token, with which the provider is told; empty where there is none.
    Result<Secret> close(std::string_view cookie);
    const Clock& clock() const { return store_.clock(); }
    /// Deletes what expired. For a background task.
    Result<std::int64_t> prune();
    /// The provider's health, with `sessionsPutOff` where it does not answer fast enough: how many requests of the last minute went on though it was more than
    /// time to ask about their sessions.
    Health add_to(Health health) const;
    /// Called when a session ended; must be quick. Set before use.
    void on_end(std::function<void()> listener) { listener_ = std::move(listener); }
    /// Breaks off what the provider is asked, and waits for that: what becomes of it there is then not known. Idempotent.
    void stop();

private:
    /// SessionTurns bounds them; streams have few.
    static constexpr std::size_t kRenewals = 2 * SessionTurns::kLate;
    static constexpr std::size_t kRevocations = 4;
    static constexpr std::size_t kRevocationsWaiting = 256;

    /// A row as it was read.
    struct Row {
        Principal principal;
        ProviderTokens tokens;
        std::string sealed;       ///< they, as they stand there: who has renewed them meanwhile has put others there
        Timestamp ends{};         ///< of the whole session
        Timestamp access_ends{};  ///< of the provider's access token
        Timestamp check_at{};
        Timestamp last_used{};
    };
    struct Remembered {
        Principal principal;
        Timestamp expires{};
        Steady until{};
    };
    Result<Session> look_up(std::string_view cookie, bool counts_as_use);
    Result<std::optional<Row>> read(const std::string& hash);
    Result<Row> row_of(const store::Row& row, const std::string& hash) const;
    Result<std::optional<Row>> recheck(const std::string& hash, Row row, bool counts_as_use);
    void put_off();
    class Answer;
    Result<std::optional<Row>> ask(const std::string& hash, Row row, SessionTurns::Turn turn);
    Result<std::optional<Row>> renew(const std::string& hash, Row row, const std::function<void()>& on_late);
    Result<std::optional<Row>> put_off_renewal(const std::string& hash, Row row, Error why);
    Result<std::optional<Row>> keep(const std::string& hash, Row row, const std::string& of_before);
    Result<std::optional<Row>> end(const std::string& hash, const Row& row, std::string_view code);
    Result<std::optional<Row>> look(store::Session& sql, const std::string& hash) const;
    Result<std::optional<Row>> take(const std::string& hash);
    void take_back(const Row& row);
    void take_back_behind(Row row);
    /// Puts other tokens in the place of `of_before`. @return whether those still stood there.
    Result<bool> replace(const std::string& hash, const std::string& of_before, Row& row);
    /// Keeps in memory what the database could not take, as if it stood there. @return whether there is room.
    bool hold(const std::string& hash, const Row& row, const Error& why);
    /// What stands in the database, with what is held instead of it.
    std::optional<Row> with_held(const std::string& hash, std::optional<Row> row);
    bool is_held(const std::string& hash) const;
    void store_held();
    void touch(const std::string& hash, const Row& row);
    void remember(const std::string& hash, const Row& row, std::uint64_t generation);
    void forget(const std::string& hash);

    store::Store& store_;
    IdentityProvider& provider_;
    const crypto::Sealer& sealer_;
    const Options options_;
    std::function<void()> listener_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Remembered> remembered_;
    std::unordered_map<std::string, Row> held_;  ///< each with what stands sealed in the database
    std::uint64_t generation_{0};
    int put_off_{0};
    Steady counted_from_{};
    SessionTurns turns_;
    std::atomic<bool> stopping_{false};
    WorkerPool renewals_{"renewals", kRenewals, 0};
    WorkerPool revocations_{"revocations", kRevocations, kRevocationsWaiting};
};

}  // namespace slipway::identity
