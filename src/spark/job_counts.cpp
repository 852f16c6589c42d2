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
    return static_cast<std::size_t>(std::ranges::count_if(jobs_, [](const auto& entry) { return may_be_running(entry.second->record.phase); }));
}

bool JobMonitor::has_jobs() const {
    const std::lock_guard lock{mutex_};
    return !jobs_.empty();
}

std::map<std::string, std::size_t> JobMonitor::by_phase() const {
    const std::lock_guard lock{mutex_};
    std::map<std::string, std::size_t> out;
    for (const auto& [id, job] : jobs_) {
        out[std::string{json::enum_name(job->record.phase)}] += 1;
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

}  // namespace slipway::spark
