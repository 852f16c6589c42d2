#include "sagemaker/deploy_plan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "sagemaker/mapping.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostName = 63;
constexpr std::size_t kMostBase = 40;
constexpr std::size_t kHashDigits = 8;
constexpr std::size_t kMostReason = 2000;

struct Posted {
    std::string deployable_model_id;
    std::optional<std::string> endpoint_name;
    std::optional<json::array> production_variants;
    std::optional<json::object> deployment_config;
    std::optional<bool> retain_all_variant_properties;  ///< of updates alone: nothing to keep at a new endpoint
    std::optional<std::string> reason;
    std::optional<std::string> credential_id;
};
BOOST_DESCRIBE_STRUCT(Posted, (),
                      (deployable_model_id, endpoint_name, production_variants, deployment_config, retain_all_variant_properties, reason, credential_id))

bool is_alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80;
}

Result<void> check_variants(const json::array& variants) {
    if (variants.empty()) {
        return invalid("/productionVariants", "one variant or more", "an empty list");
    }
    for (std::size_t i = 0; i < variants.size(); ++i) {
        const auto* variant = variants[i].if_object();
        if (variant == nullptr || json::text_of(*variant, "VariantName").empty()) {
            return invalid(fmt::format("/productionVariants/{}/VariantName", i), "the name of the variant", "nothing");
        }
        const auto* type = variant->if_contains("InstanceType");
        if (type != nullptr && !is_instance_type(json::text_of(*variant, "InstanceType"))) {
            return invalid(fmt::format("/productionVariants/{}/InstanceType", i), "an instance type such as ml.m5.large", json::describe_value(*type));
        }
        const auto* count = variant->if_contains("InitialInstanceCount");
        if (count != nullptr && (!count->is_int64() || count->get_int64() < 1)) {
            return invalid(fmt::format("/productionVariants/{}/InitialInstanceCount", i), "a whole number from 1", json::describe_value(*count));
        }
    }
    return {};
}

struct Explanation {
    std::string_view pattern;
    std::string_view advice;
};
/// AWS's own explanations of failed endpoints (knowledge centre "sagemaker-endpoint-creation-fail"); the first that fits.
constexpr std::array kExplanations{
    Explanation{"InsufficientInstanceCapacity", "AWS has no such instances free now: try again later, or take another instance type or zone."},
    Explanation{"Unable to provision requested ML compute capacity",
                "AWS has no such instances free now: try again later, or take another instance type or zone."},
    Explanation{"ping health check", "The container did not answer its health check in time: look at its log and at its start-up time-out."},
    Explanation{"Failed to extract model data archive", "The artifact is no archive that SageMaker can unpack: look at its format and at links in it."},
    Explanation{"Failed to download model data", "The artifact could not be read: look at its address and at the role of the model."},
    Explanation{"ResourceLimitExceeded", "A quota of the account is used up: ask AWS for more, or free some of it."},
    Explanation{"account-level service limit", "A quota of the account is used up: ask AWS for more, or free some of it."},
    Explanation{"AccessDenied", "The role of the model lacks a permission."},
    Explanation{"assume", "SageMaker may not assume the role of the model: look at its trust policy."},
    Explanation{"Request to service failed", "That is a fault of AWS: deploy again."},
};

}  // namespace

Result<DeployRequest> parse_deploy_request(const json::object& body) {
    SW_TRY(auto posted, json::decode<Posted>(json::value(body)));
    if (posted.deployable_model_id.empty()) {
        return invalid("/deployableModelId", "the id of a snapshot", "nothing");
    }
    if (posted.endpoint_name && !is_aws_name(*posted.endpoint_name)) {
        return invalid("/endpointName", "1 to 63 letters, digits and hyphens, with a letter or digit first and last",
                       json::describe_value(json::value(*posted.endpoint_name)));
    }
    if (posted.production_variants) {
        SW_CHECK(check_variants(*posted.production_variants));
    }
    auto reason = posted.reason.value_or("");
    if (reason.size() > kMostReason) {
        return invalid("/reason", fmt::format("a text of at most {} bytes", kMostReason), fmt::format("{} bytes", reason.size()));
    }
    return DeployRequest{.deployable_model_id = std::move(posted.deployable_model_id),
                         .endpoint_name = posted.endpoint_name.value_or(""),
                         .production_variants = std::move(posted.production_variants),
                         .deployment_config = std::move(posted.deployment_config),
                         .reason = std::move(reason),
                         .credential_id = posted.credential_id.value_or("")};
}

bool is_instance_type(std::string_view text) {
    const auto part = [](std::string_view word) { return !word.empty() && std::ranges::all_of(word, [](char c) { return is_alphanumeric(c) || c == '-'; }); };
    const auto dot = text.rfind('.');
    return text.starts_with("ml.") && dot > 3 && dot != std::string_view::npos && part(text.substr(3, dot - 3)) && part(text.substr(dot + 1));
}

