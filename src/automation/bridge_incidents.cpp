#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "automation/task_rows.hpp"
#include "registry/documents.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"

/// Instances that are stuck, told to their group.
namespace slipway::automation {
namespace {

/// Of what a ticket's issue says, and of an issue that is not made or read: told by the desk already, in the words of the ticket.
constexpr std::string_view kAmbiguous = "ambiguousDecision";
constexpr std::string_view kUnknown = "externalUnknown";

/// The type of the incident that a ticket's problem is to its life cycle; empty: none yet.
std::string_view incident_of(const json::object& problem) {
    static constexpr std::array kSaid{"AMBIGUOUS", "CONTRADICTED", "FOUR_EYES", "UNKNOWN_PERSON", "NOBODY", "MOVED", "DOUBLED", "GONE"};
    if (std::ranges::find(kSaid, json::text_of(problem, "code")) != kSaid.end()) {
        return kAmbiguous;
    }
    // The other system is away, or refuses us. What passes by itself is none.
    const auto* lasting = problem.if_contains("lasting");
    return lasting != nullptr && *lasting == json::value(true) ? kUnknown : std::string_view{};
}

/// By its name in the process, where it has one.
std::string words_of(Engine& engine, store::Session& sql, const std::string& definition_id, const std::string& element) {
    const auto graph = engine.definitions().graph(sql, definition_id);
    const auto at = graph ? (*graph)->find_node(element) : lifecycle::kNone;
    const auto name = at == lifecycle::kNone ? std::string{} : (*graph)->node(at).element.name;
    return name.empty() ? element : name;
}

}  // namespace

/// One notification for each instance that is stuck, in the words of its newest incident; closed once it goes on or is over.
Result<void> Bridge::tell_stuck(store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto rows,
           unit.sql.query("SELECT i.group_name, i.state, i.definition_id, i.definition_key, i.business_key, n.element, n.message, n.resolved_at "
                          "FROM lifecycle_incidents n JOIN lifecycle_instances i ON i.id = n.instance_id WHERE n.instance_id = $1 AND n.type NOT IN ($2, $3) "
                          "ORDER BY CASE WHEN n.resolved_at IS NULL THEN 0 ELSE 1 END, n.row_id DESC LIMIT 1",
                          {instance_id, std::string{kAmbiguous}, std::string{kUnknown}}));
    if (rows.empty()) {
        return {};
    }
    const auto& row = rows[0];
    const auto key = "incident:" + instance_id;
    if (row.text(1) != "active" || row.optional_integer(7)) {
        return registry::settle(unit, row.text(0), key);
    }
    SW_TRY(const auto snapshot, store::find(unit.sql, registry::deployable_models_table(), row.text(4), {.groups = {row.text(0)}}));
    domain::Notification told{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR"};
    const auto whose = snapshot              ? fmt::format("of the snapshot {} ", registry::text_in(snapshot->document, "metaData", "name"))
                       : row.text(4).empty() ? std::string{}
                                             : fmt::format("of {} ", row.text(4));
    const auto where = row.text(5).empty() ? std::string{} : fmt::format(" at “{}”", words_of(engine_, unit.sql, row.text(2), row.text(5)));
    told.message = fmt::format("The life cycle {} {}is stuck{}: {} Mend that, then try again (slipway lifecycle retry {}).", row.text(3), whose, where,
                               row.text(6), instance_id);
    if (snapshot) {
        told.deployable_model_id = snapshot->id;
        told.stored_model_id = registry::text_in(snapshot->document, "storedModel", "id");
    }
    told.extra.members["processInstanceId"] = instance_id;
    return registry::notify(unit, row.text(0), std::move(told), key);
}

/// What keeps an issue from being a decision is what its life cycle is stuck on, as long as it is so: nothing ambiguous passes for a decision.
Result<void> Bridge::tell_ambiguity(store::Unit& unit, const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const bool asked = assignment != nullptr && !ticket.document.contains("decision");
    const auto* problem = asked ? json::object_of(*assignment, "problem") : nullptr;
    const auto type = problem == nullptr ? std::string_view{} : incident_of(*problem);
    for (const auto one : {kAmbiguous, kUnknown}) {
        SW_CHECK(tell_problem(unit, ticket.id, std::string{one}, one == type ? std::string{json::text_of(*problem, "message")} : std::string{}));
    }
    return {};
}

/// Raises the incident of that type, brings it up to date, or settles it where there is no `message`.
Result<void> Bridge::tell_problem(store::Unit& unit, const std::string& ticket_id, const std::string& type, const std::string& message) {
    SW_TRY(const auto rows, unit.sql.query("SELECT i.id, i.state, n.incident, n.message FROM lifecycle_instances i LEFT JOIN lifecycle_incidents n "
                                           "ON n.instance_id = i.id AND n.type = $2 AND n.resolved_at IS NULL WHERE i.ticket_id = $1",
                                           {ticket_id, type}));
    for (const auto& row : rows) {
        const auto& id = row.text(0);
        const auto open = row.optional_integer(2);
        if (message.empty() == !open && (message.empty() || row.text(3) == message)) {
            continue;
        }
        if (message.empty()) {
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_incidents SET resolved_at = $1 WHERE instance_id = $2 AND incident = $3",
                                      {store::to_value(unit.now), id, *open}));
            SW_CHECK(count_row_incidents(unit, id, -1));
        } else if (open) {
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_incidents SET message = $1 WHERE instance_id = $2 AND incident = $3", {message, id, *open}));
        } else if (row.text(1) == "active") {
            SW_CHECK(raise_row_incident(unit, id, type, 0, message));
        }
    }
    return {};
}

/// Whose ticket is over waits for nothing any more, though its own clock may go on: the ticket was older, or `tickets.expireAfter` is shorter now.
Result<void> Bridge::expire(store::Unit& unit, const std::string& ticket_id) {
    SW_TRY(const auto due,
           unit.sql.execute("UPDATE lifecycle_jobs SET due_at = $1 WHERE kind = 'timer' AND element = 'B_Expire' AND due_at > $1 AND instance_id "
                            "IN (SELECT id FROM lifecycle_instances WHERE ticket_id = $2 AND state = 'active')",
                            {store::to_value(unit.now), ticket_id}));
    if (due > 0) {
        engine_.work(unit);
    }
    return {};
}

}  // namespace slipway::automation
