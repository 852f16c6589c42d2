#pragma once

#include <cstddef>

namespace slipway::lifecycle {

/// Bytes of a name that tasks are looked for by: of an assignee, a candidate. Databases index no text of any length.
inline constexpr std::size_t kLongestName = 255;

}  // namespace slipway::lifecycle
