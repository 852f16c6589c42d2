#include "sagemaker/credential_checks.hpp"

#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "base/log.hpp"
#include "sagemaker/fill.hpp"
#include "sagemaker/watched_api.hpp"

namespace slipway::sagemaker {
namespace {

constexpr Milliseconds kSayAgain = std::chrono::minutes{1};
constexpr std::size_t kMostKnown = 1'000;

/// Of what a credential stands for, without its secrets.
std::string fingerprint(const Credential& credential) {
    json::array parts;
    for (const auto* part : {&credential.access_key_id, &credential.role_arn, &credential.web_identity_token_file}) {
        parts.push_back(json::value(*part));
    }
    parts.push_back(static_cast<int>(credential.type));
    return crypto::sha256_hex(json::write(parts));
}

json::object to_document(const CredentialCheck& check) {
    json::object out{{"at", to_epoch_ms(check.at)}, {"ok", check.ok}, {"account", check.account}, {"arn", check.arn}};
    if (check.since) {
        out["since"] = to_epoch_ms(*check.since);
    }
    out["permissions"] = json::encode(std::vector<std::string>(check.permissions.begin(), check.permissions.end()));
    if (check.error) {
        out["error"] = json::object{{"operation", check.error->operation},
                                    {"code", check.error->code},
                                    {"message", check.error->message},
                                    {"permission", check.error->permission},
                                    {"requestId", check.error->request_id}};
    }
    return out;
}

CredentialCheck from_document(const json::object& document) {
    CredentialCheck check;
    if (const auto* at = document.if_contains("at"); at != nullptr && at->is_int64()) {
        check.at = from_epoch_ms(at->get_int64());
    }
    if (const auto* since = document.if_contains("since"); since != nullptr && since->is_int64()) {
        check.since = from_epoch_ms(since->get_int64());
    }
    const auto* ok = document.if_contains("ok");
    check.ok = ok != nullptr && ok->is_bool() && ok->get_bool();
    check.account = json::text_of(document, "account");
    check.arn = json::text_of(document, "arn");
    if (const auto* permissions = json::array_of(document, "permissions")) {
        for (const auto& permission : *permissions) {
            if (permission.is_string()) {
                check.permissions.emplace(std::string_view{permission.get_string()});
            }
        }
    }
    if (const auto* error = json::object_of(document, "error")) {
        check.error = AwsError{.error = {},
                               .operation = std::string{json::text_of(*error, "operation")},
                               .code = std::string{json::text_of(*error, "code")},
                               .message = std::string{json::text_of(*error, "message")},
                               .request_id = std::string{json::text_of(*error, "requestId")},
                               .permission = std::string{json::text_of(*error, "permission")}};
    }
    return check;
}

}  // namespace

void CredentialChecks::identified(const Credential& credential, Timestamp at, const CallerIdentity& identity) {
    change(credential, at, [&](CredentialCheck& check) {
        check.ok = true;
        check.account = identity.account;
        check.arn = identity.arn;
        check.error.reset();
    });
}

void CredentialChecks::worked(const Credential& credential, Timestamp at, const std::set<std::string>& permissions, const std::string& account,
                              const std::set<std::string>& lost) {
    change(credential, at, [&](CredentialCheck& check) {
        check.ok = true;
        check.permissions.insert(permissions.begin(), permissions.end());
        std::erase_if(check.permissions, [&](const std::string& one) { return lost.contains(one); });
        if (!account.empty()) {
            check.account = account;
        }
        check.error.reset();
    });
}

void CredentialChecks::failed(const Credential& credential, Timestamp at, const AwsError& error) {
    change(credential, at, [&](CredentialCheck& check) {
        check.ok = false;
        check.permissions.erase(error.permission);
        check.error = error;
    });
}

void CredentialChecks::change(const Credential& credential, Timestamp at, const std::function<void(CredentialCheck&)>& action) {
    CredentialCheck check;
    const auto kept = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto before, of(unit.sql, credential));
        check = before.value_or(CredentialCheck{});
        const auto since = before && !before->ok ? before->since.value_or(before->at) : at;
        check.at = at;
        action(check);
        check.since = check.ok ? std::nullopt : std::optional{since};
        SW_CHECK(
            unit.sql.execute("INSERT INTO sagemaker_credential_checks (credential_id, fingerprint, document) VALUES ($1, $2, $3) "
                             "ON CONFLICT (credential_id) DO UPDATE SET fingerprint = excluded.fingerprint, document = excluded.document",
                             {credential.id, fingerprint(credential), json::write(to_document(check))}));
        return {};
    });
    if (!kept) {
        log::warn("credential_check", {{"credentialId", json::value(credential.id)}, {"message", json::value(kept.error().message)}});
        return;
    }
    know(credential, check.ok ? std::string{} : check.error ? check.error->code : std::string{"unknown"}, at);
}

void CredentialChecks::know(const Credential& credential, std::string refusal, Timestamp at) {
    const std::lock_guard lock{mutex_};
    if (known_.size() >= kMostKnown) {
        known_.clear();  // each is looked up again
    }
    known_[reader_name(credential)] = {.refusal = std::move(refusal), .at = at};
}

void CredentialChecks::heard(const Credential& credential, const AwsError* refusal) {
    const auto now = store_.clock().now();
    {
        const std::lock_guard lock{mutex_};
        const auto known = known_.find(reader_name(credential));
        const bool same = known != known_.end() && known->second.refusal == (refusal == nullptr ? std::string_view{} : std::string_view{refusal->code});
        if (same && (refusal == nullptr || (now >= known->second.at && now - known->second.at < kSayAgain))) {
            return;
        }
    }
    if (refusal != nullptr) {
        failed(credential, now, *refusal);
        return;
    }
    const auto before = store::read<std::optional<CredentialCheck>>(store_.database(), [&](store::Session& sql) { return of(sql, credential); });
    // What a person was told of permissions when they asked stays: this call needed others.
    if (before && *before && (*before)->error && is_refusal_of_credential(*(*before)->error)) {
        worked(credential, now, {}, {});
    } else if (before) {
        know(credential, {}, now);
    }
}

Result<void> CredentialChecks::forget(store::Unit& unit, const std::string& id) {
    SW_CHECK(unit.sql.execute("DELETE FROM sagemaker_credential_checks WHERE credential_id = $1", {id}));
    return {};
}

Result<std::optional<CredentialCheck>> CredentialChecks::of(store::Session& sql, const Credential& credential) const {
    SW_TRY(const auto rows, sql.query("SELECT document FROM sagemaker_credential_checks WHERE credential_id = $1 AND fingerprint = $2",
                                      {credential.id, fingerprint(credential)}));
    if (rows.empty()) {
        return std::optional<CredentialCheck>{};
    }
    SW_TRY(const auto document, json::parse_object(rows[0].text(0)));
    return std::optional{from_document(document)};
}

}  // namespace slipway::sagemaker
