#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "domain/asset.hpp"
#include "domain/document.hpp"
#include "registry/assets.hpp"
#include "registry/secrets.hpp"
#include "registry/tables.hpp"
#include "sagemaker/arn.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/import_run.hpp"
#include "sagemaker/overlay.hpp"
#include "sagemaker/reader.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {
namespace {

Error unknown_model(const std::string& name, const std::string& region) {
    return {ErrorCode::not_found,
            "NOT_FOUND",
            fmt::format("There is no SageMaker model {} in {} for this credential. Names are case-sensitive: browse the account to pick one.", name, region),
            {},
            {}};
}

/// An asset that the model has already, by what people see of it; nullptr for a new one.
json::object* same_asset(json::array& assets, const json::object& asset) {
    static constexpr std::array<std::string_view, 4> kSeen{"name", "filename", "fileUrl", "assetRole"};
    const auto found = std::ranges::find_if(assets, [&](const json::value& one) {
        return one.is_object() && std::ranges::all_of(kSeen, [&](auto key) { return json::text_of(one.get_object(), key) == json::text_of(asset, key); });
    });
    return found == assets.end() ? nullptr : &found->get_object();
}

/// Whether a file is given whose content is not what is there.
bool has_other_content(const json::object& there, const json::object& asset) {
    const auto content = json::text_of(asset, "fileContent");
    const auto bytes = crypto::from_base64(content);
    return !content.empty() && (!bytes || crypto::sha256_hex(*bytes) != json::text_of(there, "contentHash"));
}

/// Adds those that the model has not, and puts files in the place of those of their name: a comparator that was mended.
/// @param added indexes of those that were added, in their order. @return whether any was replaced.
bool merge_assets(json::array& assets, const json::array& given, std::vector<std::size_t>& added) {
    bool replaced = false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto& asset = given[i].get_object();
        // The stored one has its secrets sealed already.
        json::value bare(asset);
        domain::extract_secrets(bare, [](std::size_t) { return std::string{}; });
        auto* there = same_asset(assets, bare.as_object());
        if (there == nullptr) {
            assets.push_back(asset);
            added.push_back(i);
        } else if (has_other_content(*there, asset)) {
            const auto id = there->contains("assetId") ? there->at("assetId") : json::value{};
            *there = asset;
            (*there)["assetId"] = id;
            replaced = true;
        }
    }
    return replaced;
}

/// Where something of the model stands in the request that brought it: assets behind the first `own` ones are those at `posted`.
std::string pointer_in_request(const std::string& pointer, std::size_t own, const std::vector<std::size_t>& posted) {
    constexpr std::string_view kAssets = "/modelAssets/";
    constexpr std::string_view kMeta = "/modelMetaData";
    if (pointer.starts_with(kAssets)) {
        const std::string_view rest = std::string_view{pointer}.substr(kAssets.size());
        const auto digits = rest.substr(0, rest.find('/'));
        std::size_t index = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
        if (index >= own && index - own < posted.size()) {
            return fmt::format("/assets/{}{}", posted[index - own], rest.substr(digits.size()));
        }
    }
    return pointer.starts_with(fmt::format("{}/inputSchema", kMeta)) ? pointer.substr(kMeta.size()) : pointer;
}

/// An error about the model as one about the request.
std::unexpected<Error> as_posted(Error error, std::size_t own, const std::vector<std::size_t>& posted) {
    for (auto& fault : error.faults) {
        const auto pointer = pointer_in_request(fault.pointer, own, posted);
        if (const auto at = error.message.find(fault.pointer); pointer != fault.pointer && at != std::string::npos) {
            error.message.replace(at, fault.pointer.size(), pointer);
        }
        fault.pointer = pointer;
    }
    return std::unexpected(std::move(error));
}

std::vector<registry::OperationStage> stages_at_start(const PreparedImport& prepared) {
    std::vector<registry::OperationStage> stages;
    stages.reserve(std::size(kImportStages));
    for (const auto name : kImportStages) {
        stages.push_back({.name = std::string{name}, .done = 0, .total = std::nullopt, .skipped = 0, .note = std::nullopt});
    }
    stages[0].done = 1;
    stages[0].total = 1;
    stages[0].outcome = registry::StageOutcome::COMPLETE;
    stages[1].total = 1;
    stages[1].done = prepared.tags ? 1 : 0;
    stages[1].outcome = prepared.tags_error ? outcome_of(*prepared.tags_error) : registry::StageOutcome::COMPLETE;
    if (prepared.tags) {
        stages[1].note = fmt::format("{} tags", prepared.tags->size());
    } else {
        stages[1].note = "refused: " + (prepared.tags_error && !prepared.tags_error->permission.empty() ? prepared.tags_error->permission + " is missing"
                                                                                                        : std::string{"tags could not be read"});
    }
    return stages;
}

