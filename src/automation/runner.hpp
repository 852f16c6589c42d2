#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "automation/engine.hpp"
#include "automation/handler.hpp"
#include "base/worker_pool.hpp"

namespace slipway::automation {

/// Carries out what is due: timers, continuations, deliveries of signals, and topics that have a handler here. What is ready together is committed together.
/// All it knows is in the database; one server at a time runs it (`serve` holds the database for itself). run() on one thread at a time.
class Runner {
public:
    struct Settings {
        std::string node;         ///< of this process, in locks
        std::size_t at_once{16};  ///< handlers at work
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
    /// Forgets messages that nobody took in time and what no job needs.
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

    std::vector<Finished> take_finished();
    Result<bool> anything_due();
    Result<void> round(std::vector<Finished> finished);
    Result<void> one_by_one(std::vector<Finished> finished);
    void post(std::vector<ExternalTask> tasks);

    // runner_steps.cpp: inside a transaction
    Result<void> finish(store::Unit& unit, const Finished& finished);
    Result<void> fail(store::Unit& unit, const ExternalTask& task, const Trouble& trouble, std::int64_t failures, const std::string& retry_cycle);
    Result<std::vector<Job>> due_jobs(store::Session& sql, Timestamp now);
    Result<void> carry_out(store::Unit& unit, const Job& job);
    Result<lifecycle::EventBody> event_of(store::Session& sql, const Job& job);
    Result<void> start_by_timer(store::Unit& unit);
    Result<std::vector<ExternalTask>> lock_tasks(store::Unit& unit);
    Result<void> give_up(store::Unit& unit, const std::string& instance_id, std::string_view table, std::int64_t row, const Error& error);

    Engine& engine_;
    store::Store& store_;
    Handlers handlers_;
    WorkerPool& pool_;
    Settings settings_;
    std::string worker_;
    std::string topics_;  ///< SQL list of `$n`
    store::Values topic_values_;

    std::mutex mutex_;
    std::condition_variable idle_;
    std::vector<Finished> finished_;
    std::size_t working_{0};
};

}  // namespace slipway::automation
