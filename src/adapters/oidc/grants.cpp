#include "adapters/oidc/grants.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace slipway::oidc {
namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
/// A token's life where the provider does not say it.
constexpr std::int64_t kLifeWhenUnsaid = 60;

/// Words of the provider for the log: short, and nothing that could break a line.
std::string harmless(std::string_view text) {
    constexpr std::size_t kLongest = 200;
    std::string out{text.substr(0, kLongest)};
    std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

/// Codes of OAuth are of small letters. Gateways have a member `error` as well, with words for people: "Not Found".
bool is_code(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; });
}

/// Whether an authorisation server itself refuses (RFC 6749 section 5.2; some use 403). Anything else is what a gateway says while the server is away, and must
/// not be taken for a word about a person.
bool is_refusal(const Answer& answer) {
    const bool has_code = is_code(json::text_of(answer.body, "error"));
    return answer.status == kUnauthorized || (has_code && (answer.status == kBadRequest || answer.status == kForbidden));
}

std::unexpected<Error> client_refused(std::string_view code) {
    return fail(ErrorCode::unavailable, "CLIENT_REFUSED",
                "The identity provider does not accept this server's own client. An administrator must look at security.oauth2.login.", std::string{code});
}

/// What is refused of a person or a request, and not of a client.
std::unexpected<Error> of_what_was_sent(std::string_view code) {
    if (code == "access_denied") {
        return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED",
                    "Access was declined at the identity provider, by the person or by its rules. Nobody was signed in.");
    }
    if (code == "invalid_request") {  // about how it was asked, and no word about a person
        return fail(ErrorCode::invalid_argument, "REQUEST_REFUSED",
                    "The identity provider does not take this request as it is; it may ask for a code_challenge and its code_verifier (PKCE).");
    }
    return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED",
                "The identity provider refuses: the name, the password or the code is wrong, has expired, or the account is disabled.");
}

std::unexpected<Error> refusal(const Answer& answer, Asker asker) {
    const auto code = json::text_of(answer.body, "error");
    if (!is_refusal(answer)) {
        return provider_away(fmt::format("It answers {} without an error of OAuth: {}", answer.status, harmless(code)));
    }
    if (code == "authorization_pending") {
        return fail(ErrorCode::invalid_argument, "AUTHORIZATION_PENDING", "The person has not decided yet. Ask again.");
    }
    log::info("sign_in_refused", {{"code", harmless(code)}, {"status", answer.status}, {"reason", harmless(json::text_of(answer.body, "error_description"))}});
    if (code == "slow_down") {
        return fail(ErrorCode::invalid_argument, "SLOW_DOWN", "Ask less often: five seconds more between two questions.");
    }
    if (code == "expired_token") {
        return fail(ErrorCode::unauthenticated, "SIGN_IN_EXPIRED", "The code was not used in time. Sign in again.");
    }
    if (code == "invalid_scope") {
        return asker == Asker::us ? client_refused(code) : invalid("/scope", "scopes that the provider knows for this client", "others");
    }
    // A 401 without a code is about who asks.
    const bool of_client = code == "invalid_client" || (answer.status == kUnauthorized && (code == "unauthorized_client" || !is_code(code)));
    if (of_client && asker == Asker::us) {
        return client_refused(code);
    }
    if (!of_client && (code == "unauthorized_client" || code == "unsupported_grant_type" || code == "unsupported_response_type")) {
        return fail(ErrorCode::forbidden, "GRANT_NOT_ALLOWED",
                    "The identity provider does not let people sign in here in this way. Use the page, or slipway login without a name.");
    }
    if (code == "temporarily_unavailable" || code == "server_error") {
        return provider_away(harmless(code));
    }
    if (of_client) {
        return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED",
                    "The identity provider refuses the client: its id or its secret is wrong, or it is disabled or may not ask for tokens by itself.");
    }
    return of_what_was_sent(code);
}

/// How long somebody waits for the answer to a renewal that was sent.
constexpr Milliseconds kLongestRenewal = std::chrono::minutes{10};

}  // namespace

Patience patience_of(const identity::LongWait& wait) {
    return wait.on_late ? Patience{.whole = kLongestRenewal, .on_late = wait.on_late, .cancelled = wait.cancelled} : Patience{.cancelled = wait.cancelled};
}

std::unexpected<Error> cannot_revoke() {
    return fail(ErrorCode::invalid_argument, "UNSUPPORTED_TOKEN_TYPE", "The identity provider does not take such tokens back: they end by themselves.");
}

Result<identity::ProviderTokens> tokens_of(const Answer& answer, Asker asker) {
    if (answer.status != kOk) {
        return refusal(answer, asker);
    }
    identity::ProviderTokens out{.access = Secret{std::string{json::text_of(answer.body, "access_token")}},
                                 .refresh = Secret{std::string{json::text_of(answer.body, "refresh_token")}},
                                 .id_token = Secret{std::string{json::text_of(answer.body, "id_token")}},
                                 .expires_in = seconds_of(answer.body, "expires_in", kLifeWhenUnsaid),
                                 .scope = std::string{json::text_of(answer.body, "scope")}};
    if (out.access.empty()) {
        return provider_away("The token endpoint gave no access_token.");
    }
    return out;
}

Result<identity::DeviceCode> device_code_of(const Answer& answer) {
    constexpr std::int64_t kExpires = 600;
    constexpr std::int64_t kInterval = 5;
    if (answer.status != kOk) {
        return refusal(answer, Asker::us);
    }
    identity::DeviceCode out{.device_code = Secret{std::string{json::text_of(answer.body, "device_code")}},
                             .user_code = std::string{json::text_of(answer.body, "user_code")},
                             .verification_uri = std::string{json::text_of(answer.body, "verification_uri")},
                             .verification_uri_complete = std::string{json::text_of(answer.body, "verification_uri_complete")},
                             .expires_in = seconds_of(answer.body, "expires_in", kExpires),
                             .interval = seconds_of(answer.body, "interval", kInterval)};
    if (out.device_code.empty() || out.user_code.empty() || !out.verification_uri.starts_with("http")) {
        return provider_away("The device endpoint gave no code.");
    }
    return out;
}

Result<void> revoked_by(const std::string& url, const HttpResponse& response, Asker asker) {
    if (response.status >= 200 && response.status < 300) {
        return {};
    }
    SW_TRY(const auto answer, answer_of(url, response));
    const auto code = json::text_of(answer.body, "error");
    if (code == "invalid_token") {
        return {};  // some say so of a token that is no longer good
    }
    if (code == "unsupported_token_type") {
        return cannot_revoke();
    }
    if (answer.status != kUnauthorized && (code == "unauthorized_client" || code == "invalid_grant")) {
        return fail(ErrorCode::forbidden, "GRANT_NOT_ALLOWED",
                    "The token was given to another client. Send that client's client_id and client_secret along, or revoke it at the identity provider.");
    }
    return std::unexpected(refusal(answer, asker).error());
}

}  // namespace slipway::oidc
