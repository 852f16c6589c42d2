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
    std::vector<Job> found;
    std::optional<Timestamp> oldest;
    {
        const std::lock_guard lock{mutex_};
        found.assign(jobs_.processes().begin(), jobs_.processes().end());
        if (ask_cluster && jobs_.in_flight() > 0) {
            oldest = std::min(ports_.clock.now(), from_epoch_ms(jobs_.oldest_launch()));
        }
    }
    Reports reports;
    if (ask_cluster) {
        take_returns();
        reports = oldest ? ask(*oldest) : Reports{};
        found = oldest ? sort_out(reports) : std::vector<Job>{};
    }
    visits_ += found.size();
    const auto follow = [&](const Job& job, const Observation& seen) {
        judge(*job, seen, ask_cluster);
        const std::lock_guard lock{mutex_};
        jobs_.settle(job);
    };
    std::vector<std::pair<Job, Observation>> looked_at;
    for (const auto& job : found) {
        auto seen = observe(*job, reports, ask_cluster);
        if (ask_cluster && job->look) {
            looked_at.emplace_back(job, std::move(seen));
        } else {
            follow(job, seen);
        }
    }
    await_looks();
    for (auto& [job, seen] : looked_at) {
        add_look(*job, seen, reports);
        follow(job, seen);
    }
    if (ask_cluster) {
        tail_some();
        look_for_returns();
    }
}

/// A row of an answer costs one look into an index. What is left are jobs of which the answer says something new, or nothing, and those that have more to them
/// than their application.
std::vector<JobMonitor::Job> JobMonitor::sort_out(Reports& reports) {
    const auto now = ports_.clock.now();
    ++cycle_;
    std::size_t matched = 0;
    const std::lock_guard lock{mutex_};
    for (const auto& report : reports.all) {  // the last of two that are alike counts
        const auto job = jobs_.firm_with(report.id);
        const bool quiet = job && changes_nothing(job->record, report, now);
        if (job && quiet != (job->matched == cycle_)) {
            job->matched = quiet ? cycle_ : 0;
            quiet ? ++matched : --matched;
        }
        if (!quiet) {
            reports.by_id[report.id] = &report;
            if (!report.tag.empty()) {
                reports.by_tag[report.tag] = &report;
            }
        }
    }
    std::vector<Job> found{jobs_.loose().begin(), jobs_.loose().end()};
    if (matched < jobs_.firm().size()) {
        std::ranges::copy_if(jobs_.firm(), std::back_inserter(found),
                             [&](const Job& job) { return reports.answered ? job->matched != cycle_ : is_over_time(job->record, now); });
    }
    return found;
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
    return reports;
}

void JobMonitor::judge(LiveJob& job, const Observation& seen, bool full) {
    const bool absent = seen.process && seen.process->phase == ProcessReport::Phase::absent;
    const bool over = job.process_end || (absent && (job.record.phase > JobPhase::LAUNCHING || job.record.adopted));
    if (!full && over && ports_.cluster.manager() != "local") {
        return;  // an end is judged together with what the cluster says
    }
    auto decision = decide(job.record, seen, ports_.clock.now(), settings_.policy);
    if (job.record.phase == JobPhase::LAUNCHING && !job.record.adopted && absent) {
        job.launched = false;  // the supervisor died before it executed anything: it is started again
        job.not_before = std::max(job.not_before, ports_.clock.steady() + kRelaunchPause);
    }
    if (decision.next == job.record && decision.messages.empty() && !decision.collect && ports_.clock.steady() < job.next_stop) {
        decision.stop_process = decision.kill_application = false;  // it was told: the supervisor sees to the rest
    }
    if (decision.stop_process || decision.kill_application) {
        job.not_before = {};  // whoever else is away has nothing to do with it
        job.next_stop = ports_.clock.steady() + kStopPeriod;
    }
    if (has_effects(decision) || decision.next != job.record) {
        job.decision = std::make_unique<Decision>(std::move(decision));
    } else if (ports_.cluster.driver_is_local()) {
        job.wants_work = job.wants_work || log_has_grown(job.record, folder_of(job.record));
    }
}

/// Logs on the cluster are asked for in turns, and only while nobody waits: kills and ends must not queue behind hosts that hang.
void JobMonitor::tail_some() {
    if (askers_.queued() > 0) {
        return;
    }
    const std::lock_guard lock{mutex_};
    const auto now = ports_.clock.steady();
    auto job = jobs_.next_tail(now);
    for (int asked = 0; job && asked < kTailsAtOnce; ++asked, job = jobs_.next_tail(now)) {
        job->wants_work = true;
        jobs_.settle(job);
    }
}

}  // namespace slipway::spark
