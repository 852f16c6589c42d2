#pragma once

#include <vector>

#include "sagemaker/sync_run.hpp"

namespace slipway::sagemaker {

/// The imported models of an account and region that a cycle looks after: those that AWS has, and those that it has no more while something of theirs is
/// there, which can still change or go: an endpoint, a configuration, a job that has not ended.
Result<std::vector<SyncTarget>> sync_targets(store::Session& sql, const IndexScope& scope);

}  // namespace slipway::sagemaker
