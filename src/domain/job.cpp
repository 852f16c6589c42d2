#include "domain/job.hpp"

#include <fmt/format.h>

#include "domain/document.hpp"
#include "domain/url.hpp"

namespace slipway::domain {

namespace {

void check_assets(const std::vector<Asset>& assets, const std::string& at, json::Faults& faults) {
    for (std::size_t i = 0; i < assets.size(); ++i) {
        check_asset(assets[i], at + "/" + std::to_string(i), faults);
    }
}

void check_run(const Job& job, json::Faults& faults) {
    constexpr std::size_t kLongestCommand = 64U << 10;
    for (const auto& [at, time] : {std::pair{"/jobWaitTime", job.job_wait_time}, std::pair{"/jobRunTime", job.job_run_time},
                                   std::pair{"/jobEndTime", job.job_end_time}, std::pair{"/jobDuration", job.job_duration}}) {
        if (time && *time < 0) {
            faults.add(at, "milliseconds, 0 or more", std::to_string(*time));
        }
    }
    if (job.spark_application && job.spark_application->tracking_url) {
        const auto scheme = url_scheme(*job.spark_application->tracking_url);
        if (scheme != "http" && scheme != "https") {
            faults.add("/sparkApplication/trackingUrl", "an http or https address", scheme.empty() ? "text without a scheme" : "scheme " + scheme);
        }
    }
    std::size_t length = 0;
    for (const auto& argument : job.effective_command.value_or(std::vector<std::string>{})) {
        length += argument.size() + 1;
    }
    if (length > kLongestCommand) {
        faults.add("/effectiveCommand", "at most 64 KiB", std::to_string(length) + " bytes");
    }
}

/// Times that belong to the change from `was` to `job`.
void fill_times(Job& job, JobStatus was, std::int64_t now) {
    if (job.job_status == was) {
        return;
    }
    if (job.job_status == JobStatus::WAITING) {
        job.job_wait_time = job.job_wait_time.value_or(now);
    } else if (job.job_status == JobStatus::RUNNING) {
        job.job_run_time = job.job_run_time.value_or(now);
    } else if (is_terminal(job.job_status)) {
        job.job_end_time = job.job_end_time.value_or(now);
        const auto began = job.job_run_time ? job.job_run_time : job.job_wait_time;
        if (began && !job.job_duration) {
            job.job_duration = std::max<std::int64_t>(*job.job_end_time - *began, 0);
        }
    }
}

}  // namespace

bool is_terminal(JobStatus status) {
    return status == JobStatus::COMPLETE || status == JobStatus::ERROR || status == JobStatus::CANCELLED;
}

bool may_become(JobStatus from, JobStatus to) {
    return from == to || (!is_terminal(from) && (is_terminal(to) || to > from));
}

JobStatus job_status_of_aws(std::string_view status, std::string_view secondary_status, JobStatus before) {
    if (status == "InProgress" || status == "Stopping" || status == "Deleting") {
        const bool waits = status == "InProgress" && (secondary_status == "Starting" || secondary_status == "Pending");
        return waits ? JobStatus::WAITING : JobStatus::RUNNING;
    }
    if (status == "Completed") {
        return JobStatus::COMPLETE;
    }
    if (status == "Failed") {
        return JobStatus::ERROR;
    }
    return status == "Stopped" ? JobStatus::CANCELLED : before;
}

Result<void> may_claim(const Job& job, bool engine_is_callers) {
    if (job.job_status != JobStatus::CREATED) {
        return fail(ErrorCode::conflict, "NOT_CREATED", fmt::format("The job is {}: only CREATED ones can be claimed.", json::enum_name(job.job_status)));
    }
    if (job.owner && !job.owner->empty()) {
        return fail(ErrorCode::conflict, "CLAIMED", "Another instance has the job already.");
    }
    if (!engine_is_callers) {
        return fail(ErrorCode::conflict, "NOT_YOUR_ENGINE",
                    "The job is for a runtime that you have not enrolled under this instanceId: enrol with PUT runtimes/{id} first.");
    }
    return {};
}

Result<Job> with_word_of_owner(const Job& was, Job said, Timestamp now) {
    if (said.job_status != was.job_status && is_terminal(was.job_status)) {
        return fail(ErrorCode::conflict, "ALREADY_ENDED", fmt::format("The job ended as {}; an end never changes.", json::enum_name(was.job_status)));
    }
    if (!may_become(was.job_status, said.job_status)) {
        return fail(ErrorCode::conflict, "ILLEGAL_TRANSITION",
                    fmt::format("A job that is {} cannot become {}.", json::enum_name(was.job_status), json::enum_name(said.job_status)));
    }
    fill_times(said, was.job_status, to_epoch_ms(now));
    return said;
}

std::string_view link_name(JobType type) {
    switch (type) {
        case JobType::MODEL_BATCH_TEST_JOB: return "modelBatchTestJob";
        case JobType::MODEL_BATCH_TRAINING_JOB: return "modelBatchTrainingJob";
        case JobType::MODEL_BATCH_JOB: break;
    }
    return "modelBatchJob";
}

Result<Job> parse_job(const json::value& document) {
    return decode_checked<Job>(document, [&](const Job& job, json::Faults& faults) {
        if (document.is_object() && !document.get_object().contains("jobType")) {
            faults.add("/jobType", "one of MODEL_BATCH_JOB, MODEL_BATCH_TEST_JOB, MODEL_BATCH_TRAINING_JOB", "nothing");
        }
        check_run(job, faults);
        check_assets(job.input_data, "/inputData", faults);
        check_assets(job.additional_assets, "/additionalAssets", faults);
        // An embedded output has no content before the job ran.
        for (std::size_t i = 0; i < job.output_data.size(); ++i) {
            if (job.output_data[i].asset_type != "FILE" || job.output_data[i].file_content) {
                check_asset(job.output_data[i], "/outputData/" + std::to_string(i), faults);
            }
        }
    });
}

json::object to_json(const Job& job) {
    return json::encode_object(job);
}

}  // namespace slipway::domain
