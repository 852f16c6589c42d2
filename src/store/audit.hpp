#pragma once

#include "base/json.hpp"
#include "store/entity.hpp"
#include "store/unit.hpp"

namespace slipway::store {

/// A change for the audit trail; written by insert(), update() and remove() of entity.hpp, and by hand for what is no entity (sign-ins, secrets).
struct AuditEntry {
    std::string entity_type;
    std::string entity_id;
    std::string stored_model_id;  ///< empty when it belongs to none
    std::string group;
    json::array changes;  ///< JSON Patch, without secrets
    json::object meta_data;
    std::string id{};  ///< of the record; empty: a new one
};

/// How audit records are found, filtered and paged: collection `auditRecords`, filters `entityType`, `entityId`, `storedModelId`. The document is
/// {entityType, entityId, storedModelId, requestId, changes, metaData}; the author is `createdBy`, the time `createdDate`. Never update() or remove() one.
const EntityTable& audit_records();

/// Writes the entry in the unit's transaction. No audit row, no change. Texts under names that look secret are masked.
Result<void> audit(Unit& unit, AuditEntry entry);

}  // namespace slipway::store
