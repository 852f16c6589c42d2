#pragma once

#include <optional>

#include "base/http_transport.hpp"
#include "base/json.hpp"
#include "tickets/ticket_system.hpp"

/// What Jira's answers say: pure.
namespace slipway::jira {

/// The JSON of a good answer (an empty object where it has no body), or why there is none. A page instead of data is no answer.
tickets::TicketResult<json::value> value_of(const HttpResponse& response);
/// An exchange that brought no answer.
tickets::TicketError no_answer(const Error& error);
/// Jira itself says 404, not something in front of it.
bool says_absent(const HttpResponse& response);

/// Of an issue with the fields status, resolution and project. @return nothing when it is none.
std::optional<tickets::IssueState> issue_of(const json::value& issue, const std::string& base_url);
/// Changes of status and resolution in an issue's `changelog`, oldest first; where it says nothing of one of them, the issue's field does.
std::vector<tickets::IssueMove> moves_of(const json::value& issue);

}  // namespace slipway::jira
