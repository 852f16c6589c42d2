#pragma once

#include "tickets/remote_parts.hpp"

namespace slipway::tickets {

/// Makes one issue for each ticket, and only one: each call is planned in the database before it is made, and after a lost answer the issue is looked for by
/// its label, as long as the search there may be behind, before it is asked for again. Used by one thread.
class IssueMaker {
public:
    explicit IssueMaker(const RemoteParts& parts) : parts_{parts} {}

    /// Plans issues for tickets that have none. @return how many.
    Result<std::size_t> plan();
    /// Takes the next step with a row that is PLANNED or SENT.
    Step step(IssueRow row);

private:
    Step ask(IssueRow row);
    Step look(IssueRow row);
    Result<IssueDraft> drafted(store::Session& sql, const store::Entity& ticket) const;
    /// It was surely not made: again, later.
    Step not_made(IssueRow row, const TicketError& error);
    /// It may have been made: it is looked for first.
    Step not_known(IssueRow row, const TicketError& error);
    Result<void> made(IssueRow row, const IssueState& issue);
    Result<void> save(const IssueRow& row, const std::optional<Problem>& problem);
    /// Where there may be a second issue: it is looked for when the search there must know it.
    void verify_later(IssueRow& row) const;
    Milliseconds until_look(std::int64_t looks) const;

    const RemoteParts& parts_;
};

}  // namespace slipway::tickets
