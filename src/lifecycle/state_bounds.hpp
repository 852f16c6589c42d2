#pragma once

#include <cstddef>

#include "base/json.hpp"
#include "lifecycle/graph.hpp"
#include "lifecycle/instance.hpp"

/// What an instance may hold, so that whatever is written of it can be read again.
namespace slipway::lifecycle {

/// Of a written state, the variables of an ended instance, a line of its history, an event that is kept. A byte of text takes up to six in JSON, and what is
/// written lies around the variables: so the bounds below are narrower.
inline constexpr json::Limits kStateLimits{.max_bytes = 256U << 20, .max_depth = 160};
inline constexpr std::size_t kDeepestVariable = 100;
inline constexpr std::size_t kMostStateWeight = 32U << 20;
/// With the event that an incident keeps.
inline constexpr std::size_t kMostHeldWeight = 40U << 20;

/// Whether lists and objects lie in each other more than `most` deep.
bool deeper_than(const json::value& value, std::size_t most);

/// Bytes of all that can grow in a state, with something for what lies around it; counted up to `limit`.
std::size_t weight_of(const Graph& graph, const Instance& instance, std::size_t limit);

/// @return `failed_precondition` with reason `STATE_SIZE` where `after` weighs more than `most` and more than `before`.
Result<void> check_weight(const Graph& graph, const Instance& before, const Instance& after, std::size_t most);

}  // namespace slipway::lifecycle
