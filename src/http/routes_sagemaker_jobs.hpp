#pragma once

#include <vector>

#include "http/router.hpp"
#include "sagemaker/maker.hpp"

namespace slipway::http {

/// `/sagemaker-service/api/jobDefaults`: what forms for jobs in SageMaker begin with. @param maker must outlive the routes.
std::vector<Route> sagemaker_job_routes(sagemaker::Maker& maker);

}  // namespace slipway::http
