#pragma once

#include <string>

#include "apps/config/config.hpp"
#include "spark/registry_client.hpp"

namespace slipway::spark_runtime {

/// What this runtime says of itself at model-manage: nothing that is secret.
spark::Enrolment enrolment_of(const config::Config::SparkRuntime& settings, std::string instance);

}  // namespace slipway::spark_runtime
