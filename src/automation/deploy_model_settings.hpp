#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace slipway::automation {

/// `lifecycle.sagemakerDeploy` of the configuration.
struct DeployModelSettings {
    bool enabled{true};  ///< false: no snapshot starts it by itself
    std::string missing_assets{"warn"};
    std::string already_deployed{"end"};
    std::string endpoint_name{};  ///< template with `{model}` and `{snapshot}`; empty: made up
    struct Transform {
        std::string instance_type{"ml.m5.large"};
        std::int64_t instance_count{1};
        std::string output_prefix{};  ///< empty: `slipway/` in the bucket of the test data
        std::string content_type{"text/csv"};
        std::string split_type{"Line"};
        Milliseconds timeout{std::chrono::hours{24}};
    };
    Transform transform{};
};

}  // namespace slipway::automation
