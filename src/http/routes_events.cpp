#include "http/routes_events.hpp"

namespace slipway::http {

std::vector<Route> event_routes(EventHub& hub) {
    return {{"GET", "/model-manage/api/events", "streamEvents", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return hub.open(exchange); }}};
}

}  // namespace slipway::http
