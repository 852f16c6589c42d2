#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Whether an object may name `id` at `pointer` of the document that a caller sent. Ids that do not exist here may be named (scripts bring such), but
/// nobody writes into what is told of an object that he may not see.
/// @return `invalid_argument` with the pointer.
Result<void> may_refer(store::Session& sql, const identity::Access& access, const identity::Principal& who, const store::EntityTable& table,
                       std::string_view id, std::string_view pointer);

}  // namespace slipway::registry
