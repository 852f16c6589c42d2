#include "http/routes_identity.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "http/address_share.hpp"
#include "http/hal.hpp"
#include "http/routes_accounts.hpp"
#include "http/routes_login.hpp"
#include "http/routes_token.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

using identity::Accounts;
using identity::Action;
using identity::Tokens;

/// What a caller may do in each of its groups, by collection: with everything there, and with what it made itself.
json::object rights_of(const identity::Access& access, const identity::Principal& who) {
    json::object out;
    for (const std::string_view collection : {"storedModels", "deployableModels", "deployedModels", "runtimes", "jobs", "notifications"}) {
        for (const auto& group : who.groups) {
            auto& in_group = out[group].is_object() ? out[group].get_object() : out[group].emplace_object();
            in_group[collection] = json::object{{"any", json::array{}}, {"own", json::array{}}};
        }
        for (const auto& [action, name] : {std::pair{Action::read, "READ"}, {Action::write, "WRITE"}, {Action::execute, "EXECUTE"}}) {
            const auto rows = access.scope(who, action, collection);
            for (const auto& group : who.groups) {
                auto& rights = out.at(group).at(collection).as_object();
                if (rows.allows(group, {})) {
                    rights.at("any").as_array().emplace_back(name);
                }
                if (rows.allows(group, who.name)) {
                    rights.at("own").as_array().emplace_back(name);
                }
            }
        }
    }
    return out;
}

json::object session_document(const identity::Access& access, const identity::Principal& who, std::string_view csrf, std::string_view mode = "builtin") {
    json::object body;
    body["username"] = who.name;
    body["groups"] = json::array(who.groups.begin(), who.groups.end());
    body["admin"] = who.admin;
    if (!who.admin) {
        body["rights"] = rights_of(access, who);
    }
    body["mode"] = mode;
    if (!csrf.empty()) {
        body["csrfToken"] = csrf;
    }
    return body;
}

/// A page of another site must not sign its visitor in as somebody.
Result<void> check_origin(const Request& request) {
    const auto origin = request.header("origin");
    if (!origin.empty() && origin != request.origin && origin != origin_of(request.base_url)) {
        return fail(ErrorCode::forbidden, "CSRF", "The page that asks belongs to another site.");
    }
    return {};
}

Result<Response> create_session(Accounts& accounts, Tokens& tokens, const Gate& gate, const identity::Access& access, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_CHECK(check_origin(request));
    if (!gate.cookies_count(request.host)) {
        return fail(ErrorCode::invalid_argument, "MISDIRECTED",
                    fmt::format("The page cannot sign in under the name {}. Open it by server.publicUrl or by a loopback address.", request.host));
    }
    SW_TRY(const auto body, exchange.body());
    const auto username = json::text_of(body, "username");
    const auto password = json::text_of(body, "password");
    if (username.empty() || password.empty()) {
        return invalid(username.empty() ? "/username" : "/password", "a text", "nothing");
    }
    SW_TRY(const auto cookie, accounts.open_session(std::string{username}, Secret{std::string{password}}, request.peer));
    SW_TRY(const auto session, tokens.session(cookie.reveal()));
    auto response = json_response(200, session_document(access, session.principal, session.csrf));
    response.with("Set-Cookie", session_cookie_header(request, cookie.reveal(), Tokens::kSessionLife.count() / 1000));
    return response;
}

Result<Response> get_session(identity::Sessions& sessions, const identity::Access& access, std::string_view mode, Exchange& exchange) {
    std::string csrf;
    if (bearer_of(exchange.request()).empty()) {
        SW_TRY(const auto session, sessions.session(session_cookie_of(exchange.request())));
        csrf = session.csrf;
    }
    return json_response(200, session_document(access, exchange.principal(), csrf, mode));
}

Result<Response> delete_session(Tokens& tokens, Exchange& exchange) {
    const auto& request = exchange.request();
    auto response = no_content();
    if (const auto bearer = bearer_of(request); !bearer.empty()) {
        SW_CHECK(tokens.revoke(bearer));
        return response;
    }
    SW_CHECK(tokens.revoke(session_cookie_of(request)));
    response.with("Set-Cookie", session_cookie_header(request, "", 0));
    return response;
}

Result<Response> change_password(Accounts& accounts, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_TRY(const auto body, exchange.body());
    SW_CHECK(accounts.change_password(exchange.principal(), body, request.peer));
    auto response = no_content();
    if (bearer_of(request).empty()) {
        response.with("Set-Cookie", session_cookie_header(request, "", 0));
    }
    return response;
}

