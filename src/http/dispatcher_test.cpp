#include "http/dispatcher.hpp"

#include "base/crypto.hpp"
#include "fakes/http_service.hpp"
#include "http/hal.hpp"

namespace slipway::http {
namespace {

using fakes::HttpService;

json::object document_of(const Response& response) {
    return json::parse_object(response.body).value_or(json::object{});
}

std::string header_of(const Response& response, std::string_view name) {
    for (const auto& [key, content] : response.headers) {
        if (key == name) {
            return content;
        }
    }
    return {};
}

std::string plain_path(const std::string& pattern) {
    std::string out;
    bool in_parameter = false;
    for (const char c : pattern) {
        in_parameter = in_parameter ? c != '}' : c == '{';
        if (!in_parameter && c != '}') {
            out += c;
        } else if (c == '{') {
            out += "x";
        }
    }
    return out;
}

TEST(Dispatcher, EveryRouteIsClosedToStrangers) {
    HttpService service;
    const auto stale = service.token("admin");
    service.clock.advance(identity::Tokens::kAccessLife + Milliseconds{1});
    auto ann = service.token("ann");
    for (const auto& route : service.router.routes()) {
        SCOPED_TRACE(route.method + " " + route.pattern);
        const auto path = plain_path(route.pattern);
        const auto bare = service.send(route.method, path, "{}");
        const auto expired = service.send_as(stale, route.method, path, "{}");
        const auto member = service.send_as(ann, route.method, path, "{}");
        if (route.guard == Guard::open) {
            EXPECT_NE(bare.status, 403);
            continue;
        }
        EXPECT_EQ(bare.status, 401);
        EXPECT_EQ(expired.status, 401);
        EXPECT_EQ(json::text_of(document_of(bare), "code"), "UNAUTHENTICATED");
        if (route.guard == Guard::administrator) {
            EXPECT_EQ(member.status, 403);
        }
        if (route.operation_id == "deleteSession") {
            ann = service.token("ann");  // that one is signed out now
        }
    }
}

TEST(Dispatcher, UnknownPathsAndMethods) {
    HttpService service;
    EXPECT_EQ(service.send("GET", "/model-manage/api/nothing").status, 401);
    const auto admin = service.token("admin");
    EXPECT_EQ(service.send_as(admin, "GET", "/model-manage/api/nothing").status, 404);
    const auto wrong = service.send_as(admin, "PUT", "/model-manage/api/users");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(header_of(wrong, "Allow"), "GET, HEAD, POST");
    EXPECT_EQ(service.send_as(admin, "HEAD", "/model-manage/api/users").status, 200);
}

TEST(Dispatcher, PathTricksAreRefused) {
    HttpService service;
    const auto admin = service.token("admin");
    for (const auto* path :
         {"/model-manage/api/users/a%2Fb", "/model-manage/api/users/a%00b", "/model-manage/api/users/%c0%af", "/model-manage/api/users/%2541",
          "/model-manage/api/users/..", "/model-manage/api/users/%2e%2e", "/model-manage/api/users/%zz", "/model-manage/api/users/%ed%a0%80", "*"}) {
        EXPECT_EQ(service.send_as(admin, "GET", path).status, 400) << path;
    }
    EXPECT_EQ(service.send_as(admin, "GET", "/model-manage/api/users/100%25").status, 404);
    EXPECT_EQ(service.send_as(admin, "GET", "/model-manage/api/users?filter=%ff").status, 400);
}

TEST(Dispatcher, HostsAndCookies) {
    HttpService service{{}, {.public_url = "https://models.example.com", .allowed_hosts = {"models.example.com"}}};
    const auto token = service.token("ann");
    EXPECT_EQ(service.send_as(token, "GET", "/gocli/session", "", {{"host", "evil.example"}}).status, 421);
    EXPECT_EQ(service.send_as(token, "GET", "http://models.example.com/gocli/session", "", {{"host", "evil.example"}}).status, 200);

    HttpService open_to_any;
    const auto any = open_to_any.token("ann");
    EXPECT_EQ(open_to_any.send_as(any, "GET", "/gocli/session", "", {{"host", "evil.example"}}).status, 200);
    EXPECT_EQ(open_to_any.send("GET", "/gocli/session", "", {{"host", "evil.example"}, {"cookie", "slipway_session=x"}}).status, 421);
}

/// A kubelet asks the pod by its address, a load balancer the machine by its own: neither is a name that anybody publishes.
TEST(Dispatcher, HealthAnswersUnderEveryName) {
    HttpService service{{}, {.public_url = "https://models.example.com", .allowed_hosts = {"models.example.com"}}};
    for (const auto* path : {"/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness"}) {
        const auto asked = service.send("GET", path, "", {{"host", "10.1.2.3:8080"}});
        EXPECT_EQ(asked.status, 200) << path;
        EXPECT_FALSE(asked.body.contains("components")) << asked.body;
        EXPECT_EQ(service.send("GET", path, "", {{"host", "10.1.2.3:8080"}, {"cookie", "slipway_session=x"}}).status, 200) << path;
        EXPECT_EQ(service.send("POST", path, "", {{"host", "10.1.2.3:8080"}}).status, 421) << path;
    }
    for (const auto* path : {"/", "/actuator", "/actuator/info", "/actuator/health/nothing", "/gocli/session", "/nowhere"}) {
        EXPECT_EQ(service.send("GET", path, "", {{"host", "10.1.2.3:8080"}}).status, 421) << path;
    }
}

TEST(Dispatcher, LinksBehindAProxy) {
    HttpService service{{.public_url = "", .trusted_proxies = {"192.0.2.0/24"}, .access_log = false}};
    const std::vector<std::pair<std::string, std::string>> forwarded{
        {"host", "10.0.0.1"}, {"x-forwarded-proto", "https"}, {"x-forwarded-host", "moc.bank.example"}, {"x-forwarded-prefix", "/gw"}};
    const auto admin = service.token("admin");
    const auto list = document_of(service.send_as(admin, "GET", "/model-manage/api/users?size=1", "", forwarded));
    EXPECT_EQ(json::text_of(*json::object_of(*json::object_of(list, "_links"), "next"), "href"),
              "https://moc.bank.example/gw/model-manage/api/users?page=1&size=1");

    HttpService unaware;
    const auto other = unaware.token("admin");
    const auto plain = document_of(unaware.send_as(other, "GET", "/model-manage/api/users?size=1", "", forwarded));
    EXPECT_EQ(json::text_of(*json::object_of(*json::object_of(plain, "_links"), "next"), "href"), "http://10.0.0.1/model-manage/api/users?page=1&size=1");
}

TEST(Dispatcher, LinksCarryThePublicUrl) {
    HttpService service{{.public_url = "https://moc.bank.example/gw", .trusted_proxies = {"192.0.2.0/24"}, .access_log = false},
                        {.public_url = "https://moc.bank.example/gw", .allowed_hosts = {"10.0.0.1"}}};
    const auto admin = service.token("admin");
    const std::vector<std::pair<std::string, std::string>> forwarded{{"host", "10.0.0.1"}, {"x-forwarded-host", "10.0.0.1"}, {"x-forwarded-prefix", "/other"}};
    const auto list = document_of(service.send_as(admin, "GET", "/model-manage/api/users?size=1", "", forwarded));
    EXPECT_EQ(json::text_of(*json::object_of(*json::object_of(list, "_links"), "next"), "href"),
              "https://moc.bank.example/gw/model-manage/api/users?page=1&size=1");
    const auto made = service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"robot"})");
    EXPECT_TRUE(header_of(made, "Location").starts_with("https://moc.bank.example/gw/model-manage/api/clients/")) << header_of(made, "Location");

