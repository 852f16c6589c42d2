#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "base/error.hpp"
#include "base/parker.hpp"

namespace slipway::db {

/// Lets one after another write on one connection, and commits for all that were waiting with one fsync.
///
/// One of the writers leads: it begins, runs the work of those that wait (at most 64, for at most 2 ms or as long as the last commit took) on its
/// own thread, since passing the turn from thread to thread would cost more than the work, commits, passes the lead on and wakes them.
/// A writer that finds nobody waiting commits at once. Works run without a way to undo them one by one, which is cheaper; when one is refused after
/// it has changed something, the whole group is undone and run once more, each work undoable. Thread-safe.
class CommitGroup {
public:
    struct Engine {
        /// Runs ahead of each group (checkpoints): who was answered does not wait for it.
        std::function<void()> prepare;
        std::function<Result<void>()> begin;
        /// Ends the transaction durably; its error is the answer to every member.
        std::function<Result<void>()> commit;
        std::function<void()> roll_back;
    };
    /// What became of one member's work.
    struct Outcome {
        enum class Left {
            clean,   ///< an error of its own means that it has changed nothing, or that its changes were undone
            spoilt,  ///< it was refused, and half of its changes are in the transaction
            lost     ///< the whole transaction is gone
        };
        Result<void> result;  ///< its own answer
        Left left{Left::clean};
    };
    /// What a member does on its turn, maybe more than once.
    /// @param undoable that its changes must not outlive its refusal: `spoilt` is no outcome then.
    using MemberWork = std::function<Outcome(bool undoable)>;

    CommitGroup(Engine engine, std::size_t most) : engine_{std::move(engine)}, most_{most} {}

    /// Runs `work` on its turn, maybe on another writer's thread. @return the error of the commit, else its own; also a refusal is told only after
    /// the commit, since it may rest on what others of the group wrote.
    Result<void> write(const MemberWork& work);

    /// Runs `work` on its turn, outside of any transaction. Only where `most` is 1.
    Result<void> alone(const std::function<Result<void>()>& work);

private:
    /// A caller of write() or alone(), on its stack. Once it is woken to be answered, it may be gone.
    struct Member {
        const MemberWork* work{nullptr};
        Result<void> answer{};
        bool leads{false};
        Parker woken{};
    };
    bool becomes_leader(Member& member);
    void pass_on();
    Member* next_of_group(std::size_t size, std::chrono::steady_clock::time_point started);
    void run_group(Member& first);
    void run_members(Member& first, std::vector<Member*>& members);
    static Outcome::Left run(Member& member, bool undoable);
    bool run_again(const std::vector<Member*>& members);
    Result<void> end(const std::vector<Member*>& members, bool lost);

    Engine engine_;
    const std::size_t most_;
    std::chrono::steady_clock::duration last_commit_{0};  ///< touched by the leader alone
    std::mutex mutex_;
    bool led_{false};
    std::deque<Member*> waiting_;
};

}  // namespace slipway::db
