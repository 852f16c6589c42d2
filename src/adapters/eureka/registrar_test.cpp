#include "adapters/eureka/registrar.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

namespace slipway::eureka {
namespace {

using fakes::header_of;

HttpResponse answer(int status, std::string body = {}, std::string type = "application/json") {
    return {.status = status, .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
}

class FakeTokens final : public TokenSource {
public:
    Result<Secret> token() override { return Secret{"token-" + std::to_string(number)}; }
    void drop(const Secret& refused) override {
        dropped.emplace_back(refused.reveal());
        ++number;
    }
    int number{1};
    std::vector<std::string> dropped;
};

class RegistrarTest : public testing::Test {
protected:
    static Instance instance() {
        return {.app = "SLIPWAY",
                .id = "h1:slipway:9000",
                .host_name = "h1",
                .ip_address = "192.0.2.1",
                .port = 9000,
                .virtual_host = "slipway",
                .home_page_url = "http://h1:9000/",
                .status_page_url = "http://h1:9000/actuator/info",
                .health_check_url = "http://h1:9000/actuator/health"};
    }
    void use(std::vector<std::string> urls, TokenSource* tokens = nullptr) {
        Servers::Settings settings;
        for (auto& url : urls) {
            settings.urls.emplace_back(std::move(url));
        }
        servers.emplace(std::move(settings), transport, tokens);
        registrar.emplace(
            Registrar::Ports{
                .servers = *servers, .clock = clock, .metrics = metrics, .random = [] { return 0.0; }, .keep = [this](std::int64_t dirty) { kept = dirty; }},
            instance(), 0);
    }
    void SetUp() override { use({"http://e1:8761/eureka"}); }
    void pass(Milliseconds time) {
        clock.advance(time);
        registrar->tick();
    }
    void up() {
        transport.then(answer(204));
        registrar->set_status(Status::up);
        registrar->tick();
    }
    HttpRequest last() const { return transport.requests().back(); }
    std::string asked() const { return last().method + " " + last().url.substr(0, last().url.find('?')); }

    fakes::FakeClock clock;
    fakes::FakeTransport transport;
    Metrics metrics;
    std::int64_t kept{0};
    std::optional<Servers> servers;
    std::optional<Registrar> registrar;
};

TEST_F(RegistrarTest, RegistersWithTheWholeDocument) {
    up();
    EXPECT_EQ(asked(), "POST http://e1:8761/eureka/apps/SLIPWAY");
    EXPECT_EQ(header_of(last(), "Content-Type"), "application/json");
    const auto body = json::parse_object(last().body).value();
    const auto& sent = body.at("instance").as_object();
    EXPECT_EQ(sent.at("status"), "UP");
    EXPECT_EQ(sent.at("port"), (json::value{{"$", 9000}, {"@enabled", "true"}}));
    EXPECT_EQ(sent.at("dataCenterInfo").at("@class"), "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo");
    EXPECT_EQ(sent.at("leaseInfo"), (json::value{{"renewalIntervalInSecs", 30}, {"durationInSecs", 90}}));
    EXPECT_EQ(json::text_of(sent, "lastDirtyTimestamp"), std::to_string(to_epoch_ms(clock.now())));
    EXPECT_EQ(kept, to_epoch_ms(clock.now()));
    EXPECT_EQ(registrar->view().standing, Standing::registered);
    EXPECT_TRUE(registrar->view().visible);
}

TEST_F(RegistrarTest, RenewsAndSaysWhichStateIsMeant) {
    up();
    transport.then(answer(200));
    pass(Milliseconds{30'000});
    EXPECT_EQ(last().method, "PUT");
    EXPECT_EQ(last().url, "http://e1:8761/eureka/apps/SLIPWAY/h1%3Aslipway%3A9000?status=UP&lastDirtyTimestamp=" + std::to_string(kept));
    pass(Milliseconds{29'999});
    EXPECT_EQ(transport.calls(), 2U);
}

TEST_F(RegistrarTest, AServerThatStartedEmptyIsToldAnew) {
    up();
    const auto before = kept;
    transport.then(answer(404, R"({"status":404,"error":"Not Found"})")).then(answer(204));
    pass(Milliseconds{30'000});
    pass(Milliseconds{0});
    EXPECT_EQ(asked(), "POST http://e1:8761/eureka/apps/SLIPWAY");
    EXPECT_GT(kept, before);
}

TEST_F(RegistrarTest, AStatusThatSomebodySetAtTheServerIsShown) {
    up();
    registrar->look();
    EXPECT_EQ(transport.calls(), 1U) << "the server has just been told";
    const auto looked = [&](HttpResponse there) {
        transport.then(answer(200)).then(std::move(there));
        pass(Milliseconds{30'000});
        registrar->look();
        EXPECT_EQ(asked(), "GET http://e1:8761/eureka/apps/SLIPWAY/h1%3Aslipway%3A9000");
        EXPECT_EQ(last().timeout, Milliseconds{2000});
        return registrar->view().there;
    };
    testing::internal::CaptureStderr();
    EXPECT_EQ(looked(answer(200, R"({"instance":{"status":"UP","overriddenStatus":"UNKNOWN"}})")), "UP");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(looked(answer(200, R"({"instance":{"status":"OUT_OF_SERVICE","overriddenStatus":"OUT_OF_SERVICE"}})")), "OUT_OF_SERVICE");
        EXPECT_EQ(looked(answer(503)), "") << "nothing is known";
    }
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("\"eureka_status_overridden\""), std::string::npos) << said;
    EXPECT_EQ(said.find("overridden"), said.rfind("overridden")) << "once: " << said;
    EXPECT_EQ(registrar->view().standing, Standing::registered) << "a look changes nothing";
    for (const auto* odd : {"[]", R"({"instance":{"status":7}})", R"({"instance":"UP"})", "{"}) {
        EXPECT_EQ(looked(answer(200, odd)), "") << odd;
    }
    testing::internal::CaptureStderr();
    EXPECT_EQ(looked(answer(200, R"({"instance":{"status":"UP"}})")), "UP");
    EXPECT_NE(testing::internal::GetCapturedStderr().find("\"eureka_status_as_told\""), std::string::npos);
}

TEST_F(RegistrarTest, WhoWasForgottenSaysThatItIsBack) {
    up();
    transport.then(answer(404)).then(answer(204)).then(answer(200));
    testing::internal::CaptureStderr();
    pass(Milliseconds{30'000});
    pass(Milliseconds{0});
    pass(Milliseconds{30'000});
    const auto said = testing::internal::GetCapturedStderr();
    const auto forgotten = said.find("\"eureka_forgotten\"");
    const auto back = said.find("\"eureka_registered\"");
    EXPECT_LT(forgotten, back) << said;
    EXPECT_NE(back, std::string::npos) << said;
    EXPECT_EQ(said.find("\"eureka_registered\"", back + 1), std::string::npos) << "once: " << said;
}

/// Between the end of a lease and the sweep a server still takes renewals: 200 there is true, and only the 404 behind it asks for a registration.
TEST_F(RegistrarTest, AnEvictedButUnsweptLeaseIsRenewedUntilTheServerSaysThatItIsGone) {
    up();
    transport.then(answer(200)).then(answer(404)).then(answer(204)).then(answer(200));
    pass(Milliseconds{200'000});
    EXPECT_EQ(last().method, "PUT");
    pass(Milliseconds{30'000});
    EXPECT_EQ(last().method, "PUT");
    pass(Milliseconds{0});
    EXPECT_EQ(last().method, "POST");
    pass(Milliseconds{30'000});
    EXPECT_EQ(last().method, "PUT");
    EXPECT_EQ(transport.left(), 0U);
}

TEST_F(RegistrarTest, AChangeIsPublishedByARegistration) {
    up();
    transport.then(answer(204));
    registrar->set_status(Status::down);
    registrar->tick();
    EXPECT_EQ(json::parse_object(last().body).value().at("instance").at("status"), "DOWN");
}

TEST_F(RegistrarTest, AChangeDuringALateAnswerIsToldNextAndNeverBesideIt) {
    transport.then([this](const HttpRequest&) {
        clock.advance(Milliseconds{3000});
        registrar->set_status(Status::down);
        return answer(204);
    });
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(transport.calls(), 1U);
    transport.then(answer(204));
    registrar->tick();
    const auto requests = transport.requests();
    const auto first = json::parse_object(requests[0].body).value().at("instance").as_object();
    const auto second = json::parse_object(requests[1].body).value().at("instance").as_object();
    EXPECT_EQ(second.at("status"), "DOWN");
    EXPECT_LT(first.at("lastDirtyTimestamp").as_string(), second.at("lastDirtyTimestamp").as_string());
}

TEST_F(RegistrarTest, APageIsNoAnswerOfEureka) {
    transport.then(answer(200, "<html>Please sign in</html>", "text/html"));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(registrar->view().standing, Standing::away);
    EXPECT_NE(registrar->view().reason.find("/eureka/"), std::string::npos);
    clock.advance(Milliseconds{1000});
    up();
    transport.then(answer(404, "<html>no such page</html>", "text/html"));
    pass(Milliseconds{30'000});
    EXPECT_EQ(registrar->view().standing, Standing::away) << "the error page of a proxy says nothing of our lease";
    transport.then(answer(200));
    pass(Milliseconds{1000});
    EXPECT_EQ(last().method, "PUT");
}

TEST_F(RegistrarTest, ARefusalIsSaidInWordsAndTriedAgainWithPauses) {
    for (const int status : {401, 403}) {
        transport.then(answer(status));
        registrar->set_status(status == 401 ? Status::up : Status::down);
        registrar->tick();
        EXPECT_EQ(registrar->view().standing, Standing::refused);
        EXPECT_NE(registrar->view().reason.find("CSRF"), std::string::npos);
        EXPECT_FALSE(registrar->view().visible);
    }
    const auto calls = transport.calls();
    pass(Milliseconds{1000});
    EXPECT_EQ(transport.calls(), calls) << "the second refusal in a row: two seconds";
    pass(Milliseconds{1000});
    EXPECT_EQ(transport.calls(), calls + 1);
}

TEST_F(RegistrarTest, ARefusedTokenIsDroppedAndTheRequestRepeatedOnce) {
    FakeTokens tokens;
    use({"http://e1:8761/eureka/"}, &tokens);
    transport.then(answer(401)).then(answer(401)).then(answer(204));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(header_of(last(), "Authorization"), "Bearer token-2");
    EXPECT_EQ(tokens.dropped, std::vector<std::string>{"token-1"});
    EXPECT_EQ(registrar->view().standing, Standing::registered);
    transport.then(answer(401)).then(answer(401));
    pass(Milliseconds{30'000});
    EXPECT_EQ(transport.calls(), 5U) << "who has asked for a token gets it at once";
}

TEST_F(RegistrarTest, AServerThatAsksForNoTokenGetsNone) {
    FakeTokens tokens;
    use({"http://e1:8761/eureka/"}, &tokens);
    transport.then(answer(204)).then(answer(200));
    registrar->set_status(Status::up);
    registrar->tick();
    pass(Milliseconds{30'000});
    for (const auto& request : transport.requests()) {
        EXPECT_EQ(header_of(request, "Authorization"), "") << request.url;
    }
    EXPECT_EQ(transport.calls(), 2U);
}

TEST_F(RegistrarTest, AUserInTheUrlIsSentAsBasicAndShownNowhere) {
    FakeTokens tokens;
    use({"http://eve:p%40ss%2Fword@e1:8761/eureka/"}, &tokens);
    transport.then(answer(401));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(last().url, "http://e1:8761/eureka/apps/SLIPWAY");
    EXPECT_EQ(header_of(last(), "Authorization"), "Basic " + crypto::base64("eve:p@ss/word"));
    EXPECT_EQ(registrar->view().reason.find("eve"), std::string::npos) << registrar->view().reason;
    EXPECT_EQ(registrar->view().reason.find("word"), std::string::npos) << registrar->view().reason;
}

TEST_F(RegistrarTest, AnotherServerIsAskedWhereOneIsAwayAndKeptWhileItAnswers) {
    use({"http://e1:8761/eureka/", "http://e2:8761/eureka/"});
    transport.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "e1 cannot be reached.")).then(answer(204)).then(answer(200));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(asked(), "POST http://e2:8761/eureka/apps/SLIPWAY");
    pass(Milliseconds{30'000});
    EXPECT_EQ(last().url.substr(0, 15), "http://e2:8761/");
    transport.then(answer(503)).then(answer(200));
    pass(Milliseconds{30'000});
    EXPECT_EQ(last().url.substr(0, 15), "http://e1:8761/");
    EXPECT_EQ(registrar->view().standing, Standing::registered);
}

TEST_F(RegistrarTest, AServerThatIsAskedTooOftenIsAway) {
    up();
    transport.then(answer(429));
    pass(Milliseconds{30'000});
    EXPECT_EQ(registrar->view().standing, Standing::away) << "no person is needed";
}

TEST_F(RegistrarTest, WhatAPersonCanMendIsSaidRatherThanThatAnotherServerIsAway) {
    use({"http://e1:8761/eureka/", "http://e2:8761/eureka/"});
    transport.then(answer(401)).then(fail(ErrorCode::timeout, "TIMEOUT", "e2 did not answer in time."));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(registrar->view().standing, Standing::refused);
}

TEST_F(RegistrarTest, IsInvisibleOnceTheLeaseIsOver) {
    up();
    pass(Milliseconds{30'000});  // the script is at its end: nobody answers
    EXPECT_EQ(registrar->view().standing, Standing::away);
    EXPECT_TRUE(registrar->view().visible);
    pass(Milliseconds{61'000});
    EXPECT_FALSE(registrar->view().visible);
}

TEST_F(RegistrarTest, LeavesWhereItMayBeKnownAndOnlyThere) {
    registrar->leave(Milliseconds{1000});
    EXPECT_EQ(transport.calls(), 0U);
    transport.then(fail(ErrorCode::timeout, "TIMEOUT", "late"));
    registrar->set_status(Status::up);
    registrar->tick();
    transport.then(answer(200));
    registrar->leave(Milliseconds{1000});
    EXPECT_EQ(asked(), "DELETE http://e1:8761/eureka/apps/SLIPWAY/h1%3Aslipway%3A9000");
    EXPECT_EQ(registrar->view().standing, Standing::unregistered);
    registrar->leave(Milliseconds{1000});
    EXPECT_EQ(transport.calls(), 2U);
}

TEST_F(RegistrarTest, AWrongAddressIsARefusalThatNamesIt) {
    transport.then(answer(404));
    registrar->set_status(Status::up);
    registrar->tick();
    EXPECT_EQ(registrar->view().standing, Standing::refused);
    EXPECT_NE(registrar->view().reason.find("http://e1:8761/eureka/"), std::string::npos);
}

}  // namespace
}  // namespace slipway::eureka
