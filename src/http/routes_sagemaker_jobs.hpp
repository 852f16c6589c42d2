#pragma once

#include <vector>

#include "http/router.hpp"
#include "sagemaker/job_outputs.hpp"
#include "sagemaker/maker.hpp"

namespace slipway::http {

/// `/sagemaker-service/api/jobDefaults`: what forms for jobs in SageMaker begin with; `/model-manage/api/jobs/{id}/outputs`: what they wrote into S3. Both
/// must outlive the routes.
std::vector<Route> sagemaker_job_routes(sagemaker::Maker& maker, sagemaker::JobOutputs& outputs);

}  // namespace slipway::http
