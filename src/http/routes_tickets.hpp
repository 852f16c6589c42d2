#pragma once

#include <vector>

#include "http/router.hpp"
#include "registry/registry.hpp"
#include "tickets/approval_desk.hpp"

namespace slipway::http {

/// Decisions on tickets: `/model-manage/api/notifications/{id}/approve`, `/reject`, `/recheck` (page 10 "Approvals").
/// @param registry and @param desk must outlive the routes.
std::vector<Route> ticket_routes(registry::Registry& registry, tickets::ApprovalDesk& desk);

}  // namespace slipway::http
