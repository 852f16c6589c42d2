#include "identity/session_turns.hpp"

#include "base/worker_pool.hpp"

namespace slipway::identity {

/// Called with the lock. @param counts 1 for a thread of the server.
SessionTurns::Turn SessionTurns::begin(const std::string& session, int counts) {
    under_way_.insert(session);
    asking_ += counts;
    return {this, [session, counts](SessionTurns* turns) {
                const std::lock_guard lock{turns->mutex_};
                turns->under_way_.erase(session);
                turns->asking_ -= counts;
                turns->changed_.notify_all();
            }};
}

SessionTurns::Turn SessionTurns::take(const std::string& session, bool late) {
    std::unique_lock lock{mutex_};
    return late && under_way_.contains(session) ? wait_for(session, lock) : is_free(session) ? begin(session, 1) : nullptr;
}

SessionTurns::Turn SessionTurns::wait(const std::string& session) {
    std::unique_lock lock{mutex_};
    return wait_for(session, lock);
}

SessionTurns::Turn SessionTurns::take_aside(const std::string& session) {
    const std::lock_guard lock{mutex_};
    return under_way_.contains(session) ? nullptr : begin(session, 0);
}

SessionTurns::Turn SessionTurns::wait_for(const std::string& session, std::unique_lock<std::mutex>& lock) {
    if (!is_free(session)) {
        if (waiting_ >= kWaiting) {
            return nullptr;
        }
        const WorkerPool::Waiting others_run;
        ++waiting_;
        const bool free = changed_.wait_for(lock, kLongestWait, [&] { return is_free(session); });
        --waiting_;
        if (!free) {
            return nullptr;
        }
    }
    return begin(session, 1);
}

}  // namespace slipway::identity
