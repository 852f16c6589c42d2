#include "tickets/issue_watch.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "registry/approvals.hpp"
#include "registry/tables.hpp"

namespace slipway::tickets {
namespace {

using Kind = Reading::Kind;

constexpr Milliseconds kWatched = std::chrono::days{30};
constexpr std::size_t kClosedAtOnce = 200;
constexpr std::string_view kGone = "gone";

std::string look_of(const std::optional<IssueState>& issue) {
    return issue ? fmt::format("{}|{}|{}|{}", issue->project_key, issue->key, issue->status_id, issue->resolution_id) : std::string{kGone};
}

Result<std::optional<store::Entity>> ticket_of(store::Session& sql, const IssueRow& row) {
    return store::find(sql, registry::notifications_table(), row.ticket_id, store::Scope::all());
}

std::string decision_of(const store::Entity& ticket) {
    const auto* decision = json::object_of(ticket.document, "decision");
    return decision == nullptr ? std::string{} : std::string{json::text_of(*decision, "decision")};
}

std::string shown_problem(const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const auto* problem = assignment == nullptr ? nullptr : json::object_of(*assignment, "problem");
    return problem == nullptr ? std::string{} : std::string{json::text_of(*problem, "message")};
}

/// `APPROVED by Ravi on 2026-…`
std::string words_of_decision(const store::Entity& ticket) {
    const auto* decision = json::object_of(ticket.document, "decision");
    return decision == nullptr ? std::string{"closed"}
                               : fmt::format("{} by {} at {}", json::text_of(*decision, "decision"), json::text_of(*decision, "decidedBy"),
                                             json::text_of(*decision, "decidedAt"));
}

/// The issue says the same as what was decided, or nothing against it.
bool agrees(const std::string& decision, const Reading& reading) {
    return decision == "APPROVED"   ? reading.kind == Kind::approved
           : decision == "REJECTED" ? reading.kind == Kind::rejected
                                    : reading.kind == Kind::waiting || reading.kind == Kind::rejected;
}

Reading reading_of_gone(const std::string& name) {
    return {.kind = Kind::unclear,
            .code = "GONE",
            .message = fmt::format("{} has no such issue any more, or does not show it to us: it was deleted, or the permission to see it was taken away. Look "
                                   "at the ticket again here (slipway ticket recheck): where no other issue has its label, one is made.",
                                   name),
            .by = {}};
}

/// What is wrong with the way to a status can be mended so fast that the issue looks the same at both looks.
bool is_of_history(const std::optional<std::string>& problem) {
    return problem == "CONTRADICTED" || problem == "NOBODY" || problem == "FOUR_EYES" || problem == "UNKNOWN_PERSON";
}

std::optional<Problem> problem_of(const Reading& reading) {
    return reading.kind == Kind::unclear ? std::optional{Problem{.code = reading.code, .message = reading.message}} : std::nullopt;
}

/// Who asked for it, and who had a hand in its life cycle.
std::vector<std::string> involved_in(const json::object& ticket) {
    std::vector<std::string> out{std::string{json::text_of(ticket, "requestedBy")}};
    const auto* evidence = json::object_of(ticket, "evidence");
    const auto* editors = evidence == nullptr ? nullptr : json::array_of(*evidence, "editedBy");
    for (const auto& editor : editors == nullptr ? json::array{} : *editors) {
        if (editor.is_string()) {
            out.emplace_back(editor.get_string());
        }
    }
    return out;
}

}  // namespace

TicketResult<bool> IssueWatch::verify(IssueRow& row, std::optional<IssueState>& issue) {
    if (row.phase != IssuePhase::OPEN || !row.detail.verify_at || parts_.now() < *row.detail.verify_at) {
        return false;
    }
    const auto found = parts_.system.labelled(row.label);
    if (!found) {
        return std::unexpected(found.error());
    }
    row.detail.verify_at.reset();
    if (!found->empty() && std::ranges::find(*found, row.issue_id, &IssueState::id) == found->end()) {
        // A person took the label away, or the search is behind: nothing is decided before it was looked once more.
        issue = found->front();
        row.issue_id = issue->id;
        row.detail.verify_at = parts_.now() + parts_.settings.index_delay;
    }
    note_doubles(row, *found);
    return true;
}

/// A decision counts only with the way the issue came there, and where nobody can have decided otherwise in a second issue.
TicketResult<Reading> IssueWatch::reading_of(IssueRow& row, const IssueState& issue) {
    if (const auto doubles = problem_of_doubles(row, parts_.system.name())) {
        return Reading{.kind = Kind::unclear, .code = doubles->code, .message = doubles->message};
    }
    auto reading = read_issue(issue, parts_.settings.rules);
    if (reading.kind != Kind::approved && reading.kind != Kind::rejected) {
        return reading;
    }
    if (row.detail.verify_at) {
        row.detail.seen.reset();
        return Reading{};
    }
    const auto moves = parts_.system.moves(row.issue_id);
    if (!moves) {
        return std::unexpected(moves.error());
    }
    std::vector<std::string> involved(1);
    const auto known = parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto ticket, ticket_of(sql, row));
        involved = ticket ? involved_in(ticket->document) : involved;
        return {};
    });
    if (!known) {
        return std::unexpected(TicketError{.kind = TicketError::Kind::unknown, .message = known.error().message});
    }
    for (const auto& name : involved) {
        reading = confirm(std::move(reading), issue, *moves, parts_.settings.rules, name);
    }
    if (reading.kind == Kind::waiting) {
        row.detail.seen.reset();
    }
    return reading;
}

