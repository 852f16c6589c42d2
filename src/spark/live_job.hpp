#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/object_store.hpp"
#include "spark/job_record.hpp"
#include "spark/job_state.hpp"
#include "spark/journal.hpp"
#include "spark/manifest.hpp"
#include "spark/output_access.hpp"
#include "spark/registry_client.hpp"
#include "spark/submission.hpp"

namespace slipway::spark {

/// What monitor and runner stand on.
struct MonitorPorts {
    RegistryClient& registry;
    ClusterClient& cluster;
    Supervisor& supervisor;
    ObjectStore& store;
    Journal& journal;
    const Clock& clock;
    std::function<json::object()> engine;     ///< the runtime as registered
    std::function<void()> wake{};             ///< called, by any thread, when a glance would find something to hand out; may be empty
    std::function<std::string()> obstacle{};  ///< what is wrong with the disk of the data directory, in a sentence; empty, or nothing: all is well
};

/// How this runtime works.
struct MonitorSettings {
    Enrolment enrolment;
    SubmitSettings submit;
    SparkHost host;
    std::string jobs_dir;
    std::string driver;         ///< text of ModelOpPySparkDriver.py
    std::string history_url{};  ///< Spark history server, without a trailing `/`; empty: none
    std::size_t max_submissions{4};
    std::size_t max_drivers{0};  ///< drivers that live on this host at once; 0: any number
    std::size_t workers{4};
    bool capture_output{true};
    std::size_t capture_limit{1U << 20};
    OutputAccess access;
    StatePolicy policy;
};

/// In which lists of the JobIndex a job stands, and by what: as it was when the lists were brought in line with it.
struct JobStanding {
    std::string id;
    JobPhase phase{JobPhase::CLAIMING};
    std::string application;
    Steady not_before{};
    Steady next_tail{};
    Steady next_return{};
    std::int64_t launched_ms{0};
    bool running{false};
    bool claimed{false};
    bool slot{false};
    bool driver{false};
    bool due{false};
    bool waiting{false};
    bool unexplained{false};
    bool noted{false};
    bool process{false};
    bool firm{false};
    bool loose{false};
    bool tail{false};
    bool returns{false};
    bool operator==(const JobStanding&) const = default;
};

/// A manifest, counted as long as it lives.
struct HeldManifest {
    HeldManifest(PySparkJobManifest made, std::shared_ptr<std::atomic<std::size_t>> held);
    ~HeldManifest() { *held_ -= size_; }
    HeldManifest(const HeldManifest&) = delete;
    HeldManifest& operator=(const HeldManifest&) = delete;

    const PySparkJobManifest manifest;

private:
    std::shared_ptr<std::atomic<std::size_t>> held_;
    std::size_t size_;
};

/// What one job alone is asked about, of peers that may hang, and what they say. Shared with the thread that asks.
struct CloserLook {
    AttemptPlaces places;
    ApplicationRef application;
    bool ask_cluster{false};  ///< whether it knows the application
    bool ask_id{false};       ///< which driver it is
    bool ask_opened{false};   ///< which application that driver has opened
    bool ask_result{false};   ///< what the driver left in the staging area; also asked for once the others say that it may be over

