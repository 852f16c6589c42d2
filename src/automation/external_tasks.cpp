#include "automation/external_tasks.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "automation/operator_notes.hpp"
#include "automation/task_rows.hpp"
#include "automation/turn.hpp"
#include "base/sort.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

constexpr std::int64_t kMostAtOnce = 1000;

Result<void> check(const FetchRequest& request) {
    if (request.worker.empty()) {
        return invalid("/workerId", "the name of the worker", "nothing");
    }
    if (request.worker.starts_with(kOwnWorker)) {
        return invalid("/workerId", "a name that Slipway does not use itself", request.worker);
    }
    if (request.most < 1 || request.most > kMostAtOnce) {
        return invalid("/maxTasks", fmt::format("1 to {}", kMostAtOnce), std::to_string(request.most));
    }
    for (const auto& topic : request.topics) {
        if (topic.name.empty() || topic.lock_for.count() <= 0) {
            return invalid("/topics", "topics with a name and a lockDuration above 0", "something else");
        }
    }
    return {};
}

/// Tasks of a topic that are free now.
store::SqlText free_tasks(std::string_view select, const TopicRequest& topic, const store::Scope& scope, store::Dialect dialect, Timestamp now) {
    store::SqlText text;
    text.text(select).text(kTaskFrom).text(" WHERE t.topic = ").bind(topic.name).text(" AND t.free_at <= ").bind(store::to_value(now));
    text.text(" AND ").text(kFreeSomeTime).text(" AND ").scope(scope);
    topic.filters.write(text, dialect, now);
    return text;
}

/// A free task and the topic of the request that it is for.
struct Found {
    ExternalTask task;
    const TopicRequest* topic;
};

void sort_all(std::vector<Found>& found, const FetchRequest& request) {
    sort_stably(found, [&](const Found& a, const Found& b) {
        if (request.use_priority && a.task.priority != b.task.priority) {
            return a.task.priority > b.task.priority;
        }
        return *request.newest_first ? a.task.created > b.task.created : a.task.created < b.task.created;
    });
}

/// The task of an instance that cannot be read keeps the others from nobody; one that is no more is passed over.
Result<void> unless_unreadable(store::Unit& unit, const ExternalTask& task, const Error& why) {
    if (is_gone(why)) {
        return {};
    }
    return why.code == ErrorCode::unavailable ? std::unexpected(why) : give_up(unit, task.instance_id, "lifecycle_tasks", task.token, why);
}

/// Before others are taken: one that is given up may end its instance, and with it others that were found.
Result<void> give_up_all_lost(Engine& engine, store::Unit& unit, const std::vector<Found>& found) {
    Turn turn{engine, unit};
    for (const auto& [task, topic] : found) {
        if (task.losses < kMostLosses) {
            continue;
        }
        const auto loaded = turn.instance(task.instance_id);
        if (!loaded) {
            SW_CHECK(unless_unreadable(unit, task, loaded.error()));
        }
        if (loaded && (*loaded)->instance.find(task.token) != nullptr) {
            SW_CHECK(give_up_lost(turn, task, task.worker));
        }
    }
    return turn.write();
}

/// Unless it is no more.
Result<void> take(Engine& engine, store::Unit& unit, Found& found, const std::string& worker, std::vector<ExternalTask>& out) {
    auto& [task, topic] = found;
    const auto loaded = engine.load(unit.sql, task.instance_id, false);
    if (!loaded) {
        SW_CHECK(unless_unreadable(unit, task, loaded.error()));
    }
    if (loaded && loaded->instance.find(task.token) != nullptr) {
        SW_CHECK(lock_task(unit, task, worker, topic->lock_for));
        fill_task(task, *loaded, topic->variables);
        out.push_back(std::move(task));
    }
    return {};
}

/// Free tasks of the topic that were not found before; `left` becomes fewer by those that can be taken.
Result<void> find_free(store::Unit& unit, const FetchRequest& request, const TopicRequest& topic, const store::Scope& scope, std::int64_t& left,
                       std::vector<Found>& out) {
    auto text = free_tasks(kTaskColumns, topic, scope, unit.sql.dialect(), unit.now);
    text.text(request.use_priority ? " ORDER BY t.priority DESC, " : " ORDER BY ");
    text.text(request.newest_first == true ? "t.created_at DESC, t.row_id DESC LIMIT " : "t.row_id LIMIT ").bind(request.newest_first ? request.most : left);
    if (unit.sql.dialect() == store::Dialect::postgres) {
        text.text(" FOR UPDATE OF t SKIP LOCKED");
    }
    SW_TRY(const auto rows, text.query(unit.sql));
    const auto before = out.size();
    for (const auto& row : rows) {
        auto task = task_of(row);
        const auto known = std::ranges::any_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(before),
                                               [&](const auto& one) { return one.topic->name == topic.name && one.task.id == task.id; });
        if (known) {  // a topic may be named twice
            continue;
        }
        task.losses += task.worker.empty() ? 0 : 1;
        left -= task.losses < kMostLosses ? 1 : 0;
        out.push_back({std::move(task), &topic});
    }
    return {};
}

