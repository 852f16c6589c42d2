#include <future>
#include <gmock/gmock.h>
#include <thread>

#include "fakes/provider_fixture.hpp"

namespace slipway::oidc {
namespace {

using fakes::FakeOpenId;
using fakes::ProviderTest;
using identity::LoginClient;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(ProviderTest, ARotatedKeyCountsAtOnce) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    idp.rotate();
    EXPECT_EQ(refusal(idp.token()), "");
    EXPECT_EQ(idp.asked("/certs"), 2);
}

TEST_F(ProviderTest, AFloodOfUnknownKeysFetchesOnceInTenSeconds) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([this, thread] {
            for (int i = 0; i < 50; ++i) {
                EXPECT_EQ(refusal(forged("unknown-" + std::to_string(thread * 100 + i))), "TOKEN_INVALID");
            }
        });
    }
    threads.clear();
    EXPECT_EQ(idp.asked("/certs"), 2);
    EXPECT_EQ(refusal(idp.token()), "") << "people with good tokens notice nothing";
    idp.clock.advance(std::chrono::seconds{11});
    EXPECT_EQ(refusal(forged("unknown")), "TOKEN_INVALID");
    EXPECT_EQ(idp.asked("/certs"), 3);
}

TEST_F(ProviderTest, AKeyThatMayBeNewerThanTheLastFetchRefusesNobody) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    EXPECT_EQ(refusal(forged("made-up")), "TOKEN_INVALID") << "the keys were fetched since it was asked for";
    idp.clock.advance(std::chrono::seconds{3});
    EXPECT_EQ(refusal(forged("made-up")), "TOKEN_INVALID") << "and it was in no list";
    idp.rotate();
    const auto token = idp.token();
    const auto early = provider->authenticate(token);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().reason, "KEY_NOT_SEEN_YET");
    EXPECT_EQ(early.error().code, ErrorCode::unavailable);
    EXPECT_EQ(early.error().detail, "7") << "seconds until the keys are fetched for somebody again";
    EXPECT_EQ(refusal(forged("another")), "KEY_NOT_SEEN_YET");
    idp.clock.advance(std::chrono::seconds{7});
    EXPECT_EQ(refusal(token), "");
    EXPECT_EQ(refusal(forged("another")), "TOKEN_INVALID") << "the fetch for one key answers for all that were asked for before it";
    EXPECT_EQ(idp.asked("/certs"), 3);
}

TEST_F(ProviderTest, AnUnknownKeyIsNotRefusedWhileTheProviderIsAway) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    idp.rotate();
    const auto token = idp.token();
    idp.clock.advance(std::chrono::seconds{60});
    idp.away = [] { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_EQ(refusal(token), "KEY_NOT_SEEN_YET");
    EXPECT_EQ(refusal(stranger.token("RS256", idp.claims(), {{"kid", "key-1"}})), "TOKEN_INVALID") << "a wrong signature of a known key is one";
    idp.away = nullptr;
    idp.clock.advance(std::chrono::seconds{11});
    EXPECT_EQ(refusal(token), "");
}

TEST_F(ProviderTest, AProviderThatHangsHoldsOneAndRestsLonger) {
    const auto good = idp.token();
    ASSERT_TRUE(provider->authenticate(good));
    idp.clock.advance(std::chrono::seconds{10});
    std::promise<void> asked;
    std::promise<void> answers;
    idp.away = [&]() -> Result<HttpResponse> {
        asked.set_value();
        answers.get_future().wait();
        return fail(ErrorCode::timeout, "TIMEOUT", "took too long");
    };
    auto first = std::async(std::launch::async, [&] { return refusal(forged("new-1")); });
    asked.get_future().wait();
    idp.clock.advance(std::chrono::seconds{5});
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refusal(forged("new-" + std::to_string(i))), "KEY_NOT_SEEN_YET");
    }
    EXPECT_TRUE(provider->authenticate(idp.token())) << "of a key that is known";
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{3});
    answers.set_value();
    EXPECT_EQ(first.get(), "KEY_NOT_SEEN_YET");
    idp.away = [] { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    const auto fetched = idp.asked("/certs");
    idp.clock.advance(std::chrono::seconds{14});
    EXPECT_EQ(refusal(forged("new-1")), "KEY_NOT_SEEN_YET");
    EXPECT_EQ(idp.asked("/certs"), fetched) << "it hung for five seconds: it rests for fifteen";
    idp.clock.advance(std::chrono::seconds{2});
    idp.away = {};
    EXPECT_EQ(refusal(forged("new-1")), "TOKEN_INVALID");
}

