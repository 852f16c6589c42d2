#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/rate_limiter.hpp"
#include "adapters/aws/retry.hpp"
#include "adapters/aws/waiter.hpp"
#include "base/http_transport.hpp"
#include "sagemaker/api.hpp"

namespace slipway::aws {

/// What the gateway takes from configuration and environment; it reads neither itself.
struct AwsOptions {
    std::string service_endpoint_url;          ///< `sagemaker-service.endpointUrl`: before those of the environment, for SageMaker, STS and S3
    std::string endpoint_url;                  ///< AWS_ENDPOINT_URL
    std::string endpoint_url_sagemaker;        ///< AWS_ENDPOINT_URL_SAGEMAKER
    std::string endpoint_url_sts;              ///< AWS_ENDPOINT_URL_STS
    std::string endpoint_url_s3;               ///< AWS_ENDPOINT_URL_S3
    std::string region;                        ///< AWS_REGION, else AWS_DEFAULT_REGION: where neither call nor credential names one
    std::string access_key_id;                 ///< AWS_ACCESS_KEY_ID, for the default chain
    Secret secret_access_key;                  ///< AWS_SECRET_ACCESS_KEY
    Secret session_token;                      ///< AWS_SESSION_TOKEN
    std::string web_identity_token_file;       ///< AWS_WEB_IDENTITY_TOKEN_FILE, for the default chain without keys
    std::string role_arn;                      ///< AWS_ROLE_ARN
    std::string role_session_name{"slipway"};  ///< AWS_ROLE_SESSION_NAME

    StartRates start_rates;                                     ///< at AWS's own endpoints
    StartRates start_rates_elsewhere{StartRates::unlimited()};  ///< at endpoints of the four URLs above
    RetryLimits limits;
    std::function<double()> random;  ///< in [0, 1), thread-safe; empty: a random source of our own
};

/// Fills the members that stand for environment variables. @param lookup value of a variable, or nothing.
AwsOptions options_from_environment(const std::function<std::optional<std::string>(const std::string& name)>& lookup);

/// DNS suffix of the partition of a region: `amazonaws.com`, `amazonaws.com.cn`, … Source: botocore data/partitions.json.
std::string_view dns_suffix(std::string_view region);

/// Clients for SageMaker and STS. The references must outlive the gateway and every client that it gave.
std::unique_ptr<sagemaker::AwsGateway> make_aws_gateway(HttpTransport& transport, const Clock& clock, Waiter& waiter, AwsOptions options);

}  // namespace slipway::aws
