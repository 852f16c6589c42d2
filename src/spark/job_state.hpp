#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spark/cluster_client.hpp"
#include "spark/driver_report.hpp"
#include "spark/job_record.hpp"
#include "spark/supervisor.hpp"

/// The job state machine: what follows from what is seen. Pure, so that every row of the state table is a test.
namespace slipway::spark {

/// What is seen of a job at one moment.
struct Observation {
    /// What the cluster said of its application.
    enum class Cluster {
        silent,   ///< it could not be asked, or did not answer: nothing follows
        unknown,  ///< it is well and does not know such an application
        seen,     ///< see `application`
    };
    std::optional<ProcessReport> process;  ///< of the attempt; empty where there is none (submission over REST)
    bool folder_gone{false};               ///< nothing lives of the process here, and the folder of the job was taken away
    bool driver_began{false};              ///< the driver had begun, so that the model may have had effects: no other attempt
    std::vector<DriverApplication> applications;
    std::optional<DriverApplication> opened{};  ///< by a driver that the cluster calls by an id of its own (standalone, cluster mode)
    std::optional<DriverResult> result;
    bool result_readable{true};  ///< false: the place of the result could not be read, so that its absence says nothing
    Cluster cluster{Cluster::silent};
    ApplicationReport application{};
    std::string error_tail{};   ///< last lines of standard error, for a failed submission
    std::string output_tail{};  ///< likewise of standard output, where Python's own words go
    std::string obstacle{};     ///< what is wrong with the disk of this host while an end without a result is looked at, in a sentence
    bool cancel_known{true};    ///< false: model-manage has not said yet, to this service, whether the end was asked for
};

/// Times and bounds of the rules.
struct StatePolicy {
    bool driver_is_local{true};
    bool begun_is_running{false};                   ///< a local master: nothing is waited for once the driver has begun
    Milliseconds session_grace{60'000};             ///< from its launch, until a driver on this host that has begun runs although no session of it is known
    int attempts{3};                                ///< for submissions that never reached the cluster
    Milliseconds keepalive_grace{10'000};           ///< from the function's return to the end of its process
    Milliseconds cluster_keepalive_grace{120'000};  ///< the same of a driver on the cluster, which closes its session behind it
    Milliseconds settle{30'000};                    ///< after a failed submission, until a healthy cluster that knows no such application is believed
    Milliseconds lost_grace{600'000};               ///< a healthy cluster forgot the application
    Milliseconds result_grace{120'000};             ///< the cluster says finished, the result cannot be read
};

/// What is to be done beside writing the record. All may be repeated.
struct Decision {
    JobRecord next;
    bool stop_process{false};
    bool stop_now{false};  ///< with SIGKILL
    bool kill_application{false};
    bool collect{false};  ///< look at the outputs, then collected()
    std::vector<std::string> messages{};
};

/// The status that model-manage shall show for a record.
domain::JobStatus shown_status(const JobRecord& record);

/// From what is seen to what follows, for phases LAUNCHING to CANCELLING; others come back unchanged. Terminal phases never change.
Decision decide(JobRecord record, const Observation& seen, Timestamp now, const StatePolicy& policy);
/// True when decide() would say nothing about a job whose driver runs on the cluster and of which nothing runs on this host: the short way for thousands of
/// jobs in which nothing happens.
bool changes_nothing(const JobRecord& record, const ApplicationReport& application, Timestamp now);

/// Notes the application that a driver of another id has opened. @return true when it is news.
bool learn_opened(JobRecord& record, const Observation& seen);
/// When the run ended, as the driver says, else as the supervisor of a driver of this host or the cluster does; 0 where nobody does. On a cluster spark-submit
/// leaves long before the run has ended: its own end says nothing.
std::int64_t told_end(const Observation& seen, bool driver_is_local);
/// When the run began that ended at `end_ms`, 0 where nothing was launched. What was seen to run only after its end began at its launch for all that is known.
std::int64_t began_ms(const JobRecord& record, std::int64_t end_ms);
/// `2 min 14 s`.
std::string duration_words(std::int64_t ms);
/// ` after 2 min 14 s`, of its run up to its end or to now; nothing while it never ran.
std::string after(const JobRecord& record, Timestamp now);
/// Where people follow its application, an http or https address, or empty. What ends with the driver (its own page, whose address does not name the
/// application) gives way to the history server, where there is one, once the job has ended.
std::string followed_at(const JobRecord& record, const std::string& history_url);
/// Of a job with a time-out that is over, what was counted: `10 min 0 s from its launch, of which it waited 4 min 2 s for the cluster`.
std::string time_allowed(const JobRecord& record);
/// True when the time allowed for its run is over: from its launch, waiting for the cluster included.
bool is_over_time(const JobRecord& record, Timestamp now);

/// Says of a job whose application the cluster does not know any more since when that is so, when the job ends, and as what. Of one that it has never known
/// nothing: clusters under load take minutes to show one.
void tell_missing(Decision& decision, Milliseconds lost_grace);

/// After the outputs were looked at: COMPLETE, or ERROR with what is wrong with them.
JobRecord collected(JobRecord record, const std::string& fault, Timestamp now);

/// Whether something has been so for `grace`. @param since_ms 0: it is not so.
inline bool passed(std::int64_t since_ms, Timestamp now, Milliseconds grace) {
    return since_ms > 0 && to_epoch_ms(now) - since_ms >= grace.count();
}

/// The record of another attempt: what belongs to a run begins anew, what belongs to the job stays.
JobRecord begin(const JobRecord& record, int attempt, std::string tag, Timestamp now);
/// The record of an attempt that model-manage knows as ours and the journal does not: it is followed, never launched.
JobRecord adopt(const JobRecord& record, int attempt, std::string tag, Timestamp now);

/// Ends a record that never ran: ERROR or CANCELLED with a sentence.
JobRecord finished(JobRecord record, domain::JobStatus outcome, std::string reason, Timestamp now);

/// True when a failed spark-submit said that it could not reach the cluster, so that another attempt may help.
bool is_retryable_submission(std::string_view error_tail);
/// What spark-submit failed of, in the line of its standard error that says most: the deepest cause of an exception, or what it caused where that has the same
/// words and more; of a Python that failed the last line of its own output; else the last line that is no frame of a stack. Empty when nothing was said.
std::string telling_line(std::string_view error_tail, std::string_view output_tail);
/// What a cluster says of a failed application, short enough to be read: what the program threw where that is among it, else without the frames, logs and
/// addresses that YARN puts around it. Begins with what it means where a Spark session came too late, or never.
std::string cluster_words(std::string_view diagnostics);
/// All of it, line by line, where cluster_words() has left something out; else nothing.
std::vector<std::string> left_out_of(std::string_view diagnostics);

/// What ended a function that did not return: it raised, or called exit.
std::string failure_words(const DriverResult& result);
/// What a function raised, in one short text: of an exception of the JVM its first line and its deepest cause, whose frames stand in the log.
std::string raised_words(const DriverResult& result);

}  // namespace slipway::spark
