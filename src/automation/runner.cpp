#include "automation/runner.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "automation/model_links.hpp"
#include "automation/task_rows.hpp"
#include "automation/turn.hpp"
#include "base/log.hpp"

namespace slipway::automation {
namespace {

/// More in one commit share its fsync; fewer let others write sooner.
constexpr std::size_t kInOneCommit = 512;
/// What waited longer for a thread is looked up again before it is done: its instance may have been cancelled meanwhile.
constexpr std::chrono::seconds kFresh{1};
constexpr std::int64_t kMostOrphans = 100;
constexpr std::int64_t kRemovedAtOnce = 200;

/// @return false for one that waits for a person: at a task that receives no message.
Result<bool> give_up_orphan(Engine& engine, store::Unit& unit, const std::string& id) {
    const auto loaded = engine.load(unit.sql, id, false);
    if (!loaded && loaded.error().code == ErrorCode::unavailable) {
        return std::unexpected(loaded.error());
    }
    if (loaded && std::ranges::any_of(loaded->instance.tokens, [](const auto& one) { return one.second.state == lifecycle::TokenState::receive; })) {
        return false;
    }
    SW_CHECK(give_up(unit, id, {}, 0, Error{ErrorCode::internal, "ORPHAN", "Nothing can wake this instance any more.", {}, {}}));
    return true;
}

/// What nothing wakes gets an incident, at most kMostOrphans of them: those are no orphans at the next start. Whatever a person completes by hand is passed by.
Result<void> find_orphans(Engine& engine, store::Unit& unit) {
    std::int64_t found = 0;
    for (std::int64_t last = 0; found < kMostOrphans;) {
        SW_TRY(const auto rows,
               unit.sql.query("SELECT i.id, i.row_id FROM lifecycle_instances i WHERE i.row_id > $1 AND i.state = 'active' AND i.incidents = 0 "
                              "AND NOT EXISTS (SELECT 1 FROM lifecycle_tasks w WHERE w.instance_id = i.id) "
                              "AND NOT EXISTS (SELECT 1 FROM lifecycle_jobs w WHERE w.instance_id = i.id) "
                              "AND NOT EXISTS (SELECT 1 FROM lifecycle_user_tasks w WHERE w.instance_id = i.id) "
                              "AND NOT EXISTS (SELECT 1 FROM lifecycle_subscriptions w WHERE w.instance_id = i.id) "
                              "AND NOT EXISTS (SELECT 1 FROM lifecycle_instances c WHERE c.parent_id = i.id AND c.parent_id <> '' AND c.state = 'active') "
                              "ORDER BY i.row_id LIMIT $2",
                              {last, kMostOrphans}));
        if (rows.empty()) {
            break;
        }
        for (const auto& row : rows) {
            SW_TRY(const bool orphan, give_up_orphan(engine, unit, row.text(0)));
            found += orphan ? 1 : 0;
            last = row.integer(1);
        }
    }
    return {};
}

}  // namespace

Runner::Runner(Engine& engine, store::Store& store, Handlers handlers, WorkerPool& pool, Settings settings)
    : engine_{engine},
      store_{store},
      handlers_{std::move(handlers)},
      pool_{pool},
      settings_{std::move(settings)},
      worker_{std::string{kOwnWorker} + settings_.node},
      seen_{store_.clock().now(), store_.clock().steady()} {
    for (const auto& [topic, handler] : handlers_) {
        topic_values_.emplace_back(topic);
        topics_ += fmt::format("{}${}", topics_.empty() ? "" : ", ", topic_values_.size() + 1);
    }
}

Runner::~Runner() {
    wait_idle();
}

void Runner::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return in_hand_ == 0 && working_ == 0; });
}

Result<void> Runner::recover() {
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(
            unit.sql.execute("UPDATE lifecycle_tasks SET worker = '', free_at = $1, losses = losses + 1 WHERE worker >= 'slipway:' AND worker < 'slipway;' "
                             "AND worker <> $2",
                             {store::to_value(unit.now), worker_}));
        SW_CHECK(heed_clock_of_before(unit));
        return find_orphans(engine_, unit);
    });
}

std::vector<Runner::Finished> Runner::take_finished() {
    const std::scoped_lock lock{mutex_};
    const auto count = static_cast<std::ptrdiff_t>(std::min(finished_.size(), kInOneCommit));
    std::vector<Finished> out{std::make_move_iterator(finished_.begin()), std::make_move_iterator(finished_.begin() + count)};
    finished_.erase(finished_.begin(), finished_.begin() + count);
    return out;
}

std::size_t Runner::room() {
    const std::scoped_lock lock{mutex_};
    return settings_.in_hand - std::min(settings_.in_hand, in_hand_);
}

