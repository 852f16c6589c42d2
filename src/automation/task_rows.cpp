#include "automation/task_rows.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "store/later.hpp"
#include "store/outbox.hpp"

namespace slipway::automation {

ExternalTask task_of(const store::Row& row) {
    ExternalTask out{.id = fmt::format("{}:{}", row.text(0), row.integer(1)),
                     .instance_id = row.text(0),
                     .token = row.integer(1),
                     .element = row.text(2),
                     .topic = row.text(3),
                     .definition_id = row.text(4),
                     .definition_key = row.text(5),
                     .business_key = row.text(6),
                     .group = row.text(7),
                     .worker = row.text(8),
                     .error = row.text(11),
                     .error_details = row.text(12),
                     .priority = row.integer(13),
                     .attempts = row.integer(14),
                     .losses = row.integer(18),
                     .idempotency_key = row.text(15),
                     .started_by = row.text(16),
                     .created = row.time(17)};
    if (!out.worker.empty()) {
        out.locked_until = from_epoch_ms(std::min(row.integer(9), std::int64_t{253'402'300'799'000}));  // never is the year 9999
    }
    if (row.integer(10) >= 0) {
        out.retries = row.integer(10);
    }
    return out;
}

ExternalTask task_of(const NewTask& task, const Loaded& loaded, Timestamp now) {
    const auto& command = task.command;
    return {.id = fmt::format("{}:{}", task.instance_id, command.token),
            .instance_id = task.instance_id,
            .token = command.token,
            .element = command.element,
            .topic = command.topic,
            .definition_id = loaded.definition_id,
            .definition_key = loaded.definition_key,
            .business_key = loaded.business_key,
            .group = loaded.group,
            .worker = task.worker,
            .priority = command.priority,
            .attempts = task.attempts,
            .idempotency_key = command.idempotency_key,
            .started_by = loaded.started_by,
            .created = now};
}

Result<void> lock_task(store::Unit& unit, ExternalTask& task, const std::string& worker, Milliseconds lock_for) {
    task.worker = worker;
    task.locked_until = unit.now + lock_for;
    ++task.attempts;
    return store::execute_later(unit.sql,
                                "UPDATE lifecycle_tasks SET worker = $1, free_at = $2, attempts = $3, losses = $4 WHERE instance_id = $5 AND token = $6",
                                {worker, store::to_value(*task.locked_until), task.attempts, task.losses, task.instance_id, task.token});
}

Result<void> give_up_lost(Turn& turn, const ExternalTask& task, std::string_view last) {
    return fail_task(
        turn, task,
        {.message = fmt::format("The lock of this task was lost {} times in a row, and nobody said what became of the work: each time it ran past its "
                                "lock, or who had it died. Last it was {}. See what that logs; let it ask for a longer lockDuration or extend its lock "
                                "(extendLock); then retry.",
                                task.losses, last)});
}

void fill_task(ExternalTask& task, const Loaded& loaded, const std::optional<std::vector<std::string>>& names) {
    task.definition_version_tag = loaded.graph->version_tag();
    auto all = lifecycle::visible_variables(loaded.instance, task.token);
    if (!names) {
        task.variables = std::move(all);
        return;
    }
    for (const auto& name : *names) {
        if (const auto* value = all.if_contains(name)) {
            task.variables[name] = *value;
        }
    }
}

Result<void> fail_task(Turn& turn, const ExternalTask& task, const TaskFailure& failure) {
    auto& unit = turn.unit();
    SW_CHECK(unit.sql.execute(
        "UPDATE lifecycle_tasks SET retries = $1, failures = failures + 1, losses = 0, worker = '', free_at = $2, error = $3, error_details = $4 "
        "WHERE instance_id = $5 AND token = $6",
        {failure.retries, store::to_value(unit.now + failure.retry_after), failure.message, failure.details, task.instance_id, task.token}));
    SW_CHECK(turn.send(task.instance_id, lifecycle::TaskFailed{task.token, failure.message, failure.details, failure.retries}, false));
    return turn.drain();
}

Result<void> free_parked(store::Unit& unit, const std::string& instance_id, std::int64_t token, std::int64_t retries) {
    SW_CHECK(unit.sql.execute(
        "UPDATE lifecycle_tasks SET retries = $1, failures = 0, losses = 0, free_at = $2 WHERE instance_id = $3 AND token = $4 AND worker = '' "
        "AND free_at >= $5 AND NOT EXISTS (SELECT 1 FROM lifecycle_incidents WHERE instance_id = $3 AND token = $4 AND "
        "type = 'uncaughtError' AND resolved_at IS NULL)",
        {retries, store::to_value(unit.now), instance_id, token, kNever}));
    return {};
}

Result<void> give_up(store::Unit& unit, const std::string& instance_id, std::string_view table, std::int64_t row, const Error& error) {
    log::error("lifecycle.gave_up", {{"instance", instance_id}, {"message", error.message}, {"detail", error.detail}});
    if (table == "lifecycle_tasks") {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET retries = 0, worker = '', error = $1 WHERE instance_id = $2 AND token = $3",
                                  {error.message, instance_id, row}));
    } else if (table == "lifecycle_jobs") {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_jobs SET retries = 0, error = $1 WHERE row_id = $2", {error.message, row}));
    }
    return raise_row_incident(unit, instance_id, table.empty() ? "orphanToken" : "failedJob", table == "lifecycle_jobs" ? -row : row, error.message);
}

