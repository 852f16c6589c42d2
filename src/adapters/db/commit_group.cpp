#include "adapters/db/commit_group.hpp"

#include <algorithm>

#include "base/worker_pool.hpp"

namespace slipway::db {

namespace {

using std::chrono::steady_clock;
/// How long a group takes members in. Where syncing is slow, more of them share one.
constexpr std::chrono::milliseconds kShortest{2};
constexpr std::chrono::milliseconds kLongest{20};

}  // namespace

/// Waits until `member` is to lead, or was served by another leader.
bool CommitGroup::becomes_leader(Member& member) {
    {
        const std::lock_guard lock{mutex_};
        if (!led_) {
            led_ = true;
            return true;
        }
        waiting_.push_back(&member);
    }
    const WorkerPool::Waiting waiting;
    member.woken.park();
    return member.leads;
}

void CommitGroup::pass_on() {
    Member* next = nullptr;
    {
        const std::lock_guard lock{mutex_};
        led_ = !waiting_.empty();
        if (!led_) {
            return;
        }
        next = waiting_.front();
        waiting_.pop_front();
    }
    next->leads = true;
    next->woken.unpark();
}

Result<void> CommitGroup::write(const MemberWork& work) {
    Member member{.work = &work};
    if (becomes_leader(member)) {
        run_group(member);
    }
    return std::move(member.answer);
}

Result<void> CommitGroup::alone(const std::function<Result<void>()>& work) {
    SW_ASSERT(most_ == 1, "alone() is for groups of one");
    Member member;
    becomes_leader(member);
    auto result = work();
    pass_on();
    return result;
}

CommitGroup::Member* CommitGroup::next_of_group(std::size_t size, steady_clock::time_point started) {
    if (size >= most_ || steady_clock::now() - started >= std::clamp<steady_clock::duration>(last_commit_, kShortest, kLongest)) {
        return nullptr;
    }
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) {
        return nullptr;
    }
    auto* next = waiting_.front();
    waiting_.pop_front();
    return next;
}

/// Runs the work of `first` and of those that come meanwhile, and ends the transaction. Each of `members` has its answer then.
void CommitGroup::run_members(Member& first, std::vector<Member*>& members) {
    const auto started = steady_clock::now();
    bool undoable = false;
    bool lost = false;
    for (auto* member = &first; member != nullptr; member = lost ? nullptr : next_of_group(members.size(), started)) {
        members.push_back(member);
        const auto left = run(*member, undoable);
        lost = left == Outcome::Left::lost;
        if (left == Outcome::Left::spoilt) {
            undoable = true;
            lost = !run_again(members);
        }
    }
    const auto ended = end(members, lost);
    if (!ended) {
        // A refusal may rest on what other members wrote: when that is not stored, it means nothing.
        for (auto* member : members) {
            member->answer = ended;
        }
    }
}

CommitGroup::Outcome::Left CommitGroup::run(Member& member, bool undoable) {
    auto outcome = (*member.work)(undoable);
    member.answer = std::move(outcome.result);
    SW_ASSERT(!undoable || outcome.left != Outcome::Left::spoilt, "an undoable work has spoilt its group");
    return outcome.left;
}

/// Undoes what the group has done so far and runs all of its members again, undoable. @return whether the transaction lives; else the last answer says why not.
bool CommitGroup::run_again(const std::vector<Member*>& members) {
    engine_.roll_back();
    if (auto begun = engine_.begin(); !begun) {
        members.back()->answer = std::move(begun);
        return false;
    }
    for (auto* member : members) {
        if (run(*member, true) == Outcome::Left::lost) {
            members.back()->answer = member->answer;
            return false;
        }
    }
    return true;
}

void CommitGroup::run_group(Member& first) {
    engine_.prepare();
    std::vector<Member*> members;
    if (auto begun = engine_.begin(); begun) {
        run_members(first, members);
    } else {
        first.answer = std::move(begun);
    }
    pass_on();  // first of all: the next group need not wait until everybody of this one was woken
    for (auto* member : members) {
        if (member != &first) {
            member->woken.unpark();
        }
    }
}

Result<void> CommitGroup::end(const std::vector<Member*>& members, bool lost) {
    if (!lost && std::ranges::any_of(members, [](const auto* member) { return member->answer.has_value(); })) {
        const WorkerPool::Waiting waiting;
        const auto started = steady_clock::now();
        auto committed = engine_.commit();
        last_commit_ = steady_clock::now() - started;
        return committed;
    }
    engine_.roll_back();
    return lost ? members.back()->answer : Result<void>{};
}

}  // namespace slipway::db
