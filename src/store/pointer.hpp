#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace slipway::store {

/// `~1` and `~0` of a pointer's token resolved.
std::string unescape(std::string_view token);

/// Calls `action` for each value that `pointer` (RFC 6901) names; a token `*` stands for every item of an array.
void visit(json::value& root, std::string_view pointer, const std::function<void(json::value&)>& action);

/// Sets the member at `pointer`, with the objects on the way to it. Does nothing where something else than an object is in the way.
void put(json::value& root, std::string_view pointer, json::value v);

}  // namespace slipway::store