std::unexpected<Error> not_locked(const ExternalTask& task) {
    return fail(ErrorCode::conflict, "NOT_LOCKED",
                task.worker.empty() ? fmt::format("Nobody has a lock on the task {}: fetch it first.", task.id)
                                    : fmt::format("The task {} is locked by {}, or the lock is over.", task.id, task.worker));
}

InstanceInfo info_of(const ExternalTask& task) {
    return {.id = task.instance_id, .definition_key = task.definition_key, .business_key = task.business_key, .group = task.group};
}

}  // namespace

Result<std::vector<ExternalTask>> ExternalTasks::fetch(store::Unit& unit, const identity::Principal& who, const FetchRequest& request) {
    SW_CHECK(check(request));
    const auto scope = access_.scope(who, identity::Action::execute, kCollection);
    auto left = request.most;
    std::vector<Found> found;
    for (const auto& topic : request.topics) {
        if ((left > 0 || request.newest_first) && !own_topics_.contains(topic.name)) {
            SW_CHECK(find_free(unit, request, topic, scope, left, found));
        }
    }
    SW_CHECK(give_up_all_lost(engine_, unit, found));
    if (request.newest_first) {
        sort_all(found, request);
    }
    std::vector<ExternalTask> out;
    for (auto& one : found) {
        if (one.task.losses < kMostLosses && std::ssize(out) < request.most) {
            SW_CHECK(take(engine_, unit, one, request.worker, out));
        }
    }
    return out;
}

Result<bool> ExternalTasks::waiting(store::Session& sql, const identity::Principal& who, const FetchRequest& request, Timestamp now) {
    SW_CHECK(check(request));
    const auto scope = access_.scope(who, identity::Action::execute, kCollection);
    for (const auto& topic : request.topics) {
        auto text = free_tasks("SELECT t.row_id", topic, scope, sql.dialect(), now);
        text.text(" LIMIT 1");
        SW_TRY(const auto rows, text.query(sql));
        if (!rows.empty() && !own_topics_.contains(topic.name)) {
            return true;
        }
    }
    return false;
}

Result<ExternalTask> ExternalTasks::get(store::Session& sql, const identity::Principal& who, const std::string& id) {
    const auto colon = id.rfind(':');
    store::SqlText text;
    text.text(kTaskColumns).text(kTaskFrom).text(" WHERE t.instance_id = ").bind(id.substr(0, colon)).text(" AND CAST(t.token AS TEXT) = ");
    text.bind(colon == std::string::npos ? std::string{} : id.substr(colon + 1)).text(" AND ").scope(access_.scope(who, identity::Action::read, kCollection));
    SW_TRY(const auto rows, text.query(sql));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no external task {}, or you may not see it.", id));
    }
    return task_of(rows[0]);
}

Result<ExternalTask> ExternalTasks::locked(store::Session& sql, const identity::Principal& who, const std::string& id, const std::string& worker,
                                           Timestamp now) {
    SW_TRY(auto task, get(sql, who, id));
    SW_CHECK(access_.require(who, identity::Action::execute, kCollection, task.group, task.started_by));
    if (worker.starts_with(kOwnWorker)) {  // its name is no secret, and what it finds out is evidence
        return fail(ErrorCode::conflict, "NOT_LOCKED", fmt::format("Slipway itself works on the task {}: nobody else can end it.", task.id));
    }
    if (worker.empty() || task.worker != worker || !task.locked_until || *task.locked_until <= now) {
        return not_locked(task);
    }
    return task;
}

Result<void> ExternalTasks::complete(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker,
                                     json::object variables, json::object local) {
    SW_TRY(const auto task, locked(unit.sql, who, id, worker, unit.now));
    auto ended = ending_note(task.element, {&variables, &local}, {});
    SW_CHECK(engine_.send(unit, task.instance_id, lifecycle::Complete{task.token, std::move(variables), std::move(local)}, true));
    // Without variables a worker says what everybody awaits of it: that costs no row.
    return ended.names.empty() ? Result<void>{} : note_end(unit, info_of(task), who, std::move(ended));
}

