#include "identity/passed_renewals.hpp"

#include <future>
#include <gtest/gtest.h>

#include "fakes/fake_identity_provider.hpp"
#include "fakes/turnstile.hpp"

namespace slipway::identity {
namespace {

/// The provider takes a renewal, and answers when the turnstile is opened; a request waits for less.
class PassedRenewalsTest : public testing::Test {
protected:
    PassedRenewalsTest() {
        provider.late = true;
        provider.on_refresh = [this] {
            if (holds) {
                turnstile.pass();
            }
        };
    }
    ~PassedRenewalsTest() override { turnstile.open(); }
    std::string renew(const std::string& token, const std::string& peer = "192.0.2.7") {
        const auto in = renewals.renew(Secret{token}, peer);
        return in ? std::string{in->tokens.refresh.reveal()} : in.error().reason;
    }
    /// Once the answers have come.
    std::string renew_when_there(const std::string& token) {
        turnstile.open();
        auto told = renew(token);
        while (told == "IDENTITY_AWAY") {
            std::this_thread::yield();
            told = renew(token);
        }
        return told;
    }

    fakes::FakeIdentityProvider provider;
    fakes::FakeClock& clock{provider.own_clock};
    fakes::Turnstile turnstile;
    std::atomic<bool> holds{true};
    PassedRenewals renewals{provider, clock};
};

TEST_F(PassedRenewalsTest, AnAnswerInTimeIsPassedOn) {
    provider.late = false;
    turnstile.open();
    EXPECT_EQ(renew("r"), "refresh-1");
    provider.refused = true;
    EXPECT_EQ(renew("refresh-1"), "SIGN_IN_FAILED");
    provider.refused = false;
    EXPECT_EQ(renew("refresh-1"), "refresh-2") << "a refusal is not kept";
    EXPECT_EQ(provider.doubts, 0);
}

TEST_F(PassedRenewalsTest, ALateAnswerIsForWhoBringsTheSameTokenAgainAndNobodyAsksAnewMeanwhile) {
    EXPECT_EQ(renew("r"), "IDENTITY_AWAY");
    EXPECT_EQ(provider.doubts, 1) << "found out for all";
    EXPECT_EQ(renew("r"), "IDENTITY_AWAY") << "at once";
    EXPECT_EQ(provider.doubts, 1);
    EXPECT_TRUE(turnstile.wait_for(1));
    EXPECT_EQ(renew_when_there("r"), "refresh-1");
    EXPECT_EQ(provider.refreshes, 1) << "a refresh token may be good once";
    provider.late = false;
    provider.refused = true;
    EXPECT_EQ(renew("r"), "SIGN_IN_FAILED") << "a second use is the provider's to judge: it may be a thief's";
    EXPECT_EQ(provider.refreshes, 2);
}

TEST_F(PassedRenewalsTest, WhatLayForLongerThanItsTokenLivesIsRenewed) {
    fakes::FakeClock ours;
    ours.advance(std::chrono::minutes{6});
    PassedRenewals late{provider, ours};
    turnstile.open();
    provider.late = false;
    const auto in = late.renew(Secret{"r"}, "192.0.2.7");
    ASSERT_TRUE(in);
    EXPECT_EQ(provider.last_refresh, "refresh-1");
    EXPECT_EQ(in->tokens.refresh.reveal(), "refresh-2") << "once: clocks may differ";
    EXPECT_EQ(in->tokens.expires_in, 0);
}

TEST_F(PassedRenewalsTest, OfOneNetworkFewGoOnBehindTheRequests) {
    for (int i = 0; i < PassedRenewals::kMostOfOne; ++i) {
        EXPECT_EQ(renew("r" + std::to_string(i)), "IDENTITY_AWAY");
    }
    EXPECT_TRUE(turnstile.wait_for(PassedRenewals::kMostOfOne));
    holds = false;
    provider.away = true;
    EXPECT_EQ(renew("r9"), "IDENTITY_AWAY") << "as long as a request waits";
    EXPECT_EQ(provider.refreshes, PassedRenewals::kMostOfOne + 1);
    provider.away = false;
    EXPECT_EQ(renew("r9"), "refresh-1") << "it was asked about anew";
    holds = true;
    EXPECT_EQ(renew("r10", "192.0.2.8"), "IDENTITY_AWAY");
}

TEST_F(PassedRenewalsTest, WhoStopsBreaksThemOff) {
    holds = false;
    provider.on_long_wait = [](const LongWait& wait) {
        while (wait.cancelled != nullptr && !*wait.cancelled) {
            std::this_thread::yield();
        }
        return false;
    };
    PassedRenewals ending{provider, clock};
    EXPECT_EQ(ending.renew(Secret{"r"}, "192.0.2.7").error().reason, "IDENTITY_AWAY");
}

}  // namespace
}  // namespace slipway::identity
