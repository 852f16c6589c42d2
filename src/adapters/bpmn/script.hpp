#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lifecycle/process.hpp"

namespace slipway::bpmn {

/// What of a script is read as assignments: `execution.setVariable("A", value)`, `if (…) {…} else {…}` and comments. Values are expressions, texts
/// (with `${…}` between double quotes), joined texts, lists `[a, b]` and maps `[k: v]`.
/// @return what stands there that is none of these.
std::expected<std::vector<lifecycle::Assignment>, std::string> read_script(std::string_view source);

/// A script that is one value.
std::expected<lifecycle::Binding, std::string> read_script_value(std::string_view source);

}  // namespace slipway::bpmn
