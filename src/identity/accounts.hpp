#pragma once

#include <optional>
#include <semaphore>
#include <string>

#include "base/secret.hpp"
#include "identity/sign_in_limits.hpp"
#include "identity/tokens.hpp"
#include "store/entity.hpp"

namespace slipway::identity {

/// The principal of a user or client that exists and is not disabled, else nothing.
Result<std::optional<Principal>> load_principal(store::Session& sql, Principal::Kind kind, std::string_view subject_id);

/// A machine client that was just made, or got a new secret.
struct IssuedClient {
    store::Entity entity;
    Secret secret;  ///< shown once
};

/// Users and machine clients: kept in the database, passwords by argon2id, client secrets (256 random bits, so a plain hash is enough) by SHA-256.
/// Callers have checked that only administrators come here. Names are unique over both kinds, since rows know their makers by name. Thread-safe.
/// Hashing takes about 0.1 s and 64 MiB each: at most two at once; call it on the `passwords` pool.
class Accounts {
public:
    Accounts(store::Store& store, Tokens& tokens) : store_{store}, tokens_{tokens}, limits_{store.clock()} {}

    /// Makes `admin` when there is no user yet. @return the generated password, to be printed once; nothing when one was given or users exist.
    Result<std::optional<Secret>> ensure_administrator(std::optional<Secret> password);

    /// Password grant. @return `unauthenticated`/`SIGN_IN_FAILED`, `forbidden`/`TOO_MANY_ATTEMPTS`.
    Result<TokenPair> sign_in(const std::string& username, const Secret& password, const std::string& peer);
    /// Client credentials grant; errors as sign_in().
    Result<TokenPair> sign_in_client(const std::string& client_id, const Secret& secret, const std::string& peer);
    /// Browser sign-in. @return the cookie's value; errors as sign_in().
    Result<Secret> open_session(const std::string& username, const Secret& password, const std::string& peer);

    /// `{"username", "password", "groups"?, "admin"?}`. The password of the body is hashed before the transaction: see prepare_password().
    Result<store::Entity> create_user(store::Unit& unit, const json::object& body, const std::string& password_hash);
    /// `{"clientId", "groups"?, "admin"?}`.
    Result<IssuedClient> create_client(store::Unit& unit, const json::object& body);
    /// Merge patch of groups, admin, disabled; a new password ends all sessions. @return `conflict`/`LAST_ADMINISTRATOR`, `conflict`/`VERSION_MISMATCH`.
    Result<store::Entity> patch_user(store::Unit& unit, std::string_view id, const json::object& body, std::optional<std::int64_t> if_version,
                                     const std::string& password_hash);
    /// As patch_user(); `"rotateSecret": true` makes a new secret.
    Result<IssuedClient> patch_client(store::Unit& unit, std::string_view id, const json::object& body, std::optional<std::int64_t> if_version);
    /// Removes the account with its tokens. @return `conflict`/`LAST_ADMINISTRATOR`.
    Result<void> remove(store::Unit& unit, const store::EntityTable& table, std::string_view id, std::optional<std::int64_t> if_version);
    /// By id or by name. @return `not_found`.
    Result<store::Entity> get(store::Session& sql, const store::EntityTable& table, std::string_view id_or_name);

    /// Hash of the body's `password`, or empty without one. Slow: outside of transactions. @return `invalid_argument`.
    Result<std::string> prepare_password(const json::object& body, bool required);
    /// A person's own password, by the one in use; ends all sessions and tokens. @return `invalid_argument` at `/currentPassword`, counted as a failed
    /// sign-in, or at `/password`; `forbidden`/`NO_PASSWORD` for machine clients, `forbidden`/`TOO_MANY_ATTEMPTS`.
    Result<void> change_password(const Principal& who, const json::object& body, const std::string& peer);
    /// Call after the commit of a change: what is remembered of tokens is forgotten.
    void changed() { tokens_.forget(); }
    /// Call after the commit of what an administrator mended of an account: who failed for that need not wait.
    void mended(const store::Entity& account, const json::object& body);
    /// What slows guessing, for passwords that are checked elsewhere.
    SignInLimits& limits() { return limits_; }

private:
    struct Checked {
        std::string id;
        std::string name;
        std::string hash;  ///< what the password was checked against
    };
    /// Refuses when the secret was changed while it was checked.
    static Result<void> still_valid(store::Unit& unit, const std::string& subject_id, const std::string& hash);
    Result<Checked> check_password(const std::string& username, const Secret& password, const std::string& peer);
    Result<std::string> hash(const Secret& password);
    Result<bool> verify(const Secret& password, const std::string& hash);
    Result<store::Entity> change(store::Unit& unit, const store::EntityTable& table, std::string_view id, const json::object& body,
                                 std::optional<std::int64_t> if_version);

    store::Store& store_;
    Tokens& tokens_;
    SignInLimits limits_;
    std::counting_semaphore<2> hashing_{2};
};

}  // namespace slipway::identity
