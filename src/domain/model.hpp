#pragma once

#include <string>
#include <vector>

#include "domain/asset.hpp"
#include "domain/sagemaker_facts.hpp"

namespace slipway::domain {

struct ModelMetaData {
    std::string name;
    std::optional<std::string> description;
    std::optional<std::string> type;  ///< `SAGEMAKER`, `PYSPARK`, `PYTHON`, `UNKNOWN`, …
    std::vector<std::string> tags;
    std::optional<json::object> custom;  ///< any JSON object of the user's
    std::optional<std::vector<json::object>> input_schema;
    std::optional<std::vector<json::object>> output_schema;
    std::optional<json::object> repository_info;
    std::optional<std::string> model_category;
    std::optional<std::string> model_stage;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(ModelMetaData, (),
                      (name, description, type, tags, custom, input_schema, output_schema, repository_info, model_category, model_stage, extra))

/// Business model: a mutable registry entry.
struct StoredModel {
    ModelMetaData model_meta_data;
    std::vector<Asset> model_assets;
    std::vector<json::object> associated_models;
    std::optional<std::vector<json::object>> required_assets;
    std::optional<SageMakerFacts> sage_maker;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(StoredModel, (), (model_meta_data, model_assets, associated_models, required_assets, sage_maker, extra))

struct SnapshotMetaData {
    std::string name;  ///< default `<model>-<yyyymmdd_HHMM>`
    std::optional<std::string> description;
    std::vector<std::string> tags;
    std::optional<json::object> custom;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(SnapshotMetaData, (), (name, description, tags, custom, extra))

/// Snapshot: an immutable copy of a stored model; immutable but for tags, custom metadata, test results and tickets.
struct DeployableModel {
    json::object stored_model;  ///< the whole model as it was, with its id; of a SageMaker snapshot without the other's raw descriptions
    SnapshotMetaData meta_data;
    std::vector<json::object> associated_models;
    std::vector<json::object> target_runtimes;
    std::optional<SageMakerFacts> sage_maker;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(DeployableModel, (), (stored_model, meta_data, associated_models, target_runtimes, sage_maker, extra))

enum class DeploymentState { DEPLOYING, DEPLOYED, FAILED, UNDEPLOYING, UNDEPLOYED };
BOOST_DESCRIBE_ENUM(DeploymentState, DEPLOYING, DEPLOYED, FAILED, UNDEPLOYING, UNDEPLOYED)

/// Deployment: snapshot + runtime + state.
struct DeployedModel {
    json::object deployable_model;  ///< reference: id, name and the stored model's id and name
    json::object engine;            ///< reference: id, name, engineType
    DeploymentState state{DeploymentState::DEPLOYING};
    std::optional<Timestamp> deploy_time;  ///< when it became DEPLOYED; unknown where it was DEPLOYED before anybody looked
    std::optional<Timestamp> undeploy_time;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(DeployedModel, (), (deployable_model, engine, state, deploy_time, undeploy_time, extra))

/// DEPLOYING → DEPLOYED / FAILED; DEPLOYED, FAILED → UNDEPLOYING → UNDEPLOYED, and DEPLOYED, FAILED → UNDEPLOYED when AWS shows it gone or replaced;
/// UNDEPLOYING → DEPLOYED when it could not be removed.
bool may_become(DeploymentState from, DeploymentState to);

/// `<model>-<yyyymmdd_HHMM>` in UTC; the name of the model is cut so that the whole, with a number behind it, stays within 200 characters.
std::string default_snapshot_name(std::string_view model_name, Timestamp now);

Result<StoredModel> parse_stored_model(const json::value& document);
Result<DeployableModel> parse_deployable_model(const json::value& document);
Result<DeployedModel> parse_deployed_model(const json::value& document);
json::object to_json(const StoredModel& model);
json::object to_json(const DeployableModel& snapshot);
json::object to_json(const DeployedModel& deployment);

}  // namespace slipway::domain
