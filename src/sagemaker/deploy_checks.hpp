#pragma once

#include <string>
#include <vector>

#include "registry/approvals.hpp"
#include "sagemaker/deploy_run.hpp"
#include "store/entity.hpp"

/// What must hold before a deployment begins, looked at in the transaction that begins it.
namespace slipway::sagemaker {

/// The configuration was not deleted in AWS, and is not being made there. @return `conflict`: `CONFIGURATION_GONE`, `CONFIGURATION_PENDING`.
Result<void> has_configuration(store::Session& sql, const std::string& snapshot_id, const json::object& facts);
/// The endpoint is none that is known here and not gone: another deployment must not end up on it. @return `conflict`/`ENDPOINT_EXISTS`.
Result<void> name_is_free(store::Session& sql, const DeployRun& run);
/// No deployment of the snapshot is in service: one that names no endpoint would make a second one. @return `conflict`/`ALREADY_DEPLOYED`.
Result<void> serves_nowhere(store::Session& sql, const store::Entity& snapshot);
/// No run gave up waiting for an endpoint of that name, or for one of the snapshot where the wish names none, whose end a sync has not seen yet: another wish
/// would make a second one. @return `conflict`/`DEPLOYMENT_OPEN`.
Result<void> none_is_open(store::Session& sql, const DeployRun& run, bool names_endpoint);
/// The models that an endpoint of the snapshot would serve, as far as they are imported: its own first, then those of other snapshots of the configuration in
/// the order of their ARNs.
Result<std::vector<ServedModel>> models_of(store::Session& sql, const store::Entity& snapshot);
/// `subject` as tickets may bind it, best first: with the snapshot's own model, and without any, as tickets did before they bound one. Never with others of
/// the configuration: which of them are imported changes, and an approval would be lost, or a rejection stepped over; each has its own tickets.
std::vector<json::object> subjects_of(const json::object& subject, const store::Entity& snapshot);
/// No other model of the configuration was rejected. @return `conflict`/`SIBLING_REJECTED`.
Result<void> no_sibling_rejected(store::Session& sql, const registry::Approvals& approvals, const store::Entity& snapshot);
/// What was decided since the run was let through does not forbid it: siblings, and its own approval. @return `conflict`: `SIBLING_REJECTED`, `REJECTED`.
Result<void> still_allowed(store::Session& sql, const registry::Approvals& approvals, const DeployRun& run);
/// The newest deployment of the snapshot that is in service.
Result<std::optional<store::Entity>> deployment_in_service(store::Session& sql, const std::string& snapshot_id);

}  // namespace slipway::sagemaker
