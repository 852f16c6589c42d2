#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/back_off.hpp"
#include "base/metrics.hpp"
#include "base/recurrence.hpp"
#include "base/worker_pool.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_index.hpp"
#include "spark/job_runner.hpp"
#include "spark/question.hpp"

namespace slipway::spark {

/// Finds CREATED jobs of its own runtime, claims them, and drives each to its true end. Per cycle it asks model-manage once and the cluster once or twice,
/// whatever the number of jobs. tick() belongs to one thread; the other functions are thread-safe.
class JobMonitor {
public:
    JobMonitor(MonitorPorts ports, MonitorSettings settings, Metrics& metrics);
    ~JobMonitor();

    /// Once, before the first tick: takes up what the journal knows.
    Result<void> recover();
    /// One cycle. @param may_claim false: known jobs are followed, none is taken.
    void tick(bool may_claim);
    /// Between two cycles: looks at this host's processes alone and goes on with what waits.
    void glance(bool may_launch);
    /// Waits for what the workers have under way.
    void wait_until_idle();
    /// Waits for what peers are asked about single jobs; the next cycle makes use of the answers.
    void wait_for_looks();
    /// Gives back to model-manage what was never launched, for a runtime that leaves: whoever takes its name finds these jobs. Best effort; blocks, any thread.
    void release_unlaunched();
    /// Takes no more work and waits for what is under way; running jobs go on under their supervisors.
    void stop();

    /// Jobs that may be running somewhere.
    std::size_t in_flight() const;
    /// True when glance() would find something: a process of this host, or work under way.
    bool wants_glances() const;
    /// Records of the journal that could not be read at the start.
    std::size_t unreadable_records() const { return unreadable_.size(); }
    /// Jobs by phase, for health and metrics.
    std::map<std::string, std::size_t> by_phase() const;
    /// How often a job was looked at by itself since the start: what cycles cost beside the answers that they read.
    std::uint64_t visits() const { return visits_; }

private:
    using Job = JobIndex::Job;
    /// What the cluster said in this cycle of jobs with which something may be going on. The views are into `all`.
    struct Reports {
        bool answered{false};
        std::vector<ApplicationReport> all;
        std::unordered_map<std::string_view, const ApplicationReport*> by_id;
        std::unordered_map<std::string_view, const ApplicationReport*> by_tag;
    };

    /// What model-manage shows of a job by itself.
    struct ShownJob {
        std::string id;
        std::optional<ErrorCode> refusal;
        std::string owner;
        std::optional<domain::JobStatus> status;
    };
    using ShownJobs = Result<std::vector<ShownJob>>;
    using Attempts = std::map<std::string, std::vector<AttemptRecord>>;

    void in_a_cycle(const std::function<void()>& work);
    void look_for_work(bool may_claim);
    bool work_rests(bool may_claim);
    void work_failed(const Error& error);
    void work_answered();
    /// @return false when a job of ours could not be taken up: until then nothing is an orphan.
    bool take(const WorkItem& item, bool may_claim);
    bool take_known(const Job& job, const WorkItem& item);
    bool take_up_wanting(bool may_claim);
    Result<Attempts> attempts_of(const std::vector<std::string>& ids) const;
    Job missed(const std::string& id) const;
    void confirm(LiveJob& job, const WorkItem& item) const;
    void notice_taken();
    std::vector<Job> unlisted();
    bool is_unlaunched(const LiveJob& job) const;
    ShownJobs show(const std::vector<std::string>& ids) const;
    bool is_taken(const LiveJob& job, const ShownJob& shown) const;
    /// @return nothing while model-manage is to be asked for its attempts.
    Result<std::optional<JobRecord>> recovered(const WorkItem& item);
    Result<JobRecord> recovered(const WorkItem& item, std::optional<JobRecord> known, std::vector<AttemptRecord> attempts) const;
    void sweep();
    bool end_orphans(const std::set<std::string>& known);
    void look_at_runs(bool ask_cluster);
    Reports ask(Timestamp oldest);
    /// Takes out of an answer what says nothing new. @return the jobs that are to be looked at.
    std::vector<Job> sort_out(Reports& reports);
    void write_notes();
    void tail_some();
    void judge(LiveJob& job, const Observation& seen, bool full);
    Observation observe(LiveJob& job, const Reports& reports, bool full);
    void observe_process(LiveJob& job, Observation& seen);
    void observe_driver(LiveJob& job, Observation& seen) const;
    bool observe_cluster(LiveJob& job, Observation& seen, const Reports& reports) const;
    bool is_driver_due(LiveJob& job, const Reports& reports) const;
    bool is_of_another(const LiveJob& job, const std::string& application_id) const;
    bool is_missing_due(LiveJob& job, Observation& seen) const;
    void look_closer(LiveJob& job, CloserLook wanted);
    Result<void> ask_closely(CloserLook& look) const;
    bool ask_elsewhere(std::vector<std::shared_ptr<CloserLook>> looks);
    void await_looks();
    void add_look(LiveJob& job, Observation& seen, const Reports& reports);
    bool add_driver(const LiveJob& job, const CloserLook& look, Observation& seen, const Reports& reports) const;
    void add_what_is_kept(const LiveJob& job, Observation& seen) const;
    void take_returns();
    void look_for_returns();
    void hand_out(bool may_launch);
    bool give_away(const Job& job, bool slot);
    WorkerPool& pool_for(const LiveJob& job);
    /// Both called with the lock.
    bool has_slot() const;
    void explain_waiting();
    void work_on(const std::string& id, const Job& job, bool slot_free);
    Result<void> go_on(LiveJob& job, bool slot_free);
    void tell_waiting(const LiveJob& job, const Error& error);
    void note_refusal(const std::string& id, const Error& error);
    bool was_refused_lately(const std::string& id) const;
    bool may_be_released(const LiveJob& job) const;
    bool try_release(const Job& job, Steady until, std::atomic<bool>& away);
    Result<void> release(const Job& job, Steady until);
    bool settle_worked(const std::string& id, const Job& job, const Result<void>& done);
    void forget(const std::string& id);
    void count();
    void measure(const LiveJob& job, bool launched_before);
    JobFolder folder_of(const JobRecord& record) const { return {settings_.jobs_dir, record.job_id}; }

