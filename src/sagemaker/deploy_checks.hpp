#pragma once

#include <string>
#include <vector>

#include "registry/approvals.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deploy_run.hpp"
#include "store/entity.hpp"

/// What must hold before a deployment begins, looked at in the transaction that begins it.
namespace slipway::sagemaker {

/// The configuration was not deleted in AWS, and is not being made there. @return `conflict`: `CONFIGURATION_GONE`, `CONFIGURATION_PENDING`.
Result<void> has_configuration(store::Session& sql, const std::string& snapshot_id, const json::object& facts);
/// The endpoint is none that is known here and not gone: another deployment must not end up on it. @return `conflict`/`ENDPOINT_EXISTS`.
Result<void> name_is_free(store::Session& sql, const DeployRun& run);
/// What stands in AWS under the name that an ended run asked for.
enum class LeftInAws { nothing, its_own, anothers };
/// As far as it is recorded. What no listing has shown yet was seen by the run itself, and counts until a complete listing behind its end does not show it.
Result<LeftInAws> left_in_aws(store::Session& sql, const DeployRun& run);
/// Nothing that is there or under way stands in the way of the run. Snapshots of the group that stand for the same configuration, each of another model, count
/// as one where the wish names no endpoint: one endpoint serves them all, and another would be a second one of the same.
/// @return `conflict`: `ALREADY_DEPLOYED` where one of them is in service; `ENDPOINT_EXISTS` where the endpoint is known here and not gone; `ALREADY_RUNNING`;
/// `DEPLOYMENT_OPEN` where a run gave up waiting for the endpoint, or for one of theirs, and no sync has seen its end yet.
Result<void> way_is_free(store::Session& sql, const DeployRun& run, const store::Entity& snapshot, const DeployRequest& request);
/// The live run for which way_is_free() says `ALREADY_RUNNING`.
Result<std::optional<DeployRun>> run_in_the_way(store::Session& sql, const DeployRun& run, const store::Entity& snapshot, const DeployRequest& request);
/// The snapshot and those of its group that stand for the same configuration of AWS.
Result<std::vector<store::Entity>> of_same_configuration(store::Session& sql, const store::Entity& snapshot);
/// The models that an endpoint of the snapshot would serve, as far as they are imported: its own first, then those of other snapshots of the configuration in
/// the order of their ARNs.
Result<std::vector<ServedModel>> models_of(store::Session& sql, const store::Entity& snapshot);
/// `subject` as tickets may bind it, best first: with the snapshot's own model, and without any, as tickets did before they bound one. Never with others of
/// the configuration: which of them are imported changes, and an approval would be lost, or a rejection stepped over; each has its own tickets.
std::vector<json::object> subjects_of(const json::object& subject, const store::Entity& snapshot);
/// Likewise, and behind them, where a run of the snapshot made its configuration, of what that run was asked for: it was approved by its variants, and is the
/// same as long as AWS has the one that was made.
Result<std::vector<json::object>> subjects_of(store::Session& sql, const json::object& subject, const store::Entity& snapshot, const DeployDetail& detail);
/// No other model of the configuration was rejected. @return `conflict`/`SIBLING_REJECTED`.
Result<void> no_sibling_rejected(store::Session& sql, const registry::Approvals& approvals, const store::Entity& snapshot);
/// What was decided since the run was let through does not forbid it: siblings, and its own approval. @return `conflict`: `SIBLING_REJECTED`, `REJECTED`.
Result<void> still_allowed(store::Session& sql, const registry::Approvals& approvals, const DeployRun& run);
/// The deployments in service of the snapshot, newest first, and behind them those of others of its group that stand for the same configuration.
Result<std::vector<store::Entity>> deployments_in_service(store::Session& sql, const store::Entity& snapshot);

}  // namespace slipway::sagemaker
