#include "registry/snapshot_origin.hpp"

namespace slipway::registry {

Result<void> note_origin(store::Unit& unit, const std::string& deployable_model_id, const SnapshotOrigin& origin) {
    SW_CHECK(
        unit.sql.execute("INSERT INTO snapshot_origins (deployable_model_id, origin, requested_by, starts_lifecycles) VALUES ($1, $2, $3, $4) "
                         "ON CONFLICT (deployable_model_id) DO NOTHING",
                         {deployable_model_id, origin.trigger, origin.requested_by, std::int64_t{origin.starts_lifecycles}}));
    return {};
}

Result<std::optional<SnapshotOrigin>> origin_of(store::Session& sql, const std::string& deployable_model_id) {
    SW_TRY(const auto rows,
           sql.query("SELECT origin, requested_by, starts_lifecycles FROM snapshot_origins WHERE deployable_model_id = $1", {deployable_model_id}));
    if (rows.empty()) {
        return std::nullopt;
    }
    return std::optional{SnapshotOrigin{.trigger = rows[0].text(0), .requested_by = rows[0].text(1), .starts_lifecycles = rows[0].integer(2) != 0}};
}

}  // namespace slipway::registry
