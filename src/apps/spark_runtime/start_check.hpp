#pragma once

#include <string>
#include <vector>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"
#include "base/error.hpp"

namespace slipway::spark_runtime {

/// What keeps the service from starting, and what its operator should know; a sentence for each key.
struct StartFaults {
    std::vector<std::string> settings;  ///< of values that do not go together, wherever it starts
    std::vector<std::string> host;      ///< of what this host has not
    std::vector<std::string> warnings;  ///< of what keeps nothing from starting: a keytab that is not there yet; secrets that models can read
};

/// What is known of the host beside its settings.
struct StartHost {
    std::string jobd;         ///< the program that starts and watches each job
    std::string search_path;  ///< of programs that are named without a folder (`PATH`)
};

/// The host that we are on.
StartHost this_host(const config::Environment& environment);

/// Looks at settings that are each right by themselves, and at what the host has for them.
StartFaults start_faults(const config::Config::SparkRuntime& settings, const StartHost& host);

/// Before anything is begun. @return `failed_precondition`/`SETTINGS` with all faults at once.
Result<void> may_start(const config::Config::SparkRuntime& settings, const StartHost& host);

}  // namespace slipway::spark_runtime
