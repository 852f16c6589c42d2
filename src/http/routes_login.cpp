#include "http/routes_login.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "http/hal.hpp"
#include "http/limited.hpp"
#include "http/routes_token.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

constexpr Milliseconds kTimeToSignIn = std::chrono::minutes{10};
constexpr std::string_view kPurpose = "sign-in under way";
constexpr std::size_t kLongestPage = 500;
constexpr int kSeeOther = 303;

/// What a browser carries, sealed, from the start of its sign-in to the end: nobody can read or make it, and no other browser has it.
struct Attempt {
    std::string state;
    std::string nonce;
    Secret verifier;
    std::string redirect_uri;
    std::string page;  ///< of ours, where it goes on: `#/jobs/1`
    Timestamp ends{};
};

std::string cookie_name(const Request& request) {
    return std::string{!request.secure() ? "" : request.prefix.empty() ? "__Host-" : "__Secure-"} + "slipway_login";
}

/// `Lax`, since the provider's page sends the browser back: `Strict` ones stay at home then.
std::string cookie_header(const Request& request, std::string_view content, std::int64_t max_age) {
    return fmt::format("{}={}; Path={}; HttpOnly; SameSite=Lax; Max-Age={}{}", cookie_name(request), content, request.prefix.empty() ? "/" : request.prefix,
                       max_age, request.secure() ? "; Secure" : "");
}

std::string sealed(const crypto::Sealer& sealer, const Attempt& attempt) {
    const json::object document{{"state", attempt.state},           {"nonce", attempt.nonce}, {"verifier", attempt.verifier.reveal()},
                                {"redirect", attempt.redirect_uri}, {"page", attempt.page},   {"ends", to_epoch_ms(attempt.ends)}};
    return crypto::base64(sealer.seal(Secret{json::write(document)}, kPurpose));
}

std::optional<Attempt> unsealed(const crypto::Sealer& sealer, std::string_view cookie, Timestamp now) {
    const auto bytes = crypto::from_base64(cookie);
    const auto plain = bytes ? sealer.unseal(*bytes, kPurpose) : Result<Secret>{std::unexpected(Error{})};
    const auto document = plain ? json::parse_object(plain->reveal()) : Result<json::object>{std::unexpected(Error{})};
    const auto* ends = document ? document->if_contains("ends") : nullptr;
    if (ends == nullptr || !ends->is_int64() || from_epoch_ms(ends->get_int64()) <= now) {
        return std::nullopt;
    }
    const auto text = [&](std::string_view name) { return std::string{json::text_of(*document, name)}; };
    return Attempt{.state = text("state"),
                   .nonce = text("nonce"),
                   .verifier = Secret{text("verifier")},
                   .redirect_uri = text("redirect"),
                   .page = text("page"),
                   .ends = from_epoch_ms(ends->get_int64())};
}

/// A place of the page, never an address elsewhere.
std::string page_of(std::string_view text) {
    const bool ours = text.starts_with("#/") && text.size() <= kLongestPage &&
                      std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; });
    return ours ? std::string{text} : std::string{};
}

std::string random_text() {
    constexpr std::size_t kBytes = 32;
    return crypto::base64url(crypto::random_bytes(kBytes));
}

Response redirect(std::string_view to) {
    Response response;
    response.status = kSeeOther;
    response.content_type = "text/plain";
    response.with("Location", to).with("Referrer-Policy", "no-referrer");
    return response;
}

/// Back at the page, which tells why by the code, at the place where the person wanted to go.
Response failed(const Request& request, const Error& error, const std::string& page) {
    log::info("sign_in_failed", {{"code", error.reason}, {"message", error.message}, {"detail", error.detail}});
    auto response = redirect(request.prefix + "/?signIn=" + error.reason + page);
    // What came with the state of another attempt says nothing of the one that this browser is at: a second window's, or a link of a stranger.
    if (error.reason != "SIGN_IN_EXPIRED") {
        response.with("Set-Cookie", cookie_header(request, "", 0));
    }
    return response;
}

std::unexpected<Error> no_provider() {
    return fail(ErrorCode::not_found, "NO_PROVIDER", "People sign in here with their name and password: no identity provider is set up (security.mode).");
}

