#include "sagemaker/aws_time.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

/// A place in S3 (or another address) as an asset of a job.
domain::Asset data_asset(std::string_view uri, std::string_view name) {
    domain::Asset asset;
    asset.asset_type = "EXTERNAL_FILE";
    asset.file_url = normal_uri(uri);
    if (!name.empty()) {
        asset.name = name;
    }
    return asset;
}

/// `{DataSource: {S3DataSource: {S3Uri}}}`, or the path of another file system.
std::optional<std::string> source_uri(const json::object& input) {
    const auto* source = json::object_of(input, "DataSource");
    if (source == nullptr) {
        return std::nullopt;
    }
    if (const auto* s3 = json::object_of(*source, "S3DataSource")) {
        return text_member(*s3, "S3Uri");
    }
    return std::nullopt;
}

void set_times(domain::Job& job, const json::object& answer, std::string_view start_key, std::string_view end_key) {
    const auto created = time_of(answer, "CreationTime");
    const auto started = time_of(answer, start_key);
    const auto ended = time_of(answer, end_key);
    const auto ms = [](const std::optional<Timestamp>& time) { return time ? std::optional{to_epoch_ms(*time)} : std::nullopt; };
    job.job_wait_time = ms(created);
    job.job_run_time = ms(started);
    job.job_end_time = ms(ended);
    if (started && ended && *ended >= *started) {
        job.job_duration = to_epoch_ms(*ended) - to_epoch_ms(*started);
    }
}

domain::Job job_of(domain::JobType type, domain::SageMakerFacts facts, std::string_view secondary, const json::object& model) {
    domain::Job job;
    job.job_type = type;
    job.job_status = domain::job_status_of_aws(facts.status.value_or(""), secondary, domain::JobStatus::RUNNING);
    job.model = model;
    job.target_engine = json::object{{"engineType", domain::kSageMakerRuntime}};
    job.sage_maker = std::move(facts);
    return job;
}

}  // namespace

json::object model_reference(std::string_view stored_model_id, std::string_view name) {
    return {{"storedModel", {{"id", stored_model_id}, {"modelMetaData", {{"name", name}, {"type", "SAGEMAKER"}}}}}};
}

domain::Job map_transform_job(const json::object& answer, const Tags& tags, const Place& place, const json::object& model) {
    auto facts = facts_of("TRANSFORM_JOB", "TransformJob", answer, tags, place);
    auto job = job_of(domain::JobType::MODEL_BATCH_JOB, std::move(facts), "", model);
    set_times(job, answer, "TransformStartTime", "TransformEndTime");
    const auto* input = json::object_of(answer, "TransformInput");
    if (const auto uri = input == nullptr ? std::nullopt : source_uri(*input)) {
        job.input_data.push_back(data_asset(*uri, "input"));
        if (const auto type = text_member(*input, "ContentType")) {
            job.input_data.back().file_format = *type;
        }
    }
    const auto* output = json::object_of(answer, "TransformOutput");
    if (const auto uri = output == nullptr ? std::nullopt : text_member(*output, "S3OutputPath")) {
        job.output_data.push_back(data_asset(*uri, "output"));
    }
    return job;
}

domain::Job map_training_job(const json::object& answer, const Tags& tags, const Place& place, const json::object& model) {
    auto facts = facts_of("TRAINING_JOB", "TrainingJob", answer, tags, place);
    const auto secondary = text_member(answer, "SecondaryStatus");
    if (secondary) {
        facts.extra.members["secondaryStatus"] = *secondary;
    }
    auto job = job_of(domain::JobType::MODEL_BATCH_TRAINING_JOB, std::move(facts), secondary.value_or(""), model);
    set_times(job, answer, "TrainingStartTime", "TrainingEndTime");
    if (const auto* channels = json::array_of(answer, "InputDataConfig")) {
        for (const auto& channel : *channels) {
            if (const auto uri = channel.is_object() ? source_uri(channel.get_object()) : std::nullopt) {
                job.input_data.push_back(data_asset(*uri, json::text_of(channel.get_object(), "ChannelName")));
                job.input_data.back().asset_role = "TRAINING_DATA";
            }
        }
    }
    if (const auto artifact = artifact_of_training_job(answer); !artifact.empty()) {
        job.output_data.push_back(data_asset(artifact, "model"));
    }
    const auto* output = json::object_of(answer, "OutputDataConfig");
    if (const auto uri = output == nullptr ? std::nullopt : text_member(*output, "S3OutputPath")) {
        job.output_data.push_back(data_asset(*uri, "output"));
    }
    return job;
}

}  // namespace slipway::sagemaker