    const std::string who = R"({"username":"ann","password":"correct horse"})";
    const auto published = service.send("POST", "/gocli/session", who, {{"host", "moc.bank.example"}, {"origin", "https://moc.bank.example"}});
    EXPECT_EQ(published.status, 200) << published.body;
    const auto cookie = header_of(published, "Set-Cookie");
    EXPECT_TRUE(cookie.contains("; Secure") && cookie.starts_with("__Secure-slipway_session=") && cookie.contains("Path=/gw;")) << cookie;
    EXPECT_EQ(header_of(published, "Strict-Transport-Security"), "max-age=31536000");
    EXPECT_EQ(service.send("GET", "/gocli/session", "", {{"host", "moc.bank.example"}, {"cookie", cookie.substr(0, cookie.find(';'))}}).status, 200);
    const auto local = service.send("POST", "/gocli/session", who, {{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}});
    EXPECT_EQ(local.status, 200) << local.body;
    EXPECT_FALSE(header_of(local, "Set-Cookie").contains("Secure"));
    EXPECT_EQ(header_of(local, "Strict-Transport-Security"), "");
    EXPECT_EQ(service.send("POST", "/gocli/session", who, {{"host", "moc.bank.example"}, {"origin", "https://evil.example"}}).status, 403);
}

TEST(Dispatcher, UnderItsHostTheRestIsThatOfThePublicUrl) {
    const std::string who = R"({"username":"ann","password":"correct horse"})";
    const auto cookie_path = [&](const std::string& url, const std::string& host, const std::string& origin) {
        HttpService service{{.public_url = url, .trusted_proxies = {}, .access_log = false}, {.public_url = url, .allowed_hosts = {}}};
        const auto answer = service.send("POST", "/gocli/session", who, {{"host", host}, {"origin", origin}});
        EXPECT_EQ(answer.status, 200) << host << answer.body;
        const auto cookie = header_of(answer, "Set-Cookie");
        const auto path = cookie.find("Path=");
        return path == std::string::npos ? "" : cookie.substr(path, cookie.find(';', path) - path);
    };
    for (const std::string host : {"tools.example.com", "tools.example.com:8443", "TOOLS.example.com", "tools.example.com:443"}) {
        EXPECT_EQ(cookie_path("https://tools.example.com:8443/models", host, "https://tools.example.com:8443"), "Path=/models") << host;
    }
    for (const std::string host : {"tools.example.com:443", "Tools.example.com", "tools.example.com"}) {
        EXPECT_EQ(cookie_path("https://tools.example.com/models", host, "https://tools.example.com"), "Path=/models") << host;
        EXPECT_EQ(cookie_path("https://TOOLS.example.com:443/models", host, "https://tools.example.com"), "Path=/models") << host;
    }
    EXPECT_EQ(cookie_path("http://localhost:8080/models", "localhost:9090", "http://localhost:9090"), "Path=/") << "a tunnel is another place";
}

