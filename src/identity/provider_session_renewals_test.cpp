#include <future>

#include "fakes/provider_sessions_fixture.hpp"

namespace slipway::identity {
namespace {

using fakes::ProviderSessionsTest;

constexpr Milliseconds kDue = std::chrono::seconds{31};
constexpr Milliseconds kEnded = std::chrono::minutes{6};

/// The provider takes what it is asked, and answers when the turnstile is opened; a request waits for less.
class LateAnswersTest : public ProviderSessionsTest {
protected:
    LateAnswersTest() {
        provider.late = true;
        provider.on_refresh = [this] { turnstile.pass(); };
    }
    /// All answers that are still to come have come.
    void answer() {
        turnstile.open();
        sessions.stop();
    }
    /// Of a server that was started again.
    std::string who_later(const std::string& cookie) {
        ProviderSessions later{store, provider, sealer, {.recheck = kDue}};
        const auto found = later.session(cookie);
        return found ? found->principal.name : found.error().reason;
    }

    fakes::Turnstile turnstile;
};

TEST_F(LateAnswersTest, AnAnswerThatComesLateIsTakenAndNobodyAsksAgainMeanwhile) {
    const auto cookie = open();
    clock.advance(kDue);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(who(cookie), "ana") << "its token counts";
        EXPECT_TRUE(sessions.peek_session(cookie));
        clock.advance(std::chrono::seconds{6});
    }
    clock.advance(kEnded);
    EXPECT_EQ(who(cookie), "IDENTITY_AWAY") << "nothing that was not checked is believed";
    EXPECT_EQ(sessions.peek_session(cookie).error().reason, "IDENTITY_AWAY");
    EXPECT_EQ(provider.refreshes, 1) << "a refresh token may be good once";
    answer();
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(provider.refreshes, 1);
    clock.advance(kDue);
    EXPECT_EQ(who_later(cookie), "ana");
    EXPECT_EQ(provider.last_refresh, "refresh-2") << "what came late is kept";
}

TEST_F(LateAnswersTest, ManySessionsAreAskedAboutSideBySideAndAllAreTaken) {
    constexpr int kMany = 4 * SessionTurns::kAsking;
    std::vector<std::string> cookies;
    for (int i = 0; i < kMany; ++i) {
        cookies.push_back(open());
    }
    clock.advance(kEnded);
    for (const auto& cookie : cookies) {
        EXPECT_EQ(who(cookie), "IDENTITY_AWAY");
    }
    EXPECT_TRUE(turnstile.wait_for(kMany)) << "those that are late hold up nobody";
    answer();
    for (const auto& cookie : cookies) {
        EXPECT_EQ(who(cookie), "ana");
    }
    EXPECT_EQ(provider.refreshes, kMany);
}

TEST_F(LateAnswersTest, SoManyAreUnderWayAndNoMore) {
    std::vector<std::string> cookies;
    for (int i = 0; i <= SessionTurns::kLate; ++i) {
        cookies.push_back(open());
    }
    clock.advance(kDue);
    for (const auto& cookie : cookies) {
        EXPECT_EQ(who(cookie), "ana");
    }
    EXPECT_TRUE(turnstile.wait_for(SessionTurns::kLate));
    clock.advance(kEnded);
    EXPECT_EQ(who(cookies.back()), "BUSY") << "at once";
    answer();
    EXPECT_EQ(provider.refreshes, SessionTurns::kLate);
}

TEST_F(LateAnswersTest, WhatComesForWhoHasSignedOutIsTakenBack) {
    const auto cookie = open();
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_TRUE(sessions.close(cookie));
    EXPECT_TRUE(provider.has_revoked("refresh-1"));
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
    answer();
    EXPECT_TRUE(provider.has_revoked("refresh-2")) << "the one that came late";
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(LateAnswersTest, ALateRefusalEndsTheSession) {
    const auto cookie = open();
    provider.refused = true;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana") << "it has not said so yet";
    answer();
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(LateAnswersTest, AServerThatStopsMeanwhileWritesNothing) {
    provider.on_refresh = nullptr;
    provider.on_long_wait = [](const LongWait& wait) {
        while (!*wait.cancelled) {
            std::this_thread::yield();
        }
        return false;
    };
    const auto cookie = open();
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    const auto kept = everything_kept();
    sessions.stop();
    EXPECT_EQ(everything_kept(), kept);
    EXPECT_EQ(who(cookie), "ana") << "its token counts, and nobody is asked any more";
    provider.on_long_wait = nullptr;
    EXPECT_EQ(who_later(cookie), "ana");
    EXPECT_EQ(provider.last_refresh, "refresh-1") << "whatever became of it: the provider is asked once more, and says so";
}

TEST_F(ProviderSessionsTest, SigningOutDoesNotWaitForTheProvider) {
    fakes::Turnstile turnstile;
    provider.on_revoke = [&] { turnstile.pass(); };
    const auto cookie = open();
    auto closed = std::async(std::launch::async, [&] { return sessions.close(cookie).has_value(); });
    EXPECT_EQ(closed.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
    EXPECT_TRUE(turnstile.wait_for(1)) << "it is told all the same";
    turnstile.open();
    EXPECT_TRUE(closed.get());
    EXPECT_TRUE(provider.has_revoked("refresh-1"));
}

TEST_F(ProviderSessionsTest, WhatARenewalGaveIsKeptThoughNobodyTellsAboutIt) {
    const auto cookie = open();
    provider.tells_nothing = true;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana") << "its token of before counts";
    for (int i = 2; i <= 4; ++i) {
        clock.advance(kDue);
        EXPECT_EQ(who(cookie), "ana");
        EXPECT_EQ(provider.last_refresh, "refresh-" + std::to_string(i)) << "the one of before is used up";
    }
    clock.advance(kEnded);
    EXPECT_EQ(who(cookie), "IDENTITY_AWAY") << "nothing that was not checked is believed";
    EXPECT_EQ(provider.last_refresh, "refresh-5");
    provider.tells_nothing = false;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(provider.last_refresh, "refresh-6");
    EXPECT_TRUE(provider.revocation.token.empty());
}

TEST_F(ProviderSessionsTest, WhatADatabaseCannotTakeForAMomentIsNotLost) {
    const auto cookie = open();
    database->writes = false;
    for (int i = 1; i <= 3; ++i) {
        clock.advance(kDue);
        EXPECT_EQ(who(cookie), "ana") << "a full disk stops what writes, not who reads";
        EXPECT_EQ(provider.last_refresh, "refresh-" + std::to_string(i)) << "the one of before is used up";
        EXPECT_EQ(sessions.watch_session(cookie)->due, false);
    }
    clock.advance(kEnded);
    EXPECT_EQ(who(cookie), "ana") << "the provider says so";
    database->writes = true;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(provider.last_refresh, "refresh-5");
    ProviderSessions later{store, provider, sealer, {.recheck = kDue}};
    clock.advance(kDue);
    EXPECT_TRUE(later.session(cookie));
    EXPECT_EQ(provider.last_refresh, "refresh-6") << "it was stored when that could be done";
}

TEST_F(ProviderSessionsTest, AServerThatStopsStoresWhatCouldNotBeStored) {
    const auto cookie = open();
    database->writes = false;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    database->writes = true;
    sessions.stop();
    ProviderSessions later{store, provider, sealer, {.recheck = kDue}};
    clock.advance(kDue);
    EXPECT_TRUE(later.session(cookie));
    EXPECT_EQ(provider.last_refresh, "refresh-2");
}

TEST_F(ProviderSessionsTest, WhoSignsOutThenTakesTheTokenBackThatCouldNotBeStored) {
    const auto cookie = open();
    database->writes = false;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_FALSE(sessions.close(cookie));
    EXPECT_EQ(who(cookie), "ana") << "it has not ended";
    database->writes = true;
    EXPECT_TRUE(sessions.close(cookie));
    EXPECT_TRUE(provider.has_revoked("refresh-2"));
    EXPECT_EQ(who(cookie), "TOKEN_INVALID");
}

TEST_F(ProviderSessionsTest, WhileProviderAndDatabaseBothAreAwayATokenCountsToItsEnd) {
    const auto cookie = open();
    database->writes = false;
    provider.away = true;
    clock.advance(kDue);
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(who(cookie), "ana");
    EXPECT_EQ(provider.refreshes, 1) << "it is not asked by each request";
    clock.advance(kEnded);
    EXPECT_EQ(who(cookie), "IDENTITY_AWAY");
}

/// As happens where a second server has taken the database over.
TEST_F(ProviderSessionsTest, WhatAnotherServerRenewedMeanwhileStands) {
    ProviderSessions other{store, provider, sealer, {.recheck = std::chrono::seconds{30}}};
    for (const bool refused : {true, false}) {
        const auto cookie = open();
        std::atomic<bool> first{true};
        provider.on_refresh = [&] {
            if (first.exchange(false)) {
                EXPECT_TRUE(other.session(cookie));
                provider.refused = refused;
            }
        };
        clock.advance(kDue);
        EXPECT_EQ(who(cookie), "ana") << "that our token is used up is no word about its";
        EXPECT_TRUE(provider.revocation.token.empty()) << "at many providers that would end its as well";
        provider.refused = false;
    }
}

}  // namespace
}  // namespace slipway::identity
