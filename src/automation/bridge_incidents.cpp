#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "registry/documents.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"

/// Instances that are stuck, told to their group.
namespace slipway::automation {
namespace {

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
                          "FROM lifecycle_incidents n JOIN lifecycle_instances i ON i.id = n.instance_id WHERE n.instance_id = $1 "
                          "ORDER BY CASE WHEN n.resolved_at IS NULL THEN 0 ELSE 1 END, n.row_id DESC LIMIT 1",
                          {instance_id}));
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

}  // namespace slipway::automation
