#include "spark/job_state.hpp"

#include <algorithm>
#include <iterator>

namespace slipway::spark {
namespace {

using domain::JobStatus;
using Phase = ProcessReport::Phase;

/// One decision in the making.
class Deciding {
public:
    Deciding(JobRecord record, const Observation& seen, Timestamp now, const StatePolicy& policy)
        : seen_{seen}, now_{now}, policy_{policy}, out_{.next = std::move(record)} {}

    Decision run() {
        learn_application();
        learn_progress();
        learn_end();
        if (process_is(Phase::remnant)) {
            out_.stop_process = true;  // supervisor and program are gone: nobody else ends what they left
        }
        if (!note_return() && !judge_end()) {
            look_at_stops();
        }
        return std::move(out_);
    }

private:
    JobRecord& record() { return out_.next; }
    std::int64_t now_ms() const { return to_epoch_ms(now_); }
    bool returned() const { return seen_.result && seen_.result->outcome == DriverResult::Outcome::returned; }
    bool on_cluster(ApplicationState state) const { return seen_.cluster == Observation::Cluster::seen && seen_.application.state == state; }
    bool process_is(Phase phase) const { return seen_.process && seen_.process->phase == phase; }
    bool process_over() const { return !seen_.process || process_is(Phase::ended) || process_is(Phase::lost) || is_gone(); }
    /// Nothing was executed, or nothing tells of it any more, and nobody launches it again.
    bool is_gone() const { return process_is(Phase::absent) && !goes_back_ && (out_.next.phase > JobPhase::LAUNCHING || out_.next.adopted); }
    bool has_left_something() const { return seen_.result || seen_.driver_began || seen_.folder_gone || !out_.next.application_id.empty(); }

    void learn_application() {
        const auto before = record().application_id;
        if (seen_.cluster == Observation::Cluster::seen && !seen_.application.id.empty()) {
            record().application_id = seen_.application.id;
            if (!seen_.application.tracking_url.empty()) {
                record().tracking_url = seen_.application.tracking_url;
            }
            if (std::exchange(record().missing_since, 0) > 0 && !before.empty()) {
                out_.messages.push_back(fmt::format("The cluster knows {} again.", before));
            }
        } else if (!seen_.applications.empty() && record().application_id != seen_.applications.back().id) {
            record().application_id = seen_.applications.back().id;  // a model may open one session after another: the last one counts
            record().tracking_url = seen_.applications.back().tracking_url;
        }
        if (!record().application_id.empty() && record().application_id != before) {
            out_.messages.push_back("Spark application id: " + record().application_id);
        }
        if (learn_opened(record(), seen_)) {
            out_.messages.push_back("Spark application id: " + record().opened_id);
        }
    }

    /// The end is when it was, not when it is read: this service may have been away, and the clock of another host may be wrong.
    void learn_end() {
        const auto told = told_end(seen_, policy_.driver_is_local);
        if ((record().over_ms == 0 || !policy_.driver_is_local) && record().launched_ms > 0 && told >= record().launched_ms && told <= now_ms()) {
            record().over_ms = policy_.driver_is_local ? told : std::max(told, record().running_ms);  // it was seen to run until then
        }
    }

    /// LAUNCHING → SUBMITTED → ACCEPTED → RUNNING; never back.
    void learn_progress() {
        if (record().phase == JobPhase::LAUNCHING && seen_.process && !process_is(Phase::absent)) {
            record().phase = JobPhase::SUBMITTED;
            record().begun = true;
        } else if (record().phase == JobPhase::SUBMITTED && process_is(Phase::absent) && !has_left_something()) {
            record().phase = JobPhase::LAUNCHING;  // the supervisor died before it executed anything
            goes_back_ = true;
        }
        const bool known = !record().application_id.empty();
        if (known && (record().phase == JobPhase::LAUNCHING || record().phase == JobPhase::SUBMITTED)) {
            record().phase = JobPhase::ACCEPTED;
        }
        const bool runs = on_cluster(ApplicationState::running) || (policy_.driver_is_local && known && !on_cluster(ApplicationState::pending));
        const bool begun = seen_.driver_began && record().phase == JobPhase::SUBMITTED && (policy_.begun_is_running || runs_without_session());
        if (begun && !policy_.begun_is_running) {
            out_.messages.emplace_back("The model runs; no Spark session of it is known yet.");
        }
        if (begun || (runs && record().phase == JobPhase::ACCEPTED)) {
            record().phase = JobPhase::RUNNING;
            record().running_ms = now_ms();
        }
    }

