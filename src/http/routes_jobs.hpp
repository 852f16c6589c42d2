#pragma once

#include "http/router.hpp"
#include "registry/registry.hpp"

namespace slipway::http {

/// Attempts, messages, logs and credentials of jobs, retry and reassign.
std::vector<Route> job_work_routes(registry::Registry& registry);

}  // namespace slipway::http
