#pragma once

#include <functional>
#include <vector>

#include "http/router.hpp"
#include "sagemaker/deployer.hpp"

namespace slipway::http {

/// `/sagemaker-service/api/deployments` (page 10 "Deployments").
/// @param deployer and @param accounts must outlive the routes. @param started is called after something was stored that can begin.
std::vector<Route> deployment_routes(sagemaker::Deployer& deployer, sagemaker::SageMakerService& accounts, std::function<void()> started);

}  // namespace slipway::http
