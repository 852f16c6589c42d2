#pragma once

#include <span>

#include "store/entity.hpp"

/// How much a document that people send may have of each thing. Far above what anybody needs: beyond it one request would hold up all others.
namespace slipway::registry {

constexpr std::size_t kMostTags = 1000;
constexpr std::size_t kMostAssets = 1000;         ///< in each list
constexpr std::size_t kMostCustomMembers = 1000;  ///< of an object `custom`
constexpr std::size_t kMostSecrets = 1000;        ///< sealed by one request

/// Looks at a posted document or a patch. @return `invalid_argument` with the pointer and the bound.
Result<void> check_bounds(const store::EntityTable& table, std::span<const std::string_view> asset_lists, const json::object& body);

}  // namespace slipway::registry
