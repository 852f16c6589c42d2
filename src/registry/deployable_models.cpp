#include "registry/deployable_models.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/model.hpp"
#include "registry/assets.hpp"
#include "registry/aws_maker.hpp"
#include "registry/aws_tags.hpp"
#include "registry/documents.hpp"
#include "registry/removed_snapshots.hpp"
#include "registry/secrets.hpp"
#include "registry/snapshot_origin.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

constexpr int kMostNames = 1000;
constexpr std::array<std::string_view, 1> kAssetLists{"/storedModel/modelAssets"};

std::string_view model_id_of(const json::object& body) {
    const auto nested = id_in(body, "storedModel");
    return nested.empty() ? json::text_of(body, "storedModelId") : nested;
}

/// `name`, `description`, `tags` and `custom` at the top of the body are taken as those of `metaData`.
void gather_meta_data(json::object& body) {
    auto& meta = body["metaData"];
    if (meta.is_null()) {
        meta = json::object{};
    }
    if (!meta.is_object()) {
        return;
    }
    for (const std::string_view name : {"name", "description", "tags", "custom"}) {
        if (const auto* given = body.if_contains(name)) {
            if (!meta.get_object().contains(name)) {
                meta.get_object()[name] = *given;
            }
            body.erase(name);
        }
    }
}

/// Of a SageMaker model without a configuration of its own: one is made in AWS with the first deployment, by the credentials of the model's group.
std::optional<domain::SageMakerFacts> made_when_deployed(const store::Entity& model, const std::string& group, const std::string& name) {
    const auto* of_model = json::object_of(model.document, "sageMaker");
    if (of_model == nullptr || group != model.group) {
        return std::nullopt;
    }
    domain::SageMakerFacts facts;
    facts.kind = "ENDPOINT_CONFIG";
    facts.name = name;
    facts.region = json::text_of(*of_model, "region");
    facts.account = std::string{json::text_of(*of_model, "account")};
    facts.generated = true;
    return facts;
}

Result<void> take_name(store::Session& sql, const std::string& model_id, bool named, domain::DeployableModel& snapshot) {
    SW_TRY(auto unique, unique_snapshot_name(sql, model_id, snapshot.meta_data.name));
    if (named && unique != snapshot.meta_data.name) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS",
                    fmt::format("The model has a snapshot called {} already: choose another name, or leave it out for one made from the time.",
                                snapshot.meta_data.name));
    }
    snapshot.meta_data.name = std::move(unique);
    return {};
}

}  // namespace

DeployableModels::DeployableModels(const Foundation& foundation) : Collection{foundation, deployable_models_table()} {}

std::span<const std::string_view> DeployableModels::asset_lists() const {
    return kAssetLists;
}

Result<store::Entity> DeployableModels::model_of(store::Session& sql, const identity::Principal& who, const json::object& body) {
    const auto id = model_id_of(body);
    if (id.empty()) {
        return invalid("/storedModel/id", "the id of the model to make a snapshot of", "nothing");
    }
    SW_TRY(auto model, store::find(sql, stored_models_table(), id, foundation_.access.scope(who, identity::Action::read, "storedModels")));
    if (!model) {
        return invalid("/storedModel/id", "the id of a model that exists and that you may see", std::string{id});
    }
    return std::move(*model);
}

Result<std::string> DeployableModels::target_group(store::Session& sql, const identity::Principal& who, const json::object& body) {
    SW_TRY(const auto model, model_of(sql, who, body));
    SW_CHECK(foundation_.access.require(who, identity::Action::execute, "storedModels", model.group, model.created_by));
    return model.group;
}

Result<json::object> DeployableModels::prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                               std::vector<std::string>&) {
    SW_TRY(const auto model, model_of(unit.sql, who, body));
    std::string id;
    if (body.contains("sageMaker")) {
        id = unit.new_id();
        SW_TRY(body["sageMaker"], in_sagemaker(unit, who, group, model, id, body.at("sageMaker")));
    }
    body.erase("storedModelId");
    auto copy = model.full();
    if (auto* facts = copy.contains("sageMaker") ? copy.at("sageMaker").if_object() : nullptr) {
        facts->erase("lastImport");  // of the model, which is imported again; a copy is not
    }
    if (group != model.group) {
        // Its new group opens no secrets of the model's.
        SW_CHECK(move_secrets(unit, foundation_.sealer, model.group, group, copy));
    }
    body["storedModel"] = std::move(copy);
    if (!body.contains("associatedModels")) {
        body["associatedModels"] = model.document.contains("associatedModels") ? model.document.at("associatedModels") : json::value(json::array{});
    }
    gather_meta_data(body);
    const bool named = body.at("metaData").is_object() && body.at("metaData").get_object().contains("name");
    if (!named && body.at("metaData").is_object()) {
        const auto* meta = json::object_of(model.document, "modelMetaData");
        body.at("metaData").get_object()["name"] = domain::default_snapshot_name(meta != nullptr ? json::text_of(*meta, "name") : "", unit.now);
    }
    SW_TRY(auto snapshot, domain::parse_deployable_model(json::value(std::move(body))));
    SW_CHECK(take_name(unit.sql, model.id, named, snapshot));
    if (id.empty()) {
        snapshot.sage_maker = made_when_deployed(model, group, snapshot.meta_data.name);
    }
    auto document = domain::to_json(snapshot);
    if (!id.empty()) {
        document["id"] = id;
    }
    return document;
}