    /// On the edge host, for longer than a session takes to be opened: many models never open one.
    bool runs_without_session() const {
        return policy_.driver_is_local && (process_is(Phase::running) || process_is(Phase::orphan)) &&
               passed(out_.next.launched_ms, now_, policy_.session_grace);
    }

    void finish(JobStatus outcome, std::string reason) {
        if (outcome == JobStatus::ERROR) {
            std::ranges::move(left_out_of(seen_.application.diagnostics), std::back_inserter(out_.messages));
        }
        record() = finished(std::move(record()), outcome, std::move(reason), now_);
    }

    void collect() {
        record().phase = JobPhase::COLLECTING;
        out_.collect = true;
    }

    /// The function has returned: what its process or its cluster still does only delays the end, and may not change it.
    bool note_return() {
        if (!returned()) {
            return false;
        }
        if (record().returned_ms == 0) {
            record().returned_ms = now_ms();
        }
        if (on_cluster(ApplicationState::failed) || on_cluster(ApplicationState::killed)) {
            return judge_contradiction();
        }
        if (policy_.driver_is_local ? process_over() : on_cluster(ApplicationState::finished) || (nobody_knows_it() && returned_long_ago())) {
            if (record().stop == StopReason::CANCEL || record().stop == StopReason::TIMEOUT) {
                say_that_it_counts();
            }
            collect();
            return true;
        }
        if (passed(record().returned_ms, now_, policy_.driver_is_local ? policy_.keepalive_grace : policy_.cluster_keepalive_grace)) {
            end_what_goes_on();
        }
        return true;
    }

    void end_what_goes_on() {
        if (!policy_.driver_is_local && seen_.cluster != Observation::Cluster::seen) {
            return;  // whether it goes on is not known
        }
        if (record().stop == StopReason::NONE) {
            record().stop = StopReason::KEEPALIVE;
            record().stopped_ms = now_ms();
            out_.messages.emplace_back("The function has returned, but its process goes on: it is ended now. This does not change the result.");
        }
        out_.stop_process = policy_.driver_is_local;
        out_.kill_application = !policy_.driver_is_local;
    }

    void say_that_it_counts() { out_.messages.emplace_back("The function had returned before the run was stopped: its result counts."); }

    /// The master has not said whether it took the submission: no application is known that could contradict a result.
    bool unanswered() const { return out_.next.sent_over_rest && out_.next.application_id.empty(); }
    /// Nor does a cluster that has forgotten it, as a master does that was started anew.
    bool nobody_knows_it() const { return unanswered() || seen_.cluster == Observation::Cluster::unknown; }
    bool returned_long_ago() const { return passed(out_.next.returned_ms, now_, policy_.settle); }

    bool judge_contradiction() {
        if (policy_.driver_is_local && !process_over()) {
            return false;
        }
        if (record().stop == StopReason::KEEPALIVE) {
            collect();  // we ended the process ourselves, after the return
            return true;
        }
        if (may_be_our_kill()) {
            return true;
        }
        if ((record().stop != StopReason::NONE || record().cancel_requested) && on_cluster(ApplicationState::killed)) {
            say_that_it_counts();
            collect();
            return true;
        }
        finish(JobStatus::ERROR, fmt::format("The function returned, but the cluster says {}{}.", seen_.application.word, diagnostics()));
        return true;
    }

    std::string diagnostics() const {
        const auto& said = seen_.application.diagnostics;
        return said.empty() ? "" : ": " + cluster_words(said);
    }

    /// @return true when the job has ended, or another attempt begins.
    bool judge_end() { return policy_.driver_is_local ? judge_local_end() : judge_cluster_end(); }

    bool judge_local_end() {
        if (!seen_.process || !process_over()) {
            return false;
        }
        const auto& process = *seen_.process;
        if (!seen_.result_readable) {
            return false;
        }
        if (seen_.result) {
            return finish_stopped_or(failure_of_result());
        }
        if (!process.start_failure.empty()) {
            finish(JobStatus::ERROR, "spark-submit could not be started: " + process.start_failure + ".");
            return true;
        }
        if (process.phase != Phase::ended) {
            return finish_stopped_or(seen_.folder_gone
                                         ? "The run is lost: its folder on this host was taken away while it was under way."
                                         : "The run was lost: its process is gone without an exit record (was the host restarted, or the process killed?)." +
                                               obstacle());
        }
        if (process.signal != 0) {
            return finish_stopped_or(fmt::format("The run was ended by signal {}{}.", process.signal, after(record(), now_)));
        }
        if (process.exit_code == 0) {
            return finish_stopped_or("The run ended before it reported: exit code 0, but the function never returned (os._exit?).");
        }
        return failed_submission(process.exit_code);
    }