/// Ends the session here, and tells the browser where it ends the one at the provider.
Result<Response> leave(const ProviderSide& side, Exchange& exchange) {
    const auto& request = exchange.request();
    if (const auto bearer = bearer_of(request); !bearer.empty()) {
        static_cast<void>(side.provider->revoke({.token = Secret{std::string{bearer}}, .hint = "access_token"}));  // as far as the provider takes it back
        return no_content();
    }
    SW_TRY(const auto id_token, side.sessions->close(session_cookie_of(request)));
    const auto url =
        side.provider->end_session_url(id_token, request.origin + request.prefix + "/").value_or("");  // it has ended here whatever the provider says
    auto response = url.empty() ? no_content() : json_response(200, {{"signOutUrl", url}});
    response.with("Set-Cookie", session_cookie_header(request, "", 0));
    return response;
}

Handler at_the_provider(std::string what) {
    return [what = std::move(what)](Exchange&) -> Result<Response> { return fail(ErrorCode::forbidden, "AT_THE_PROVIDER", what); };
}

std::vector<Route> own_routes(Accounts& accounts, Tokens& tokens, const Gate& gate, const identity::Access& access) {
    return {
        {"POST", "/gocli/token", "issueToken", Guard::open, Pool::passwords, [&](Exchange& exchange) { return issue_token(accounts, tokens, exchange); }},
        {"POST", "/gocli/revoke", "revokeToken", Guard::open, Pool::api, [&](Exchange& exchange) { return revoke_token(tokens, exchange); }},
        {"GET", "/gocli/session", "getSession", Guard::signed_in, Pool::api,
         [&](Exchange& exchange) { return get_session(tokens, access, "builtin", exchange); }},
        {"POST", "/gocli/session", "createSession", Guard::open, Pool::passwords,
         [&](Exchange& exchange) { return create_session(accounts, tokens, gate, access, exchange); }},
        {"DELETE", "/gocli/session", "deleteSession", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return delete_session(tokens, exchange); }},
        {"PUT", "/gocli/password", "changePassword", Guard::signed_in, Pool::passwords,
         [&](Exchange& exchange) { return change_password(accounts, exchange); }},
    };
}

std::vector<Route> provider_routes(const ProviderSide& side, identity::SignInLimits& limits, const identity::Access& access) {
    const auto renewals = std::make_shared<identity::PassedRenewals>(*side.provider, side.sessions->clock());
    return {
        {"POST", "/gocli/token", "issueToken", Guard::open, Pool::sign_in,
         [side, renewals, &limits](Exchange& exchange) { return pass_token(*side.provider, *renewals, limits, *side.polls, exchange); }},
        {"POST", "/gocli/revoke", "revokeToken", Guard::open, Pool::sign_in,
         [side, &limits](Exchange& exchange) { return pass_revocation(*side.provider, limits, exchange); }},
        {"GET", "/gocli/session", "getSession", Guard::signed_in, Pool::api,
         [side, &access](Exchange& exchange) { return get_session(*side.sessions, access, "oauth2", exchange); }},
        {"POST", "/gocli/session", "createSession", Guard::open, Pool::api,
         at_the_provider("People sign in at the identity provider here: open /gocli/login/start in a browser.")},
        {"DELETE", "/gocli/session", "deleteSession", Guard::signed_in, Pool::outbound, [side](Exchange& exchange) { return leave(side, exchange); }},
        {"PUT", "/gocli/password", "changePassword", Guard::signed_in, Pool::api,
         at_the_provider("Your password is kept by the identity provider: change it there.")},
    };
}

/// Accounts of before can be looked at and removed; none is made or changed, since none could sign in.
std::vector<Route> kept_accounts(Accounts& accounts) {
    auto routes = account_routes(
        accounts, "People and machines are kept by the identity provider (security.mode: oauth2). Here stand accounts of before, none of which can sign in.");
    for (auto& route : routes) {
        if (route.method == "POST" || route.method == "PATCH") {
            route.handler = at_the_provider("People and machines are kept by the identity provider: make and change them there.");
        }
    }
    return routes;
}

}  // namespace

std::vector<Route> identity_routes(Accounts& accounts, Tokens& tokens, const Gate& gate, const identity::Access& access, const ProviderSide& side) {
    auto routes = side ? provider_routes(side, accounts.limits(), access) : own_routes(accounts, tokens, gate, access);
    std::ranges::move(login_routes(side, accounts.limits(), gate), std::back_inserter(routes));
    routes = shared_by_address(std::move(routes));
    std::ranges::move(side ? kept_accounts(accounts) : account_routes(accounts), std::back_inserter(routes));
    return routes;
}

}  // namespace slipway::http
