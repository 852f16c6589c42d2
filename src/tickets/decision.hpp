#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tickets/ticket_system.hpp"

/// What an issue's status means: pure. Whatever is not clear is no decision, and never an approval.
namespace slipway::tickets {

/// Names or ids, without regard to case. A list that is empty asks for nothing.
struct DecisionWords {
    std::vector<std::string> statuses;
    std::vector<std::string> resolutions;
};

/// `tickets.jira` of the configuration, as far as it says what a decision is.
struct DecisionRules {
    DecisionWords approved{.statuses = {"Done", "Approved"}, .resolutions = {"Done"}};
    DecisionWords rejected{.statuses = {"Rejected"}, .resolutions = {"Won't Do", "Declined"}};
    std::string project;                                         ///< key or id: decisions count there alone
    bool four_eyes{false};                                       ///< who asked may not approve
    std::map<std::string, std::string, std::less<>> accounts{};  ///< id of an account there → the person's name here
    bool accounts_alone{false};  ///< names there say nothing of people here (Cloud): under four eyes an account that is not in `accounts` approves nothing
};

/// Short, and another one for other rules: what was read by rules of before is read anew.
std::string fingerprint(const DecisionRules& rules);

/// A reading of an issue.
struct Reading {
    enum class Kind { waiting, approved, rejected, unclear };
    Kind kind{Kind::waiting};
    std::string code{};     ///< of what is unclear: `AMBIGUOUS`, `MOVED`, `CONTRADICTED`, `NOBODY`, `FOUR_EYES`, `UNKNOWN_PERSON`
    std::string message{};  ///< the same for people, with what to do
    std::string by{};       ///< who decided
};

/// What status, resolution and project say. An approval is only one together with confirm().
Reading read_issue(const IssueState& issue, const DecisionRules& rules);

/// Holds a decision of read_issue() against how the issue came there. Who decides is who changed status or resolution so that the two became a decision,
/// or moved the issue between such statuses since.
/// @return the reading with its author, the last of them; unclear when nobody made it one, when it was rejected just before, or when one of them asked for
/// it, or is under four eyes an account that is nobody's here; waiting when the moves tell of another look than the issue has (it is being changed: look
/// again).
Reading confirm(Reading reading, const IssueState& issue, std::span<const IssueMove> moves, const DecisionRules& rules, const std::string& requested_by);

}  // namespace slipway::tickets
