#pragma once

#include <memory>
#include <string>
#include <utility>

#include "sagemaker/credential_checks.hpp"

namespace slipway::sagemaker {

/// True where AWS takes the keys, or the role that is to be assumed, no more: nothing can be asked under the credential.
bool is_refusal_of_credential(const AwsError& error);

/// A client of AWS that notes what its calls show of the credential: whoever asks, people see it beside the credential.
class WatchedApi final : public SageMakerApi {
public:
    WatchedApi(std::shared_ptr<SageMakerApi> api, CredentialChecks& checks, Credential credential)
        : api_{std::move(api)}, checks_{checks}, credential_{std::move(credential)} {}

    AwsResult<json::object> call(std::string_view operation, const json::object& request, const CallOptions& options) override;
    const std::string& region() const override { return api_->region(); }
    Milliseconds clock_ahead() const override { return api_->clock_ahead(); }

private:
    const std::shared_ptr<SageMakerApi> api_;
    CredentialChecks& checks_;
    const Credential credential_;
};

}  // namespace slipway::sagemaker
