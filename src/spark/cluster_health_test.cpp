#include "spark/cluster_health.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

Steady at(int seconds) {
    return Steady{std::chrono::seconds{1000 + seconds}};
}

TEST(ClusterHealth, IsUpAtOnceAndDownAfterThreeFailuresOverFifteenSecondsAndUpAgainAfterTwoSuccesses) {
    ClusterHealth health;
    EXPECT_FALSE(health.known());
    EXPECT_FALSE(health.up());
    health.well({}, at(5));
    EXPECT_TRUE(health.up());
    health.ill("away", at(10));
    health.ill("away", at(15));
    health.ill("away", at(20));
    EXPECT_TRUE(health.up());  // three failures, but ten seconds
    health.ill("away", at(25));
    EXPECT_FALSE(health.up());
    EXPECT_TRUE(health.known());
    EXPECT_EQ(health.reason(), "away");
    health.well({}, at(30));
    EXPECT_FALSE(health.up());
    health.well({}, at(35));
    EXPECT_TRUE(health.up());
}

TEST(ClusterHealth, TellsNothingAsItWasOfAClusterThatIsLost) {
    ClusterHealth health;
    const json::object alive{{"manager", "standalone"}, {"master", "spark://m:7077"}, {"status", "ALIVE"}, {"aliveworkers", 4}, {"cores", 8}};
    health.well(alive, at(0));
    health.ill("away", at(5));
    EXPECT_EQ(health.facts(), alive) << "one lost packet";
    health.ill("away", at(10));
    health.ill("away", at(25));
    EXPECT_EQ(health.facts(), (json::object{{"manager", "standalone"}, {"master", "spark://m:7077"}, {"status", "DOWN"}}));
    health.well(alive, at(30));
    health.well(alive, at(35));
    EXPECT_EQ(health.facts(), alive);
}

TEST(ClusterHealth, OneLostPacketTakesNothingOut) {
    ClusterHealth health;
    health.well({}, at(0));
    health.well({}, at(5));
    for (int i = 2; i < 40; ++i) {
        if (i % 3 == 0) {
            health.well({}, at(i * 5));
        } else {
            health.ill("away", at(i * 5));
        }
        EXPECT_TRUE(health.up()) << i;
    }
}

}  // namespace
}  // namespace slipway::spark
