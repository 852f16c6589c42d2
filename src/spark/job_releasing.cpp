#include <algorithm>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "spark/guarded.hpp"
#include "spark/job_monitor.hpp"

/// The part of JobMonitor that gives back what this runtime will not do.
namespace slipway::spark {
namespace {

constexpr std::size_t kReleasedAtOnce = 8;
constexpr Milliseconds kReleasing = std::chrono::seconds{5};  ///< of the ten that a clean stop has

}  // namespace

bool JobMonitor::may_be_released(const LiveJob& job) const {
    const auto& record = job.record;
    const bool unlaunched = (record.phase == JobPhase::PREPARING || record.phase == JobPhase::READY) && record.attempt == 0;
    return unlaunched && job.confirmed && !job.busy && !job.stays && !record.taken && !record.cancel_requested;
}

/// The first shows whether model-manage is there; then several at once, as far as a stop has time. What is left is in the journal, and ours at the next start.
void JobMonitor::release_unlaunched() {
    std::vector<Job> jobs;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_.all()) {
            if (may_be_released(*job)) {
                jobs.push_back(job);
            }
        }
    }
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> released{0};
    std::atomic<bool> away{false};
    const auto until = ports_.clock.steady() + kReleasing;
    const auto one = [&] {
        const auto at = next++;
        if (at >= jobs.size() || away || ports_.clock.steady() >= until) {
            return false;
        }
        released += try_release(jobs[at], until, away) ? 1 : 0;
        return true;
    };
    if (one()) {
        std::vector<std::jthread> several(std::min(kReleasedAtOnce, jobs.size() - 1));
        for (auto& thread : several) {
            thread = std::jthread{[&] {
                while (one()) {
                }
            }};
        }
    }
    if (released > 0) {
        log::info("jobs_released", {{"jobs", released.load()}});
    }
    if (away || next < jobs.size()) {
        log::warn("jobs_kept", {{"jobs", jobs.size() - released},
                                {"message", away ? "model-manage does not answer: they wait for this runtime."
                                                 : "There was no time to give them back: they wait for this runtime."}});
    }
}

/// @return true when it was given back. @param until so long model-manage has for its answer. @param away set where it does not answer.
bool JobMonitor::try_release(const Job& job, Steady until, std::atomic<bool>& away) {
    {
        const std::lock_guard lock{mutex_};
        if (!may_be_released(*job)) {
            return false;  // a worker has it by now
        }
        job->busy = true;
        ++busy_;
        jobs_.settle(job);
    }
    const auto id = job->standing.id;
    const log::RequestScope scope{id};
    const auto done = guarded([&] { return release(job, until); });
    settle_worked(id, job, {});
    if (!done && (done.error().code == ErrorCode::unavailable || done.error().code == ErrorCode::timeout)) {
        away = true;
    }
    return done.has_value();
}

/// By the one who made it busy. model-manage knows best whether something of it was launched.
Result<void> JobMonitor::release(const Job& job, Steady until) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - ports_.clock.steady());
    const auto given = ports_.registry.release(job->record.job_id, std::max(left, Milliseconds{1}));
    if (!given && given.error().code != ErrorCode::not_found) {
        job->stays = given.error().code == ErrorCode::conflict || given.error().code == ErrorCode::forbidden;
        return given;
    }
    job->dropped = true;
    runner_.discard(*job);
    forget(job->record.job_id);
    return {};
}

}  // namespace slipway::spark
