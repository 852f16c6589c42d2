#include "adapters/aws/retry.hpp"

#include <gtest/gtest.h>

namespace slipway::aws {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesToTwentySeconds) {
    EXPECT_EQ(backoff(0, false, 1.0, {}), 50ms);
    EXPECT_EQ(backoff(3, false, 1.0, {}), 400ms);
    EXPECT_EQ(backoff(0, true, 0.5, {}), 500ms);
    EXPECT_EQ(backoff(3, true, 1.0, {}), 8s);
    EXPECT_EQ(backoff(60, true, 1.0, {}), 20s);
    EXPECT_EQ(backoff(5, true, 0.0, {}), 0ms);
}

TEST(Backoff, FollowsTheServerWithinFiveSeconds) {
    EXPECT_EQ(backoff(0, true, 0.5, 2s), 2s);
    EXPECT_EQ(backoff(0, true, 0.5, 100ms), 500ms) << "never sooner than ours";
    EXPECT_EQ(backoff(0, true, 0.5, 1h), 5500ms);
}

TEST(RetryHint, ReadsBothHeadersAndNoNonsense) {
    const auto hint = [](HttpHeaders headers) { return retry_hint({.status = 503, .headers = std::move(headers), .body = {}}); };
    EXPECT_EQ(hint({{"x-amz-retry-after", "1500"}, {"retry-after", "9"}}), 1500ms);
    EXPECT_EQ(hint({{"retry-after", "9"}}), 9s);
    for (const auto* text : {"", "-1", "soon", "99999999999999999999", "1.5", "Wed, 25 Nov 2026 20:12:25 GMT"}) {
        EXPECT_EQ(hint({{"retry-after", text}}), std::nullopt) << text;
    }
}

TEST(RetryQuota, EndsWhenRetriesDoNotHelpAndComesBackWithSuccess) {
    RetryQuota quota;
    int paid = 0;
    while (quota.take(RetryQuota::cost_of(false))) {
        ++paid;
    }
    EXPECT_EQ(paid, 35);
    EXPECT_TRUE(quota.take(RetryQuota::cost_of(true)));
    EXPECT_TRUE(quota.take(RetryQuota::cost_of(true)));
    EXPECT_FALSE(quota.take(1));
    quota.give(3);
    EXPECT_TRUE(quota.take(3));
    quota.give(100000);
    EXPECT_TRUE(quota.take(500));
    EXPECT_FALSE(quota.take(1));
}

TEST(HttpDate, ReadsThePreferredForm) {
    EXPECT_EQ(from_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), *from_iso("1994-11-06T08:49:37Z"));
    for (const auto* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                             "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC"}) {
        EXPECT_EQ(from_http_date(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace slipway::aws
