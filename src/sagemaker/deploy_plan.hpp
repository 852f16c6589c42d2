#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_codec.hpp"

/// What a deployment asks of AWS and what AWS's answers mean. All functions are pure.
namespace slipway::sagemaker {

/// `POST …/deployments` (page 10 "Deployments").
struct DeployRequest {
    std::string deployable_model_id;
    std::string endpoint_name;                       ///< empty: made from the model and the deployment
    std::optional<json::array> production_variants;  ///< AWS's shape; for a snapshot without configuration in AWS
    std::optional<json::object> deployment_config;   ///< AWS's shape
    std::string reason;
    std::string credential_id;
    std::optional<json::object> ask{};  ///< of life cycles: only opens a ticket about it, with this evidence; nothing is started
    bool another{false};                ///< an endpoint that nobody named is made though another one serves the configuration
    bool templated{false};              ///< a template made the name of the endpoint, which is nobody's wish for another one
};
/// @return `invalid_argument` with pointers.
Result<DeployRequest> parse_deploy_request(const json::object& body);

/// True for what SageMaker takes as the name of an endpoint or configuration: `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}` (CreateEndpoint).
bool is_aws_name(std::string_view name);

/// The name that a template with `{model}` and `{snapshot}`, each as often as it likes, gives: what AWS allows in no name is `-`, none stands at an end, 63
/// characters at most. Empty for an empty template; "model" where nothing of a template is left.
std::string templated_name(std::string_view pattern, std::string_view model, std::string_view snapshot);
/// True for what can be an instance type of SageMaker: `ml.<family>.<size>`. AWS adds families at any time, so their names are not looked at.
bool is_instance_type(std::string_view text);
/// `{base ≤ 40}-{kind}{8 hexadecimal digits}` (reference/sagemaker.md 7.4): the same `identity` gives the same name, so that a call that was made twice
/// meets its own object. Underscores, dots and blanks of `base` become `-`.
std::string made_name(std::string_view base, char kind, std::string_view identity);

/// What a snapshot without variants gets (`sagemaker-service.deployDefaults`).
struct DeployDefaults {
    std::string instance_type{"ml.m5.large"};
    std::int64_t instance_count{1};
};
/// One variant with all the traffic.
json::array default_variants(const std::string& model_name, const DeployDefaults& defaults);

/// Whose object something in AWS is: goes into the tags of all that is made.
struct Ownership {
    std::string instance;  ///< of this installation
    std::string stored_model_id;
    std::string deployable_model_id;
    std::string request_hash;
};
/// AWS's `Tags` of what Slipway makes.
json::array ownership_tags(const Ownership& owner);
/// True when the tags of an object say that this very request made it.
bool made_by(const std::map<std::string, std::string>& tags, const Ownership& owner);

/// What an endpoint that is waited for says.
enum class EndpointVerdict { waiting, deployed, failed, conflict };
struct Judgement {
    EndpointVerdict verdict{EndpointVerdict::waiting};
    std::string status;  ///< AWS's word
    std::string reason;  ///< AWS's own, with what to do; empty when there is nothing to say
};
/// DescribeEndpoint against what was asked for. Rules: reference/sagemaker.md table 7.2: InService counts only with the wanted configuration and nothing
/// pending; words that are not known are waited for.
Judgement judge_endpoint(const json::object& answer, std::string_view wanted_configuration);
/// A FailureReason with the class it belongs to and what a person can do about it.
std::string explained(std::string_view failure_reason);

/// How long an endpoint with these variants is waited for (reference/sagemaker.md 9.4): as long as its models may take to be loaded and its containers to
/// start, and 15 minutes; 75 minutes at least.
Milliseconds deploy_budget(const json::array& variants);
/// How long AWS may not know of something that it has just made or changed.
inline constexpr Milliseconds kConsistent = std::chrono::minutes{1};
/// Longest time from one look at what is being done in AWS to the next.
inline constexpr Milliseconds kLongestPause = std::chrono::minutes{5};
/// Whether its time has come. What is due later than that was written down before the clock was set back.
inline bool is_due(Timestamp next, Timestamp now) {
    return next <= now || next - now > kLongestPause;
}
/// How long until an endpoint is looked at again: 2 s, growing to 60 s.
Milliseconds next_look(std::int64_t looks);

}  // namespace slipway::sagemaker
