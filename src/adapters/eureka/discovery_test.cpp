#include "adapters/eureka/discovery.hpp"

#include <future>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

namespace slipway::eureka {
namespace {

const std::string kOne =
    R"({"application":{"name":"MODEL-MANAGE","instance":{"hostName":"m1","status":"UP","port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"}}}})";

std::string instance(std::string_view host, std::string_view status = "UP") {
    return fmt::format(R"({{"hostName":"{}","status":"{}","port":{{"$":8080,"@enabled":"true"}}}})", host, status);
}

std::string application(std::initializer_list<std::string> instances) {
    std::string list;
    for (const auto& one : instances) {
        list += (list.empty() ? "" : ",") + one;
    }
    return R"({"application":{"name":"MODEL-MANAGE","instance":[)" + list + "]}}";
}

Result<HttpResponse> answer(int status, std::string body = {}) {
    return HttpResponse{.status = status, .headers = {}, .body = std::move(body)};
}

Result<HttpResponse> away() {
    return fail(ErrorCode::unavailable, "NO_CONNECTION", "It cannot be reached.");
}

class DiscoveryTest : public testing::Test {
protected:
    DiscoveryTest() { transport.look_in(discovery); }
    using Origins = std::vector<std::string>;
    Origins origins() { return discovery.origins("model-manage"); }
    void refresh(Result<HttpResponse> next) {
        eureka.then(std::move(next));
        clock.advance(Milliseconds{30'000});
        discovery.refresh();
    }
    Result<HttpResponse> get(const std::string& url, const std::string& method = "GET") { return transport.send({.method = method, .url = url}); }
    static Servers::Settings settings() {
        Servers::Settings out;
        out.urls.emplace_back("http://e1:8761/eureka/");
        return out;
    }

    fakes::FakeClock clock;
    fakes::FakeTransport eureka;
    fakes::FakeTransport services;
    Servers servers{settings(), eureka, nullptr};
    Discovery discovery{servers, clock, Milliseconds{30'000}, TrustedHosts{{"*"}}};
    DiscoveringTransport transport{services, {{"model-manage", {"http://static:8080"}}}};
};

TEST_F(DiscoveryTest, AsksOnceAndRemembers) {
    eureka.then(answer(200, kOne));
    EXPECT_EQ(origins(), Origins{"http://m1:8080"});
    EXPECT_EQ(origins(), Origins{"http://m1:8080"});
    EXPECT_EQ(eureka.calls(), 1U);
    EXPECT_EQ(eureka.requests()[0].url, "http://e1:8761/eureka/apps/MODEL-MANAGE");
}

TEST_F(DiscoveryTest, WhoComesWhileTheFirstAsksGetsTheSameAnswer) {
    std::promise<void> asked;
    std::promise<void> go;
    eureka.then([&](const HttpRequest&) {
        asked.set_value();
        go.get_future().wait();
        return answer(200, kOne);
    });
    auto first = std::async(std::launch::async, [&] { return origins(); });
    asked.get_future().wait();
    auto second = std::async(std::launch::async, [&] { return origins(); });
    EXPECT_EQ(second.wait_for(std::chrono::milliseconds{20}), std::future_status::timeout);
    go.set_value();
    EXPECT_EQ(first.get(), Origins{"http://m1:8080"});
    EXPECT_EQ(second.get(), Origins{"http://m1:8080"});
    EXPECT_EQ(eureka.calls(), 1U);
}

TEST_F(DiscoveryTest, TakesInstancesThatAreUpAndSecurePortsFirst) {
    eureka.then(answer(200, application({instance("m1", "DOWN"), instance("m2"), instance("bad/host@x"),
                                         R"({"hostName":"m3","status":"UP","port":{"$":80,"@enabled":"true"},"securePort":{"$":8443,"@enabled":"true"}})",
                                         R"({"hostName":"m4","status":"UP","port":{"$":80,"@enabled":"false"}})", R"({"hostName":5})"})));
    EXPECT_EQ(origins(), (Origins{"https://m3:8443", "http://m2:8080"}));
}

TEST_F(DiscoveryTest, AHostNameIsNoOtherAddress) {
    std::string list;
    for (const auto* odd : {"evil.test:80", "evil.test:80.example.com", "a@b", "[::1", "::1]", "[]", "[evil.test]", "[::1]:80", ""}) {
        list += (list.empty() ? "" : ",") + instance(odd);
    }
    eureka.then(answer(200, application({list, instance("[2001:db8::7]")})));
    EXPECT_EQ(origins(), Origins{"http://[2001:db8::7]:8080"});
}

TEST_F(DiscoveryTest, AnInstanceBelowAPathOfAGatewayIsAskedThere) {
    const auto with = [](std::string_view path) {
        return fmt::format(R"({{"hostName":"tools","status":"UP","securePort":{{"$":443,"@enabled":"true"}},"metadata":{{"contextPath":"{}"}}}})", path);
    };
    eureka.then(answer(200, application({with("/models")})));
    EXPECT_EQ(origins(), Origins{"https://tools:443/models"});
    services.otherwise([](const HttpRequest&) { return answer(200); });
    EXPECT_TRUE(get("lb://model-manage/model-manage/api/jobs"));
    EXPECT_TRUE(get("lb://model-manage/models/model-manage/api/jobs"));  // who has written it there already
    EXPECT_TRUE(get("lb://model-manage/modelsx"));
    const auto asked = services.requests();
    EXPECT_EQ(asked[0].url, "https://tools:443/models/model-manage/api/jobs");
    EXPECT_EQ(asked[1].url, "https://tools:443/models/model-manage/api/jobs");
    EXPECT_EQ(asked[2].url, "https://tools:443/models/modelsx");
    for (const auto* odd : {"", "/", "models", "//evil", "/a/", "/../x", "/a?b", "/a b", "@evil", "/a#b", "/a/../b"}) {
        refresh(answer(200, application({with(odd)})));
        EXPECT_EQ(origins(), Origins{"https://tools:443"}) << odd;
    }
}

TEST_F(DiscoveryTest, LooksForAVirtualHostNameWhereNoApplicationIsCalledSo) {
    eureka.then(answer(404)).then(answer(200, R"({"applications":{"application":[{"name":"X","instance":[)" + instance("m1") + "]}]}}"));
    EXPECT_EQ(origins(), Origins{"http://m1:8080"});
    EXPECT_EQ(eureka.requests()[1].url, "http://e1:8761/eureka/vips/model-manage");
}

TEST_F(DiscoveryTest, KeepsTheListWhileEurekaIsAwayOrTalksNonsense) {
    eureka.then(answer(200, kOne));
    origins();
    for (auto&& bad : {away(), answer(200, "{"), answer(200, "<html>"), answer(403), answer(500), answer(200, R"({"application":7})")}) {
        refresh(bad);
        EXPECT_EQ(origins(), Origins{"http://m1:8080"});
    }
    EXPECT_FALSE(discovery.reason("model-manage").empty());
}

TEST_F(DiscoveryTest, BelievesThatThereIsNoneOnlyAfterAWhileSinceAServerMayHaveStartedEmpty) {
    eureka.then(answer(200, kOne));
    origins();
    const auto empty = answer(200, application({}));
    refresh(empty);
    refresh(empty);
    refresh(empty);
    EXPECT_EQ(origins(), Origins{"http://m1:8080"});
    refresh(empty);
    eureka.otherwise([](const HttpRequest&) { return answer(404); });
    EXPECT_EQ(origins(), Origins{});
}

TEST_F(DiscoveryTest, WithoutAListWhoWantsOneWaitsOnceAndTheRefreshAsksOftenThen) {
    eureka.otherwise([](const HttpRequest&) { return away(); });
    origins();
    clock.advance(Milliseconds{4999});
    discovery.refresh();
    origins();
    EXPECT_EQ(eureka.calls(), 1U);
    clock.advance(Milliseconds{1});
    EXPECT_EQ(discovery.refresh(), clock.steady() + Milliseconds{5000});
    EXPECT_EQ(eureka.calls(), 2U);
}

TEST_F(DiscoveryTest, SendsToAnInstanceAndToTheNextWhereNoConnectionCanBeMade) {
    eureka.then(answer(200, application({instance("m1"), instance("m2")})));
    services.then(away()).then(answer(200)).then(answer(200));
    EXPECT_TRUE(get("lb://model-manage/model-manage/api/jobs?x=1", "POST").has_value());
    EXPECT_EQ(services.requests()[0].url, "http://m1:8080/model-manage/api/jobs?x=1");
    EXPECT_EQ(services.requests()[1].url, "http://m2:8080/model-manage/api/jobs?x=1");
    EXPECT_TRUE(get("lb://model-manage/x").has_value());
    EXPECT_EQ(services.requests()[2].url, "http://m2:8080/x") << "whoever served is asked next";
}

TEST_F(DiscoveryTest, AnInstanceThatDoesNotServeIsAskedLastFromThenOn) {
    eureka.then(answer(200, application({instance("m1"), instance("m2"), instance("m3"), instance("m4")})));
    services.then(answer(503)).then(answer(502)).then(answer(504)).then(answer(200)).then(answer(404));
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(get("lb://model-manage/x", "POST").has_value());
    }
    const auto asked = services.requests();
    ASSERT_EQ(asked.size(), 5U) << "each once: it may have been done";
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(asked[i].url, fmt::format("http://m{}:8080/x", i + 1));
    }
    EXPECT_EQ(asked[3].url, "http://m4:8080/x");
    EXPECT_EQ(asked[4].url, "http://m4:8080/x") << "whoever serves stays";
}

TEST_F(DiscoveryTest, WhereAnInstanceDoesNotServeTheAlternativeIsReached) {
    const auto of = [](int status, std::string type) { return HttpResponse{.status = status, .headers = {{"content-type", std::move(type)}}, .body = "?"}; };
    for (const auto& odd : {of(503, "text/html"), of(404, "text/html"), of(200, "text/html"), of(404, "application/json"), of(401, ""), of(421, "text/plain"),
                            of(302, ""), of(500, "text/plain")}) {
        fakes::FakeTransport behind;
        Discovery one{servers, clock, Milliseconds{30'000}, TrustedHosts{{"*"}}};
        DiscoveringTransport by_name{behind, {{"model-manage", {"http://static:8080"}}}};
        by_name.look_in(one);
        eureka.then(answer(200, application({instance("m1")})));
        behind.then(odd).then(of(404, "application/problem+json")).then(of(200, "application/json"));
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(by_name.send({.method = "POST", .url = "lb://model-manage/x"}).has_value());
        }
        ASSERT_EQ(behind.calls(), 3U) << "each once: it may have been done";
        EXPECT_EQ(behind.requests()[0].url, "http://m1:8080/x");
        EXPECT_EQ(behind.requests()[1].url, "http://static:8080/x") << odd.status;
        EXPECT_EQ(behind.requests()[2].url, "http://static:8080/x") << "what it refuses it has served";
    }
}

TEST_F(DiscoveryTest, WhoIsNotTrustedGetsNothing) {
    const auto secure = [](std::string_view host) {
        return fmt::format(R"({{"hostName":"{}","status":"UP","securePort":{{"$":8443,"@enabled":"true"}}}})", host);
    };
    const auto all = answer(200, application({instance("a-stranger"), instance("127.0.0.1"), instance("127.evil.example"), secure("m1.Example.com"),
                                              secure("evil.test"), instance("m2.example.com"), instance("example.com")}));
    const auto found = [&](std::vector<std::string> hosts) {
        eureka.then(all);
        Discovery one{servers, clock, Milliseconds{30'000}, TrustedHosts{std::move(hosts)}};
        const auto origins = one.origins("model-manage");
        EXPECT_TRUE(one.reason("model-manage").contains("trustedHosts")) << one.reason("model-manage");
        return origins;
    };
    EXPECT_EQ(found({}), (Origins{"https://evil.test:8443", "https://m1.Example.com:8443"})) << "nobody without TLS";
    EXPECT_EQ(found({"*.example.com"}), (Origins{"https://m1.Example.com:8443", "http://m2.example.com:8080"})) << "TLS before clear text";
    EXPECT_EQ(found({"127.0.0.1"}), Origins{"http://127.0.0.1:8080"});
    EXPECT_EQ(found({"M2.example.com", "m3"}), Origins{"http://m2.example.com:8080"});
}

TEST_F(DiscoveryTest, WhoCallsItselfThisHostIsBelievedByAnEurekaOnItAlone) {
    const auto found = [&](std::initializer_list<const char*> at) {
        Servers::Settings settings;
        for (const auto* url : at) {
            settings.urls.emplace_back(url);
        }
        Servers some{settings, eureka, nullptr};
        Discovery one{some, clock, Milliseconds{30'000}, TrustedHosts{}};
        eureka.then(answer(200, application({instance("127.0.0.1"), instance("localhost"), instance("[::1]"), instance("127.evil.example")})));
        return one.origins("model-manage");
    };
    const Origins here{"http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"};
    EXPECT_EQ(found({"http://127.0.0.1:8761/eureka/"}), here);
    EXPECT_EQ(found({"http://u:p@localhost:8761/eureka/", "http://[::1]:8761/eureka/"}), here);
    EXPECT_EQ(found({"http://eureka-1:8761/eureka/"}), Origins{}) << "a job on this host could take our secret";
    EXPECT_EQ(found({"http://127.0.0.1:8761/eureka/", "http://eureka-1:8761/eureka/"}), Origins{});
    EXPECT_EQ(found({"http://127.0.0.1@eureka-1/eureka/"}), Origins{});
    EXPECT_EQ(found({"http://127.0.0.1.evil.example/eureka/"}), Origins{});
}

TEST_F(DiscoveryTest, AnotherPathOrPortOfATrustedHostIsSomebodyElse) {
    const auto at = [](int port, std::string_view path) {
        return fmt::format(R"({{"hostName":"tools.example.com","status":"UP","securePort":{{"$":{},"@enabled":"true"}},"metadata":{{"contextPath":"{}"}}}})",
                           port, path);
    };
    const auto all = answer(200, application({at(443, "/a-team"), at(443, "/models"), at(443, "/models-2"), at(8443, "/models"), at(9443, "")}));
    const auto found = [&](std::vector<std::string> hosts) {
        eureka.then(all);
        return Discovery{servers, clock, Milliseconds{30'000}, TrustedHosts{std::move(hosts)}}.origins("model-manage");
    };
    EXPECT_EQ(found({"tools.example.com/models"}), (Origins{"https://tools.example.com:443/models", "https://tools.example.com:8443/models"}));
    EXPECT_EQ(found({"tools.example.com:443/models"}), Origins{"https://tools.example.com:443/models"});
    EXPECT_EQ(found({"*.example.com"}), Origins{"https://tools.example.com:9443"}) << "no path that an instance gives itself";
    EXPECT_EQ(found({"tools.example.com:443"}), Origins{});
    EXPECT_EQ(found({"*"}).size(), 5U);
}

TEST_F(DiscoveryTest, NothingIsDoneTwice) {
    eureka.then(answer(200, application({instance("m1"), instance("m2")})));
    services.otherwise([](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::timeout, "TIMEOUT", "late"); });
    EXPECT_FALSE(get("lb://model-manage/x", "POST").has_value());
    EXPECT_EQ(services.calls(), 1U);
    EXPECT_FALSE(get("lb://model-manage/x", "GET").has_value());
    EXPECT_EQ(services.calls(), 4U) << "reading goes on to all instances and the alternative";
}

TEST_F(DiscoveryTest, TheAlternativeServesWhereNobodyIsKnown) {
    services.then(answer(200)).then(answer(200));
    EXPECT_TRUE(get("lb://model-manage/a").has_value());
    EXPECT_EQ(services.requests()[0].url, "http://static:8080/a");
    EXPECT_TRUE(get("http://other/b").has_value());
    EXPECT_EQ(services.requests()[1].url, "http://other/b");
    const auto unknown = get("lb://nobody/a");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_EQ(unknown.error().reason, "NO_INSTANCE");
}

}  // namespace
}  // namespace slipway::eureka