Result<json::object> DeployableModels::in_sagemaker(store::Unit& unit, const identity::Principal& who, const std::string& group, const store::Entity& model,
                                                    const std::string& id, const json::value& posted) {
    if (foundation_.aws == nullptr) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "This server makes no endpoint configurations: make it in AWS and import the model again.");
    }
    if (!posted.is_object()) {
        return invalid("/sageMaker", "an object with productionVariants", json::describe_value(posted));
    }
    if (group != model.group) {
        return invalid("/group", fmt::format("left out, or {}: the configuration is made with the credentials of the model's group", model.group), group);
    }
    return foundation_.aws->plan_snapshot(unit, who, model, id, posted.get_object());
}

std::string DeployableModels::new_id(const std::string&, const json::object& document) const {
    return std::string{json::text_of(document, "id")};
}

Result<void> DeployableModels::created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>&) {
    return note_origin(unit, entity.id, {.trigger = "api", .requested_by = unit.actor.subject});
}

Result<json::object> DeployableModels::change(store::Unit&, const identity::Principal&, const store::Entity& before, json::object after,
                                              std::vector<std::string>&) {
    drop_content_links(after, kAssetLists);
    const std::string_view why = "a snapshot is a copy of one time; only its tags, description and custom metadata may change";
    SW_CHECK(unchanged_but(before.document, after, {"metaData"}, why));
    const auto* old_meta = json::object_of(before.document, "metaData");
    const auto* new_meta = json::object_of(after, "metaData");
    if (old_meta != nullptr && new_meta != nullptr && json::text_of(*old_meta, "name") != json::text_of(*new_meta, "name")) {
        return std::unexpected(Error{ErrorCode::failed_precondition,
                                     "IMMUTABLE",
                                     fmt::format("/metaData/name cannot be changed: {}.", why),
                                     {Fault{"/metaData/name", "left as it is", std::string{json::text_of(*new_meta, "name")}}},
                                     {}});
    }
    SW_TRY(const auto snapshot, domain::parse_deployable_model(json::value(std::move(after))));
    auto out = domain::to_json(snapshot);
    keep_aws_tags(out, "/metaData/tags");
    return out;
}

Result<void> DeployableModels::removed(store::Unit& unit, const store::Entity& entity) {
    return note_removed_snapshot(unit, entity);
}

Result<void> DeployableModels::may_remove(store::Unit& unit, const store::Entity& before) {
    SW_TRY(const auto deployments, store::find_by(unit.sql, deployed_models_table(), {{"deployable_model_id", before.id}}, store::Scope::all()));
    for (const auto& deployment : deployments) {
        const auto state = json::text_of(deployment.document, "state");
        if (state != "UNDEPLOYED" && state != "FAILED") {
            return fail(ErrorCode::conflict, "HAS_DEPLOYMENTS", fmt::format("The snapshot is {}. {} Nothing was removed.", state, how_to_end({deployment})));
        }
    }
    return {};
}

Result<std::string> unique_snapshot_name(store::Session& sql, std::string_view stored_model_id, std::string wanted) {
    auto name = wanted;
    for (int number = 2; number <= kMostNames; ++number) {
        SW_TRY(const auto taken,
               store::find_by(sql, deployable_models_table(), {{"stored_model_id", std::string{stored_model_id}}, {"name", name}}, store::Scope::all(), 1));
        if (taken.empty()) {
            return name;
        }
        name = fmt::format("{}-{}", wanted, number);
    }
    return fail(ErrorCode::conflict, "ALREADY_EXISTS", fmt::format("There are too many snapshots called {}: choose another name.", wanted));
}

}  // namespace slipway::registry
