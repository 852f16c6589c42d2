#include "spark/job_monitor.hpp"

#include <set>

#include "base/log.hpp"
#include "spark/guarded.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"

namespace slipway::spark {
namespace {

constexpr Milliseconds kShortestBackOff{500};
constexpr int kMostDoublings = 6;
constexpr Milliseconds kHiddenPause{300'000};
constexpr Milliseconds kRefusedPause{60'000};

}  // namespace

JobMonitor::JobMonitor(MonitorPorts ports, MonitorSettings settings, Metrics& metrics)
    : ports_{ports},
      settings_{std::move(settings)},
      metrics_{metrics},
      runner_{std::move(ports), settings_},
      jobs_{ports_.cluster},
      workers_{"jobs", settings_.workers, 256},
      askers_{"cluster", settings_.workers, 256},
      enders_{"ends", settings_.workers, 256} {}

JobMonitor::~JobMonitor() {
    stop();
}

void JobMonitor::stop() {
    stopping_ = true;
    workers_.close();
    askers_.close();
    enders_.close();
    work_.close();
    shown_.close();
    recovery_.close();
    reports_.close();
    wait_until_idle();
    write_notes();
}

void JobMonitor::wait_until_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return busy_ == 0; });
}

Result<void> JobMonitor::recover() {
    SW_TRY(auto records, ports_.journal.live());
    SW_TRY(const auto unreadable, ports_.journal.unreadable());
    for (const auto& id : unreadable) {
        log::warn("record_unreadable", {{"jobId", id}, {"message", "It is taken up as a job of which the journal was lost."}});
    }
    unreadable_.insert(unreadable.begin(), unreadable.end());
    const auto boot = boot_id();
    const std::lock_guard lock{mutex_};
    for (auto& record : records) {
        by_clock_of_now(record, ports_.clock, boot);
        auto job = std::make_shared<LiveJob>();
        job->record = std::move(record);
        job->wants_work = has_untold(job->record);
        const bool known = job->record.phase == JobPhase::RUNNING || job->record.phase == JobPhase::ACCEPTED;
        job->process_matters = ports_.cluster.driver_is_local() || !known || job->record.application_id.empty();
        const auto id = job->record.job_id;
        jobs_.add(id, std::move(job));
    }
    log::info("journal_read", {{"live", jobs_.all().size()}});
    return {};
}

/// Once model-manage has said which jobs are ours: a folder that neither it nor the journal knows is an orphan.
void JobMonitor::sweep() {
    std::set<std::string> known{unreadable_};  // what is left of these stays for a service that can read what they are
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_.all()) {
            known.insert(id);
        }
    }
    if (!end_orphans(known)) {
        return;  // until nothing of them lives, their folders are the only way to it
    }
    const auto orphans = sweep_orphans(settings_.jobs_dir, known);
    if (!orphans) {
        log::warn("orphans_left", {{"message", orphans.error().message}});
        return;
    }
    swept_ = true;
    log::info("orphans_swept", {{"deleted", *orphans}});
    const std::lock_guard lock{mutex_};
    const bool posted = workers_.post([this, known] {
        if (const auto gone = guarded([&] { return runner_.sweep_staging(known); }); !gone) {
            log::warn("staging_left", {{"url", settings_.submit.staging_url}, {"message", gone.error().message}});
        }
        const std::lock_guard held{mutex_};
        if (--busy_ == 0) {
            idle_.notify_all();
        }
    });
    busy_ += posted ? 1 : 0;
}

/// A job that was given away while the journal was lost may run here yet: two runs are worse than none. @return true when nothing of an orphan lives.
bool JobMonitor::end_orphans(const std::set<std::string>& known) {
    bool over = true;
    for (const auto& id : folders_of_jobs(settings_.jobs_dir)) {
        for (const int attempt : known.contains(id) ? std::vector<int>{} : JobFolder{settings_.jobs_dir, id}.attempts()) {
            const auto folder = JobFolder{settings_.jobs_dir, id}.path();
            const auto process = ports_.supervisor.look(folder, attempt);
            const bool ended = process && (process->phase == ProcessReport::Phase::ended || process->phase == ProcessReport::Phase::lost ||
                                           process->phase == ProcessReport::Phase::absent);
            if (ended) {
                continue;
            }
            over = false;
            if (const auto stopped = ports_.supervisor.stop(folder, attempt, false); !stopped) {
                log::warn("orphan_left", {{"jobId", id}, {"message", stopped.error().message}});
            }
        }
    }
    return over;
}

