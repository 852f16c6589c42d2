#pragma once

#include <cstddef>

namespace slipway::lifecycle {

/// Bytes of a name that tasks are looked for by: of an assignee, a candidate. Databases index no text of any length.
inline constexpr std::size_t kLongestName = 255;
/// Bytes that a task keeps of what its maker wrote about it; the file has all.
inline constexpr std::size_t kLongestDescription = 4000;

/// Of one process.
inline constexpr std::size_t kMaxElements = 10'000;
inline constexpr std::size_t kMaxFlows = 20'000;

}  // namespace slipway::lifecycle
