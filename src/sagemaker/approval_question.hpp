#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "store/entity.hpp"

namespace slipway::sagemaker {

/// What an approver is asked, in one sentence that tells two wishes for one snapshot apart: the endpoint where a person named it, and what would run there.
/// @param subject as in the ticket's evidence: `endpointName`, `configuration.productionVariants` and `.shadowProductionVariants` in AWS's words.
/// @param served_by names of endpoints that serve its configuration already.
/// @param missed as not_made(): what would be made is another configuration than the one that was asked for.
std::string approval_question(std::string_view snapshot, const json::object& subject, const json::array& served_by = {}, std::string_view missed = {});
/// The same of a snapshot as it is stored.
std::string approval_question(const store::Entity& snapshot, const json::object& subject, const json::array& served_by = {});

/// "Its endpoint configuration NAME was not made: …", of `sageMaker` of a snapshot whose configuration was asked for in vain; else nothing.
std::string not_made(const json::object& facts);

}  // namespace slipway::sagemaker
