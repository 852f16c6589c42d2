#include "sagemaker/configuration_plan.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>

#include "domain/document.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostVariants = 10;

void fill_variant(json::object& variant, const std::string& model_name, const DeployDefaults& defaults, std::size_t index) {
    if (!variant.contains("VariantName")) {
        variant["VariantName"] = index == 0 ? "AllTraffic" : fmt::format("Variant{}", index + 1);
    }
    if (!variant.contains("ModelName")) {
        variant["ModelName"] = model_name;
    }
    if (variant.contains("ServerlessConfig")) {
        return;
    }
    if (!variant.contains("InstanceType") && !variant.contains("InstancePools")) {
        variant["InstanceType"] = defaults.instance_type;
    }
    if (!variant.contains("InitialInstanceCount") && !variant.contains("ManagedInstanceScaling")) {
        variant["InitialInstanceCount"] = defaults.instance_count;
    }
}

void check_variant(const json::object& variant, const std::string& at, std::set<std::string>& names, json::Faults& faults) {
    const std::string name{json::text_of(variant, "VariantName")};
    if (!is_aws_name(name)) {
        faults.add(at + "/VariantName", "1 to 63 letters, digits and hyphens", json::describe_value(json::value(name)));
    } else if (!names.insert(name).second) {
        faults.add(at + "/VariantName", "another name than the other variants'", name);
    }
    const auto* type = variant.if_contains("InstanceType");
    if (type != nullptr && !is_instance_type(json::text_of(variant, "InstanceType"))) {
        faults.add(at + "/InstanceType", "an instance type such as ml.m5.large", json::describe_value(*type));
    }
    const auto* count = variant.if_contains("InitialInstanceCount");
    if (count != nullptr && (!count->is_int64() || count->get_int64() < 1)) {
        faults.add(at + "/InitialInstanceCount", "a whole number from 1", json::describe_value(*count));
    }
    if (variant.contains("ServerlessConfig") && type != nullptr) {
        faults.add(at + "/InstanceType", "left out beside ServerlessConfig", json::describe_value(*type));
    }
}

/// Fills and checks a list of variants. @return how many are of the model.
std::size_t take_variants(json::object& request, std::string_view member, const json::value& posted, const std::string& at, const std::string& model_name,
                          const DeployDefaults& defaults, json::Faults& faults) {
    const auto* list = posted.if_array();
    if (list == nullptr || list->empty() || list->size() > kMostVariants) {
        faults.add(at, "a list of 1 to 10 variants", json::describe_value(posted));
        return 0;
    }
    json::array variants;
    std::set<std::string> names;
    std::size_t ours = 0;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto where = fmt::format("{}/{}", at, i);
        if (!(*list)[i].is_object()) {
            faults.add(where, "an object", json::describe_value((*list)[i]));
            continue;
        }
        auto variant = (*list)[i].get_object();
        fill_variant(variant, model_name, defaults, i);
        check_variant(variant, where, names, faults);
        ours += json::text_of(variant, "ModelName") == model_name ? 1 : 0;
        variants.push_back(std::move(variant));
    }
    request[member] = std::move(variants);
    return ours;
}

}  // namespace

Result<json::object> configuration_request(const json::object& posted, const std::string& model_name, const std::string& name, const DeployDefaults& defaults) {
    json::Faults faults;
    json::object request{{"EndpointConfigName", name}};
    std::size_t ours = 0;
    for (const auto& [key, member] : posted) {
        const std::string_view given{key};
        const auto at = fmt::format("/sageMaker/{}", given);
        if (given == "productionVariants") {
            ours += take_variants(request, "ProductionVariants", member, at, model_name, defaults, faults);
        } else if (given == "shadowProductionVariants") {
            ours += take_variants(request, "ShadowProductionVariants", member, at, model_name, defaults, faults);
        } else if (given == "dataCaptureConfig" || given == "asyncInferenceConfig") {
            if (!member.is_object()) {
                faults.add(at, "an object", json::describe_value(member));
                continue;
            }
            request[given == "dataCaptureConfig" ? "DataCaptureConfig" : "AsyncInferenceConfig"] = member;
        } else if (given == "kmsKeyId" && member.is_string()) {
            request["KmsKeyId"] = member;
        } else if (given == "name" && member.is_string()) {
            request["EndpointConfigName"] = member;
        } else {
            faults.add(at, given == "name" || given == "kmsKeyId" ? "a text" : "left out: AWS decides it", json::describe_value(member));
        }
    }
    if (!is_aws_name(json::text_of(request, "EndpointConfigName"))) {
        faults.add("/sageMaker/name", "1 to 63 letters, digits and hyphens, with a letter or digit first and last",
                   std::string{json::text_of(request, "EndpointConfigName")});
    }
    if (!posted.contains("productionVariants")) {
        faults.add("/sageMaker/productionVariants", "a list of 1 to 10 variants", "nothing");
    } else if (ours == 0 && faults.empty()) {
        faults.add("/sageMaker/productionVariants", fmt::format("one variant or more of the model {}", model_name), "variants of other models alone");
    }
    SW_CHECK(domain::refuse(faults));
    return request;
}

}  // namespace slipway::sagemaker
