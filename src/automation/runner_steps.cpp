#include <algorithm>
#include <fmt/format.h>

#include "automation/runner.hpp"
#include "automation/task_rows.hpp"
#include "automation/turn.hpp"
#include "lifecycle/starts.hpp"
#include "lifecycle/state_bounds.hpp"
#include "store/sql_text.hpp"

/// What the runner does inside a transaction.
namespace slipway::automation {
namespace {

constexpr std::int64_t kJobsAtOnce = 512;
constexpr std::int64_t kStartsAtOnce = 16;
/// A server that is stopped loses all that it has in hand, though most of it is not to blame.
constexpr std::int64_t kMostOwnLosses = 10;

/// What came too late is no error of anybody.
Result<void> unless_gone(Result<void> done) {
    return !done && is_gone(done.error()) ? Result<void>{} : done;
}

/// What is refused would be refused at each firing: people are told.
Result<void> start_or_tell(Turn& turn, Definition definition, const std::string& element) {
    const json::object of{{"process", definition.key}, {"group", definition.group}, {"by", "timer " + element}};
    const auto group = definition.group;
    const auto started = turn.start(
        {.definition = std::move(definition), .element = element, .group = group, .started_by = turn.unit().actor.subject, .automatic = true}, false);
    if (!started && is_for_later(started.error())) {
        return std::unexpected(started.error());
    }
    return started ? Result<void>{} : tell_not_started(turn.unit(), of, started.error());
}

}  // namespace

Result<Runner::Locks> Runner::locks_of(store::Session& sql, const std::vector<std::string>& instances) {
    constexpr std::size_t kReadAtOnce = 64;
    Locks out;
    for (std::size_t begin = 0; begin < instances.size(); begin += kReadAtOnce) {
        const auto from = instances.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto to = instances.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kReadAtOnce, instances.size()));
        store::SqlText text;
        text.text("SELECT instance_id, token, worker, attempts, failures, retry_cycle FROM lifecycle_tasks WHERE instance_id IN (");
        text.bind_all(padded({from, to})).text(")");
        SW_TRY(const auto rows, text.query(sql));
        for (const auto& row : rows) {
            out[fmt::format("{}:{}", row.text(0), row.integer(1))] = {row.text(2), row.integer(3), row.integer(4), row.text(5)};
        }
    }
    return out;
}

Result<void> Runner::finish_all(Turn& turn, const std::vector<Finished>& finished) {
    std::vector<std::string> instances;
    instances.reserve(finished.size());
    for (const auto& one : finished) {
        instances.push_back(one.task.instance_id);
    }
    SW_CHECK(turn.expect(instances));
    SW_TRY(const auto locks, locks_of(turn.unit().sql, instances));
    for (const auto& one : finished) {
        SW_CHECK(finish(turn, one, locks));
    }
    return {};
}

Result<void> Runner::finish(Turn& turn, const Finished& finished, const Locks& locks) {
    const auto& task = finished.task;
    const auto lock = locks.find(task.id);
    if (lock == locks.end() || lock->second.worker != worker_ || lock->second.attempts != task.attempts) {
        return {};  // it was taken away, or another one has it: whatever came out of it counts no more
    }
    const auto send = [&](lifecycle::EventBody body) -> Result<void> {
        SW_CHECK(unless_gone(turn.send(task.instance_id, std::move(body), false)));
        return turn.drain();
    };
    if (const auto* done = std::get_if<Done>(&finished.outcome)) {
        return send(lifecycle::Complete{task.token, done->variables, {}});
    }
    if (const auto* fault = std::get_if<Fault>(&finished.outcome)) {
        return send(lifecycle::TaskError{task.token, fault->code, fault->message, fault->variables});
    }
    if (const auto* later = std::get_if<Later>(&finished.outcome)) {
        auto& unit = turn.unit();
        SW_CHECK(
            unit.sql.execute("UPDATE lifecycle_tasks SET worker = '', attempts = attempts - 1, losses = 0, free_at = $1 WHERE instance_id = $2 AND token = $3",
                             {store::to_value(unit.now + later->after), task.instance_id, task.token}));
        return {};
    }
    return fail(turn, task, std::get<Trouble>(finished.outcome), lock->second);
}

Result<void> Runner::fail(Turn& turn, const ExternalTask& task, const Trouble& trouble, const Lock& lock) {
    const auto waits = lifecycle::parse_retry_cycle(lock.retry_cycle).value_or(std::vector<Milliseconds>{});
    const auto all = static_cast<std::int64_t>(waits.size());
    TaskFailure failure{.message = trouble.message, .details = trouble.details};
    if (trouble.again && lock.failures < all) {
        failure.retries = all - lock.failures;
        failure.retry_after = waits[static_cast<std::size_t>(lock.failures)];
    }
    return unless_gone(fail_task(turn, task, failure));
}

