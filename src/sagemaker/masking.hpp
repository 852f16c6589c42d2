#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.hpp"

/// What is taken out of AWS's answers before they go anywhere: people put passwords into environments, hyperparameters and tags (page 4 "Masking").
namespace slipway::sagemaker {

inline constexpr std::string_view kMasked = "********";

/// `answer` without: all values of members named `Environment`; values of hyperparameters, tags and container arguments whose name looks secret;
/// signatures in addresses; and every occurrence of such a value elsewhere in the answer (a failure reason may quote it). Pure.
json::object masked(const json::object& answer);

/// AWS's `Tags: [{Key, Value}]` as a map, values of tags whose name looks secret masked. Repeated keys: the last one counts.
std::map<std::string, std::string> masked_tags(const json::object& answer);

}  // namespace slipway::sagemaker
