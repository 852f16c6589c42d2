#include "store/outbox.hpp"

#include "store/later.hpp"
#include "store/sql_text.hpp"

namespace slipway::store {

namespace {

constexpr std::int64_t kOutboxLock = 0x536c697077617902;  // "Slipway" and a number

Result<Event> event_of(const Row& row) {
    SW_TRY(auto payload, json::parse_object(row.text(7)));
    return Event{row.integer(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5), row.text(6), std::move(payload), row.time(8)};
}

}  // namespace

Result<void> emit(Unit& unit, Event event) {
    unit.events.push_back(std::move(event));
    return {};
}

Result<void> write_events(Unit& unit) {
    if (unit.events.empty()) {
        return {};
    }
    if (unit.sql.dialect() == Dialect::postgres) {
        // A sequence of PostgreSQL is not the order of commits. Held until the commit can be seen, the lock makes it so.
        SW_CHECK(execute_later(unit.sql, "SELECT pg_advisory_xact_lock($1)", {kOutboxLock}));
    }
    for (auto& event : unit.events) {
        SW_CHECK(execute_later(unit.sql,
                               "INSERT INTO outbox (type, entity_id, version, kind, group_name, created_by, payload, created_at) "
                               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                               {std::move(event.type), std::move(event.id), event.version, std::move(event.kind), std::move(event.group),
                                std::move(event.created_by), json::write(event.payload), to_value(unit.now)}));
    }
    unit.events.clear();
    return {};
}

Result<std::vector<Event>> events_after(Session& sql, std::int64_t seq, const Scope& scope, std::size_t limit) {
    SqlText text;
    text.text("SELECT seq, type, entity_id, version, kind, group_name, created_by, payload, created_at FROM outbox WHERE seq > ").bind(seq);
    text.text(" AND ").scope(scope).text(" ORDER BY seq LIMIT ").bind(static_cast<std::int64_t>(limit));
    SW_TRY(const auto rows, text.query(sql));
    std::vector<Event> events;
    events.reserve(rows.size());
    for (const auto& row : rows) {
        SW_TRY(auto event, event_of(row));
        events.push_back(std::move(event));
    }
    return events;
}

Result<EventRange> event_range(Session& sql) {
    SW_TRY(const auto rows, sql.query("SELECT (SELECT min(seq) FROM outbox), (SELECT max(seq) FROM outbox)"));
    return EventRange{rows[0].integer(0), rows[0].integer(1)};
}

Result<std::int64_t> prune_events(Unit& unit, Timestamp before) {
    // The newest stays: SQLite gives the number after the largest one, and a number must never come again.
    return unit.sql.execute(
        "DELETE FROM outbox WHERE created_at < $1 AND seq < (SELECT max(seq) FROM outbox) AND NOT EXISTS (SELECT 1 FROM lifecycle_cursors c WHERE c.seq < "
        "outbox.seq)",
        {to_value(before)});
}

}  // namespace slipway::store
