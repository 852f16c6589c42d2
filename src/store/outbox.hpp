#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "store/unit.hpp"

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

/// Writes an event in the unit's transaction.
Result<void> emit(Unit& unit, Event event);

/// Events after `seq` that the scope may see, in order, at most `limit`; only those below the oldest running transaction.
Result<std::vector<Event>> events_after(Session& sql, std::int64_t seq, const Scope& scope, std::size_t limit);

/// Smallest and largest kept sequence; {0, 0} when there is none. Older ids than the smallest need a `reset`.
struct EventRange {
    std::int64_t first{0};
    std::int64_t last{0};
};
Result<EventRange> event_range(Session& sql);

/// Deletes events older than `before` (all consumers of this version read at once). @return how many.
Result<std::int64_t> prune_events(Unit& unit, Timestamp before);

}  // namespace slipway::store
