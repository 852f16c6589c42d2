#include "identity/accounts.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "base/worker_pool.hpp"
#include "identity/account_documents.hpp"
#include "identity/tables.hpp"
#include "store/audit.hpp"
#include "store/words.hpp"

namespace slipway::identity {

namespace {

/// Verified when there is no such user, so that the time tells nothing. It is the hash of nothing: its bytes are made up.
const std::string kNobody = "$argon2id$v=19$m=65536,t=2,p=1$c2xpcHdheS1ub2JvZHkxMQ$Tm9ib2R5IGhhcyB0aGlzIHBhc3N3b3JkLCBldmVyLi4";

constexpr std::size_t kShortestPassword = 8;
constexpr std::size_t kLongestPassword = 1024;

bool has_fitting_size(std::string_view password) {
    return password.size() >= kShortestPassword && password.size() <= kLongestPassword;
}

std::unexpected<Error> sign_in_failed() {
    return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED", "The name or the password is wrong, or the account is disabled.");
}

Result<void> keep_secret(store::Unit& unit, std::string_view subject_id, const std::string& hash) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO account_secrets (subject_id, hash, changed_at) VALUES ($1, $2, $3) "
                         "ON CONFLICT (subject_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
                         {std::string{subject_id}, hash, store::to_value(unit.now)}));
    return {};
}

Result<void> take_name(store::Unit& unit, const std::string& name) {
    SW_TRY(const auto taken, unit.sql.query("INSERT INTO account_names (name, changes) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING RETURNING name", {name}));
    if (taken.empty()) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS", fmt::format("There is a user or client called {} already.", name));
    }
    return {};
}

/// Refuses a change after which no enabled administrator would be left.
Result<void> keep_an_administrator(store::Unit& unit, const store::Entity& before, bool still_administrator) {
    if (still_administrator || !is_administrator(before.document)) {
        return {};
    }
    SW_CHECK(unit.sql.execute("UPDATE account_names SET changes = changes + 1 WHERE name = ''"));
    SW_TRY(const auto others,
           unit.sql.query("SELECT COUNT(*) FROM users WHERE admin = $1 AND disabled = $2 AND id <> $3", {std::int64_t{1}, std::int64_t{0}, before.id}));
    if (others[0].integer(0) == 0) {
        return fail(ErrorCode::conflict, "LAST_ADMINISTRATOR", "This is the last administrator. Make another one first.");
    }
    return {};
}

Result<void> check_version(const store::Entity& entity, std::optional<std::int64_t> if_version) {
    if (if_version && *if_version != entity.version) {
        return fail(ErrorCode::conflict, "VERSION_MISMATCH",
                    fmt::format("The account is at version {}, not {}. Read it again and repeat the change.", entity.version, *if_version));
    }
    return {};
}

Result<void> audit_secret(store::Unit& unit, const store::EntityTable& table, const store::Entity& entity) {
    return store::audit(unit, {.entity_type = std::string{table.type},
                               .entity_id = entity.id,
                               .stored_model_id = {},
                               .group = {},
                               .changes = {},
                               .meta_data = {{"action", "SECRET_CHANGED"}}});
}

}  // namespace

Result<std::optional<Principal>> load_principal(store::Session& sql, Principal::Kind kind, std::string_view subject_id) {
    const auto& table = kind == Principal::Kind::client ? clients_table() : users_table();
    SW_TRY(const auto entity, store::find(sql, table, subject_id, store::Scope::all()));
    return entity ? principal_of(kind, entity->document) : std::nullopt;
}

Result<std::string> Accounts::hash(const Secret& password) {
    const WorkerPool::Waiting waiting;
    if (!hashing_.try_acquire_for(std::chrono::seconds{5})) {
        return fail(ErrorCode::unavailable, "BUSY", "Too many people sign in at this moment. Try again in a few seconds.");
    }
    auto result = crypto::hash_password(password);
    hashing_.release();
    return result;
}

Result<bool> Accounts::verify(const Secret& password, const std::string& hash) {
    const WorkerPool::Waiting waiting;
    if (!hashing_.try_acquire_for(std::chrono::seconds{5})) {
        return fail(ErrorCode::unavailable, "BUSY", "Too many people sign in at this moment. Try again in a few seconds.");
    }
    const bool right = crypto::verify_password(password, hash);
    hashing_.release();
    return right;
}