Step IssueWatch::take(IssueRow row, std::optional<IssueState> issue) {
    const auto verified = verify(row, issue);
    if (!verified) {
        return failed(row, verified.error(), "look for other issues with its label");
    }
    const bool open = row.phase == IssuePhase::OPEN;
    const auto look = look_of(issue);
    const auto by_rules = look + '|' + rules_;
    // Of one that is decided nothing follows from other rules.
    const bool same = row.detail.seen && (open ? *row.detail.seen == by_rules : *row.detail.seen == look || row.detail.seen->starts_with(look + '|'));
    if (!*verified && same && !(open && is_of_history(row.detail.problem))) {
        return std::nullopt;
    }
    row.detail.seen = open ? by_rules : look;
    if (row.phase == IssuePhase::DECIDED) {
        SW_CHECK(write_decided(std::move(row), issue ? &*issue : nullptr));
        return std::nullopt;
    }
    const auto reading = issue ? reading_of(row, *issue) : TicketResult<Reading>{reading_of_gone(parts_.system.name())};
    if (!reading) {
        return failed(row, reading.error(), "read the history of its issue");
    }
    SW_CHECK(write_open(std::move(row), issue ? &*issue : nullptr, *reading));
    return std::nullopt;
}

Step IssueWatch::failed(const IssueRow& row, const TicketError& error, std::string_view what) {
    if (error.kind == TicketError::Kind::unknown) {
        return lost(row, error);
    }
    if (const auto problem = problem_of_refusal(error, parts_.system.name(), what)) {
        SW_CHECK(show(row, *problem));
    }
    return halt_for(error);
}

Result<void> IssueWatch::show(const IssueRow& row, const Problem& problem) {
    if (row.phase != IssuePhase::OPEN || row.detail.doubled) {
        return {};
    }
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(auto now, issue_of_ticket(unit.sql, row.ticket_id));
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        if (!now || !ticket || !decision_of(*ticket).empty() || (shown_problem(*ticket) == problem.message && is_told(*ticket, unit.now))) {
            return {};
        }
        now->detail.problem = problem.code;
        now->detail.seen.reset();  // what it looks like is read again, and the problem with it
        SW_CHECK(save_issue(unit, *now));
        SW_CHECK(show_issue(unit, *ticket, nullptr, problem));
        return {};
    });
}

