#include <algorithm>
#include <fmt/format.h>

#include "sagemaker/fill.hpp"
#include "sagemaker/reader.hpp"
#include "sagemaker/service.hpp"
#include "sagemaker/watched_api.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kCollection = "credentials";

std::unexpected<Error> no_credential(const std::string& id) {
    return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no credential {}, or you may not use it.", id));
}

bool may_see(const identity::Principal& who, const Credential& configured) {
    return who.admin || (configured.group.empty() && !who.groups.empty()) || std::ranges::find(who.groups, configured.group) != who.groups.end();
}

bool may_see_chain(const identity::Principal& who, const CredentialSettings& settings) {
    return (who.admin && !settings.default_chain_groups.empty()) ||
           std::ranges::any_of(who.groups, [&](const std::string& group) { return has_default_chain(settings, group); });
}

}  // namespace

Result<std::string> SageMakerService::region_of(const Credential& credential, const std::string& asked) const {
    for (const auto* region : {&asked, &credential.region, &settings_.credentials.environment_region}) {
        if (!region->empty()) {
            return *region;
        }
    }
    return invalid("/region", "a region of AWS, since neither the credential nor the environment names one", "nothing");
}

Result<Credential> SageMakerService::credential_by_id(const identity::Principal& who, const std::string& id) {
    const auto configured = std::ranges::find(settings_.credentials.configured, id, &Credential::id);
    if (configured != settings_.credentials.configured.end()) {
        if (!may_see(who, *configured)) {
            return no_credential(id);
        }
        return *configured;
    }
    return store::read<Credential>(store().database(), [&](store::Session& sql) -> Result<Credential> {
        SW_TRY(auto found, entered_.find(sql, id, registry_.foundation().access.scope(who, identity::Action::read, kCollection)));
        if (!found) {
            return no_credential(id);
        }
        return std::move(found->credential);
    });
}

Result<SageMakerService::Chosen> SageMakerService::choose(const identity::Principal& who, const std::string& group, const std::string& region,
                                                          const std::string& model, const std::string& credential_id) {
    Chosen chosen;
    auto selected = select_credential(settings_.credentials, group, region, model);
    const bool is_selected = selected && selected->id == credential_id;
    if (credential_id == kDefaultChainId && !is_selected) {
        // For its groups alone; an account is browsed on the way to a model of any of the caller's groups.
        const bool may = model.empty() ? may_see_chain(who, settings_.credentials) : has_default_chain(settings_.credentials, group);
        if (!may) {
            return no_credential(credential_id);
        }
        chosen.credential = default_chain();
    } else if (!credential_id.empty() && !is_selected) {
        SW_TRY(chosen.credential, credential_by_id(who, credential_id));
    } else if (selected) {
        chosen.credential = std::move(*selected);
    } else {
        // Keys that the group entered before serve it as well as configured ones.
        SW_TRY(auto newest,
               store::read<std::optional<EnteredCredential>>(store().database(), [&](store::Session& sql) { return entered_.newest(sql, group, region); }));
        if (!newest) {
            return std::unexpected(std::move(selected.error()));
        }
        chosen.credential = std::move(newest->credential);
    }
    SW_TRY(chosen.region, region_of(chosen.credential, region));
    return chosen;
}

Result<std::shared_ptr<SageMakerApi>> SageMakerService::connect(const identity::Principal& who, const std::string& group, const std::string& region,
                                                                const std::string& model, const std::string& credential_id) {
    SW_TRY(const auto chosen, choose(who, group, region, model, credential_id));
    return gateway_.connect(chosen.credential, chosen.region);
}

Result<SageMakerService::Reach> SageMakerService::reach_for(const std::string& group, const std::string& region, const std::string& model,
                                                            const std::string& stored_model_id) {
    const auto who = identity::Principal::service();
    SW_TRY(const auto linked,
           store::read<std::string>(store().database(), [&](store::Session& sql) { return EnteredCredentials::linked(sql, stored_model_id); }));
    auto chosen = choose(who, group, region, model, linked);
    if (!chosen && !linked.empty()) {
        chosen = choose(who, group, region, model, {});
    }
    SW_CHECK(chosen);
    return reach_of(std::move(*chosen));
}

Result<SageMakerService::Reach> SageMakerService::reach_for(const std::string& group, const std::string& region, const std::string& model,
                                                            const std::string& stored_model_id, const std::string& credential_id) {
    if (credential_id.empty()) {
        return reach_for(group, region, model, stored_model_id);
    }
    SW_TRY(auto chosen, choose(identity::Principal::service(), group, region, model, credential_id));
    return reach_of(std::move(chosen));
}

SageMakerService::Reach SageMakerService::reach_of(Chosen chosen) {
    auto api = std::make_shared<WatchedApi>(gateway_.connect(chosen.credential, chosen.region), checks_, chosen.credential);
    auto reader = reader_name(chosen.credential);
    return Reach{.api = std::move(api), .reader = std::move(reader), .credential = std::move(chosen.credential), .region = std::move(chosen.region)};
}

