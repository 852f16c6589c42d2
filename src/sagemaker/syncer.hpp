#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/worker_pool.hpp"
#include "registry/registry.hpp"
#include "sagemaker/service.hpp"
#include "sagemaker/sync_pace.hpp"
#include "sagemaker/sync_run.hpp"

namespace slipway::sagemaker {

/// What a cycle came to for one group: others do not see it.
struct SyncPart {
    std::int64_t models{0};
    std::int64_t written{0};  ///< rows
    std::vector<registry::OperationProblem> problems;
};

/// How an account and region stands, as people of some groups see it.
struct SyncState {
    IndexScope scope;
    bool running{false};
    std::optional<Timestamp> started;    ///< of the last cycle
    std::optional<Timestamp> finished;   ///< of the last cycle that came to its end
    std::optional<Timestamp> succeeded;  ///< of the last one in which AWS refused those groups nothing
    Timestamp next{};
    Milliseconds pause{0};
    bool moving{false};
    bool pressed{false};
    CallLedger::Totals calls;
    std::int64_t models{0};
    std::int64_t written{0};  ///< rows, by the last cycle
    std::vector<registry::OperationProblem> problems;
};

/// Name of the stage that an operation has for it.
std::string stage_of(const IndexScope& scope);

/// Keeps all imported models up to date: one loop per account and region, whose state lives in memory, since everything that counts is in the index and in the
/// registry. Snapshots that come in have the origin `sync`. Thread-safe.
class Syncer {
public:
    /// @param pool runs the cycles, one per account and region; it must outlive the syncer. @param random in [0, 1), spreads the cycles.
    Syncer(registry::Registry& registry, SageMakerService& accounts, SyncPace pace, WorkerPool& pool, std::function<double()> random);
    ~Syncer();

    /// Begins the cycles whose time has come. A background task. Does not wait for AWS.
    Result<void> advance();
    /// Stores an operation that ends when every account and region in which `who` has models was looked at to the end, once. Call advance() after the commit.
    /// @return `forbidden`; `failed_precondition`/`NOTHING_TO_SYNC`.
    Result<registry::Operation> request(store::Unit& unit, const identity::Principal& who);
    /// Of all accounts and regions in which `who` has models.
    Result<std::vector<SyncState>> states(store::Session& sql, const identity::Principal& who);

    /// Gives up calls under way.
    void halt();
    /// halt(), and waits until no cycle is under way.
    void stop();
    /// Waits until no cycle is under way.
    void wait_idle();

private:
    /// Where models are, and of which groups.
    using Places = std::map<IndexScope, std::set<std::string>>;
    struct Group {
        SyncPart last;
        std::optional<Timestamp> succeeded;
    };
    struct Account {
        SyncState state;  ///< without what is a group's own
        std::map<std::string, Group> groups;
        SyncMemory memory;
        std::optional<Timestamp> reconciled;
    };
    /// What one cycle came to.
    struct Cycle {
        std::map<std::string, SyncPart> parts;           ///< by group
        std::vector<registry::OperationProblem> of_all;  ///< that stopped it before it came to any group
        SyncVerdict verdict;
        CallLedger::Totals calls;
        bool looked{false};  ///< with one credential at least
        bool failed{false};

        /// Those that people of `groups` may know of.
        std::vector<registry::OperationProblem> problems(const std::set<std::string>& groups) const;
    };
    struct Waiting {
        std::set<IndexScope> left;
        std::set<std::string> groups;  ///< whose models were asked for; after a restart the operation's alone
        Timestamp since{};
    };

    Result<Places> places(store::Session& sql, const store::Scope& whose);
    Result<void> adopt_requests();
    /// Wishes of before wait for no account and region that is not among `all`, those with models, as they were read then.
    Result<void> end_vacant(const Places& all, Timestamp before);
    static void end(registry::Operation& operation, registry::OperationState state, Timestamp now);
    void work(const IndexScope& scope);
    /// cycle() that always comes to something: what broke is a problem of it.
    Cycle guarded(const IndexScope& scope, SyncMemory& memory, bool reconcile);
    static SyncState seen_by(const std::set<std::string>& groups, const Account& account);
    /// Remembers what a cycle came to. The lock is held.
    void note(Account& account, const Cycle& cycle, SyncMemory memory, bool reconcile);
    /// One credential's part of a cycle.
    Result<void> look(const IndexScope& scope, const SageMakerService::Reach& reach, const std::vector<SyncTarget>& targets, SyncMemory& memory, bool reconcile,
                      Cycle& out);
    /// Tells in the operation, which all of its group may read, of that group's problems alone.
    static void put_into(registry::Operation& operation, const std::string& stage, const Cycle& cycle, const std::set<std::string>& groups);
    Result<Cycle> cycle(const IndexScope& scope, SyncMemory& memory, bool reconcile);
    void wish_again(const std::string& id, const Waiting& before);
    Result<void> tell_waiting(const IndexScope& scope, Timestamp started, const Cycle& cycle);

    registry::Registry& registry_;
    SageMakerService& accounts_;
    const SyncPace pace_;
    WorkerPool& pool_;
    std::function<double()> random_;

    std::mutex mutex_;
    std::condition_variable idle_;
    std::map<IndexScope, Account> known_;
    std::map<std::string, Waiting> waiting_;  ///< by operation
    std::set<Progress*> live_;                ///< of cycles that call AWS
    std::size_t running_{0};
    bool adopted_{false};
    std::atomic<bool> stopping_{false};
};

}  // namespace slipway::sagemaker