Result<std::optional<Secret>> Accounts::ensure_administrator(std::optional<Secret> password) {
    bool any = false;
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT id FROM users LIMIT 1"));
        any = !rows.empty();
        return {};
    });
    SW_CHECK(looked);
    if (any) {
        return std::nullopt;
    }
    const bool generated = !password || password->empty();
    const Secret secret = generated ? Secret{crypto::base64url(crypto::random_bytes(15))} : *password;
    if (!has_fitting_size(secret.reveal())) {
        return fail(ErrorCode::failed_precondition, "ADMIN_PASSWORD",
                    fmt::format("The first password of the administrator (SLIPWAY_ADMIN_PASSWORD) must have {} to {} bytes; it has {}.", kShortestPassword,
                                kLongestPassword, secret.reveal().size()));
    }
    SW_TRY(const auto hashed, hash(secret));
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto rows, unit.sql.query("SELECT id FROM users LIMIT 1"));
        if (!rows.empty()) {
            any = true;
            return {};
        }
        SW_CHECK(create_user(unit, {{"username", "admin"}, {"admin", true}}, hashed));
        return {};
    });
    SW_CHECK(done);
    return generated && !any ? std::optional{secret} : std::nullopt;
}

Result<std::string> Accounts::prepare_password(const json::object& body, bool required) {
    const auto* password = body.if_contains("password");
    if (password == nullptr && !required) {
        return std::string{};
    }
    if (password == nullptr || !password->is_string() || !has_fitting_size(password->get_string())) {
        return invalid("/password", fmt::format("a text of {} to {} bytes", kShortestPassword, kLongestPassword),
                       password == nullptr     ? "nothing"
                       : password->is_string() ? fmt::format("{} bytes", password->get_string().size())
                                               : "no text");
    }
    return hash(Secret{std::string{password->get_string()}});
}

Result<store::Entity> Accounts::create_user(store::Unit& unit, const json::object& body, const std::string& password_hash) {
    SW_TRY(auto document, user_document(body));
    SW_CHECK(take_name(unit, std::string{json::text_of(document, "username")}));
    SW_TRY(auto entity, store::insert(unit, users_table(), {.id = {}, .group = {}, .document = std::move(document)}));
    SW_CHECK(keep_secret(unit, entity.id, password_hash));
    return entity;
}

Result<IssuedClient> Accounts::create_client(store::Unit& unit, const json::object& body) {
    SW_TRY(auto document, client_document(body));
    SW_CHECK(take_name(unit, std::string{json::text_of(document, "clientId")}));
    SW_TRY(auto entity, store::insert(unit, clients_table(), {.id = {}, .group = {}, .document = std::move(document)}));
    Secret secret{"swc_" + crypto::base64url(crypto::random_bytes(32))};
    SW_CHECK(keep_secret(unit, entity.id, crypto::sha256_hex(secret.reveal())));
    return IssuedClient{.entity = std::move(entity), .secret = std::move(secret)};
}

Result<store::Entity> Accounts::get(store::Session& sql, const store::EntityTable& table, std::string_view id_or_name) {
    if (is_uuid(id_or_name)) {
        SW_TRY(auto by_id, store::find(sql, table, id_or_name, store::Scope::all()));
        if (by_id) {
            return std::move(*by_id);
        }
    }
    SW_TRY(auto named, store::find_by(sql, table, {{"name", std::string{id_or_name}}}, store::Scope::all(), 1));
    if (named.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no {} {}.", store::words_of(table.type), id_or_name));
    }
    return std::move(named.front());
}

Result<store::Entity> Accounts::change(store::Unit& unit, const store::EntityTable& table, std::string_view id, const json::object& body,
                                       std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, get(unit.sql, table, id));
    SW_CHECK(check_version(before, if_version));
    const bool user = &table == &users_table();
    SW_TRY(auto document, patched_document(before.document, body, user));
    if (user) {
        SW_CHECK(keep_an_administrator(unit, before, is_administrator(document)));
    }
    return store::update(unit, table, before, std::move(document));
}

