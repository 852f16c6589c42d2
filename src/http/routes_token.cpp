#include "http/routes_token.hpp"

#include "base/crypto.hpp"
#include "http/hal.hpp"
#include "http/limited.hpp"
#include "http/target.hpp"
#include "identity/account_documents.hpp"

namespace slipway::http {

namespace {

using identity::Accounts;
using identity::DevicePolls;
using identity::IdentityProvider;
using identity::LoginClient;
using identity::ProviderSignIn;
using identity::SignInLimits;
using identity::SignInName;
using identity::Tokens;

constexpr std::string_view kCodeGrant = "authorization_code";
constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/// The form or JSON object of a token request.
struct TokenRequest {
    std::string grant_type;
    std::string username;
    Secret password;
    std::string client_id;
    Secret client_secret;
    Secret refresh_token;
    Secret device_code;
    Secret code_verifier;
    Secret code;
    std::string redirect_uri;
    std::string scope;
    Secret token;  ///< to be revoked
    std::string token_type_hint;
};

void take(TokenRequest& out, std::string_view name, std::string content) {
    if (name == "grant_type") {
        out.grant_type = std::move(content);
    } else if (name == "username") {
        out.username = std::move(content);
    } else if (name == "password") {
        out.password = Secret{std::move(content)};
    } else if (name == "client_id") {
        out.client_id = std::move(content);
    } else if (name == "client_secret") {
        out.client_secret = Secret{std::move(content)};
    } else if (name == "refresh_token") {
        out.refresh_token = Secret{std::move(content)};
    } else if (name == "device_code") {
        out.device_code = Secret{std::move(content)};
    } else if (name == "code_verifier") {
        out.code_verifier = Secret{std::move(content)};
    } else if (name == "code") {
        out.code = Secret{std::move(content)};
    } else if (name == "redirect_uri") {
        out.redirect_uri = std::move(content);
    } else if (name == "scope") {
        out.scope = std::move(content);
    } else if (name == "token") {
        out.token = Secret{std::move(content)};
    } else if (name == "token_type_hint") {
        out.token_type_hint = std::move(content);
    }
}

/// Client name and secret of HTTP basic, each form-encoded as RFC 6749 section 2.3.1 asks.
void take_basic(TokenRequest& out, const Request& request) {
    const auto header = request.header("authorization");
    if (header.size() < 6 || !(header.starts_with("Basic ") || header.starts_with("basic "))) {
        return;
    }
    const auto decoded = crypto::from_base64(header.substr(6));
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return;
    }
    const auto plain = [](std::string_view text) {
        const auto pairs = text.find_first_of("&=") == std::string_view::npos ? parse_query(std::string{"v="} + std::string{text})
                                                                              : Result<std::vector<std::pair<std::string, std::string>>>{};
        return pairs && pairs->size() == 1 ? pairs->front().second : std::string{text};
    };
    out.client_id = plain(std::string_view{*decoded}.substr(0, colon));
    out.client_secret = Secret{plain(std::string_view{*decoded}.substr(colon + 1))};
}

Result<TokenRequest> read_token_request(const Request& request) {
    TokenRequest out;
    take_basic(out, request);
    if (request.header("content-type").starts_with("application/json")) {
        SW_TRY(const auto body, json::parse_object(request.body));
        for (const auto& [name, content] : body) {
            if (content.is_string()) {
                take(out, name, std::string{content.get_string()});
            }
        }
        return out;
    }
    auto form = parse_query(request.body);
    if (!form) {
        return invalid("", "a form (application/x-www-form-urlencoded)", "other bytes");
    }
    for (auto& [name, content] : *form) {
        take(out, name, std::move(content));
    }
    return out;
}

Result<TokenRequest> read_revocation(const Request& request) {
    SW_TRY(auto asked, read_token_request(request));
    if (asked.token.empty()) {
        return invalid("/token", "the token to revoke", "nothing");
    }
    return asked;
}

Result<identity::TokenPair> grant(Accounts& accounts, Tokens& tokens, const TokenRequest& asked, const std::string& peer) {
    if (asked.grant_type.empty() || asked.grant_type == "password") {
        if (asked.username.empty() || asked.password.empty()) {
            return invalid(asked.username.empty() ? "/username" : "/password", "given for a password grant", "nothing");
        }
        return accounts.sign_in(asked.username, asked.password, peer);
    }
    if (asked.grant_type == "refresh_token") {
        if (asked.refresh_token.empty()) {
            return invalid("/refresh_token", "given to refresh", "nothing");
        }
        return tokens.refresh(asked.refresh_token.reveal());
    }
    if (asked.grant_type == "client_credentials") {
        if (asked.client_id.empty() || asked.client_secret.empty()) {
            return invalid("/client_id", "given with client_secret, in the form or as HTTP basic", "nothing");
        }
        return accounts.sign_in_client(asked.client_id, asked.client_secret, peer);
    }
    return invalid("/grant_type", "password, refresh_token or client_credentials", "another text");
}

/// Codes of the command line alone: the page's go through its own callback.
Result<ProviderSignIn> granted_for_code(IdentityProvider& provider, SignInLimits& limits, const TokenRequest& asked, const std::string& peer) {
    if (asked.code.empty() || asked.code_verifier.empty()) {
        return invalid(asked.code.empty() ? "/code" : "/code_verifier", "given for a code", "nothing");
    }
    SW_CHECK(check_redirect_uri(asked.redirect_uri));
    return limited(limits, SignInName::code(), peer, [&] {
        return provider.by_code(
            {.client = LoginClient::command_line, .code = asked.code, .redirect_uri = asked.redirect_uri, .nonce = {}, .verifier = asked.code_verifier});
    });
}

std::unexpected<Error> too_early() {
    return fail(ErrorCode::invalid_argument, "SLOW_DOWN", "Ask less often: five seconds more between two questions.");
}

/// Who asks in time about a code that the provider knows guesses nothing, however long its person takes. All else that it answers by "not yet" counts by
/// address.
Result<ProviderSignIn> granted_for_device(IdentityProvider& provider, SignInLimits& limits, DevicePolls& polls, const TokenRequest& asked,
                                          const Request& request, Steady now) {
    if (asked.device_code.empty()) {
        return invalid("/device_code", "given to sign in a device", "nothing");
    }
    const auto turn = polls.take(asked.device_code, now);
    if (turn != DevicePolls::Turn::due) {
        SW_CHECK(limits.begin(SignInName::poll(), request.peer));
    }
    if (turn == DevicePolls::Turn::early) {
        return too_early();
    }
    auto in = limited(limits, SignInName::code(), request.peer, [&] { return provider.by_device(asked.device_code, asked.code_verifier); });
    const auto reason = in ? std::string{} : in.error().reason;
    if (const bool slow = reason == "SLOW_DOWN"; slow || reason == "AUTHORIZATION_PENDING") {
        if (turn == DevicePolls::Turn::unknown) {
            polls.given(asked.device_code, DevicePolls::kUsualInterval, now);
            static_cast<void>(polls.take(asked.device_code, now));
        } else if (slow) {
            static_cast<void>(limits.begin(SignInName::poll(), request.peer));
        }
        if (slow) {
            polls.slower(asked.device_code);
        }
        return in;
    }
    if (turn == DevicePolls::Turn::unknown) {
        limits.taken_back(SignInName::poll(), request.peer);
    }
    if (in || is_refused_guess(in.error())) {
        polls.ended(asked.device_code);
    }
    if (in) {
        limits.taken_back(SignInName::device(), request.peer);  // what start_device() counted
    }
    return in;
}

Result<ProviderSignIn> granted(IdentityProvider& provider, identity::PassedRenewals& renewals, SignInLimits& limits, const TokenRequest& asked,
                               const std::string& peer) {
    if (asked.grant_type.empty() || asked.grant_type == "password") {
        if (asked.username.empty() || asked.password.empty()) {
            return invalid(asked.username.empty() ? "/username" : "/password", "given for a password grant", "nothing");
        }
        return limited(limits, asked.username, peer, [&] { return provider.by_password(asked.username, asked.password); });
    }
    if (asked.grant_type == "refresh_token") {
        if (asked.refresh_token.empty()) {
            return invalid("/refresh_token", "given to refresh", "nothing");
        }
        return limited(limits, SignInName::token(), peer, [&] { return renewals.renew(asked.refresh_token, peer); });
    }
    if (asked.grant_type == "client_credentials") {
        if (asked.client_id.empty() || asked.client_secret.empty()) {
            return invalid("/client_id", "given with client_secret, in the form or as HTTP basic", "nothing");
        }
        return limited(limits, SignInName::client(asked.client_id, peer), peer,
                       [&] { return provider.by_client(asked.client_id, asked.client_secret, asked.scope); });
    }
    if (asked.grant_type == kCodeGrant) {
        return granted_for_code(provider, limits, asked, peer);
    }
    return invalid("/grant_type", "password, refresh_token, client_credentials, authorization_code or " + std::string{kDeviceGrant}, "another text");
}

/// A guess that the provider refused: it sees our address alone.
Result<void> note_refusal(Exchange& exchange, const TokenRequest& asked, const Error& error) {
    const auto& name = asked.grant_type == "client_credentials" ? asked.client_id : asked.username;
    if (error.reason != "SIGN_IN_FAILED" || name.empty()) {
        return {};
    }
    const auto& request = exchange.request();
    return exchange.store().write({.subject = {}, .request_id = request.request_id},
                                  [&](store::Unit& unit) { return identity::audit_refused_sign_in(unit, name, request.peer); });
}

Result<Response> tokens_given(Exchange& exchange, const TokenRequest& asked, const ProviderSignIn& in) {
    if (asked.grant_type != "refresh_token") {
        const auto& name = in.principal.name;
        SW_CHECK(exchange.store().write({.subject = name, .request_id = exchange.request().request_id},
                                        [&](store::Unit& unit) { return identity::audit_sign_in(unit, name, name, exchange.request().peer, true); }));
    }
    json::object body{{"access_token", in.tokens.access.reveal()}};
    if (const auto& refresh = in.tokens.refresh.empty() ? asked.refresh_token : in.tokens.refresh; !refresh.empty()) {
        body["refresh_token"] = refresh.reveal();  // providers that do not rotate it may leave it out of a renewal
    }
    body["expires_in"] = in.tokens.expires_in;
    body["token_type"] = "bearer";
    if (!in.tokens.scope.empty()) {
        body["scope"] = in.tokens.scope;
    }
    return json_response(200, body);
}

}  // namespace

