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

/// When `document` goes to another group, the secrets that it names go with it: sealed anew under new references, since others of its old group
/// (copies of it) may name the old ones.
Result<void> move_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& from, const std::string& to, json::object& document);

/// The secrets behind a `credentialRef`, a JSON object {name: value}.
/// @return `not_found` for an unknown reference and for one of another group.
Result<Secret> unseal_secrets(store::Session& sql, const crypto::Sealer& sealer, std::string_view group, std::string_view reference);

}  // namespace slipway::registry