/// One statement, since on PostgreSQL each is a round trip.
Result<Runner::Due> Runner::look(store::Session& sql, Timestamp now) {
    store::Values values{store::to_value(now)};
    std::string text =
        "SELECT (SELECT 1 FROM lifecycle_jobs WHERE due_at <= $1 AND retries > 0 LIMIT 1), "
        "(SELECT 1 FROM lifecycle_starts WHERE kind = 'timer' AND due_at <= $1 LIMIT 1)";
    if (!topics_.empty() && room() > 0) {
        text += fmt::format(", (SELECT 1 FROM lifecycle_tasks WHERE topic IN ({}) AND free_at <= $1 AND {} LIMIT 1)", topics_, kFreeSomeTime);
        values.insert(values.end(), topic_values_.begin(), topic_values_.end());
    }
    SW_TRY(const auto rows, sql.query(text, values));
    const auto& row = rows[0];
    return Due{.jobs = !row.is_null(0), .starts = !row.is_null(1), .tasks = row.size() > 2 && !row.is_null(2)};
}

Result<bool> Runner::anything_due() {
    Due due;
    const auto read = [&](store::Session& sql) -> Result<void> {
        SW_TRY(due, look(sql, store_.clock().now()));
        return {};
    };
    SW_CHECK(store_.read(read));
    return due.any();
}

Result<void> Runner::run(const std::stop_token& stop) {
    SW_CHECK(heed_clock());
    if (unsure_) {
        SW_CHECK(free_lost());
    }
    while (!stop.stop_requested()) {
        auto finished = take_finished();
        if (finished.empty()) {
            SW_TRY(const auto due, anything_due());
            if (!due) {
                return {};
            }
        }
        SW_CHECK(round(std::move(finished)));
    }
    return {};
}

Result<void> Runner::round(std::vector<Finished> finished) {
    std::vector<ExternalTask> tasks;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        Turn turn{engine_, unit};
        SW_CHECK(finish_all(turn, finished));
        SW_TRY(const auto due, look(unit.sql, unit.now));
        if (due.jobs) {
            SW_TRY(const auto jobs, due_jobs(unit.sql, unit.now));
            SW_CHECK(carry_out_all(turn, jobs));
        }
        if (due.starts) {
            SW_CHECK(start_by_timer(turn));
        }
        SW_TRY(tasks, lock_tasks(turn, due.tasks));
        return turn.write();
    });
    if (done) {
        for (const auto& one : finished) {
            held_.erase(one.task.id);
        }
        post(std::move(tasks));
        return {};
    }
    if (done.error().code == ErrorCode::unavailable) {
        keep(std::move(finished), 0);
        return done;
    }
    log::warn("lifecycle.batch_failed", {{"message", done.error().message}, {"detail", done.error().detail}});
    return one_by_one(std::move(finished));
}

/// The database is away: nothing is lost, the handlers' answers are kept. It may have done what it did not answer, so that tasks are locked that nobody has.
void Runner::keep(std::vector<Finished> finished, std::size_t from) {
    unsure_ = true;
    const std::scoped_lock lock{mutex_};
    finished_.insert(finished_.begin(), std::make_move_iterator(finished.begin() + static_cast<std::ptrdiff_t>(from)), std::make_move_iterator(finished.end()));
}

Result<void> Runner::free_lost() {
    const auto look = [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto rows, unit.sql.query("SELECT instance_id, token FROM lifecycle_tasks WHERE worker = $1", {worker_}));
        for (const auto& row : rows) {
            if (!held_.contains(fmt::format("{}:{}", row.text(0), row.integer(1)))) {
                SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET worker = '', free_at = $1 WHERE instance_id = $2 AND token = $3",
                                          {store::to_value(unit.now), row.text(0), row.integer(1)}));
            }
        }
        return {};
    };
    SW_CHECK(store_.write({}, look));
    unsure_ = false;
    return {};
}

Result<void> Runner::alone(const std::function<Result<void>(Turn&)>& work) {
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        Turn turn{engine_, unit};
        SW_CHECK(work(turn));
        return turn.write();
    });
}

Result<void> Runner::finish_each(std::vector<Finished> finished) {
    for (std::size_t i = 0; i < finished.size(); ++i) {
        const auto& one = finished[i];
        auto done = alone([&](Turn& turn) { return finish_all(turn, {one}); });
        if (!done && done.error().code != ErrorCode::unavailable) {
            const auto why = done.error();
            done = store_.write({}, [&](store::Unit& unit) { return give_up(unit, one.task.instance_id, "lifecycle_tasks", one.task.token, why); });
        }
        if (!done) {
            keep(std::move(finished), i);
            return done;
        }
        held_.erase(one.task.id);
    }
    return {};
}

/// One of them cannot be carried out, and must not keep the others from it.
Result<void> Runner::one_by_one(std::vector<Finished> finished) {
    SW_CHECK(finish_each(std::move(finished)));
    std::vector<Job> jobs;
    const auto read_jobs = [&](store::Session& sql) -> Result<void> {
        SW_TRY(jobs, due_jobs(sql, store_.clock().now()));
        return {};
    };
    SW_CHECK(store_.read(read_jobs));
    for (const auto& job : jobs) {
        const auto done = alone([&](Turn& turn) { return carry_out(turn, job); });
        if (!done && done.error().code == ErrorCode::unavailable) {
            return done;
        }
        if (!done) {
            SW_CHECK(store_.write({}, [&](store::Unit& unit) { return give_up_job(unit, job, done.error()); }));
        }
    }
    std::vector<ExternalTask> tasks;
    unsure_ = true;
    SW_CHECK(alone([&](Turn& turn) -> Result<void> {
        SW_TRY(tasks, lock_tasks(turn, true));
        return {};
    }));
    unsure_ = false;
    post(std::move(tasks));
    return {};
}

