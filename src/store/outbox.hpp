#pragma once

#include <cstdint>
#include <vector>

#include "store/unit.hpp"

namespace slipway::store {

/// Adds an event to the unit. It is written as the last thing of the transaction, so it cannot be read within it.
Result<void> emit(Unit& unit, Event event);

/// Writes the unit's events; Store::write() does it behind the work. Until the transaction ends nobody else can write events, so that
/// their sequence is the order of the commits (docs/adr/0011-outbox-order.md): take no lock behind it.
Result<void> write_events(Unit& unit);

/// Events after `seq` that the scope may see, in order, at most `limit`. None with a smaller sequence appears later.
Result<std::vector<Event>> events_after(Session& sql, std::int64_t seq, const Scope& scope, std::size_t limit);

/// Smallest and largest kept sequence; {0, 0} when there is none. Older ids than the smallest need a `reset`.
struct EventRange {
    std::int64_t first{0};
    std::int64_t last{0};
};
Result<EventRange> event_range(Session& sql);

/// Deletes events older than `before`, but for those that life cycles have not read yet. @return how many.
Result<std::int64_t> prune_events(Unit& unit, Timestamp before);

}  // namespace slipway::store
