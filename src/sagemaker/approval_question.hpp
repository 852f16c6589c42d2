#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace slipway::sagemaker {

/// What an approver is asked, in one sentence that tells two wishes for one snapshot apart: the endpoint where a person named it, and what would run there.
/// @param subject as in the ticket's evidence: `endpointName`, `configuration.productionVariants` and `.shadowProductionVariants` in AWS's words.
/// @param served_by names of endpoints that serve its configuration already.
std::string approval_question(std::string_view snapshot, const json::object& subject, const json::array& served_by = {});

}  // namespace slipway::sagemaker
