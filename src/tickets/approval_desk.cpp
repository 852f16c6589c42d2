#include "tickets/approval_desk.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "registry/tables.hpp"

namespace slipway::tickets {
namespace {

constexpr std::string_view kCollection = "notifications";
constexpr std::size_t kAtOnce = 200;

std::string among(const std::vector<std::string>& groups) {
    std::string out;
    for (const auto& group : groups) {
        (out += out.empty() ? "" : ", ") += group;
    }
    return out;
}

/// Where the ticket is decided, when that is not here.
std::string elsewhere(const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const std::string type{assignment == nullptr ? "" : json::text_of(*assignment, "assignmentType")};
    if (type.empty() || type == "BUILTIN_NOTIFICATION_ASSIGNMENT") {
        return {};
    }
    const auto link = json::text_of(*assignment, "issueLink");
    return std::string{link.empty() ? json::text_of(*assignment, "issueKey") : link};
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
    if (const auto place = elsewhere(ticket); !place.empty()) {
        return fail(ErrorCode::conflict, "DECIDED_ELSEWHERE", fmt::format("This ticket is decided at {}.", place));
    }
    return ticket;
}

Result<void> ApprovalDesk::may_decide(const identity::Principal& who, const store::Entity& ticket) const {
    const auto& settings = approvals_.settings();
    const auto named = settings.approvers.find(ticket.group);
    if (named == settings.approvers.end()) {
        SW_CHECK(foundation_.access.require(who, identity::Action::execute, kCollection, ticket.group, ticket.created_by));
    } else if (std::ranges::find_first_of(who.groups, named->second) == who.groups.end()) {
        return fail(ErrorCode::forbidden, "NOT_AN_APPROVER",
                    fmt::format("Tickets of the group {} are decided by members of {}.", ticket.group, among(named->second)));
    }
    if (settings.four_eyes && json::text_of(ticket.document, "requestedBy") == who.name) {
        return fail(ErrorCode::forbidden, "FOUR_EYES", "Who asked for it may not decide on it: somebody else must look.");
    }
    return {};
}

Result<store::Entity> ApprovalDesk::decide(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view decision,
                                           const std::string& comment) {
    SW_TRY(const auto ticket, open_ticket(unit.sql, who, id));
    SW_CHECK(may_decide(who, ticket));
    return registry::decide_ticket(unit, ticket, decision, who.name, comment);
}

Result<store::Entity> ApprovalDesk::recheck(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(const auto ticket, open_ticket(unit.sql, who, id));
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
    SW_TRY(evidence.get_object()["assets"], approvals_.assets(unit.sql, *snapshot));
    SW_TRY(auto others, approvals_.siblings(unit.sql, *snapshot));
    if (others.empty()) {
        evidence.get_object().erase("siblings");
    } else {
        evidence.get_object()["siblings"] = std::move(others);
    }
    return store::update(unit, registry::notifications_table(), ticket, std::move(document));
}

Result<std::int64_t> ApprovalDesk::expire(store::Unit& unit) {
    const auto before = unit.now - approvals_.settings().expire_after;
    SW_TRY(const auto rows,
           unit.sql.query("SELECT id FROM notifications WHERE notification_type = $1 AND open = 1 AND created_at < $2 ORDER BY row_id LIMIT $3",
                          {std::string{registry::kApproval}, store::to_value(before), static_cast<std::int64_t>(kAtOnce)}));
    std::int64_t closed = 0;
    for (const auto& row : rows) {
        SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), row.text(0), store::Scope::all()));
        if (ticket && elsewhere(*ticket).empty()) {
            SW_CHECK(registry::decide_ticket(unit, *ticket, "EXPIRED", "SYSTEM", "Nobody decided in time."));
            ++closed;
        }
    }
    return closed;
}

}  // namespace slipway::tickets
