#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job.hpp"
#include "domain/model.hpp"
#include "domain/runtime.hpp"

/// AWS's answers as our entities. All functions are pure; they mask what they keep. Empty texts of AWS count as absent.
namespace slipway::sagemaker {

using Tags = std::map<std::string, std::string>;

/// Where an answer was heard, for what its ARN does not say.
struct Place {
    std::string account;
    std::string region;
};

/// Text member, or nothing when absent or empty.
std::optional<std::string> text_member(const json::object& answer, std::string_view key);

/// `key=value` of each tag, sorted.
std::vector<std::string> tag_texts(const Tags& tags);

/// Something a container of a model loads.
struct Artifact {
    std::string uri;        ///< normal form, empty when the container names a model package alone
    bool folder{false};     ///< several artifacts below it (multi-model container, uncompressed model)
    std::string package{};  ///< ModelPackageName
};

/// Artifacts of all containers, in their order, each once.
std::vector<Artifact> artifacts_of(const json::object& model_answer);
/// Artifacts of a model package's containers.
std::vector<Artifact> artifacts_of_package(const json::object& package_answer);
/// The artifact that a training job wrote, in normal form; empty while there is none.
std::string artifact_of_training_job(const json::object& answer);

/// A training job as a model shows it.
domain::AwsReference training_job_reference(const json::object& answer);

/// DescribeModel → business model with facts, containers and artifacts.
domain::StoredModel map_model(const json::object& answer, const Tags& tags, const Place& place);

/// Names of all models in the production and shadow variants of a configuration.
std::vector<std::string> models_of_configuration(const json::object& answer);
/// DescribeEndpointConfig → snapshot of one of its models. @param stored_model as the API shows it.
domain::DeployableModel map_configuration(const json::object& answer, const Tags& tags, const Place& place, const json::object& stored_model);
/// The snapshot of a model without configuration in AWS.
domain::DeployableModel generated_snapshot(const json::object& stored_model, const std::string& model_name, const Place& place, Timestamp now);
/// `stored_model` as a snapshot copies it: without AWS's raw description.
json::object copy_for_snapshot(json::object stored_model);

/// DescribeEndpoint → runtime. @param configuration of the endpoint, for the data-capture settings that the endpoint itself does not repeat; may be null.
domain::Runtime map_endpoint(const json::object& answer, const Tags& tags, const json::array& monitoring, const json::object* configuration,
                             const Place& place);
/// Creating → DEPLOYING; InService, Updating, SystemUpdating, RollingBack and unknown words → DEPLOYED; Deleting → UNDEPLOYING; else FAILED.
domain::DeploymentState deployment_state_of_endpoint(std::string_view status);

/// Reference to the model that a job belongs to.
json::object model_reference(std::string_view stored_model_id, std::string_view name);
/// DescribeTransformJob → job.
domain::Job map_transform_job(const json::object& answer, const Tags& tags, const Place& place, const json::object& model);
/// DescribeTrainingJob → job.
domain::Job map_training_job(const json::object& answer, const Tags& tags, const Place& place, const json::object& model);

/// Facts that all kinds share. @param prefix of AWS's members: `Model`, `EndpointConfig`, …
domain::SageMakerFacts facts_of(std::string_view kind, std::string_view prefix, const json::object& answer, const Tags& tags, const Place& place);

}  // namespace slipway::sagemaker