TEST(Dispatcher, TheCookieKeepsToWhereItWasSet) {
    const std::string who = R"({"username":"ann","password":"correct horse"})";
    HttpService root{{.public_url = "https://moc.bank.example", .trusted_proxies = {}, .access_log = false},
                     {.public_url = "https://moc.bank.example", .allowed_hosts = {}}};
    const auto at_root = header_of(root.send("POST", "/gocli/session", who, {{"host", "moc.bank.example"}}), "Set-Cookie");
    EXPECT_TRUE(at_root.starts_with("__Host-slipway_session=") && at_root.contains("Path=/;")) << at_root;

    HttpService behind{{.public_url = "", .trusted_proxies = {"192.0.2.0/24"}, .access_log = false}};
    std::vector<std::pair<std::string, std::string>> told{{"host", "localhost:8080"}, {"x-forwarded-prefix", "/gw/"}};
    const auto below = header_of(behind.send("POST", "/gocli/session", who, told), "Set-Cookie");
    EXPECT_TRUE(below.starts_with("slipway_session=") && below.contains("Path=/gw;")) << below;
    told.emplace_back("cookie", below.substr(0, below.find(';')));
    EXPECT_EQ(behind.send("GET", "/gocli/session", "", told).status, 200);
    const auto untold = header_of(behind.send("POST", "/gocli/session", who, {{"host", "localhost:8080"}, {"x-forwarded-prefix", "/a;b"}}), "Set-Cookie");
    EXPECT_TRUE(untold.contains("Path=/;")) << untold;
}

