#include "sagemaker/entered_credentials.hpp"

#include "base/json.hpp"
#include "store/audit.hpp"
#include "store/outbox.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kSelect = "SELECT id, group_name, region, access_key_id, sealed, created_at, created_by FROM sagemaker_credentials ";

std::string purpose_of(const std::string& id) {
    return "credential:" + id;
}

bool same_secrets(const Credential& a, const Credential& b) {
    return equal_in_constant_time(a.secret_access_key.reveal(), b.secret_access_key.reveal()) &&
           equal_in_constant_time(a.session_token.reveal(), b.session_token.reveal());
}

}  // namespace

std::string EnteredCredentials::seal(const Credential& credential) const {
    const json::object secrets{{"secretAccessKey", credential.secret_access_key.reveal()}, {"sessionToken", credential.session_token.reveal()}};
    return sealer_.seal(Secret{json::write(secrets)}, purpose_of(credential.id));
}

Result<EnteredCredential> EnteredCredentials::read(const store::Row& row, bool with_secrets) const {
    EnteredCredential entry;
    auto& credential = entry.credential;
    credential.id = row.text(0);
    credential.entered = true;
    credential.group = row.text(1);
    credential.region = row.text(2);
    credential.access_key_id = row.text(3);
    entry.created = row.time(5);
    entry.created_by = row.text(6);
    if (with_secrets) {
        SW_TRY(const auto plain, sealer_.unseal(row.blob(4), purpose_of(credential.id)));
        SW_TRY(const auto secrets, json::parse_object(plain.reveal()));
        credential.secret_access_key = Secret{std::string{json::text_of(secrets, "secretAccessKey")}};
        credential.session_token = Secret{std::string{json::text_of(secrets, "sessionToken")}};
    }
    return entry;
}

Result<void> EnteredCredentials::record(store::Unit& unit, const Credential& credential, const std::string& created_by, std::string_view operation,
                                        std::string_view kind) {
    SW_CHECK(store::audit(unit, {.entity_type = "Credential",
                                 .entity_id = credential.id,
                                 .stored_model_id = {},
                                 .group = credential.group,
                                 .changes = {json::object{{"op", operation}, {"path", "/accessKeyId"}}},
                                 .meta_data = {{"region", credential.region}}}));
    return store::emit(unit, {.seq = 0,
                              .type = "Credential",
                              .id = credential.id,
                              .version = 0,
                              .kind = std::string{kind},
                              .group = credential.group,
                              .created_by = created_by,
                              .payload = {},
                              .at = unit.now});
}

Result<void> EnteredCredentials::write(store::Unit& unit, const Credential& credential) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO sagemaker_credentials (id, group_name, region, access_key_id, sealed, created_at, created_by) "
                         "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET "
                         "region = excluded.region, access_key_id = excluded.access_key_id, sealed = excluded.sealed",
                         {credential.id, credential.group, credential.region, credential.access_key_id, store::Blob{seal(credential)},
                          store::to_value(unit.now), unit.actor.subject}));
    return {};
}

Result<Credential> EnteredCredentials::keep(store::Unit& unit, Credential credential) {
    SW_TRY(const auto rows, unit.sql.query(std::string{kSelect} + "WHERE group_name = $1 AND access_key_id = $2 AND region = $3",
                                           {credential.group, credential.access_key_id, credential.region}));
    credential.entered = true;
    if (rows.empty()) {
        credential.id = unit.new_id();
        SW_CHECK(write(unit, credential));
        SW_CHECK(record(unit, credential, unit.actor.subject, "add", "created"));
        return credential;
    }
    credential.id = rows[0].text(0);
    const auto before = read(rows[0], true);
    // What cannot be unsealed any more (another key file) is replaced by what was entered now.
    if (!before || !same_secrets(before->credential, credential)) {
        SW_CHECK(write(unit, credential));
        SW_CHECK(record(unit, credential, rows[0].text(6), "replace", "changed"));
    }
    return credential;
}

Result<std::optional<EnteredCredential>> EnteredCredentials::find(store::Session& sql, std::string_view id, const store::Scope& scope) {
    return find(sql, id, scope, true);
}

Result<std::optional<EnteredCredential>> EnteredCredentials::find_entry(store::Session& sql, std::string_view id, const store::Scope& scope) {
    return find(sql, id, scope, false);
}

Result<std::optional<EnteredCredential>> EnteredCredentials::find(store::Session& sql, std::string_view id, const store::Scope& scope, bool with_secrets) {
    SW_TRY(const auto rows, sql.query(std::string{kSelect} + "WHERE id = $1", {std::string{id}}));
    if (rows.empty() || !scope.allows(rows[0].text(1), rows[0].text(6))) {
        return std::optional<EnteredCredential>{};
    }
    SW_TRY(auto entry, read(rows[0], with_secrets));
    return std::optional{std::move(entry)};
}

Result<std::vector<EnteredCredential>> EnteredCredentials::list(store::Session& sql, const store::Scope& scope) {
    SW_TRY(const auto rows, sql.query(std::string{kSelect} + "ORDER BY created_at, id"));
    std::vector<EnteredCredential> entries;
    for (const auto& row : rows) {
        if (scope.allows(row.text(1), row.text(6))) {
            SW_TRY(auto entry, read(row, false));
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

Result<std::optional<EnteredCredential>> EnteredCredentials::newest(store::Session& sql, const std::string& group, const std::string& region) {
    SW_TRY(const auto rows,
           sql.query(std::string{kSelect} + "WHERE group_name = $1 AND ($2 = '' OR region = $2) ORDER BY created_at DESC, id DESC LIMIT 1", {group, region}));
    if (rows.empty()) {
        return std::optional<EnteredCredential>{};
    }
    SW_TRY(auto entry, read(rows[0], true));
    return std::optional{std::move(entry)};
}

Result<void> EnteredCredentials::replace(store::Unit& unit, const EnteredCredential& before, const Credential& now) {
    auto credential = now;
    credential.id = before.credential.id;
    credential.group = before.credential.group;
    SW_CHECK(write(unit, credential));
    return record(unit, credential, before.created_by, "replace", "changed");
}

Result<void> EnteredCredentials::remove(store::Unit& unit, const EnteredCredential& before) {
    SW_CHECK(unit.sql.execute("DELETE FROM sagemaker_model_credentials WHERE credential_id = $1", {before.credential.id}));
    SW_CHECK(unit.sql.execute("DELETE FROM sagemaker_credentials WHERE id = $1", {before.credential.id}));
    return record(unit, before.credential, before.created_by, "remove", "removed");
}

Result<void> EnteredCredentials::link(store::Unit& unit, const std::string& stored_model_id, const std::string& credential_id) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO sagemaker_model_credentials (stored_model_id, credential_id) VALUES ($1, $2) "
                         "ON CONFLICT (stored_model_id) DO UPDATE SET credential_id = excluded.credential_id",
                         {stored_model_id, credential_id}));
    return {};
}

Result<std::string> EnteredCredentials::linked(store::Session& sql, const std::string& stored_model_id) {
    SW_TRY(const auto rows, sql.query("SELECT credential_id FROM sagemaker_model_credentials WHERE stored_model_id = $1", {stored_model_id}));
    return rows.empty() ? std::string{} : rows[0].text(0);
}

}  // namespace slipway::sagemaker
