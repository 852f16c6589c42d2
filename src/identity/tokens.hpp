#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/secret.hpp"
#include "identity/authenticator.hpp"
#include "identity/sessions.hpp"
#include "store/unit.hpp"

namespace slipway::identity {

/// What `POST /gocli/token` answers.
struct TokenPair {
    Secret access;
    Secret refresh;  ///< empty for machine clients
    std::int64_t expires_in{0};
};

/// Opaque tokens and browser sessions of the built-in mode: random, kept as SHA-256 only. Access 1 h, refresh 12 h and rotating,
/// sessions 12 h in all and 1 h idle. Verified ones are remembered for 30 s; what is revoked here counts at once. Thread-safe.
class Tokens final : public Authenticator, public Sessions {
public:
    static constexpr Milliseconds kAccessLife = std::chrono::hours{1};
    static constexpr Milliseconds kRefreshLife = std::chrono::hours{12};
    static constexpr Milliseconds kSessionLife = Sessions::kLife;
    static constexpr Milliseconds kSessionIdle = Sessions::kIdle;
    static constexpr Milliseconds kRemember = std::chrono::seconds{30};

    explicit Tokens(store::Store& store) : store_{store} {}

    Result<Principal> authenticate(std::string_view bearer) override;
    std::optional<Principal> known(std::string_view bearer) const override;

    /// New access token, and a refresh token for people, in the unit's transaction.
    Result<TokenPair> issue(store::Unit& unit, Principal::Kind kind, std::string_view subject_id);
    /// Exchanges a refresh token. One that was used before revokes all tokens that came of the same sign-in.
    /// @return `unauthenticated`.
    Result<TokenPair> refresh(std::string_view refresh_token);
    /// Opens a browser session. @return the cookie's value.
    Result<Secret> open_session(store::Unit& unit, std::string_view subject_id);
    Result<Session> session(std::string_view cookie) override;
    Result<Session> peek_session(std::string_view cookie) override;
    std::optional<Session> known_session(std::string_view cookie) const override;
    /// Ends a session, or a token with all others of its sign-in. One that is unknown has ended.
    Result<void> revoke(std::string_view token);
    /// Deletes all tokens and sessions of a subject in the unit's transaction; call forget() after the commit.
    Result<void> revoke_all(store::Unit& unit, std::string_view subject_id);
    /// Forgets what is remembered, so that each token is looked up again, and tells the listener.
    void forget();
    /// Deletes what expired. For a background task. @return how many.
    Result<std::int64_t> prune();
    /// Called after each forget(); must be quick. Set before use.
    void on_forget(std::function<void()> listener) { listener_ = std::move(listener); }

private:
    struct Remembered {
        Principal principal;
        Timestamp expires{};
        Steady until{};
        bool session{false};
    };
    struct Found {
        Principal principal;
        Timestamp expires{};
    };
    Result<Found> look_up(std::string_view token, bool session, bool counts_as_use);
    Result<Found> check(std::string_view token, bool session);
    std::optional<Found> remembered(std::string_view token, bool session) const;
    void remember(std::string_view token, const Found& found, bool session, std::uint64_t generation);

    store::Store& store_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Remembered> remembered_;
    std::uint64_t generation_{0};
    std::function<void()> listener_;
};

}  // namespace slipway::identity
