#include "tickets/remote_parts.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::tickets {
namespace {

constexpr Milliseconds kShortestPause{1'000};
constexpr Milliseconds kLongestPause = std::chrono::minutes{15};
constexpr Milliseconds kPauseUnsaid = std::chrono::seconds{30};
constexpr Milliseconds kPauseWhenAway = std::chrono::seconds{10};
constexpr Milliseconds kLasting = std::chrono::minutes{2};
constexpr Milliseconds kPauseWhenDenied = std::chrono::minutes{1};  // wrong passwords in a row lock accounts there

Result<void> say(store::Unit& unit, const store::Entity& ticket, const std::optional<Problem>& problem) {
    const auto key = "ticket-problem:" + ticket.id;
    if (!problem) {
        return registry::settle(unit, ticket.group, key);
    }
    domain::Notification notification{.notification_type = "TICKET_NOTIFICATION",
                                      .severity = "WARNING",
                                      .message = fmt::format("{} {}", json::text_of(ticket.document, "message"), problem->message)};
    for (const auto& [name, into] :
         {std::pair{"storedModelId", &notification.stored_model_id}, std::pair{"deployableModelId", &notification.deployable_model_id}}) {
        if (const auto id = json::text_of(ticket.document, name); !id.empty()) {
            *into = std::string{id};
        }
    }
    notification.extra.members["ticketId"] = ticket.id;
    return registry::notify(unit, ticket.group, std::move(notification), key);
}

}  // namespace

std::optional<Halt> halt_for(const TicketError& error) {
    switch (error.kind) {
        case TicketError::Kind::refused: return std::nullopt;
        case TicketError::Kind::denied: return Halt{.pause = kPauseWhenDenied, .why = error.message, .denied = true};
        case TicketError::Kind::throttled:
            return Halt{.pause = error.retry_after.count() > 0 ? std::clamp(error.retry_after, kShortestPause, kLongestPause) : kPauseUnsaid,
                        .why = error.message};
        case TicketError::Kind::unknown: break;
    }
    return Halt{.pause = std::clamp(error.retry_after, kPauseWhenAway, kLongestPause), .why = error.message};
}

std::optional<Problem> problem_of_refusal(const TicketError& error, std::string_view system, std::string_view what) {
    if (error.kind != TicketError::Kind::refused && error.kind != TicketError::Kind::denied) {
        return std::nullopt;
    }
    return Problem{.code = error.kind == TicketError::Kind::denied ? "DENIED" : "REFUSED",
                   .message = fmt::format("{} does not let us {}: {} No decision counts until it does. See that the account of Slipway may browse the project "
                                          "and sees its fields; the ticket then goes on by itself.",
                                          system, what, error.message)};
}

void note_doubles(IssueRow& row, std::span<const IssueState> found) {
    row.detail.doubled.reset();
    if (found.size() < 2) {
        return;
    }
    std::string keys;
    for (const auto& issue : found) {
        if (keys.empty()) {
            keys = issue.key;
        } else {
            keys = issue.id == row.issue_id ? issue.key + ", " + keys : keys + ", " + issue.key;
        }
    }
    log::warn("tickets.doubled", {{"ticketId", row.ticket_id}, {"issues", keys}});
    row.detail.doubled = std::move(keys);
}

std::optional<Problem> problem_of_doubles(const IssueRow& row, std::string_view system) {
    if (!row.detail.doubled) {
        return std::nullopt;
    }
    return Problem{.code = "DOUBLED",
                   .message = fmt::format("{} has several issues of this ticket: {}. No decision counts until there is one: keep {}, delete the others or take "
                                          "their label {} away, then look at the ticket again (slipway ticket recheck).",
                                          system, *row.detail.doubled, row.detail.doubled->substr(0, row.detail.doubled->find(',')), row.label)};
}

bool is_told(const store::Entity& ticket, Timestamp now) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const auto* problem = assignment == nullptr ? nullptr : json::object_of(*assignment, "problem");
    const auto since = from_iso(problem == nullptr ? std::string_view{} : json::text_of(*problem, "since"));
    const auto* lasting = problem == nullptr ? nullptr : problem->if_contains("lasting");
    return since && (now - *since < kLasting || (lasting != nullptr && *lasting == json::value(true)));
}

Result<store::Entity> show_issue(store::Unit& unit, const store::Entity& ticket, const IssueState* issue, const std::optional<Problem>& problem) {
    auto document = ticket.document;
    const auto* before = json::object_of(document, "assignment");
    json::object assignment = before == nullptr ? json::object{} : *before;
    if (issue != nullptr) {
        assignment["issueId"] = issue->id;
        assignment["issueKey"] = issue->key;
        assignment["issueLink"] = issue->link;
        if (is_approval(ticket) && json::object_of(document, "decision") == nullptr) {
            assignment["currentStatus"] = issue->status;
        }
    }
    const auto* shown = json::object_of(assignment, "problem");
    const std::string was{shown == nullptr ? "" : json::text_of(*shown, "code")};
    if (!problem) {
        assignment.erase("problem");
    } else {
        const std::string since{was == problem->code ? json::text_of(*shown, "since") : std::string_view{}};
        const auto began = from_iso(since).value_or(unit.now);
        assignment["problem"] = {{"code", problem->code}, {"message", problem->message}, {"since", to_iso(began)}, {"lasting", unit.now - began >= kLasting}};
    }
    document["assignment"] = std::move(assignment);
    if (problem || !was.empty()) {
        SW_CHECK(say(unit, ticket, problem));
    }
    return store::update(unit, registry::notifications_table(), ticket, std::move(document));
}

}  // namespace slipway::tickets