void JobMonitor::tick(bool may_claim) {
    in_a_cycle([&] {
        look_for_work(may_claim);
        look_at_runs(true);
        hand_out(may_claim);
        write_notes();
        count();
    });
}

/// What is thrown in a cycle (no memory, say) ends that cycle: the next one comes to what is left.
void JobMonitor::in_a_cycle(const std::function<void()>& work) {
    const auto done = guarded([&]() -> Result<void> {
        work();
        return {};
    });
    if (!done) {
        log::warn("cycle_failed", {{"message", done.error().message}});
    }
}

/// What the workers noted goes to the journal together, with one sync.
void JobMonitor::write_notes() {
    std::vector<Job> noted;
    {
        const std::lock_guard lock{mutex_};
        noted.assign(jobs_.noted().begin(), jobs_.noted().end());
    }
    visits_ += noted.size();
    std::vector<JournalEntry> entries;
    for (const auto& job : noted) {
        entries.push_back({.record = job->record, .messages = job->noted});
    }
    if (const auto written = ports_.journal.save(entries, ports_.clock.now()); !written) {
        log::warn("journal_behind", {{"jobs", entries.size()}, {"message", written.error().message}});
        return;
    }
    const std::lock_guard lock{mutex_};
    for (const auto& job : noted) {
        job->noted.clear();
        job->has_notes = false;
        jobs_.settle(job);
    }
}

void JobMonitor::glance(bool may_launch) {
    in_a_cycle([&] {
        look_at_runs(false);
        hand_out(may_launch);
    });
}

/// Those that have waited for a slot come before those that were seen later.
void JobMonitor::hand_out(bool may_launch) {
    const std::lock_guard lock{mutex_};
    const auto now = ports_.clock.steady();
    const auto slot = [&] { return may_launch && has_slot(); };
    for (auto job = jobs_.next_waiting(); job && slot() && !stopping_; job = jobs_.next_waiting()) {
        if (!give_away(job, true)) {
            return;
        }
    }
    for (auto job = jobs_.next_due(now); job && !stopping_; job = jobs_.next_due(now)) {
        if (!give_away(job, slot())) {
            return;
        }
    }
    explain_waiting();
}

bool JobMonitor::has_slot() const {
    return jobs_.slots() < settings_.max_submissions && (settings_.max_drivers == 0 || jobs_.drivers() < settings_.max_drivers);
}

/// Drivers may run for days: whoever waits for their end is told so, once.
void JobMonitor::explain_waiting() {
    if (settings_.max_drivers == 0 || jobs_.drivers() < settings_.max_drivers) {
        return;
    }
    for (const auto& job : std::vector<Job>{jobs_.unexplained().begin(), jobs_.unexplained().end()}) {
        runner_.say_waiting(*job, fmt::format("Waits for one of {} drivers on this host to end (spark-runtime.maxRunningDrivers).", settings_.max_drivers));
        job->wants_work = true;
        jobs_.settle(job);
    }
}

/// Launches stay with the others: whatever is done before one, and with it, is done in one go.
WorkerPool& JobMonitor::pool_for(const LiveJob& job) {
    const auto phase = job.decision ? job.decision->next.phase : job.record.phase;
    if (phase >= JobPhase::COLLECTING) {
        return enders_;
    }
    const bool kills = job.decision && job.decision->kill_application;
    const bool reads = !ports_.cluster.driver_is_local() && job.record.phase == JobPhase::RUNNING;
    return kills || reads ? askers_ : workers_;
}

/// To a worker, with the lock. @return false when there is no place in their queue: all others have to wait, too.
bool JobMonitor::give_away(const Job& job, bool slot) {
    ++visits_;
    const bool slot_before = job->standing.slot;
    const bool wanted_work = std::exchange(job->wants_work, false);
    job->given_slot = (job->record.phase <= JobPhase::READY && slot) || slot_before;
    job->busy = true;
    const auto& id = job->standing.id;
    auto& pool = pool_for(*job);
    const bool given = pool.post([this, id, job, slot] { work_on(id, job, slot); });
    const bool postponed = !given && &pool != &workers_;  // nobody else waits for a cluster
    if (given) {
        ++busy_;
    } else {
        job->busy = false;
        job->wants_work = wanted_work;
        job->not_before = postponed ? ports_.clock.steady() + kShortestBackOff : job->not_before;
    }
    jobs_.settle(job);
    return given || postponed;
}

