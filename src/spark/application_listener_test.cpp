#include "spark/application_listener.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/spark_peers.hpp"

namespace slipway::spark {
namespace {

class ApplicationListenerTest : public testing::Test {
protected:
    void tick(int times = 1) {
        for (int i = 0; i < times; ++i) {
            clock.advance(Milliseconds{5000});
            listener.tick();
        }
    }
    using States = std::vector<std::string>;

    fakes::FakeRegistry registry;
    fakes::FakeCluster cluster;
    fakes::FakeClock clock;
    std::size_t in_flight{0};
    ApplicationListener listener{{registry, cluster, clock, [this] { return in_flight; }},
                                 {.runtime_id = "r", .instance_id = "i", .name = "spark", .group = "g", .document = {}}};
};

TEST_F(ApplicationListenerTest, EnrolsOnceTheClusterIsWellAndThenSaysThatItLives) {
    cluster.away = true;
    tick();
    EXPECT_FALSE(registry.enrolled);
    cluster.away = false;
    tick();
    EXPECT_TRUE(registry.enrolled);
    EXPECT_TRUE(listener.may_claim());
    EXPECT_EQ(registry.states, States{"ONLINE"});
    tick();
    EXPECT_EQ(registry.states.size(), 1U);  // every ten seconds
    tick();
    EXPECT_EQ(registry.states.size(), 2U);
}

TEST_F(ApplicationListenerTest, ALostClusterTakesItOutAndItComesBackByItself) {
    tick(2);
    cluster.away = true;
    tick(5);
    EXPECT_FALSE(listener.may_claim());
    EXPECT_EQ(registry.states.back(), "REMOVED");
    const auto told = registry.states.size();
    tick(10);
    EXPECT_EQ(registry.states.size(), told);
    cluster.away = false;
    tick(2);
    EXPECT_EQ(registry.states.back(), "ONLINE");
    EXPECT_TRUE(listener.may_claim());
}

TEST_F(ApplicationListenerTest, AServiceThatHangsTakesNoJobsAndSaysSo) {
    std::string trouble;
    ApplicationListener watched{{registry, cluster, clock, [] { return std::size_t{0}; }, [&] { return trouble; }},
                                {.runtime_id = "r", .instance_id = "i", .name = "spark", .group = "g", .document = {}}};
    watched.tick();
    EXPECT_TRUE(watched.may_claim());
    trouble = "The job monitor hangs.";
    EXPECT_FALSE(watched.may_claim());
    watched.tick();
    EXPECT_EQ(registry.states.back(), "OFFLINE");
    trouble.clear();
    watched.tick();
    EXPECT_EQ(registry.states.back(), "ONLINE");
    EXPECT_TRUE(watched.may_claim());
}

TEST_F(ApplicationListenerTest, AFullDiskTakesNoJobsAndSaysSoAtOnceThoughItLives) {
    std::string obstacle;
    ApplicationListener watched{{registry, cluster, clock, [] { return std::size_t{1}; }, {}, [&] { return obstacle; }},
                                {.runtime_id = "r", .instance_id = "i", .name = "spark", .group = "g", .document = {}}};
    watched.tick();
    EXPECT_TRUE(watched.may_claim());
    EXPECT_EQ(registry.reasons.back(), "");
    obstacle = "No free disk space: 3 MiB of 100 MiB are left for /data.";
    EXPECT_FALSE(watched.may_claim());
    watched.tick();
    EXPECT_EQ(registry.states.back(), "ONLINE");
    EXPECT_EQ(registry.reasons.back(), obstacle);
    const auto told = registry.states.size();
    watched.tick();
    EXPECT_EQ(registry.states.size(), told) << "it is known";
    obstacle.clear();
    watched.tick();
    EXPECT_EQ(registry.reasons.back(), "");
    EXPECT_TRUE(watched.may_claim());
}

TEST_F(ApplicationListenerTest, OneFailedProbeIsNoReasonWhileJobsAreTaken) {
    tick(2);
    cluster.away = true;
    tick(2);
    EXPECT_TRUE(listener.may_claim());
    EXPECT_EQ(registry.reasons.back(), "");
    tick(3);
    EXPECT_FALSE(listener.may_claim());
    EXPECT_NE(registry.reasons.back(), "");
}

TEST_F(ApplicationListenerTest, WithJobsInFlightItIsOffline) {
    tick(2);
    in_flight = 1;
    cluster.away = true;
    tick(5);
    EXPECT_EQ(registry.states.back(), "OFFLINE");
}

TEST_F(ApplicationListenerTest, AForgottenEnrolmentIsMadeAnew) {
    tick(2);
    registry.enrolled = false;
    tick(2);
    EXPECT_TRUE(registry.enrolled);
    EXPECT_EQ(listener.view().standing, Standing::enrolled);
}

TEST_F(ApplicationListenerTest, UnderATakenNameItDoesNothing) {
    registry.name_in_use = true;
    tick(3);
    EXPECT_EQ(listener.view().standing, Standing::name_in_use);
    EXPECT_FALSE(listener.may_claim());
    registry.name_in_use = false;
    tick(3);
    EXPECT_TRUE(listener.may_claim());
}

/// As the service does: twice a second.
TEST_F(ApplicationListenerTest, ModelManageThatIsAwayIsAskedMoreSeldomAndFillsNoLog) {
    for (const bool taken : {false, true}) {
        registry.away = !taken;
        registry.name_in_use = taken;
        const auto before = registry.enrolments;
        testing::internal::CaptureStderr();
        for (int i = 0; i < 2 * 600; ++i) {
            clock.advance(Milliseconds{500});
            listener.tick();
        }
        const auto lines = testing::internal::GetCapturedStderr();
        EXPECT_LE(registry.enrolments - before, 80U) << lines;
        EXPECT_GE(registry.enrolments - before, 50U);
        EXPECT_LE(std::ranges::count(lines, '\n'), 6) << lines;
        EXPECT_EQ(listener.view().standing, taken ? Standing::name_in_use : Standing::unreachable);
    }
    registry.name_in_use = false;
    for (int i = 0; i < 2 * 13 && !listener.may_claim(); ++i) {
        clock.advance(Milliseconds{500});
        listener.tick();
    }
    EXPECT_TRUE(listener.may_claim()) << "it is back within a pause";
}

TEST_F(ApplicationListenerTest, AModelManageThatHangsIsSeenBeforeItsAnswerIsGivenUp) {
    tick(3);
    clock.advance(Milliseconds{19'000});
    EXPECT_EQ(listener.view().standing, Standing::enrolled);
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(listener.view().standing, Standing::unreachable);
    EXPECT_EQ(listener.view().registry_reason, "It has not answered for 20 s.");
    tick();
    EXPECT_EQ(listener.view().standing, Standing::enrolled);
    EXPECT_EQ(listener.view().registry_reason, "");
}

TEST_F(ApplicationListenerTest, WhoLeavesGivesBackWhatWasNotBegun) {
    std::vector<std::string> given_back;  // the state that was told before
    ApplicationListener leaving{{registry, cluster, clock, [] { return std::size_t{0}; }, {}, {}, [&] { given_back.push_back(registry.states.back()); }},
                                {.runtime_id = "r", .instance_id = "i", .name = "spark", .group = "g", .document = {}}};
    const auto tick = [&] {
        clock.advance(Milliseconds{5000});
        leaving.tick();
    };
    tick();
    EXPECT_TRUE(given_back.empty());
    cluster.away = true;
    for (int i = 0; i < 8; ++i) {
        tick();
    }
    ASSERT_FALSE(given_back.empty()) << "a lost cluster";
    EXPECT_EQ(given_back.front(), "REMOVED");
    cluster.away = false;
    tick();
    given_back.clear();
    tick();
    EXPECT_TRUE(given_back.empty());
    leaving.leave();
    EXPECT_EQ(given_back, States{"REMOVED"});
}

TEST_F(ApplicationListenerTest, LeavesOnce) {
    tick(2);
    listener.leave();
    listener.leave();
    EXPECT_EQ(registry.states, (States{"ONLINE", "REMOVED"}));
}

}  // namespace
}  // namespace slipway::spark
