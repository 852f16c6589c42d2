#include "store/audit.hpp"

#include <array>

#include "base/log.hpp"
#include "store/entity_row.hpp"

namespace slipway::store {

namespace {

constexpr std::array kColumns{
    Column{"entity_type", ColumnType::text, "/entityType", "entityType"},
    Column{"entity_id", ColumnType::text, "/entityId", "entityId"},
    Column{"stored_model_id", ColumnType::text, "/storedModelId", "storedModelId"},
};
constexpr std::array<std::string_view, 2> kSearch{"/entityType", "/entityId"};
constexpr std::string_view kMask = "***";

/// Secrets are sealed at the door; this is the net below it. Only texts: numbers and flags under such names are settings.
void mask(json::value& v, bool secret) {
    if (auto* text = v.if_string(); text != nullptr && secret) {
        *text = kMask;
    } else if (auto* items = v.if_array()) {
        for (auto& item : *items) {
            mask(item, secret);
        }
    } else if (auto* members = v.if_object()) {
        for (auto& [key, item] : *members) {
            mask(item, log::looks_secret(key));
        }
    }
}

void mask_changes(json::array& changes) {
    for (auto& change : changes) {
        auto* operation = change.if_object();
        if (operation == nullptr) {
            continue;
        }
        const std::string path{json::text_of(*operation, "path")};
        for (const auto* member : {"value", "oldValue"}) {
            if (auto* value = operation->if_contains(member)) {
                mask(*value, log::looks_secret(path.substr(path.rfind('/') + 1)));
            }
        }
    }
}

}  // namespace

const EntityTable& audit_records() {
    static constexpr EntityTable table{.table = "audit_records",
                                       .collection = "auditRecords",
                                       .type = "AuditRecord",
                                       .columns = kColumns,
                                       .tags = {},
                                       .search = kSearch,
                                       .detached = {},
                                       .stored_model = "/storedModelId"};
    return table;
}

Result<void> audit(Unit& unit, AuditEntry entry) {
    mask_changes(entry.changes);
    json::object document;
    document["entityType"] = entry.entity_type;
    document["entityId"] = entry.entity_id;
    if (!entry.stored_model_id.empty()) {
        document["storedModelId"] = entry.stored_model_id;
    }
    if (!unit.actor.request_id.empty()) {
        document["requestId"] = unit.actor.request_id;
    }
    document["changes"] = std::move(entry.changes);
    if (!entry.meta_data.empty()) {
        document["metaData"] = std::move(entry.meta_data);
    }
    auto model = entry.stored_model_id.empty() ? Value{} : Value{std::move(entry.stored_model_id)};
    SW_CHECK(
        unit.sql.execute("INSERT INTO audit_records (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, document, "
                         "entity_type, entity_id, stored_model_id) VALUES ($1, $2, 1, $3, $3, $4, $4, $5, $6, $7, $8, $9)",
                         {entry.id.empty() ? unit.new_id() : entry.id, std::move(entry.group), to_value(unit.now), unit.actor.subject,
                          fold(entry.entity_type + "\n" + entry.entity_id), json::write(document), entry.entity_type, entry.entity_id, std::move(model)}));
    return {};
}

}  // namespace slipway::store
