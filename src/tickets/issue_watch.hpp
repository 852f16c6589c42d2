#pragma once

#include <span>
#include <vector>

#include "tickets/remote_parts.hpp"
#include "tickets/setbacks.hpp"

namespace slipway::tickets {

/// Reads issues and carries what they say to their tickets. Used by one thread.
class IssueWatch {
public:
    /// @param setbacks outlives the watch.
    IssueWatch(const RemoteParts& parts, Setbacks& setbacks) : parts_{parts}, setbacks_{setbacks}, rules_{fingerprint(parts.settings.rules)} {}

    /// Reads the issues of these rows (OPEN or DECIDED) in as few calls as can be; once. One that brings no answer, where others do, is left out for a while
    /// and its ticket says so.
    Step read(std::span<const IssueRow> rows);
    /// Tells the issues of tickets that were closed here, and watches them from then on.
    Result<void> leave_closed();
    /// Says one note as a comment, unless it is there already.
    Step tell(const Note& note);

private:
    struct Lost {
        IssueRow row;
        TicketError error;
    };
    Step read_batch(std::span<const IssueRow> rows);
    Step read_alone(const IssueRow& row);
    Step taken(const IssueRow& row, std::optional<IssueState> issue);
    Step lost(const IssueRow& row, const TicketError& error);
    bool serves();
    Step read_through();
    Result<void> leave_out();
    Step take(IssueRow row, std::optional<IssueState> issue);
    TicketResult<Reading> reading_of(IssueRow& row, const IssueState& issue);
    /// Sees whether there are two, once it is time. Where the label is on others only, the first of them is followed from then on, in `issue` too.
    /// @return true when it has looked.
    TicketResult<bool> verify(IssueRow& row, std::optional<IssueState>& issue);
    /// The call that `what` was for failed: where it was refused, the ticket says so.
    Step failed(const IssueRow& row, const TicketError& error, std::string_view what);
    Result<void> show(const IssueRow& row, const Problem& problem);
    Result<void> write_open(IssueRow row, const IssueState* issue, const Reading& reading);
    Result<void> write_decided(IssueRow row, const IssueState* issue);

    const RemoteParts& parts_;
    Setbacks& setbacks_;
    std::vector<Lost> lost_;      ///< of this reading
    std::size_t lost_in_row_{0};  ///< since the last one that was served
    std::size_t served_{0};
    const std::string rules_;  ///< fingerprint(): part of what an open issue looks like
};

}  // namespace slipway::tickets
