#pragma once

#include <string>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"
#include "spark/submission.hpp"

namespace slipway::spark_runtime {

/// What this host has for Spark: spark-submit, its defaults, and of the environment only what Spark needs.
/// @return `failed_precondition` naming what is missing and which key to set.
Result<spark::SparkHost> describe_host(const config::Config::SparkRuntime& settings, const config::Environment& environment, const std::string& runtime_id);

/// The id of this installation, made once in the data directory.
Result<std::string> instance_id(const std::string& data_dir, IdSource& ids, Timestamp now);

}  // namespace slipway::spark_runtime
