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
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (job_type, job_status, job_result, job_messages, job_parameters, model, reference_model, input_data, output_data, additional_assets,
                       target_engine, cancel_requested, owner, job_wait_time, job_run_time, job_end_time, job_duration, sage_maker, extra))

/// InProgress, Stopping, Deleting → RUNNING (WAITING while Starting or Pending); Completed → COMPLETE; Failed → ERROR; Stopped → CANCELLED; unknown → `before`.
JobStatus job_status_of_aws(std::string_view status, std::string_view secondary_status, JobStatus before);
/// Last segment of the typed self link: `modelBatchJob`, `modelBatchTestJob`, `modelBatchTrainingJob`.
std::string_view link_name(JobType type);

Result<Job> parse_job(const json::value& document);
json::object to_json(const Job& job);

}  // namespace slipway::domain