/// Of the model's own tags.
registry::OperationProblem problem_of(const AwsError& error) {
    const auto optional = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    return {.operation = error.operation,
            .code = error.code,
            .message = error.message.empty() ? error.error.message : error.message,
            .permission = optional(error.permission),
            .request_id = optional(error.request_id),
            .stage = std::string{kImportStages[1]}};
}

/// Why there is nothing to import.
std::unexpected<Error> not_described(const AwsError& error, const ImportRequest& request, const std::string& region) {
    if (is_cancelled(error)) {
        return stopped();
    }
    if (is_absent(error)) {
        return std::unexpected(unknown_model(request.model_name, region));
    }
    return std::unexpected(request.credentials ? told_of_keys(error, "/credentials") : told(error));
}

}  // namespace

Result<SageMakerService::Chosen> SageMakerService::on_trial(const Credential& keys, const std::string& group, const std::string& region) {
    Chosen chosen{.credential = keys, .region = {}};
    chosen.credential.group = group;
    chosen.credential.id = store().ids().next(store().clock().now());
    SW_TRY(chosen.region, region_of(chosen.credential, region));
    return chosen;
}

Result<SageMakerService::Chosen> SageMakerService::credential_for(const identity::Principal& who, const std::string& group, const ImportRequest& request) {
    if (request.credentials) {
        return on_trial(*request.credentials, group, request.region);
    }
    auto found = choose(who, group, request.region, request.model_name, request.credential_id);
    if (!found && found.error().code == ErrorCode::not_found) {
        return invalid("/credentialId", "the id of a credential that exists and that you may use", request.credential_id);
    }
    return found;
}

Result<PreparedImport> SageMakerService::prepare_import(const identity::Principal& who, ImportRequest request) {
    const auto& foundation = registry_.foundation();
    PreparedImport prepared;
    SW_TRY(prepared.group, foundation.access.group_for_new(who, "storedModels", request.group, "", foundation.default_group));
    SW_TRY(auto chosen, credential_for(who, prepared.group, request));
    prepared.credential = std::move(chosen.credential);
    prepared.place.region = std::move(chosen.region);
    CallLedger ledger;
    const auto api = gateway_.connect(prepared.credential, prepared.place.region);
    auto reader = Reader{*api, {.ledger = &ledger, .cancelled = &stopping_, .background = false}}.within(kPatience, store().clock());
    auto answer = reader.call("DescribeModel", {{"ModelName", request.model_name}});
    const auto forget_trial = [&] {
        if (request.credentials) {
            gateway_.forget(prepared.credential.id);
        }
    };
    if (!answer) {
        forget_trial();
        if (!request.credentials && !is_cancelled(answer.error()) && !is_absent(answer.error())) {
            checks_.failed(prepared.credential, store().clock().now(), answer.error());
        }
        return not_described(answer.error(), request, prepared.place.region);
    }
    const std::string arn_text{json::text_of(*answer, "ModelArn")};
    const auto arn = parse_arn(arn_text);
    prepared.place.account = arn ? arn->account : std::string{};
    auto tags = reader.tags(arn_text);
    forget_trial();
    if (!tags && is_cancelled(tags.error())) {
        return stopped();
    }
    if (tags) {
        prepared.tags = std::move(*tags);
    } else {
        prepared.tags_error = std::move(tags.error());
    }
    prepared.answer = std::move(*answer);
    prepared.calls = ledger.totals();
    prepared.key = fmt::format("import:{}:{}:{}:{}", prepared.group, prepared.place.account, prepared.place.region, request.model_name);
    prepared.request = std::move(request);
    return prepared;
}

Result<registry::Operation> SageMakerService::start_import(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared) {
    auto credential = prepared.credential;
    if (prepared.request.credentials) {
        SW_TRY(credential, entered_.keep(unit, prepared.credential));
    }
    // AWS answered to these keys: that needs no question to STS.
    note_account(reader_name(credential), prepared.place.account);
    SW_TRY(const auto stored, store_model(unit, who, prepared));
    const auto& model = stored.entity;
    SW_CHECK(entered_.link(unit, model.id, credential.id));

    registry::Operation operation;
    operation.group = prepared.group;
    operation.created_by = who.name;
    operation.kind = registry::OperationKind::IMPORT;
    operation.stored_model_id = model.id;
    operation.stages = stages_at_start(prepared);
    operation.created = unit.now;
    operation.aws_calls = {.total = prepared.calls.total,
                           .retried = prepared.calls.retried,
                           .throttled = prepared.calls.throttled,
                           .saved = prepared.calls.saved,
                           .by_operation = prepared.calls.by_operation};
    if (prepared.tags_error) {
        operation.problems.push_back(problem_of(*prepared.tags_error));
    }
    for (const auto& warning : stored.warnings) {
        operation.problems.push_back(
            {.operation = "Import", .code = std::string{kSealed}, .message = warning, .permission = std::nullopt, .request_id = std::nullopt});
    }
    operation.request =
        json::object{{"modelName", prepared.request.model_name}, {"group", prepared.group},       {"account", prepared.place.account},
                     {"region", prepared.place.region},          {"credentialId", credential.id}, {"startLifecycles", prepared.request.start_lifecycles}};
    if (prepared.request.deep) {
        (*operation.request)["deep"] = true;
    }
    return operations().start(unit, std::move(operation), prepared.key);
}

