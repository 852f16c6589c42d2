#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.hpp"

/// What is taken out of AWS's answers before they go anywhere: people put passwords into environments, hyperparameters and tags (page 4 "Masking").
namespace slipway::sagemaker {

inline constexpr std::string_view kMasked = "********";

/// `answer` without: all values of members named `Environment`; values of hyperparameters, tags and container arguments whose name looks secret;
/// passwords and signatures in addresses; and quotes of such values elsewhere (a failure reason may hold one). Values of environments whose name does not
/// look secret are looked for in free text alone, and nothing is taken out of names, ARNs, addresses, images and regions: environments repeat those. Pure.
json::object masked(const json::object& answer);

/// AWS's `Tags: [{Key, Value}]` as a map, values of tags whose name looks secret masked, addresses without passwords. Repeated keys: the last one counts.
std::map<std::string, std::string> masked_tags(const json::object& answer);

}  // namespace slipway::sagemaker