TEST_F(ProviderTest, WhatIsNotForUsFetchesNothing) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    EXPECT_EQ(refusal(stranger.token("RS256", {{"iss", "https://evil.example"}}, {{"kid", "x"}})), "TOKEN_INVALID");
    EXPECT_EQ(idp.asked("/certs"), 1);
}

TEST_F(ProviderTest, AwayAtStartIsUnavailableAndComesBack) {
    idp.away = [] { return fail(ErrorCode::unavailable, "CONNECT", "no route"); };
    EXPECT_EQ(refusal(idp.token()), "IDENTITY_AWAY");
    EXPECT_FALSE(provider->health().up);
    EXPECT_FALSE(provider->refresh());
    EXPECT_EQ(idp.transport.calls(), 1U) << "nobody waits for it again within a few seconds";
    idp.away = nullptr;
    idp.clock.advance(std::chrono::seconds{6});
    EXPECT_TRUE(provider->refresh());
    EXPECT_EQ(refusal(idp.token()), "");
    EXPECT_TRUE(provider->health().up);
}

TEST_F(ProviderTest, AwayInTheMiddleLeavesTheKeysForADay) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    idp.away = [] { return HttpResponse{.status = 502, .headers = {}, .body = "<html>Bad gateway</html>"}; };
    idp.clock.advance(std::chrono::hours{23});
    EXPECT_FALSE(provider->refresh().has_value() && provider->health().details.contains("trouble") == false);
    EXPECT_EQ(refusal(idp.token()), "");
    EXPECT_TRUE(provider->health().up);
    EXPECT_THAT(json::write(provider->health().details), HasSubstr("502"));
    const auto now = provider->health().details.at("troubleSecondsAgo").as_int64();
    idp.clock.advance(std::chrono::seconds{11});
    EXPECT_EQ(provider->health().details.at("troubleSecondsAgo").as_int64(), now + 11) << "it may be well again meanwhile";
    idp.clock.advance(std::chrono::hours{2});
    EXPECT_EQ(refusal(idp.token()), "IDENTITY_AWAY") << "older keys are not believed";
}

TEST_F(ProviderTest, WhoMakesKeysUpKeepsNobodyFromATokenOfANewKey) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    EXPECT_EQ(refusal(forged("unknown")), "TOKEN_INVALID");
    for (int i = 0; i < 3; ++i) {
        idp.rotate();
        idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
        EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page).value().unchecked) << "a session is renewed, whatever strangers send";
    }
    idp.rotate();
    const auto unlisted = idp.token();
    idp.keys.pop_back();
    idp.on_token = [&](const HttpRequest&) { return tokens(unlisted); };
    EXPECT_EQ(provider->by_refresh(Secret{"r"}, LoginClient::page).value().unchecked.value().reason, "IDENTITY_AWAY") << "that says nothing of the person";
}

TEST_F(ProviderTest, AnUnnamedKeyMayChangeToo) {
    const auto unnamed = [&](int key) { return FakeOpenId::pooled(key)->token("RS256", idp.claims(), {{"kid", nullptr}}); };
    EXPECT_EQ(refusal(unnamed(1)), "");
    idp.rotate(false);
    EXPECT_EQ(refusal(unnamed(2)), "");
    EXPECT_EQ(refusal(unnamed(0)), "TOKEN_INVALID");
    EXPECT_EQ(refusal(unnamed(0)), "TOKEN_INVALID");
    EXPECT_EQ(idp.asked("/certs"), 2) << "at most once in ten seconds";
}

TEST_F(ProviderTest, HealthIsDownWhileTokensCannotBeAskedAboutAndTheServerStaysReady) {
    ask_about_opaque_ones();
    ASSERT_TRUE(provider->refresh());
    const auto answers = idp.on_introspect;
    EXPECT_EQ(refusal("good-1"), "");
    idp.on_introspect = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_EQ(refusal("good-2"), "IDENTITY_AWAY");
    EXPECT_TRUE(provider->health().up) << "one may fail for what was asked";
    EXPECT_THAT(json::write(provider->health().details), AllOf(HasSubstr("Asking about tokens"), HasSubstr("took too long")));
    EXPECT_EQ(refusal("good-3"), "IDENTITY_AWAY");
    EXPECT_FALSE(provider->health().up);
    EXPECT_TRUE(provider->knows_keys()) << "who is known goes on";
    idp.clock.advance(std::chrono::seconds{61});
    EXPECT_TRUE(provider->health().up) << "nobody has asked since";
    EXPECT_EQ(provider->health().details.at("troubleSecondsAgo").as_int64(), 61);
    idp.on_introspect = answers;
    EXPECT_EQ(refusal("good-4"), "");
    EXPECT_EQ(refusal("bad"), "TOKEN_INVALID");
    EXPECT_FALSE(provider->health().details.contains("trouble"));
}

