#pragma once

#include <string>

#include "store/entity.hpp"

/// Endpoint configurations in AWS whose snapshot a person deleted: what looks at AWS by itself leaves them alone. Known by model, ARN and time of creation.
namespace slipway::registry {

/// Notes what `snapshot` stood for; nothing for one without configuration in AWS.
Result<void> note_removed_snapshot(store::Unit& unit, const store::Entity& snapshot);
/// True when a snapshot of the model that stood for this configuration was deleted.
Result<bool> is_removed_snapshot(store::Session& sql, const std::string& stored_model_id, const std::string& arn, Timestamp created);
/// It is back.
Result<void> forget_removed_snapshot(store::Unit& unit, const std::string& stored_model_id, const std::string& arn, Timestamp created);
/// The model itself was deleted.
Result<void> forget_removed_snapshots(store::Unit& unit, const std::string& stored_model_id);

}  // namespace slipway::registry
