#pragma once

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::serve {

/// What `/actuator/info` says: `{build: {name, version, commit, compiler}, database, startedAt}`. `commit` is left out where the source is no git checkout.
json::object build_info(std::string_view database, Timestamp started);

}  // namespace slipway::serve
