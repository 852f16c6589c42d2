#include "identity/provider_sessions.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/log.hpp"
#include "identity/account_documents.hpp"

namespace slipway::identity {

namespace {

constexpr Milliseconds kRemember = std::chrono::seconds{30};
constexpr std::size_t kMostRemembered = 4096;
/// A session's last use is written at most this often.
constexpr Milliseconds kTouchAfter = std::chrono::minutes{1};

std::unexpected<Error> ended() {
    return fail(ErrorCode::unauthenticated, "TOKEN_INVALID", "The session has ended. Sign in again.");
}

std::string text_of(const Principal& who) {
    return json::write(json::object{{"kind", who.kind == Principal::Kind::client ? "client" : "user"},
                                    {"name", who.name},
                                    {"groups", json::array(who.groups.begin(), who.groups.end())},
                                    {"admin", who.admin}});
}

Result<Principal> principal_from(std::string_view text) {
    SW_TRY(const auto document, json::parse_object(text));
    Principal who;
    who.kind = json::text_of(document, "kind") == "client" ? Principal::Kind::client : Principal::Kind::user;
    who.name = json::text_of(document, "name");
    if (const auto* groups = json::array_of(document, "groups")) {
        for (const auto& group : *groups) {
            who.groups.emplace_back(group.is_string() ? std::string_view{group.get_string()} : std::string_view{});
        }
    }
    const auto* admin = document.if_contains("admin");
    who.admin = admin != nullptr && admin->is_bool() && admin->get_bool();
    return who;
}

std::string purpose_of(const std::string& hash) {
    return "provider session " + hash;
}

/// The access token itself is not kept: nobody needs it once it was read.
std::string sealed(const crypto::Sealer& sealer, const std::string& hash, const ProviderTokens& tokens) {
    const Secret plain{json::write(json::object{{"refresh", tokens.refresh.reveal()}, {"id", tokens.id_token.reveal()}})};
    return sealer.seal(plain, purpose_of(hash));
}

}  // namespace

Result<Secret> ProviderSessions::open(const ProviderSignIn& signed_in, const std::string& peer) {
    Secret cookie{"sws_" + crypto::base64url(crypto::random_bytes(32))};
    const auto hash = crypto::sha256_hex(cookie.reveal());
    const auto done = store_.write({.subject = signed_in.principal.name, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(
            unit.sql.execute("INSERT INTO provider_sessions (hash, principal, sealed, expires_at, access_expires_at, check_at, last_used_at) "
                             "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                             {hash, text_of(signed_in.principal), store::Blob{sealed(sealer_, hash, signed_in.tokens)}, store::to_value(unit.now + kLife),
                              store::to_value(signed_in.expires), store::to_value(unit.now + options_.recheck), store::to_value(unit.now)}));
        return audit_sign_in(unit, signed_in.principal.name, signed_in.principal.name, peer, true);
    });
    SW_CHECK(done);
    return cookie;
}

Result<ProviderSessions::Row> ProviderSessions::row_of(const store::Row& row, const std::string& hash) const {
    Row out;
    SW_TRY(out.principal, principal_from(row.text(0)));
    SW_TRY(const auto plain, sealer_.unseal(row.blob(1), purpose_of(hash)));
    SW_TRY(const auto tokens, json::parse_object(plain.reveal()));
    out.tokens.refresh = Secret{std::string{json::text_of(tokens, "refresh")}};
    out.tokens.id_token = Secret{std::string{json::text_of(tokens, "id")}};
    out.sealed = row.blob(1);
    out.ends = row.time(2);
    out.access_ends = row.time(3);
    out.check_at = row.time(4);
    out.last_used = row.time(5);
    return out;
}

/// The row, unless it has ended or cannot be read.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::look(store::Session& sql, const std::string& hash) const {
    const auto now = store_.clock().now();
    SW_TRY(const auto rows, sql.query("SELECT principal, sealed, expires_at, access_expires_at, check_at, last_used_at FROM provider_sessions "
                                      "WHERE hash = $1",
                                      {hash}));
    if (rows.empty() || rows[0].time(2) <= now || rows[0].time(5) + kIdle <= now) {
        return std::nullopt;
    }
    auto row = row_of(rows[0], hash);
    if (!row) {
        log::warn("session_unreadable", {{"message", row.error().message}});  // sealed under another key: its person signs in anew
        return std::nullopt;
    }
    return std::move(*row);
}

Result<std::optional<ProviderSessions::Row>> ProviderSessions::read(const std::string& hash) {
    std::optional<Row> found;
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(found, look(sql, hash));
        return {};
    });
    SW_CHECK(looked);
    return with_held(hash, std::move(found));
}

/// Erases it, and gives what stood there at that very moment: a renewal may put a new token in at any other.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::take(const std::string& hash) {
    std::optional<Row> found;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(found, look(unit.sql, hash));
        SW_CHECK(unit.sql.execute("DELETE FROM provider_sessions WHERE hash = $1", {hash}));
        return {};
    });
    SW_CHECK(done);
    found = with_held(hash, std::move(found));
    forget(hash);
    return found;
}

