#include <algorithm>

#include "sagemaker/aws_time.hpp"
#include "sagemaker/console_links.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

/// Containers of a DescribeModel answer or of a package's InferenceSpecification.
std::vector<const json::object*> containers_of(const json::object& answer) {
    std::vector<const json::object*> out;
    if (const auto* primary = json::object_of(answer, "PrimaryContainer"); primary != nullptr && !primary->empty()) {
        out.push_back(primary);
    }
    if (const auto* several = json::array_of(answer, "Containers")) {
        for (const auto& container : *several) {
            if (container.is_object() && std::ranges::none_of(out, [&](const auto* known) { return *known == container.get_object(); })) {
                out.push_back(&container.get_object());
            }
        }
    }
    return out;
}

const json::object* s3_source_of(const json::object& container) {
    const auto* source = json::object_of(container, "ModelDataSource");
    return source == nullptr ? nullptr : json::object_of(*source, "S3DataSource");
}

void add_artifact(std::vector<Artifact>& artifacts, Artifact artifact) {
    const auto same = [&](const Artifact& known) { return known.uri == artifact.uri && known.package == artifact.package; };
    if ((!artifact.uri.empty() || !artifact.package.empty()) && std::ranges::none_of(artifacts, same)) {
        artifacts.push_back(std::move(artifact));
    }
}

std::vector<Artifact> artifacts_of_containers(const json::object& answer) {
    std::vector<Artifact> artifacts;
    for (const auto* container : containers_of(answer)) {
        const bool multi = json::text_of(*container, "Mode") == "MultiModel";
        if (const auto url = text_member(*container, "ModelDataUrl")) {
            add_artifact(artifacts, {.uri = normal_uri(*url), .folder = multi});
        }
        const auto* source = s3_source_of(*container);
        if (const auto uri = source == nullptr ? std::nullopt : text_member(*source, "S3Uri")) {
            add_artifact(artifacts, {.uri = normal_uri(*uri), .folder = multi || json::text_of(*source, "S3DataType") == "S3Prefix"});
        }
        add_artifact(artifacts, {.uri = "", .folder = false, .package = std::string{json::text_of(*container, "ModelPackageName")}});
    }
    return artifacts;
}

/// A container as the page shows it: what people look for first, the artifact in its `s3://` form.
json::object container_facts(const json::object& container) {
    json::object out;
    const auto copy = [&](std::string_view from, std::string_view to) {
        if (const auto text = text_member(container, from)) {
            out[to] = *text;
        }
    };
    copy("ContainerHostname", "hostname");
    copy("Image", "image");
    out["mode"] = text_member(container, "Mode").value_or("SingleModel");
    if (const auto url = text_member(container, "ModelDataUrl")) {
        out["modelDataUrl"] = normal_uri(*url);
    } else if (const auto* source = s3_source_of(container)) {
        out["modelDataUrl"] = normal_uri(json::text_of(*source, "S3Uri"));
    }
    copy("ModelPackageName", "modelPackageName");
    const auto clean = masked(container);
    if (const auto* environment = json::object_of(clean, "Environment"); environment != nullptr && !environment->empty()) {
        out["environment"] = *environment;
    }
    return out;
}

domain::Asset artifact_asset(const Artifact& artifact) {
    domain::Asset asset;
    asset.asset_type = "EXTERNAL_FILE";
    asset.asset_role = "MODEL_SOURCE";
    auto name = artifact.uri;
    while (name.ends_with('/')) {
        name.pop_back();
    }
    asset.name = name.substr(name.rfind('/') + 1);
    asset.file_url = artifact.uri;
    return asset;
}

}  // namespace

std::vector<Artifact> artifacts_of(const json::object& model_answer) {
    return artifacts_of_containers(model_answer);
}

std::vector<Artifact> artifacts_of_package(const json::object& package_answer) {
    const auto* specification = json::object_of(package_answer, "InferenceSpecification");
    return specification == nullptr ? std::vector<Artifact>{} : artifacts_of_containers(*specification);
}

std::string artifact_of_training_job(const json::object& answer) {
    const auto* artifacts = json::object_of(answer, "ModelArtifacts");
    return artifacts == nullptr ? std::string{} : normal_uri(json::text_of(*artifacts, "S3ModelArtifacts"));
}

domain::AwsReference training_job_reference(const json::object& answer) {
    domain::AwsReference reference;
    reference.name = json::text_of(answer, "TrainingJobName");
    reference.arn = json::text_of(answer, "TrainingJobArn");
    reference.console_url = console_link(reference.arn, reference.name);
    reference.status = text_member(answer, "TrainingJobStatus");
    reference.creation_time = time_of(answer, "CreationTime");
    return reference;
}

domain::StoredModel map_model(const json::object& answer, const Tags& tags, const Place& place) {
    domain::StoredModel model;
    auto facts = facts_of("MODEL", "Model", answer, tags, place);
    model.model_meta_data.name = facts.name;
    model.model_meta_data.type = "SAGEMAKER";
    model.model_meta_data.tags = tag_texts(tags);
    auto& more = facts.extra.members;
    json::array containers;
    for (const auto* container : containers_of(answer)) {
        containers.push_back(container_facts(*container));
    }
    more["containers"] = std::move(containers);
    if (const auto role = text_member(answer, "ExecutionRoleArn")) {
        more["executionRoleArn"] = *role;
    }
    if (const auto* network = json::object_of(answer, "VpcConfig"); network != nullptr && !network->empty()) {
        more["vpcConfig"] = *network;
    }
    const auto* isolated = answer.if_contains("EnableNetworkIsolation");
    more["enableNetworkIsolation"] = isolated != nullptr && isolated->is_bool() && isolated->get_bool();
    if (const auto* execution = json::object_of(answer, "InferenceExecutionConfig"); execution != nullptr && !execution->empty()) {
        more["inferenceExecutionMode"] = json::text_of(*execution, "Mode");
    }
    for (const auto& artifact : artifacts_of(answer)) {
        if (!artifact.uri.empty()) {
            model.model_assets.push_back(artifact_asset(artifact));
        }
    }
    model.sage_maker = std::move(facts);
    return model;
}

}  // namespace slipway::sagemaker
