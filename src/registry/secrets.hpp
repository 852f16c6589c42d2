#pragma once

#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

/// Takes keys and passwords out of `document` (domain::extract_secrets), keeps them sealed in the unit's transaction and names each place in `warnings`.
Result<void> seal_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, json::object& document,
                          std::vector<std::string>& warnings);

/// The same for a merge patch of `before`: a new secret joins those that are sealed for its object already, or takes the place of the one of its name.
Result<void> seal_patch(store::Unit& unit, const crypto::Sealer& sealer, const std::string& group, const store::Entity& before, json::object& patch,
                        std::vector<std::string>& warnings);

/// When `document` goes to another group, the secrets that it names go with it: sealed anew under new references, since others of its old group
/// (copies of it) may name the old ones.
Result<void> move_secrets(store::Unit& unit, const crypto::Sealer& sealer, const std::string& from, const std::string& to, json::object& document);

/// The secrets behind a `credentialRef`, a JSON object {name: value}.
/// @return `not_found` for an unknown reference and for one of another group.
Result<Secret> unseal_secrets(store::Session& sql, const crypto::Sealer& sealer, std::string_view group, std::string_view reference);

}  // namespace slipway::registry
