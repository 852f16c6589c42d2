#pragma once

#include <vector>

#include "http/router.hpp"
#include "insight/why_reader.hpp"

namespace slipway::http {

/// `GET /model-manage/api/deployableModels/{id}/why` and `…/jobs/{id}/why`: why a snapshot is not deployed, why a job has not started.
/// @param why must outlive the routes.
std::vector<Route> why_routes(const insight::Why& why);

}  // namespace slipway::http
