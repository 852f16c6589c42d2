#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"

namespace slipway::config {

/// A flag that stands for a key.
struct FlagValue {
    std::string key;
    std::string flag;
    std::string value;
};

/// Where a configuration comes from.
struct Sources {
    std::optional<std::string> file;                         ///< `--config`
    std::string standard_file{"/etc/slipway/slipway.yaml"};  ///< read when there is no `--config` and it exists
    Environment environment;
    std::vector<FlagValue> flags;
};

/// A configuration with the story of its values.
struct Loaded {
    Config config;
    Settings settings;
    std::string file;                   ///< that was read, empty for none
    std::vector<std::string> faults;    ///< one line each; empty when `config` may be used
    std::vector<std::string> warnings;  ///< worth saying, but no reason to stop
};

/// Reads and checks everything. Never fails otherwise than by `faults`.
Loaded load(const Sources& sources);

/// The typed configuration of checked settings; what only several values together can tell wrong goes to `faults`.
Config make_config(const Settings& settings, const Environment& environment, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings);

/// The part of make_config() that `slipway spark-runtime` reads.
void bind_spark_runtime(const Settings& settings, const Environment& environment, Config& config, std::vector<ConfigFault>& faults);

/// What of it would make the runtime fail every job, or never begin; keys that are not set are right.
void check_spark_runtime(const Settings& settings, const Config& config, std::vector<ConfigFault>& faults);

/// The part of make_config() about Eureka.
void bind_eureka(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings);

/// The part of make_config() that says where tickets are decided.
void bind_tickets(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings);

/// The part of make_config() that says who knows the users.
void bind_security(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings);

/// The part of make_config() that says to whom secrets go in clear, and what is believed that anybody may say.
void warn_of_trust(const Config& config, std::vector<std::string>& warnings);

/// One line for each key, as YAML that could be loaded again: `server.listen: 127.0.0.1:8080`, secrets masked; with `origin` a comment says where it comes
/// from.
std::string show(const Loaded& loaded, bool origin);
/// docs/configuration.md.
std::string configuration_page();

}  // namespace slipway::config
