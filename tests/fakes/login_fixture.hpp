#pragma once

#include <gtest/gtest.h>

#include "adapters/db/db.hpp"
#include "fakes/fake_identity_provider.hpp"
#include "http/dispatcher.hpp"
#include "http/routes_identity.hpp"
#include "http/static_files.hpp"
#include "store/migrate.hpp"

namespace slipway::fakes {

/// A server with a provider behind it, and a browser that keeps its cookies.
class LoginRoutesTest : public testing::Test {
protected:
    LoginRoutesTest() {
        SW_ASSERT(store::migrate(*database, [] { return Result<void>{}; }).has_value(), "no schema");
        provider.clock = &clock;
    }
    http::Response send(std::string method, std::string target, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
        headers.emplace_back("host", host);
        for (const auto& [name, content] : cookies) {
            headers.emplace_back("cookie", name + "=" + content);
        }
        auto response =
            dispatcher.handle({.method = std::move(method), .target = std::move(target), .headers = std::move(headers), .peer = peer}, std::move(body));
        for (const auto& [name, content] : response.headers) {
            if (name == "Set-Cookie") {
                set_cookies.push_back(content);
                const auto equals = content.find('=');
                cookies[content.substr(0, equals)] = content.substr(equals + 1, content.find(';') - equals - 1);
            }
        }
        std::erase_if(cookies, [](const auto& cookie) { return cookie.second.empty(); });
        return response;
    }
    static std::string header(const http::Response& response, std::string_view wanted) {
        for (const auto& [name, content] : response.headers) {
            if (name == wanted) {
                return content;
            }
        }
        return {};
    }
    static json::object document_of(const http::Response& response) { return json::parse_object(response.body).value_or(json::object{}); }
    std::string go(const std::string& target) { return header(send("GET", target), "Location"); }
    /// To the provider and back. @return where the browser ends.
    std::string sign_in(const std::string& page = "") {
        go("/gocli/login/start" + (page.empty() ? "" : "?to=" + page));
        return go("/gocli/login/callback?code=the-code&state=" + provider.last_request.state);
    }

    fakes::FakeClock clock;
    fakes::FakeIds ids;
    std::unique_ptr<store::Database> database = db::open_sqlite({.path = ":memory:", .rehearse = true}).value();
    store::Store store{*database, clock, ids};
    Metrics metrics;
    crypto::Sealer sealer{Secret{std::string(32, 'k')}};
    FakeIdentityProvider provider;
    identity::Access access;
    identity::Tokens tokens{store};
    identity::Accounts accounts{store, tokens};
    identity::ProviderSessions sessions{store, provider, sealer, {}};
    http::Gate gate{provider, sessions, {.public_url = "https://models.example.com/gw", .allowed_hosts = {}}};
    http::Router router{[this] {
        auto routes = http::identity_routes(accounts, tokens, gate, access, {&provider, &sessions, &sealer});
        std::ranges::move(http::static_routes({}), std::back_inserter(routes));
        return routes;
    }()};
    http::Dispatcher dispatcher{router, gate, store, metrics, {.public_url = "https://models.example.com/gw", .trusted_proxies = {}, .access_log = false}};
    std::map<std::string, std::string> cookies;
    std::vector<std::string> set_cookies;
    std::string host{"localhost:8080"};
    std::string peer{"192.0.2.7"};
};

}  // namespace slipway::fakes
