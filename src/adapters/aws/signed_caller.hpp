#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/credential_provider.hpp"
#include "adapters/aws/rate_limiter.hpp"
#include "adapters/aws/retry.hpp"

namespace slipway::aws {

/// One service of one region.
struct Endpoint {
    std::string url;     ///< `https://api.sagemaker.eu-west-1.amazonaws.com/`
    std::string region;  ///< signed
    std::string service;
};

/// A call, before it is signed.
struct ServiceCall {
    std::string_view operation;
    HttpHeaders headers;
    std::string body;
    bool writes{false};                                  ///< fewer attempts, and a garbled answer is final: it may have been done
    std::function<bool(const HttpResponse&)> is_answer;  ///< whether a 200 is a whole answer; may keep what it read
};

/// Signs and sends calls to one endpoint with retries, rate limits, correction of the clock and renewal of credentials. Thread-safe.
class SignedCaller {
public:
    SignedCaller(Tools tools, Endpoint endpoint, std::shared_ptr<CredentialProvider> credentials, StartRates rates, RetryLimits limits);

    /// Sends until `is_answer` is content. Each attempt is signed anew, and counted in the ledger as a call
    /// (those after the first as retries too): the total is what AWS saw.
    sagemaker::AwsResult<void> perform(const ServiceCall& call, const sagemaker::CallOptions& options);
    /// The server's clock minus ours, as its last answer told; 0 before the first.
    Milliseconds clock_ahead() const { return Milliseconds{seen_offset_ms_.load()}; }

private:
    struct Attempt;
    struct Progress;
    sagemaker::AwsResult<Steady> wait_for_turn(const ServiceCall& call, const sagemaker::CallOptions& options, const Progress& progress);
    /// Notes AWS's clock.
    Result<HttpResponse> send(const HttpRequest& request);
    Attempt attempt(const ServiceCall& call, const HttpRequest& request, const sagemaker::CallOptions& options, Steady sent);
    sagemaker::AwsResult<HttpRequest> prepare(const ServiceCall& call, const std::string& invocation, int number, const std::atomic<bool>* cancelled,
                                              std::string& key_id);
    /// Whether the cause of the failure was put right: try again at once.
    bool mended(const Attempt& outcome, const std::string& key_id, Progress& progress);
    /// How long to wait for the next attempt, or nothing when this failure is final.
    std::optional<Milliseconds> delay_before_retry(const ServiceCall& call, const Attempt& outcome, int attempts, Progress& progress);
    /// The failure, and that the time of the call was over when that is why it is final.
    sagemaker::AwsError final_error(const ServiceCall& call, const sagemaker::CallOptions& options, sagemaker::AwsError error, const Progress& progress) const;
    bool correct_clock(const HttpResponse& response);
    /// AWS's clock minus ours as the answer tells; nothing without its `Date`.
    std::optional<std::int64_t> offset_in(const HttpResponse& response) const;

    const Tools tools_;
    const Endpoint endpoint_;
    const std::shared_ptr<CredentialProvider> credentials_;
    const RetryLimits limits_;
    RateLimiter limiter_;
    RetryQuota quota_;
    std::atomic<std::int64_t> clock_offset_ms_{0};  ///< AWS's clock minus ours, by which calls are signed: as it was when a signature was refused for it
    std::atomic<std::int64_t> seen_offset_ms_{0};   ///< the same of the last answer
};

}  // namespace slipway::aws
