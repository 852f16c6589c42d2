#pragma once

#include "store/entity.hpp"

/// Words of enumerations in filters: one that there is not would find nothing for ever, and nobody would be told.
namespace slipway::registry {

/// Looks at the terms of fields whose words the contract names. @return `invalid_argument` with pointer `?filter` and the words that there are.
Result<void> check_filter_words(const store::EntityTable& table, const store::Filter& filter);

/// The query with `runtime:NAME` of jobs as the ids of the runtimes that are called so, as far as `scope` shows them.
/// @return `invalid_argument` with pointer `?filter` for another comparison, or where too many are meant.
Result<store::ListQuery> by_ids(store::Session& sql, const store::EntityTable& table, store::ListQuery query, const store::Scope& scope);

}  // namespace slipway::registry
