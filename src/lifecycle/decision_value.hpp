#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::lifecycle {

/// Whether a column's type is one of numbers.
bool is_number_type(std::string_view type);

/// A value as its column's type has it: texts become numbers and flags, whole numbers become integers. Null stays null; unknown types change nothing.
/// @return what stands there instead, in words.
std::expected<json::value, std::string> as_type(const json::value& value, std::string_view type);

/// Whether it is NaN or infinite, or its name as people and programs write it.
bool is_no_number(const json::value& value);

}  // namespace slipway::lifecycle
