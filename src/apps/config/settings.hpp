#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/config/keys.hpp"
#include "apps/config/yaml_tree.hpp"

namespace slipway::config {

/// Environment of the process; handed in so that tests have their own.
using Environment = std::map<std::string, std::string, std::less<>>;

/// One value as it was given.
struct Setting {
    const Key* key{nullptr};
    std::vector<std::string> values;  ///< one, or those of a list
    std::string origin;               ///< `slipway.yaml:12`, `SLIPWAY_SERVER__LISTEN`, `--listen`
};

/// All values by their full name (`sagemaker-credentials.storedCredentials[0].region`). What is not here has its default.
using Settings = std::map<std::string, Setting>;

/// A fault, one line: `slipway.yaml:12: server.lissten: unknown key; did you mean server.listen?`.
struct ConfigFault {
    int line{0};  ///< 0 when it does not come from the file
    std::string text;
};

/// Reads the text of a YAML file into `settings`. `name` stands before each fault.
/// Tab indentation is taken as the width (4, 2 or 8 columns) that gives the fewest faults.
void read_file_settings(std::string_view text, const std::string& name, Settings& settings, std::vector<ConfigFault>& faults);

/// Lays `SLIPWAY_A__B` over `settings` (`a.b`; a number is an index; lists with commas; `…_FILE` names a file for secrets).
/// Names without `__` are no keys and are left alone.
void read_environment_settings(const Environment& environment, Settings& settings, std::vector<ConfigFault>& faults);

/// Lays one value of the command line over `settings`.
void set_from_flag(const std::string& name, const std::string& value, const std::string& flag, Settings& settings, std::vector<ConfigFault>& faults);

}  // namespace slipway::config
