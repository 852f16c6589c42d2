#include <unistd.h>

#include "base/log.hpp"
#include "spark/guarded.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_monitor.hpp"

/// The half of JobMonitor that looks: at a job's process, its driver's reports, its application on the cluster.
namespace slipway::spark {
namespace {
constexpr Milliseconds kFindPeriod{30'000};
constexpr Milliseconds kLookPeriod{2'000};
constexpr Milliseconds kReturnPeriod{30'000};
constexpr int kReturnsAtOnce = 8;  ///< results of what runs that one thread looks for, however many run

bool is_over(const Observation& seen) {
    return seen.cluster == Observation::Cluster::seen && seen.application.state >= ApplicationState::finished;
}

const std::string& known_id(const LiveJob& job, const Observation& seen) {
    return !job.record.application_id.empty() || seen.applications.empty() ? job.record.application_id : seen.applications.back().id;
}

std::optional<std::string> id_in(const std::optional<DriverWords>& words) {
    return words && !words->id.empty() ? std::optional{words->id} : std::nullopt;
}

void keep_opened(LiveJob& job, const CloserLook& look) {
    if (look.opened) {
        job.opened = std::make_unique<DriverApplication>(*look.opened);
    }
}

}  // namespace

/// What this host and the answer of this cycle say. Whatever else is to be asked is asked by others meanwhile: see add_look().
Observation JobMonitor::observe(LiveJob& job, const Reports& reports, bool full) {
    Observation seen{.cancel_known = job.confirmed || job.unlisted > 0};
    observe_process(job, seen);
    observe_driver(job, seen);
    job.driver_began = seen.driver_began;
    CloserLook wanted{.ask_cluster = full && observe_cluster(job, seen, reports), .ask_id = is_driver_due(job, reports)};
    if (ports_.cluster.driver_is_local()) {
        auto result = read_result(places_of(job.record, folder_of(job.record), settings_.submit, ports_.cluster), ports_.store);
        seen.result_readable = result.has_value();
        seen.result = result ? std::move(*result) : std::nullopt;
    } else {
        wanted.ask_opened = wanted.ask_result = is_over(seen);
    }
    if (wanted.ask_cluster || wanted.ask_id || wanted.ask_result) {
        wanted.application = {.tag = job.record.tag, .id = known_id(job, seen)};
        look_closer(job, std::move(wanted));
    }
    if (!job.look) {
        add_what_is_kept(job, seen);
    }
    return seen;
}

/// What was read once is not read again.
void JobMonitor::add_what_is_kept(const LiveJob& job, Observation& seen) const {
    if (job.opened) {
        seen.opened = *job.opened;
    }
    if (job.returned && !seen.result) {
        seen.result = *job.returned;
    }
    if (job.process_end && !seen.result) {
        auto tail = JobFolder::read_tail(folder_of(job.record).stderr_path(job.record.attempt), 64U << 10);
        seen.error_tail = tail ? std::move(*tail) : "";
        auto output = JobFolder::read_tail(folder_of(job.record).stdout_path(job.record.attempt), 16U << 10);
        seen.output_tail = output ? std::move(*output) : "";
        seen.obstacle = ports_.obstacle ? ports_.obstacle() : "";
    }
}

void JobMonitor::observe_process(LiveJob& job, Observation& seen) {
    if (ports_.cluster.submits_over_rest()) {
        return;
    }
    if (!job.process_end) {
        auto report = ports_.supervisor.look(folder_of(job.record).path(), job.record.attempt, mark_of(job.record));
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
    const bool vanished = seen.process && (seen.process->phase == ProcessReport::Phase::absent || seen.process->phase == ProcessReport::Phase::lost);
    // Of a job that has ended long ago an old copy of the journal may tell: its folder was ours to delete.
    seen.folder_gone = vanished && job.confirmed && !folder_of(job.record).exists();
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

/// A submission over REST whose answer never came: its driver writes its own id into the staging area, and in the end its result.
bool JobMonitor::is_driver_due(LiveJob& job, const Reports& reports) const {
    const auto now = ports_.clock.steady();
    if (!job.record.sent_over_rest || !job.record.application_id.empty() || !reports.answered || now < job.next_look) {
        return false;
    }
    job.next_look = now + kLookPeriod;
    return true;
}

bool JobMonitor::is_of_another(const LiveJob& job, const std::string& application_id) const {
    const std::lock_guard lock{mutex_};
    return jobs_.is_of_another(job, application_id);
}

/// @return true when it is not in the list, and the cluster is to be asked for it by itself.
bool JobMonitor::observe_cluster(LiveJob& job, Observation& seen, const Reports& reports) const {
    if (!reports.answered) {
        return false;
    }
    const auto& id = known_id(job, seen);
    auto found = reports.by_id.find(id);
    if (found == reports.by_id.end() || (ports_.cluster.carries_tags() && found->second->tag != job.record.tag)) {
        found = reports.by_tag.find(job.record.tag);
        if (found == reports.by_tag.end()) {
            return is_missing_due(job, seen);
        }
    }
    seen.cluster = Observation::Cluster::seen;
    seen.application = *found->second;
    return false;
}

/// At first at once, then every half minute.
bool JobMonitor::is_missing_due(LiveJob& job, Observation& seen) const {
    if (ports_.cluster.manager() == "local" || job.look) {
        return false;
    }
    const auto now = ports_.clock.steady();
    const bool ended = job.process_end.has_value();
    if (now < job.next_find && !(ended && !job.asked_at_end)) {
        seen.cluster = job.record.missing_since > 0 ? Observation::Cluster::unknown : Observation::Cluster::silent;
        return false;
    }
    job.next_find = now + kFindPeriod;
    job.asked_at_end = ended;
    return true;
}

/// Begins to ask, unless an answer is awaited yet.
void JobMonitor::look_closer(LiveJob& job, CloserLook wanted) {
    if (job.look) {
        return;
    }
    wanted.places = places_of(job.record, folder_of(job.record), settings_.submit, ports_.cluster);
    job.look = std::make_shared<CloserLook>(std::move(wanted));
    if (ask_elsewhere({job.look})) {
        looks_.push_back(job.look);
    } else {
        job.look->answered = true;  // without an answer: another time
    }
}

/// On a thread of its own, one after the other. @return false when there is no place in the queue.
bool JobMonitor::ask_elsewhere(std::vector<std::shared_ptr<CloserLook>> looks) {
    const auto count = looks.size();
    {
        const std::lock_guard lock{looks_mutex_};
        looks_under_way_ += count;
    }
    const bool posted = enders_.post([this, looks = std::move(looks)] {
        for (const auto& look : looks) {
            const auto asked = guarded([&] { return stopping_ ? Result<void>{} : ask_closely(*look); });
            if (!asked) {
                log::warn("look_failed", {{"tag", look->places.tag}, {"message", asked.error().message}});
            }
            const std::lock_guard lock{looks_mutex_};
            look->answered = true;
            --looks_under_way_;
            looked_.notify_all();
        }
    });
    if (!posted) {
        const std::lock_guard lock{looks_mutex_};
        looks_under_way_ -= count;
    }
    return posted;
}

void JobMonitor::wait_for_looks() {
    std::unique_lock lock{looks_mutex_};
    looked_.wait(lock, [&] { return looks_under_way_ == 0; });
}

/// A thread that nobody ends keeps a JVM alive, and the cluster says that it runs, though its function has returned long ago. Whoever waits for the store does
/// so alone: neither this cycle nor an end needs the answers, and there is one such thread at most.
void JobMonitor::look_for_returns() {
    if (ports_.cluster.driver_is_local() || !returns_.empty()) {
        return;
    }
    const auto now = ports_.clock.steady();
    std::vector<std::shared_ptr<CloserLook>> looks;
    {
        const std::lock_guard lock{mutex_};
        auto job = jobs_.next_return(now);
        for (int asked = 0; job && asked < kReturnsAtOnce; ++asked, job = jobs_.next_return(now)) {
            ++visits_;
            job->next_return = now + kReturnPeriod;
            jobs_.settle(job);
            const auto places = places_of(job->record, folder_of(job->record), settings_.submit, ports_.cluster);
            looks.push_back(
                std::make_shared<CloserLook>(CloserLook{.places = places, .application = {}, .ask_opened = job->record.opened_id.empty(), .ask_result = true}));
            returns_.emplace_back(job, looks.back());
        }
    }
    if (!looks.empty() && !ask_elsewhere(std::move(looks))) {
        returns_.clear();  // another time
    }
}

/// What has been found by now. It counts in this cycle.
void JobMonitor::take_returns() {
    const std::scoped_lock lock{mutex_, looks_mutex_};
    std::erase_if(returns_, [&](const auto& entry) {
        const auto& [job, look] = entry;
        if (!look->answered || job->busy) {
            return false;
        }
        const bool returned = look->result && *look->result && **look->result && (**look->result)->outcome == DriverResult::Outcome::returned;
        if (returned && look->places.tag == job->record.tag) {
            job->returned = std::make_unique<DriverResult>(DriverResult{.outcome = DriverResult::Outcome::returned, .ended_ms = (**look->result)->ended_ms});
        }
        if (look->places.tag == job->record.tag) {
            keep_opened(*job, *look);
            jobs_.settle(job);
        }
        return true;
    });
}

Result<void> JobMonitor::ask_closely(CloserLook& look) const {
    bool over = look.ask_result || look.ask_id;
    if (look.ask_cluster) {
        look.known = ports_.cluster.find(look.application);
        auto& known = *look.known;
        if (known && *known && ports_.cluster.carries_tags() && (*known)->tag != look.application.tag) {
            known->reset();
        }
        over = over || (known && (!*known || (*known)->state >= ApplicationState::finished));
    }
    const bool ask_opened = look.ask_opened || (over && look.ask_cluster);
    if (look.ask_id || (ask_opened && !look.places.application_url.empty())) {
        const auto words = read_driver_words(look.places, ports_.store);
        if (look.ask_id) {
            look.id = words ? Result<std::optional<std::string>>{id_in(*words)} : std::unexpected(words.error());
        }
        if (words && *words && !(*words)->applications.empty()) {
            look.opened = (*words)->applications.back();  // a model may open one session after another: the last one counts
        }
    }
    if (over && !ports_.cluster.driver_is_local()) {
        look.result = read_result(look.places, ports_.store);
    }
    return {};
}

/// For a moment: most peers answer at once. What comes later counts in the cycle that finds it.
void JobMonitor::await_looks() {
    constexpr Milliseconds kPatience{1'000};
    const auto begun = std::exchange(looks_, {});
    if (begun.empty()) {
        return;
    }
    std::unique_lock lock{looks_mutex_};
    looked_.wait_for(lock, kPatience, [&] { return std::ranges::all_of(begun, &CloserLook::answered); });
}

/// Adds what others have asked. While they wait for it nothing follows from what the cluster says: its word alone does not tell how a run has ended.
void JobMonitor::add_look(LiveJob& job, Observation& seen, const Reports& reports) {
    bool answered = false;
    {
        const std::lock_guard lock{looks_mutex_};
        answered = job.look->answered;
    }
    const auto look = answered ? std::exchange(job.look, nullptr) : nullptr;
    const bool usable = look && look->places.tag == job.record.tag;
    if (usable) {
        keep_opened(job, *look);
    }
    if (!look && ports_.cluster.driver_is_local() && ports_.clock.steady() < job.next_find) {  // the cluster may yet contradict what this host says of an end
        seen.result_readable = false;
        seen.result.reset();
    }
    bool over = is_over(seen);
    if (usable && look->known && *look->known) {
        const auto& known = **look->known;
        seen.cluster = known ? Observation::Cluster::seen : Observation::Cluster::unknown;
        seen.application = known.value_or(ApplicationReport{});
        over = !known || is_over(seen);
    }
    over = (usable && look->id && add_driver(job, *look, seen, reports)) || over;
    if (over && !ports_.cluster.driver_is_local()) {
        const bool read = usable && look->result;
        seen.cluster = read ? seen.cluster : Observation::Cluster::silent;
        seen.result_readable = read && look->result->has_value();
        seen.result = seen.result_readable ? **look->result : std::nullopt;
    }
    add_what_is_kept(job, seen);
}

/// An id counts when the master knows it and no other job of ours has it. @return true when there is a result to be looked for without the cluster's word.
bool JobMonitor::add_driver(const LiveJob& job, const CloserLook& look, Observation& seen, const Reports& reports) const {
    const auto& id = *look.id;
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

}  // namespace slipway::spark
