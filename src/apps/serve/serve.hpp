#pragma once

#include <string>

#include "apps/config/load.hpp"

/// `slipway serve`.
namespace slipway::serve {

struct Options {
    config::Config config;
    std::string data_dir;  ///< of `--data-dir`; empty: default_data_dir()
    config::Environment environment;
};

/// Runs until SIGTERM or SIGINT; faults go to standard error, one line each.
/// @return the exit code: 0 after a clean stop, 1 when the server failed, 2 when it cannot start for a reason that a person mends.
int run_server(Options options);

/// All routes as a JSON array of `{method, pattern, operationId, guard}`; for the test that compares them with api/openapi.yaml.
Result<std::string> routes_document();

}  // namespace slipway::serve
