#pragma once

#include <optional>
#include <string>

#include "store/unit.hpp"

namespace slipway::registry {

/// How a snapshot came to be: `TRIGGER` of its life cycle (page 10 "Life cycles"). Written in the transaction that makes the snapshot.
struct SnapshotOrigin {
    std::string trigger{"api"};  ///< `import`, `sync` or `api`
    std::string requested_by{"SYSTEM"};
    bool starts_lifecycles{true};  ///< false: an import with `startLifecycles: none`
};

Result<void> note_origin(store::Unit& unit, const std::string& deployable_model_id, const SnapshotOrigin& origin);
/// @return nothing for snapshots that were made before origins were noted.
Result<std::optional<SnapshotOrigin>> origin_of(store::Session& sql, const std::string& deployable_model_id);

}  // namespace slipway::registry
