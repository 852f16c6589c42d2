#pragma once

#include "base/json.hpp"

namespace slipway::http {

/// What people may send. Answers wrap it (pages, jobs with their model), and clients read at most 64 levels unless they were told otherwise.
inline constexpr json::Limits kBodyLimits{.max_depth = 48};

}  // namespace slipway::http