bool is_aws_name(std::string_view name) {
    return !name.empty() && name.size() <= kMostName && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
           std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

std::string templated_name(std::string_view pattern, std::string_view model, std::string_view snapshot) {
    std::string out;
    const auto put = [&](std::string_view text) {
        for (const char c : text) {
            if (is_alphanumeric(c)) {
                out += c;
            } else if (!out.empty()) {
                out += '-';
            }
        }
    };
    for (std::size_t at = 0; at < pattern.size();) {
        const auto rest = pattern.substr(at);
        const auto place = rest.starts_with("{model}")      ? std::string_view{"{model}"}
                           : rest.starts_with("{snapshot}") ? std::string_view{"{snapshot}"}
                                                            : rest.substr(0, 1);
        put(place == "{model}" ? model : place == "{snapshot}" ? snapshot : place);
        at += place.size();
    }
    out.resize(std::min(out.size(), kMostName));
    while (out.ends_with('-')) {
        out.pop_back();
    }
    return out.empty() && !pattern.empty() ? "model" : out;
}

std::string made_name(std::string_view base, char kind, std::string_view identity) {
    std::string out;
    for (const char c : base.substr(0, kMostBase)) {
        if (is_alphanumeric(c)) {
            out += c;
        } else if (!out.empty() && out.back() != '-' && static_cast<unsigned char>(c) < 0x80) {
            out += '-';
        }
    }
    while (out.ends_with('-')) {
        out.pop_back();
    }
    return fmt::format("{}-{}{}", out.empty() ? "model" : out, kind, crypto::sha256_hex(identity).substr(0, kHashDigits));
}

json::array default_variants(const std::string& model_name, const DeployDefaults& defaults) {
    return {json::object{{"VariantName", "AllTraffic"},
                         {"ModelName", model_name},
                         {"InstanceType", defaults.instance_type},
                         {"InitialInstanceCount", defaults.instance_count},
                         {"InitialVariantWeight", 1.0}}};
}

json::array ownership_tags(const Ownership& owner) {
    json::array tags;
    for (const auto& [key, text] : {std::pair{"modelop:managed", std::string{"true"}}, std::pair{"modelop:model-id", owner.stored_model_id},
                                    std::pair{"modelop:snapshot-id", owner.deployable_model_id}, std::pair{"modelop:request-hash", owner.request_hash},
                                    std::pair{"modelop:instance", owner.instance}}) {
        tags.push_back(json::object{{"Key", key}, {"Value", text}});
    }
    return tags;
}

bool made_by(const std::map<std::string, std::string>& tags, const Ownership& owner) {
    const auto says = [&](const std::string& key, const std::string& text) {
        const auto found = tags.find(key);
        return found != tags.end() && found->second == text;
    };
    return says("modelop:request-hash", owner.request_hash) && says("modelop:instance", owner.instance);
}

std::string explained(std::string_view failure_reason) {
    for (const auto& [pattern, advice] : kExplanations) {
        if (failure_reason.contains(pattern)) {
            return fmt::format("{}{} {}", failure_reason, failure_reason.ends_with('.') ? "" : ".", advice);
        }
    }
    return std::string{failure_reason};
}

Judgement judge_endpoint(const json::object& answer, std::string_view wanted_configuration) {
    Judgement out;
    out.status = json::text_of(answer, "EndpointStatus");
    out.reason = explained(json::text_of(answer, "FailureReason"));
    const auto* pending = json::object_of(answer, "PendingDeploymentSummary");
    if (out.status == "InService") {
        const auto serves = json::text_of(answer, "EndpointConfigName");
        if (pending != nullptr && !pending->empty()) {
            out.verdict = EndpointVerdict::waiting;
        } else if (serves == wanted_configuration) {
            out.verdict = EndpointVerdict::deployed;
        } else {
            out.verdict = EndpointVerdict::conflict;
            out.reason = fmt::format("The endpoint serves the configuration {}, not {}: somebody changed it meanwhile.", serves, wanted_configuration);
        }
    } else if (out.status == "Failed") {
        out.verdict = EndpointVerdict::failed;
        out.reason = out.reason.empty() ? "AWS says Failed and names no reason: look at the log of the endpoint." : out.reason;
    } else if (out.status == "UpdateRollbackFailed") {
        out.verdict = EndpointVerdict::failed;
        out.reason = "An update and its way back both failed: instances of both configurations may run. A person must look at it in AWS. " + out.reason;
    }
    return out;
}

Milliseconds deploy_budget(const json::array& variants) {
    constexpr std::int64_t kUsual = 3600;
    constexpr std::int64_t kMost = 4 * 3600;  // AWS allows an hour for each
    constexpr std::int64_t kRest = 900;
    std::int64_t longest = kUsual;
    for (const auto& one : variants) {
        std::int64_t seconds = 0;
        for (const auto* name : {"ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds"}) {
            const auto* given = one.is_object() ? one.get_object().if_contains(name) : nullptr;
            seconds += given != nullptr && given->is_int64() ? std::clamp<std::int64_t>(given->get_int64(), 0, kMost) : 0;
        }
        longest = std::max(longest, seconds);
    }
    return std::chrono::seconds{longest + kRest};
}

Milliseconds next_look(std::int64_t looks) {
    constexpr std::int64_t kFirst = 2000;
    constexpr std::int64_t kLast = 60'000;
    return Milliseconds{std::min(kLast, kFirst << std::clamp<std::int64_t>(looks, 0, 5))};
}

}  // namespace slipway::sagemaker
