#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http_transport.hpp"
#include "base/secret.hpp"

/// AWS Signature Version 4, header form. Pure: no clock, no network. Rules: "Signature Version 4 signing process" of the
/// AWS General Reference, proven by the public vectors in tests/data/sigv4.
namespace slipway::aws {

/// What a request is signed with.
struct SigningKeys {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;  ///< empty for long-lived keys
};

/// Where and when a signature is good.
struct SigningScope {
    std::string_view region;
    std::string_view service;
    Timestamp time;
    bool s3{false};  ///< path signed as it is sent, x-amz-content-sha256 added
};

/// A canonical request and the names that it covers.
struct CanonicalRequest {
    std::string text;
    std::string signed_headers;  ///< `host;x-amz-date`
};

/// @param target path and query as they are sent: `/a/b?x=1`; @param payload_hash hexadecimal SHA-256 of the body.
CanonicalRequest canonical_request(std::string_view method, std::string_view target, const HttpHeaders& headers, std::string_view payload_hash, bool s3);

/// `20150830T123600Z`.
std::string amz_date(Timestamp time);

/// @param date as of amz_date().
std::string string_to_sign(std::string_view canonical_text, std::string_view date, const SigningScope& scope);

/// Adds Host, X-Amz-Date, X-Amz-Security-Token (and x-amz-content-sha256 for S3), then Authorization over all headers of `request`.
/// Headers of those names that are there already are replaced: a request may be signed again for each attempt.
void sign(HttpRequest& request, const SigningKeys& keys, const SigningScope& scope);

}  // namespace slipway::aws
