#pragma once

#include <atomic>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "sagemaker/credentials.hpp"
#include "sagemaker/s3_reader.hpp"

namespace slipway::sagemaker {

/// Why AWS, or the way to it, refused a call.
struct AwsError {
    Error error;             ///< as ours: failed_precondition (refused), not_found (absent), unavailable (throttled to the end, network, 5xx), timeout
    std::string operation;   ///< `DescribeModel`
    std::string code;        ///< AWS's own code without namespace: `AccessDeniedException`; `Network`, `Garbled` for what is no answer of AWS
    std::string message;     ///< AWS's own words, shortened
    std::string request_id;  ///< x-amzn-RequestId, empty when there was no answer
    std::string permission;  ///< IAM action that is missing (`sagemaker:ListTags`), empty when that is not the reason
};
template <typename T>
using AwsResult = std::expected<T, AwsError>;

/// Counts calls of one piece of work. Thread-safe.
class CallLedger {
public:
    void called(std::string_view operation);
    void retried();
    void throttled();
    /// A call that the index made unnecessary.
    void saved(std::int64_t calls = 1);
    struct Totals {
        std::int64_t total{0}, retried{0}, throttled{0}, saved{0};
        std::map<std::string, std::int64_t> by_operation;
    };
    Totals totals() const;

private:
    mutable std::mutex mutex_;
    Totals totals_;
};

/// How a call is made.
struct CallOptions {
    CallLedger* ledger{nullptr};
    const std::atomic<bool>* cancelled{nullptr};  ///< true: give up at once with reason `CANCELLED`
    bool background{false};                       ///< waits behind calls of people in the rate limiter
    int attempts{0};                              ///< at most so many; 0: as many as the client thinks right
    Milliseconds deadline{0};                     ///< for all of it, with waits and attempts; 0: as the client thinks right. Getting a session may add to it
};

/// SageMaker of one account and region under one credential. Port; implementation: adapters/aws. Thread-safe, blocks.
/// Retries, rate limits, clock skew and refresh of credentials happen inside.
class SageMakerApi {
public:
    virtual ~SageMakerApi() = default;
    /// Any operation of the service by its name, with AWS's own request members.
    virtual AwsResult<json::object> call(std::string_view operation, const json::object& request, const CallOptions& options) = 0;
    virtual const std::string& region() const = 0;
    /// AWS's clock minus ours, as its last answer told; 0 before the first.
    virtual Milliseconds clock_ahead() const = 0;
};

/// What STS says of a credential.
struct CallerIdentity {
    std::string account;
    std::string arn;
};

/// Gives clients for credentials. Port; implementation: adapters/aws. Thread-safe.
class AwsGateway {
public:
    virtual ~AwsGateway() = default;
    /// A client for `credential` in `region`; the same client for the same pair, so that rate limits and sessions are shared. Makes no call.
    virtual std::shared_ptr<SageMakerApi> connect(const Credential& credential, const std::string& region) = 0;
    /// What the credential may read of S3 in `region`. Makes no call.
    virtual std::shared_ptr<S3Reader> objects(const Credential& credential, const std::string& region) = 0;
    /// STS GetCallerIdentity.
    virtual AwsResult<CallerIdentity> identify(const Credential& credential, const std::string& region, const CallOptions& options) = 0;
    /// Forgets clients and sessions of the credential (it was replaced or removed).
    virtual void forget(const std::string& credential_id) = 0;
};

}  // namespace slipway::sagemaker
