#include "spark/job_monitor.hpp"

#include <set>

#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"

namespace slipway::spark {
namespace {

constexpr Milliseconds kShortestBackOff{500};
constexpr int kMostDoublings = 6;
constexpr int kUnlistedOnes = 3;  ///< an answer may be older than a claim

/// Work that does not follow from a new observation.
bool has_work(const LiveJob& job) {
    switch (job.record.phase) {
        case JobPhase::CLAIMING:
        case JobPhase::PREPARING:
        case JobPhase::COLLECTING:
        case JobPhase::FINISHING: return true;
        case JobPhase::READY: return job.confirmed || job.record.taken;
        case JobPhase::LAUNCHING: return !job.launched;
        default: return job.wants_work;
    }
}

}  // namespace

JobMonitor::JobMonitor(MonitorPorts ports, MonitorSettings settings, Metrics& metrics)
    : ports_{ports}, settings_{std::move(settings)}, metrics_{metrics}, runner_{std::move(ports), settings_}, workers_{"jobs", settings_.workers, 256} {}

JobMonitor::~JobMonitor() {
    stop();
}

void JobMonitor::stop() {
    stopping_ = true;
    workers_.close();
    work_.close();
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
    const auto boot = boot_id();
    const std::lock_guard lock{mutex_};
    for (auto& record : records) {
        by_clock_of_now(record, ports_.clock, boot);
        auto job = std::make_shared<LiveJob>();
        job->record = std::move(record);
        job->wants_work = has_untold(job->record);
        jobs_.emplace(job->record.job_id, std::move(job));
    }
    log::info("journal_read", {{"live", jobs_.size()}});
    return {};
}

/// Once model-manage has said which jobs are ours: a folder that neither it nor the journal knows is an orphan.
void JobMonitor::sweep() {
    std::set<std::string> known;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_) {
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
        if (const auto gone = runner_.sweep_staging(known); !gone) {
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
    look_for_work(may_claim);
    look_at_runs(true);
    hand_out(may_claim);
    write_notes();
    count();
}

/// What the workers noted goes to the journal together, with one sync.
void JobMonitor::write_notes() {
    std::vector<std::shared_ptr<LiveJob>> noted;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_) {
            if (!job->busy && job->has_notes && !job->dropped) {
                noted.push_back(job);
            }
        }
    }
    std::vector<JournalEntry> entries;
    for (const auto& job : noted) {
        entries.push_back({.record = job->record, .messages = job->noted});
    }
    if (const auto written = ports_.journal.save(entries, ports_.clock.now()); !written) {
        log::warn("journal_behind", {{"jobs", entries.size()}, {"message", written.error().message}});
        return;
    }
    for (const auto& job : noted) {
        job->noted.clear();
        job->has_notes = false;
    }
}

void JobMonitor::glance(bool may_launch) {
    look_at_runs(false);
    hand_out(may_launch);
}

void JobMonitor::look_for_work(bool may_claim) {
    // Whatever has become untrue since an answer that came late was asked for is refused by model-manage.
    const auto asked = work_.ask([this] { return ports_.registry.work(settings_.enrolment); });
    if (!asked) {
        return;
    }
    const auto& work = *asked;
    if (!work) {
        if (work.error().code != ErrorCode::not_found) {
            log::warn("work_unknown", {{"code", work.error().reason}, {"message", work.error().message}});
        }
        return;
    }
    bool complete = true;
    for (const auto& item : *work) {
        complete = take(item, may_claim) && complete;
    }
    notice_taken(*work);
    if (complete && !swept_) {
        sweep();
    }
}

