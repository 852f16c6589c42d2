#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"

namespace slipway::identity {

/// Bounds what a provider is asked about sessions. One question about a session at a time, however long its answer takes: a refresh token may be good once.
/// Of requests so many ask at once and so many wait for that; what all who wait for the provider come to is bounded by ProviderWaits. Thread-safe.
class SessionTurns {
public:
    static constexpr int kAsking = 6;
    static constexpr int kWaiting = 10;
    /// Questions whose answer is late, and whom nobody waits for any more: beyond that none is begun.
    static constexpr int kLate = 64;
    /// Longer than the provider is given for an answer.
    static constexpr Milliseconds kLongestWait = std::chrono::seconds{6};
    /// The right to ask, as long as it is kept; empty: none.
    using Turn = std::shared_ptr<void>;

    /// For a request that can go on without. Never waits, but for the answer about this very session where it comes `late`.
    Turn take(const std::string& session, bool late);
    /// For a request that cannot go on without; at once empty when enough others wait.
    Turn wait(const std::string& session);
    /// The question about this session is late: whoever waits for it goes on, and so does whoever would ask about others. It remains the one about its session.
    void now_late(const std::string& session);
    /// Whether such a question is under way.
    bool is_late(const std::string& session);
    /// For a thread that is none of the server's, whose number is bounded elsewhere. Never waits.
    Turn take_aside(const std::string& session);

private:
    struct Question {
        int counts{0};  ///< 1 for a thread of the server
        bool late{false};
    };
    bool late(const std::string& session) const {
        const auto found = under_way_.find(session);
        return found != under_way_.end() && found->second.late;
    }
    bool is_free(const std::string& session) const { return asking_ < kAsking && late_ < kLate && !under_way_.contains(session); }
    Turn begin(const std::string& session, int counts);
    Turn wait_for(const std::string& session, std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::unordered_map<std::string, Question> under_way_;
    int asking_{0};  ///< threads of the server that wait for an answer
    int late_{0};
    int waiting_{0};
};

}  // namespace slipway::identity
