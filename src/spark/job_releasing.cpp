#include "base/log.hpp"
#include "spark/guarded.hpp"
#include "spark/job_monitor.hpp"

/// The part of JobMonitor that gives back what this runtime will not do.
namespace slipway::spark {

bool JobMonitor::may_be_released(const LiveJob& job) const {
    const auto& record = job.record;
    const bool unlaunched = (record.phase == JobPhase::PREPARING || record.phase == JobPhase::READY) && record.attempt == 0;
    return unlaunched && job.confirmed && !job.busy && !job.stays && !record.taken && !record.cancel_requested;
}

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
    std::size_t released = 0;
    for (const auto& job : jobs) {
        {
            const std::lock_guard lock{mutex_};
            if (!may_be_released(*job)) {
                continue;  // a worker has it by now
            }
            job->busy = true;
            ++busy_;
            jobs_.settle(job);
        }
        const auto id = job->standing.id;
        const log::RequestScope scope{id};
        const auto done = guarded([&] { return release(job); });
        settle_worked(id, job, {});
        released += done ? 1 : 0;
        if (!done && (done.error().code == ErrorCode::unavailable || done.error().code == ErrorCode::timeout)) {
            log::warn("jobs_kept", {{"message", done.error().message}});
            break;
        }
    }
    if (released > 0) {
        log::info("jobs_released", {{"jobs", released}});
    }
}

/// By the one who made it busy. model-manage knows best whether something of it was launched.
Result<void> JobMonitor::release(const Job& job) {
    const auto given = ports_.registry.release(job->record.job_id);
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
