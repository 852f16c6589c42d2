#include "identity/session_turns.hpp"

#include "base/worker_pool.hpp"

namespace slipway::identity {

/// Called with the lock.
SessionTurns::Turn SessionTurns::begin(const std::string& session, int counts) {
    under_way_.emplace(session, Question{.counts = counts});
    asking_ += counts;
    return {this, [session](SessionTurns* turns) {
                const std::lock_guard lock{turns->mutex_};
                const auto found = turns->under_way_.find(session);
                (found->second.late ? turns->late_ : turns->asking_) -= found->second.late ? 1 : found->second.counts;
                turns->under_way_.erase(found);
                turns->changed_.notify_all();
            }};
}

SessionTurns::Turn SessionTurns::take(const std::string& session, bool late) {
    std::unique_lock lock{mutex_};
    return late && under_way_.contains(session) && !this->late(session) ? wait_for(session, lock) : is_free(session) ? begin(session, 1) : nullptr;
}

SessionTurns::Turn SessionTurns::wait(const std::string& session) {
    std::unique_lock lock{mutex_};
    return wait_for(session, lock);
}

SessionTurns::Turn SessionTurns::take_aside(const std::string& session) {
    const std::lock_guard lock{mutex_};
    return under_way_.contains(session) || late_ >= kLate ? nullptr : begin(session, 0);
}

void SessionTurns::now_late(const std::string& session) {
    const std::lock_guard lock{mutex_};
    const auto found = under_way_.find(session);
    if (found == under_way_.end() || found->second.late) {
        return;
    }
    found->second.late = true;
    asking_ -= found->second.counts;
    ++late_;
    changed_.notify_all();
}

bool SessionTurns::is_late(const std::string& session) {
    const std::lock_guard lock{mutex_};
    return late(session);
}

SessionTurns::Turn SessionTurns::wait_for(const std::string& session, std::unique_lock<std::mutex>& lock) {
    if (!is_free(session)) {
        if (waiting_ >= kWaiting || late_ >= kLate || late(session)) {
            return nullptr;
        }
        const WorkerPool::Waiting others_run;
        ++waiting_;
        const bool free = changed_.wait_for(lock, kLongestWait, [&] { return is_free(session) || late(session); });
        --waiting_;
        if (!free || late(session)) {
            return nullptr;
        }
    }
    return begin(session, 1);
}

}  // namespace slipway::identity