TEST_F(ProviderTest, HealthTellsThatNobodyCanSignIn) {
    ASSERT_TRUE(provider->refresh());
    EXPECT_TRUE(provider->knows_keys());
    idp.on_token = [](const HttpRequest&) { return FakeOpenId::json_answer({{"error", "invalid_client"}}, 401); };
    EXPECT_EQ(provider->by_client("robot", Secret{"x"}, "").error().reason, "SIGN_IN_FAILED");
    EXPECT_FALSE(provider->health().details.contains("trouble")) << "a stranger's secret is no trouble of ours";
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "CLIENT_REFUSED");
    }
    EXPECT_FALSE(provider->health().up);
    EXPECT_THAT(json::write(provider->health().details), AllOf(HasSubstr("Signing in"), HasSubstr("security.oauth2.login")));
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"}));
    EXPECT_TRUE(provider->health().up);
    EXPECT_FALSE(provider->health().details.contains("trouble"));
}

TEST_F(ProviderTest, AnOddAnswerToWhatAStrangerMadeUpIsTroubleAndNoMore) {
    ask_about_opaque_ones();
    ASSERT_TRUE(provider->refresh());
    const auto wall = [](const HttpRequest&) { return HttpResponse{.status = 403, .headers = {{"content-type", "text/html"}}, .body = "<html>Blocked"}; };
    idp.on_token = wall;
    idp.on_introspect = wall;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(provider->by_password("' or 1=1--", Secret{"x"}).error().reason, "IDENTITY_AWAY");
        EXPECT_EQ(refusal("or-1=1--" + std::to_string(i)), "IDENTITY_AWAY");
    }
    EXPECT_TRUE(provider->health().up) << "everybody else can sign in";
    EXPECT_THAT(json::write(provider->health().details), HasSubstr("403"));
    idp.on_introspect = [](const HttpRequest&) { return FakeOpenId::json_answer({{"message", "Forbidden"}}, 403); };
    EXPECT_EQ(refusal("another"), "CLIENT_REFUSED");
    EXPECT_EQ(refusal("and-another"), "CLIENT_REFUSED");
    EXPECT_TRUE(provider->health().up);
}

TEST_F(ProviderTest, AFirewallThatBreaksTheConnectionForWordsOfOneIsNoProviderThatIsAway) {
    ask_about_opaque_ones();
    ASSERT_TRUE(provider->refresh());
    const auto tells = idp.on_introspect;
    const auto broken = [](const HttpRequest& request) { return request.body.contains("evil"); };
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        return broken(request) ? fail(ErrorCode::unavailable, "CONNECT", "connection reset") : Result<HttpResponse>{tokens(idp.token())};
    };
    idp.on_introspect = [&](const HttpRequest& request) {
        return broken(request) ? fail(ErrorCode::unavailable, "CONNECT", "connection reset") : tells(request);
    };
    idp.on_device = idp.on_token;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(provider->by_password("evil", Secret{"x"}).error().reason, "REQUEST_DROPPED");
        EXPECT_TRUE(provider->by_password("ana", Secret{"x"})) << "at once";
        EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
        EXPECT_EQ(provider->by_device(Secret{"evil"}, {}).error().reason, "IDENTITY_AWAY") << "it is asked again";
        EXPECT_EQ(refusal(fmt::format("evil-{}", i)), "IDENTITY_AWAY");
        EXPECT_EQ(refusal(fmt::format("good-{}", i)), "");
        EXPECT_EQ(provider->revoke({.token = Secret{"evil"}}).error().reason, "REQUEST_DROPPED");
        EXPECT_EQ(provider->start_device("evil").error().reason, "REQUEST_DROPPED");
        EXPECT_TRUE(provider->revoke({.token = Secret{"r"}}));
        EXPECT_TRUE(provider->health().up);
    }
    EXPECT_EQ(provider->by_password("evil", Secret{"x"}).error().code, ErrorCode::invalid_argument) << "no word of the provider about itself";
    EXPECT_EQ(provider->by_password("evil", Secret{"x"}).error().reason, "REQUEST_DROPPED");
    EXPECT_TRUE(provider->health().up) << "several in a row, too";
    EXPECT_THAT(json::write(provider->health().details), HasSubstr("connection reset"));
}

TEST_F(ProviderTest, AFirewallBeforeASlowProviderTurnsNobodyElseAway) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.body.contains("evil")) {
            return fail(ErrorCode::unavailable, "CONNECT", "connection reset");
        }
        return request.timeout < std::chrono::seconds{4} ? fail(ErrorCode::timeout, "TIMEOUT", "took too long") : Result<HttpResponse>{tokens(idp.token())};
    };
    EXPECT_EQ(provider->by_password("evil", Secret{"x"}).error().reason, "REQUEST_DROPPED");
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page)) << "it answers, in four seconds";
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"}));
}

