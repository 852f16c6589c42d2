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

/// `$SLIPWAY_DATA_DIR`, else for root /var/lib/slipway, else `$XDG_DATA_HOME/slipway` or `~/.local/share/slipway`.
std::string default_data_dir(const config::Environment& environment, bool root);

/// Runs until SIGTERM or SIGINT. @return the exit code: 0 after a clean stop, 1 when the server failed, 2 when it cannot start for a reason that a person mends.
int run_server(const Options& options);

/// All routes as a JSON array of `{method, pattern, operationId, guard}`; for the test that compares them with api/openapi.yaml.
Result<std::string> routes_document();

}  // namespace slipway::serve