Result<void> IssueWatch::write_open(IssueRow row, const IssueState* issue, const Reading& reading) {
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        auto now = row;
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        if (!ticket) {
            now.phase = IssuePhase::ENDED;
            return save_issue(unit, now);
        }
        if (!decision_of(*ticket).empty()) {
            return {};  // closed here meanwhile: leave_closed() takes it
        }
        const auto problem = problem_of(reading);
        now.detail.problem = problem ? std::optional{problem->code} : std::nullopt;
        SW_TRY(const auto shown, show_issue(unit, *ticket, issue, problem));
        if (reading.kind == Kind::approved || reading.kind == Kind::rejected) {
            now.phase = IssuePhase::DECIDED;
            now.detail.watched_until = unit.now + kWatched;
            SW_CHECK(registry::decide_ticket(unit, shown, reading.kind == Kind::approved ? "APPROVED" : "REJECTED",
                                             reading.by.empty() ? parts_.system.name() : reading.by,
                                             fmt::format("{} was set to {}.", issue->key, issue->status)));
            log::info("tickets.decided", {{"ticketId", row.ticket_id}, {"issue", issue->key}, {"approved", reading.kind == Kind::approved}});
        }
        return save_issue(unit, now);
    });
}

Result<void> IssueWatch::write_decided(IssueRow row, const IssueState* issue) {
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        auto now = row;
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        if (!ticket) {
            now.phase = IssuePhase::ENDED;
            return save_issue(unit, now);
        }
        const bool same = issue == nullptr || agrees(decision_of(*ticket), read_issue(*issue, parts_.settings.rules));
        std::optional<Problem> problem;
        if (!same) {
            problem = Problem{.code = "DECIDED_ALREADY",
                              .message = fmt::format("{} is {} now, but the ticket was {} before: that has no effect.", issue->key, issue->status,
                                                     words_of_decision(*ticket))};
            SW_CHECK(
                note_once(unit,
                          {.ticket_id = row.ticket_id,
                           .note = "late-" + crypto::sha256_hex(*row.detail.seen).substr(0, 8),
                           .body = fmt::format("The decision was taken already: {}. What is changed here has no effect on it.", words_of_decision(*ticket))},
                          false));
        }
        now.detail.problem = problem ? std::optional{problem->code} : std::nullopt;
        SW_CHECK(show_issue(unit, *ticket, issue, problem));
        return save_issue(unit, now);
    });
}

Result<void> IssueWatch::leave_closed() {
    std::vector<IssueRow> closed;
    SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(closed, closed_here(sql, kClosedAtOnce));
        return {};
    }));
    if (closed.empty()) {
        return {};
    }
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        for (auto row : closed) {
            SW_TRY(const auto ticket, ticket_of(unit.sql, row));
            if (row.phase == IssuePhase::PLANNED || !ticket) {
                row.phase = IssuePhase::ENDED;
            } else {
                row.phase = IssuePhase::DECIDED;
                row.detail.watched_until = unit.now + kWatched;
                SW_CHECK(note_once(unit,
                                   {.ticket_id = row.ticket_id,
                                    .note = "closed",
                                    .body = fmt::format("This needs no decision any more: {}. The issue can be closed.", words_of_decision(*ticket))},
                                   false));
                SW_CHECK(show_issue(unit, *ticket, nullptr, std::nullopt));
            }
            SW_CHECK(save_issue(unit, row));
        }
        return {};
    });
}

Step IssueWatch::tell(const Note& note) {
    std::optional<IssueRow> row;
    SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(row, issue_of_ticket(sql, note.ticket_id));
        return {};
    }));
    if (!row || row->issue_id.empty()) {
        return std::nullopt;
    }
    // The mark makes the comment one: after a lost answer it is found.
    const auto mark = fmt::format("({} {})", row->label, note.note);
    const auto there = parts_.system.has_comment(row->issue_id, mark);
    if (there && !*there) {
        const auto said = parts_.system.comment(row->issue_id, note.body + " " + mark);
        if (!said) {
            if (auto halt = halt_for(said.error())) {
                return halt;
            }
        }
    } else if (!there) {
        if (auto halt = halt_for(there.error())) {
            return halt;
        }
    }
    // Where the system refuses a comment for good (the issue is gone), nothing is gained by asking again.
    SW_CHECK(parts_.foundation.store.write({}, [&](store::Unit& unit) { return note_told(unit, note); }));
    return std::nullopt;
}

}  // namespace slipway::tickets
