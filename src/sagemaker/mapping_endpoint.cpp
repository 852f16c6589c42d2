#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

#include "sagemaker/arn.hpp"
#include "sagemaker/console_links.hpp"
#include "sagemaker/mapping.hpp"

namespace slipway::sagemaker {
namespace {

std::vector<json::object> variants(const json::object& answer, std::string_view key) {
    std::vector<json::object> out;
    if (const auto* items = json::array_of(answer, key)) {
        for (const auto& item : *items) {
            if (item.is_object()) {
                out.push_back(item.get_object());
            }
        }
    }
    return out;
}

/// Members of AWS that are kept under our spelling when they say something.
void copy_members(const json::object& from, json::object& to, std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
    for (const auto& [theirs, ours] : names) {
        const auto* member = from.if_contains(theirs);
        const bool says_nothing = member == nullptr || member->is_null() || (member->is_object() && member->get_object().empty()) ||
                                  (member->is_array() && member->get_array().empty()) || (member->is_string() && member->get_string().empty());
        if (!says_nothing) {
            to[ours] = *member;
        }
    }
}

/// ARN of a model of the same account and region: configurations carry names alone.
std::string sibling_arn(const std::optional<std::string>& arn_text, const Place& place, std::string_view model) {
    const auto arn = arn_text ? parse_arn(*arn_text) : std::nullopt;
    std::string lower{model};
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return fmt::format("arn:{}:sagemaker:{}:{}:model/{}", arn ? arn->partition : "aws", arn ? arn->region : place.region, arn ? arn->account : place.account,
                       lower);
}

}  // namespace

std::vector<std::string> models_of_configuration(const json::object& answer) {
    std::vector<std::string> names;
    for (const auto* key : {"ProductionVariants", "ShadowProductionVariants"}) {
        for (const auto& variant : variants(answer, key)) {
            const auto name = text_member(variant, "ModelName");
            if (name && std::ranges::find(names, *name) == names.end()) {
                names.push_back(*name);
            }
        }
    }
    return names;
}

json::object copy_for_snapshot(json::object stored_model) {
    if (auto* facts = stored_model.if_contains("sageMaker"); facts != nullptr && facts->is_object()) {
        facts->get_object().erase("describe");
        facts->get_object().erase("lastImport");
    }
    return stored_model;
}

domain::DeployableModel map_configuration(const json::object& answer, const Tags& tags, const Place& place, const json::object& stored_model) {
    domain::DeployableModel snapshot;
    auto facts = facts_of("ENDPOINT_CONFIG", "EndpointConfig", answer, tags, place);
    snapshot.stored_model = copy_for_snapshot(stored_model);
    snapshot.meta_data.name = facts.name;
    snapshot.meta_data.tags = tag_texts(tags);
    facts.production_variants = variants(*facts.describe, "ProductionVariants");
    if (auto shadows = variants(*facts.describe, "ShadowProductionVariants"); !shadows.empty()) {
        facts.shadow_production_variants = std::move(shadows);
    }
    auto& models = facts.models.emplace();
    for (const auto& name : models_of_configuration(answer)) {
        domain::AwsReference reference;
        reference.name = name;
        reference.arn = sibling_arn(facts.arn, place, name);
        reference.console_url = console_link(reference.arn, name);
        models.push_back(std::move(reference));
    }
    copy_members(*facts.describe, facts.extra.members,
                 {{"DataCaptureConfig", "dataCaptureConfig"},
                  {"AsyncInferenceConfig", "asyncInferenceConfig"},
                  {"ExplainerConfig", "explainerConfig"},
                  {"KmsKeyId", "kmsKeyId"},
                  {"ExecutionRoleArn", "executionRoleArn"},
                  {"VpcConfig", "vpcConfig"},
                  {"EnableNetworkIsolation", "enableNetworkIsolation"}});
    snapshot.sage_maker = std::move(facts);
    return snapshot;
}

domain::DeployableModel generated_snapshot(const json::object& stored_model, const std::string& model_name, const Place& place, Timestamp now) {
    domain::DeployableModel snapshot;
    snapshot.stored_model = copy_for_snapshot(stored_model);
    snapshot.meta_data.name = domain::default_snapshot_name(model_name, now);
    auto& facts = snapshot.sage_maker.emplace();
    facts.kind = "ENDPOINT_CONFIG";
    facts.name = snapshot.meta_data.name;
    facts.account = place.account;
    facts.region = place.region;
    facts.generated = true;
    return snapshot;
}

domain::Runtime map_endpoint(const json::object& answer, const Tags& tags, const json::array& monitoring, const json::object* configuration,
                             const Place& place) {
    domain::Runtime runtime;
    auto facts = facts_of("ENDPOINT", "Endpoint", answer, tags, place);
    runtime.engine_type = domain::kSageMakerRuntime;
    runtime.name = facts.name;
    runtime.state = domain::runtime_state_of_endpoint(facts.status.value_or(""), domain::RuntimeState::INIT);
    runtime.tags = tag_texts(tags);
    facts.endpoint_config_name = text_member(answer, "EndpointConfigName");
    if (auto running = variants(*facts.describe, "ProductionVariants"); !running.empty()) {
        facts.production_variants = std::move(running);
    }
    if (auto shadows = variants(*facts.describe, "ShadowProductionVariants"); !shadows.empty()) {
        facts.shadow_production_variants = std::move(shadows);
    }
    auto& more = facts.extra.members;
    if (configuration != nullptr) {
        copy_members(*configuration, more, {{"DataCaptureConfig", "dataCaptureConfig"}, {"KmsKeyId", "kmsKeyId"}});
    }
    copy_members(*facts.describe, more,
                 {{"DataCaptureConfig", "dataCaptureStatus"},
                  {"AsyncInferenceConfig", "asyncInferenceConfig"},
                  {"ExplainerConfig", "explainerConfig"},
                  {"LastDeploymentConfig", "lastDeploymentConfig"},
                  {"PendingDeploymentSummary", "pendingDeploymentSummary"}});
    if (!monitoring.empty()) {
        more["monitoringSchedules"] = monitoring;
    }
    runtime.sage_maker = std::move(facts);
    return runtime;
}

domain::DeploymentState deployment_state_of_endpoint(std::string_view status) {
    if (status == "Creating") {
        return domain::DeploymentState::DEPLOYING;
    }
    if (status == "Deleting") {
        return domain::DeploymentState::UNDEPLOYING;
    }
    const bool broken = status == "Failed" || status == "OutOfService" || status == "UpdateRollbackFailed";
    return broken ? domain::DeploymentState::FAILED : domain::DeploymentState::DEPLOYED;
}

}  // namespace slipway::sagemaker
