#include <unistd.h>

#include "spark/job_folder.hpp"
#include "spark/job_monitor.hpp"

/// The half of JobMonitor that looks: at a job's process, its driver's reports, its application on the cluster.
namespace slipway::spark {
namespace {
constexpr Milliseconds kFindPeriod{30'000};
constexpr Milliseconds kLookPeriod{2'000};
}  // namespace

Observation JobMonitor::observe(LiveJob& job, const Reports& reports, bool full) {
    Observation seen{.cancel_known = job.confirmed || job.unlisted > 0};
    observe_process(job, seen);
    observe_driver(job, seen);
    const auto next_find = job.next_find;
    if (full) {
        observe_cluster(job, seen, reports);
    }
    const bool forgotten = seen.cluster == Observation::Cluster::unknown && job.next_find != next_find;
    const bool process_over = job.process_end.has_value();
    const bool cluster_over = seen.cluster == Observation::Cluster::seen && seen.application.state >= ApplicationState::finished;
    const bool unanswered = look_for_driver(job, seen, reports);
    if (ports_.cluster.driver_is_local() || cluster_over || unanswered || forgotten) {
        auto result = read_result(places_of(job.record, folder_of(job.record), settings_.submit, ports_.cluster), ports_.store);
        seen.result_readable = result.has_value();
        seen.result = result ? std::move(*result) : std::nullopt;
    }
    if (process_over && !seen.result) {
        auto tail = JobFolder::read_tail(folder_of(job.record).stderr_path(job.record.attempt), 64U << 10);
        seen.error_tail = tail ? std::move(*tail) : "";
    }
    return seen;
}

void JobMonitor::observe_process(LiveJob& job, Observation& seen) {
    if (ports_.cluster.submits_over_rest()) {
        return;
    }
    if (!job.process_end) {
        auto report = ports_.supervisor.look(folder_of(job.record).path(), job.record.attempt);
        if (!report) {
            seen.result_readable = false;  // the disk does not answer: nothing follows
            return;
        }
        seen.process = *report;
        if (report->phase == ProcessReport::Phase::ended || report->phase == ProcessReport::Phase::lost) {
            job.process_end = *report;
        }
    }
    if (job.process_end) {
        seen.process = job.process_end;
    }
}

void JobMonitor::observe_driver(LiveJob& job, Observation& seen) const {
    if (!ports_.cluster.driver_is_local()) {
        return;
    }
    const auto text = JobFolder::read_file(folder_of(job.record).application_path(job.record.attempt), 1U << 20);
    if (!text || !*text) {
        return;
    }
    if (auto applications = parse_driver_applications(**text, job.record.tag)) {
        seen.driver_began = true;
        // Spark has read its settings by now. Another job of the same user shall not find keys in them.
        ::unlink(folder_of(job.record).properties(job.record.attempt).c_str());
        if (!ports_.cluster.carries_tags()) {  // there the tag alone tells whose an application is: this is a model's word
            seen.applications = std::move(*applications);
        }
    }
}

/// A submission over REST whose answer never came: its driver writes its own id into the staging area, and in the end its result. An id counts when the
/// master knows it and no other job of ours has it.
/// @return true when there is a result to be looked for without the cluster's word.
bool JobMonitor::look_for_driver(LiveJob& job, Observation& seen, const Reports& reports) {
    const auto now = ports_.clock.steady();
    if (!job.record.sent_over_rest || !job.record.application_id.empty() || !reports.answered || now < job.next_look) {
        return false;
    }
    job.next_look = now + kLookPeriod;
    const auto id = read_driver_id(places_of(job.record, folder_of(job.record), settings_.submit, ports_.cluster), ports_.store);
    if (!id || !*id) {
        return id.has_value();
    }
    const auto found = reports.by_id.find(**id);
    if (found == reports.by_id.end() || is_of_another(job, **id)) {
        return true;
    }
    seen.cluster = Observation::Cluster::seen;
    seen.application = *found->second;
    return false;
}

bool JobMonitor::is_of_another(const LiveJob& job, const std::string& application_id) const {
    const std::lock_guard lock{mutex_};
    return jobs_.is_of_another(job, application_id);
}

void JobMonitor::observe_cluster(LiveJob& job, Observation& seen, const Reports& reports) {
    if (!reports.answered) {
        return;
    }
    const auto& id = !job.record.application_id.empty() || seen.applications.empty() ? job.record.application_id : seen.applications.back().id;
    auto found = reports.by_id.find(id);
    if (found == reports.by_id.end() || (ports_.cluster.carries_tags() && found->second->tag != job.record.tag)) {
        found = reports.by_tag.find(job.record.tag);
        if (found == reports.by_tag.end()) {
            return observe_missing(job, seen, id);
        }
    }
    seen.cluster = Observation::Cluster::seen;
    seen.application = *found->second;
}

/// Not in the list: asked for by itself, at first at once, then every half minute.
void JobMonitor::observe_missing(LiveJob& job, Observation& seen, const std::string& id) {
    if (ports_.cluster.manager() == "local") {
        return;
    }
    const auto now = ports_.clock.steady();
    const bool ended = job.process_end.has_value();
    if (now < job.next_find && !(ended && !job.asked_at_end)) {
        seen.cluster = job.record.missing_since > 0 ? Observation::Cluster::unknown : Observation::Cluster::silent;
        return;
    }
    job.next_find = now + kFindPeriod;
    job.asked_at_end = ended;
    auto one = ports_.cluster.find({.tag = job.record.tag, .id = id});
    if (!one) {
        return;
    }
    const bool ours = *one && (!ports_.cluster.carries_tags() || (*one)->tag == job.record.tag);
    seen.cluster = ours ? Observation::Cluster::seen : Observation::Cluster::unknown;
    if (ours) {
        seen.application = std::move(**one);
    }
}

}  // namespace slipway::spark