void Runner::post(std::vector<ExternalTask> tasks) {
    for (const auto& task : tasks) {
        held_.insert(task.id);
    }
    std::size_t more = 0;
    {
        const std::scoped_lock lock{mutex_};
        const auto now = store_.clock().steady();
        in_hand_ += tasks.size();
        for (auto& task : tasks) {
            ready_.push_back({std::move(task), now});
        }
        more = std::min(ready_.size(), settings_.threads - working_);
        working_ += more;
    }
    for (; more > 0; --more) {
        if (!pool_.post([this] { work(); })) {
            const std::scoped_lock lock{mutex_};
            if (--working_ == 0) {  // nobody comes for them
                for (auto& ready : ready_) {
                    finished_.push_back({std::move(ready.task), Later{Milliseconds{100}}});
                }
                in_hand_ -= ready_.size();
                ready_.clear();
            }
            idle_.notify_all();
        }
    }
}

/// One thread's share: task by task, as long as some are ready.
void Runner::work() {
    std::unique_lock lock{mutex_};
    while (!ready_.empty()) {
        auto ready = std::move(ready_.front());
        ready_.pop_front();
        lock.unlock();
        auto outcome = work_on(ready);
        lock.lock();
        const bool first = finished_.empty();
        finished_.push_back({std::move(ready.task), std::move(outcome)});
        --in_hand_;
        if (first) {  // the others are taken together with it
            lock.unlock();
            engine_.work();
            lock.lock();
        }
    }
    --working_;
    idle_.notify_all();
}

Outcome Runner::work_on(const Ready& ready) const {
    if (store_.clock().steady() - ready.since > kFresh) {
        return Later{};
    }
    try {
        return handlers_.find(ready.task.topic)->second(ready.task);
    } catch (const std::exception& problem) {
        // Its task would stay locked, and whoever stops the runner would wait for it for ever.
        log::error("lifecycle.handler_threw", {{"topic", ready.task.topic}, {"instance", ready.task.instance_id}, {"what", problem.what()}});
        return Trouble{.message = "Something went wrong inside; the log of the server tells more."};
    }
}

/// @return whether there may be more.
Result<bool> Runner::remove_some() {
    std::size_t found = 0;
    const auto remove = [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto rows, unit.sql.query("SELECT id FROM lifecycle_instances WHERE remove_at <= $1 ORDER BY remove_at LIMIT $2",
                                               {store::to_value(unit.now), kRemovedAtOnce}));
        found = rows.size();
        for (const auto& row : rows) {
            const store::Values id{row.text(0)};
            for (const auto* table : {"lifecycle_history", "lifecycle_incidents", "lifecycle_effects"}) {
                SW_CHECK(unit.sql.execute(fmt::format("DELETE FROM {} WHERE instance_id = $1", table), id));
            }
            SW_TRY(const auto gone, unit.sql.execute("DELETE FROM lifecycle_instances WHERE id = $1 AND started_once = 0", id));
            if (gone > 0) {
                SW_CHECK(remove_link(unit, row.text(0)));
            }
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET document = '{}', remove_at = NULL WHERE id = $1", id));
        }
        return {};
    };
    SW_CHECK(store_.write({}, remove));
    return found == static_cast<std::size_t>(kRemovedAtOnce);
}

/// All rows are looked through, which nobody's writing waits for.
Result<void> Runner::mend_links() {
    for (bool more = true; more;) {
        std::vector<std::string> stale;
        const auto look = [&](store::Session& sql) -> Result<void> {
            SW_TRY(stale, stale_links(sql));
            return {};
        };
        SW_CHECK(store_.read(look));
        more = stale.size() == kStaleLinksAtOnce;
        if (stale.empty()) {
            break;
        }
        const auto mend = [&](store::Unit& unit) -> Result<void> {
            for (const auto& id : stale) {
                SW_CHECK(mend_link(unit, id));
            }
            return {};
        };
        SW_CHECK(store_.write({}, mend));
    }
    return {};
}

Result<void> Runner::prune() {
    for (bool more = true; more;) {
        SW_TRY(more, remove_some());
    }
    SW_CHECK(mend_links());
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_messages WHERE expires_at <= $1", {store::to_value(unit.now)}));
        SW_CHECK(
            unit.sql.execute("DELETE FROM lifecycle_payloads WHERE created_at <= $1 AND NOT EXISTS "
                             "(SELECT 1 FROM lifecycle_jobs j WHERE j.payload_id = lifecycle_payloads.row_id)",
                             {store::to_value(unit.now - std::chrono::hours{1})}));
        return {};
    });
}

}  // namespace slipway::automation
