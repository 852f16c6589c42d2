#pragma once

#include <string>

#include "apps/config/load.hpp"

/// `slipway spark-runtime`.
namespace slipway::spark_runtime {

struct Options {
    config::Config config;
    std::string data_dir;  ///< of `--data-dir`; empty: `spark-runtime` beside the server's default
    config::Environment environment;
};

/// Runs until SIGTERM or SIGINT; running jobs go on under their supervisors.
/// @return 0 after a clean stop, 1 when it failed, 2 when it cannot start for a reason that a person mends.
int run_spark_runtime(Options options);

}  // namespace slipway::spark_runtime
