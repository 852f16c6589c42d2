#pragma once

#include <string>

#include "identity/access.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

/// Where a posted job shall run: the `targetEngine` of its document with `id`, `name` and `engineType` of the runtime that it selects.
/// By id, by name (with a type the name may be of a runtime that is not there yet: its id is known beforehand), or by `engineType` alone:
/// the one that the snapshot is meant for (`targetRuntimes`), else the one runtime of that type and group; none leaves it unbound until one enrols.
/// A target of type SAGEMAKER_RUNTIME comes back as it was named.
/// @return `invalid_argument` when several fit (naming them) or nothing says where.
Result<json::object> resolve_target(store::Session& sql, const store::Scope& runtimes, const std::string& group, const json::object& job);

}  // namespace slipway::registry
