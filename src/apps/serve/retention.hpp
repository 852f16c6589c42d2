#pragma once

#include "store/unit.hpp"

namespace slipway::serve {

/// Deletes operations that ended before `before`; running ones stay. @return how many.
Result<std::int64_t> prune_operations(store::Unit& unit, Timestamp before);

}  // namespace slipway::serve
