#include "spark/job_index.hpp"

namespace slipway::spark {
namespace {

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

/// Nothing but a slot is missing.
bool lacks_a_slot(const LiveJob& job) {
    return job.record.phase == JobPhase::READY && !job.record.cancel_requested && !job.wants_work;
}

/// Its own clock, or somebody, may want something of it.
bool is_marked(const JobRecord& record) {
    return record.cancel_requested || record.stop != StopReason::NONE || record.returned_ms > 0 || record.missing_since > 0 || record.finished_since > 0;
}

template <typename List>
void put(List& list, bool whether, const JobIndex::Job& job) {
    if (whether) {
        list.insert(job);
    }
}

template <typename List>
void take_out(List& list, bool whether, const JobIndex::Job& job) {
    if (whether) {
        list.erase(job);
    }
}

}  // namespace

bool JobIndex::add(const std::string& id, Job job) {
    if (!all_.emplace(id, job).second) {
        return false;
    }
    job->standing = standing_of(*job);
    job->standing.id = id;
    enter(job);
    return true;
}

void JobIndex::remove(const std::string& id) {
    if (const auto found = all_.find(id); found != all_.end()) {
        leave(found->second);
        all_.erase(found);
    }
}

JobIndex::Job JobIndex::find(const std::string& id) const {
    const auto found = all_.find(id);
    return found == all_.end() ? nullptr : found->second;
}

JobIndex::Job JobIndex::next_due(Steady now) const {
    return due_.empty() || (*due_.begin())->standing.not_before > now ? nullptr : *due_.begin();
}

JobIndex::Job JobIndex::next_tail(Steady now) const {
    return tails_.empty() || (*tails_.begin())->standing.next_tail > now ? nullptr : *tails_.begin();
}

JobIndex::Job JobIndex::next_return(Steady now) const {
    return returns_.empty() || (*returns_.begin())->standing.next_return > now ? nullptr : *returns_.begin();
}

JobIndex::Job JobIndex::firm_with(const std::string& application_id) const {
    const auto [begin, end] = by_application_.equal_range(application_id);
    const auto found = std::find_if(begin, end, [](const auto& entry) { return entry.second->standing.firm; });
    return found == end ? nullptr : found->second;
}

std::size_t JobIndex::ahead() const {
    const auto in = [&](JobPhase phase) {
        const auto found = by_phase_.find(phase);
        return found == by_phase_.end() ? 0 : found->second;
    };
    return in(JobPhase::CLAIMING) + in(JobPhase::READY);
}

bool JobIndex::is_of_another(const LiveJob& job, const std::string& application_id) const {
    const auto [begin, end] = by_application_.equal_range(application_id);
    return std::any_of(begin, end, [&](const auto& entry) { return entry.second.get() != &job; });
}

JobStanding JobIndex::standing_of(const LiveJob& job) const {
    auto next = job.standing;
    next.due = next.waiting = next.unexplained = next.noted = next.process = next.firm = next.loose = next.tail = next.returns = false;
    if (job.busy) {  // the rest of it is its worker's
        next.slot = job.given_slot;
        next.driver = cluster_.driver_is_local() && (next.driver || (next.slot && next.phase <= JobPhase::READY));
        return next;
    }
    const auto& record = job.record;
    const bool rest = cluster_.submits_over_rest();
    const bool local = cluster_.driver_is_local();
    next.phase = record.phase;
    next.application = record.application_id;
    next.not_before = job.not_before;
    next.next_tail = job.next_tail;
    next.next_return = job.next_return;
    next.running = may_be_running(record.phase);
    next.launched_ms = record.launched_ms;
    next.claimed = record.phase >= JobPhase::PREPARING && !record.taken;
    const bool work = job.decision || has_work(job);
    next.waiting = work && lacks_a_slot(job);
    next.unexplained = next.waiting && !job.said_waiting;
    next.due = work && !next.waiting;
    next.noted = job.has_notes && !job.dropped;
    const bool process = job.process_matters && !job.process_end && !rest;
    next.slot = holds_slot(record, cluster_.manager(), job.driver_began) && (process || rest);
    next.driver = local && next.running && process;
    const bool watched = next.running && (job.launched || record.phase != JobPhase::LAUNCHING);
    const bool known = (record.phase == JobPhase::RUNNING || record.phase == JobPhase::ACCEPTED) && !record.application_id.empty();
    next.process = watched && process;
    const bool news = job.returned || (job.opened && job.opened->id != record.opened_id);
    next.firm = watched && !process && known && !local && !news && !is_marked(record);
    next.loose = watched && !next.firm;
    next.tail = record.phase == JobPhase::RUNNING && !local && !job.decision && !job.wants_work;
    next.returns = record.phase == JobPhase::RUNNING && !local && !job.returned;
    return next;
}

void JobIndex::settle(const Job& job) {
    auto next = standing_of(*job);
    // One that was removed stands in no list, though another of its id may be here by now.
    if (next != job->standing && find(job->standing.id) == job) {
        leave(job);
        job->standing = std::move(next);
        enter(job);
    }
}

void JobIndex::enter(const Job& job) {
    const auto& now = job->standing;
    put(due_, now.due, job);
    put(waiting_, now.waiting, job);
    put(unexplained_, now.unexplained, job);
    put(noted_, now.noted, job);
    put(processes_, now.process, job);
    put(firm_, now.firm, job);
    put(loose_, now.loose, job);
    put(tails_, now.tail, job);
    put(returns_, now.returns, job);
    if (!now.application.empty()) {
        by_application_.emplace(now.application, job);
    }
    if (now.running) {
        launches_.insert(now.launched_ms);
    }
    by_phase_[now.phase] += 1;
    slots_ += now.slot ? 1 : 0;
    drivers_ += now.driver ? 1 : 0;
    claimed_ += now.claimed ? 1 : 0;
}

void JobIndex::leave(const Job& job) {
    const auto& was = job->standing;
    take_out(due_, was.due, job);
    take_out(waiting_, was.waiting, job);
    take_out(unexplained_, was.unexplained, job);
    take_out(noted_, was.noted, job);
    take_out(processes_, was.process, job);
    take_out(firm_, was.firm, job);
    take_out(loose_, was.loose, job);
    take_out(tails_, was.tail, job);
    take_out(returns_, was.returns, job);
    const auto [begin, end] = by_application_.equal_range(was.application);
    if (const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second == job; }); found != end) {
        by_application_.erase(found);
    }
    if (was.running) {
        launches_.erase(launches_.find(was.launched_ms));
    }
    if (--by_phase_[was.phase] == 0) {
        by_phase_.erase(was.phase);
    }
    slots_ -= was.slot ? 1 : 0;
    drivers_ -= was.driver ? 1 : 0;
    claimed_ -= was.claimed ? 1 : 0;
}

}  // namespace slipway::spark
