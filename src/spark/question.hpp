#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "spark/guarded.hpp"

namespace slipway::spark {

/// A question to a peer that may hang: it is asked on a thread of its own, one at a time, and nobody waits for it longer than he likes. For one asker.
/// @tparam Answer a Result, since what throws is answered as an error.
template <typename Answer>
class Question {
public:
    explicit Question(std::string name) : pool_{std::move(name), 1, 1} {}

    /// Asks, unless the question before is still under way. @return nothing while the answer is awaited. One that came late counts in the call that finds it.
    std::optional<Answer> ask(std::function<Answer()> question, Milliseconds patience = Milliseconds{1'000}) {
        std::unique_lock lock{mutex_};
        if (!under_way_ && !answer_) {
            under_way_ = pool_.post([this, question = std::move(question)] {
                auto answer = guarded(question);
                const std::lock_guard held{mutex_};
                answer_.emplace(std::move(answer));
                under_way_ = false;
                answered_.notify_all();
            });
        }
        answered_.wait_for(lock, patience, [&] { return answer_.has_value() || !under_way_; });
        return std::exchange(answer_, std::nullopt);
    }
    /// Nothing is asked any more.
    void close() { pool_.close(); }

private:
    std::mutex mutex_;
    std::condition_variable answered_;
    bool under_way_{false};
    std::optional<Answer> answer_;
    WorkerPool pool_;  ///< behind what it touches
};

}  // namespace slipway::spark
