#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

#include "domain/document.hpp"
#include "sagemaker/job_plan.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/s3_uri.hpp"

/// The check of a job before it is stored. Limits: the API reference of CreateTransformJob and CreateTrainingJob.
namespace slipway::sagemaker {
namespace {

constexpr std::array<std::string_view, 12> kTransformMembers{
    "TransformJobName", "ModelName",      "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB",     "BatchStrategy",
    "Environment",      "TransformInput", "TransformOutput",         "DataCaptureConfig", "TransformResources", "DataProcessing"};
constexpr std::array<std::string_view, 25> kTrainingMembers{"TrainingJobName",
                                                            "HyperParameters",
                                                            "AlgorithmSpecification",
                                                            "RoleArn",
                                                            "InputDataConfig",
                                                            "OutputDataConfig",
                                                            "ResourceConfig",
                                                            "VpcConfig",
                                                            "StoppingCondition",
                                                            "EnableNetworkIsolation",
                                                            "EnableInterContainerTrafficEncryption",
                                                            "EnableManagedSpotTraining",
                                                            "CheckpointConfig",
                                                            "DebugHookConfig",
                                                            "DebugRuleConfigurations",
                                                            "TensorBoardOutputConfig",
                                                            "ExperimentConfig",
                                                            "ProfilerConfig",
                                                            "ProfilerRuleConfigurations",
                                                            "Environment",
                                                            "RetryStrategy",
                                                            "RemoteDebugConfig",
                                                            "InfraCheckConfig",
                                                            "SessionChainingConfig",
                                                            "ModelPackageConfig"};
constexpr std::size_t kMostEnvironment = 16;
constexpr std::size_t kMostTrainingEnvironment = 100;
constexpr std::size_t kLongestFilter = 63;
constexpr std::int64_t kMostPayload = 100;
constexpr std::size_t kMostChannels = 20;
constexpr std::size_t kMostHyperParameters = 100;

/// Collects what is wrong, with its place.
class Check {
public:
    Check(const json::object& request, json::Faults& faults) : request_{request}, faults_{faults} {}