Result<void> raise_row_incident(store::Unit& unit, const std::string& instance_id, std::string_view type, std::int64_t token, const std::string& message,
                                const std::string& element) {
    SW_TRY(const auto incident, next_row_incident(unit.sql, instance_id, unit.now));
    SW_CHECK(unit.sql.execute(
        "INSERT INTO lifecycle_incidents (instance_id, incident, type, token, element, message, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        {instance_id, incident, std::string{type}, token, element, message, store::to_value(unit.now)}));
    return count_row_incidents(unit, instance_id, 1);
}

Result<void> end_row_incident(store::Unit& unit, const std::string& instance_id, lifecycle::Id incident) {
    SW_TRY(const auto ended,
           unit.sql.execute("UPDATE lifecycle_incidents SET resolved_at = $1 WHERE instance_id = $2 AND incident = $3 AND resolved_at IS NULL",
                            {store::to_value(unit.now), instance_id, incident}));
    return ended > 0 ? count_row_incidents(unit, instance_id, -1) : Result<void>{};
}

Result<void> end_incidents_of_gone_rows(store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto ended,
           unit.sql.execute("UPDATE lifecycle_incidents SET resolved_at = $1 WHERE instance_id = $2 AND incident < 0 AND type = 'failedJob' AND resolved_at IS "
                            "NULL AND (token < 0 AND NOT EXISTS (SELECT 1 FROM lifecycle_jobs j WHERE j.row_id = -lifecycle_incidents.token) OR token > 0 AND "
                            "NOT EXISTS (SELECT 1 FROM lifecycle_tasks t WHERE t.instance_id = lifecycle_incidents.instance_id AND t.token = "
                            "lifecycle_incidents.token))",
                            {store::to_value(unit.now), instance_id}));
    return ended > 0 ? count_row_incidents(unit, instance_id, -ended) : Result<void>{};
}

Result<void> count_row_incidents(store::Unit& unit, const std::string& instance_id, std::int64_t more) {
    SW_CHECK(unit.sql.execute(
        "UPDATE lifecycle_instances SET incidents = incidents + $1, row_incidents = row_incidents + $1 WHERE id = $2 AND row_incidents + $1 >= 0",
        {more, instance_id}));
    return tell_changed(unit, instance_id);
}

Result<void> tell_changed(store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto rows,
           unit.sql.query("SELECT group_name, created_by, definition_key, business_key FROM lifecycle_instances WHERE id = $1", {instance_id}));
    return rows.empty() ? Result<void>{}
                        : store::emit(unit, {.type = "ProcessInstance",
                                             .id = instance_id,
                                             .version = 0,
                                             .kind = "changed",
                                             .group = rows[0].text(0),
                                             .created_by = rows[0].text(1),
                                             .payload = {{"key", rows[0].text(2)}, {"businessKey", rows[0].text(3)}}});
}

}  // namespace slipway::automation