    std::string failure_of_result() const { return fmt::format("Failed{}: {}", after(out_.next, now_), failure_words(*seen_.result)); }

    bool was_killed() const {
        const bool here = seen_.process && (seen_.process->signal != 0 || process_is(Phase::lost) || (is_gone() && policy_.driver_is_local));
        return (here && !seen_.result) || on_cluster(ApplicationState::killed);
    }

    /// What was killed, and the journal does not say any more whether we did: only model-manage can tell whether the end was asked for.
    bool may_be_our_kill() const { return was_killed() && out_.next.stop == StopReason::NONE && !out_.next.cancel_requested && !seen_.cancel_known; }

    /// A failure that we asked for is the end that was asked for; so is a killed run of which a lost journal does not say any more that we did.
    bool finish_stopped_or(std::string failure) {
        if (may_be_our_kill()) {
            return true;
        }
        const bool killed = was_killed();
        if (record().stop == StopReason::CANCEL || (record().stop == StopReason::NONE && record().cancel_requested && killed)) {
            finish(JobStatus::CANCELLED, fmt::format("Cancelled{}.", after(record(), now_)));
        } else if (record().stop == StopReason::TIMEOUT) {
            finish(JobStatus::ERROR, fmt::format("Stopped{}: the time allowed for the job was over: {}.", after(record(), now_), time_allowed(record())));
        } else {
            finish(JobStatus::ERROR, std::move(failure));
        }
        return true;
    }

    /// spark-submit itself failed: the driver never wrote a word.
    bool failed_submission(int exit_code) {
        if (record().stop != StopReason::NONE) {
            return finish_stopped_or("");
        }
        const bool reached = !record().application_id.empty();
        if (!reached && seen_.cluster == Observation::Cluster::silent && !policy_.driver_is_local) {
            return false;
        }
        if (!reached && !seen_.driver_began && record().attempt < policy_.attempts && is_retryable_submission(seen_.error_tail)) {
            if (!policy_.driver_is_local && !passed(mark(record().missing_since), now_, policy_.settle)) {
                return false;
            }
            const auto said = telling_line(seen_.error_tail, seen_.output_tail);
            out_.messages.push_back(
                fmt::format("Attempt {} could not reach the cluster (exit code {}: {}); another one follows.", record().attempt, exit_code, said));
            record().phase = JobPhase::READY;
            record().missing_since = 0;
            return true;
        }
        if (const int signal = exit_code - 128; seen_.driver_began && signal > 0 && signal < 32) {  // spark-submit passes on what became of Python
            finish(JobStatus::ERROR, fmt::format("The Python process of the model was ended by signal {}{}{}.", signal, after(record(), now_),
                                                 signal == 9 ? ": by somebody, or because memory ran out" : ""));
            return true;
        }
        const auto last = telling_line(seen_.error_tail, seen_.output_tail);
        finish(JobStatus::ERROR,
               fmt::format("spark-submit failed with exit code {}{}{}{}", exit_code, after(record(), now_), last.empty() ? "." : ": " + last, obstacle()));
        return true;
    }

    /// ` No free disk space: …`: what may be behind an end that nobody tells of.
    std::string obstacle() const { return seen_.obstacle.empty() ? "" : " " + seen_.obstacle; }

    /// The moment from which something has been so.
    std::int64_t mark(std::int64_t& since) const {
        if (since == 0) {
            since = now_ms();
        }
        return since;
    }

    bool judge_cluster_end() {
        const bool ended = on_cluster(ApplicationState::failed) || on_cluster(ApplicationState::killed);
        if (ended && record().stop == StopReason::KEEPALIVE && !seen_.result) {
            return judge_our_kill();
        }
        if (on_cluster(ApplicationState::failed)) {
            return finish_stopped_or(seen_.result ? failure_of_result() : fmt::format("The cluster says {}{}", seen_.application.word, diagnostics()));
        }
        if (on_cluster(ApplicationState::killed)) {
            return finish_stopped_or(fmt::format("The application was killed on the cluster, not by this service{}", diagnostics()));
        }
        if (on_cluster(ApplicationState::finished)) {
            return judge_finished_without_return();
        }
        if (seen_.cluster == Observation::Cluster::unknown) {
            return judge_unknown();
        }
        return false;
    }