Result<std::vector<ShownCredential>> SageMakerService::credentials(store::Session& sql, const identity::Principal& who) {
    std::vector<ShownCredential> shown;
    for (const auto& credential : settings_.credentials.configured) {
        if (may_see(who, credential)) {
            SW_TRY(auto check, checks_.of(sql, credential));
            shown.push_back({.credential = credential, .created = std::nullopt, .created_by = {}, .check = std::move(check)});
        }
    }
    if (may_see_chain(who, settings_.credentials)) {
        auto chain = default_chain();
        chain.region = settings_.credentials.environment_region;
        SW_TRY(auto check, checks_.of(sql, chain));
        shown.push_back({.credential = std::move(chain), .created = std::nullopt, .created_by = {}, .check = std::move(check)});
    }
    SW_TRY(auto entered, entered_.list(sql, registry_.foundation().access.scope(who, identity::Action::read, kCollection)));
    for (auto& entry : entered) {
        SW_TRY(auto check, checks_.of(sql, entry.credential));
        shown.push_back({.credential = std::move(entry.credential), .created = entry.created, .created_by = entry.created_by, .check = std::move(check)});
    }
    return shown;
}

Result<EnteredCredential> SageMakerService::entered(store::Session& sql, const identity::Principal& who, const std::string& id, identity::Action action) {
    const auto configured = std::ranges::find(settings_.credentials.configured, id, &Credential::id);
    if (configured != settings_.credentials.configured.end()) {
        if (!may_see(who, *configured)) {
            return no_credential(id);
        }
        return fail(ErrorCode::conflict, "CONFIGURED", "This credential stands in the configuration file: change it there.");
    }
    if (id == kDefaultChainId && may_see_chain(who, settings_.credentials)) {
        return fail(ErrorCode::conflict, "CONFIGURED", "These are the credentials of the machine that the server runs on: change them there.");
    }
    const auto& access = registry_.foundation().access;
    SW_TRY(auto found, entered_.find_entry(sql, id, access.scope(who, identity::Action::read, kCollection)));
    if (!found) {
        return no_credential(id);
    }
    SW_CHECK(access.require(who, action, kCollection, found->credential.group, found->created_by));
    return std::move(*found);
}

Result<void> SageMakerService::serves_models_of(const std::string& credential_id, const std::string& account) {
    SW_TRY(const auto others, store::read<store::Rows>(store().database(), [&](store::Session& sql) {
               return sql.query(
                   "SELECT m.aws_account FROM sagemaker_model_credentials c JOIN stored_models m ON m.id = c.stored_model_id "
                   "WHERE c.credential_id = $1 AND m.aws_account <> $2 LIMIT 1",
                   {credential_id, account});
           }));
    if (others.empty()) {
        return {};
    }
    return fail(ErrorCode::conflict, std::string{kAccountMismatch},
                fmt::format("The keys reach the AWS account {}, but models of account {} were imported with this credential. Enter keys of that account; "
                            "import models of the other account with a credential of their own.",
                            account, others[0].text(0)));
}

Result<Credential> SageMakerService::check_replacement(const identity::Principal& who, const std::string& id, Credential keys) {
    SW_TRY(const auto before,
           store::read<EnteredCredential>(store().database(), [&](store::Session& sql) { return entered(sql, who, id, identity::Action::write); }));
    keys.group = before.credential.group;
    keys.id = store().ids().next(store().clock().now());
    const auto identity = gateway_.identify(keys, keys.region, {.ledger = nullptr, .cancelled = &stopping_, .background = false, .deadline = kPatience});
    gateway_.forget(keys.id);
    if (!identity && is_cancelled(identity.error())) {
        return stopped();
    }
    if (!identity) {
        return std::unexpected(told_of_keys(identity.error(), ""));
    }
    keys.id = id;
    SW_CHECK(serves_models_of(id, identity->account));
    note_account(reader_name(keys), identity->account);
    checks_.identified(keys, store().clock().now(), *identity);
    return keys;
}

Result<ShownCredential> SageMakerService::replace_credential(store::Unit& unit, const identity::Principal& who, const std::string& id, const Credential& keys) {
    SW_TRY(const auto before, entered(unit.sql, who, id, identity::Action::write));
    SW_CHECK(entered_.replace(unit, before, keys));
    auto shown = keys;
    shown.id = id;
    shown.group = before.credential.group;
    shown.entered = true;
    SW_TRY(auto check, checks_.of(unit.sql, shown));
    return ShownCredential{.credential = std::move(shown), .created = before.created, .created_by = before.created_by, .check = std::move(check)};
}

Result<void> SageMakerService::remove_credential(store::Unit& unit, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto before, entered(unit.sql, who, id, identity::Action::write));
    SW_CHECK(entered_.remove(unit, before));
    return checks_.forget(unit, id);
}

void SageMakerService::credential_changed(const std::string& id) {
    gateway_.forget(id);
}

}  // namespace slipway::sagemaker
