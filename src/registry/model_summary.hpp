#pragma once

#include <span>
#include <vector>

#include "identity/access.hpp"
#include "store/entity.hpp"

/// What a list of business models shows beside each model.
namespace slipway::registry {

/// At most this many deployments of a model are named, the newest.
inline constexpr std::int64_t kMostDeployments = 20;

/// `{snapshots, deployments: [{deployedModelId, deployableModelId, runtimeId, runtimeName, state}], lastJob, openTickets, openProblems}` of each of `models`,
/// in their order: snapshots counted, deployments that are not UNDEPLOYED, the job that began last (AWS's time for imported ones), open approval notifications.
/// Only rows that `who` may read count. Four statements however many models there are.
Result<std::vector<json::object>> summarise(store::Session& sql, const identity::Access& access, const identity::Principal& who,
                                            std::span<const store::Entity> models);

}  // namespace slipway::registry
