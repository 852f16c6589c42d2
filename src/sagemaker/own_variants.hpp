#pragma once

#include <string>

#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::sagemaker {

/// What a person approves is the snapshot: each variant serves its model, and none stays empty for another one. Names the model where a variant names none.
/// @return `failed_precondition`/`OTHER_MODEL` with the pointer of the first that names another one. Pure.
Result<void> only_own_model(json::array& variants, const std::string& model_name);

}  // namespace slipway::sagemaker
