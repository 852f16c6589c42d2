#pragma once

#include <memory>

#include "adapters/aws/signed_caller.hpp"

namespace slipway::aws {

/// SageMaker over JSON 1.1: `POST /` with `X-Amz-Target: SageMaker.<Operation>`. Thread-safe.
class SageMakerClient final : public sagemaker::SageMakerApi {
public:
    SageMakerClient(Tools tools, Endpoint endpoint, std::shared_ptr<CredentialProvider> credentials, StartRates rates, RetryLimits limits);

    sagemaker::AwsResult<json::object> call(std::string_view operation, const json::object& request, const sagemaker::CallOptions& options) override;
    const std::string& region() const override { return region_; }
    Milliseconds clock_ahead() const override { return caller_.clock_ahead(); }

private:
    const std::string region_;
    SignedCaller caller_;
};

}  // namespace slipway::aws
