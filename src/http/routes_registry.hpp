#pragma once

#include "http/router.hpp"
#include "registry/registry.hpp"

namespace slipway::http {

/// Operations of model-manage: collections, finders, assets, typed job links and the root listing.
std::vector<Route> registry_routes(registry::Registry& registry);

}  // namespace slipway::http
