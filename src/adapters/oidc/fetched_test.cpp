#include "adapters/oidc/fetched.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "fakes/fake_clock.hpp"
#include "fakes/provider_crowd.hpp"
#include "fakes/turnstile.hpp"

namespace slipway::oidc {
namespace {

constexpr Milliseconds kPause = std::chrono::seconds{10};

TEST(Fetched, FewWaitForAFetchThatHangsAndTheOthersGoOnWithWhatIsKnown) {
    fakes::FakeClock clock;
    fakes::Turnstile turnstile;
    std::atomic<int> fetches{0};
    identity::ProviderWaits waits;
    Fetched<int> keys{waits, clock, [&]() -> Result<int> {
                          if (++fetches > 1) {
                              turnstile.pass();
                          }
                          return fetches.load();
                      }};
    ASSERT_EQ(*keys.get().value(), 1);
    fakes::Turnstile answered;
    std::vector<std::jthread> callers;
    callers.emplace_back([&] { static_cast<void>(keys.renew(kPause)); });
    EXPECT_TRUE(turnstile.wait_for(1));
    clock.advance(-std::chrono::minutes{1});  // so that none of them loses patience, however slow this machine is
    const int more = 5;
    for (int i = 0; i < Fetched<int>::kMostWaiting + more; ++i) {
        callers.emplace_back([&] {
            EXPECT_TRUE(keys.renew(kPause));
            answered.pass();
        });
    }
    EXPECT_TRUE(answered.wait_for(more));
    EXPECT_EQ(keys.waiting(), Fetched<int>::kMostWaiting);
    answered.open();
    turnstile.open();
    callers.clear();
    EXPECT_EQ(*keys.get().value(), 2);
    EXPECT_EQ(fetches, 2);
}

/// No memory, say: who comes behind fetches, after the pause of any failure, and waits for nobody.
TEST(Fetched, WhatThrowsLeavesNobodyWaiting) {
    fakes::FakeClock clock;
    identity::ProviderWaits waits;
    int fetches = 0;
    Fetched<int> keys{waits, clock, [&]() -> Result<int> { return ++fetches == 1 ? throw std::bad_alloc{} : fetches; }};
    EXPECT_THROW((void)keys.get(), std::bad_alloc);
    EXPECT_EQ(keys.get().error().reason, "IDENTITY_AWAY");
    EXPECT_EQ(keys.facts().trouble, "It broke off.");
    EXPECT_EQ(waits.now(), 0);
    clock.advance(Fetched<int>::kPause);
    EXPECT_EQ(*keys.get().value(), 2);
}

TEST(Fetched, WhereTooManyWaitForTheProviderARequestNeitherFetchesNorWaits) {
    fakes::FakeClock clock;
    identity::ProviderWaits waits;
    int fetches = 0;
    Fetched<int> keys{waits, clock, [&]() -> Result<int> { return ++fetches; }};
    {
        const fakes::ProviderCrowd crowd{waits};
        EXPECT_EQ(keys.get().error().reason, "BUSY");
        EXPECT_EQ(fetches, 0);
        EXPECT_EQ(*keys.refresh().value(), 1) << "the background does for all";
        EXPECT_EQ(*keys.renew(kPause).value(), 1) << "what is known goes on";
        EXPECT_EQ(*keys.renew(Milliseconds{0}).value(), 2) << "who must";
    }
    clock.advance(kPause);
    EXPECT_EQ(*keys.renew(kPause).value(), 3);
}

}  // namespace
}  // namespace slipway::oidc
