#include <algorithm>
#include <fmt/format.h>

#include "tickets/issue_watch.hpp"

/// The part of IssueWatch that gets issues from the system, and sees whether it is the system or an issue that brings no answer.
namespace slipway::tickets {
namespace {

constexpr std::size_t kLostInRow = 2;

}  // namespace

Step IssueWatch::read(std::span<const IssueRow> rows) {
    const auto steady = parts_.foundation.store.clock().steady();
    std::vector<IssueRow> together;
    std::vector<IssueRow> apart;
    for (const auto& row : rows) {
        if (setbacks_.is_due(row.issue_id, steady)) {
            (setbacks_.contains(row.issue_id) ? apart : together).push_back(row);
        }
    }
    const auto size = parts_.system.batch();
    for (std::size_t first = 0; first < together.size(); first += size) {
        SW_TRY(auto halt, read_batch(std::span<const IssueRow>{together}.subspan(first, std::min(size, together.size() - first))));
        if (halt) {
            return halt;
        }
    }
    for (const auto& row : apart) {
        SW_TRY(auto halt, read_alone(row));
        if (halt) {
            return halt;
        }
    }
    return read_through();
}

Step IssueWatch::read_batch(std::span<const IssueRow> rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows) {
        ids.push_back(row.issue_id);
    }
    const auto found = parts_.system.read(ids);
    if (!found && found.error().kind != TicketError::Kind::refused && found.error().kind != TicketError::Kind::unknown) {
        return halt_for(found.error());
    }
    for (const auto& row : rows) {
        const auto it = found ? std::ranges::find(*found, row.issue_id, &IssueState::id) : std::vector<IssueState>::const_iterator{};
        // A list may leave out what is there, or fail for one of its ids: the issue itself says.
        SW_TRY(auto halt, found&& it != found->end() ? taken(row, *it) : read_alone(row));
        if (halt) {
            return halt;
        }
    }
    return std::nullopt;
}

Step IssueWatch::read_alone(const IssueRow& row) {
    auto issue = parts_.system.read_one(row.issue_id);
    return issue ? taken(row, std::move(*issue)) : failed(row, issue.error(), "read its issue");
}

Step IssueWatch::taken(const IssueRow& row, std::optional<IssueState> issue) {
    const auto before = lost_.size();
    SW_TRY(auto halt, take(row, std::move(issue)));
    if (!halt && lost_.size() == before) {
        ++served_;
        lost_in_row_ = 0;
        setbacks_.remove(row.issue_id);
    }
    return halt;
}

/// Issues may be at fault, or the system away: at every second that is lost in a row it is asked for something else.
Step IssueWatch::lost(const IssueRow& row, const TicketError& error) {
    lost_.push_back({row, error});
    if (++lost_in_row_ % kLostInRow != 0 || serves()) {
        return std::nullopt;
    }
    lost_.resize(lost_.size() - std::min(lost_.size(), lost_in_row_));  // they may be well
    SW_CHECK(leave_out());
    return halt_for(error);
}

/// Whether the system answers where none of the issues is touched.
bool IssueWatch::serves() {
    return parts_.system.labelled("slipway-no-such-ticket").has_value();
}

Step IssueWatch::read_through() {
    if (lost_.empty()) {
        return std::nullopt;
    }
    if (served_ == 0 && lost_in_row_ % kLostInRow != 0 && !serves()) {
        return halt_for(lost_.front().error);
    }
    SW_CHECK(leave_out());
    return std::nullopt;
}

/// What is lost once may have been bad luck: it is told from the second time on.
Result<void> IssueWatch::leave_out() {
    for (const auto& [row, error] : lost_) {
        const bool again = setbacks_.contains(row.issue_id);
        setbacks_.add(row.issue_id, parts_.foundation.store.clock().steady());
        if (again) {
            SW_CHECK(
                show(row, {.code = "UNREAD",
                           .message = fmt::format("{} serves us, but not for this issue: {} No decision counts until it does. Open the issue there and see "
                                                  "what is wrong with it; it is asked about again, at least each quarter of an hour, and the ticket then "
                                                  "goes on by itself.",
                                                  parts_.system.name(), error.message)}));
        }
    }
    return {};
}

}  // namespace slipway::tickets
