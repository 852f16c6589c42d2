#pragma once

#include <vector>

#include "http/router.hpp"
#include "sagemaker/service.hpp"

namespace slipway::http {

/// `/sagemaker-service/api`: credentials, models of an account, imports and operations (page 10 "SageMaker service", "Long work").
/// @param service must outlive the routes.
std::vector<Route> sagemaker_routes(sagemaker::SageMakerService& service);

}  // namespace slipway::http
