#include "base/log.hpp"
#include "spark/job_runner.hpp"

/// The part of JobRunner that stops what runs on the cluster.
namespace slipway::spark {

/// Told again in a moment, as long as it lives. What the cluster refuses is said once, and the job is followed all the same.
void JobRunner::kill(LiveJob& job) const {
    const auto killed = ports_.cluster.kill({.tag = job.record.tag, .id = job.record.application_id});
    if (killed || std::exchange(job.said_refusal, true)) {
        return;
    }
    const auto& error = killed.error();
    log::warn("kill_failed", {{"jobId", job.record.job_id}, {"code", error.reason}, {"message", error.message}});
    note(job, job.record, {fmt::format("The cluster was asked to stop the run and did not: {} It is asked again until it does.", error.message)});
}

}  // namespace slipway::spark
