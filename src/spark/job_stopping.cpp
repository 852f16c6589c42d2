#include "base/log.hpp"
#include "spark/job_runner.hpp"

/// The part of JobRunner that stops what runs on the cluster.
namespace slipway::spark {

namespace {
constexpr const char* kFull = "STORAGE_FULL";
}  // namespace

/// An end that model-manage knows to be asked for, or that follows from the job's own times, is found again after a crash that the journal knows nothing of.
/// So is one that the result of its function outlives: where no cluster has a word of its own.
bool JobRunner::is_found_again(const JobRecord& record) const {
    return record.stop == StopReason::CANCEL || record.stop == StopReason::TIMEOUT ||
           (record.stop == StopReason::KEEPALIVE && ports_.cluster.manager() == "local");
}

/// The decision into the journal, before its effects. Only what fills the disk itself is stopped first, where the journal has no room for it: it is written
/// down once there is some.
Result<void> JobRunner::write(LiveJob& job, const Decision& decision) {
    auto next = decision.next;
    begin_batch(next, decision.messages.size());
    auto saved = save(job, next, decision.messages);
    if (saved || saved.error().reason != kFull || !(decision.stop_process || decision.kill_application) || !is_found_again(next)) {
        return saved;
    }
    if (!job.has_notes) {
        log::warn("stopped_unwritten", {{"jobId", job.record.job_id}, {"code", saved.error().reason}, {"message", saved.error().message}});
    }
    note(job, std::move(next), decision.messages);
    return {};
}

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
