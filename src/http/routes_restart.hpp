#pragma once

#include <vector>

#include "automation/sagemaker_topics.hpp"
#include "http/router.hpp"

namespace slipway::http {

/// `POST /model-manage/api/deployableModels/{id}/lifecycle` (page 10 "Life cycles"). @param topics must outlive the routes.
std::vector<Route> restart_routes(automation::SageMakerTopics& topics);

}  // namespace slipway::http
