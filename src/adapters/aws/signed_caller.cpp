#include "adapters/aws/signed_caller.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>

#include "base/id.hpp"

namespace slipway::aws {

using sagemaker::AwsError;
using sagemaker::AwsResult;
using sagemaker::CallOptions;

namespace {

constexpr Milliseconds kLeastTimeout{100};

AwsError cancelled_error(std::string_view operation) {
    return local_error(operation, "Cancelled", {ErrorCode::unavailable, "CANCELLED", "The call to AWS was cancelled.", {}, {}});
}

AwsError throttled_by_us(std::string_view operation) {
    return local_error(operation, "ThrottlingException",
                       {ErrorCode::unavailable,
                        "AWS_THROTTLED",
                        fmt::format("AWS throttled {} of late, and many calls wait for their turn. Try again in a few minutes.", operation),
                        {},
                        {}});
}

/// One id for all attempts of a call, as the SDKs send it.
std::string invocation_id() {
    const auto hex = random_hex(16);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

}  // namespace

/// How one attempt ended: without an error it was the answer.
struct SignedCaller::Attempt {
    std::optional<AwsError> error;
    Remedy remedy{Remedy::none};
    std::optional<Milliseconds> hint;
    HttpResponse response;
};

SignedCaller::SignedCaller(Tools tools, Endpoint endpoint, std::shared_ptr<CredentialProvider> credentials, StartRates rates, RetryLimits limits)
    : tools_{std::move(tools)}, endpoint_{std::move(endpoint)}, credentials_{std::move(credentials)}, limits_{limits}, limiter_{rates} {}

/// What one call has tried so far.
struct SignedCaller::Progress {
    std::optional<Steady> began;
    std::optional<Steady> ends;  ///< when the caller's patience does
    bool late{false};            ///< a further attempt would end behind it
    bool renewed{false};
    bool clock_set{false};
    int retries{0};
    int paid{0};  ///< to the quota for the last retry
};

AwsResult<void> SignedCaller::perform(const ServiceCall& call, const CallOptions& options) {
    const auto invocation = invocation_id();
    Progress progress;
    if (options.deadline > Milliseconds{0}) {
        progress.ends = tools_.clock.steady() + options.deadline;
    }
    for (int number = 1;; ++number) {
        SW_TRY(const auto sent, wait_for_turn(call, options, progress));
        progress.began = progress.began.value_or(sent);
        std::string key_id;
        SW_TRY(auto request, prepare(call, invocation, number, options.cancelled, key_id));
        if (progress.ends) {
            const auto left = std::chrono::duration_cast<Milliseconds>(*progress.ends - tools_.clock.steady());
            request.timeout = std::clamp(left, kLeastTimeout, request.timeout);
        }
        if (options.ledger != nullptr && number > 1) {
            options.ledger->retried();
        }
        auto outcome = attempt(call, request, options, sent);
        if (!outcome.error) {
            quota_.give(progress.paid > 0 ? progress.paid : 1);
            return {};
        }
        if (mended(outcome, key_id, progress)) {
            continue;
        }
        const auto delay = delay_before_retry(call, outcome, options.attempts, progress);
        if (!delay) {
            return std::unexpected(final_error(call, options, std::move(*outcome.error), progress));
        }
        if (!tools_.waiter.wait(*delay, options.cancelled)) {
            return std::unexpected(cancelled_error(call.operation));
        }
    }
}

bool SignedCaller::mended(const Attempt& outcome, const std::string& key_id, Progress& progress) {
    // Each of the two costs no attempt, and helps once or not at all.
    if (outcome.remedy == Remedy::new_session && !std::exchange(progress.renewed, true)) {
        return credentials_->renew(key_id);
    }
    return outcome.remedy == Remedy::set_clock && !std::exchange(progress.clock_set, true) && correct_clock(outcome.response);
}

std::optional<Milliseconds> SignedCaller::delay_before_retry(const ServiceCall& call, const Attempt& outcome, int attempts, Progress& progress) {
    const bool throttled = outcome.remedy == Remedy::wait;
    const int usual = call.writes ? limits_.write_attempts : limits_.read_attempts;
    const int most = attempts > 0 ? std::min(attempts, usual) : usual;
    const int cost = RetryQuota::cost_of(throttled);
    if ((!throttled && outcome.remedy != Remedy::retry) || progress.retries + 1 >= most || !quota_.take(cost)) {
        return std::nullopt;
    }
    progress.paid = cost;
    const auto delay = backoff(progress.retries++, throttled, tools_.random(), outcome.hint);
    if (progress.ends && tools_.clock.steady() + delay >= *progress.ends) {
        progress.late = true;
        return std::nullopt;
    }
    if (tools_.clock.steady() + delay > *progress.began + limits_.deadline) {
        return std::nullopt;
    }
    return delay;
}

AwsError SignedCaller::final_error(const ServiceCall& call, const CallOptions& options, AwsError error, const Progress& progress) const {
    if (progress.late) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.deadline).count();
        error.error.message = fmt::format("AWS gave no answer to {} within {} s. {}", call.operation, seconds, error.error.message);
        error.message = error.error.message;
    }
    return error;
}

