#include "automation/own_ticket.hpp"

#include <fmt/format.h>

#include "automation/sagemaker_topics.hpp"
#include "automation/server_messages.hpp"
#include "registry/tables.hpp"

namespace slipway::automation {
namespace {

constexpr int kMostCallers = 40;

/// What an instance, or one that called it, has asked for.
Result<bool> is_of(store::Session& sql, std::string instance, const std::string& ticket) {
    for (int i = 0; i < kMostCallers && !instance.empty(); ++i) {
        SW_TRY(const auto rows, sql.query("SELECT ticket_id, parent_id FROM lifecycle_instances WHERE id = $1", {instance}));
        if (rows.empty() || rows[0].text(0) == ticket) {
            return !rows.empty();
        }
        instance = rows[0].text(1);
    }
    return false;
}

/// The instance that called it, over all callers; empty where it is no more.
Result<std::string> root_of(store::Session& sql, std::string instance) {
    for (int i = 0; i < kMostCallers && !instance.empty(); ++i) {
        SW_TRY(const auto rows, sql.query("SELECT parent_id FROM lifecycle_instances WHERE id = $1", {instance}));
        if (rows.empty() || rows[0].text(0).empty()) {
            return rows.empty() ? std::string{} : instance;
        }
        instance = rows[0].text(0);
    }
    return std::string{};
}

}  // namespace

Result<std::optional<store::Entity>> own_ticket(store::Session& sql, const ExternalTask& task) {
    const auto id = variable(task, "TICKET", "id");
    if (id.empty()) {
        return std::nullopt;
    }
    SW_TRY(auto ticket, store::find(sql, registry::notifications_table(), id, scope_of(task.group)));
    if (!ticket) {
        return std::nullopt;
    }
    SW_TRY(const bool own, is_of(sql, task.instance_id, id));
    if (own) {
        return ticket;
    }
    // Or of what it called, or one of several that it has asked for.
    SW_TRY(const auto asker, root_of(sql, std::string{json::text_of(ticket->document, "processInstanceId")}));
    SW_TRY(const auto root, root_of(sql, task.instance_id));
    if (asker.empty() || asker != root) {
        return fail(ErrorCode::failed_precondition, "FOREIGN_TICKET",
                    fmt::format("The ticket {} was not asked for by this life cycle: it closes and comments on its own alone.", id));
    }
    return ticket;
}

Result<bool> is_waited_for(store::Session& sql, const std::string& ticket_id) {
    SW_TRY(const auto rows, sql.query("SELECT 1 FROM lifecycle_subscriptions WHERE kind = 'message' AND name = $1 AND correlation_key = $2 LIMIT 1",
                                      {std::string{kTicketDecided}, ticket_id}));
    return !rows.empty();
}

}  // namespace slipway::automation
