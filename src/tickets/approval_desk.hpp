#pragma once

#include <string>
#include <string_view>

#include "registry/approvals.hpp"

namespace slipway::tickets {

/// Decisions on the tickets that live here (`assignmentType: BUILTIN_NOTIFICATION_ASSIGNMENT`), and what becomes of all tickets in time. Who decides: the
/// groups of `tickets.approvers` for the group of the model, else whoever has EXECUTE there. Thread-safe.
class ApprovalDesk {
public:
    ApprovalDesk(const registry::Foundation& foundation, const registry::Approvals& approvals) : foundation_{foundation}, approvals_{approvals} {}

    /// @param decision `APPROVED` or `REJECTED`.
    /// @return the ticket as it is now; `not_found`; `conflict`/`ALREADY_DECIDED`, `NOT_A_TICKET` or `DECIDED_ELSEWHERE`; `forbidden`/`NOT_AN_APPROVER` or
    /// `FOUR_EYES`.
    Result<store::Entity> decide(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view decision, const std::string& comment);
    /// Looks at assets, tests and siblings again and brings the evidence of an open ticket up to date, wherever it is decided; where its issue in another
    /// system is no more, another one is made, and where there were two, it is seen whether one is left. @return as decide(), but for `DECIDED_ELSEWHERE`.
    Result<store::Entity> recheck(store::Unit& unit, const identity::Principal& who, std::string_view id);
    /// Closes what waited longer than `tickets.expireAfter`; what is decided in another system is left to RemoteDesk, where there is one. @return how many.
    Result<std::int64_t> expire(store::Unit& unit);
    /// Says once in each `tickets.remindEvery` that a ticket waits: in a notification, or in its issue. @return how many reminders.
    Result<std::int64_t> remind(store::Unit& unit);

private:
    Result<void> tell_elsewhere(store::Unit& unit, const store::Entity& before, const store::Entity& seen);
    Result<bool> remind_of(store::Unit& unit, const store::Entity& ticket, std::int64_t periods);
    Result<store::Entity> open_ticket(store::Session& sql, const identity::Principal& who, std::string_view id);

    const registry::Foundation& foundation_;
    const registry::Approvals& approvals_;
};

/// Says in the issue of a ticket what its test came to, where the issue was asked for before that was known; once for each result.
Result<void> tell_test(store::Unit& unit, const store::Entity& ticket);

}  // namespace slipway::tickets
