#include <array>

#include "spark/job_monitor.hpp"

/// What JobMonitor tells of its jobs, for health and metrics.
namespace slipway::spark {
namespace {

constexpr std::array<std::string_view, 10> kPhaseNames{"CLAIMING", "PREPARING", "READY",      "LAUNCHING",  "SUBMITTED",
                                                       "ACCEPTED", "RUNNING",   "CANCELLING", "COLLECTING", "FINISHING"};

}  // namespace

std::size_t JobMonitor::in_flight() const {
    const std::lock_guard lock{mutex_};
    return jobs_.in_flight();
}

bool JobMonitor::wants_glances() const {
    const std::lock_guard lock{mutex_};
    return busy_ > 0 || jobs_.is_restless();
}

std::map<std::string, std::size_t> JobMonitor::by_phase() const {
    const std::lock_guard lock{mutex_};
    std::map<std::string, std::size_t> out;
    for (const auto& [phase, count] : jobs_.by_phase()) {
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