TEST(Dispatcher, BodiesOfOtherKindsAre415) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto post = [&](const std::string& type) {
        return service
            .send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":")" + std::to_string(std::hash<std::string>{}(type)) + "\"}",
                     {{"content-type", type}})
            .status;
    };
    for (const auto* type :
         {"application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/jsonp", "text/html", "text/plain"}) {
        EXPECT_EQ(post(type), 415) << type;
    }
    for (const auto* type : {"application/json", "application/json;charset=utf-8", "application/hal+json"}) {
        EXPECT_EQ(post(type), 201) << type;
    }
}

TEST(Dispatcher, SessionsNeedTheirCsrfToken) {
    HttpService service;
    const auto made = service.send("POST", "/gocli/session", R"({"username":"admin","password":"correct horse"})");
    ASSERT_EQ(made.status, 200);
    const auto set = header_of(made, "Set-Cookie");
    EXPECT_TRUE(set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains("Secure")) << set;
    const auto cookie = set.substr(0, set.find(';'));
    const std::string csrf{json::text_of(document_of(made), "csrfToken")};
    EXPECT_EQ(service.send("GET", "/model-manage/api/users", "", {{"cookie", cookie}}).status, 200);
    const auto body = R"({"clientId":"robot"})";
    EXPECT_EQ(json::text_of(document_of(service.send("POST", "/model-manage/api/clients", body, {{"cookie", cookie}})), "code"), "CSRF");
    EXPECT_EQ(service.send("POST", "/model-manage/api/clients", body, {{"cookie", cookie}, {"x-csrf-token", csrf}}).status, 201);
    EXPECT_EQ(service.send("DELETE", "/gocli/session", "", {{"cookie", cookie}}).status, 403);
    EXPECT_EQ(service.send("DELETE", "/gocli/session", "", {{"cookie", cookie}, {"x-csrf-token", csrf}}).status, 204);
    EXPECT_EQ(service.send("GET", "/gocli/session", "", {{"cookie", cookie}}).status, 401);
    EXPECT_EQ(service.send("POST", "/gocli/session", R"({"username":"admin","password":"correct horse"})", {{"origin", "https://evil.example"}}).status, 403);
}

TEST(Dispatcher, IdleSessionsEnd) {
    HttpService service;
    const auto made = service.send("POST", "/gocli/session", R"({"username":"ann","password":"correct horse"})");
    const auto cookie = header_of(made, "Set-Cookie").substr(0, header_of(made, "Set-Cookie").find(';'));
    for (int i = 0; i < 3; ++i) {
        service.clock.advance(std::chrono::minutes{50});
        EXPECT_EQ(service.send("GET", "/gocli/session", "", {{"cookie", cookie}}).status, 200);
    }
    service.clock.advance(std::chrono::minutes{61});
    EXPECT_EQ(service.send("GET", "/gocli/session", "", {{"cookie", cookie}}).status, 401);
}

TEST(Dispatcher, AnOpenStreamIsNoUseOfASession) {
    HttpService service;
    const auto made = service.send("POST", "/gocli/session", R"({"username":"ann","password":"correct horse"})");
    Request stream;
    stream.host = "localhost";
    stream.headers.emplace_back("cookie", header_of(made, "Set-Cookie").substr(0, header_of(made, "Set-Cookie").find(';')));
    for (int minutes = 0; minutes < 60; minutes += 5) {
        EXPECT_TRUE(service.gate.watch(stream)) << minutes;
        service.clock.advance(std::chrono::minutes{5});
    }
    service.clock.advance(std::chrono::minutes{1});
    EXPECT_FALSE(service.gate.watch(stream)) << "an hour without a request";
}

TEST(Dispatcher, IdempotencyKeysReplayWithoutSecrets) {
    HttpService service;
    const auto admin = service.token("admin");
    const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "k-1"}};
    const auto first = service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"robot"})", key);
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_TRUE(first.body.contains("clientSecret"));
    const auto again = service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"robot"})", key);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(header_of(again, "Idempotency-Replayed"), "true");
    EXPECT_EQ(header_of(again, "Location"), header_of(first, "Location"));
    EXPECT_FALSE(again.body.contains("clientSecret"));
    EXPECT_EQ(service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"other"})", key).status, 422);
}