Result<void> check_redirect_uri(const std::string& uri) {
    return is_loopback_address(uri) ? Result<void>{}
                                    : invalid("/redirect_uri", "http:// on a loopback address, such as http://127.0.0.1:49152/callback", "another text");
}

Result<Response> issue_token(Accounts& accounts, Tokens& tokens, Exchange& exchange) {
    SW_TRY(const auto asked, read_token_request(exchange.request()));
    SW_TRY(const auto pair, grant(accounts, tokens, asked, exchange.request().peer));
    json::object body;
    body["access_token"] = pair.access.reveal();
    if (!pair.refresh.empty()) {
        body["refresh_token"] = pair.refresh.reveal();
    }
    body["expires_in"] = pair.expires_in;
    body["token_type"] = "bearer";
    return json_response(200, body);
}

Result<Response> pass_token(IdentityProvider& provider, identity::PassedRenewals& renewals, SignInLimits& limits, DevicePolls& polls, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_TRY(const auto asked, read_token_request(request));
    const auto in = asked.grant_type == kDeviceGrant ? granted_for_device(provider, limits, polls, asked, request, exchange.store().clock().steady())
                                                     : granted(provider, renewals, limits, asked, request.peer);
    if (!in) {
        SW_CHECK(note_refusal(exchange, asked, in.error()));
        return std::unexpected(in.error());
    }
    return tokens_given(exchange, asked, *in);
}

Result<Response> revoke_token(Tokens& tokens, Exchange& exchange) {
    SW_TRY(const auto asked, read_revocation(exchange.request()));
    SW_CHECK(tokens.revoke(asked.token.reveal()));
    return json_response(200, json::object{});
}

Result<Response> pass_revocation(IdentityProvider& provider, SignInLimits& limits, Exchange& exchange) {
    SW_TRY(const auto asked, read_revocation(exchange.request()));
    const auto revoke = [&] {
        return provider.revoke({.token = asked.token,
                                .hint = asked.token_type_hint,
                                .client_id = asked.client_id,
                                .client_secret = asked.client_secret,
                                .ours = LoginClient::command_line});
    };
    // The answer tells whether a client's secret is right: that must be no way around the limits of sign-in. That a token which was made up has ended is no
    // right guess.
    const auto& peer = exchange.request().peer;
    SW_CHECK(limited_refusals(limits, asked.client_id.empty() ? SignInName::token() : SignInName::client(asked.client_id, peer), peer, revoke));
    return json_response(200, json::object{});
}

}  // namespace slipway::http