Result<bool> ProviderSessions::replace(const std::string& hash, const std::string& of_before, Row& row) {
    auto now_sealed = sealed(sealer_, hash, row.tokens);
    std::int64_t kept = 0;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(kept, unit.sql.execute("UPDATE provider_sessions SET principal = $1, sealed = $2, access_expires_at = $3, check_at = $4 "
                                      "WHERE hash = $5 AND sealed = $6",
                                      {text_of(row.principal), store::Blob{now_sealed}, store::to_value(row.access_ends), store::to_value(row.check_at), hash,
                                       store::Blob{of_before}}));
        return {};
    });
    SW_CHECK(done);
    row.sealed = std::move(now_sealed);
    const std::lock_guard lock{mutex_};
    held_.erase(hash);
    return kept > 0;
}

/// A full disk stops what writes, not who reads.
void ProviderSessions::touch(const std::string& hash, const Row& row) {
    const auto now = store_.clock().now();
    if (row.last_used + kTouchAfter > now) {
        return;
    }
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE provider_sessions SET last_used_at = $1 WHERE hash = $2", {store::to_value(now), hash}));
        return {};
    });
    if (!done) {
        log::warn("session_use", {{"message", done.error().message}, {"detail", done.error().detail}});
    }
}

Result<Session> ProviderSessions::look_up(std::string_view cookie, bool counts_as_use) {
    const auto hash = crypto::sha256_hex(cookie);
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock{mutex_};
        generation = generation_;
    }
    SW_TRY(auto found, read(hash));
    if (found) {
        SW_TRY(found, recheck(hash, std::move(*found), counts_as_use));
    }
    if (!found) {
        return ended();
    }
    if (counts_as_use) {
        touch(hash, *found);
        remember(hash, *found, generation);
    }
    return Session{.principal = std::move(found->principal), .expires = found->ends, .csrf = csrf_of(cookie)};
}

void ProviderSessions::remember(const std::string& hash, const Row& row, std::uint64_t generation) {
    const auto now = store_.clock().now();
    const auto steady = store_.clock().steady();
    const auto next = row.tokens.refresh.empty() ? row.access_ends : row.check_at;
    const std::lock_guard lock{mutex_};
    if (generation != generation_) {
        return;  // a session ended while we read: it may be this one
    }
    if (remembered_.size() >= kMostRemembered) {
        std::erase_if(remembered_, [&](const auto& entry) { return entry.second.until <= steady; });
        if (remembered_.size() >= kMostRemembered) {
            remembered_.clear();
        }
    }
    remembered_.insert_or_assign(
        hash, Remembered{.principal = row.principal, .expires = row.ends, .until = steady + std::clamp(next - now, Milliseconds{0}, kRemember)});
}

void ProviderSessions::forget(const std::string& hash) {
    {
        const std::lock_guard lock{mutex_};
        ++generation_;
        remembered_.erase(hash);
        held_.erase(hash);
    }
    if (listener_) {
        listener_();
    }
}

std::optional<Session> ProviderSessions::known_session(std::string_view cookie) const {
    const auto hash = crypto::sha256_hex(cookie);
    const auto now = store_.clock().now();
    const auto steady = store_.clock().steady();
    const std::lock_guard lock{mutex_};
    const auto found = remembered_.find(hash);
    if (found == remembered_.end() || found->second.until <= steady || found->second.expires <= now) {
        return std::nullopt;
    }
    return Session{.principal = found->second.principal, .expires = found->second.expires, .csrf = csrf_of(cookie)};
}

Result<Session> ProviderSessions::session(std::string_view cookie) {
    if (auto known = known_session(cookie)) {
        return std::move(*known);
    }
    return look_up(cookie, true);
}

Result<Session> ProviderSessions::peek_session(std::string_view cookie) {
    if (auto known = known_session(cookie)) {
        return std::move(*known);
    }
    return look_up(cookie, false);
}

Result<Session> ProviderSessions::watch_session(std::string_view cookie) {
    if (auto known = known_session(cookie)) {
        return std::move(*known);
    }
    SW_TRY(auto found, read(crypto::sha256_hex(cookie)));
    const auto now = store_.clock().now();
    if (!found || (found->tokens.refresh.empty() && found->access_ends <= now)) {
        return ended();
    }
    const bool due = !found->tokens.refresh.empty() && found->check_at <= now;
    if (due && found->access_ends <= now) {
        return fail(ErrorCode::unavailable, "SESSION_NOT_CHECKED", "The identity provider must be asked whether this session still counts.");
    }
    return Session{.principal = std::move(found->principal), .expires = found->ends, .csrf = csrf_of(cookie), .due = due};
}

Result<Secret> ProviderSessions::close(std::string_view cookie) {
    const auto hash = crypto::sha256_hex(cookie);
    SW_TRY(auto found, take(hash));
    if (!found) {
        return Secret{};
    }
    auto id_token = std::move(found->tokens.id_token);
    take_back_behind(std::move(*found));
    return id_token;
}

Result<std::int64_t> ProviderSessions::prune() {
    std::int64_t count = 0;
    {
        const auto now = store_.clock().now();
        const std::lock_guard lock{mutex_};
        std::erase_if(held_, [now](const auto& one) { return one.second.ends <= now; });
    }
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(count, unit.sql.execute("DELETE FROM provider_sessions WHERE expires_at <= $1 OR last_used_at <= $2",
                                       {store::to_value(unit.now), store::to_value(unit.now - kIdle)}));
        return {};
    });
    SW_CHECK(done);
    return count;
}

}  // namespace slipway::identity