TEST(Dispatcher, WhatIsKeptOfABodyTellsNothingWithoutTheKey) {
    const auto kept_by = [](const std::string& secret) {
        HttpService service{{.public_url = {}, .trusted_proxies = {}, .access_log = false, .idempotency_secret = Secret{secret}}};
        const std::string body = R"({"username":"carol","password":"guess me"})";
        EXPECT_EQ(service.send_as(service.token("admin"), "POST", "/model-manage/api/users", body, {{"idempotency-key", "k-1"}}).status, 201);
        std::string hash;
        EXPECT_TRUE(service.database->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT request_hash FROM idempotency_keys"));
            hash = rows.at(0).text(0);
            return {};
        }));
        EXPECT_NE(hash, crypto::sha256_hex("POST\n/model-manage/api/users\n" + body));
        return hash;
    };
    EXPECT_NE(kept_by("one key"), kept_by("another key"));
    EXPECT_EQ(kept_by("one key"), kept_by("one key"));
}

TEST(Dispatcher, TheClientIsTheLastOneThatNoProxyIs) {
    std::string peer;
    std::vector<Route> more{{"GET", "/who", "who", Guard::open, Pool::api, [&](Exchange& exchange) -> Result<Response> {
                                 peer = exchange.request().peer;
                                 return no_content();
                             }}};
    HttpService service{{.public_url = "", .trusted_proxies = {"192.0.2.0/24"}, .access_log = false}, {}, std::move(more)};
    service.send("GET", "/who", "", {{"x-forwarded-for", "9.9.9.9"}, {"x-forwarded-for", "203.0.113.5"}});
    EXPECT_EQ(peer, "203.0.113.5") << "the line that the proxy added counts";
    service.send("GET", "/who", "", {{"x-forwarded-for", "9.9.9.9, 203.0.113.5"}, {"x-forwarded-for", "192.0.2.9"}});
    EXPECT_EQ(peer, "203.0.113.5");
    service.send("GET", "/who", "", {{"x-forwarded-for", "::ffff:203.0.113.6"}});
    EXPECT_EQ(peer, "203.0.113.6") << "as it is written elsewhere";
    const auto of = [&](const std::string& list) {
        service.send("GET", "/who", "", {{"x-forwarded-for", list}});
        return peer;
    };
    for (const auto& [list, client] : std::map<std::string, std::string>{{"203.0.113.5:40001", "203.0.113.5"},
                                                                         {"[2001:db8::1]:40001", "2001:db8::1"},
                                                                         {"[2001:db8::1]", "2001:db8::1"},
                                                                         {"2001:db8::1", "2001:db8::1"},
                                                                         {"[::ffff:203.0.113.6]:1", "203.0.113.6"},
                                                                         {"203.0.113.5:1, 192.0.2.9:5123", "203.0.113.5"}}) {
        EXPECT_EQ(of(list), client) << list << ": a port makes no other client";
    }
    const auto proxy = of("");
    for (const std::string no_address : {"<b>45", "unknown", "203.0.113.5:x", "203.0.113.5:", "203.0.113.5:123456", "[203.0.113.5", "[2001:db8::1]x",
                                         "203.0.113", "fe80::1%<b>", "a.example"}) {
        EXPECT_EQ(of(no_address), proxy) << no_address << ": whoever sent it";
        EXPECT_EQ(of("203.0.113.9, " + no_address), proxy) << "what stands before it is nobody's word";
        EXPECT_EQ(of(no_address + ", 192.0.2.9"), "192.0.2.9") << "the proxy that it came from";
    }
}

