#pragma once

#include <optional>
#include <string>

#include "automation/instances.hpp"

namespace slipway::automation {

/// What AWS keeps a running instance from, as the steps that ask AWS have recorded it.
struct AwsTrouble {
    std::string message;  ///< `The endpoint configuration … waits for AWS: …`, with the next step
    std::optional<Timestamp> since{};
};
/// Looks at the configuration of its snapshot, the jobs that it asked for, and its deployments. Nothing where none of them waits.
Result<std::optional<AwsTrouble>> aws_trouble_of(store::Session& sql, const InstanceInfo& instance);

}  // namespace slipway::automation
