#include "automation/runner.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "automation/task_rows.hpp"
#include "automation/turn.hpp"
#include "base/log.hpp"

namespace slipway::automation {
namespace {

constexpr std::size_t kInOneCommit = 64;
constexpr std::int64_t kMostOrphans = 100;

}  // namespace

Runner::Runner(Engine& engine, store::Store& store, Handlers handlers, WorkerPool& pool, Settings settings)
    : engine_{engine},
      store_{store},
      handlers_{std::move(handlers)},
      pool_{pool},
      settings_{std::move(settings)},
      worker_{std::string{kOwnWorker} + settings_.node} {
    for (const auto& [topic, handler] : handlers_) {
        topic_values_.emplace_back(topic);
        topics_ += fmt::format("{}${}", topics_.empty() ? "" : ", ", topic_values_.size());
    }
}

Runner::~Runner() {
    wait_idle();
}

void Runner::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return working_ == 0; });
}

Result<void> Runner::recover() {
    return store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET worker = '', free_at = $1 WHERE worker >= 'slipway:' AND worker < 'slipway;' AND worker <> $2",
                                  {store::to_value(unit.now), worker_}));
        SW_TRY(const auto rows,
               unit.sql.query(
                   "SELECT i.id FROM lifecycle_instances i WHERE i.state = 'active' AND i.incidents = 0 "
                   "AND NOT EXISTS (SELECT 1 FROM lifecycle_tasks w WHERE w.instance_id = i.id) "
                   "AND NOT EXISTS (SELECT 1 FROM lifecycle_jobs w WHERE w.instance_id = i.id) "
                   "AND NOT EXISTS (SELECT 1 FROM lifecycle_user_tasks w WHERE w.instance_id = i.id) "
                   "AND NOT EXISTS (SELECT 1 FROM lifecycle_subscriptions w WHERE w.instance_id = i.id) "
                   "AND NOT EXISTS (SELECT 1 FROM lifecycle_instances c WHERE c.parent_id = i.id AND c.parent_id <> '' AND c.state = 'active') LIMIT $1",
                   {kMostOrphans}));
        for (const auto& row : rows) {
            SW_TRY(const auto loaded, engine_.load(unit.sql, row.text(0), false));
            const auto receive =
                std::ranges::any_of(loaded.instance.tokens, [](const auto& one) { return one.second.state == lifecycle::TokenState::receive; });
            if (!receive) {  // one without a message is completed by hand
                SW_CHECK(give_up(unit, row.text(0), {}, 0, Error{ErrorCode::internal, "ORPHAN", "Nothing can wake this instance any more.", {}, {}}));
            }
        }
        return {};
    });
}

std::vector<Runner::Finished> Runner::take_finished() {
    const std::scoped_lock lock{mutex_};
    const auto count = static_cast<std::ptrdiff_t>(std::min(finished_.size(), kInOneCommit));
    std::vector<Finished> out{std::make_move_iterator(finished_.begin()), std::make_move_iterator(finished_.begin() + count)};
    finished_.erase(finished_.begin(), finished_.begin() + count);
    return out;
}

Result<bool> Runner::anything_due() {
    bool due = false;
    bool room = false;
    {
        const std::scoped_lock lock{mutex_};
        room = working_ < settings_.at_once;
    }
    const auto look = [&](store::Session& sql) -> Result<void> {
        const auto now = store::to_value(store_.clock().now());
        SW_TRY(const auto jobs, sql.query("SELECT 1 FROM lifecycle_jobs WHERE due_at <= $1 AND retries > 0 LIMIT 1", {now}));
        SW_TRY(const auto starts, sql.query("SELECT 1 FROM lifecycle_starts WHERE kind = 'timer' AND due_at <= $1 LIMIT 1", {now}));
        due = !jobs.empty() || !starts.empty();
        if (!due && !topics_.empty() && room) {
            auto values = topic_values_;
            values.push_back(now);
            SW_TRY(const auto tasks, sql.query(fmt::format("SELECT 1 FROM lifecycle_tasks WHERE topic IN ({}) AND free_at <= ${} AND retries <> 0 LIMIT 1",
                                                           topics_, values.size()),
                                               values));
            due = !tasks.empty();
        }
        return {};
    };
    SW_CHECK(store_.read(look));
    return due;
}

Result<void> Runner::run(const std::stop_token& stop) {
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
        for (const auto& one : finished) {
            SW_CHECK(finish(unit, one));
        }
        SW_TRY(const auto jobs, due_jobs(unit.sql, unit.now));
        for (const auto& job : jobs) {
            SW_CHECK(carry_out(unit, job));
        }
        SW_CHECK(start_by_timer(unit));
        SW_TRY(tasks, lock_tasks(unit));
        return {};
    });
    if (done) {
        post(std::move(tasks));
        return {};
    }
    if (done.error().code == ErrorCode::unavailable) {  // the database is away: nothing is lost, the handlers' answers are kept
        const std::scoped_lock lock{mutex_};
        finished_.insert(finished_.begin(), std::make_move_iterator(finished.begin()), std::make_move_iterator(finished.end()));
        return done;
    }
    log::warn("lifecycle.batch_failed", {{"message", done.error().message}, {"detail", done.error().detail}});
    return one_by_one(std::move(finished));
}

/// One of them cannot be carried out, and must not keep the others from it.
Result<void> Runner::one_by_one(std::vector<Finished> finished) {
    for (const auto& one : finished) {
        const auto done = store_.write({}, [&](store::Unit& unit) { return finish(unit, one); });
        if (!done) {
            SW_CHECK(store_.write({}, [&](store::Unit& unit) { return give_up(unit, one.task.instance_id, "lifecycle_tasks", one.task.token, done.error()); }));
        }
    }
    std::vector<Job> jobs;
    const auto read_jobs = [&](store::Session& sql) -> Result<void> {
        SW_TRY(jobs, due_jobs(sql, store_.clock().now()));
        return {};
    };
    SW_CHECK(store_.read(read_jobs));
    for (const auto& job : jobs) {
        const auto done = store_.write({}, [&](store::Unit& unit) { return carry_out(unit, job); });
        if (!done) {
            SW_CHECK(store_.write({}, [&](store::Unit& unit) { return give_up(unit, job.instance_id, "lifecycle_jobs", job.row_id, done.error()); }));
        }
    }
    std::vector<ExternalTask> tasks;
    const auto lock_some = [&](store::Unit& unit) -> Result<void> {
        SW_TRY(tasks, lock_tasks(unit));
        return {};
    };
    SW_CHECK(store_.write({}, lock_some));
    post(std::move(tasks));
    return {};
}

void Runner::post(std::vector<ExternalTask> tasks) {
    for (auto& task : tasks) {
        {
            const std::scoped_lock lock{mutex_};
            ++working_;
        }
        auto work = [this, task]() mutable {
            const auto handler = handlers_.find(task.topic);
            Outcome outcome = handler->second(task);
            {
                const std::scoped_lock lock{mutex_};
                finished_.push_back({std::move(task), std::move(outcome)});
                --working_;
                idle_.notify_all();
            }
            engine_.work();
        };
        if (!pool_.post(std::move(work))) {
            const std::scoped_lock lock{mutex_};
            finished_.push_back({std::move(task), Later{Milliseconds{100}}});
            --working_;
            idle_.notify_all();
        }
    }
}

Result<void> Runner::prune() {
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
