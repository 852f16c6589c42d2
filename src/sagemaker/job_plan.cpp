#include "sagemaker/job_plan.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

/// What a new job takes over from the last one. Environments are masked, checkpoints belong to their own job.
constexpr std::array<std::string_view, 5> kOfTransforms{"TransformResources", "BatchStrategy", "MaxPayloadInMB", "MaxConcurrentTransforms", "DataProcessing"};
constexpr std::array<std::string_view, 10> kOfTrainings{
    "AlgorithmSpecification", "RoleArn",         "InputDataConfig", "OutputDataConfig",          "ResourceConfig",
    "StoppingCondition",      "HyperParameters", "VpcConfig",       "EnableManagedSpotTraining", "EnableNetworkIsolation"};
constexpr std::int64_t kDay = 86'400;

bool is_empty(const json::value& v) {
    return v.is_null() || (v.is_string() && v.get_string().empty()) || (v.is_object() && v.get_object().empty()) || (v.is_array() && v.get_array().empty());
}

/// Without what is empty or masked: a description shows members that were never set.
json::value cleaned(const json::value& v) {
    if (v.is_array()) {
        json::array out;
        for (const auto& item : v.get_array()) {
            out.push_back(cleaned(item));
        }
        return json::value(std::move(out));
    }
    if (!v.is_object()) {
        return v;
    }
    json::object out;
    for (const auto& [name, member] : v.get_object()) {
        const bool hidden = member.is_string() && std::string_view{member.get_string()}.contains(kMasked);
        auto kept = hidden ? json::value{} : cleaned(member);
        if (!is_empty(kept)) {
            out[name] = std::move(kept);
        }
    }
    return json::value(std::move(out));
}

json::object& object_at(json::object& parent, std::string_view name) {
    auto& member = parent[name];
    if (!member.is_object()) {
        member = json::object{};
    }
    return member.get_object();
}

/// True when a member is there that is of another kind than it should be: it is left for the check to name.
bool is_odd(const json::object& parent, std::string_view name) {
    const auto* member = parent.if_contains(name);
    return member != nullptr && !member->is_object();
}

void fill_text(json::object& parent, std::string_view name, std::string_view text) {
    if (!text.empty() && !parent.contains(name)) {
        parent[name] = text;
    }
}

void take_over(json::object& request, const json::object& last, std::span<const std::string_view> names) {
    for (const auto name : names) {
        if (const auto* member = last.if_contains(name); member != nullptr && !request.contains(name)) {
            if (auto kept = cleaned(*member); !is_empty(kept)) {
                request[name] = std::move(kept);
            }
        }
    }
}

const json::object* inner(const json::object* parent, std::string_view name) {
    return parent == nullptr ? nullptr : json::object_of(*parent, name);
}

/// Where the output goes: beside the one of the last job, in a folder of its own, so that nothing is overwritten.
std::string output_beside(const JobSources& sources) {
    if (!sources.output.empty()) {
        return sources.output;
    }
    const auto* last = inner(sources.last_job ? &*sources.last_job : nullptr, "TransformOutput");
    std::string path{last == nullptr ? std::string_view{} : json::text_of(*last, "S3OutputPath")};
    if (path.empty()) {
        return {};
    }
    while (path.ends_with('/')) {
        path.pop_back();
    }
    const std::string name{json::text_of(*sources.last_job, "TransformJobName")};
    if (!name.empty() && path.ends_with("/" + name)) {
        path.resize(path.size() - name.size() - 1);
    }
    return fmt::format("{}/{}/", path, sources.name);
}

