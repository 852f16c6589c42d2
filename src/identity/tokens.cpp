#include "identity/tokens.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "identity/accounts.hpp"

namespace slipway::identity {

namespace {

constexpr std::size_t kMostRemembered = 4096;
/// A session's last use is written at most this often.
constexpr Milliseconds kTouchAfter = std::chrono::minutes{1};

std::string new_token(std::string_view prefix) {
    return std::string{prefix} + crypto::base64url(crypto::random_bytes(32));
}

std::unexpected<Error> refused() {
    return fail(ErrorCode::unauthenticated, "TOKEN_INVALID", "The token is unknown, expired or revoked. Sign in again.");
}

struct NewToken {
    std::string_view kind;
    std::string family;
    Principal::Kind subject_kind;
    std::string_view subject_id;
    Milliseconds life;
};

Result<void> insert_token(store::Unit& unit, std::string_view token, const NewToken& made) {
    SW_CHECK(unit.sql.execute(
        "INSERT INTO tokens (hash, kind, family, subject_kind, subject_id, issued_at, expires_at, last_used_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {crypto::sha256_hex(token), std::string{made.kind}, made.family, std::string{made.subject_kind == Principal::Kind::client ? "client" : "user"},
         std::string{made.subject_id}, store::to_value(unit.now), store::to_value(unit.now + made.life), store::to_value(unit.now)}));
    return {};
}

Result<TokenPair> insert_pair(store::Unit& unit, Principal::Kind kind, std::string_view subject_id, const std::string& family) {
    TokenPair pair{.access = Secret{new_token("swa_")}, .refresh = Secret{}, .expires_in = Tokens::kAccessLife.count() / 1000};
    SW_CHECK(insert_token(unit, pair.access.reveal(), {"access", family, kind, subject_id, Tokens::kAccessLife}));
    if (kind == Principal::Kind::user) {
        pair.refresh = Secret{new_token("swr_")};
        SW_CHECK(insert_token(unit, pair.refresh.reveal(), {"refresh", family, kind, subject_id, Tokens::kRefreshLife}));
    }
    return pair;
}

}  // namespace

Result<TokenPair> Tokens::issue(store::Unit& unit, Principal::Kind kind, std::string_view subject_id) {
    return insert_pair(unit, kind, subject_id, unit.new_id());
}

Result<TokenPair> Tokens::refresh(std::string_view refresh_token) {
    std::optional<TokenPair> pair;
    bool reused = false;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        pair.reset();
        reused = false;
        // The compare-and-swap on used_at makes one of two parallel refreshes the reuse.
        SW_TRY(const auto rows, unit.sql.query("UPDATE tokens SET used_at = $1 WHERE hash = $2 AND kind = 'refresh' AND used_at IS NULL AND expires_at > $3 "
                                               "RETURNING family, subject_kind, subject_id",
                                               {store::to_value(unit.now), crypto::sha256_hex(refresh_token), store::to_value(unit.now)}));
        if (rows.empty()) {
            SW_TRY(const auto used, unit.sql.query("SELECT family FROM tokens WHERE hash = $1 AND kind = 'refresh' AND used_at IS NOT NULL",
                                                   {crypto::sha256_hex(refresh_token)}));
            if (!used.empty()) {
                reused = true;
                SW_CHECK(unit.sql.execute("DELETE FROM tokens WHERE family = $1", {used[0].text(0)}));
            }
            return {};
        }
        const auto kind = rows[0].text(1) == "client" ? Principal::Kind::client : Principal::Kind::user;
        SW_TRY(const auto principal, load_principal(unit.sql, kind, rows[0].text(2)));
        if (principal) {
            SW_TRY(pair, insert_pair(unit, kind, rows[0].text(2), rows[0].text(0)));
        }
        return {};
    });
    SW_CHECK(done);
    if (reused) {
        log::warn("refresh_token_reused");
        forget();
    }
    if (!pair) {
        return refused();
    }
    return std::move(*pair);
}

Result<Secret> Tokens::open_session(store::Unit& unit, std::string_view subject_id) {
    Secret cookie{new_token("sws_")};
    SW_CHECK(insert_token(unit, cookie.reveal(), {"session", unit.new_id(), Principal::Kind::user, subject_id, kSessionLife}));
    return cookie;
}

