#include "adapters/oidc/questions.hpp"

#include <atomic>
#include <future>
#include <gmock/gmock.h>

#include "fakes/provider_crowd.hpp"
#include "fakes/provider_fixture.hpp"

namespace slipway::oidc {
namespace {

using fakes::FakeOpenId;
using fakes::ProviderTest;

TEST_F(ProviderTest, WhoSendsMadeUpTokensIsSlowedByAddress) {
    ask_about_opaque_ones();
    const auto from = [&](const std::string& token, const std::string& peer) {
        const auto who = provider->authenticate_from(token, peer);
        return who ? std::string{} : who.error().reason;
    };
    EXPECT_EQ(from("good-1", "192.0.2.1"), "");
    EXPECT_EQ(from("good-2", "192.0.2.1"), "");
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(from("made-up-" + std::to_string(i), "192.0.2.1"), "TOKEN_INVALID");
    }
    EXPECT_EQ(idp.asked("/introspect"), 22);
    EXPECT_EQ(from("made-up-20", "192.0.2.1"), "TOO_MANY_ATTEMPTS");
    EXPECT_EQ(from("good-3", "192.0.2.1"), "TOO_MANY_ATTEMPTS") << "nobody knows yet that it is good";
    EXPECT_EQ(idp.asked("/introspect"), 22);
    EXPECT_EQ(provider->authenticate_from("made-up-20", "192.0.2.1").error().detail, "1");
    EXPECT_EQ(from("good-4", "192.0.2.2"), "") << "another address";
    EXPECT_EQ(from(idp.token(), "192.0.2.1"), "") << "a signature that is right is no guess";
    idp.clock.advance(std::chrono::seconds{1});
    EXPECT_EQ(from("made-up-21", "192.0.2.1"), "TOKEN_INVALID") << "one more each second";
    EXPECT_EQ(from("made-up-22", "192.0.2.1"), "TOO_MANY_ATTEMPTS");
    for (int i = 0; i < 31; ++i) {
        idp.clock.advance(std::chrono::seconds{1});
        from("more-" + std::to_string(i), "192.0.2.1");
    }
    EXPECT_EQ(from("more", "192.0.2.1"), "TOO_MANY_ATTEMPTS");
    EXPECT_EQ(from("good-1", "192.0.2.1"), "") << "it was good before, and is asked about anew";
}

TEST_F(ProviderTest, WhoHasAnIpv6NetworkIsSlowedAsOne) {
    ask_about_opaque_ones();
    for (int i = 0; i < Questions::kBadAtOnce; ++i) {
        const auto who = provider->authenticate_from(fmt::format("made-up-{}", i), fmt::format("2001:db8::{:x}", i + 1));
        ASSERT_EQ(who.error().reason, "TOKEN_INVALID") << i;
    }
    const auto asked = idp.asked("/introspect");
    EXPECT_EQ(provider->authenticate_from("made-up", "2001:db8::ffff").error().reason, "TOO_MANY_ATTEMPTS");
    EXPECT_EQ(idp.asked("/introspect"), asked);
    EXPECT_TRUE(provider->authenticate_from("good", "2001:db8:0:1::1")) << "another network";
}

TEST_F(ProviderTest, CheckedTokensDoNotQueueBehindMadeUpOnes) {
    auto wanted = settings();
    wanted.introspection = Introspection::all;
    use(std::move(wanted));
    std::promise<void> answers;
    const auto answered = answers.get_future().share();
    std::atomic<int> held{0};
    idp.on_introspect = [&](const HttpRequest& request) {
        auto claims = idp.claims();
        claims["active"] = !request.body.contains("token=made-up");
        if (request.body.contains("token=made-up")) {
            ++held;
            held.notify_all();
            answered.wait();
        }
        return FakeOpenId::json_answer(claims);
    };
    ASSERT_TRUE(provider->refresh());
    std::vector<std::future<std::string>> strangers;
    for (int i = 0; i < 6; ++i) {
        strangers.push_back(std::async(std::launch::async, [&, i] { return refusal("made-up-" + std::to_string(i)); }));
    }
    for (int now = held; now < Questions::kOfStrangers; now = held) {
        held.wait(now);
    }
    EXPECT_EQ(refusal(idp.token()), "");
    EXPECT_LE(held, Questions::kOfStrangers) << "so many at once, and the others wait for them";
    answers.set_value();
    for (auto& one : strangers) {
        EXPECT_THAT(one.get(), testing::AnyOf("TOKEN_INVALID", "BUSY"));
    }
}

TEST_F(ProviderTest, WhereTooManyWaitForTheProviderOnlyKnownTokensAreServed) {
    ask_about_opaque_ones();
    ASSERT_TRUE(provider->refresh());
    ASSERT_EQ(refusal("good-1"), "");
    const fakes::ProviderCrowd crowd{provider->waits()};
    const auto refused = provider->authenticate("good-2");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "BUSY");
    EXPECT_THAT(refused.error().message, testing::HasSubstr("identity provider does not answer fast enough"));
    EXPECT_EQ(idp.asked("/introspect"), 1);
    EXPECT_EQ(refusal("good-1"), "") << "it was seen before";
    EXPECT_EQ(refusal(idp.token()), "") << "its key is known";
}

/// No memory, say.
TEST(Questions, WhatThrowsGivesItsTurnBack) {
    fakes::FakeClock clock;
    identity::ProviderWaits waits;
    Questions questions{waits, clock, std::chrono::seconds{0}};
    for (int i = 0; i < Questions::kOfStrangers; ++i) {
        EXPECT_THROW((void)questions.ask(true, "192.0.2.1", []() -> Result<int> { throw std::bad_alloc{}; }), std::bad_alloc);
    }
    EXPECT_TRUE(questions.ask(true, "192.0.2.1", []() -> Result<int> { return 1; }));
}

TEST(Questions, WhoComesToALongQueueIsSentAwayAtOnce) {
    fakes::FakeClock clock;
    identity::ProviderWaits waits;
    Questions questions{waits, clock, std::chrono::seconds{60}};
    std::promise<void> answers;
    const auto answered = answers.get_future().share();
    const auto ask = [&](const std::function<void()>& meanwhile) {
        const auto answer = questions.ask(true, "192.0.2.1", [&]() -> Result<int> {
            meanwhile();
            return 1;
        });
        return answer ? std::string{} : answer.error().reason;
    };
    std::vector<std::future<std::string>> others;
    for (int i = 0; i < Questions::kOfStrangers + Questions::kMostStrangersWaiting; ++i) {
        others.push_back(std::async(std::launch::async, ask, [&] { answered.wait(); }));
    }
    while (questions.strangers_waiting() < Questions::kMostStrangersWaiting) {
        std::this_thread::yield();
    }
    EXPECT_EQ(ask([] {}), "BUSY");
    EXPECT_EQ(questions.strangers_waiting(), Questions::kMostStrangersWaiting) << "it did not wait for anybody";
    answers.set_value();
    for (auto& one : others) {
        EXPECT_EQ(one.get(), "");
    }
}

}  // namespace
}  // namespace slipway::oidc
