#include <array>

#include "spark/job_monitor.hpp"

/// What JobMonitor tells of its jobs, for health and metrics.
namespace slipway::spark {
namespace {

constexpr std::array<std::string_view, 10> kPhaseNames{"CLAIMING", "PREPARING", "READY",      "LAUNCHING",  "SUBMITTED",
                                                       "ACCEPTED", "RUNNING",   "CANCELLING", "COLLECTING", "FINISHING"};

/// Of a job that a worker has: what it was before.
JobPhase known_phase(const LiveJob& job) {
    return job.busy ? job.given_phase : job.record.phase;
}

}  // namespace

std::size_t JobMonitor::in_flight() const {
    const std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(std::ranges::count_if(jobs_, [](const auto& entry) { return may_be_running(known_phase(*entry.second)); }));
}

bool JobMonitor::wants_glances() const {
    const std::lock_guard lock{mutex_};
    return busy_ > 0 || std::ranges::any_of(jobs_, [&](const auto& entry) {
               const auto& job = *entry.second;
               return job.decision || job.wants_work || !may_be_running(job.record.phase) || (job.record.phase == JobPhase::LAUNCHING && !job.launched) ||
                      has_process(job);
           });
}

std::map<std::string, std::size_t> JobMonitor::by_phase() const {
    const std::lock_guard lock{mutex_};
    std::map<JobPhase, std::size_t> counted;
    for (const auto& [id, job] : jobs_) {
        counted[known_phase(*job)] += 1;
    }
    std::map<std::string, std::size_t> out;
    for (const auto& [phase, count] : counted) {
        out.emplace(json::enum_name(phase), count);
    }
    return out;
}

void JobMonitor::count() {
    const auto phases = by_phase();
    for (const auto& phase : kPhaseNames) {
        const auto found = phases.find(std::string{phase});
        metrics_.gauge("spark_jobs", {{"state", std::string{phase}}}, found == phases.end() ? 0.0 : static_cast<double>(found->second));
    }
}

/// `spark_submit_seconds`: from the moment at which a job was seen to its first launch, all waiting included.
void JobMonitor::measure(const LiveJob& job, bool launched_before) {
    if (job.launched && !launched_before && job.seen && job.record.attempt == 1) {
        metrics_.seconds("spark_submit_seconds", {}, std::chrono::duration<double>(ports_.clock.steady() - *job.seen).count());
    }
    if (job.record.phase == JobPhase::DONE) {
        metrics_.count("spark_jobs_ended_total", {{"status", std::string{json::enum_name(job.record.outcome)}}});
    }
}

}  // namespace slipway::spark
