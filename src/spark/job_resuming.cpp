#include "spark/job_folder.hpp"
#include "spark/job_runner.hpp"

/// The part of JobRunner that goes on with what an earlier service has begun.
namespace slipway::spark {

using domain::JobStatus;

/// Goes on with what an earlier service has begun. @return false when the attempt is to be launched from the beginning.
Result<bool> JobRunner::take_up(LiveJob& job) {
    // What an earlier launch has written is complete, and a supervisor that it started may come to it yet: its files are not touched again, unless the host
    // was started anew since, when no supervisor is left and the files may not be whole.
    const auto again = ports_.supervisor.relaunch(folder_of(job).path(), job.record.attempt);
    const bool stale = !again && again.error().reason == "OTHER_BOOT";
    if (!again && !stale) {
        return std::unexpected(again.error());
    }
    if (again && *again) {
        job.launched = true;
        return true;
    }
    if (job.record.adopted && !ports_.cluster.driver_is_local()) {
        SW_CHECK(follow_elsewhere(job));
        return true;
    }
    if (job.record.begun && !stale) {
        SW_CHECK(end(job, JobStatus::ERROR, "The run is lost: its folder on this host was taken away while it was under way."));
        return true;
    }
    return job.record.adopted ? follow_adopted(job) : Result<bool>{false};
}

/// The journal was lost. On a cluster the tag still finds the run, or what its driver has written into the staging area.
Result<void> JobRunner::follow_elsewhere(LiveJob& job) {
    job.launched = true;
    if (!ports_.cluster.submits_over_rest() || job.record.sent_over_rest) {
        return {};
    }
    auto next = job.record;
    next.sent_over_rest = true;
    return save(job, std::move(next));
}

/// The journal was lost, and nothing on this host tells of the run.
Result<bool> JobRunner::follow_adopted(LiveJob& job) {
    job.launched = true;
    SW_CHECK(end(job, JobStatus::ERROR,
                 fmt::format("Attempt {} was recorded, but this host knows nothing of it any more. It is not launched again: a duplicate run would be worse.",
                             job.record.attempt)));
    return true;
}

}  // namespace slipway::spark
