#pragma once

#include <functional>
#include <vector>

#include "http/router.hpp"
#include "sagemaker/syncer.hpp"

namespace slipway::http {

/// `/sagemaker-service/api/sync` (page 10 "SageMaker service"). @param syncer must outlive the routes. @param asked is called after a cycle was asked for.
std::vector<Route> sync_routes(sagemaker::Syncer& syncer, std::function<void()> asked);

}  // namespace slipway::http
