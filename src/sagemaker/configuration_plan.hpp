#pragma once

#include <string>

#include "base/json.hpp"
#include "sagemaker/deploy_plan.hpp"

namespace slipway::sagemaker {

/// The body of CreateEndpointConfig from `sageMaker` of a posted snapshot: `productionVariants` (AWS's shape; a variant without ModelName is one of
/// `model_name`, one without instances gets the defaults), and if they are given `name`, `shadowProductionVariants`, `dataCaptureConfig`,
/// `asyncInferenceConfig`, `kmsKeyId`. Pure.
/// @param name of the configuration where none is posted. @return `invalid_argument` with a fault at `/sageMaker/…` for each wrong member.
Result<json::object> configuration_request(const json::object& posted, const std::string& model_name, const std::string& name, const DeployDefaults& defaults);

}  // namespace slipway::sagemaker
