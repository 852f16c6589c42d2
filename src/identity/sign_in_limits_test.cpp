#include "identity/sign_in_limits.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"

namespace slipway::identity {
namespace {

class SignInLimitsTest : public testing::Test {
protected:
    int allowed(std::string_view user, std::string_view peer, int attempts) {
        int count = 0;
        for (int i = 0; i < attempts; ++i) {
            count += limits.begin(user, peer) ? 1 : 0;
        }
        return count;
    }
    fakes::FakeClock clock;
    SignInLimits limits{clock, {.free_per_user = 3, .free_per_peer = 5, .capacity = 8}};
};

TEST_F(SignInLimitsTest, NamesAndAddressesWaitTwiceAsLongEachTime) {
    EXPECT_EQ(allowed("admin", "192.0.2.1", 10), 3);
    EXPECT_EQ(limits.begin("admin", "192.0.2.2").error().detail, "1");
    clock.advance(Milliseconds{1000});
    EXPECT_TRUE(limits.begin("admin", "192.0.2.2"));
    EXPECT_EQ(limits.begin("admin", "192.0.2.2").error().detail, "2");
    EXPECT_EQ(allowed("bob", "192.0.2.1", 1) + allowed("ann", "192.0.2.1", 1) + allowed("eve", "192.0.2.1", 9), 2) << "the address has five in all";
}

TEST_F(SignInLimitsTest, OneNameWithAnOldPasswordKeepsNobodyElseAtItsAddressOut) {
    for (int minute = 0; minute < 24 * 60; ++minute) {
        static_cast<void>(limits.begin("nightly-job", "192.0.2.1").has_value());
        clock.advance(std::chrono::minutes{1});
    }
    ASSERT_TRUE(limits.begin("ann", "192.0.2.1"));
    limits.succeeded("ann", "192.0.2.1");
    EXPECT_EQ(allowed("bob", "192.0.2.1", 1), 1);
    EXPECT_EQ(allowed("eve", "192.0.2.1", 1) + allowed("mallory", "192.0.2.1", 9), 1) << "guesses over several names count as ever";
}

TEST_F(SignInLimitsTest, NamesThatAreNobodysDriveNobodyOut) {
    EXPECT_EQ(allowed("admin", "192.0.2.1", 3), 3);
    for (int i = 0; i < 1000; ++i) {
        (void)limits.begin(fmt::format("random-{}", i), "192.0.2.1");
    }
    EXPECT_FALSE(limits.begin("admin", "192.0.2.9")) << "the name is still watched";
    EXPECT_FALSE(limits.begin("another", "192.0.2.1")) << "and so is the address";
}

TEST_F(SignInLimitsTest, WhenFullOfThoseThatWaitNewOnesWaitToo) {
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(allowed(fmt::format("name-{}", i), fmt::format("192.0.2.{}", i), 4), 3);
    }
    const auto refused = limits.begin("ann", "192.0.2.77");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "900");
    clock.advance(Milliseconds{1000});
    EXPECT_TRUE(limits.begin("name-0", "192.0.2.0")) << "who is known goes on";
    EXPECT_TRUE(limits.begin(SignInName::code(), "192.0.2.77")) << "and so does another way to sign in";
    clock.advance(std::chrono::minutes{15});
    EXPECT_TRUE(limits.begin("ann", "192.0.2.77"));
}

TEST_F(SignInLimitsTest, InAFullTableTheFewestFailuresAreForgottenFirst) {
    const auto token_of = [&](int host) { return limits.begin(SignInName::token(), fmt::format("192.0.2.{}", host)).has_value(); };
    EXPECT_TRUE(token_of(0) && token_of(0));
    for (int i = 1; i < 8; ++i) {
        EXPECT_TRUE(token_of(i));
    }
    EXPECT_TRUE(token_of(1)) << "two failures now";
    for (int i = 100; i < 150; ++i) {
        EXPECT_TRUE(token_of(i)) << i;
    }
    EXPECT_EQ(token_of(0) + token_of(0) + token_of(0) + token_of(0), 3) << "five in all";
    EXPECT_EQ(token_of(1) + token_of(1) + token_of(1) + token_of(1), 3);
    EXPECT_EQ(token_of(2) + token_of(2) + token_of(2) + token_of(2) + token_of(2) + token_of(2), 5) << "its one was forgotten";
}

TEST_F(SignInLimitsTest, WhoIsForgivenNeedNotWaitAndAnAddressIsWatchedOn) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limits.begin("ana", "192.0.2.1"));
    }
    EXPECT_FALSE(limits.begin("ana", "192.0.2.1"));
    limits.forgive("ana");
    EXPECT_TRUE(limits.begin("ana", "192.0.2.1"));
    EXPECT_TRUE(limits.begin("ana", "192.0.2.1"));
    EXPECT_FALSE(limits.begin("bob", "192.0.2.1")) << "five failures of the address";
}

