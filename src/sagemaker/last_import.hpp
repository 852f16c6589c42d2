#pragma once

#include <optional>

#include "registry/operations.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

/// What the model's `sageMaker.lastImport` says after `operation`, an import that ended: which stages did not see everything, and why.
/// @return nothing after an import that saw everything. Pure.
std::optional<json::object> last_import_of(const registry::Operation& operation);

/// Lets the model say what is not known of it, in the transaction that ends its import. Writes nothing where the model says the same already, whichever import
/// said so, and where the model was deleted meanwhile.
Result<void> remember_outcome(store::Unit& unit, const registry::Operation& operation);

}  // namespace slipway::sagemaker