TEST(Dispatcher, ProblemsNameThePlace) {
    HttpService service;
    const auto admin = service.token("admin");
    const auto bad = service.send_as(admin, "POST", "/model-manage/api/users", R"({"username":"carol","password":"long enough","groups":"risk"})",
                                     {{"x-request-id", "my-own-id-1"}});
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(bad.content_type, "application/problem+json");
    const auto document = document_of(bad);
    EXPECT_EQ(json::text_of(document, "requestId"), "my-own-id-1");
    EXPECT_EQ(json::text_of(document.at("errors").as_array().at(0).as_object(), "pointer"), "/groups");
    EXPECT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"admin":true})", {{"if-match", "\"99\""}}).status, 412);
    EXPECT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", "{", {}).status, 400);
}

TEST(Dispatcher, HandlersThatThrowAnswer500) {
    std::vector<Route> more{{"GET", "/boom", "boom", Guard::open, Pool::api, [](Exchange&) -> Result<Response> { throw std::runtime_error{"secret detail"}; }}};
    HttpService service{{}, {}, std::move(more)};
    const auto answer = service.send("GET", "/boom");
    EXPECT_EQ(answer.status, 500);
    EXPECT_FALSE(answer.body.contains("secret detail"));
}

TEST(Dispatcher, WhoCannotBeToldForAFaultOfOursIsAnswered500) {
    struct Breaks final : identity::Authenticator {
        Result<identity::Principal> authenticate(std::string_view) override { throw std::runtime_error{"secret detail"}; }
        std::optional<identity::Principal> known(std::string_view) const override { return std::nullopt; }
    };
    HttpService service;
    Breaks breaks;
    Gate gate{breaks, service.tokens, {}};
    Dispatcher dispatcher{service.router, gate, service.store, service.metrics, {.access_log = false}};
    const auto answer = dispatcher.handle(
        {.method = "GET", .target = "/model-manage/api/users", .headers = {{"host", "localhost:8080"}, {"authorization", "Bearer abc"}}, .peer = "192.0.2.7"},
        {});
    EXPECT_EQ(answer.status, 500);
    EXPECT_FALSE(answer.body.contains("secret detail"));
    EXPECT_TRUE(answer.body.contains("requestId")) << answer.body;
}

TEST(Dispatcher, HealthShowsItsPartsToThoseWhoSignedIn) {
    HttpService service;
    service.health.add("db", true, [] { return Health{.up = true, .details = {{"engine", "x"}}}; });
    service.health.add("aws", false, [] { return Health{.up = false, .details = {}}; });
    const auto bare = service.send("GET", "/actuator/health");
    EXPECT_EQ(bare.status, 503);
    EXPECT_FALSE(bare.body.contains("components"));
    EXPECT_EQ(service.send("GET", "/actuator/health/readiness").status, 200);
    EXPECT_EQ(service.send("GET", "/actuator/health/liveness").status, 200);
    const auto admin = service.token("admin");
    EXPECT_TRUE(service.send_as(admin, "GET", "/actuator/health").body.contains(R"("db":{"status":"UP","details":{"engine":"x"}})"));
    EXPECT_EQ(service.send_as(admin, "GET", "/actuator/health/db").body, R"({"status":"UP","details":{"engine":"x"}})");
    EXPECT_EQ(service.send_as(admin, "GET", "/actuator/health/aws").status, 503);
    EXPECT_EQ(service.send_as(admin, "GET", "/actuator/health/nope").status, 404);
    EXPECT_EQ(service.send("GET", "/actuator/health/db").status, 401);
    EXPECT_TRUE(service.send_as(admin, "GET", "/actuator/prometheus").body.contains("http_server_requests_seconds"));
    EXPECT_EQ(service.send_as(admin, "POST", "/actuator/loggers/ROOT", R"({"configuredLevel":"LOUD"})").status, 400);
    EXPECT_EQ(service.send_as(admin, "POST", "/actuator/loggers/ROOT", R"({"configuredLevel":"INFO"})").status, 204);
    EXPECT_TRUE(service.database->read([](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT created_by, document FROM audit_records WHERE entity_type = 'Logger'"));
        EXPECT_EQ(rows.size(), 1U) << "who changed it, once: what was refused left nothing";
        EXPECT_EQ(rows.at(0).text(0), "admin");
        EXPECT_TRUE(rows.at(0).text(1).contains("INFO"));
        return {};
    }));
}

}  // namespace
}  // namespace slipway::http
