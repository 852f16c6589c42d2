#include "tickets/approval_desk.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "tickets/issue_rows.hpp"
#include "tickets/issue_text.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::tickets {
namespace {

constexpr std::string_view kCollection = "notifications";
constexpr std::size_t kAtOnce = 200;
constexpr std::size_t kMostReminded = 5000;

/// `3 days`, `an hour`: nothing smaller is told.
std::string words_of(Milliseconds waited) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(waited).count();
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(waited).count();
    if (hours < 1) {
        return "less than an hour";
    }
    return days > 1 ? fmt::format("{} days", days) : days == 1 ? "a day" : hours > 1 ? fmt::format("{} hours", hours) : "an hour";
}

/// Where the ticket is decided, when that is not here. Nobody reads an issue any more once tickets are decided here again.
std::string elsewhere(const store::Entity& ticket, const registry::ApprovalSettings& settings) {
    if (settings.assignment == registry::kBuiltIn) {
        return {};
    }
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const std::string type{assignment == nullptr ? "" : json::text_of(*assignment, "assignmentType")};
    if (type.empty() || type == registry::kBuiltIn) {
        return {};
    }
    const auto link = json::text_of(*assignment, "issueLink");
    return link.empty() ? std::string{"Jira, where its issue is being made"} : std::string{link};
}

bool approves(const registry::ApprovalSettings& settings, const identity::Principal& who, const std::string& group) {
    const auto named = settings.approvers.find(group);
    return named != settings.approvers.end() && std::ranges::find_first_of(who.groups, named->second) != who.groups.end();
}

}  // namespace

Result<store::Entity> ApprovalDesk::open_ticket(store::Session& sql, const identity::Principal& who, std::string_view id) {
    SW_TRY(auto ticket, store::require(sql, registry::notifications_table(), id, foundation_.access.scope(who, identity::Action::read, kCollection)));
    if (json::text_of(ticket.document, "notificationType") != registry::kApproval) {
        return fail(ErrorCode::conflict, "NOT_A_TICKET", "This notification asks for no decision.");
    }
    if (const auto* decision = json::object_of(ticket.document, "decision")) {
        return fail(ErrorCode::conflict, "ALREADY_DECIDED",
                    fmt::format("{} decided on {}: {}.", json::text_of(*decision, "decidedBy"), json::text_of(*decision, "decidedAt"),
                                json::text_of(*decision, "decision")));
    }
    return ticket;
}

Result<store::Entity> ApprovalDesk::decide(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view decision,
                                           const std::string& comment) {
    SW_TRY(const auto ticket, open_ticket(unit.sql, who, id));
    if (const auto place = elsewhere(ticket, approvals_.settings()); !place.empty()) {
        return fail(ErrorCode::conflict, "DECIDED_ELSEWHERE", fmt::format("This ticket is decided at {}.", place));
    }
    SW_CHECK(registry::may_decide(approvals_.settings(), foundation_.access, who, ticket));
    return registry::decide_ticket(unit, ticket, decision, who.name, comment);
}

Result<store::Entity> ApprovalDesk::recheck(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(const auto ticket, open_ticket(unit.sql, who, id));
    if (!approves(approvals_.settings(), who, ticket.group)) {
        SW_CHECK(foundation_.access.require(who, identity::Action::execute, kCollection, ticket.group, ticket.created_by));
    }
    SW_TRY(const auto snapshot,
           store::find(unit.sql, registry::deployable_models_table(), json::text_of(ticket.document, "deployableModelId"), store::Scope::all()));
    if (!snapshot) {
        return fail(ErrorCode::conflict, "SNAPSHOT_REMOVED", "The snapshot of this ticket is no more.");
    }
    auto document = ticket.document;
    auto& evidence = document["evidence"];
    if (!evidence.is_object()) {
        evidence = json::object{};
    }
    SW_CHECK(approvals_.look_again(unit.sql, *snapshot, evidence.get_object()));
    SW_TRY(auto seen, store::update(unit, registry::notifications_table(), ticket, std::move(document)));
    if (!elsewhere(ticket, approvals_.settings()).empty()) {
        SW_CHECK(tell_elsewhere(unit, ticket, seen));
    }
    return seen;
}

