#pragma once

#include <vector>

#include "http/router.hpp"
#include "registry/registry.hpp"
#include "tickets/approval_desk.hpp"
#include "tickets/remote_desk.hpp"

namespace slipway::http {

/// Decisions on tickets: `/model-manage/api/notifications/{id}/approve`, `/reject`, `/recheck` (page 10 "Approvals").
/// @param registry and @param desk must outlive the routes.
std::vector<Route> ticket_routes(registry::Registry& registry, tickets::ApprovalDesk& desk);

/// Where another system says that something has changed.
struct TicketHook {
    tickets::RemoteDesk* desk{nullptr};  ///< nullptr: tickets are decided here
    Secret secret;                       ///< that signs the calls; empty: none are taken
    std::function<void()> wake;          ///< called after a hint
};
/// `POST /model-manage/api/hooks/jira`: open, since Jira has no account here; what is not signed changes nothing, and what is signed is no more than a hint
/// to look. The desk must outlive the routes.
std::vector<Route> ticket_hook_routes(TicketHook hook);

}  // namespace slipway::http