void JobMonitor::work_on(const std::string& id, const Job& job, bool slot_free) {
    const log::RequestScope scope{id};
    const bool launched = job->launched;
    const auto done = guarded([&] { return go_on(*job, slot_free); });
    const auto left = guarded([&]() -> Result<void> {
        if (job->dropped && job->record.phase != JobPhase::CLAIMING) {  // what the journal has of a job that we do not have is an end of before
            runner_.discard(*job);
            forget(id);
        }
        measure(*job, launched);
        return {};
    });
    if (!left) {
        log::warn("job_left_behind", {{"jobId", id}, {"message", left.error().message}});
    }
    if (settle_worked(id, job, done) && ports_.wake) {
        ports_.wake();
    }
}

Result<void> JobMonitor::go_on(LiveJob& job, bool slot_free) {
    if (stopping_) {  // what is queued behind a stop waits for the next start: everything is in the journal
        return fail(ErrorCode::unavailable, "STOPPING", "The service stops.");
    }
    if (const auto decision = std::exchange(job.decision, nullptr)) {
        SW_CHECK(runner_.apply(job, *decision));
    }
    return runner_.advance(job, slot_free);
}

/// With the lock. A peer that is away is told as one, not by each of the jobs that wait for it.
void JobMonitor::tell_waiting(const LiveJob& job, const Error& error) {
    const bool away = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
    const auto times = away ? away_faults_.told(ports_.clock.steady(), error.reason) : std::optional<std::int64_t>{1};
    if (times) {
        log::warn(
            "job_waits",
            {{"jobId", job.standing.id}, {"phase", json::enum_name(job.record.phase)}, {"code", error.reason}, {"message", error.message}, {"times", *times}});
    }
}

/// With the lock. model-manage offers a job that it does not let us claim: asked in each cycle, for each of them, it would hear nothing else.
void JobMonitor::note_refusal(const std::string& id, const Error& error) {
    const auto now = ports_.clock.steady();
    std::erase_if(refused_, [&](const auto& one) { return one.second <= now; });
    refused_[id] = now + kRefusedPause;
    if (const auto times = claim_faults_.told(now, error.reason)) {
        log::warn("claim_refused", {{"jobId", id}, {"code", error.reason}, {"message", error.message}, {"times", *times}});
    }
}

bool JobMonitor::was_refused_lately(const std::string& id) const {
    const auto found = refused_.find(id);
    return found != refused_.end() && ports_.clock.steady() < found->second;
}

/// @return true when there is more to be handed out now.
bool JobMonitor::settle_worked(const std::string& id, const Job& job, const Result<void>& done) {
    const std::lock_guard lock{mutex_};
    if (done && job->failures > 0) {
        away_faults_.over();
    }
    job->hidden = job->hidden && !done;
    job->failures = done || stopping_ ? 0 : std::min(job->failures + 1, kMostDoublings);
    if (!done && !stopping_) {
        job->wants_work = true;
        job->not_before = ports_.clock.steady() + (job->hidden ? kHiddenPause : kShortestBackOff * (1 << job->failures));
        tell_waiting(*job, done.error());
    }
    job->busy = false;
    if (job->dropped && job->refusal) {
        note_refusal(id, *job->refusal);
    }
    if (job->dropped || job->record.phase == JobPhase::DONE) {
        jobs_.remove(id);
        left_ = true;
    } else {
        jobs_.settle(job);
    }
    if (--busy_ == 0) {
        idle_.notify_all();
    }
    return !stopping_ && (jobs_.next_due(ports_.clock.steady()) || (jobs_.next_waiting() && has_slot()));
}

void JobMonitor::forget(const std::string& id) {
    if (const auto gone = ports_.journal.forget(id); !gone) {
        log::warn("job_not_forgotten", {{"jobId", id}, {"message", gone.error().message}});
    }
}

}  // namespace slipway::spark
