#include "registry/stored_models.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/document.hpp"
#include "domain/model.hpp"
#include "registry/assets.hpp"
#include "registry/aws_tags.hpp"
#include "registry/documents.hpp"
#include "registry/model_summary.hpp"
#include "registry/removed_snapshots.hpp"
#include "registry/secrets.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

constexpr std::array<std::string_view, 1> kAssetLists{"/modelAssets"};

/// Assets kept, everything checked; the document as it is stored.
Result<json::object> completed(store::Unit& unit, const json::object* before, json::object document) {
    json::Faults faults;
    AssetKeeper keeper{unit, before, kAssetLists};
    SW_CHECK(keeper.keep(document, kAssetLists, faults));
    SW_CHECK(domain::refuse(faults));
    SW_TRY(const auto model, domain::parse_stored_model(json::value(std::move(document))));
    auto out = domain::to_json(model);
    keep_aws_tags(out, "/modelMetaData/tags");
    return out;
}

}  // namespace

StoredModels::StoredModels(const Foundation& foundation) : Collection{foundation, stored_models_table()} {}

std::span<const std::string_view> StoredModels::asset_lists() const {
    return kAssetLists;
}

Result<std::vector<json::object>> StoredModels::summaries(store::Session& sql, const identity::Principal& who, std::span<const store::Entity> items) {
    return summarise(sql, foundation_.access, who, items);
}

Result<json::object> StoredModels::prepare(store::Unit& unit, const identity::Principal&, const std::string&, json::object body,
                                           std::vector<std::string>& warnings) {
    if (body.erase("sageMaker") > 0) {
        warnings.emplace_back("sageMaker was left out: what AWS says of a model comes with its import alone.");
    }
    return completed(unit, nullptr, std::move(body));
}

Result<json::object> StoredModels::change(store::Unit& unit, const identity::Principal&, const store::Entity& before, json::object after,
                                          std::vector<std::string>&) {
    SW_CHECK(unchanged(before.document, after, {"sageMaker"}, "it is what AWS says of the model, brought up to date by the import"));
    return completed(unit, &before.document, std::move(after));
}

Result<void> StoredModels::may_move(store::Unit& unit, const store::Entity& before) {
    if (!before.document.contains("sageMaker")) {
        return {};
    }
    for (const auto& [table, what] :
         {std::pair{&deployable_models_table(), "snapshots"}, std::pair{&jobs_table(), "jobs"}, std::pair{&deployed_models_table(), "deployments"}}) {
        SW_TRY(const auto rows, store::find_by(unit.sql, *table, {{"stored_model_id", before.id}, {"group_name", before.group}}, store::Scope::all(), 1));
        if (!rows.empty()) {
            return fail(
                ErrorCode::conflict, "HAS_IMPORTED",
                fmt::format("The model was imported from SageMaker and has {} in group {}, which each import brings up to date there. Import it into the "
                            "other group instead, and delete it here if it is not wanted any more.",
                            what, before.group));
        }
    }
    return {};
}

Result<void> StoredModels::may_remove(store::Unit& unit, const store::Entity& before) {
    std::vector<store::Entity> all;
    for (const std::string state : {"DEPLOYED", "DEPLOYING"}) {
        SW_TRY(const auto live, store::find_by(unit.sql, deployed_models_table(), {{"stored_model_id", before.id}, {"state", state}}, store::Scope::all(), 20));
        all.insert(all.end(), live.begin(), live.end());
    }
    if (all.empty()) {
        return {};
    }
    return fail(ErrorCode::conflict, "HAS_DEPLOYMENTS", fmt::format("The model is deployed. {} Nothing was removed.", how_to_end(all)));
}

Result<void> StoredModels::removed(store::Unit& unit, const store::Entity& entity) {
    return forget_removed_snapshots(unit, entity.id);
}

Result<Changed> StoredModels::add_asset(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object asset,
                                        std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::write, id, if_version));
    std::vector<std::string> warnings;
    SW_CHECK(seal_secrets(unit, foundation_.sealer, before.group, asset, warnings));
    json::Faults faults;
    AssetKeeper keeper{unit, &before.document, kAssetLists};
    SW_CHECK(keeper.keep_one(asset, "", faults));
    SW_CHECK(domain::refuse(faults));
    SW_TRY(const auto checked, json::decode<domain::Asset>(json::value(asset)));
    domain::check_asset(checked, "", faults);
    SW_CHECK(domain::refuse(faults));
    if (find_asset(before.document, kAssetLists, json::text_of(asset, "assetId")) != nullptr) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS", fmt::format("The model has an asset {} already.", json::text_of(asset, "assetId")));
    }
    auto after = before.document;
    after["modelAssets"].as_array().push_back(std::move(asset));
    SW_TRY(auto entity, store::update(unit, table_, before, std::move(after)));
    return Changed{std::move(entity), std::move(warnings)};
}

Result<Changed> StoredModels::remove_asset(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view asset_id,
                                           std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::write, id, if_version));
    auto after = before.document;
    json::array kept;
    for (auto& asset : after["modelAssets"].as_array()) {
        if (json::text_of(asset.as_object(), "assetId") != asset_id) {
            kept.push_back(std::move(asset));
        }
    }
    if (kept.size() == json::array_of(before.document, "modelAssets")->size()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no asset {} on business model {}.", asset_id, id));
    }
    after["modelAssets"] = std::move(kept);
    SW_TRY(auto entity, store::update(unit, table_, before, std::move(after)));
    return Changed{std::move(entity), {}};
}

}  // namespace slipway::registry