Result<void> ExternalTasks::bpmn_error(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker,
                                       const std::string& code, const std::string& message, json::object variables) {
    SW_TRY(const auto task, locked(unit.sql, who, id, worker, unit.now));
    auto ended = ending_note(task.element, {&variables}, code);
    // What nothing catches is an incident (ADR 0017): refused, the task would come again after each lock, for ever.
    SW_CHECK(engine_.send(unit, task.instance_id, lifecycle::TaskError{task.token, code, message, std::move(variables)}, false));
    return note_end(unit, info_of(task), who, std::move(ended));
}

Result<void> ExternalTasks::failure(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker,
                                    const Failure& failure) {
    SW_TRY(const auto task, locked(unit.sql, who, id, worker, unit.now));
    if (failure.retries < 0) {
        return invalid("/retries", "0 or more", std::to_string(failure.retries));
    }
    Turn turn{engine_, unit};
    SW_CHECK(fail_task(turn, task, {failure.message, failure.details, failure.retries, failure.retry_after}));
    return turn.write();
}

Result<void> ExternalTasks::extend_lock(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& worker, Milliseconds by) {
    SW_TRY(auto task, locked(unit.sql, who, id, worker, unit.now));
    if (by.count() <= 0) {
        return invalid("/newDuration", "more than 0", std::to_string(by.count()));
    }
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET free_at = $1, losses = 0 WHERE instance_id = $2 AND token = $3",
                              {store::to_value(unit.now + by), task.instance_id, task.token}));
    return {};
}

Result<void> ExternalTasks::unlock(store::Unit& unit, const identity::Principal& who, const std::string& id) {
    SW_TRY(const auto task, get(unit.sql, who, id));
    SW_CHECK(access_.require(who, identity::Action::execute, kCollection, task.group, task.started_by));
    if (task.worker.starts_with(kOwnWorker)) {
        return fail(ErrorCode::conflict, "NOT_LOCKED", "Slipway itself is at work on this task.");
    }
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET worker = '', free_at = $1, losses = 0 WHERE instance_id = $2 AND token = $3 AND worker <> ''",
                              {store::to_value(unit.now), task.instance_id, task.token}));
    return {};
}

Result<void> ExternalTasks::set_retries(store::Unit& unit, const identity::Principal& who, const std::string& id, std::int64_t retries) {
    SW_TRY(const auto task, get(unit.sql, who, id));
    SW_CHECK(access_.require(who, identity::Action::execute, kCollection, task.group, task.started_by));
    if (retries < 0) {
        return invalid("/retries", "0 or more", std::to_string(retries));
    }
    SW_TRY(const auto rows, unit.sql.query("SELECT incident, type FROM lifecycle_incidents WHERE instance_id = $1 AND token = $2 AND type IN "
                                           "('failedJob', 'uncaughtError') AND resolved_at IS NULL",
                                           {task.instance_id, task.token}));
    if (retries == 0 && !rows.empty()) {
        return {};
    }
    SW_CHECK(note(unit, info_of(task), who, retries_note(task.element, "/tasks/" + json::pointer_token(task.id), task.retries.value_or(-1), retries)));
    if (retries == 0) {
        Turn turn{engine_, unit};
        SW_CHECK(fail_task(turn, task, {"Its retries were set to 0.", {}, 0, {}}));
        return turn.write();
    }
    if (!rows.empty() && rows[0].text(1) == "uncaughtError") {
        SW_CHECK(engine_.send(unit, task.instance_id, lifecycle::Retry{rows[0].integer(0)}, false));
        SW_CHECK(free_parked(unit, task.instance_id, task.token, retries));
        engine_.work(unit);
        return {};
    }
    SW_CHECK(
        unit.sql.execute("UPDATE lifecycle_tasks SET retries = $1, failures = 0, losses = 0, free_at = CASE WHEN worker = '' THEN $2 ELSE free_at END "
                         "WHERE instance_id = $3 AND token = $4",
                         {retries, store::to_value(unit.now), task.instance_id, task.token}));
    engine_.work(unit);
    if (!rows.empty() && rows[0].integer(0) < 0) {  // the runner's: the state does not know it
        return end_row_incident(unit, task.instance_id, rows[0].integer(0));
    }
    return rows.empty() ? Result<void>{} : engine_.send(unit, task.instance_id, lifecycle::Retry{rows[0].integer(0)}, false);
}

Result<std::vector<ExternalTask>> ExternalTasks::list(store::Session& sql, const identity::Principal& who, const Query& query, Timestamp now) {
    store::SqlText text;
    text.text(kTaskColumns).text(kTaskFrom).text(" WHERE ").scope(access_.scope(who, identity::Action::read, kCollection));
    query.filters.write(text, sql.dialect(), now);
    query.filters.write_order(text, "t.row_id LIMIT ");
    text.bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<ExternalTask> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(task_of(row));
    }
    return out;
}

}  // namespace slipway::automation
