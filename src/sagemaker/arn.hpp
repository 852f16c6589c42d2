#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::sagemaker {

/// The parts of `arn:partition:service:region:account:type/name`.
struct Arn {
    std::string partition;
    std::string service;
    std::string region;
    std::string account;
    std::string type;  ///< `model`, `endpoint-config`, `endpoint`, `training-job`, `transform-job`
    std::string name;  ///< what stands behind the first `/`
};

/// @return nothing when `text` is no ARN with a type and a name. Pure.
std::optional<Arn> parse_arn(std::string_view text);

}  // namespace slipway::sagemaker