bool JobMonitor::take(const WorkItem& item, bool may_claim) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto known = jobs_.find(item.id); known != jobs_.end()) {
            if (item.owner == settings_.enrolment.instance_id && !known->second->busy && !known->second->confirmed) {
                confirm(*known->second, item);
            }
            if (item.cancel_requested && !known->second->busy && !known->second->record.cancel_requested) {
                known->second->record.cancel_requested = true;
                known->second->wants_work = true;
            }
            return true;
        }
    }
    const bool ours = item.owner == settings_.enrolment.instance_id;
    if (!ours && (!may_claim || !item.owner.empty() || item.status != "CREATED")) {
        return true;
    }
    auto job = std::make_shared<LiveJob>();
    job->seen = ports_.clock.steady();
    job->record = {.job_id = item.id, .version = item.version, .cancel_requested = item.cancel_requested};
    if (ours) {
        auto record = recovered(item);
        if (!record) {
            log::warn("job_not_recovered", {{"jobId", item.id}, {"message", record.error().message}});
            return false;
        }
        job->record = std::move(*record);
        job->confirmed = true;
    }
    const std::lock_guard lock{mutex_};
    jobs_.emplace(item.id, std::move(job));
    return true;
}

/// A job of the journal that model-manage names as ours too. Where it shows a first attempt as submitted, that one was launched, whatever an old copy of the
/// journal says.
void JobMonitor::confirm(LiveJob& job, const WorkItem& item) const {
    job.confirmed = true;
    job.wants_work = true;
    if (job.record.phase == JobPhase::LAUNCHING && job.record.attempt == 1 && item.status != "CREATED") {
        job.record.begun = true;
    }
}

/// A person may give a job of a host that was thought dead to another one, or delete it. What runs here of it is stopped then: two runs are worse than none.
void JobMonitor::notice_taken(const std::vector<WorkItem>& work) {
    std::set<std::string> ours;
    for (const auto& item : work) {
        if (item.owner == settings_.enrolment.instance_id) {
            ours.insert(item.id);
        }
    }
    std::vector<std::shared_ptr<LiveJob>> missing;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [id, job] : jobs_) {
            const bool claimed = !job->busy && job->record.phase >= JobPhase::PREPARING && !job->record.taken;
            job->unlisted = claimed && !ours.contains(id) ? job->unlisted + 1 : 0;
            if (job->unlisted >= kUnlistedOnes) {
                missing.push_back(job);
            }
        }
    }
    for (const auto& job : missing) {
        job->unlisted = 0;
        if (is_taken(*job)) {
            log::warn("job_taken", {{"jobId", job->record.job_id}, {"phase", json::enum_name(job->record.phase)}});
            job->record.taken = true;
            job->record.cancel_requested = true;
            job->wants_work = true;
        }
    }
}

bool JobMonitor::is_taken(const LiveJob& job) {
    const auto found = ports_.registry.job(job.record.job_id);
    if (!found) {
        // What is not shown to us may be hidden (somebody changed our groups) as well as deleted, and what runs cannot be deleted: it goes on, unfollowed
        // there.
        return found.error().code == ErrorCode::not_found && job.record.phase < JobPhase::LAUNCHING;
    }
    const auto status = json::enum_value<domain::JobStatus>(json::text_of(found->document, "jobStatus"));
    return json::text_of(found->document, "owner") != settings_.enrolment.instance_id ||
           (status && domain::is_terminal(*status) && job.record.phase < JobPhase::FINISHING);
}