/// No memory, say: the next one finds out.
TEST_F(ProviderTest, WhatThrowsLeavesNoDoorShut) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    idp.clock.advance(std::chrono::seconds{4});
    idp.on_token = [](const HttpRequest&) -> Result<HttpResponse> { throw std::bad_alloc{}; };
    EXPECT_THROW((void)provider->by_refresh(Secret{"r"}, LoginClient::page), std::bad_alloc);
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
}

TEST_F(ProviderTest, WhoAsksAfterThePauseOpensTheDoorForAllEvenWhereTheFirewallBreaksIt) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    idp.clock.advance(std::chrono::seconds{4});
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        return request.body.contains("evil") ? fail(ErrorCode::unavailable, "CONNECT", "connection reset") : Result<HttpResponse>{tokens(idp.token())};
    };
    EXPECT_FALSE(provider->by_password("evil", Secret{"x"}));
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"})) << "at once";
}

TEST_F(ProviderTest, WhoComesWhileItIsFoundOutWhetherTheProviderIsAwayWaitsForThatAlone) {
    ASSERT_TRUE(provider->refresh());
    std::promise<void> asked;
    std::promise<void> answers;
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.body.empty()) {  // our own form
            asked.set_value();
            answers.get_future().wait();
        }
        return fail(ErrorCode::timeout, "TIMEOUT", "took too long");
    };
    const auto sign_in = [&] { return provider->by_password("ana", Secret{"x"}).error().reason; };
    auto first = std::async(std::launch::async, sign_in);
    asked.get_future().wait();
    auto other = std::async(std::launch::async, sign_in);
    answers.set_value();
    EXPECT_EQ(first.get(), "IDENTITY_AWAY");
    EXPECT_EQ(other.get(), "IDENTITY_AWAY");
    EXPECT_EQ(idp.asked("/token"), 2) << "the first one's form and ours";
}

TEST_F(ProviderTest, SessionsThatCannotBeRenewedAndQuestionsThatNobodyAnswersAreDown) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [](const HttpRequest&) { return HttpResponse{.status = 503, .headers = {}, .body = "<html>"}; };
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(provider->health().up) << i;
        EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    }
    EXPECT_FALSE(provider->health().up) << "the tokens of sessions are no stranger's";
    idp.clock.advance(std::chrono::seconds{59});
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    idp.clock.advance(std::chrono::seconds{2});
    EXPECT_TRUE(provider->health().up) << "strangers keep nothing down";
    use(settings());
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    EXPECT_FALSE(provider->health().up);
}

TEST_F(ProviderTest, ThatItIsLostAndBackIsSaidOnceInTheLog) {
    const auto log_of = [&](int looks) {
        testing::internal::CaptureStderr();
        for (int i = 0; i < looks; ++i) {
            static_cast<void>(provider->refresh());
        }
        return testing::internal::GetCapturedStderr();
    };
    idp.description["issuer"] = "https://idp.example/other";
    EXPECT_THAT(log_of(1), AllOf(HasSubstr(R"("level":"warn","event":"identity_provider_away")"), HasSubstr("names the issuer https://idp.example/other")));
    EXPECT_EQ(log_of(2), "") << "once";
    idp.description["issuer"] = FakeOpenId::kIssuer;
    idp.clock.advance(std::chrono::seconds{16});
    EXPECT_THAT(log_of(2), AllOf(HasSubstr(R"("level":"info","event":"identity_provider_back")"), Not(HasSubstr("away"))));
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    EXPECT_EQ(log_of(1), "") << "one may fail for what was asked";
    EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    EXPECT_THAT(log_of(1), AllOf(HasSubstr("identity_provider_away"), HasSubstr("took too long")));
}

TEST_F(ProviderTest, AnEndpointThatHangsIsNoWordAboutTheOthers) {
    ASSERT_TRUE(provider->refresh());
    idp.on_device = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };  // and the revocation endpoint
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_FALSE(provider->revoke({.token = Secret{"r"}}));
    EXPECT_FALSE(provider->start_device(""));
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page)) << "at once";
}

TEST_F(ProviderTest, NamesAndPasswordsThatNobodyHasAreNotAskedAbout) {
    ASSERT_TRUE(provider->refresh());
    EXPECT_EQ(provider->by_password(std::string(201, 'x'), Secret{"x"}).error().reason, "SIGN_IN_FAILED");
    EXPECT_EQ(provider->by_password("ana", Secret{std::string(1025, 'x')}).error().reason, "SIGN_IN_FAILED");
    EXPECT_EQ(idp.asked("/token"), 0);
}

}  // namespace
}  // namespace slipway::oidc