void fill_transform(json::object& request, const JobSources& sources) {
    fill_text(request, "ModelName", json::text_of(sources.model, "ModelName"));
    const auto* last = sources.last_job ? &*sources.last_job : nullptr;
    if (last != nullptr) {
        take_over(request, *last, kOfTransforms);
    }
    if (!is_odd(request, "TransformInput")) {
        auto& input = object_at(request, "TransformInput");
        const auto* last_input = inner(last, "TransformInput");
        if (!input.contains("DataSource")) {
            auto uri = sources.input;
            if (const auto* source = inner(inner(last_input, "DataSource"), "S3DataSource"); uri.empty() && source != nullptr) {
                uri = json::text_of(*source, "S3Uri");
            }
            if (!uri.empty()) {
                input["DataSource"] = json::object{{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", uri}}}};
            }
        }
        for (const std::string_view name : {"ContentType", "CompressionType", "SplitType"}) {
            if (name == "ContentType") {
                fill_text(input, name, sources.input_type);
            }
            fill_text(input, name, last_input == nullptr ? std::string_view{} : json::text_of(*last_input, name));
        }
    }
    if (!is_odd(request, "TransformOutput")) {
        auto& output = object_at(request, "TransformOutput");
        fill_text(output, "S3OutputPath", output_beside(sources));
        if (const auto* last_output = inner(last, "TransformOutput")) {
            for (const std::string_view name : {"Accept", "AssembleWith", "KmsKeyId"}) {
                fill_text(output, name, json::text_of(*last_output, name));
            }
        }
    }
    if (!is_odd(request, "TransformResources")) {
        auto& resources = object_at(request, "TransformResources");
        fill_text(resources, "InstanceType", sources.defaults.instance_type);
        if (!resources.contains("InstanceCount")) {
            resources["InstanceCount"] = 1;
        }
    }
}

/// What is said of the instances is completed from the last job's; one that names groups of instances says of each what it is.
void fill_resources(json::object& resources, const json::object& last) {
    for (const std::string_view name : {"InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId"}) {
        const bool of_groups = name.starts_with("Instance") && resources.contains("InstanceGroups");
        const auto* member = last.if_contains(name);
        if (member != nullptr && !of_groups && !resources.contains(name)) {
            if (auto kept = cleaned(*member); !is_empty(kept)) {
                resources[name] = std::move(kept);
            }
        }
    }
}

void put_uri(json::object& channel, std::string_view uri) {
    channel["DataSource"] = json::object{{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", uri}}}};
}

/// What the job names stands for the last job's training data: in the channel called train or training, else in the first; the others stay.
void put_named_input(json::object& request, std::string_view uri) {
    auto* channels = request.contains("InputDataConfig") ? request.at("InputDataConfig").if_array() : nullptr;
    if (channels == nullptr) {
        return;
    }
    json::object* chosen = nullptr;
    for (auto& one : *channels) {
        auto* channel = one.if_object();
        const auto name = channel == nullptr ? std::string_view{} : json::text_of(*channel, "ChannelName");
        if (channel != nullptr && (chosen == nullptr || name == "train" || name == "training")) {
            chosen = channel;
        }
    }
    if (chosen != nullptr) {
        put_uri(*chosen, uri);
    }
}

void fill_training(json::object& request, const JobSources& sources) {
    const bool own_channels = request.contains("InputDataConfig");
    const bool own_output = request.contains("OutputDataConfig");
    if (const auto* last = inner(sources.last_job ? &*sources.last_job : nullptr, "ResourceConfig"); last != nullptr && request.contains("ResourceConfig")) {
        if (auto* given = request.at("ResourceConfig").if_object()) {
            fill_resources(*given, *last);
        }
    }
    if (sources.last_job) {
        take_over(request, *sources.last_job, kOfTrainings);
        if (!own_channels && sources.names_input) {
            put_named_input(request, sources.input);
        }
    }
    fill_text(request, "RoleArn", json::text_of(sources.model, "ExecutionRoleArn"));
    if (!sources.input.empty() && !request.contains("InputDataConfig")) {
        json::object channel{{"ChannelName", "training"}};
        put_uri(channel, sources.input);
        request["InputDataConfig"] = json::array{std::move(channel)};
    }
    if (!sources.output.empty() && !own_output) {
        object_at(request, "OutputDataConfig")["S3OutputPath"] = sources.output;
    }
    if (!request.contains("StoppingCondition")) {
        request["StoppingCondition"] = json::object{{"MaxRuntimeInSeconds", kDay}};
    }
}

}  // namespace

json::object filled_request(CreationKind kind, json::object posted, const JobSources& sources) {
    if (kind == CreationKind::TRANSFORM_JOB) {
        fill_text(posted, "TransformJobName", sources.name);
        fill_transform(posted, sources);
    } else {
        fill_text(posted, "TrainingJobName", sources.name);
        fill_training(posted, sources);
    }
    return posted;
}

}  // namespace slipway::sagemaker
