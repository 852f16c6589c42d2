#include "http/routes_identity.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "http/hal.hpp"
#include "http/routes_accounts.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

using identity::Accounts;
using identity::Action;
using identity::Tokens;

/// The form or JSON object of a token request.
struct TokenRequest {
    std::string grant_type;
    std::string username;
    Secret password;
    std::string client_id;
    Secret client_secret;
    Secret refresh_token;
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

json::object session_document(const identity::Access& access, const identity::Principal& who, std::string_view csrf) {
    json::object body;
    body["username"] = who.name;
    body["groups"] = json::array(who.groups.begin(), who.groups.end());
    body["admin"] = who.admin;
    if (!who.admin) {
        body["rights"] = rights_of(access, who);
    }
    if (!csrf.empty()) {
        body["csrfToken"] = csrf;
    }
    return body;
}

std::string cookie_header(const Request& request, std::string_view content, std::int64_t max_age) {
    return fmt::format("{}={}; Path={}; HttpOnly; SameSite=Strict; Max-Age={}{}", session_cookie_name(request), content,
                       request.prefix.empty() ? "/" : request.prefix, max_age, request.secure() ? "; Secure" : "");
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
    response.with("Set-Cookie", cookie_header(request, cookie.reveal(), Tokens::kSessionLife.count() / 1000));
    return response;
}

Result<Response> get_session(Tokens& tokens, const identity::Access& access, Exchange& exchange) {
    std::string csrf;
    if (bearer_of(exchange.request()).empty()) {
        SW_TRY(const auto session, tokens.session(session_cookie_of(exchange.request())));
        csrf = session.csrf;
    }
    return json_response(200, session_document(access, exchange.principal(), csrf));
}

Result<Response> delete_session(Tokens& tokens, Exchange& exchange) {
    const auto& request = exchange.request();
    auto response = no_content();
    if (const auto bearer = bearer_of(request); !bearer.empty()) {
        SW_CHECK(tokens.revoke(bearer));
        return response;
    }
    SW_CHECK(tokens.revoke(session_cookie_of(request)));
    response.with("Set-Cookie", cookie_header(request, "", 0));
    return response;
}

Result<Response> change_password(Accounts& accounts, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_TRY(const auto body, exchange.body());
    SW_CHECK(accounts.change_password(exchange.principal(), body, request.peer));
    auto response = no_content();
    if (bearer_of(request).empty()) {
        response.with("Set-Cookie", cookie_header(request, "", 0));
    }
    return response;
}

}  // namespace

std::vector<Route> identity_routes(Accounts& accounts, Tokens& tokens, const Gate& gate, const identity::Access& access) {
    std::vector<Route> routes{
        {"POST", "/gocli/token", "issueToken", Guard::open, Pool::passwords, [&](Exchange& exchange) { return issue_token(accounts, tokens, exchange); }},
        {"GET", "/gocli/session", "getSession", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return get_session(tokens, access, exchange); }},
        {"POST", "/gocli/session", "createSession", Guard::open, Pool::passwords,
         [&](Exchange& exchange) { return create_session(accounts, tokens, gate, access, exchange); }},
        {"DELETE", "/gocli/session", "deleteSession", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return delete_session(tokens, exchange); }},
        {"PUT", "/gocli/password", "changePassword", Guard::signed_in, Pool::passwords,
         [&](Exchange& exchange) { return change_password(accounts, exchange); }},
    };
    std::ranges::move(account_routes(accounts), std::back_inserter(routes));
    return routes;
}

}  // namespace slipway::http
