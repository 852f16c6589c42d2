#include "fakes/provider_crowd.hpp"
#include "fakes/provider_sessions_fixture.hpp"

namespace slipway::identity {
namespace {

using fakes::Crowd;
using fakes::ProviderSessionsTest;

TEST_F(ProviderSessionsTest, ACookieStandsForThePersonAndHoldsNoToken) {
    const auto cookie = open();
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(sessions.known_session(cookie)->csrf, csrf_of(cookie));
    EXPECT_EQ(who(cookie + "x"), "TOKEN_INVALID");
    EXPECT_EQ(cookie.find("refresh"), std::string::npos);
    const auto kept = everything_kept();
    EXPECT_EQ(kept.find("refresh-"), std::string::npos) << "tokens are kept sealed";
    EXPECT_EQ(kept.find(cookie), std::string::npos) << "the cookie is kept as its hash";
    EXPECT_EQ(provider.refreshes, 0);
}

TEST_F(ProviderSessionsTest, TheProviderIsAskedEveryHalfMinuteOfUse) {
    const auto cookie = open();
    for (int i = 0; i < 29; ++i) {
        clock.advance(std::chrono::seconds{1});
        EXPECT_EQ(who(cookie), "ana");
    }
    EXPECT_EQ(provider.refreshes, 0);
    clock.advance(std::chrono::seconds{2});
    provider.groups = {"risk", "fraud"};
    EXPECT_EQ(sessions.session(cookie)->principal.groups, provider.groups) << "new groups count";
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(provider.refreshes, 1);
}

TEST_F(ProviderSessionsTest, ADisabledAccountIsOutWithinAMinute) {
    const auto cookie = open();
    EXPECT_EQ(who(cookie), "ana");
    provider.refused = true;
    int seconds = 0;
    while (who(cookie) == "ana" && seconds < 120) {
        clock.advance(std::chrono::seconds{1});
        ++seconds;
    }
    EXPECT_LE(seconds, 31);
    provider.refused = false;
    EXPECT_EQ(who(cookie), "TOKEN_INVALID") << "and stays out";
}

TEST_F(ProviderSessionsTest, WatchingASessionAsksTheProviderToo) {
    const auto cookie = open();
    provider.refused = true;
    clock.advance(std::chrono::seconds{31});
    EXPECT_FALSE(sessions.peek_session(cookie));
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(ProviderSessionsTest, WhileTheProviderIsAwayASessionLastsAsLongAsItsToken) {
    const auto cookie = open();
    provider.away = true;
    clock.advance(std::chrono::seconds{31});
    EXPECT_EQ(who(cookie), "ana");
    clock.advance(std::chrono::minutes{4});
    EXPECT_EQ(who(cookie), "ana");
    clock.advance(std::chrono::minutes{1});
    EXPECT_EQ(who(cookie), "IDENTITY_AWAY") << "nothing that was not checked is believed";
    provider.away = false;
    EXPECT_EQ(who(cookie), "ana") << "and it is the same session when it is back";
}

TEST_F(ProviderSessionsTest, TheTokenOfEachRenewalIsTheOneForTheNext) {
    const auto cookie = open();
    for (int i = 1; i <= 3; ++i) {
        clock.advance(std::chrono::seconds{31});
        EXPECT_EQ(who(cookie), "ana");
        EXPECT_EQ(provider.last_refresh, "refresh-" + std::to_string(i));
    }
}

TEST_F(ProviderSessionsTest, AnotherPersonsTokenEndsTheSession) {
    const auto cookie = open();
    provider.name = "bob";
    clock.advance(std::chrono::seconds{31});
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(ProviderSessionsTest, WithoutARefreshTokenItEndsWithTheAccessToken) {
    provider.gives_refresh = false;
    const auto cookie = open();
    clock.advance(std::chrono::minutes{4});
    EXPECT_EQ(who(cookie), "ana");
    clock.advance(std::chrono::minutes{2});
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
    EXPECT_EQ(provider.refreshes, 0);
}

TEST_F(ProviderSessionsTest, EndsAfterAnHourWithoutUseAndAfterTwelveInAll) {
    const auto cookie = open();
    clock.advance(std::chrono::minutes{61});
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
    const auto second = open();
    for (int i = 0; i < 12 * 60 - 1; ++i) {
        clock.advance(std::chrono::minutes{1});
        ASSERT_EQ(who(second), "ana") << i;
    }
    clock.advance(std::chrono::minutes{1});
    EXPECT_EQ(who(second), "TOKEN_INVALID");
    EXPECT_EQ(sessions.prune().value(), 2);
}

TEST_F(ProviderSessionsTest, ClosingTakesTheTokenBackAndTellsTheListener) {
    const auto cookie = open();
    EXPECT_EQ(who(cookie), "ana");
    int told = 0;
    sessions.on_end([&told] { ++told; });
    EXPECT_EQ(sessions.close(cookie).value().reveal(), "id-ana");
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(provider.has_revoked("refresh-1"));
    EXPECT_FALSE(sessions.known_session(cookie));
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(ProviderSessionsTest, ARequestThatTheProviderDoesNotTakeIsNoWordAboutThePerson) {
    const auto cookie = open();
    clock.advance(std::chrono::seconds{31});
    provider.takes_no_request = true;
    EXPECT_EQ(who(cookie), "ana");
    clock.advance(std::chrono::minutes{5});
    EXPECT_EQ(who(cookie), "REQUEST_REFUSED") << "the access token has ended";
    provider.takes_no_request = false;
    EXPECT_EQ(who(cookie), "ana");
}

TEST_F(ProviderSessionsTest, WhoSignsOutWhileASessionIsRenewedLeavesNoToken) {
    const auto cookie = open();
    clock.advance(std::chrono::seconds{31});
    provider.on_refresh = [&] { EXPECT_TRUE(sessions.close(cookie)); };
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
    EXPECT_TRUE(provider.has_revoked("refresh-2")) << "the one that came meanwhile";
}

TEST_F(ProviderSessionsTest, SurvivesARestartOfTheServerAndNotAnotherKey) {
    const auto cookie = open();
    ProviderSessions restarted{store, provider, sealer, {}};
    EXPECT_TRUE(restarted.session(cookie));
    const crypto::Sealer other{Secret{std::string(32, 'x')}};
    ProviderSessions elsewhere{store, provider, other, {}};
    EXPECT_EQ(elsewhere.session(cookie).error().reason, "TOKEN_INVALID");
}

TEST_F(ProviderSessionsTest, NobodyWhoseTokenCountsWaitsForAProviderThatDoesNotAnswer) {
    std::vector<std::string> cookies;
    for (int i = 0; i < 40; ++i) {
        cookies.push_back(open());
    }
    fakes::Turnstile turnstile;
    provider.on_refresh = [&] { turnstile.pass(); };
    clock.advance(std::chrono::minutes{2});  // far behind the time at which they are to be renewed
    Crowd crowd;
    crowd.ask(40, [&](int i) { return who(cookies[static_cast<std::size_t>(i)]); });
    EXPECT_TRUE(crowd.wait_for("ana", 40 - SessionTurns::kAsking));
    EXPECT_TRUE(turnstile.wait_for(SessionTurns::kAsking));
    EXPECT_EQ(turnstile.came(), SessionTurns::kAsking);
    EXPECT_EQ(sessions.add_to({}).details, (json::object{{"sessionsPutOff", 40 - SessionTurns::kAsking}})) << "and it is told";
    turnstile.open();
    EXPECT_EQ(crowd.in_all("ana"), 40);
    clock.advance(std::chrono::minutes{2});
    EXPECT_TRUE(sessions.add_to({}).details.empty()) << "it is long ago";
}

TEST_F(ProviderSessionsTest, OfThoseWhoseTokenHasEndedFewWaitAndTheOthersAreToldAtOnce) {
    std::vector<std::string> cookies;
    for (int i = 0; i < 40; ++i) {
        cookies.push_back(open());
    }
    fakes::Turnstile turnstile;
    provider.on_refresh = [&] { turnstile.pass(); };
    clock.advance(std::chrono::minutes{6});
    Crowd crowd;
    crowd.ask(40, [&](int i) { return who(cookies[static_cast<std::size_t>(i)]); });
    EXPECT_TRUE(crowd.wait_for("BUSY", 40 - SessionTurns::kAsking - SessionTurns::kWaiting));
    turnstile.open();
    EXPECT_EQ(crowd.in_all("ana"), SessionTurns::kAsking + SessionTurns::kWaiting);
}

TEST_F(ProviderSessionsTest, WhereTooManyWaitForTheProviderASessionGoesOnOrIsToldAtOnce) {
    const auto cookie = open();
    const fakes::ProviderCrowd crowd{provider.waits()};
    clock.advance(std::chrono::seconds{31});
    EXPECT_EQ(who(cookie), "ana") << "its token counts";
    EXPECT_EQ(provider.refreshes, 0);
    clock.advance(std::chrono::minutes{6});
    EXPECT_EQ(who(cookie), "BUSY");
    EXPECT_EQ(provider.refreshes, 0);
    EXPECT_TRUE(sessions.peek_session(cookie)) << "a stream's question is bounded elsewhere";
    EXPECT_EQ(provider.refreshes, 1);
}

TEST_F(ProviderSessionsTest, WhoComesWhileTheirSessionIsRenewedHasTheSameAnswer) {
    const auto cookie = open();
    fakes::Turnstile turnstile;
    provider.on_refresh = [&] { turnstile.pass(); };
    clock.advance(std::chrono::minutes{6});
    Crowd crowd;
    crowd.ask(SessionTurns::kWaiting, [&](int) { return who(cookie); });
    EXPECT_TRUE(turnstile.wait_for(1));
    turnstile.open();
    EXPECT_EQ(crowd.in_all("ana"), SessionTurns::kWaiting);
    EXPECT_EQ(provider.refreshes, 1) << "a refresh token may be good once";
}

TEST_F(ProviderSessionsTest, WhoWasDisabledGetsNothingByManyRequestsAtOnce) {
    const auto cookie = open();
    fakes::Turnstile turnstile;
    provider.on_refresh = [&] { turnstile.pass(); };
    provider.refused = true;
    clock.advance(std::chrono::minutes{2});
    Crowd crowd;
    crowd.ask(SessionTurns::kWaiting, [&](int) { return who(cookie); });
    EXPECT_TRUE(turnstile.wait_for(1));
    turnstile.open();
    EXPECT_EQ(crowd.in_all("TOKEN_INVALID"), SessionTurns::kWaiting);
}

TEST_F(ProviderSessionsTest, AStreamIsWatchedWithoutAskingTheProvider) {
    const auto cookie = open();
    EXPECT_FALSE(sessions.watch_session(cookie)->due);
    clock.advance(std::chrono::seconds{31});
    EXPECT_TRUE(sessions.watch_session(cookie)->due);
    clock.advance(std::chrono::minutes{5});
    EXPECT_EQ(sessions.watch_session(cookie).error().code, ErrorCode::unavailable) << "only the provider knows";
    EXPECT_EQ(provider.refreshes, 0);
    EXPECT_TRUE(sessions.peek_session(cookie));
    EXPECT_FALSE(sessions.watch_session(cookie)->due);
    EXPECT_TRUE(sessions.close(cookie));
    EXPECT_EQ(sessions.watch_session(cookie).error().code, ErrorCode::unauthenticated);
}

}  // namespace
}  // namespace slipway::identity
