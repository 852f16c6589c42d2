#include "adapters/db/commit_group.hpp"

namespace slipway::db {

namespace {
constexpr std::chrono::milliseconds kLongest{2};
}

/// Waits until `member` is to lead, or was served by another leader.
bool CommitGroup::becomes_leader(Member& member) {
    std::unique_lock lock{mutex_};
    if (!led_) {
        led_ = true;
        return true;
    }
    waiting_.push_back(&member);
    member.woken.wait(lock, [&] { return member.leads || member.done; });
    return member.leads;
}

void CommitGroup::pass_on() {
    const std::lock_guard lock{mutex_};
    led_ = !waiting_.empty();
    if (led_) {
        auto* next = waiting_.front();
        waiting_.pop_front();
        next->leads = true;
        next->woken.notify_one();
    }
}

Result<void> CommitGroup::write(const std::function<Outcome()>& work) {
    Member member{.work = &work};
    if (becomes_leader(member)) {
        run_group(member);
        pass_on();
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

CommitGroup::Member* CommitGroup::next_of_group(std::size_t size, std::chrono::steady_clock::time_point started) {
    if (size >= most_ || std::chrono::steady_clock::now() - started >= kLongest) {
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

void CommitGroup::run_group(Member& first) {
    const auto started = std::chrono::steady_clock::now();
    if (auto begun = engine_.begin(); !begun) {
        first.answer = std::move(begun);
        return;
    }
    std::vector<Member*> members;
    std::size_t kept = 0;
    const Error* lost = nullptr;
    for (auto* member = &first; member != nullptr; member = lost == nullptr ? next_of_group(members.size(), started) : nullptr) {
        auto outcome = (*member->work)();
        members.push_back(member);
        member->answer = std::move(outcome.result);
        kept += member->answer ? 1U : 0U;
        lost = outcome.group_lost ? &member->answer.error() : nullptr;
    }
    answer(members, end(kept, lost));
    engine_.after();
}

Result<void> CommitGroup::end(std::size_t kept, const Error* lost) {
    if (lost == nullptr && kept > 0) {
        return engine_.commit();
    }
    engine_.roll_back();
    return lost == nullptr ? Result<void>{} : std::unexpected(*lost);
}

void CommitGroup::answer(std::span<Member* const> members, const Result<void>& committed) {
    const std::lock_guard lock{mutex_};  // until the end: a member that wakes takes its place on the stack with it
    for (auto* member : members) {
        // A refusal may rest on what other members wrote: when that is not stored, it means nothing.
        if (!committed) {
            member->answer = committed;
        }
        member->done = true;
        member->woken.notify_one();
    }
}

}  // namespace slipway::db
