#include "sagemaker/fan_out.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace slipway::sagemaker {
namespace {

/// What the helpers of one run share. It outlives the run for those that come too late: they find nothing to take.
class Shared {
public:
    Shared(std::size_t count, const std::function<void(std::size_t)>& work) : work_{work}, count_{count} {}

    /// All pieces that are left, on a thread of the pool.
    void help_on() {
        {
            const std::lock_guard lock{mutex_};
            ++helpers_;
        }
        while (help()) {
        }
    }

    std::size_t helpers() {
        const std::lock_guard lock{mutex_};
        return helpers_;
    }

    /// Does one piece. @return false when none is left to begin.
    bool help() {
        const auto taken = take();
        if (!taken) {
            return false;
        }
        // Given back also when the work throws: nobody may wait for it for ever.
        const Turn turn{*this, *taken};
        work_(*taken);
        return true;
    }

    /// A piece that ended and was not handed on.
    std::optional<std::size_t> ended() {
        const std::lock_guard lock{mutex_};
        if (ended_.empty()) {
            return std::nullopt;
        }
        const auto piece = ended_.front();
        ended_.pop_front();
        return piece;
    }

    /// @return false when none has ended after a while.
    bool wait() {
        constexpr auto kWhile = std::chrono::milliseconds{200};
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kWhile, [&] { return !ended_.empty(); });
    }

    /// Nothing more is begun; waits for what was.
    void close() {
        std::unique_lock lock{mutex_};
        next_ = count_;
        changed_.wait(lock, [&] { return busy_ == 0; });
    }

private:
    struct Turn {
        Turn(Shared& owner, std::size_t number) : shared{owner}, piece{number} {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { shared.end(piece); }
        Shared& shared;
        std::size_t piece;
    };

    std::optional<std::size_t> take() {
        const std::lock_guard lock{mutex_};
        if (next_ >= count_) {
            return std::nullopt;
        }
        ++busy_;
        return next_++;
    }

    void end(std::size_t piece) {
        const std::lock_guard lock{mutex_};
        ended_.push_back(piece);
        --busy_;
        changed_.notify_all();
    }

    const std::function<void(std::size_t)>& work_;  ///< of the caller: only between take() and end()
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t count_;
    std::deque<std::size_t> ended_;
    std::size_t next_{0};
    std::size_t busy_{0};
    std::size_t helpers_{0};
};

/// Closes the run however it is left.
struct Closing {
    explicit Closing(Shared& owner) : shared{owner} {}
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() { shared.close(); }
    Shared& shared;
};

}  // namespace

void FanOut::run(std::size_t count, const std::function<void(std::size_t)>& work, const std::function<bool(std::size_t)>& each,
                 const std::function<void()>& idle) {
    const auto shared = std::make_shared<Shared>(count, work);
    const Closing closing{*shared};
    const auto wanted = count > 1 ? std::min(width_ - 1, count) : 0;
    for (std::size_t posted = 0; posted < wanted && pool_.post([shared] { shared->help_on(); }); ++posted) {
    }
    for (std::size_t handed = 0; handed < count;) {
        if (const auto piece = shared->ended()) {
            ++handed;
            if (!each(*piece)) {
                return;
            }
            continue;
        }
        // With enough helpers this thread is free for handing on.
        const bool needed = wanted == 0 || shared->helpers() < wanted;
        if (!(needed && shared->help()) && !shared->wait()) {
            idle();
        }
    }
}

}  // namespace slipway::sagemaker
