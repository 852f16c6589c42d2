#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/aws/sigv4.hpp"
#include "adapters/aws/waiter.hpp"
#include "sagemaker/api.hpp"

namespace slipway::aws {

/// What the parts of this adapter work with.
struct Tools {
    HttpTransport& transport;
    const Clock& clock;
    Waiter& waiter;
    std::function<double()> random;  ///< in [0, 1), thread-safe
};

/// Gives the keys to sign with. Thread-safe.
class CredentialProvider {
public:
    virtual ~CredentialProvider() = default;
    /// Keys that are good now. May call STS. @return what STS or the machine lacks; code `Cancelled` when `*cancelled` became true.
    virtual sagemaker::AwsResult<SigningKeys> keys(const std::atomic<bool>* cancelled) = 0;
    /// AWS refused the keys of that id. @return true when keys() may give others now.
    virtual bool renew(std::string_view refused_key_id) = 0;
};

/// Keys that do not change.
std::unique_ptr<CredentialProvider> make_static_provider(SigningKeys keys);

/// A provider that has nothing to give and says so.
std::unique_ptr<CredentialProvider> make_empty_provider(std::string message);

/// STS AssumeRoleWithWebIdentity.
struct WebIdentity {
    std::string role_arn;
    std::string token_file;  ///< read again at each refresh: its owner rotates it
    std::string session_name;
    std::string sts_url;
};

/// Sessions are renewed min(15 min, half their life) before their end by the caller who notices, while others go on with the old keys;
/// without good keys all wait for the one renewal that runs. A failed renewal is no failure while the old keys are good.
std::unique_ptr<CredentialProvider> make_web_identity_provider(Tools tools, WebIdentity identity);

}  // namespace slipway::aws