/// A job that model-manage says is ours and that is not in memory: the claim was not journalled, or the journal was lost, or our last word never arrived.
Result<JobRecord> JobMonitor::recovered(const WorkItem& item) {
    SW_TRY(auto known, ports_.journal.find(item.id));
    const bool taken_before = known && known->taken;  // and given back: what was recorded is of another life
    if (known && !taken_before) {
        known->phase = JobPhase::FINISHING;
        known->pushed_status.clear();
        return std::move(*known);
    }
    JobRecord record{.job_id = item.id, .phase = JobPhase::PREPARING, .version = item.version, .cancel_requested = item.cancel_requested};
    if (taken_before) {
        record.messages_next = known->messages_next;
        record.messages_sent = known->messages_next;
    }
    SW_TRY(auto attempts, ports_.registry.attempts(item.id));
    std::erase_if(attempts, [&](const auto& one) { return one.released || one.owner != settings_.enrolment.instance_id; });
    if (!attempts.empty()) {
        const auto& last = std::ranges::max(attempts, {}, &AttemptRecord::attempt);
        record = adopt(record, last.attempt, last.tag, ports_.clock.now());
    }
    log::warn("job_recovered", {{"jobId", item.id}, {"phase", json::enum_name(record.phase)}, {"attempt", record.attempt}});
    JournalEntry entry{.record = std::move(record)};
    if (!entry.record.adopted) {
        // The journal is ahead of what is sent: what it does not have was not said.
        entry.messages.push_back(taken_by(settings_.enrolment.name));
        entry.record.messages_next += 1;
    }
    SW_CHECK(ports_.journal.save(std::span{&entry, 1}, ports_.clock.now()));
    return std::move(entry.record);
}

void JobMonitor::hand_out(bool may_launch) {
    const std::lock_guard lock{mutex_};
    const auto now = ports_.clock.steady();
    const auto manager = ports_.cluster.manager();
    std::size_t slots = 0;
    const auto in_slot = [&](const LiveJob& job) { return holds_slot(job.record, manager) && (has_process(job) || ports_.cluster.submits_over_rest()); };
    for (const auto& [id, job] : jobs_) {
        slots += (job->busy ? job->given_slot : in_slot(*job)) ? 1 : 0;
    }
    for (const auto& [id, job] : jobs_) {
        if (stopping_ || job->busy || now < job->not_before || !(job->decision || has_work(*job))) {
            continue;
        }
        const bool slot = may_launch && slots < settings_.max_submissions;
        if (job->record.phase == JobPhase::READY && !slot && !job->record.cancel_requested && !job->wants_work) {
            continue;
        }
        const bool takes_slot = job->record.phase <= JobPhase::READY && slot;
        slots += takes_slot ? 1 : 0;
        job->given_phase = job->record.phase;
        job->given_slot = takes_slot || in_slot(*job);
        job->busy = true;
        job->wants_work = false;
        busy_ += 1;
        if (!workers_.post([this, id, job, slot] { work_on(id, job, slot); })) {
            job->busy = false;
            busy_ -= 1;
            return;
        }
    }
}

void JobMonitor::work_on(const std::string& id, const std::shared_ptr<LiveJob>& job, bool slot_free) {
    const log::RequestScope scope{id};
    const bool launched = job->launched;
    Result<void> done;
    if (stopping_) {  // what is queued behind a stop waits for the next start: everything is in the journal
        done = fail(ErrorCode::unavailable, "STOPPING", "The service stops.");
    } else if (job->decision) {
        done = runner_.apply(*job, std::move(*job->decision));
        job->decision.reset();
    }
    if (done) {
        done = runner_.advance(*job, slot_free);
    }
    if (job->dropped) {
        runner_.discard(*job);
        forget(id);
    }
    measure(*job, launched);
    const std::lock_guard lock{mutex_};
    job->failures = done || stopping_ ? 0 : std::min(job->failures + 1, kMostDoublings);
    if (!done && !stopping_) {
        job->wants_work = true;
        job->not_before = ports_.clock.steady() + kShortestBackOff * (1 << job->failures);
        log::warn("job_waits",
                  {{"jobId", id}, {"phase", json::enum_name(job->record.phase)}, {"code", done.error().reason}, {"message", done.error().message}});
    }
    if (job->dropped || job->record.phase == JobPhase::DONE) {
        jobs_.erase(id);
    }
    job->busy = false;
    if (--busy_ == 0) {
        idle_.notify_all();
    }
}

void JobMonitor::forget(const std::string& id) {
    if (const auto gone = ports_.journal.forget(id); !gone) {
        log::warn("job_not_forgotten", {{"jobId", id}, {"message", gone.error().message}});
    }
}

}  // namespace slipway::spark
