#include "registry/deployed_models.hpp"

#include <fmt/format.h>

#include "domain/model.hpp"
#include "domain/runtime.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "store/words.hpp"

namespace slipway::registry {

DeployedModels::DeployedModels(const Foundation& foundation) : Collection{foundation, deployed_models_table()} {}

Result<store::Entity> DeployedModels::referenced(store::Session& sql, const identity::Principal& who, const store::EntityTable& table, const json::object& body,
                                                 std::string_view member) {
    const auto id = id_in(body, member);
    const auto pointer = fmt::format("/{}/id", member);
    if (id.empty()) {
        return invalid(pointer, fmt::format("the id of a {}", store::words_of(table.type)), "nothing");
    }
    SW_TRY(auto found, store::find(sql, table, id, foundation_.access.scope(who, identity::Action::read, table.collection)));
    if (!found) {
        return invalid(pointer, fmt::format("the id of a {} that exists and that you may see", store::words_of(table.type)), std::string{id});
    }
    return std::move(*found);
}

Result<std::string> DeployedModels::target_group(store::Session& sql, const identity::Principal& who, const json::object& body) {
    SW_TRY(const auto snapshot, referenced(sql, who, deployable_models_table(), body, "deployableModel"));
    SW_CHECK(foundation_.access.require(who, identity::Action::execute, "deployableModels", snapshot.group, snapshot.created_by));
    return snapshot.group;
}

Result<json::object> DeployedModels::prepare(store::Unit& unit, const identity::Principal& who, const std::string&, json::object body,
                                             std::vector<std::string>&) {
    SW_TRY(const auto snapshot, referenced(unit.sql, who, deployable_models_table(), body, "deployableModel"));
    SW_TRY(const auto runtime, referenced(unit.sql, who, runtimes_table(), body, "engine"));
    if (json::text_of(runtime.document, "engineType") == domain::kSageMakerRuntime) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE",
                    "A deployment in SageMaker is not recorded by hand: deploy the snapshot (slipway deploy, or POST /sagemaker-service/api/deployments).");
    }
    body.erase("deployTime");
    body.erase("undeployTime");
    body["deployableModel"] = snapshot_reference(snapshot);
    body["engine"] = engine_reference(runtime);
    SW_TRY(auto deployment, domain::parse_deployed_model(json::value(std::move(body))));
    if (deployment.state == domain::DeploymentState::DEPLOYED) {
        deployment.deploy_time = unit.now;
    }
    return domain::to_json(deployment);
}

Result<json::object> DeployedModels::change(store::Unit& unit, const identity::Principal&, const store::Entity& before, json::object after,
                                            std::vector<std::string>&) {
    SW_CHECK(unchanged_but(before.document, after, {"state", "description", "tags", "metaData", "custom"},
                           "a deployment is of one snapshot on one runtime; make another one"));
    const json::value stored(before.document);
    SW_TRY(const auto was, domain::parse_deployed_model(stored));
    SW_TRY(auto deployment, domain::parse_deployed_model(json::value(std::move(after))));
    if (deployment.state == was.state) {
        return domain::to_json(deployment);
    }
    const auto* engine = json::object_of(before.document, "engine");
    if (engine != nullptr && json::text_of(*engine, "engineType") == domain::kSageMakerRuntime) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "The state of a deployment on SageMaker follows AWS; it cannot be set by hand.");
    }
    if (!domain::may_become(was.state, deployment.state)) {
        return fail(ErrorCode::conflict, "ILLEGAL_TRANSITION",
                    fmt::format("A deployment that is {} cannot become {}.", json::enum_name(was.state), json::enum_name(deployment.state)));
    }
    if (deployment.state == domain::DeploymentState::DEPLOYED) {
        deployment.deploy_time = unit.now;
    }
    if (deployment.state == domain::DeploymentState::UNDEPLOYED) {
        deployment.undeploy_time = unit.now;
    }
    return domain::to_json(deployment);
}

Result<void> DeployedModels::may_remove(store::Unit&, const store::Entity& before) {
    const auto state = json::text_of(before.document, "state");
    if (state == "UNDEPLOYED" || state == "FAILED") {
        return {};
    }
    return fail(ErrorCode::conflict, "STILL_DEPLOYED", fmt::format("The deployment is {}. {} Nothing was removed.", state, how_to_end({before})));
}

}  // namespace slipway::registry