Result<std::vector<Runner::Job>> Runner::due_jobs(store::Session& sql, Timestamp now) {
    SW_TRY(const auto rows, sql.query("SELECT row_id, instance_id, kind, item, payload_id FROM lifecycle_jobs WHERE due_at <= $1 AND retries > 0 "
                                      "ORDER BY due_at, row_id LIMIT $2",
                                      {store::to_value(now), kJobsAtOnce}));
    std::vector<Job> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3), row.integer(4)});
    }
    return out;
}

Result<json::object> Runner::payload_of(store::Session& sql, const Job& job) {
    SW_TRY(const auto rows, sql.query("SELECT content FROM lifecycle_payloads WHERE row_id = $1", {job.payload_id}));
    return json::parse_object(rows.empty() ? std::string{"{}"} : rows[0].text(0), lifecycle::kStateLimits);
}

Result<lifecycle::EventBody> Runner::event_of(store::Session& sql, const Job& job) {
    if (job.kind == "timer") {
        return lifecycle::TimerDue{job.item};
    }
    if (job.kind == "continuation") {
        return lifecycle::Continue{job.item};
    }
    SW_TRY(auto content, payload_of(sql, job));
    if (job.kind == "delivery") {
        return lifecycle::Deliver{job.item, std::move(content), {}};
    }
    if (job.kind == "message") {
        return lifecycle::Deliver{job.item, content["variables"].as_object(), content["local"].as_object()};
    }
    SW_TRY(auto event, lifecycle::read_event(content));
    return std::move(event.body);
}

Result<void> Runner::step_of(Turn& turn, const Job& job) {
    if (job.kind == "call") {
        SW_TRY(const auto kept, payload_of(turn.unit().sql, job));
        return turn.call(job.instance_id, job.item, kept);
    }
    if (job.kind == "start") {
        SW_TRY(const auto kept, payload_of(turn.unit().sql, job));
        return turn.start_kept(kept);
    }
    SW_TRY(auto body, event_of(turn.unit().sql, job));
    return turn.send(job.instance_id, std::move(body), false);
}

Result<void> Runner::carry_out_all(Turn& turn, const std::vector<Job>& jobs) {
    std::vector<std::string> instances;
    instances.reserve(jobs.size());
    for (const auto& job : jobs) {
        instances.push_back(job.instance_id);
    }
    SW_CHECK(turn.expect(instances));
    for (const auto& job : jobs) {
        SW_CHECK(carry_out(turn, job));
    }
    return {};
}

Result<void> Runner::carry_out(Turn& turn, const Job& job) {
    auto& sql = turn.unit().sql;
    const auto done = step_of(turn, job);
    if (!done && !is_gone(done.error())) {
        return done;
    }
    SW_CHECK(turn.drain());
    // A step removes or moves its own timers and continuations; what came too late is removed here.
    if (!done || job.payload_id != 0) {
        SW_CHECK(sql.execute("DELETE FROM lifecycle_jobs WHERE row_id = $1", {job.row_id}));
    }
    return {};
}

/// What cannot be carried out alone either. A start has no instance that an incident could be of.
Result<void> Runner::give_up_job(store::Unit& unit, const Job& job, const Error& error) {
    if (job.kind != "start") {
        return give_up(unit, job.instance_id, "lifecycle_jobs", job.row_id, error);
    }
    SW_TRY(const auto kept, payload_of(unit.sql, job));
    SW_CHECK(tell_not_started(unit, kept, error));
    SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_jobs WHERE row_id = $1", {job.row_id}));
    return {};
}

/// It would keep the timers of all others from them, each time anew.
Result<void> Runner::leave_out(store::Unit& unit, const Definition& definition, const std::string& element, const Error& why) {
    if (why.code == ErrorCode::unavailable) {
        return std::unexpected(why);
    }
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_starts SET due_at = NULL WHERE definition_id = $1 AND element = $2", {definition.id, element}));
    return tell_not_started(unit, {{"process", definition.key}, {"group", definition.group}, {"by", "timer " + element}}, why);
}

