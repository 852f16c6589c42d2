#pragma once

#include <optional>
#include <span>
#include <string>

#include "registry/collection.hpp"
#include "tickets/decision.hpp"
#include "tickets/issue_rows.hpp"

/// What the parts of the remote desk share. Used by tickets/ alone.
namespace slipway::tickets {

struct RemoteSettings {
    DecisionRules rules;
    std::string public_url;  ///< of this server, for links; without a slash at the end; may be empty
    Milliseconds poll_interval{30'000};
    Milliseconds expire_after{std::chrono::days{30}};  ///< `tickets.expireAfter`
    Milliseconds index_delay{120'000};                 ///< how long a search there may not know an issue that was just made
};

struct RemoteParts {
    const registry::Foundation& foundation;
    TicketSystem& system;
    const RemoteSettings& settings;

    Timestamp now() const { return foundation.store.clock().now(); }
};

/// Why a round of calls stops before its end; nothing: it does not.
struct Halt {
    Milliseconds pause{0};
    std::string why;
    bool denied{false};  ///< we may not do this one thing; others may be served
};
using Step = Result<std::optional<Halt>>;

/// What a failed call means for the calls behind it: one that was refused stands alone, the others say that the system has enough or is away.
std::optional<Halt> halt_for(const TicketError& error);

/// Something that keeps a ticket from its decision, as its assignment shows it.
struct Problem {
    std::string code;
    std::string message;
};

/// Whether what the ticket shows of its problem is as it is now: it lasts from some time on.
bool is_told(const store::Entity& ticket, Timestamp now);

/// What keeps a ticket from its decision while the system refuses a call for it; nothing for what may be served later.
/// @param what `to look for its issue`
std::optional<Problem> problem_of_refusal(const TicketError& error, std::string_view system, std::string_view what);

/// Notes in the row when several issues have its label, the one that it follows first: that one is to be kept.
void note_doubles(IssueRow& row, std::span<const IssueState> found);
/// What is wrong with a ticket that has several issues; nothing when it has one.
std::optional<Problem> problem_of_doubles(const IssueRow& row, std::string_view system);

/// Writes the issue and what is wrong (nothing: all is well) into an open ticket, and says it in a notification of its own.
/// @return the ticket as it is now.
Result<store::Entity> show_issue(store::Unit& unit, const store::Entity& ticket, const IssueState* issue, const std::optional<Problem>& problem);

}  // namespace slipway::tickets
