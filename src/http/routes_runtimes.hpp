#pragma once

#include "http/router.hpp"
#include "registry/registry.hpp"

namespace slipway::http {

/// Enrolment, heartbeats and the work of edge runtimes.
std::vector<Route> runtime_routes(registry::Registry& registry);

}  // namespace slipway::http
