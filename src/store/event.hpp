#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::store {

/// A row of the outbox: what life-cycle triggers, server-sent events and webhooks read.
struct Event {
    std::int64_t seq{0};
    std::string type;  ///< `StoredModel`, `Job`, `Operation`, …
    std::string id;
    std::int64_t version{0};
    std::string kind;  ///< `created`, `changed`, `removed`
    std::string group;
    std::string created_by;  ///< of the entity, for owner scopes
    json::object payload;    ///< small; never the object
    Timestamp at{};
};

}  // namespace slipway::store