Result<void> Runner::start_by_timer(Turn& turn) {
    auto& unit = turn.unit();
    SW_TRY(const auto rows, unit.sql.query("SELECT definition_id, element, due_at, anchor, position, firings_left FROM lifecycle_starts "
                                           "WHERE kind = 'timer' AND due_at <= $1 ORDER BY due_at LIMIT $2",
                                           {store::to_value(unit.now), kStartsAtOnce}));
    for (const auto& row : rows) {
        SW_TRY(auto definition, Definitions::row(unit.sql, row.text(0)));
        const auto found = engine_.definitions().graph(unit.sql, definition.id);
        if (!found) {
            SW_CHECK(leave_out(unit, definition, row.text(1), found.error()));
            continue;
        }
        const auto& graph = *found;
        SW_TRY(const auto triggers, lifecycle::start_triggers(*graph));
        const auto trigger = std::ranges::find(triggers, row.text(1), &lifecycle::StartTrigger::element);
        if (trigger == triggers.end()) {  // nothing of that definition comes by a timer any more: due for ever, it would be found again at once
            SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_starts WHERE definition_id = $1 AND element = $2", {row.text(0), row.text(1)}));
            continue;
        }
        SW_TRY(const auto spec, lifecycle::parse_timer(trigger->timer, trigger->timer_text));
        const lifecycle::Schedule schedule{.due = row.time(2), .anchor = row.time(3), .index = row.integer(4), .left = row.integer(5)};
        const auto zone = graph->time_zone().empty() ? std::string_view{engine_.settings().time_zone} : graph->time_zone();
        SW_TRY(const auto firing, lifecycle::fire(spec, schedule, unit.now, trigger->misfire, {.rules = engine_.settings().zones, .name = zone}));
        const auto next = firing.next.value_or(lifecycle::Schedule{});
        SW_CHECK(unit.sql.execute(
            "UPDATE lifecycle_starts SET due_at = $1, anchor = $2, position = $3, firings_left = $4 WHERE definition_id = $5 AND element = $6",
            {firing.next ? store::to_value(next.due) : store::Value{}, store::to_value(next.anchor), next.index, next.left, definition.id, row.text(1)}));
        if (firing.fires) {
            SW_CHECK(start_or_tell(turn, std::move(definition), row.text(1)));
            SW_CHECK(turn.drain());
        }
    }
    return {};
}

Result<store::Rows> Runner::free_tasks(store::Unit& unit, std::size_t most) {
    store::Values values{store::to_value(unit.now)};
    values.insert(values.end(), topic_values_.begin(), topic_values_.end());
    values.emplace_back(static_cast<std::int64_t>(most));
    return unit.sql.query(fmt::format("{}{} WHERE t.topic IN ({}) AND t.free_at <= $1 AND {} ORDER BY t.free_at, t.row_id LIMIT ${}", kTaskColumns, kTaskFrom,
                                      topics_, kFreeSomeTime, values.size()),
                          values);
}

/// The task of an instance that cannot be read keeps the others from nobody.
Result<void> Runner::expect_free(Turn& turn, const store::Rows& rows) {
    std::vector<std::string> instances;
    for (const auto& row : rows) {
        instances.push_back(row.text(0));
    }
    const auto read = turn.expect(instances);
    if (read || read.error().code == ErrorCode::unavailable) {
        return read;
    }
    for (const auto& row : rows) {
        const auto alone = turn.expect({row.text(0)});
        if (!alone && alone.error().code == ErrorCode::unavailable) {
            return alone;
        }
        if (!alone) {
            SW_CHECK(give_up(turn.unit(), row.text(0), "lifecycle_tasks", row.integer(1), alone.error()));
        }
    }
    return {};
}

Result<void> Runner::take_free(Turn& turn, const store::Rows& rows, std::vector<ExternalTask>& out) {
    SW_CHECK(expect_free(turn, rows));
    for (const auto& row : rows) {
        auto task = task_of(row);
        const auto loaded = turn.instance(task.instance_id);
        if (!loaded || (*loaded)->instance.find(task.token) == nullptr) {
            continue;  // a step of this transaction took it away, or it was given up
        }
        task.losses += task.worker.empty() ? 0 : 1;
        if (task.losses >= kMostOwnLosses) {
            SW_CHECK(give_up_lost(turn, task, "in the hands of a server of Slipway that stopped"));
            continue;
        }
        SW_CHECK(lock_task(turn.unit(), task, worker_, from_epoch_ms(kNever) - turn.unit().now));
        fill_task(task, **loaded, std::nullopt);
        out.push_back(std::move(task));
    }
    return {};
}

/// Those that waited longest come first, then those that this very transaction makes: their rows are written as locked at once.
/// No end of the locks while this process lives; the next one frees them (recover()).
Result<std::vector<ExternalTask>> Runner::lock_tasks(Turn& turn, bool any_free) {
    std::vector<ExternalTask> out;
    const auto room = this->room();
    if (room == 0 || topics_.empty()) {
        return out;
    }
    auto& unit = turn.unit();
    store::Rows rows;
    if (any_free) {
        SW_TRY(rows, free_tasks(unit, room));
    }
    SW_CHECK(take_free(turn, rows, out));
    for (auto& made : turn.new_tasks()) {
        if (out.size() < room && handlers_.contains(made.command.topic)) {
            SW_TRY(const auto* loaded, turn.instance(made.instance_id));
            made.worker = worker_;
            made.free_at = kNever;
            made.attempts = 1;
            out.push_back(task_of(made, *loaded, unit.now));
            out.back().locked_until = from_epoch_ms(kNever);
            fill_task(out.back(), *loaded, std::nullopt);
        }
    }
    return out;
}

}  // namespace slipway::automation
