#include <algorithm>

#include "base/log.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"
#include "spark/job_monitor.hpp"

/// The part of JobMonitor that goes through what model-manage has for this runtime.
namespace slipway::spark {
namespace {

constexpr std::size_t kMostAhead = 512;  ///< jobs that wait here for a slot: what is more waits at model-manage, and takes no disk
constexpr int kUnlistedOnes = 3;         ///< an answer may be older than a claim
constexpr std::size_t kAtOnce = 32;      ///< jobs that model-manage is asked about singly, one after the other, by a thread that nobody waits for
constexpr Milliseconds kPatience{1'000};

/// Who does not answer is not asked more.
bool is_away(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

}  // namespace

/// Whoever is away is asked less and less often, and at once when the enrolment has heard of it again.
bool JobMonitor::work_rests(bool may_claim) {
    if (!std::exchange(could_claim_, may_claim) && may_claim) {
        work_pauses_.worked();
    }
    return work_pauses_.rests(ports_.clock.steady());
}

void JobMonitor::work_failed(const Error& error) {
    const auto now = ports_.clock.steady();
    work_pauses_.failed(now, any_fraction());
    if (error.code == ErrorCode::not_found) {
        return;  // not enrolled yet, or not any more: the enrolment says so
    }
    work_lost_ = work_lost_.value_or(now);
    if (const auto times = work_faults_.told(now, error.reason)) {
        log::warn("work_unknown", {{"code", error.reason}, {"message", error.message}, {"times", *times}});
    }
}

void JobMonitor::work_answered() {
    work_pauses_.worked();
    work_faults_.over();
    if (const auto since = std::exchange(work_lost_, std::nullopt)) {
        log::info("work_known", {{"awayMs", std::chrono::duration_cast<Milliseconds>(ports_.clock.steady() - *since).count()}});
    }
}

void JobMonitor::look_for_work(bool may_claim) {
    if (work_rests(may_claim)) {
        return;
    }
    // Whatever has become untrue since an answer that came late was asked for is refused by model-manage.
    const auto asked = work_.ask([this] { return ports_.registry.work(settings_.enrolment); });
    if (!asked) {
        return;
    }
    const auto& work = *asked;
    if (!work) {
        work_failed(work.error());
        return;
    }
    work_answered();
    const bool left = left_.exchange(false);
    if (*work == work_seen_ && !work_open_ && !left) {
        return;
    }
    work_seen_ = *work;
    work_open_ = false;
    ++answers_;
    named_ = 0;
    bool complete = true;
    wanting_.clear();
    for (const auto& item : *work_seen_) {
        complete = take(item, may_claim) && complete;
    }
    complete = take_up_wanting(may_claim) && complete;
    notice_taken();
    if (complete && !swept_) {
        sweep();
    }
    work_open_ = work_open_ || !complete || !swept_ || some_unlisted_;
}

/// @return false when it is for the next time: a worker has the job.
bool JobMonitor::take_known(const Job& job, const WorkItem& item) {
    if (item.owner == settings_.enrolment.instance_id) {
        job->named = answers_;
        named_ += job->standing.claimed ? 1 : 0;
    }
    if (job->busy) {
        return false;
    }
    if (item.owner == settings_.enrolment.instance_id && !job->confirmed) {
        confirm(*job, item);
    }
    if (std::exchange(job->hidden, false)) {  // here it is again
        job->not_before = {};
    }
    if (item.cancel_requested && !job->record.cancel_requested) {
        job->record.cancel_requested = true;
        job->wants_work = true;
    }
    jobs_.settle(job);
    return true;
}

bool JobMonitor::take(const WorkItem& item, bool may_claim) {
    {
        const std::lock_guard lock{mutex_};
        may_claim = may_claim && jobs_.ahead() < kMostAhead && !was_refused_lately(item.id);
        if (const auto known = jobs_.find(item.id)) {
            work_open_ = !take_known(known, item) || work_open_;
            return true;
        }
    }
    const bool ours = item.owner == settings_.enrolment.instance_id;
    const bool free = item.owner.empty() && item.status == "CREATED";
    if (!ours && !(free && may_claim)) {
        work_open_ = work_open_ || free;
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
        if (!*record) {
            wanting_.push_back(item);
            return true;  // take_up_wanting() says whether it was
        }
        job->record = std::move(**record);
        job->confirmed = true;
    }
    const std::lock_guard lock{mutex_};
    job->named = answers_;
    jobs_.add(item.id, job);
    named_ += job->standing.claimed ? 1 : 0;
    return true;
}

/// Those whose attempts have to be known, some at a time: what model-manage knows of a first one is enough for it.
/// @return false when some are left.
bool JobMonitor::take_up_wanting(bool may_claim) {
    if (wanting_.empty() && !attempts_asked_) {
        return true;
    }
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(wanting_.size(), kAtOnce); ++i) {  // from another one each time: whichever is not answered keeps none for ever
        ids.push_back(wanting_[(recoveries_ + i) % wanting_.size()].id);
    }
    auto answer = recovery_.ask([this, ids = std::move(ids)] { return attempts_of(ids); }, attempts_asked_ ? Milliseconds{0} : kPatience);
    attempts_asked_ = !answer;
    ++recoveries_;
    attempts_ = answer && *answer ? std::move(**answer) : Attempts{};
    const auto wanting = std::exchange(wanting_, {});
    bool complete = true;
    for (const auto& item : wanting) {
        complete = attempts_.contains(item.id) && take(item, may_claim) && complete;
    }
    attempts_.clear();
    wanting_.clear();
    return complete;
}

/// On a thread of its own.
Result<JobMonitor::Attempts> JobMonitor::attempts_of(const std::vector<std::string>& ids) const {
    Attempts out;
    for (const auto& id : ids) {
        if (stopping_) {
            return out;
        }
        auto attempts = ports_.registry.attempts(id);
        if (attempts) {
            out.emplace(id, std::move(*attempts));
            continue;
        }
        log::warn("job_not_recovered", {{"jobId", id}, {"message", attempts.error().message}});
        if (is_away(attempts.error())) {
            return out;
        }
    }
    return out;
}

/// A job of the journal that model-manage names as ours too. Where it shows a first attempt as submitted, that one was launched, whatever an old copy of the
/// journal says.
void JobMonitor::confirm(LiveJob& job, const WorkItem& item) const {
    job.confirmed = true;
    if (job.record.phase == JobPhase::LAUNCHING && job.record.attempt == 1 && item.status != "CREATED") {
        job.record.begun = true;
    }
}

/// A person may give a job of a host that was thought dead to another one, or delete it. What runs here of it is stopped then: two runs are worse than none.
/// model-manage may hang, and what it shows no more may be thousands: some are asked about at a time, those first that were not for longest.
void JobMonitor::notice_taken() {
    const bool asked_before = !missing_.empty();
    if (!asked_before) {
        for (const auto& job : unlisted()) {
            job->unlisted = 0;
            job->asked_about = answers_;
            missing_.push_back(job->standing.id);
        }
    }
    if (missing_.empty()) {
        return;
    }
    const auto shown = shown_.ask([this, ids = missing_] { return show(ids); }, asked_before ? Milliseconds{0} : kPatience);
    if (!shown) {
        some_unlisted_ = true;  // the answer counts as soon as it is there
        return;
    }
    missing_.clear();
    for (const auto& one : *shown ? **shown : std::vector<ShownJob>{}) {
        const auto job = missed(one.id);
        if (!job || !is_taken(*job, one)) {
            continue;
        }
        log::warn("job_taken", {{"jobId", one.id}, {"phase", json::enum_name(job->record.phase)}});
        job->record.taken = true;
        job->record.cancel_requested = true;
        job->wants_work = true;
        const std::lock_guard lock{mutex_};
        jobs_.settle(job);
    }
}

/// @return nothing for one that a worker has, that is gone, or that the last answer names.
JobMonitor::Job JobMonitor::missed(const std::string& id) const {
    const std::lock_guard lock{mutex_};
    const auto job = jobs_.find(id);
    return job && !job->busy && job->standing.claimed && job->named != answers_ ? job : nullptr;
}

/// On a thread of its own.
JobMonitor::ShownJobs JobMonitor::show(const std::vector<std::string>& ids) const {
    std::vector<ShownJob> out;
    for (const auto& id : ids) {
        if (stopping_) {
            return out;
        }
        const auto found = ports_.registry.job(id);
        if (!found && is_away(found.error())) {
            return out;
        }
        if (!found) {
            out.push_back({.id = id, .refusal = found.error().code, .owner = {}, .status = {}});
            continue;
        }
        const auto status = json::enum_value<domain::JobStatus>(json::text_of(found->document, "jobStatus"));
        out.push_back({.id = id, .refusal = {}, .owner = std::string{json::text_of(found->document, "owner")}, .status = status});
    }
    return out;
}

/// What several answers in a row have not named. Nobody is gone through while all are named.
std::vector<JobMonitor::Job> JobMonitor::unlisted() {
    std::vector<Job> missing;
    const std::lock_guard lock{mutex_};
    if (named_ == jobs_.claimed() && !some_unlisted_) {
        return missing;
    }
    some_unlisted_ = false;
    visits_ += jobs_.all().size();
    for (const auto& [id, job] : jobs_.all()) {
        const bool missed = job->standing.claimed && job->named != answers_;
        some_unlisted_ = some_unlisted_ || missed;  // also of what a worker has: the same answer counts again when it comes back
        const int more = job->busy ? 0 : 1;
        job->unlisted = missed ? job->unlisted + more : 0;
        if (!job->busy && job->unlisted >= kUnlistedOnes) {
            missing.push_back(job);
        }
    }
    const auto last = missing.begin() + static_cast<std::ptrdiff_t>(std::min(missing.size(), kAtOnce));
    std::ranges::partial_sort(missing, last, {}, [](const Job& job) { return job->asked_about; });
    missing.erase(last, missing.end());
    return missing;
}

bool JobMonitor::is_taken(const LiveJob& job, const ShownJob& shown) const {
    if (shown.refusal) {
        // What is not shown to us may be hidden (somebody changed our groups) as well as deleted, and what runs cannot be deleted: it goes on, unfollowed
        // there. What was not launched is not launched any more.
        return *shown.refusal == ErrorCode::not_found && (job.record.phase < JobPhase::LAUNCHING || is_unlaunched(job));
    }
    return shown.owner != settings_.enrolment.instance_id || (shown.status && domain::is_terminal(*shown.status) && job.record.phase < JobPhase::FINISHING);
}

/// Journalled before its launch, which model-manage has not let through; or it has ended since that copy of the journal was made. Nothing of it lives here.
/// What a cluster may have of an adopted one is looked for, and killed.
bool JobMonitor::is_unlaunched(const LiveJob& job) const {
    const auto& record = job.record;
    const JobFolder folder{settings_.jobs_dir, record.job_id};
    if (record.phase == JobPhase::LAUNCHING && record.adopted && !job.confirmed && !ports_.cluster.driver_is_local()) {
        return true;
    }
    if (record.phase != JobPhase::LAUNCHING || job.launched || record.sent_over_rest || folder.was_sent(record.attempt)) {
        return false;
    }
    const auto process = ports_.supervisor.look(folder.path(), record.attempt, process_mark(record.tag));
    return process && process->phase == ProcessReport::Phase::absent;
}

/// A job that model-manage says is ours and that is not in memory: the claim was not journalled, or the journal was lost, or our last word never arrived.
Result<std::optional<JobRecord>> JobMonitor::recovered(const WorkItem& item) {
    SW_TRY(auto known, ports_.journal.find(item.id));
    if (known && !known->taken && !domain::is_terminal(known->outcome)) {  // given up here, and the journal could not forget it
        known->cancel_requested = known->cancel_requested || item.cancel_requested;
        return known;
    }
    const auto attempts = attempts_.find(item.id);
    if (attempts == attempts_.end()) {
        return std::optional<JobRecord>{};
    }
    SW_TRY(auto record, recovered(item, std::move(known), attempts->second));
    return std::optional{std::move(record)};
}

Result<JobRecord> JobMonitor::recovered(const WorkItem& item, std::optional<JobRecord> known, std::vector<AttemptRecord> attempts) const {
    const bool taken_before = known && (known->taken || (known->attempt > 0 && was_released(attempts, known->attempt)));  // and given back
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

}  // namespace slipway::spark