    /// We ended a driver whose function had returned, and what it left is not to be read: in a moment, or never.
    bool judge_our_kill() {
        if (passed(mark(record().finished_since), now_, policy_.result_grace)) {
            finish(JobStatus::ERROR, fmt::format("The function returned{}, but the driver's result {}.", after(record(), now_),
                                                 seen_.result_readable ? "is not there any more" : "could not be read"));
        }
        return true;
    }

    bool judge_finished_without_return() {
        if (seen_.result) {
            return finish_stopped_or(failure_of_result());
        }
        if (!passed(mark(record().finished_since), now_, seen_.result_readable ? policy_.settle : policy_.result_grace)) {
            return true;
        }
        finish(JobStatus::ERROR,
               seen_.result_readable
                   ? fmt::format("The cluster says {}, but the run ended before it reported: the function never returned.", seen_.application.word)
                   : fmt::format("The cluster says {}, but the driver's result could not be read.", seen_.application.word));
        return true;
    }

    bool judge_unknown() {
        if (process_is(Phase::ended) && record().application_id.empty() &&
            (seen_.process->exit_code != 0 || seen_.process->signal != 0 || !seen_.process->start_failure.empty())) {
            if (!seen_.process->start_failure.empty()) {
                finish(JobStatus::ERROR, "spark-submit could not be started: " + seen_.process->start_failure + ".");
                return true;
            }
            return passed(mark(record().missing_since), now_, policy_.settle) && failed_submission(seen_.process->exit_code);
        }
        if (!process_over()) {
            return false;
        }
        if (seen_.result) {
            return finish_stopped_or(failure_of_result());
        }
        const bool news = record().missing_since == 0;
        if (!passed(mark(record().missing_since), now_, policy_.lost_grace)) {
            if (news) {
                tell_missing(out_, policy_.lost_grace);
            }
            return false;
        }
        if (unanswered()) {
            return finish_stopped_or(fmt::format(
                "Whether the cluster took the submission is unknown: nothing of a driver was seen for {}. It is not sent again: a duplicate run would "
                "be worse.",
                duration_words(policy_.lost_grace.count())));
        }
        return finish_stopped_or(record().application_id.empty() ? "The submission is lost: the cluster has never known an application of this job."
                                                                 : fmt::format("The cluster does not know application {} any more.", record().application_id));
    }

    void look_at_stops() {
        const bool over_time = is_over_time(record(), now_);
        if (record().stop == StopReason::NONE && (record().cancel_requested || over_time)) {
            record().stop = record().cancel_requested ? StopReason::CANCEL : StopReason::TIMEOUT;
            record().stopped_ms = now_ms();
            record().phase = JobPhase::CANCELLING;
            out_.messages.emplace_back(record().cancel_requested
                                           ? "Cancel was asked for: the run is being stopped."
                                           : fmt::format("The time allowed for the job is over: {}. The run is being stopped.", time_allowed(record())));
            if (record().missing_since > 0 && seen_.cluster == Observation::Cluster::unknown) {
                tell_missing(out_, policy_.lost_grace);
            }
        }
        if (record().phase != JobPhase::CANCELLING) {
            return;
        }
        out_.stop_process = out_.stop_process || process_is(Phase::running) || process_is(Phase::orphan);
        out_.kill_application = !policy_.driver_is_local || seen_.cluster == Observation::Cluster::seen;
        if (process_is(Phase::absent) && policy_.driver_is_local) {
            finish_stopped_or("");
        }
    }

    const Observation& seen_;
    const Timestamp now_;
    const StatePolicy& policy_;
    Decision out_;
    bool goes_back_{false};  ///< to its launch
};

}  // namespace

Decision decide(JobRecord record, const Observation& seen, Timestamp now, const StatePolicy& policy) {
    if (!may_be_running(record.phase)) {
        return {.next = std::move(record)};
    }
    return Deciding{std::move(record), seen, now, policy}.run();
}

}  // namespace slipway::spark
