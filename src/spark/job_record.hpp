#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json_codec.hpp"
#include "domain/job.hpp"

namespace slipway::spark {

/// Where a job stands for this runtime; beside each what model-manage shows. Source: the state table of the design (reference/spark.md (a)).
enum class JobPhase {
    CLAIMING,    ///< CREATED: the claim may have been made
    PREPARING,   ///< CREATED: ours; files are written
    READY,       ///< CREATED: waits for a slot and a healthy cluster
    LAUNCHING,   ///< CREATED: the attempt is recorded, the supervisor may run
    SUBMITTED,   ///< WAITING: started, no application known
    ACCEPTED,    ///< WAITING: application known, not running
    RUNNING,     ///< RUNNING
    CANCELLING,  ///< as before: the end was asked for
    COLLECTING,  ///< RUNNING: the function returned; outputs are looked at
    FINISHING,   ///< as before: the end is journalled and must be told
    DONE,        ///< told
};
BOOST_DESCRIBE_ENUM(JobPhase, CLAIMING, PREPARING, READY, LAUNCHING, SUBMITTED, ACCEPTED, RUNNING, CANCELLING, COLLECTING, FINISHING, DONE)

/// True from the moment at which something of the job may run somewhere.
bool may_be_running(JobPhase phase);

/// Why an end was asked for.
enum class StopReason { NONE, CANCEL, TIMEOUT, KEEPALIVE };
BOOST_DESCRIBE_ENUM(StopReason, NONE, CANCEL, TIMEOUT, KEEPALIVE)

/// Everything this runtime knows of a job, as it stands in the journal.
struct JobRecord {
    std::string job_id;
    JobPhase phase{JobPhase::CLAIMING};
    std::int64_t version{0};  ///< of the job when it was seen CREATED
    int attempt{0};           ///< 0: none recorded
    std::string tag;          ///< of the attempt
    std::string job_type;
    std::string deployable_model_id;
    std::string staging_url;  ///< of the settings when its files were laid ready: where its run writes, whatever they say by now; empty: as they say
    std::string application_id;
    std::string opened_id;  ///< of the application that a driver opened which the cluster itself calls by another id; told to people
    std::string tracking_url;
    std::vector<std::string> command;  ///< as people may see it
    bool cancel_requested{false};
    StopReason stop{StopReason::NONE};
    domain::JobStatus outcome{domain::JobStatus::CREATED};  ///< of FINISHING and DONE
    std::string reason;                                     ///< the sentence that goes with it
    std::string pushed_status{"CREATED"};                   ///< what model-manage has acknowledged
    std::string pushed_application;
    std::int64_t messages_next{1};   ///< number of the next message
    std::int64_t messages_sent{1};   ///< messages below it have reached model-manage
    std::int64_t messages_batch{0};  ///< last of the batch that was sent last: a repetition must be the same batch
    std::int64_t stdout_sent{0};     ///< bytes of this attempt's output that model-manage has
    std::int64_t stderr_sent{0};
    std::int64_t stdout_base{0};  ///< where they begin in model-manage's log: behind those of the attempts before
    std::int64_t stderr_base{0};
    std::int64_t collect_tries{0};
    bool held{false};            ///< its folder said, before this was written, that nothing was executed yet: where it does not say so any more, it was
    bool begun{false};           ///< its supervisor was seen, or its program executed: what is absent after that was taken away
    bool taken{false};           ///< model-manage gave it to another instance, or has it no more: it is stopped, and nobody is told anything
    bool adopted{false};         ///< rebuilt from model-manage after the journal was lost: it is followed, never launched
    bool sent_over_rest{false};  ///< a submission over REST was about to be sent
    bool captured{false};        ///< its output stands in the messages
    std::optional<std::int64_t> timeout_ms;
    std::int64_t launched_ms{0};      ///< when the attempt was recorded
    std::int64_t launched_steady{0};  ///< the same moment by the host's clock that nobody sets, in ms
    std::string boot;                 ///< of the host, during which that clock counted so
    std::int64_t running_ms{0};       ///< when it began to run
    std::int64_t over_ms{0};          ///< when its function or its process ended, as the driver or the supervisor wrote down, however late that is read
    std::int64_t returned_ms{0};      ///< when its result was first seen
    std::int64_t stopped_ms{0};       ///< when the end was asked for
    std::int64_t missing_since{0};    ///< since when a healthy cluster has not known it
    std::int64_t finished_since{0};   ///< since when the cluster has called it finished without a result of the driver
    std::int64_t ended_ms{0};

    bool operator==(const JobRecord&) const = default;
};
BOOST_DESCRIBE_STRUCT(JobRecord, (),
                      (job_id, phase, version, attempt, tag, job_type, deployable_model_id, staging_url, application_id, opened_id, tracking_url, command,
                       cancel_requested, stop, outcome, reason, pushed_status, pushed_application, messages_next, messages_sent, messages_batch, stdout_sent,
                       stderr_sent, stdout_base, stderr_base, collect_tries, held, begun, taken, adopted, sent_over_rest, captured, timeout_ms, launched_ms,
                       launched_steady, boot, running_ms, over_ms, returned_ms, stopped_ms, missing_since, finished_since, ended_ms))

}  // namespace slipway::spark
