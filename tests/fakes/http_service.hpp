#pragma once

#include <gtest/gtest.h>

#include "adapters/db/db.hpp"
#include "fakes/fake_clock.hpp"
#include "http/dispatcher.hpp"
#include "http/event_hub.hpp"
#include "http/routes_actuator.hpp"
#include "http/routes_events.hpp"
#include "http/routes_identity.hpp"
#include "http/static_files.hpp"
#include "store/migrate.hpp"

namespace slipway::fakes {

/// Everything behind a dispatcher on an empty SQLite in memory, with the users `admin`, `ann` (group risk) and `bob` (no group), all with one password.
class HttpService {
public:
    static constexpr std::string_view kPassword = "correct horse";

    explicit HttpService(http::Dispatcher::Options options = {}, http::Gate::Options gate_options = {}, std::vector<http::Route> more = {},
                         identity::AccessPolicy policy = {})
        : access{std::move(policy)},
          gate{tokens, tokens, std::move(gate_options)},
          hub{store, access, gate},
          router{routes(std::move(more))},
          dispatcher{router, gate, store, metrics, quiet(std::move(options))} {
        store.on_events([this] { hub.wake(); });
        tokens.on_forget([this] { hub.wake(); });
    }

    http::Response send(std::string method, std::string target, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
        if (std::ranges::find(headers, "host", &std::pair<std::string, std::string>::first) == headers.end()) {
            headers.emplace_back("host", "localhost:8080");
        }
        return dispatcher.handle({.method = std::move(method), .target = std::move(target), .headers = std::move(headers), .peer = "192.0.2.7"},
                                 std::move(body));
    }
    http::Response send_as(const std::string& token, std::string method, std::string target, std::string body = {},
                           std::vector<std::pair<std::string, std::string>> headers = {}) {
        headers.emplace_back("authorization", "Bearer " + token);
        return send(std::move(method), std::move(target), std::move(body), std::move(headers));
    }
    json::object sign_in(const std::string& user) {
        return json::parse_object(send("POST", "/gocli/token", "username=" + user + "&password=correct+horse").body).value();
    }
    std::string token(const std::string& user) { return std::string{json::text_of(sign_in(user), "access_token")}; }

    FakeClock clock;
    FakeIds ids;
    std::unique_ptr<store::Database> database = open();
    store::Store store{*database, clock, ids};
    Metrics metrics;
    HealthRegistry health;
    identity::Access access;
    identity::Tokens tokens{store};
    identity::Accounts accounts{store, tokens};
    http::Gate gate;
    http::EventHub hub;
    http::Router router;
    http::Dispatcher dispatcher;

private:
    static std::unique_ptr<store::Database> open() {
        auto made = db::open_sqlite({.path = ":memory:", .rehearse = true});
        SW_ASSERT(made.has_value(), "no database");
        SW_ASSERT(store::migrate(**made, [] { return Result<void>{}; }).has_value(), "no schema");
        return std::move(*made);
    }
    static http::Dispatcher::Options quiet(http::Dispatcher::Options options) {
        options.access_log = false;
        return options;
    }
    std::vector<http::Route> routes(std::vector<http::Route> more) {
        make_users();
        auto all = http::identity_routes(accounts, tokens, gate, access);
        std::ranges::move(http::event_routes(hub), std::back_inserter(all));
        std::ranges::move(http::actuator_routes({.health = health, .metrics = metrics, .tasks = [] { return std::vector<TaskStatus>{}; }, .info = {}}),
                          std::back_inserter(all));
        std::ranges::move(http::static_routes({}), std::back_inserter(all));
        std::ranges::move(more, std::back_inserter(all));
        return all;
    }
    void make_users() {
        SW_ASSERT(accounts.ensure_administrator(Secret{std::string{kPassword}}).has_value(), "no administrator");
        const auto hash = accounts.prepare_password({{"password", kPassword}}, true).value();
        const auto made = store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ann, accounts.create_user(unit, {{"username", "ann"}, {"groups", json::array{"risk"}}}, hash));
            SW_TRY(const auto bob, accounts.create_user(unit, {{"username", "bob"}}, hash));
            return {};
        });
        SW_ASSERT(made.has_value(), "no users");
    }
};

}  // namespace slipway::fakes