    MonitorPorts ports_;
    const MonitorSettings settings_;
    Metrics& metrics_;
    JobRunner runner_;
    mutable std::mutex mutex_;  ///< guards jobs_, busy_ and `busy`; a job's other members belong to the worker that made it busy, else to tick()
    std::condition_variable idle_;
    JobIndex jobs_;
    Recurrence away_faults_;                           ///< under `mutex_`: of peers that keep jobs waiting, whatever their number
    std::unordered_map<std::string, Steady> refused_;  ///< under `mutex_`, as what follows: jobs that may not be claimed, until when they are let be
    Recurrence claim_faults_;
    std::size_t busy_{0};
    std::atomic<bool> left_{false};  ///< a job went since the last answer for work was gone through
    WorkAnswer work_seen_;           ///< tick() alone, as what follows
    bool work_open_{true};           ///< the last answer was not wholly gone through: it counts again
    Recurrence work_faults_;         ///< of the question for work
    BackOff work_pauses_{Milliseconds{1'000}, Milliseconds{5'000}};
    std::optional<Steady> work_lost_;  ///< since then it is not answered
    bool could_claim_{false};
    std::uint64_t answers_{0};
    std::size_t named_{0};  ///< jobs that the last answer named as ours, of those that we know as claimed
    bool some_unlisted_{false};
    std::vector<std::string> missing_;  ///< that are asked about; empty: nothing is
    std::vector<WorkItem> wanting_;     ///< ours by the last answer, of which attempts are to be asked for
    Attempts attempts_;                 ///< of them, as far as it is known
    bool attempts_asked_{false};
    std::size_t recoveries_{0};
    std::uint64_t cycle_{0};
    std::uint64_t visits_{0};
    bool swept_{false};
    std::set<std::string> unreadable_;  ///< jobs whose records cannot be read; since recover()
    std::atomic<bool> stopping_{false};
    std::mutex looks_mutex_;  ///< guards `answered` and what it stands for
    std::size_t looks_under_way_{0};
    std::condition_variable looked_;
    std::vector<std::shared_ptr<CloserLook>> looks_;                    ///< that were begun in this cycle
    std::vector<std::pair<Job, std::shared_ptr<CloserLook>>> returns_;  ///< for results of what runs: one thread goes through them, and none is begun before
    WorkerPool workers_;                                                ///< it and the others behind whatever their threads lock: they are joined first
    WorkerPool askers_;                                                 ///< for jobs whose work asks the cluster, which may hang: it holds up nobody else's
    WorkerPool enders_;                                                 ///< for ends and closer looks: they ask stores and histories, which may hang, too
    Question<Result<WorkAnswer>> work_{"work"};
    Question<ShownJobs> shown_{"shown"};
    Question<Result<Attempts>> recovery_{"recovery"};
    Question<Result<std::vector<ApplicationReport>>> reports_{"reports"};
};

}  // namespace slipway::spark
