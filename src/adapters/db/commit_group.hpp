#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.hpp"

namespace slipway::db {

/// Lets one thread after another write on one connection, and commits for all that were waiting with one fsync.
///
/// Each writer does its own work on its own thread while it holds the turn. The last of those that wait (or the 64th, or the first
/// after 2 ms) commits; the others sleep until then. A writer that finds nobody waiting commits at once. Thread-safe.
class CommitGroup {
public:
    struct Engine {
        std::function<Result<void>()> begin;
        /// Ends the transaction durably; its error is the answer to every member.
        std::function<Result<void>()> commit;
        std::function<void()> roll_back;
        /// Runs after the members were woken, still before the next group (checkpoints).
        std::function<void()> after;
    };
    /// What became of one member's work.
    struct Outcome {
        Result<void> result;     ///< its own answer; an error means that its changes were undone
        bool group_lost{false};  ///< the whole transaction is gone
    };

    CommitGroup(Engine engine, std::size_t most) : engine_{std::move(engine)}, most_{most} {}

    /// Runs `work` on its turn. @return the error of the commit, else its own; also a refusal is told only after the commit, since it may rest
    /// on what others of the group wrote.
    Result<void> write(const std::function<Outcome()>& work);

    /// Runs `work` on its turn, outside of any transaction. Only where `most` is 1.
    Result<void> alone(const std::function<Result<void>()>& work);

private:
    struct Group {
        std::chrono::steady_clock::time_point started;
        std::size_t size{0};
        std::size_t kept{0};  ///< members whose work is to be committed
        bool done{false};
        std::optional<Error> failure;
        std::condition_variable ended;
    };
    void take_turn();
    void give_turn();
    bool must_end(const Group& group) const;
    void end(const std::shared_ptr<Group>& group, const Outcome& last);

    Engine engine_;
    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable turn_;
    std::size_t waiting_{0};
    bool taken_{false};
    std::shared_ptr<Group> open_;  ///< touched by the holder of the turn alone
};

}  // namespace slipway::db
