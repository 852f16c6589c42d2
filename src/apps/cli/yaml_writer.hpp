#pragma once

#include <string>

#include "base/json.hpp"

namespace slipway::cli {

/// The document as block YAML; texts are quoted whenever a reader could take them for something else.
std::string to_yaml(const json::value& v);
/// The document as JSON, two blanks a level, with a line break at its end.
std::string to_pretty_json(const json::value& v);

}  // namespace slipway::cli