TEST_F(SignInLimitsTest, NobodyKeepsAMachineOutFromAnotherAddress) {
    const auto begin = [&](const std::string& peer) { return limits.begin(SignInName::client("edge", peer), peer).has_value(); };
    EXPECT_TRUE(begin("192.0.2.1") && begin("192.0.2.1") && begin("192.0.2.1"));
    EXPECT_FALSE(begin("192.0.2.1"));
    EXPECT_TRUE(begin("192.0.2.2"));
    EXPECT_TRUE(limits.begin(SignInName::client("edge-2", "192.0.2.1"), "192.0.2.1")) << "another client behind the same address";
    limits.forgive("edge");
    EXPECT_TRUE(begin("192.0.2.1")) << "its secret is new";
}

TEST_F(SignInLimitsTest, ANameIsTheSameInCapitals) {
    EXPECT_EQ(allowed("eve", "192.0.2.1", 3), 3);
    EXPECT_EQ(allowed("EVE", "192.0.2.2", 1), 0);
}

TEST_F(SignInLimitsTest, ARightPasswordLeavesNothingBehind) {
    for (int i = 0; i < 100; ++i) {
        const auto name = fmt::format("name-{}", i);
        ASSERT_TRUE(limits.begin(name, name)) << i;
        limits.succeeded(name, name);
    }
    EXPECT_EQ(allowed("name-1", "192.0.2.1", 3), 3);
}

TEST_F(SignInLimitsTest, WhatIsTakenBackTakesNoGuessesWithIt) {
    ASSERT_EQ(allowed("admin", "192.0.2.1", 2), 2);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(limits.begin("admin", "192.0.2.1")) << i;
        limits.taken_back("admin", "192.0.2.1");
    }
    EXPECT_EQ(allowed("admin", "192.0.2.1", 9), 1) << "the third guess, and then one waits";
    limits.taken_back("admin", "192.0.2.9");
    clock.advance(Milliseconds{1000});
    EXPECT_EQ(allowed("admin", "192.0.2.1", 9), 1);
    EXPECT_EQ(limits.begin("admin", "192.0.2.2").error().detail, "1");
    limits.taken_back("nobody", "192.0.2.77");
}

TEST_F(SignInLimitsTest, AHostOfIpv6IsItsNetwork) {
    int tries = 0;
    for (int i = 0; i < 9; ++i) {
        tries += limits.begin(SignInName::token(), fmt::format("2001:db8:0:7::{:x}", i)) ? 1 : 0;
    }
    EXPECT_EQ(tries, 5);
    EXPECT_TRUE(limits.begin(SignInName::token(), "2001:db8:0:8::1"));
    EXPECT_EQ(allowed("ana", "192.0.2.1", 3) + allowed("eve", "192.0.2.1", 2), 5);
    EXPECT_FALSE(limits.begin("zoe", "::ffff:192.0.2.1")) << "the same host by another listener";
}

TEST_F(SignInLimitsTest, TokensThatHaveEndedKeepNobodyAtTheirAddressOut) {
    int tries = 0;
    for (int i = 0; i < 9; ++i) {
        tries += limits.begin(SignInName::token(), "192.0.2.1") ? 1 : 0;
    }
    EXPECT_EQ(tries, 5);
    EXPECT_TRUE(limits.begin(SignInName::code(), "192.0.2.1")) << "a person who signs in on the page";
    EXPECT_TRUE(limits.begin("ana", "192.0.2.1"));
    EXPECT_TRUE(limits.begin(SignInName::client("edge", "192.0.2.1"), "192.0.2.1")) << "the runtime there";
    limits.taken_back(SignInName::token(), "192.0.2.1");
    EXPECT_TRUE(limits.begin(SignInName::token(), "192.0.2.1"));
}

TEST(SignInLimits, WhatStrangersBeginKeepsNobodyOut) {
    fakes::FakeClock clock;
    SignInLimits limits{clock};
    const auto network = [](int i) { return fmt::format("2001:db8:{:x}:{:x}::1", i / 256, i % 256); };
    for (int i = 0; i < 5001; ++i) {
        ASSERT_TRUE(limits.begin(SignInName::device(), network(i))) << i;
    }
    EXPECT_TRUE(limits.begin(SignInName::code(), "192.0.2.7"));
    EXPECT_TRUE(limits.begin("ana", "192.0.2.7"));
    EXPECT_TRUE(limits.begin(SignInName::device(), "192.0.2.7"));
    for (int i = 0; i < 10001; ++i) {
        ASSERT_TRUE(limits.begin(fmt::format("name-{}", i), network(i))) << i;
    }
    EXPECT_TRUE(limits.begin("eve", "192.0.2.9"));
}

TEST(SignInLimits, NoNameOfAPersonCountsForAClientOrADevice) {
    fakes::FakeClock clock;
    SignInLimits limits{clock};
    for (const auto* name : {"edge\n192.0.2.1", "4:edge@192.0.2.1", "c:4:edge@192.0.2.1", "device of 192.0.2.1", "d:192.0.2.1", "p:192.0.2.1"}) {
        for (int i = 0; i < 7; ++i) {
            (void)limits.begin(name, fmt::format("198.51.100.{}", i));
        }
    }
    EXPECT_TRUE(limits.begin(SignInName::client("edge", "192.0.2.1"), "192.0.2.1"));
    EXPECT_TRUE(limits.begin(SignInName::device(), "192.0.2.1"));
    EXPECT_EQ(SignInName::client("a@b", "c").key() == SignInName::client("a", "b@c").key(), false);
}

}  // namespace
}  // namespace slipway::identity
