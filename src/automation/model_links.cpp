#include "automation/model_links.hpp"

#include <vector>

#include "automation/engine.hpp"
#include "base/clock.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"

namespace slipway::automation {
namespace {

struct NamedBy {
    std::string id;
    std::string_view sql;  ///< id and group of the model
};

constexpr std::string_view kOfSnapshot = "SELECT stored_model_id, group_name FROM deployable_models WHERE id = $1 AND stored_model_id IS NOT NULL";
constexpr std::string_view kOfModel = "SELECT id, group_name FROM stored_models WHERE id = $1";

/// A life cycle of a snapshot may carry a model's id too: the snapshot says whose it is.
std::vector<NamedBy> named(const json::object& variables) {
    std::vector<NamedBy> out;
    const auto add = [&](std::string_view id, std::string_view sql) {
        if (!id.empty()) {
            out.push_back({std::string{id}, sql});
        }
    };
    add(json::text_of(variables, "DEPLOYABLE_MODEL_ID"), kOfSnapshot);
    add(registry::id_in(variables, "DEPLOYABLE_MODEL"), kOfSnapshot);
    add(json::text_of(variables, "STORED_MODEL_ID"), kOfModel);
    add(registry::id_in(variables, "STORED_MODEL"), kOfModel);
    add(json::text_of(variables, "MODEL_ID"), kOfModel);
    return out;
}

}  // namespace

Result<std::optional<ModelLink>> model_named(store::Session& sql, const json::object& variables, std::string_view group, std::string_view definition_name) {
    for (const auto& way : named(variables)) {
        SW_TRY(const auto rows, sql.query(way.sql, {way.id}));
        if (!rows.empty() && (group.empty() || rows[0].text(1) == group)) {
            return ModelLink{.stored_model_id = rows[0].text(0), .group = rows[0].text(1), .definition_name = std::string{definition_name}};
        }
    }
    return std::nullopt;
}

bool names_model(const json::object& variables) {
    return !named(variables).empty();
}

Result<void> link_model(store::Unit& unit, const ModelLink& link, const Loaded& instance) {
    json::object process{{"id", instance.id}, {"processDefinitionKey", instance.definition_key}};
    if (!link.definition_name.empty()) {
        process["processDefinitionName"] = link.definition_name;
    }
    if (!instance.business_key.empty()) {
        process["businessKey"] = instance.business_key;
    }
    process["startTime"] = to_iso(unit.now);
    SW_CHECK(store::insert(
        unit, registry::model_mlcs_table(),
        {.id = instance.id, .group = link.group, .document = {{"storedModelId", link.stored_model_id}, {"processInstance", std::move(process)}}}));
    return {};
}

Result<void> end_link(store::Unit& unit, const std::string& instance_id, Timestamp at) {
    SW_TRY(const auto row, store::find(unit.sql, registry::model_mlcs_table(), instance_id, store::Scope::all()));
    if (!row) {
        return {};
    }
    auto document = row->document;
    document["processInstance"].as_object()["endTime"] = to_iso(at);
    SW_CHECK(store::update(unit, registry::model_mlcs_table(), *row, std::move(document)));
    return {};
}

Result<void> remove_link(store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto row, store::find(unit.sql, registry::model_mlcs_table(), instance_id, store::Scope::all()));
    return row ? store::remove(unit, registry::model_mlcs_table(), *row) : Result<void>{};
}

Result<std::vector<std::string>> stale_links(store::Session& sql) {
    // A process may take away the variables that named the model; those of older databases may have outlived their instances.
    SW_TRY(const auto rows, sql.query("SELECT m.id FROM model_mlcs m LEFT JOIN lifecycle_instances i ON i.id = m.id WHERE i.id IS NULL "
                                      "OR (i.ended_at IS NOT NULL AND m.document NOT LIKE '%\"endTime\":%') ORDER BY m.row_id LIMIT $1",
                                      {static_cast<std::int64_t>(kStaleLinksAtOnce)}));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(row.text(0));
    }
    return out;
}

Result<void> mend_link(store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto rows, unit.sql.query("SELECT ended_at FROM lifecycle_instances WHERE id = $1", {instance_id}));
    if (rows.empty()) {
        return remove_link(unit, instance_id);
    }
    return rows[0].is_null(0) ? Result<void>{} : end_link(unit, instance_id, rows[0].time(0));
}

}  // namespace slipway::automation
