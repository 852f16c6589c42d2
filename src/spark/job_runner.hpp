#pragma once

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "spark/job_folder.hpp"
#include "spark/live_job.hpp"
#include "spark/outputs.hpp"

namespace slipway::spark {

/// Does the work of one job's phases: claim, prepare, launch, collect, tell. Every step that must not be forgotten is journalled before its effect; what may
/// be done again (a claim that model-manage knows, a status that was told) is noted in memory and goes to the journal with the next step, or by the monitor.
/// Every step may be repeated.
/// Blocks; thread-safe for different jobs.
class JobRunner {
public:
    JobRunner(MonitorPorts ports, const MonitorSettings& settings) : ports_{std::move(ports)}, settings_{settings} {}

    /// Goes on with a job as far as it can now.
    /// @return `unavailable` or `timeout` when a peer is away: try again later; what was reached is in the record and the journal.
    Result<void> advance(LiveJob& job, bool slot_free);
    /// Removes what was made for a job that turned out to be somebody else's, or to be gone.
    void discard(const LiveJob& job) const;
    /// Removes what jobs that have ended at model-manage, and that `known` does not name, have left in the staging area: for the start of a service.
    /// @return how many there were.
    Result<int> sweep_staging(const std::set<std::string>& known) const;
    /// Writes what the monitor decided, and carries out its effects.
    Result<void> apply(LiveJob& job, const Decision& decision);
    /// For what may be done again after a crash: it costs no sync of its own.
    void note(LiveJob& job, JobRecord next, std::vector<std::string> messages = {}) const;
    /// Tells people what the job waits for, unless they were told: once, until it goes on.
    void say_waiting(LiveJob& job, std::string why) const;

private:
    Result<bool> step(LiveJob& job, bool slot_free);
    Result<bool> claim(LiveJob& job);
    Result<std::optional<JobRecord>> end_before(const JobRecord& fresh) const;
    Result<bool> prepare(LiveJob& job);
    void let_go(LiveJob& job) const;
    Result<void> lay_ready(LiveJob& job, const PySparkJobManifest& manifest) const;
    Result<void> stage(const JobRecord& record, const PySparkJobManifest& manifest) const;
    Result<void> give_staging(const std::string& url, const std::string& job_id) const;
    Result<void> upload(const LiveJob& job, const PySparkJobManifest& manifest, const Submission& submission) const;
    struct NextAttempt {
        int number{1};
        std::optional<AttemptRecord> known{};  ///< ours, which the journal lost: it is not launched again
    };
    Result<NextAttempt> next_attempt(const LiveJob& job) const;
    Result<std::optional<AttemptRecord>> launched_before(const LiveJob& job) const;
    Result<bool> cancel_unlaunched(LiveJob& job);
    Result<bool> adopt_known(LiveJob& job, const AttemptRecord& attempt);
    Result<std::vector<std::string>> close_attempt(LiveJob& job);
    void kill(LiveJob& job) const;
    Result<void> write(LiveJob& job, const Decision& decision);
    bool is_found_again(const JobRecord& record) const;
    Result<json::object> engine() const;
    Result<bool> begin_attempt(LiveJob& job);
    Result<void> check_keys(const LiveJob& job) const;
    Result<bool> is_able_to_launch(LiveJob& job);
    Result<void> hold_manifest(LiveJob& job) const;
    Result<bool> launch(LiveJob& job);
    void note_execution(LiveJob& job) const;
    Result<bool> take_up(LiveJob& job);
    Result<bool> withdraw(LiveJob& job);
    std::unexpected<Error> waits_for_launch(LiveJob& job, Error error) const;
    Result<bool> submit(LiveJob& job);
    Result<void> note_submission(LiveJob& job, JobRecord next);
    Result<bool> follow_adopted(LiveJob& job);
    Result<void> follow_elsewhere(LiveJob& job);
    Result<bool> record_attempt(LiveJob& job);
    Result<Submission> written_submission(LiveJob& job);
    Result<bool> collect(LiveJob& job);
    Result<bool> conclude(LiveJob& job);
    void clean_staging(const JobRecord& record) const;
    Result<void> empty_staging(const std::string& folder) const;
    struct ToldOutputs {
        std::vector<std::string> left{};       ///< what was not taken, in sentences: such an output stays where it is
        std::vector<std::string> delivered{};  ///< where embedded ones lie that the job has now
    };
    Result<ToldOutputs> tell_outputs(LiveJob& job, const PySparkJobManifest& manifest, const CollectedOutputs& found) const;
    Result<void> tell_output(LiveJob& job, json::array& list, std::size_t place, const std::string& url, const FoundOutput& output, ToldOutputs& told) const;
    void remove_delivered(const LiveJob& job, const std::vector<std::string>& urls) const;
    static bool may_try_again(LiveJob& job);
    Result<bool> put_off_collecting(LiveJob& job, const Error& error, bool again);
    bool is_hidden_now(LiveJob& job, const Error& error) const;
    bool waits_for(LiveJob& job, const Error& error) const;
    bool is_told_to_nobody(LiveJob& job, const Error& error) const;
    Result<std::vector<std::string>> tell_test_result(const LiveJob& job, const CollectedOutputs& found) const;
    Result<void> push_status(LiveJob& job);

    Result<PySparkJobManifest> manifest_of(const LiveJob& job, const json::object& registered) const;
    Result<PySparkJobManifest> outputs_of(const LiveJob& job) const;
    Result<Submission> submission_of(const LiveJob& job, const PySparkJobManifest& manifest) const;
    Result<void> launch_over_rest(LiveJob& job, const Submission& submission);
    Result<void> tell(LiveJob& job);
    Result<void> tell_status(LiveJob& job);
    Result<void> send_messages(LiveJob& job);
    Result<void> ship_logs(LiveJob& job, bool all);
    Result<void> ship_log(LiveJob& job, LogStream stream, bool all);
    Result<void> save(LiveJob& job, JobRecord next, std::vector<std::string> messages = {});
    Result<void> end(LiveJob& job, domain::JobStatus outcome, std::string reason);
    JobFolder folder_of(const LiveJob& job) const { return {settings_.jobs_dir, job.record.job_id}; }
    AttemptPlaces places(const LiveJob& job) const;
    Result<bool> fetch_cluster_logs(LiveJob& job, bool ended) const;
    void tail_cluster_logs(LiveJob& job) const;
    Result<std::vector<std::string>> captured(const LiveJob& job) const;
    json::object status_patch(const JobRecord& record) const;

    MonitorPorts ports_;
    const MonitorSettings& settings_;
    std::shared_ptr<std::atomic<std::size_t>> held_{std::make_shared<std::atomic<std::size_t>>(0)};  ///< bytes in the manifests of all jobs
};

}  // namespace slipway::spark
