#pragma once

#include <vector>

#include "http/event_hub.hpp"
#include "http/router.hpp"

namespace slipway::http {

/// `GET /model-manage/api/events`.
std::vector<Route> event_routes(EventHub& hub);

}  // namespace slipway::http
