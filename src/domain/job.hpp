#pragma once

#include <string>
#include <vector>

#include "domain/asset.hpp"
#include "domain/sagemaker_facts.hpp"

namespace slipway::domain {

enum class JobType { MODEL_BATCH_JOB, MODEL_BATCH_TEST_JOB, MODEL_BATCH_TRAINING_JOB };
BOOST_DESCRIBE_ENUM(JobType, MODEL_BATCH_JOB, MODEL_BATCH_TEST_JOB, MODEL_BATCH_TRAINING_JOB)

enum class JobStatus { CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED };
BOOST_DESCRIBE_ENUM(JobStatus, CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED)

/// COMPLETE, ERROR and CANCELLED never change.
bool is_terminal(JobStatus status);
/// Forward and skipping forward is allowed, back is not; the same status is no change.
bool may_become(JobStatus from, JobStatus to);

/// `cancelRequested`.
struct CancelRequest {
    Timestamp at{};
    std::string by;
    bool operator==(const CancelRequest&) const = default;
};
BOOST_DESCRIBE_STRUCT(CancelRequest, (), (at, by))

/// Where Spark runs the job; the runtime's word.
struct SparkApplication {
    std::optional<std::string> id;
    std::optional<std::string> attempt_id;
    std::optional<std::string> tag;
    std::optional<std::string> tracking_url;  ///< http or https only: pages link to it
    std::optional<std::string> master;
    std::optional<std::string> deploy_mode;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(SparkApplication, (), (id, attempt_id, tag, tracking_url, master, deploy_mode, extra))

/// One run.
struct Job {
    JobType job_type{JobType::MODEL_BATCH_JOB};
    JobStatus job_status{JobStatus::CREATED};
    std::optional<std::string> job_result;
    std::vector<json::value> job_messages;       ///< kept apart, append-only, bounded
    std::optional<json::object> job_parameters;  ///< spark-submit options, or the body of an AWS request
    json::object model;                          ///< the snapshot as posted, or a reference; kept by content hash
    std::optional<json::object> reference_model;
    std::vector<Asset> input_data;
    std::vector<Asset> output_data;
    std::vector<Asset> additional_assets;
    std::optional<json::object> target_engine;
    std::optional<CancelRequest> cancel_requested;
    std::optional<std::string> owner;
    std::optional<std::int64_t> job_wait_time;  ///< epoch ms at which it began to wait
    std::optional<std::int64_t> job_run_time;   ///< epoch ms at which it began to run
    std::optional<std::int64_t> job_end_time;   ///< epoch ms
    std::optional<std::int64_t> job_duration;   ///< ms
    std::optional<SageMakerFacts> sage_maker;
    std::optional<SparkApplication> spark_application;
    std::optional<std::vector<std::string>> effective_command;  ///< what was run, without secrets
    std::optional<std::string> retry_of;                        ///< id of the job that this one repeats
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (job_type, job_status, job_result, job_messages, job_parameters, model, reference_model, input_data, output_data, additional_assets,
                       target_engine, cancel_requested, owner, job_wait_time, job_run_time, job_end_time, job_duration, sage_maker, spark_application,
                       effective_command, retry_of, extra))

/// InProgress, Stopping, Deleting → RUNNING (WAITING while Starting or Pending); Completed → COMPLETE; Failed → ERROR; Stopped → CANCELLED; unknown → `before`.
JobStatus job_status_of_aws(std::string_view status, std::string_view secondary_status, JobStatus before);

/// A runtime may take a job that is CREATED, has no owner and is meant for it.
/// @return `conflict` with `NOT_CREATED`, `CLAIMED` or `NOT_YOUR_ENGINE`.
Result<void> may_claim(const Job& job, bool engine_is_callers);
/// The job as its runtime says it is: its status goes forward only and an end stays as it is; times that a change of status sets are filled in
/// where the runtime does not say them.
/// @return `conflict` with `ALREADY_ENDED` or `ILLEGAL_TRANSITION`.
Result<Job> with_word_of_owner(const Job& was, Job said, Timestamp now);

/// Last segment of the typed self link: `modelBatchJob`, `modelBatchTestJob`, `modelBatchTrainingJob`.
std::string_view link_name(JobType type);

Result<Job> parse_job(const json::value& document);
json::object to_json(const Job& job);

}  // namespace slipway::domain