Result<void> ApprovalDesk::tell_elsewhere(store::Unit& unit, const store::Entity& before, const store::Entity& seen) {
    SW_TRY(auto row, issue_of_ticket(unit.sql, seen.id));
    if (row && row->detail.problem == "GONE") {
        // A person wants to go on without the issue that is no more: another one is made, unless there is one.
        row->phase = IssuePhase::SENT;
        row->issue_id.clear();
        row->next_at = unit.now;
        row->detail = {.sent = row->detail.sent, .verify_at = row->detail.verify_at};
        return save_issue(unit, *row);
    }
    if (row && row->detail.problem == "DOUBLED") {
        row->detail.verify_at = unit.now;
        SW_CHECK(save_issue(unit, *row));
    }
    if (seen.version != before.version) {
        const auto* evidence = json::object_of(seen.document, "evidence");
        SW_CHECK(note_once(unit,
                           {.ticket_id = seen.id,
                            .note = fmt::format("recheck-{}", seen.version),
                            .body = "The evidence was looked at again. " + assets_line(evidence == nullptr ? json::object{} : *evidence)},
                           false));
    }
    return {};
}

Result<void> tell_test(store::Unit& unit, const store::Entity& ticket) {
    SW_TRY(const auto row, issue_of_ticket(unit.sql, ticket.id));
    const auto* evidence = json::object_of(ticket.document, "evidence");
    const bool asked = row && (row->phase == IssuePhase::SENT || row->phase == IssuePhase::OPEN);
    if (!asked || evidence == nullptr || !evidence->contains("testJob")) {
        return {};
    }
    const auto line = test_line(*evidence);
    SW_CHECK(note_once(unit,
                       {.ticket_id = ticket.id,
                        .note = "test-" + crypto::sha256_hex(line).substr(0, 8),
                        .body = "A test of the snapshot has ended since this was asked for. " + line},
                       false));
    return {};
}

Result<std::int64_t> ApprovalDesk::remind(store::Unit& unit) {
    const auto period = approvals_.settings().remind_every;
    SW_TRY(const auto rows,
           unit.sql.query("SELECT id FROM notifications WHERE notification_type = 'MODEL_APPROVAL_NOTIFICATION' AND open = 1 AND created_at <= "
                          "$1 ORDER BY row_id LIMIT $2",
                          {store::to_value(unit.now - period), static_cast<std::int64_t>(kMostReminded)}));
    std::int64_t reminded = 0;
    for (const auto& row : rows) {
        SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), row.text(0), store::Scope::all()));
        if (ticket) {
            SW_TRY(const bool said, remind_of(unit, *ticket, (unit.now - ticket->created) / period));
            reminded += said ? 1 : 0;
        }
    }
    return reminded;
}

Result<bool> ApprovalDesk::remind_of(store::Unit& unit, const store::Entity& ticket, std::int64_t periods) {
    const auto body = fmt::format("{} It has waited {} for a decision.", json::text_of(ticket.document, "message"), words_of(unit.now - ticket.created));
    const bool here = elsewhere(ticket, approvals_.settings()).empty();
    SW_TRY(const bool first, note_once(unit, {.ticket_id = ticket.id, .note = fmt::format("reminder-{}", periods), .body = body}, here));
    if (first && here) {
        domain::Notification notification{.notification_type = "TICKET_NOTIFICATION", .severity = "INFO", .message = body};
        notification.extra.members["ticketId"] = ticket.id;
        for (const auto& [name, into] :
             {std::pair{"storedModelId", &notification.stored_model_id}, std::pair{"deployableModelId", &notification.deployable_model_id}}) {
            if (const auto id = json::text_of(ticket.document, name); !id.empty()) {
                *into = std::string{id};
            }
        }
        SW_CHECK(registry::notify(unit, ticket.group, std::move(notification), "ticket-reminder:" + ticket.id));
    }
    return first;
}

Result<std::int64_t> ApprovalDesk::expire(store::Unit& unit) {
    const auto before = unit.now - approvals_.settings().expire_after;
    SW_TRY(const auto rows,
           unit.sql.query("SELECT id FROM notifications WHERE notification_type = $1 AND open = 1 AND created_at < $2 ORDER BY row_id LIMIT $3",
                          {std::string{registry::kApproval}, store::to_value(before), static_cast<std::int64_t>(kAtOnce)}));
    std::int64_t closed = 0;
    for (const auto& row : rows) {
        SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), row.text(0), store::Scope::all()));
        // Whoever reads the issues ends those that are decided there: in time is what was said there in time.
        if (ticket && (!is_remote(*ticket) || approvals_.settings().assignment == registry::kBuiltIn)) {
            SW_CHECK(registry::decide_ticket(unit, *ticket, "EXPIRED", "SYSTEM", "Nobody decided in time."));
            ++closed;
        }
    }
    return closed;
}

}  // namespace slipway::tickets
