#include "adapters/db/commit_group.hpp"

namespace slipway::db {

namespace {
constexpr std::chrono::milliseconds kLongest{2};
}

void CommitGroup::take_turn() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    turn_.wait(lock, [&] { return !taken_; });
    --waiting_;
    taken_ = true;
}

void CommitGroup::give_turn() {
    {
        const std::lock_guard lock{mutex_};
        taken_ = false;
    }
    turn_.notify_one();
}

bool CommitGroup::must_end(const Group& group) const {
    return waiting_ == 0 || group.size >= most_ || std::chrono::steady_clock::now() - group.started >= kLongest;
}

Result<void> CommitGroup::write(const std::function<Outcome()>& work) {
    take_turn();
    if (!open_) {
        if (auto begun = engine_.begin(); !begun) {
            give_turn();
            return begun;
        }
        open_ = std::make_shared<Group>();
        open_->started = std::chrono::steady_clock::now();
    }
    const auto group = open_;
    const auto outcome = work();
    ++group->size;
    group->kept += outcome.result ? 1U : 0U;

    std::unique_lock lock{mutex_};
    if (outcome.group_lost || must_end(*group)) {
        lock.unlock();
        end(group, outcome);
        give_turn();
        lock.lock();
    } else {
        taken_ = false;
        turn_.notify_one();
        group->ended.wait(lock, [&] { return group->done; });
    }
    // A refusal may rest on what other members wrote: when that is not stored, it means nothing.
    return group->failure ? Result<void>{std::unexpected(*group->failure)} : outcome.result;
}

void CommitGroup::end(const std::shared_ptr<Group>& group, const Outcome& last) {
    Result<void> committed;
    if (last.group_lost) {
        engine_.roll_back();
        committed = std::unexpected(last.result.error());
    } else if (group->kept == 0) {
        engine_.roll_back();
    } else {
        committed = engine_.commit();
    }
    open_.reset();
    {
        const std::lock_guard lock{mutex_};
        group->done = true;
        if (!committed) {
            group->failure = committed.error();
        }
    }
    group->ended.notify_all();
    engine_.after();
}

Result<void> CommitGroup::alone(const std::function<Result<void>()>& work) {
    take_turn();
    SW_ASSERT(!open_, "alone() is for groups of one");
    auto result = work();
    give_turn();
    return result;
}

}  // namespace slipway::db
