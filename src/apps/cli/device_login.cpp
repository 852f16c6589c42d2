#include "apps/cli/device_login.hpp"

#include <charconv>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/loopback_login.hpp"
#include "base/crypto.hpp"

namespace slipway::cli {
namespace {

constexpr std::int64_t kMoreWhenSlow = 5;
constexpr std::int64_t kLongestInterval = 60;

std::int64_t seconds_of(const json::object& document, std::string_view name, std::int64_t otherwise) {
    const auto* found = document.if_contains(name);
    return found != nullptr && found->is_int64() && found->get_int64() > 0 ? found->get_int64() : otherwise;
}

void show(Session& session, const json::object& code) {
    const auto complete = json::text_of(code, "verification_uri_complete");
    const auto plain = json::text_of(code, "verification_uri");
    session.say("Open " + harmless(complete.empty() ? plain : complete) + " in a browser, on any machine, and sign in.");
    session.say("The code is " + harmless(json::text_of(code, "user_code")) + "; compare it, or type it there. Ctrl-C gives up.");
}

Result<Tokens> wait_for(Session& session, const std::string& url, const json::object& code, const std::string& verifier) {
    auto& world = session.world();
    const auto form = form_encoded({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                    {"device_code", std::string{json::text_of(code, "device_code")}},
                                    {"code_verifier", verifier}});
    const auto ends = world.clock.now() + std::chrono::seconds{seconds_of(code, "expires_in", 600)};
    auto interval = seconds_of(code, "interval", kMoreWhenSlow);
    while (world.clock.now() < ends) {
        world.wait(std::chrono::seconds{std::min(interval, kLongestInterval)});
        if (world.stopped()) {
            return fail(ErrorCode::unavailable, "CANCELLED", "Interrupted: nobody was signed in.");
        }
        auto tokens = request_tokens(world, url, form);
        if (tokens) {
            return tokens;
        }
        const auto& error = tokens.error();
        const bool too_often = error.reason == "SLOW_DOWN" || error.reason == "TOO_MANY_ATTEMPTS";
        interval += too_often ? kMoreWhenSlow : 0;
        const bool may_come = too_often || error.reason == "AUTHORIZATION_PENDING" || error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
        if (!may_come) {
            return tokens;
        }
    }
    return fail(ErrorCode::unauthenticated, "SIGN_IN_EXPIRED", "The code was not used in time. Run slipway login again.");
}

/// How long the server wants to be left alone. A few seconds where it does not say so.
Milliseconds pause_of(const Result<HttpResponse>& answer) {
    constexpr std::int64_t kUsual = 2;
    constexpr std::int64_t kLongest = 10;
    const auto text = answer ? answer->header("retry-after") : std::string_view{};
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::chrono::seconds{seconds > 0 ? std::min(seconds, kLongest) : kUsual};
}

/// How people sign in at the server.
Result<json::object> login_offer(Session& session, const std::string& url) {
    return ask(session, {.method = "GET", .url = url + "/gocli/login", .headers = {}, .body = {}}, url);
}

bool is_of_provider(const Result<json::object>& offer) {
    return offer && json::text_of(*offer, "mode") == "oauth2";
}

}  // namespace

Result<json::object> ask(Session& session, HttpRequest request, const std::string& url) {
    request.headers.emplace_back("Accept", "application/json");
    request.cancelled = session.world().interrupted;
    SW_TRY(const auto response, session.world().transport.send(request));
    if (response.status != 200) {
        return std::unexpected(error_of(response, url));
    }
    return json::parse_object(response.body);
}

Result<SignIn> named(Session& session, const std::string& url, Tokens tokens) {
    constexpr Milliseconds kLongest = std::chrono::seconds{30};
    auto& world = session.world();
    const auto ends = world.clock.now() + kLongest;
    for (;;) {
        const auto answer =
            world.transport.send({.method = "GET",
                                  .url = url + "/gocli/session",
                                  .headers = {{"Authorization", "Bearer " + std::string{tokens.access.reveal()}}, {"Accept", "application/json"}},
                                  .body = {},
                                  .cancelled = world.interrupted});
        if (answer && answer->status == 200) {
            SW_TRY(const auto who, json::parse_object(answer->body));
            return SignIn{.tokens = std::move(tokens), .user = std::string{json::text_of(who, "username")}};
        }
        auto error = answer ? error_of(*answer, url) : answer.error();
        const auto pause = pause_of(answer);
        const bool may_come = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.reason == "TOO_MANY_ATTEMPTS";
        if (!may_come || world.stopped() || world.clock.now() + pause > ends) {
            take_back(session, url, tokens.access, tokens.refresh, "the tokens that were given");
            return std::unexpected(std::move(error));
        }
        world.wait(pause);
    }
}

void take_back(Session& session, const std::string& url, const Secret& access, const Secret& refresh, std::string_view which) {
    constexpr Milliseconds kTimeToRevoke{10'000};
    const bool renewable = !refresh.empty();
    auto& world = session.world();
    const auto sent = world.transport.send({.method = "POST",
                                            .url = url + "/gocli/revoke",
                                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
                                            .body = form_encoded({{"token", std::string{(renewable ? refresh : access).reveal()}},
                                                                  {"token_type_hint", renewable ? "refresh_token" : "access_token"}}),
                                            .timeout = kTimeToRevoke,
                                            .cancelled = world.interrupted});
    if (!sent || sent->status != 200) {
        const auto error = sent ? error_of(*sent, url) : sent.error();
        session.say("slipway: " + std::string{which} + " could not be revoked at " + url + " and end there by themselves: " + harmless(error.message));
    }
}

bool has_provider(Session& session, const std::string& url) {
    return is_of_provider(login_offer(session, url));
}

Result<WayIn> way_in(Session& session, const std::string& url) {
    const auto offer = login_offer(session, url);
    if (!offer && (offer.error().code == ErrorCode::unavailable || offer.error().code == ErrorCode::timeout)) {
        return std::unexpected(offer.error());
    }
    if (!is_of_provider(offer)) {
        return usage("-u NAME says who signs in");
    }
    const auto* device = offer->if_contains("device");
    const bool by_code = device != nullptr && device->is_bool() && device->get_bool();
    auto loopback = std::string{json::text_of(*offer, "loopback")};
    const bool wants_code = session.line().has("--device");
    if (!loopback.empty() && !wants_code && (!by_code || has_browser(session.world()))) {
        return WayIn{.loopback = std::move(loopback), .codes = by_code};
    }
    if (!by_code) {
        return usage(wants_code && !loopback.empty()
                         ? "the identity provider of " + url + " offers no codes; without --device you sign in by a browser on this machine"
                         : "the identity provider of " + url + " offers the command line no way to sign in; -u NAME asks for a password, where it allows that");
    }
    return WayIn{};
}

Result<SignIn> sign_in_by_code(Session& session, const std::string& url, const std::function<Result<void>()>& begun) {
    constexpr std::size_t kBytes = 32;
    const auto verifier = crypto::base64url(crypto::random_bytes(kBytes));
    const auto digest = crypto::sha256(verifier);
    SW_TRY(const auto code, ask(session,
                                {.method = "POST",
                                 .url = url + "/gocli/device",
                                 .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                 .body = form_encoded({{"code_challenge", crypto::base64url(crypto::bytes_of(digest))}})},
                                url));
    SW_CHECK(begun());
    show(session, code);
    SW_TRY(auto tokens, wait_for(session, url, code, verifier));
    return named(session, url, std::move(tokens));
}

}  // namespace slipway::cli
