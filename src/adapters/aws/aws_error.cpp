#include "adapters/aws/aws_error.hpp"

#include <algorithm>
#include <array>

#include "adapters/aws/xml.hpp"
#include "base/ascii.hpp"
#include "base/json_codec.hpp"

namespace slipway::aws {

namespace {

using sagemaker::AwsError;

constexpr std::size_t kMaxMessage = 600;

constexpr std::array<std::string_view, 13> kThrottled{"Throttling",
                                                      "ThrottlingException",
                                                      "ThrottledException",
                                                      "RequestThrottled",
                                                      "RequestThrottledException",
                                                      "TooManyRequestsException",
                                                      "RequestLimitExceeded",
                                                      "BandwidthLimitExceeded",
                                                      "LimitExceededException",
                                                      "SlowDown",
                                                      "PriorRequestNotComplete",
                                                      "ProvisionedThroughputExceededException",
                                                      "TransactionInProgressException"};
constexpr std::array<std::string_view, 7> kTransient{"RequestTimeout",      "RequestTimeoutException", "IDPCommunicationError", "InternalFailure",
                                                     "InternalServerError", "InternalError",           "ServiceUnavailable"};
constexpr std::array<std::string_view, 7> kClock{"RequestTimeTooSkewed",  "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
                                                 "SignatureDoesNotMatch", "AuthFailure",    "InvalidSignature"};
constexpr std::array<std::string_view, 5> kSession{"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
                                                   "TokenRefreshRequired"};
constexpr std::array<std::string_view, 4> kDenied{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& list, std::string_view code) {
    return std::ranges::find(list, code) != list.end();
}

/// `com.amazonaws.sagemaker#ValidationException:http://…` → `ValidationException`.
std::string bare_code(std::string_view text) {
    text = text.substr(text.find('#') + 1);
    return std::string{text.substr(0, text.find(':'))};
}

/// AWS explains a wrong signature by the whole request that it signed itself, session token included: the first sentence is enough.
std::string_view without_request(std::string_view text) {
    for (const std::string_view start : {"The Canonical String", "The String-to-Sign", "CanonicalRequest", "StringToSign"}) {
        text = text.substr(0, text.find(start));
    }
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) {
        text.remove_suffix(1);
    }
    // A token that is quoted in any other way goes with the rest of the text.
    constexpr std::string_view kToken = "x-amz-security-token";
    const auto at = std::ranges::search(text, kToken, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
    return {text.begin(), at.begin()};
}

/// A message for people: one line of printable characters, cut between characters.
std::string shortened(std::string_view text) {
    std::string out;
    for (const char c : json::utf8_front(text, kMaxMessage)) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    if (text.size() > kMaxMessage) {
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0) {
            out.pop_back();
        }
        out += "…";
    }
    return out;
}

bool read_json(const HttpResponse& response, AwsFailure& out) {
    const auto body = json::parse_object(response.body);
    if (!body) {
        return false;
    }
    for (const auto* key : {"__type", "code", "Code"}) {
        if (out.code.empty()) {
            out.code = bare_code(json::text_of(*body, key));
        }
    }
    for (const auto* key : {"message", "Message", "errorMessage"}) {
        if (out.message.empty()) {
            out.message = json::text_of(*body, key);
        }
    }
    return true;
}

void read_xml(const HttpResponse& response, AwsFailure& out) {
    const auto root = parse_xml(response.body);
    if (!root) {
        return;
    }
    const auto text = [&](std::string_view name) {
        const auto* found = root->find(name);
        return found == nullptr ? std::string{} : found->text;
    };
    out.code = bare_code(text("Code"));
    out.message = text("Message");
    for (const auto* name : {"RequestId", "RequestID"}) {
        if (out.request_id.empty()) {
            out.request_id = text(name);
        }
    }
}

bool takes_a_name(std::string_view operation) {
    return operation.starts_with("Describe") || operation.starts_with("Delete") || operation.starts_with("Stop");
}

/// The IAM action that AWS names, else the operation's own.
std::string missing_permission(std::string_view operation, std::string_view message) {
    constexpr std::string_view kWords = "is not authorized to perform: ";
    const auto at = message.find(kWords);
    if (at != std::string_view::npos) {
        const auto action = message.substr(at + kWords.size());
        const auto named = action.substr(0, action.find_first_of(" ,\"'\r\n"));
        if (named.find(':') != std::string_view::npos) {
            return std::string{named};
        }
    }
    return std::string{operation == "GetCallerIdentity" || operation.starts_with("AssumeRole") ? "sts:" : "sagemaker:"} + std::string{operation};
}

/// AWS has refused nothing: somebody else answered, or AWS of a region that does not exist.
std::string not_of_aws(std::string_view operation, const AwsFailure& failure) {
    return "What answered " + std::string{operation} + " (HTTP status " + std::to_string(failure.status) +
           ") does not speak as AWS does. Check that the region exists, and whether a proxy or a wrong address stands between.";
}

struct Verdict {
    ErrorCode code;
    std::string_view reason;
    std::string_view advice;
};

Verdict verdict_of(std::string_view operation, const AwsFailure& failure) {
    const auto& code = failure.code;
    if (code == "ResourceNotFound" || code == "ResourceNotFoundException" ||
        (code == "ValidationException" && takes_a_name(operation) && failure.message.starts_with("Could not find"))) {
        return {ErrorCode::not_found, "AWS_NOT_FOUND", ""};
    }
    if (among(kDenied, code)) {
        return {ErrorCode::failed_precondition, "AWS_ACCESS_DENIED", " Add the permission to the policy of these credentials."};
    }
    if (code.starts_with("ExpiredToken")) {
        return {ErrorCode::failed_precondition, "AWS_CREDENTIALS", " The session token has expired: get a new one, with its key and secret."};
    }
    if (among(kSession, code) || among(kClock, code)) {
        return {ErrorCode::failed_precondition, "AWS_CREDENTIALS", " Check the access key, its secret and the clock of this machine."};
    }
    if (code == "ResourceLimitExceeded") {
        return {ErrorCode::failed_precondition, "AWS_QUOTA", " Ask for a higher quota, or free some of it, and try again."};
    }
    switch (remedy_for(failure)) {
        case Remedy::wait: return {ErrorCode::unavailable, "AWS_THROTTLED", " Try again in a few minutes."};
        case Remedy::retry: return {ErrorCode::unavailable, "AWS_UNAVAILABLE", " Try again in a few minutes."};
        default: return {ErrorCode::failed_precondition, "AWS_REFUSED", ""};
    }
}

}  // namespace

