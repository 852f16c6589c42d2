#include "automation/editors.hpp"

#include <algorithm>

#include "lifecycle/state_bounds.hpp"
#include "registry/tables.hpp"

namespace slipway::automation {

bool has_hand(std::string_view what, bool set_variables) {
    return what == "edited" || what == "moved" || what == "told" || what == "threw" || (what == "completed" && set_variables);
}

Result<std::vector<std::string>> editors_of(store::Session& sql, const std::string& instance_id) {
    // As note() writes them: records of people are rows of their own.
    SW_TRY(
        const auto rows,
        sql.query(R"(SELECT records FROM lifecycle_history WHERE instance_id = $1 )"
                  R"(AND substr(records, 1, 14) IN ('[{"k":"edited"', '[{"k":"moved",', '[{"k":"told","', '[{"k":"complet', '[{"k":"threw",') ORDER BY row_id)",
                  {instance_id}));
    std::vector<std::string> out;
    for (const auto& row : rows) {
        SW_TRY(const auto records, json::parse(row.text(0), lifecycle::kStateLimits));
        for (const auto& record : records.is_array() ? records.get_array() : json::array{}) {
            const auto* noted = record.if_object();
            const std::string by{noted != nullptr ? json::text_of(*noted, "by") : ""};
            if (!by.empty() && has_hand(json::text_of(*noted, "k"), json::array_of(*noted, "names") != nullptr) && std::ranges::find(out, by) == out.end()) {
                out.push_back(by);
            }
        }
    }
    return out;
}

Result<void> tell_editors(store::Unit& unit, const std::string& ticket_id, const std::vector<std::string>& names) {
    const auto& table = registry::notifications_table();
    SW_TRY(const auto ticket, store::find(unit.sql, table, ticket_id, store::Scope::all()));
    if (!ticket || ticket->document.contains("decision")) {
        return {};
    }
    auto document = ticket->document;
    auto& evidence = document["evidence"];
    if (!evidence.is_object()) {
        evidence = json::object{};
    }
    auto& told = evidence.get_object()["editedBy"];
    if (!told.is_array()) {
        told = json::array{};
    }
    auto& list = told.get_array();
    const auto before = list.size();
    for (const auto& name : names) {
        if (std::ranges::find(list, json::value(name)) == list.end()) {
            list.emplace_back(name);
        }
    }
    if (list.size() > before) {
        SW_CHECK(store::update(unit, table, *ticket, std::move(document)));
    }
    return {};
}

}  // namespace slipway::automation