Result<store::Entity> Accounts::patch_user(store::Unit& unit, std::string_view id, const json::object& body, std::optional<std::int64_t> if_version,
                                           const std::string& password_hash) {
    SW_TRY(auto entity, change(unit, users_table(), id, body, if_version));
    if (!password_hash.empty()) {
        SW_CHECK(keep_secret(unit, entity.id, password_hash));
        SW_CHECK(audit_secret(unit, users_table(), entity));
        SW_CHECK(tokens_.revoke_all(unit, entity.id));
    }
    return entity;
}

Result<IssuedClient> Accounts::patch_client(store::Unit& unit, std::string_view id, const json::object& body, std::optional<std::int64_t> if_version) {
    SW_TRY(auto entity, change(unit, clients_table(), id, body, if_version));
    IssuedClient issued{.entity = std::move(entity), .secret = Secret{}};
    if (const auto* rotate = body.if_contains("rotateSecret"); rotate != nullptr && rotate->is_bool() && rotate->get_bool()) {
        issued.secret = Secret{"swc_" + crypto::base64url(crypto::random_bytes(32))};
        SW_CHECK(keep_secret(unit, issued.entity.id, crypto::sha256_hex(issued.secret.reveal())));
        SW_CHECK(audit_secret(unit, clients_table(), issued.entity));
        SW_CHECK(tokens_.revoke_all(unit, issued.entity.id));
    }
    return issued;
}

void Accounts::mended(const store::Entity& account, const json::object& body) {
    const auto* rotate = body.if_contains("rotateSecret");
    const auto* disabled = body.if_contains("disabled");
    const bool is_new = body.contains("password") || (rotate != nullptr && rotate->is_bool() && rotate->get_bool());
    const bool is_enabled = disabled != nullptr && disabled->is_bool() && !disabled->get_bool();
    if (is_new || is_enabled) {
        const auto username = json::text_of(account.document, "username");
        limits_.forgive(username.empty() ? json::text_of(account.document, "clientId") : username);
    }
}

Result<void> Accounts::remove(store::Unit& unit, const store::EntityTable& table, std::string_view id, std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, get(unit.sql, table, id));
    SW_CHECK(check_version(before, if_version));
    const bool user = &table == &users_table();
    if (user) {
        SW_CHECK(keep_an_administrator(unit, before, false));
    }
    SW_CHECK(tokens_.revoke_all(unit, before.id));
    SW_CHECK(unit.sql.execute("DELETE FROM account_secrets WHERE subject_id = $1", {before.id}));
    SW_CHECK(unit.sql.execute("DELETE FROM account_names WHERE name = $1", {std::string{json::text_of(before.document, user ? "username" : "clientId")}}));
    return store::remove(unit, table, before);
}

Result<Accounts::Checked> Accounts::check_password(const std::string& username, const Secret& password, const std::string& peer) {
    SW_CHECK(limits_.begin(username, peer));
    std::optional<store::Entity> user;
    std::string hashed = kNobody;
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(auto found, store::find_by(sql, users_table(), {{"name", username}}, store::Scope::all(), 1));
        if (found.empty()) {
            return {};
        }
        SW_TRY(const auto rows, sql.query("SELECT hash FROM account_secrets WHERE subject_id = $1", {found[0].id}));
        if (!rows.empty()) {
            hashed = rows[0].text(0);
            user = std::move(found[0]);
        }
        return {};
    });
    const bool sane = !username.empty() && username.size() <= 200 && password.reveal().size() <= kLongestPassword;
    const auto right = looked ? verify(sane ? password : Secret{}, hashed) : Result<bool>{std::unexpected(looked.error())};
    if (!right) {
        limits_.taken_back(username, peer);  // it was not found out what the password is worth
        return std::unexpected(right.error());
    }
    if (!sane || !*right || !user || !principal_of(Principal::Kind::user, user->document)) {
        SW_CHECK(store_.write({}, [&](store::Unit& unit) { return audit_sign_in(unit, user ? username : "unknown", user ? user->id : "", peer, false); }));
        return sign_in_failed();
    }
    limits_.succeeded(username, peer);
    return Checked{.id = user->id, .name = username, .hash = std::move(hashed)};
}