std::string request_id_of(const HttpResponse& response) {
    for (const auto* name : {"x-amzn-requestid", "x-amz-request-id"}) {
        if (const auto id = response.header(name); !id.empty()) {
            return std::string{id.substr(0, 128)};
        }
    }
    return {};
}

AwsFailure read_failure(const HttpResponse& response) {
    AwsFailure out{.status = response.status, .code = {}, .message = {}, .request_id = request_id_of(response)};
    if (!read_json(response, out)) {
        read_xml(response, out);
    }
    if (out.code.empty()) {
        out.code = bare_code(response.header("x-amzn-errortype"));
    }
    if (out.code.empty() || out.code.size() > 128) {
        out.code = kGarbled;
        if (out.message.empty()) {
            out.message = "HTTP status " + std::to_string(response.status) + " with an answer that is not AWS's";
        }
    }
    out.message = shortened(without_request(out.message));
    return out;
}

Remedy remedy_for(const AwsFailure& failure) {
    if (failure.status == 429 || among(kThrottled, failure.code)) {
        return Remedy::wait;
    }
    if (among(kSession, failure.code)) {
        return Remedy::new_session;
    }
    if (among(kClock, failure.code)) {
        return Remedy::set_clock;
    }
    const bool broken = failure.status == 500 || failure.status == 502 || failure.status == 503 || failure.status == 504;
    return broken || among(kTransient, failure.code) ? Remedy::retry : Remedy::none;
}

bool is_web_page(const HttpResponse& response) {
    const auto begin = std::min(response.body.find_first_not_of(" \t\r\n"), response.body.size());
    const auto start = ascii_lower(std::string_view{response.body}.substr(begin, 9));
    return start.starts_with("<!doctype") || start.starts_with("<html");
}

AwsError to_error(std::string_view operation, const AwsFailure& failure) {
    const auto verdict = verdict_of(operation, failure);
    AwsError out{.error = {verdict.code, std::string{verdict.reason}, {}, {}, {}},
                 .operation = std::string{operation},
                 .code = failure.code,
                 .message = failure.message,
                 .request_id = failure.request_id,
                 .permission = {}};
    if (among(kDenied, failure.code)) {
        out.permission = missing_permission(operation, failure.message);
    }
    out.error.message = failure.code == kGarbled ? not_of_aws(operation, failure) : "AWS refused " + out.operation + " (" + out.code + ")";
    if (!out.permission.empty()) {
        out.error.message += ": the permission " + out.permission + " is missing";
    } else if (failure.code != kGarbled && !out.message.empty()) {
        out.error.message += ": " + out.message;
    }
    out.error.message += (out.error.message.ends_with('.') ? "" : ".") + std::string{verdict.advice};
    out.error.detail = "status " + std::to_string(failure.status) + ", request id " + (out.request_id.empty() ? "none" : out.request_id) + ", " + out.message;
    return out;
}

AwsError network_error(std::string_view operation, const Error& error) {
    return local_error(operation, error.reason == "CANCELLED" ? "Cancelled" : std::string{kNetwork}, error);
}

AwsError local_error(std::string_view operation, std::string code, Error error) {
    std::string message = error.message;
    return {.error = std::move(error),
            .operation = std::string{operation},
            .code = std::move(code),
            .message = std::move(message),
            .request_id = {},
            .permission = {}};
}

}  // namespace slipway::aws