    bool answered{false};  ///< by then what follows is there, as far as it was asked for; under the lock of the monitor
    std::optional<Result<std::optional<ApplicationReport>>> known{};
    std::optional<Result<std::optional<std::string>>> id{};
    std::optional<DriverApplication> opened{};
    std::optional<Result<std::optional<DriverResult>>> result{};
};

/// A job in memory. Belongs to the monitor's thread, or to the worker that it was given to (`busy`): then only `busy`, `standing` and `given_slot` may be read
/// by others, under the monitor's lock.
struct LiveJob {
    JobRecord record;
    JobStanding standing;
    std::optional<ProcessReport> process_end;  ///< once ended or lost it stays so
    bool process_matters{true};                ///< false: an earlier service saw its application, and the driver runs on the cluster
    std::unique_ptr<Decision> decision;        ///< made by the monitor, to be carried out
    std::vector<std::string> noted;            ///< messages of the record that the journal does not have yet
    bool has_notes{false};                     ///< the journal is behind the record, in what may be done again
    std::optional<Steady> seen;                ///< when it was first seen CREATED, by this process
    Steady next_find{};                        ///< when the cluster may be asked for it by itself again
    bool asked_at_end{false};
    std::shared_ptr<CloserLook> look;  ///< under way, or not yet made use of
    Steady next_look{};                ///< when a driver without an answer may be looked for again
    Steady next_stop{};                ///< when what is being stopped may be told so again
    int unlisted{0};                   ///< answers in a row in which model-manage did not name it as ours
    std::uint64_t named{0};            ///< the last answer that did
    std::uint64_t asked_about{0};      ///< the answer since which it was last asked about by itself
    std::uint64_t matched{0};          ///< the last cycle in which the cluster said of it what is known
    Steady next_tail{};                ///< when its log on the cluster may be read again
    Milliseconds tail_pause{0};
    Steady next_return{};                       ///< when its result may be looked for again, though the cluster says that it runs
    std::unique_ptr<DriverResult> returned;     ///< its function has returned, on the cluster, whatever that says: without what it left
    std::unique_ptr<DriverApplication> opened;  ///< what its driver has opened, as that says
    bool launched{false};                       ///< launch() was called since this service started
    bool confirmed{false};     ///< model-manage has named it as ours since this service started: before that nothing is launched, whatever the journal says
    bool driver_began{false};  ///< of this attempt, on this host: spark-submit has done its part
    bool busy{false};
    bool given_slot{false};
    bool said_waiting{false};        ///< people were told what it waits for
    bool said_refusal{false};        ///< people were told that a cluster does not let us kill it
    bool hidden{false};              ///< model-manage does not show it to us for now
    bool dropped{false};             ///< somebody else's: to be forgotten
    std::optional<Error> refusal{};  ///< why it may not be claimed
    bool stays{false};               ///< model-manage does not take it back
    bool wants_work{true};           ///< something is to be done by a worker
    Steady not_before{};             ///< back-off after a peer that was away
    int failures{0};
    std::unique_ptr<HeldManifest> manifest;  ///< from preparing to launch, as long as there is room for it
};

/// What a job is told first.
std::string taken_by(std::string_view runtime);
/// The document or the options are at fault: trying again would not help.
bool is_of_the_job(const Error& error);
/// Nothing that time would mend.
bool is_final(const Error& error);
/// A peer that is away, or a secret that is being changed: trying again may help.
bool may_mend(const Error& error);
/// What runs there cannot be deleted: a job that is not shown to us, or that we may not write to any more, is hidden (somebody changed our groups). It waits,
/// for days after its end, until it is shown again.
bool is_hidden(const JobRecord& record, const Error& error, Timestamp now);
/// Its end may not be told, and that days after it: nobody is going to allow it.
bool is_refused_for_ever(const JobRecord& record, const Error& error, Timestamp now);
/// The job has ended otherwise at model-manage, is somebody else's, or is not there any more: there is nobody to be told.
bool is_over_there(const Error& error);
/// A person took the job from its owner during this attempt or a later one: what was recorded of it is of another life.
bool was_released(const std::vector<AttemptRecord>& attempts, int attempt);
/// Bytes that model-manage keeps of a log of one job (registry/job_logs.hpp): what follows is not sent.
inline constexpr std::int64_t kLargestLog = 16LL << 20;
/// Messages that go to model-manage in one request.
inline constexpr std::size_t kMessagesAtOnce = 200;
/// Marks the waiting messages, and `fresh` ones behind them, as the batch that is sent next, unless one is under way.
void begin_batch(JobRecord& record, std::size_t fresh);
/// True when model-manage lacks something of the record: status, application, messages.
bool has_untold(const JobRecord& record);
/// By what its processes are found where nothing else tells of them; empty while there can be none.
std::string mark_of(const JobRecord& record);
/// What is pushed as the application; it changes when there is something new to push.
std::string application_key(const JobRecord& record);

/// The clock that nobody sets, in ms.
std::int64_t steady_ms(const Clock& clock);
/// Times of a record of an earlier service, as they would be by the clock of now: the host's may have been set since. Only where the host was not started anew.
void by_clock_of_now(JobRecord& record, const Clock& clock, std::string_view boot);
/// What the driver left for this attempt. @return nothing while it left nothing; `unavailable` when the place cannot be read.
Result<std::optional<DriverResult>> read_result(const AttemptPlaces& places, ObjectStore& store);
/// What a driver without a tag has written down of itself, where nobody else could tell it.
struct DriverWords {
    std::string id;  ///< of the driver; empty where it could not tell
    std::vector<DriverApplication> applications;
};
/// @return nothing while it has written nothing.
Result<std::optional<DriverWords>> read_driver_words(const AttemptPlaces& places, ObjectStore& store);
/// True when model-manage does not have all of the driver's output.
bool log_has_grown(const JobRecord& record, const JobFolder& folder);
/// Where a job's files are staged: where they were when it was prepared.
const std::string& staging_of(const JobRecord& record, const SubmitSettings& submit);
/// Where the driver of an attempt reports to.
AttemptPlaces places_of(const JobRecord& record, const JobFolder& folder, const SubmitSettings& submit, const ClusterClient& cluster);

/// True while it holds one of the places for submissions: until its application is known, or its driver has begun on this host; a local master's until it has
/// ended.
bool holds_slot(const JobRecord& record, const std::string& manager, bool driver_began);

}  // namespace slipway::spark
