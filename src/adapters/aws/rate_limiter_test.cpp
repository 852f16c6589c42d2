#include "adapters/aws/rate_limiter.hpp"

#include <algorithm>
#include <array>
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
    rate.give_back(kStart + 2000ms);
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

TEST(AdaptiveRate, APlaceFromBeforeAThrottleDoesNotStand) {
    AdaptiveRate rate{10};
    for (int i = 0; i < 5; ++i) {
        rate.take(kStart, false);
    }
    EXPECT_TRUE(rate.stands(kStart));
    rate.throttled(kStart + 100ms, kStart + 50ms);
    EXPECT_FALSE(rate.stands(kStart)) << "four places wait a tenth of a second apart";
    rate.give_back(kStart);
    EXPECT_EQ(rate.take(kStart + 100ms, false), 143ms) << "they are all free again, at seven a second";
    EXPECT_TRUE(rate.stands(kStart + 100ms));
}

TEST(AdaptiveRate, EightCallersTogetherSettleToo) {
    AdaptiveRate rate{0};
    struct Caller {
        Steady due{kStart};
        Steady reserved{kStart};
        bool waits{false};
    };
    std::array<Caller, 8> callers;
    double server = 2;
    auto refilled = kStart;
    int calls = 0;
    int throttles = 0;
    while (true) {
        auto& next = *std::ranges::min_element(callers, {}, &Caller::due);
        const auto now = next.due;
        if (now > kStart + 10min) {
            break;
        }
        if (!next.waits || !rate.stands(next.reserved)) {
            next = {.due = now + rate.take(now, false), .reserved = now, .waits = true};
            continue;
        }
        server = std::min(2.0, server + std::chrono::duration<double>(now - refilled).count() * 2);
        refilled = now;
        const bool refused = server < 1;
        server -= refused ? 0 : 1;
        if (refused) {
            rate.throttled(now, now);
        } else {
            rate.succeeded(now);
        }
        if (now >= kStart + 10s) {
            ++calls;
            throttles += refused ? 1 : 0;
        }
        next = {.due = now + (refused ? 700ms : 5ms)};
    }
    EXPECT_LE(throttles * 50, calls) << throttles << " of " << calls << " under two a second";
    EXPECT_GE(calls, 2 * 590 * 0.7);
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
    limiter.give_back("CreateModel", kStart);
    EXPECT_EQ(limiter.take("CreateModel", kStart, false), 1000ms);
    EXPECT_EQ(StartRates{}.of("DescribeModel"), 10);
    EXPECT_EQ(StartRates{}.of("Search"), 5);
    EXPECT_EQ(StartRates{}.of("StopTransformJob"), 5);
}

TEST(RateLimiter, LetsAnOperationBeginAsFastAsTheThrottledOnesCanGo) {
    RateLimiter limiter{StartRates::unlimited()};
    auto now = kStart;
    EXPECT_EQ(limiter.take("ListTags", now, false), 0ms);
    for (int i = 0; i < 8; ++i) {
        now += 500ms + limiter.take("DescribeTransformJob", now, false);
        limiter.throttled("DescribeTransformJob", now, now);
    }
    for (const auto* const operation : {"DescribeEndpointConfig", "ListTags"}) {
        EXPECT_EQ(limiter.take(operation, now, false), 0ms);
        EXPECT_GE(limiter.take(operation, now, false), 400ms) << operation << ": not sixteen at once into the same wall";
    }
    EXPECT_EQ(limiter.take("DescribeModel", now + 2min, false), 0ms);
    EXPECT_EQ(limiter.take("DescribeModel", now + 2min, false), 0ms) << "that was long ago";
}

TEST(RateLimiter, LeavesAloneWhatWentOnWhileAnotherWasThrottled) {
    RateLimiter limiter{StartRates::unlimited()};
    auto now = kStart;
    for (int i = 0; i < 100; ++i, now += 10ms) {
        EXPECT_EQ(limiter.take("DescribeModel", now, false), 0ms);
        if (i == 50) {
            limiter.throttled("ListTrainingJobs", now, now);
        }
    }
}

TEST(RateLimiter, TakesAtAwsItselfNoMoreFromAnOperationThanAnotherHadToGiveUp) {
    RateLimiter limiter{StartRates{}};
    static_cast<void>(limiter.take("ListTrainingJobs", kStart, false));
    limiter.throttled("ListTrainingJobs", kStart, kStart);  // from 2 to 1.4 a second
    int at_once = 0;
    while (limiter.take("DescribeModel", kStart, false) == 0ms) {
        ++at_once;
    }
    EXPECT_EQ(at_once, 1);
    EXPECT_EQ(limiter.take("DescribeModel", kStart, false), 286ms) << "seven a second, of ten";
}

}  // namespace
}  // namespace slipway::aws