Result<Response> options(const ProviderSide& side) {
    if (!side) {
        return json_response(200, {{"mode", "builtin"}, {"password", true}, {"device", false}, {"page", false}});
    }
    SW_TRY(const auto offer, side.provider->offer());
    json::object body{{"mode", "oauth2"}, {"name", offer.name}, {"page", offer.page}, {"device", offer.device}, {"password", offer.password}};
    if (!offer.loopback.empty()) {
        body["loopback"] = offer.loopback;
    }
    return json_response(200, body);
}

Result<Response> start(const ProviderSide& side, const Gate& gate, Exchange& exchange) {
    const auto& request = exchange.request();
    if (!side) {
        return no_provider();
    }
    if (!gate.cookies_count(request.host)) {
        return fail(ErrorCode::invalid_argument, "MISDIRECTED",
                    fmt::format("The page cannot sign in under the name {}. Open it by server.publicUrl or by a loopback address.", request.host));
    }
    const Attempt attempt{.state = random_text(),
                          .nonce = random_text(),
                          .verifier = Secret{random_text()},
                          .redirect_uri = request.origin + request.prefix + "/gocli/login/callback",
                          .page = page_of(request.query_value("to").value_or("")),
                          .ends = exchange.store().clock().now() + kTimeToSignIn};
    const auto digest = crypto::sha256(attempt.verifier.reveal());
    const auto url = side.provider->authorization_url(
        {.redirect_uri = attempt.redirect_uri, .state = attempt.state, .nonce = attempt.nonce, .challenge = crypto::base64url(crypto::bytes_of(digest))});
    if (!url) {
        return failed(request, url.error(), attempt.page);
    }
    auto response = redirect(*url);
    response.with("Set-Cookie", cookie_header(request, sealed(*side.sealer, attempt), kTimeToSignIn.count() / 1000));
    return response;
}

/// What came back belongs to this browser's own attempt, and is a code.
Result<Attempt> attempt_of(const ProviderSide& side, const Request& request, Timestamp now) {
    auto attempt = unsealed(*side.sealer, request.cookie(cookie_name(request)), now);
    if (!attempt || !equal_in_constant_time(request.query_value("state").value_or(""), attempt->state)) {
        return fail(ErrorCode::invalid_argument, "SIGN_IN_EXPIRED", "The sign-in took too long, or was begun in another window. Try again.");
    }
    if (const auto error = request.query_value("error")) {
        return fail(ErrorCode::unauthenticated, *error == "access_denied" ? "ACCESS_DENIED" : "SIGN_IN_FAILED",
                    "The identity provider did not sign the person in.", std::string{error->substr(0, 100)});
    }
    return std::move(*attempt);
}

Result<Response> finish(const ProviderSide& side, identity::SignInLimits& limits, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_TRY(const auto attempt, attempt_of(side, request, exchange.store().clock().now()));
    // Anybody can begin an attempt and come back with a code that was made up.
    SW_TRY(const auto in, limited(limits, identity::SignInName::code(), request.peer, [&] {
               return side.provider->by_code({.code = Secret{std::string{request.query_value("code").value_or("")}},
                                              .redirect_uri = attempt.redirect_uri,
                                              .nonce = attempt.nonce,
                                              .verifier = attempt.verifier});
           }));
    SW_TRY(const auto cookie, side.sessions->open(in, request.peer));
    auto response = redirect(request.prefix + "/" + attempt.page);
    response.with("Set-Cookie", cookie_header(request, "", 0));
    response.with("Set-Cookie", session_cookie_header(request, cookie.reveal(), identity::Sessions::kLife.count() / 1000));
    return response;
}

Result<Response> callback(const ProviderSide& side, identity::SignInLimits& limits, Exchange& exchange) {
    if (!side) {
        return no_provider();
    }
    auto response = finish(side, limits, exchange);
    if (response) {
        return response;
    }
    const auto& request = exchange.request();
    const auto attempt = unsealed(*side.sealer, request.cookie(cookie_name(request)), exchange.store().clock().now());
    return failed(request, response.error(), attempt ? attempt->page : std::string{});
}