AwsResult<Steady> SignedCaller::wait_for_turn(const ServiceCall& call, const CallOptions& options, const Progress& progress) {
    for (;;) {
        if (options.cancelled != nullptr && options.cancelled->load()) {
            return std::unexpected(cancelled_error(call.operation));
        }
        const auto asked = tools_.clock.steady();
        const auto delay = limiter_.take(call.operation, asked, options.background);
        if (delay == Milliseconds{0}) {
            return asked;
        }
        const auto give_back = [&] {
            if (!options.background) {
                limiter_.give_back(call.operation, asked);
            }
        };
        if (progress.ends && asked + delay >= *progress.ends) {
            give_back();
            return std::unexpected(throttled_by_us(call.operation));
        }
        if (!tools_.waiter.wait(delay, options.cancelled)) {
            give_back();
            return std::unexpected(cancelled_error(call.operation));
        }
        if (!options.background && limiter_.stands(call.operation, asked)) {
            return tools_.clock.steady();
        }
    }
}

AwsResult<HttpRequest> SignedCaller::prepare(const ServiceCall& call, const std::string& invocation, int number, const std::atomic<bool>* cancelled,
                                             std::string& key_id) {
    SW_TRY(const auto keys, credentials_->keys(cancelled));
    key_id = keys.access_key_id;
    HttpRequest request{.method = "POST", .url = endpoint_.url, .headers = call.headers, .body = call.body};
    request.cancelled = cancelled;
    const auto now = tools_.clock.now() + Milliseconds{clock_offset_ms_.load()};
    sign(request, keys, {.region = endpoint_.region, .service = endpoint_.service, .time = now});
    // Not signed, as in the SDKs: proxies may change them.
    request.headers.emplace_back("amz-sdk-invocation-id", invocation);
    request.headers.emplace_back("amz-sdk-request", fmt::format("attempt={}; max={}", number, call.writes ? limits_.write_attempts : limits_.read_attempts));
    return request;
}

SignedCaller::Attempt SignedCaller::attempt(const ServiceCall& call, const HttpRequest& request, const CallOptions& options, Steady sent) {
    if (options.ledger != nullptr) {
        options.ledger->called(call.operation);
    }
    auto response = send(request);
    if (!response) {
        const auto& error = response.error();
        const bool passing = (error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout) && error.reason != "CANCELLED";
        return {.error = network_error(call.operation, error), .remedy = passing ? Remedy::retry : Remedy::none, .hint = {}, .response = {}};
    }
    const auto now = tools_.clock.steady();
    if (response->status == 200) {
        if (call.is_answer(*response)) {
            limiter_.succeeded(call.operation, now);
            return {};
        }
        const bool page = is_web_page(*response);
        AwsFailure garbled{.status = 200,
                           .code = std::string{kGarbled},
                           .message = page ? "the answer is a web page and not AWS's" : "the answer is not whole",
                           .request_id = request_id_of(*response)};
        auto error = to_error(call.operation, garbled);
        error.error.code = ErrorCode::unavailable;
        error.error.reason = "AWS_UNAVAILABLE";
        error.error.message = page ? fmt::format(
                                         "{} was answered with a web page and not by AWS: a proxy that asks people to sign in, or a wrong address, stands "
                                         "between. Check the proxy of the server and the address that AWS is called at.",
                                         call.operation)
                                   : fmt::format("AWS answered {} with something that cannot be read. {}", call.operation,
                                                 call.writes ? "It may have been done: look before you try again." : "Try again in a few minutes.");
        return {.error = std::move(error), .remedy = call.writes ? Remedy::none : Remedy::retry, .hint = {}, .response = {}};
    }
    const auto failure = read_failure(*response);
    const auto remedy = remedy_for(failure);
    if (remedy == Remedy::wait) {
        limiter_.throttled(call.operation, now, sent);
        if (options.ledger != nullptr) {
            options.ledger->throttled();
        }
    }
    return {.error = to_error(call.operation, failure), .remedy = remedy, .hint = retry_hint(*response), .response = std::move(*response)};
}

Result<HttpResponse> SignedCaller::send(const HttpRequest& request) {
    auto response = tools_.transport.send(request);
    if (!response || is_web_page(*response)) {  // a proxy's clock is not AWS's
        return response;
    }
    if (const auto offset = offset_in(*response)) {
        seen_offset_ms_ = *offset;
    }
    return response;
}

std::optional<std::int64_t> SignedCaller::offset_in(const HttpResponse& response) const {
    const auto server = from_http_date(response.header("date"));
    return server ? std::optional{to_epoch_ms(*server) - to_epoch_ms(tools_.clock.now())} : std::nullopt;
}

bool SignedCaller::correct_clock(const HttpResponse& response) {
    constexpr std::int64_t kLeastMs = 4L * 60 * 1000;
    const auto offset = offset_in(response);
    // A small difference is not why the signature was refused: correcting it again and again would be a loop.
    if (!offset || std::abs(*offset - clock_offset_ms_.load()) <= kLeastMs) {
        return false;
    }
    clock_offset_ms_ = *offset;
    return true;
}

}  // namespace slipway::aws
