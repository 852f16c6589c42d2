#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "automation/engine.hpp"
#include "automation/handler.hpp"
#include "base/worker_pool.hpp"

namespace slipway::automation {

class Turn;

/// Carries out what is due: timers, continuations, deliveries of signals, and topics that have a handler here. What is ready together is committed together.
/// All it knows is in the database; one server at a time runs it (`serve` holds the database for itself). run() on one thread at a time.
class Runner {
public:
    struct Settings {
        std::string node;           ///< of this process, in locks
        std::size_t threads{4};     ///< handlers at work
        std::size_t in_hand{1024};  ///< tasks locked for them, so that many steps go into one commit
    };
    /// @param pool runs the handlers; it must outlive the runner.
    Runner(Engine& engine, store::Store& store, Handlers handlers, WorkerPool& pool, Settings settings);
    ~Runner();

    /// Frees what the process before had in hand, and finds instances that nothing can wake. Once, before run().
    Result<void> recover();
    /// Goes on until nothing is due now. A background task; also after Engine::on_work().
    Result<void> run(const std::stop_token& stop);
    /// Waits until no handler is at work.
    void wait_idle();
    /// Forgets messages that nobody took in time, what no job needs, and ended instances whose `historyTimeToLive` is over. Of one that stands for its
    /// business key for ever (`mlc.startOnce`) only the history goes.
    Result<void> prune();

private:
    struct Finished {
        ExternalTask task;
        Outcome outcome;
    };
    struct Job {
        std::int64_t row_id{0};
        std::string instance_id;
        std::string kind;
        std::int64_t item{0};
        std::int64_t payload_id{0};
    };

    /// A task that waits for a thread.
    struct Ready {
        ExternalTask task;
        std::chrono::steady_clock::time_point since;
    };
    /// What the row of a task says of its lock.
    struct Lock {
        std::string worker;
        std::int64_t attempts{0};
        std::int64_t failures{0};
        std::string retry_cycle;
    };
    /// What is there to be taken up now.
    struct Due {
        bool jobs{false};
        bool starts{false};
        bool tasks{false};
        bool any() const { return jobs || starts || tasks; }
    };
    using Locks = std::unordered_map<std::string, Lock>;  ///< by id of the task

    // runner_clock.cpp
    Result<void> heed_clock();
    static Result<void> heed_clock_of_before(store::Unit& unit);

    std::vector<Finished> take_finished();
    std::size_t room();
    Result<bool> anything_due();
    Result<Due> look(store::Session& sql, Timestamp now);
    Result<void> round(std::vector<Finished> finished);
    Result<void> one_by_one(std::vector<Finished> finished);
    void post(std::vector<ExternalTask> tasks);
    void work();
    Outcome work_on(const Ready& ready) const;

    // runner_steps.cpp: inside a transaction
    Result<void> finish_all(Turn& turn, const std::vector<Finished>& finished);
    static Result<Locks> locks_of(store::Session& sql, const std::vector<std::string>& instances);
    Result<void> finish(Turn& turn, const Finished& finished, const Locks& locks);
    static Result<void> fail(Turn& turn, const ExternalTask& task, const Trouble& trouble, const Lock& lock);
    static Result<std::vector<Job>> due_jobs(store::Session& sql, Timestamp now);
    static Result<void> carry_out_all(Turn& turn, const std::vector<Job>& jobs);
    static Result<void> carry_out(Turn& turn, const Job& job);
    static Result<json::object> payload_of(store::Session& sql, const Job& job);
    static Result<void> step_of(Turn& turn, const Job& job);
    static Result<lifecycle::EventBody> event_of(store::Session& sql, const Job& job);
    Result<void> start_by_timer(Turn& turn);
    static Result<void> leave_out(store::Unit& unit, const Definition& definition, const std::string& element, const Error& why);
    Result<std::vector<ExternalTask>> lock_tasks(Turn& turn, bool any_free);
    static Result<void> expect_free(Turn& turn, const store::Rows& rows);
    Result<void> take_free(Turn& turn, const store::Rows& rows, std::vector<ExternalTask>& out);
    Result<store::Rows> free_tasks(store::Unit& unit, std::size_t most);
    Result<bool> remove_some();
    Result<void> mend_links();
    Result<void> alone(const std::function<Result<void>(Turn&)>& work);
    Result<void> finish_each(std::vector<Finished> finished);
    void keep(std::vector<Finished> finished, std::size_t from);
    Result<void> free_lost();
    Result<void> give_up_job(store::Unit& unit, const Job& job, const Error& error);

    Engine& engine_;
    store::Store& store_;
    Handlers handlers_;
    WorkerPool& pool_;
    Settings settings_;
    std::string worker_;
    std::string topics_;  ///< SQL list of `$n`, from $2
    store::Values topic_values_;

    std::mutex mutex_;
    std::condition_variable idle_;
    std::deque<Ready> ready_;
    std::vector<Finished> finished_;
    std::size_t in_hand_{0};  ///< ready or at work
    std::size_t working_{0};  ///< threads
    // Of run() alone:
    std::unordered_set<std::string> held_;  ///< ids of the tasks that are locked for this process and not finished
    std::pair<Timestamp, Steady> seen_;     ///< the clocks, when they were last looked at
    bool unsure_{false};                    ///< the database did not say whether it locked more
};

}  // namespace slipway::automation
