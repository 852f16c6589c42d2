#include "domain/job.hpp"

#include "domain/document.hpp"

namespace slipway::domain {

namespace {

void check_assets(const std::vector<Asset>& assets, const std::string& at, json::Faults& faults) {
    for (std::size_t i = 0; i < assets.size(); ++i) {
        check_asset(assets[i], at + "/" + std::to_string(i), faults);
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
