#include "automation/runner.hpp"
#include "automation/turn.hpp"
#include "base/log.hpp"

/// What the runner does about a wall clock that is set back: whatever waits for so long, and not for a date, would wait that much longer.
namespace slipway::automation {
namespace {

/// A smaller step is waited out.
constexpr Milliseconds kSmallStep = std::chrono::seconds{10};

/// Timers that wait for a time to pass. Those with a date, and cycles, which have a calendar, go by the clock as it is.
Result<void> move_durations(store::Unit& unit, Definitions& definitions, Milliseconds back) {
    const auto now = store::to_value(unit.now);
    SW_TRY(const auto rows,
           unit.sql.query("SELECT DISTINCT i.definition_id, j.element FROM lifecycle_jobs j JOIN lifecycle_instances i ON i.id = j.instance_id "
                          "WHERE j.kind = 'timer' AND j.due_at > $1 AND j.due_at < $2",
                          {now, kNever}));
    for (const auto& row : rows) {
        const auto graph = definitions.graph(unit.sql, row.text(0));
        if (!graph && graph.error().code == ErrorCode::unavailable) {
            return std::unexpected(graph.error());
        }
        const auto at = graph ? (*graph)->find_node(row.text(1)) : lifecycle::kNone;
        if (at != lifecycle::kNone && (*graph)->node(at).element.event.timer == lifecycle::TimerKind::duration) {
            SW_CHECK(
                unit.sql.execute("UPDATE lifecycle_jobs SET due_at = due_at - $1 WHERE kind = 'timer' AND element = $2 AND due_at > $3 AND due_at < $4 "
                                 "AND instance_id IN (SELECT id FROM lifecycle_instances WHERE definition_id = $5)",
                                 {back.count(), row.text(1), now, kNever, row.text(0)}));
        }
    }
    return {};
}

/// Retries, what is looked at again later, continuations, deliveries.
Result<void> move_waits(store::Unit& unit, Milliseconds back) {
    const auto now = store::to_value(unit.now);
    log::warn("lifecycle.clock_set_back", {{"milliseconds", back.count()}});
    SW_CHECK(
        unit.sql.execute("UPDATE lifecycle_tasks SET free_at = free_at - $1 WHERE free_at > $2 AND free_at < $3 AND worker = ''", {back.count(), now, kNever}));
    SW_CHECK(
        unit.sql.execute("UPDATE lifecycle_jobs SET due_at = due_at - $1 WHERE kind <> 'timer' AND due_at > $2 AND due_at < $3", {back.count(), now, kNever}));
    return {};
}

}  // namespace

Result<void> Runner::heed_clock() {
    const auto now = store_.clock().now();
    const auto steady = store_.clock().steady();
    const auto back = seen_.first + std::chrono::duration_cast<Milliseconds>(steady - seen_.second) - now;
    if (back > kSmallStep) {
        const auto move = [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(move_waits(unit, back));
            return move_durations(unit, engine_.definitions(), back);
        };
        SW_CHECK(store_.write({}, move));
    }
    seen_ = {now, steady};
    return {};
}

/// As the last that was written tells, once for each that was last: it stays in the future until the clock has caught up or a step was written.
/// Timers stay as they are: nothing would tell, at the next start, that they were moved.
Result<void> Runner::heed_clock_of_before(store::Unit& unit) {
    SW_TRY(const auto rows, unit.sql.query("SELECT at, row_id, (SELECT max(history_row) FROM lifecycle_heeded_clock) FROM lifecycle_history "
                                           "ORDER BY row_id DESC LIMIT 1"));
    const auto back = rows.empty() ? Milliseconds{0} : rows[0].time(0) - unit.now;
    if (back <= kSmallStep || (!rows[0].is_null(2) && rows[0].integer(2) == rows[0].integer(1))) {
        return {};
    }
    SW_CHECK(move_waits(unit, back));
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_heeded_clock"));
    SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_heeded_clock (history_row) VALUES ($1)", {rows[0].integer(1)}));
    return {};
}

}  // namespace slipway::automation