Result<Response> start_device(const ProviderSide& side, identity::SignInLimits& limits, Exchange& exchange) {
    if (!side) {
        return no_provider();
    }
    const auto& request = exchange.request();
    auto form = parse_query(request.body);
    if (!form) {
        return invalid("", "a form (application/x-www-form-urlencoded)", "other bytes");
    }
    const auto challenge = std::ranges::find(*form, "code_challenge", &std::pair<std::string, std::string>::first);
    const auto from = identity::SignInName::device();
    SW_CHECK(limits.begin(from, request.peer));
    const auto code = side.provider->start_device(challenge == form->end() ? std::string{} : challenge->second);
    if (!code) {
        if (!is_refused_guess(code.error())) {
            limits.taken_back(from, request.peer);
        }
        return std::unexpected(code.error());
    }
    side.polls->given(code->device_code, std::chrono::seconds{code->interval}, exchange.store().clock().steady());
    json::object body{{"device_code", code->device_code.reveal()},
                      {"user_code", code->user_code},
                      {"verification_uri", code->verification_uri},
                      {"expires_in", code->expires_in},
                      {"interval", code->interval}};
    if (!code->verification_uri_complete.empty()) {
        body["verification_uri_complete"] = code->verification_uri_complete;
    }
    return json_response(200, body);
}

/// For a browser that comes back to the command line, which holds state and verifier itself.
Result<Response> start_loopback(const ProviderSide& side, Exchange& exchange) {
    if (!side) {
        return no_provider();
    }
    const auto form = parse_query(exchange.request().body);
    if (!form) {
        return invalid("", "a form (application/x-www-form-urlencoded)", "other bytes");
    }
    const auto field = [&](std::string_view name) {
        const auto found = std::ranges::find(*form, name, &std::pair<std::string, std::string>::first);
        return found == form->end() ? std::string{} : found->second;
    };
    const identity::AuthorizationRequest asked{.client = identity::LoginClient::command_line,
                                               .redirect_uri = field("redirect_uri"),
                                               .state = field("state"),
                                               .nonce = {},
                                               .challenge = field("code_challenge")};
    SW_CHECK(check_redirect_uri(asked.redirect_uri));
    if (asked.state.empty() || asked.challenge.empty()) {
        return invalid(asked.state.empty() ? "/state" : "/code_challenge", "given, and made by chance for each sign-in", "nothing");
    }
    SW_TRY(const auto offer, side.provider->offer());
    if (offer.loopback.empty()) {
        return fail(ErrorCode::forbidden, "GRANT_NOT_ALLOWED",
                    "The command line cannot sign in by a browser here: security.oauth2.login.cliClientId is not set.");
    }
    SW_TRY(const auto url, side.provider->authorization_url(asked));
    return json_response(200, {{"authorization_uri", url}});
}

}  // namespace

std::string session_cookie_header(const Request& request, std::string_view content, std::int64_t max_age) {
    return fmt::format("{}={}; Path={}; HttpOnly; SameSite=Strict; Max-Age={}{}", session_cookie_name(request), content,
                       request.prefix.empty() ? "/" : request.prefix, max_age, request.secure() ? "; Secure" : "");
}

std::vector<Route> login_routes(const ProviderSide& side, identity::SignInLimits& limits, const Gate& gate) {
    return {
        {"GET", "/gocli/login", "getLogin", Guard::open, Pool::sign_in, [side](Exchange&) { return options(side); }},
        {"GET", "/gocli/login/start", "startLogin", Guard::open, Pool::sign_in, [side, &gate](Exchange& exchange) { return start(side, gate, exchange); }},
        {"GET", "/gocli/login/callback", "finishLogin", Guard::open, Pool::sign_in,
         [side, &limits](Exchange& exchange) { return callback(side, limits, exchange); }},
        {"POST", "/gocli/loopback", "startLoopbackLogin", Guard::open, Pool::sign_in, [side](Exchange& exchange) { return start_loopback(side, exchange); }},
        {"POST", "/gocli/device", "startDeviceLogin", Guard::open, Pool::sign_in,
         [side, &limits](Exchange& exchange) { return start_device(side, limits, exchange); }},
    };
}

}  // namespace slipway::http
