#include "identity/provider_waits.hpp"

#include <gtest/gtest.h>

#include "fakes/provider_crowd.hpp"

namespace slipway::identity {
namespace {

TEST(ProviderWaits, BeyondTheMostNobodyWaitsAndWhoGoesLeavesAPlace) {
    ProviderWaits waits;
    {
        const fakes::ProviderCrowd crowd{waits};
        const auto refused = waits.enter();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
        EXPECT_EQ(refused.error().reason, "BUSY");
        EXPECT_TRUE(refused.error().message.contains("identity provider does not answer fast enough")) << "it says why";
        EXPECT_EQ(waits.now(), ProviderWaits::kMost);
        const auto must = waits.enter_anyway();
        EXPECT_EQ(waits.now(), ProviderWaits::kMost + 1);
    }
    EXPECT_EQ(waits.now(), 0);
    EXPECT_TRUE(waits.enter());
}

TEST(ProviderWaits, AThreadCountsOnce) {
    ProviderWaits waits;
    const fakes::ProviderCrowd crowd{waits, ProviderWaits::kMost - 1};
    {
        const auto outer = waits.enter();
        ASSERT_TRUE(outer);
        {
            const auto inner = waits.enter();
            EXPECT_TRUE(inner) << "it waits already";
            const auto must = waits.enter_anyway();
            EXPECT_EQ(waits.now(), ProviderWaits::kMost);
        }
        EXPECT_EQ(waits.now(), ProviderWaits::kMost) << "the inner ones were none";
    }
    EXPECT_EQ(waits.now(), ProviderWaits::kMost - 1);
}

}  // namespace
}  // namespace slipway::identity
