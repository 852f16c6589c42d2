#pragma once

#include "http/router.hpp"
#include "http/waiters.hpp"
#include "registry/registry.hpp"

namespace slipway::http {

/// `jobs/{id}/logs/{stream}`: appended by the runtime, read and followed by people.
std::vector<Route> job_log_routes(registry::Registry& registry, const std::shared_ptr<Waiters>& waiters);

/// `route` wakes who follows the logs of its job when it succeeded: the job may have ended.
Route waking(Route route, std::shared_ptr<Waiters> waiters);

}  // namespace slipway::http
