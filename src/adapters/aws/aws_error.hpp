#pragma once

#include <string>
#include <string_view>

#include "base/http_transport.hpp"
#include "sagemaker/api.hpp"

/// Reading and sorting of what AWS answers when it does not do what was asked.
namespace slipway::aws {

/// Code of an answer that is none of AWS's.
inline constexpr std::string_view kGarbled = "Garbled";
/// Code for no answer at all.
inline constexpr std::string_view kNetwork = "Network";

/// What an answer says of its failure.
struct AwsFailure {
    int status{0};
    std::string code;  ///< without namespace, or kGarbled
    std::string message;
    std::string request_id;
};

/// What may be done about a failure.
enum class Remedy {
    none,         ///< final
    wait,         ///< throttled: slow down, try again
    retry,        ///< transient: try again
    set_clock,    ///< the signature's time may be wrong: correct it once
    new_session,  ///< the credentials are no longer good: refresh them once
};

/// Reads a failed answer: JSON 1.1, the XML of the query protocol (and of moto's IAM checks), or neither.
AwsFailure read_failure(const HttpResponse& response);

/// True of a page for people (a proxy, a wrong address), which AWS never answers with.
bool is_web_page(const HttpResponse& response);

/// Request id of any answer, or empty.
std::string request_id_of(const HttpResponse& response);

/// Rules: the retry tables of the AWS SDKs (botocore retries/standard.py and data/_retry.json).
Remedy remedy_for(const AwsFailure& failure);

/// The failure as callers see it. `operation` decides what "Could not find" means.
sagemaker::AwsError to_error(std::string_view operation, const AwsFailure& failure);

/// A failure of the way to AWS.
sagemaker::AwsError network_error(std::string_view operation, const Error& error);

/// A failure of ours before anything was sent, with AWS-like `code`.
sagemaker::AwsError local_error(std::string_view operation, std::string code, Error error);

}  // namespace slipway::aws
