#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_monitor.hpp"

/// The part of JobMonitor that goes through what runs, once a cycle.
namespace slipway::spark {
namespace {

constexpr Milliseconds kRelaunchPause{1'000};
constexpr Milliseconds kStopPeriod{5'000};
constexpr int kTailsAtOnce = 8;  ///< logs on the cluster that one cycle asks for, however many jobs run

bool has_effects(const Decision& decision) {
    return decision.stop_process || decision.kill_application || decision.collect || !decision.messages.empty();
}

}  // namespace

/// One or two requests for all jobs; nothing at all while none runs.
void JobMonitor::look_at_runs(bool ask_cluster) {
    std::vector<std::shared_ptr<LiveJob>> running;
    Timestamp oldest = ports_.clock.now();
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_) {
            if (!job->busy && may_be_running(job->record.phase) && (job->launched || job->record.phase != JobPhase::LAUNCHING) &&
                (ask_cluster || has_process(*job))) {
                running.push_back(job);
                oldest = std::min(oldest, from_epoch_ms(job->record.launched_ms));
            }
        }
    }
    if (running.empty()) {
        return;
    }
    tails_ = 0;
    const auto reports = ask_cluster ? ask(oldest) : Reports{};
    for (const auto& job : running) {
        if (is_quiet(*job, reports)) {
            tail(*job);
        } else {
            judge(*job, reports, ask_cluster);
        }
    }
}

JobMonitor::Reports JobMonitor::ask(Timestamp oldest) {
    Reports reports;
    // What an answer that came late does not show yet is asked for by itself.
    auto asked = reports_.ask([this, oldest] { return ports_.cluster.report(settings_.host.service_tag, oldest); });
    if (!asked) {
        return reports;  // a cluster that hangs: what runs on this host is followed all the same
    }
    auto& answer = *asked;
    if (!answer) {
        log::warn("cluster_silent", {{"code", answer.error().reason}, {"message", answer.error().message}});
        return reports;
    }
    reports.answered = true;
    reports.all = std::move(*answer);
    for (const auto& report : reports.all) {  // the last of two that are alike counts
        reports.by_id[report.id] = &report;
        if (!report.tag.empty()) {
            reports.by_tag[report.tag] = &report;
        }
    }
    return reports;
}

bool JobMonitor::is_quiet(const LiveJob& job, const Reports& reports) const {
    if (ports_.cluster.driver_is_local() || has_process(job)) {
        return false;
    }
    const auto found = reports.by_id.find(job.record.application_id);
    return found != reports.by_id.end() && changes_nothing(job.record, *found->second, ports_.clock.now());
}

void JobMonitor::judge(LiveJob& job, const Reports& reports, bool full) {
    auto seen = observe(job, reports, full);
    const bool over = seen.process && (seen.process->phase == ProcessReport::Phase::ended || seen.process->phase == ProcessReport::Phase::lost);
    if (!full && over && ports_.cluster.manager() != "local") {
        return;  // an end is judged together with what the cluster says
    }
    auto decision = decide(job.record, seen, ports_.clock.now(), settings_.policy);
    if (job.record.phase == JobPhase::LAUNCHING && !job.record.adopted && seen.process && seen.process->phase == ProcessReport::Phase::absent) {
        job.launched = false;  // the supervisor died before it executed anything: it is started again
        job.not_before = std::max(job.not_before, ports_.clock.steady() + kRelaunchPause);
    }
    if (decision.next == job.record && decision.messages.empty() && !decision.collect && ports_.clock.steady() < job.next_stop) {
        decision.stop_process = decision.kill_application = false;  // it was told: the supervisor sees to the rest
    }
    if (decision.stop_process || decision.kill_application) {
        job.next_stop = ports_.clock.steady() + kStopPeriod;
    }
    if (has_effects(decision) || decision.next != job.record) {
        job.decision = std::make_unique<Decision>(std::move(decision));
    } else if (ports_.cluster.driver_is_local()) {
        job.wants_work = job.wants_work || log_has_grown(job.record, folder_of(job.record));
    } else {
        tail(job);
    }
}

/// Logs on the cluster are asked for in turns.
void JobMonitor::tail(LiveJob& job) {
    if (job.record.phase == JobPhase::RUNNING && ports_.clock.steady() >= job.next_tail && tails_ < kTailsAtOnce) {
        tails_ += 1;
        job.wants_work = true;
    }
}

}  // namespace slipway::spark
