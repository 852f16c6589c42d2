#pragma once

#include <mutex>
#include <optional>

#include "adapters/aws/aws_error.hpp"
#include "base/clock.hpp"

/// When a call to AWS is made again. Rules: the AWS SDKs' retry behaviour of 2026 (SDK reference guide, "Retry behavior"),
/// with more attempts, since SageMaker throttles reads for longer than a second.
namespace slipway::aws {

/// How often and how long one call is tried.
struct RetryLimits {
    int read_attempts{8};
    int write_attempts{5};
    Milliseconds deadline{60000};  ///< from the first attempt: no further one begins after it
};

/// @param retry 0 for the first one; @param random in [0, 1); @param hint what the server asks for: at most 5 s more than ours are given.
Milliseconds backoff(int retry, bool throttled, double random, std::optional<Milliseconds> hint);

/// What `x-amz-retry-after` (ms) or `Retry-After` (s) say.
std::optional<Milliseconds> retry_hint(const HttpResponse& response);

/// Keeps retries from piling up when AWS is down: 500 tokens, paid by retries, earned by successes. Thread-safe.
class RetryQuota {
public:
    static int cost_of(bool throttled) { return throttled ? 5 : 14; }
    /// @return false when too many retries failed of late: give up.
    bool take(int cost);
    void give(int tokens);

private:
    std::mutex mutex_;
    int tokens_{500};
};

/// Reads the date of an HTTP header (RFC 9110 section 5.6.7, the preferred form). @return nothing when it is no such date.
std::optional<Timestamp> from_http_date(std::string_view text);

}  // namespace slipway::aws
