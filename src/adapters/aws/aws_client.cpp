#include "adapters/aws/aws_client.hpp"

namespace slipway::aws {

namespace {

bool only_reads(std::string_view operation) {
    return operation.starts_with("Describe") || operation.starts_with("List") || operation.starts_with("Get") || operation == "Search";
}

}  // namespace

SageMakerClient::SageMakerClient(Tools tools, Endpoint endpoint, std::shared_ptr<CredentialProvider> credentials, StartRates rates, RetryLimits limits)
    : region_{endpoint.region}, caller_{std::move(tools), std::move(endpoint), std::move(credentials), rates, limits} {}

sagemaker::AwsResult<json::object> SageMakerClient::call(std::string_view operation, const json::object& request, const sagemaker::CallOptions& options) {
    json::object answer;
    const ServiceCall call{.operation = operation,
                           .headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", "SageMaker." + std::string{operation}}},
                           .body = json::write(request),
                           .writes = !only_reads(operation),
                           .is_answer = [&answer](const HttpResponse& response) {
                               // Operations without output members answer with nothing.
                               auto parsed = json::parse_object(response.body.empty() ? std::string_view{"{}"} : std::string_view{response.body},
                                                                {.max_bytes = 64U << 20, .max_depth = 64});
                               if (parsed) {
                                   answer = std::move(*parsed);
                               }
                               return parsed.has_value();
                           }};
    SW_CHECK(caller_.perform(call, options));
    return answer;
}

}  // namespace slipway::aws