    void fault(std::string_view path, std::string expected, std::string got) {
        faults_.add(fmt::format("/jobParameters{}", path), std::move(expected), std::move(got));
    }
    const json::value* at(std::string_view path) const {
        const json::object* parent = &request_;
        const json::value* found = nullptr;
        while (!path.empty()) {
            path.remove_prefix(1);
            const auto slash = path.find('/');
            found = parent == nullptr ? nullptr : parent->if_contains(path.substr(0, slash));
            parent = found == nullptr ? nullptr : found->if_object();
            path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
        }
        return found;
    }
    std::string text(std::string_view path) const {
        const auto* found = at(path);
        return found != nullptr && found->is_string() ? std::string{std::string_view{found->get_string()}} : std::string{};
    }
    std::string said(std::string_view path) const {
        const auto* found = at(path);
        return found == nullptr ? "nothing" : json::describe_value(*found);
    }
    void known_members(std::span<const std::string_view> known) {
        for (const auto& [name, member] : request_) {
            if (std::ranges::find(known, std::string_view{name}) == known.end()) {
                fault(fmt::format("/{}", std::string_view{name}), name == "Tags" ? "left out: tags are set by Slipway" : "a member that AWS knows here",
                      json::describe_value(member));
            }
        }
    }
    void name(std::string_view path) {
        if (!is_aws_name(text(path))) {
            fault(path, "1 to 63 letters, digits and hyphens, with a letter or digit first and last", said(path));
        }
    }
    void present(std::string_view path, std::string expected) {
        if (text(path).empty()) {
            fault(path, std::move(expected), said(path));
        }
    }
    void one_of(std::string_view path, std::span<const std::string_view> words) {
        if (at(path) != nullptr && std::ranges::find(words, text(path)) == words.end()) {
            std::string names;
            for (const auto word : words) {
                names += fmt::format("{}{}", names.empty() ? "" : ", ", word);
            }
            fault(path, "one of " + names, said(path));
        }
    }
    void s3(std::string_view path, bool needed) {
        if (at(path) == nullptr && !needed) {
            return;
        }
        const auto uri = text(path);
        constexpr std::size_t kScheme = 5;
        if (!to_s3_uri(uri) || normal_uri(uri).size() <= kScheme) {
            fault(path, "an address such as s3://bucket/prefix/", said(path));
        }
    }
    void number(std::string_view path, std::int64_t least, std::int64_t most, bool needed) {
        const auto* found = at(path);
        if (found == nullptr && !needed) {
            return;
        }
        if (found == nullptr || !found->is_int64() || found->get_int64() < least || found->get_int64() > most) {
            fault(path, fmt::format("a whole number from {} to {}", least, most), said(path));
        }
    }
    std::int64_t value_or(std::string_view path, std::int64_t otherwise) const {
        const auto* found = at(path);
        return found != nullptr && found->is_int64() ? found->get_int64() : otherwise;
    }
    void texts(std::string_view path, std::size_t most) {
        const auto* found = at(path);
        if (found == nullptr) {
            return;
        }
        if (!found->is_object() || found->get_object().size() > most) {
            fault(path, fmt::format("an object of at most {} texts", most), said(path));
            return;
        }
        for (const auto& [key, member] : found->get_object()) {
            if (!member.is_string()) {
                fault(fmt::format("{}/{}", path, std::string_view{key}), "a text", json::describe_value(member));
            } else if (std::string_view{member.get_string()}.contains(kMasked)) {
                fault(fmt::format("{}/{}", path, std::string_view{key}), "the value itself: Slipway keeps it masked and cannot fill it in", "a masked one");
            }
        }
    }
    /// Neither the input itself nor anything that begins with it: the next run would read its own results.
    void apart(std::string_view output, std::string_view input) {
        const auto in = normal_uri(text(input));
        const auto out = normal_uri(text(output));
        if (!in.empty() && !out.empty() && out.starts_with(in)) {
            fault(output, fmt::format("a place that does not begin with the input {}", in), out);
        }
    }
    void resources(std::string_view path, bool with_volume) {
        constexpr std::int64_t kMostInstances = 100;
        constexpr std::int64_t kLargestVolume = 16'384;
        const auto type = fmt::format("{}/InstanceType", path);
        if (!is_instance_type(text(type))) {
            fault(type, "an instance type such as ml.m5.large", said(type));
        }
        number(fmt::format("{}/InstanceCount", path), 1, kMostInstances, true);
        if (with_volume) {
            number(fmt::format("{}/VolumeSizeInGB", path), 1, kLargestVolume, true);
        }
    }

private:
    const json::object& request_;
    json::Faults& faults_;
};

bool is_uncompressed(const json::object& model) {
    const auto loads_folder = [](const json::object* container) { return container != nullptr && container->contains("ModelDataSource"); };
    const auto* containers = json::array_of(model, "Containers");
    return loads_folder(json::object_of(model, "PrimaryContainer")) ||
           (containers != nullptr && std::ranges::any_of(*containers, [&](const json::value& one) { return loads_folder(one.if_object()); }));
}

void check_transform(Check& check, const JobSources& sources) {
    constexpr std::array<std::string_view, 4> kSplits{"None", "Line", "RecordIO", "TFRecord"};
    constexpr std::array<std::string_view, 2> kCompressions{"None", "Gzip"};
    constexpr std::array<std::string_view, 2> kStrategies{"MultiRecord", "SingleRecord"};
    constexpr std::array<std::string_view, 2> kDataTypes{"S3Prefix", "ManifestFile"};
    constexpr std::array<std::string_view, 2> kAssembly{"None", "Line"};
    check.known_members(kTransformMembers);
    check.name("/TransformJobName");
    if (const std::string model{json::text_of(sources.model, "ModelName")}; check.text("/ModelName") != model) {
        check.fault("/ModelName", fmt::format("left out, or {}: the job is one of this model", model), check.said("/ModelName"));
    }
    if (is_uncompressed(sources.model)) {
        check.fault("/ModelName", "a model with a compressed artifact: AWS runs no transform jobs of models with ModelDataSource", "one with ModelDataSource");
    }
    check.s3("/TransformInput/DataSource/S3DataSource/S3Uri", true);
    check.one_of("/TransformInput/DataSource/S3DataSource/S3DataType", kDataTypes);
    check.one_of("/TransformInput/SplitType", kSplits);
    check.one_of("/TransformInput/CompressionType", kCompressions);
    check.s3("/TransformOutput/S3OutputPath", true);
    check.one_of("/TransformOutput/AssembleWith", kAssembly);
    check.apart("/TransformOutput/S3OutputPath", "/TransformInput/DataSource/S3DataSource/S3Uri");
    check.resources("/TransformResources", false);
    check.one_of("/BatchStrategy", kStrategies);
    check.number("/MaxPayloadInMB", 0, kMostPayload, false);
    check.number("/MaxConcurrentTransforms", 0, kMostPayload, false);
    const auto payload = check.value_or("/MaxPayloadInMB", 0);
    const auto at_once = check.value_or("/MaxConcurrentTransforms", 0);
    if (std::max(payload, at_once) <= kMostPayload && payload * at_once > kMostPayload) {
        check.fault("/MaxConcurrentTransforms", "at most 100 when multiplied by MaxPayloadInMB", check.said("/MaxConcurrentTransforms"));
    }
    for (const std::string_view filter : {"/DataProcessing/InputFilter", "/DataProcessing/OutputFilter"}) {
        if (check.text(filter).size() > kLongestFilter) {
            check.fault(filter, "at most 63 characters", check.said(filter));
        }
    }
    check.texts("/Environment", kMostEnvironment);
}

void check_channels(Check& check) {
    const auto* found = check.at("/InputDataConfig");
    if (found == nullptr) {
        return;
    }
    const auto* channels = found->if_array();
    if (channels == nullptr || channels->size() > kMostChannels) {
        check.fault("/InputDataConfig", "a list of at most 20 channels", json::describe_value(*found));
        return;
    }
    for (std::size_t i = 0; i < channels->size(); ++i) {
        const auto* channel = (*channels)[i].if_object();
        const auto* source = channel == nullptr ? nullptr : json::object_of(*channel, "DataSource");
        if (channel == nullptr || json::text_of(*channel, "ChannelName").empty() || source == nullptr) {
            check.fault(fmt::format("/InputDataConfig/{}", i), "an object with ChannelName and DataSource", json::describe_value((*channels)[i]));
            continue;
        }
        const auto* s3 = json::object_of(*source, "S3DataSource");
        if (s3 != nullptr && !to_s3_uri(json::text_of(*s3, "S3Uri"))) {
            check.fault(fmt::format("/InputDataConfig/{}/DataSource/S3DataSource/S3Uri", i), "an address such as s3://bucket/prefix/",
                        std::string{json::text_of(*s3, "S3Uri")});
        }
    }
}

void check_training(Check& check) {
    constexpr std::array<std::string_view, 3> kModes{"File", "Pipe", "FastFile"};
    constexpr std::int64_t kLongest = 28 * 86'400;
    check.known_members(kTrainingMembers);
    check.name("/TrainingJobName");
    if (check.text("/AlgorithmSpecification/TrainingImage").empty() == check.text("/AlgorithmSpecification/AlgorithmName").empty()) {
        check.fault("/AlgorithmSpecification/TrainingImage", "the image that trains, or AlgorithmName instead of it",
                    check.said("/AlgorithmSpecification/TrainingImage"));
    }
    check.present("/AlgorithmSpecification/TrainingInputMode", "File, Pipe or FastFile");
    check.one_of("/AlgorithmSpecification/TrainingInputMode", kModes);
    if (!check.text("/RoleArn").starts_with("arn:")) {
        check.fault("/RoleArn", "the ARN of the role that SageMaker works with", check.said("/RoleArn"));
    }
    check.s3("/OutputDataConfig/S3OutputPath", true);
    check.resources("/ResourceConfig", true);
    check.number("/StoppingCondition/MaxRuntimeInSeconds", 1, kLongest, true);
    check_channels(check);
    check.texts("/HyperParameters", kMostHyperParameters);
    check.texts("/Environment", kMostTrainingEnvironment);
}

}  // namespace

Result<void> check_request(CreationKind kind, const json::object& request, const JobSources& sources) {
    json::Faults faults;
    Check check{request, faults};
    if (kind == CreationKind::TRANSFORM_JOB) {
        check_transform(check, sources);
    } else {
        check_training(check);
    }
    return domain::refuse(faults);
}

}  // namespace slipway::sagemaker