Result<void> Accounts::still_valid(store::Unit& unit, const std::string& subject_id, const std::string& hash) {
    SW_TRY(const auto rows, unit.sql.query("SELECT hash FROM account_secrets WHERE subject_id = $1", {subject_id}));
    if (rows.empty() || rows[0].text(0) != hash) {
        return sign_in_failed();
    }
    return {};
}

Result<void> Accounts::change_password(const Principal& who, const json::object& body, const std::string& peer) {
    if (who.kind != Principal::Kind::user) {
        return fail(ErrorCode::forbidden, "NO_PASSWORD", "A machine client has a secret, no password: an administrator makes a new one with rotateSecret.");
    }
    const Secret current{std::string{json::text_of(body, "currentPassword")}};
    auto checked = check_password(who.name, current, peer);
    if (!checked && checked.error().code == ErrorCode::unauthenticated) {
        return invalid("/currentPassword", "the password in use", "another one");
    }
    SW_TRY(const auto user, std::move(checked));
    SW_TRY(const auto hashed, prepare_password(body, true));
    const auto done = store_.write({.subject = user.name, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(still_valid(unit, user.id, user.hash));
        SW_TRY(const auto entity, get(unit.sql, users_table(), user.id));
        SW_CHECK(keep_secret(unit, user.id, hashed));
        SW_CHECK(audit_secret(unit, users_table(), entity));
        return tokens_.revoke_all(unit, user.id);
    });
    changed();
    return done;
}

Result<TokenPair> Accounts::sign_in(const std::string& username, const Secret& password, const std::string& peer) {
    SW_TRY(const auto user, check_password(username, password, peer));
    std::optional<TokenPair> pair;
    const auto done = store_.write({.subject = user.name, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(still_valid(unit, user.id, user.hash));
        SW_TRY(pair, tokens_.issue(unit, Principal::Kind::user, user.id));
        SW_CHECK(note_sign_in(unit, users_table(), user.id));
        return audit_sign_in(unit, user.name, user.id, peer, true);
    });
    SW_CHECK(done);
    return std::move(*pair);
}

Result<Secret> Accounts::open_session(const std::string& username, const Secret& password, const std::string& peer) {
    SW_TRY(const auto user, check_password(username, password, peer));
    std::optional<Secret> cookie;
    const auto done = store_.write({.subject = user.name, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(still_valid(unit, user.id, user.hash));
        SW_TRY(cookie, tokens_.open_session(unit, user.id));
        SW_CHECK(note_sign_in(unit, users_table(), user.id));
        return audit_sign_in(unit, user.name, user.id, peer, true);
    });
    SW_CHECK(done);
    return std::move(*cookie);
}

Result<TokenPair> Accounts::sign_in_client(const std::string& client_id, const Secret& secret, const std::string& peer) {
    const auto limit = SignInName::client(client_id, peer);
    SW_CHECK(limits_.begin(limit, peer));
    std::optional<store::Entity> client;
    std::string kept(64, '0');
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(auto found, store::find_by(sql, clients_table(), {{"name", client_id}}, store::Scope::all(), 1));
        if (found.empty()) {
            return {};
        }
        SW_TRY(const auto rows, sql.query("SELECT hash FROM account_secrets WHERE subject_id = $1", {found[0].id}));
        if (!rows.empty()) {
            kept = rows[0].text(0);
            client = std::move(found[0]);
        }
        return {};
    });
    if (!looked) {
        limits_.taken_back(limit, peer);
        return std::unexpected(looked.error());
    }
    const bool right = equal_in_constant_time(crypto::sha256_hex(secret.reveal()), kept);
    if (!right || !client || !principal_of(Principal::Kind::client, client->document)) {
        SW_CHECK(
            store_.write({}, [&](store::Unit& unit) { return audit_sign_in(unit, client ? client_id : "unknown", client ? client->id : "", peer, false); }));
        return sign_in_failed();
    }
    limits_.succeeded(limit, peer);
    std::optional<TokenPair> pair;
    const auto done = store_.write({.subject = client_id, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(still_valid(unit, client->id, kept));
        SW_TRY(pair, tokens_.issue(unit, Principal::Kind::client, client->id));
        SW_CHECK(note_sign_in(unit, clients_table(), client->id));
        return audit_sign_in(unit, client_id, client->id, peer, true);
    });
    SW_CHECK(done);
    return std::move(*pair);
}

}  // namespace slipway::identity
