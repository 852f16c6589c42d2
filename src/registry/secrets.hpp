#pragma once

#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "store/unit.hpp"

namespace slipway::registry {

/// Takes keys and passwords out of `document` (domain::extract_secrets), keeps them sealed in the unit's transaction and names each place in `warnings`.
Result<void> seal_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, json::object& document,
                          std::vector<std::string>& warnings);

/// The secrets behind a `credentialRef`, a JSON object {name: value}.
/// @return `not_found` for an unknown reference and for one of another group.
Result<Secret> unseal_secrets(store::Session& sql, const crypto::Sealer& sealer, std::string_view group, std::string_view reference);

}  // namespace slipway::registry
