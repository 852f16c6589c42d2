#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_codec.hpp"
#include "store/unit.hpp"

/// Rows of `ticket_issues` and `ticket_notes` (db/migrations/0015_tickets.sql).
namespace slipway::tickets {

/// Where the issue of a ticket stands. SENT: asked for, the outcome is not known. DECIDED: watched, since people reopen issues. ENDED: looked at no more.
enum class IssuePhase { PLANNED, SENT, OPEN, DECIDED, ENDED };
BOOST_DESCRIBE_ENUM(IssuePhase, PLANNED, SENT, OPEN, DECIDED, ENDED)

struct IssueDetail {
    std::int64_t sent{0};                ///< how often its creation was asked for
    std::int64_t looks{0};               ///< looks for it since it was last asked for
    std::int64_t failures{0};            ///< calls in a row that brought nothing
    std::optional<std::string> seen;     ///< what the issue looked like when it was last worked through
    std::optional<std::string> problem;  ///< code of what is shown on the ticket
    std::optional<Timestamp> watched_until;
    std::optional<Timestamp> verify_at;  ///< it was asked for again though the first may have been made: then it is seen whether there are two
    std::optional<std::string> doubled;  ///< keys of all, when there are several, the followed one first: `MRM-2, MRM-1`
    std::optional<std::string> told;     ///< of one that only tells something: digest of the words that it was told last
    std::int64_t told_anew{0};           ///< how often they were others than before
};
BOOST_DESCRIBE_STRUCT(IssueDetail, (), (sent, looks, failures, seen, problem, watched_until, verify_at, doubled, told, told_anew))

struct IssueRow {
    std::string ticket_id;
    std::string label;
    std::string issue_id;  ///< empty before it is known
    IssuePhase phase{IssuePhase::PLANNED};
    Timestamp next_at{};
    IssueDetail detail;
};

/// Open approval tickets of another system without a row: ids, oldest first.
Result<std::vector<std::string>> tickets_without_issue(store::Session& sql, std::size_t limit);
/// Open approval tickets that were made before then and of which no issue may be on its way: ids, oldest first.
Result<std::vector<std::string>> overdue_tickets(store::Session& sql, Timestamp before, std::size_t limit);
/// @return false when there is a row already.
Result<bool> insert_issue(store::Unit& unit, const IssueRow& row);
Result<void> save_issue(store::Unit& unit, const IssueRow& row);
/// Rows in that phase whose time has come, those longest due first.
Result<std::vector<IssueRow>> due_issues(store::Session& sql, IssuePhase phase, Timestamp now, std::size_t limit);
Result<std::optional<IssueRow>> issue_of_ticket(store::Session& sql, std::string_view ticket_id);
/// Rows OPEN or DECIDED of those issues.
Result<std::vector<IssueRow>> rows_of_issues(store::Session& sql, const std::vector<std::string>& issue_ids);
/// Rows OPEN whose ticket was closed here.
Result<std::vector<IssueRow>> closed_here(store::Session& sql, std::size_t limit);

/// Something to be said once.
struct Note {
    std::string ticket_id;
    std::string note;  ///< what makes it one: `reminder-2`, `closed`
    std::string body;
};
/// @param told true: it was said in this unit. @return false when it was noted before.
Result<bool> note_once(store::Unit& unit, const Note& note, bool told);
/// Notes that are still to be said of tickets whose issue is there.
Result<std::vector<Note>> untold_notes(store::Session& sql, std::size_t limit);
Result<void> note_told(store::Unit& unit, const Note& note);

}  // namespace slipway::tickets