Result<Tokens::Found> Tokens::look_up(std::string_view token, bool session, bool counts_as_use) {
    std::optional<Found> found;
    bool touch = false;
    const auto now = store_.clock().now();
    const auto hash = crypto::sha256_hex(token);
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT subject_kind, subject_id, expires_at, last_used_at FROM tokens WHERE hash = $1 AND kind = $2",
                                          {hash, std::string{session ? "session" : "access"}}));
        if (rows.empty() || rows[0].time(2) <= now || (session && rows[0].time(3) + kSessionIdle <= now)) {
            return {};
        }
        const auto kind = rows[0].text(0) == "client" ? Principal::Kind::client : Principal::Kind::user;
        SW_TRY(auto principal, load_principal(sql, kind, rows[0].text(1)));
        if (principal) {
            found = Found{.principal = std::move(*principal), .expires = rows[0].time(2)};
            touch = counts_as_use && session && rows[0].time(3) + kTouchAfter <= now;
        }
        return {};
    });
    SW_CHECK(looked);
    if (touch) {
        const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("UPDATE tokens SET last_used_at = $1 WHERE hash = $2", {store::to_value(now), hash}));
            return {};
        });
        if (!done) {  // a full disk stops what writes, not who reads
            log::warn("session_use", {{"message", done.error().message}, {"detail", done.error().detail}});
        }
    }
    if (!found) {
        return refused();
    }
    return std::move(*found);
}

std::optional<Tokens::Found> Tokens::remembered(std::string_view token, bool session) const {
    const auto digest = crypto::sha256(token);
    const auto now = store_.clock().now();
    const auto steady = store_.clock().steady();
    const std::lock_guard lock{mutex_};
    const auto found = remembered_.find(std::string{crypto::bytes_of(digest)});
    if (found == remembered_.end() || found->second.session != session || found->second.until <= steady || found->second.expires <= now) {
        return std::nullopt;
    }
    return Found{.principal = found->second.principal, .expires = found->second.expires};
}

void Tokens::remember(std::string_view token, const Found& found, bool session, std::uint64_t generation) {
    const auto digest = crypto::sha256(token);
    const auto steady = store_.clock().steady();
    const std::lock_guard lock{mutex_};
    if (generation != generation_) {
        return;  // something was revoked while we read: what we read may be older than that
    }
    if (remembered_.size() >= kMostRemembered) {
        std::erase_if(remembered_, [&](const auto& entry) { return entry.second.until <= steady; });
        if (remembered_.size() >= kMostRemembered) {
            remembered_.clear();
        }
    }
    remembered_.insert_or_assign(std::string{crypto::bytes_of(digest)},
                                 Remembered{.principal = found.principal, .expires = found.expires, .until = steady + kRemember, .session = session});
}

Result<Tokens::Found> Tokens::check(std::string_view token, bool session) {
    if (auto found = remembered(token, session)) {
        return std::move(*found);
    }
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock{mutex_};
        generation = generation_;
    }
    SW_TRY(auto found, look_up(token, session, true));
    remember(token, found, session, generation);
    return found;
}

Result<Principal> Tokens::authenticate(std::string_view bearer) {
    SW_TRY(auto found, check(bearer, false));
    return std::move(found.principal);
}

std::optional<Principal> Tokens::known(std::string_view bearer) const {
    auto found = remembered(bearer, false);
    return found ? std::optional{std::move(found->principal)} : std::nullopt;
}

Result<Session> Tokens::session(std::string_view cookie) {
    SW_TRY(auto found, check(cookie, true));
    return Session{.principal = std::move(found.principal), .expires = found.expires, .csrf = csrf_of(cookie)};
}

Result<Session> Tokens::peek_session(std::string_view cookie) {
    auto found = remembered(cookie, true);
    if (!found) {
        SW_TRY(found, look_up(cookie, true, false));  // not remembered: the next use must be seen
    }
    return Session{.principal = std::move(found->principal), .expires = found->expires, .csrf = {}};
}

std::optional<Session> Tokens::known_session(std::string_view cookie) const {
    auto found = remembered(cookie, true);
    if (!found) {
        return std::nullopt;
    }
    return Session{.principal = std::move(found->principal), .expires = found->expires, .csrf = csrf_of(cookie)};
}

Result<void> Tokens::revoke(std::string_view token) {
    std::string family;
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT family FROM tokens WHERE hash = $1", {crypto::sha256_hex(token)}));
        family = rows.empty() ? std::string{} : rows[0].text(0);
        return {};
    });
    SW_CHECK(looked);
    if (family.empty()) {
        return {};  // anybody can make tokens up: that must cost neither a write nor what is remembered of others
    }
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DELETE FROM tokens WHERE family = $1", {family}));
        return {};
    });
    SW_CHECK(done);
    forget();
    return {};
}

Result<void> Tokens::revoke_all(store::Unit& unit, std::string_view subject_id) {
    SW_CHECK(unit.sql.execute("DELETE FROM tokens WHERE subject_id = $1", {std::string{subject_id}}));
    return {};
}

void Tokens::forget() {
    {
        const std::lock_guard lock{mutex_};
        ++generation_;
        remembered_.clear();
    }
    if (listener_) {
        listener_();
    }
}

Result<std::int64_t> Tokens::prune() {
    std::int64_t count = 0;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(count, unit.sql.execute("DELETE FROM tokens WHERE expires_at <= $1", {store::to_value(unit.now)}));
        return {};
    });
    SW_CHECK(done);
    return count;
}

}  // namespace slipway::identity