Result<std::optional<registry::Operation>> SageMakerService::running(const PreparedImport& prepared) {
    return store::read<std::optional<registry::Operation>>(store().database(),
                                                           [&](store::Session& sql) { return operations().running_with(sql, prepared.key); });
}

Result<registry::Changed> SageMakerService::store_model(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared) {
    const std::string arn{json::text_of(prepared.answer, "ModelArn")};
    SW_TRY(auto same_arn, store::find_by(unit.sql, registry::stored_models_table(), {{"aws_arn", arn}, {"group_name", prepared.group}}, store::Scope::all()));
    const auto before = same_object(std::move(same_arn), time_of(prepared.answer, "CreationTime"));
    return before ? known_model(unit, who, prepared, *before) : new_model(unit, prepared);
}

Result<registry::Changed> SageMakerService::new_model(store::Unit& unit, const PreparedImport& prepared) {
    auto body = domain::to_json(map_model(prepared.answer, prepared.tags.value_or(Tags{}), prepared.place));
    auto& assets = body["modelAssets"];
    const auto own = assets.as_array().size();
    std::vector<std::size_t> posted;
    for (const auto& asset : prepared.request.assets) {
        posted.push_back(posted.size());
        assets.as_array().push_back(asset);
    }
    if (prepared.request.input_schema) {
        body["modelMetaData"].as_object()["inputSchema"] = *prepared.request.input_schema;
    }
    // Facts come with an import alone, so the collection's own create() would leave them out.
    const auto lists = registry_.collection("storedModels").asset_lists();
    std::vector<std::string> warnings;
    // What AWS said was masked; sealing it as well would make the first import differ from all later ones.
    auto facts = std::move(body["sageMaker"]);
    body.erase("sageMaker");
    SW_CHECK(registry::seal_secrets(unit, registry_.foundation().sealer, prepared.group, body, warnings));
    body["sageMaker"] = std::move(facts);
    json::Faults faults;
    registry::AssetKeeper keeper{unit, nullptr, lists};
    SW_CHECK(keeper.keep(body, lists, faults));
    if (auto refused = domain::refuse(faults); !refused) {
        return as_posted(std::move(refused.error()), own, posted);
    }
    const auto model = domain::parse_stored_model(json::value(std::move(body)));
    if (!model) {
        return as_posted(model.error(), own, posted);
    }
    SW_TRY(auto made, store::insert(unit, registry::stored_models_table(), {.id = "", .group = prepared.group, .document = domain::to_json(*model)}));
    return registry::Changed{std::move(made), std::move(warnings)};
}

Result<registry::Changed> SageMakerService::known_model(store::Unit& unit, const identity::Principal& who, const PreparedImport& prepared,
                                                        const store::Entity& before) {
    SW_CHECK(registry_.foundation().access.require(who, identity::Action::write, "storedModels", before.group, before.created_by));
    const auto fresh = domain::to_json(map_model(prepared.answer, prepared.tags.value_or(Tags{}), prepared.place));
    auto now = overlaid(before.document, fresh, {.tags = "/modelMetaData/tags", .members = {}, .tags_known = prepared.tags.has_value()});
    SW_TRY(auto model, store::update(unit, registry::stored_models_table(), before, std::move(now)));

    json::object patch;
    const auto* had = json::array_of(model.document, "modelAssets");
    auto assets = had == nullptr ? json::array{} : *had;
    const auto before_count = assets.size();
    std::vector<std::size_t> posted;
    const bool replaced = merge_assets(assets, prepared.request.assets, posted);
    if (replaced || assets.size() != before_count) {
        patch["modelAssets"] = std::move(assets);
    }
    if (prepared.request.input_schema) {
        patch["modelMetaData"] = json::object{{"inputSchema", *prepared.request.input_schema}};
    }
    if (patch.empty()) {
        return registry::Changed{std::move(model), {}};
    }
    auto changed = registry_.collection("storedModels").patch(unit, who, model.id, std::move(patch), std::nullopt);
    if (!changed) {
        return as_posted(std::move(changed.error()), before_count, posted);
    }
    return changed;
}

}  // namespace slipway::sagemaker
