#pragma once

#include <string>
#include <vector>

#include "apps/cli/terminal.hpp"

namespace slipway::cli {

/// Runs one command line (without the program's name). @return the exit code.
int run(World& world, const std::vector<std::string>& line);

}  // namespace slipway::cli
