#pragma once

#include <string>
#include <variant>
#include <vector>

#include "apps/cli/command.hpp"

namespace slipway::cli {

/// The line asked for help on `path` (empty: the program).
struct HelpWanted {
    std::string path;
};

/// Reads a command line (without the program's name) by the table of commands.
/// @return `invalid_argument`/`USAGE` with a sentence that names what was wrong and what was probably meant.
Result<std::variant<Invocation, HelpWanted>> parse(const std::vector<std::string>& line);

}  // namespace slipway::cli
