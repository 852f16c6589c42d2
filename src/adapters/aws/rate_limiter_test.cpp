#include "adapters/aws/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace slipway::aws {
namespace {

using namespace std::chrono_literals;

constexpr Steady kStart{std::chrono::hours{1}};

/// Calls a service that takes `limit` requests a second for `time`, with one caller. @return calls and throttles after `settled`.
std::pair<int, int> drive(AdaptiveRate& rate, double limit, Milliseconds time, Milliseconds settled) {
    double server_tokens = limit;
    auto now = kStart;
    auto refilled = now;
    int calls = 0;
    int throttles = 0;
    while (now < kStart + time) {
        now += std::max(rate.take(now, false), 5ms);
        server_tokens = std::min(limit, server_tokens + std::chrono::duration<double>(now - refilled).count() * limit);
        refilled = now;
        const bool refused = server_tokens < 1;
        if (refused) {
            rate.throttled(now, now);
        } else {
            server_tokens -= 1;
            rate.succeeded(now);
        }
        if (now >= kStart + settled) {
            ++calls;
            throttles += refused ? 1 : 0;
        }
    }
    return {calls, throttles};
}

TEST(AdaptiveRate, SettlesBelowTheServersLimit) {
    for (const double limit : {2.0, 10.0, 100.0}) {
        for (const double start : {0.0, 2.0}) {
            AdaptiveRate rate{start};
            const auto [calls, throttles] = drive(rate, limit, 10min, 1min);
            EXPECT_LE(throttles * 100, calls * 2) << limit << " from " << start << ": " << throttles << " of " << calls;
            EXPECT_GE(calls, limit * 540 * 0.7) << limit << " from " << start;
        }
    }
}

TEST(AdaptiveRate, SpacesCallsAndLetsABackgroundCallWaitForAllOthers) {
    AdaptiveRate rate{2};
    EXPECT_EQ(rate.take(kStart, false), 0ms);
    EXPECT_EQ(rate.take(kStart, false), 500ms);
    EXPECT_EQ(rate.take(kStart, false), 1000ms);
    EXPECT_EQ(rate.take(kStart, true), 1500ms);
    EXPECT_EQ(rate.take(kStart, true), 1500ms) << "it reserves nothing";
    EXPECT_EQ(rate.take(kStart + 1400ms, false), 100ms) << "a person goes before it";
    EXPECT_EQ(rate.take(kStart + 1500ms, true), 500ms);
    EXPECT_EQ(rate.take(kStart + 2000ms, true), 0ms);
    EXPECT_EQ(rate.take(kStart + 2000ms, false), 500ms);
    rate.give_back();
    EXPECT_EQ(rate.take(kStart + 2000ms, false), 500ms);
}

TEST(AdaptiveRate, HasNoLimitUntilItIsThrottled) {
    AdaptiveRate rate{0};
    auto now = kStart;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(rate.take(now, true), 0ms);
        now += 10ms;
        rate.succeeded(now);
    }
    EXPECT_EQ(rate.rate(), 0);
    rate.throttled(now, now);
    EXPECT_NEAR(rate.rate(), 70, 15) << "seven tenths of what was sent of late";
    EXPECT_GT(rate.take(now, false), 0ms);
}

TEST(AdaptiveRate, ForgetsAThrottleOfLongAgoAlsoWhenItWasIdleSince) {
    AdaptiveRate rate{0};
    rate.take(kStart, false);
    rate.throttled(kStart, kStart);
    EXPECT_LT(rate.rate(), 2) << "little was asked for then";
    auto now = kStart + 5min;
    now += rate.take(now, false);
    rate.succeeded(now);
    for (int i = 0; i < 50; ++i) {
        EXPECT_LT(rate.take(now, false), 20ms) << i;
        now += 20ms;
    }
}

TEST(AdaptiveRate, CountsABurstOfThrottlesOnce) {
    AdaptiveRate rate{10};
    for (int i = 0; i < 16; ++i) {
        rate.throttled(kStart + Milliseconds{100 + i}, kStart);
    }
    EXPECT_DOUBLE_EQ(rate.rate(), 7);
    rate.throttled(kStart + 300ms, kStart + 200ms);
    EXPECT_DOUBLE_EQ(rate.rate(), 4.9);
}

TEST(RateLimiter, KeepsOperationsApart) {
    RateLimiter limiter{StartRates{}};
    EXPECT_EQ(limiter.take("ListModels", kStart, false), 0ms);
    EXPECT_EQ(limiter.take("ListModels", kStart, false), 500ms);
    EXPECT_EQ(limiter.take("ListEndpoints", kStart, false), 0ms);
    EXPECT_EQ(limiter.take("CreateModel", kStart, false), 0ms);
    EXPECT_EQ(limiter.take("CreateModel", kStart, false), 1000ms);
    limiter.give_back("CreateModel");
    EXPECT_EQ(limiter.take("CreateModel", kStart, false), 1000ms);
    EXPECT_EQ(StartRates{}.of("DescribeModel"), 10);
    EXPECT_EQ(StartRates{}.of("Search"), 5);
    EXPECT_EQ(StartRates{}.of("StopTransformJob"), 5);
}

}  // namespace
}  // namespace slipway::aws
