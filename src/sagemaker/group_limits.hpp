#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::sagemaker {

/// What a group may ask of AWS (`sagemaker-service.limits.GROUP`): requests are AWS's own bodies, signed with credentials that the caller does not hold.
/// An empty list allows everything; an entry that ends with `*` allows what begins with it; `s3Prefixes` allow what lies below.
struct GroupLimits {
    std::vector<std::string> roles;
    std::vector<std::string> images;
    std::vector<std::string> s3_prefixes;
    std::vector<std::string> instance_types;
};
using Limits = std::map<std::string, GroupLimits, std::less<>>;

/// Looks at every role, image, address and instance type of a request, wherever it stands. Pure.
/// @param at pointer of `request` in what the caller posted. @return `forbidden`/`OUTSIDE_LIMITS` with a fault for each that is not allowed.
Result<void> check_limits(const Limits& limits, const std::string& group, const json::value& request, const std::string& at);

}  // namespace slipway::sagemaker
