#include "fakes/monitor_fixture.hpp"

namespace slipway::spark {
namespace {

TEST_F(LocalJobTest, AfterARestartNothingIsPreparedOrLaunchedBeforeTheRuntimeIsEnrolled) {
    registry.jobs["j1"].owner = "me";  // claimed, and the service was killed
    const auto known = std::exchange(engine, {});
    cycle(false);
    cycle(false);
    EXPECT_EQ(status("j1"), "CREATED");
    engine = known;
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(LocalJobTest, AfterARestartWhatHasReturnedIsCollectedWithoutAnEnrolment) {
    cycle();
    returns();
    engine.clear();
    make();
    cycle(false);
    cycle(false);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(LocalJobTest, ASupervisorThatDiedBeforeItExecutedAnythingIsStartedAgain) {
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    for (int i = 0; i < 3; ++i) {
        supervisor.processes.clear();
        cycle();
        cycle();
    }
    EXPECT_EQ(supervisor.relaunches.size(), 3U);
    EXPECT_EQ(supervisor.launches.size(), 1U);  // with the files of the first time
    EXPECT_EQ(registry.jobs["j1"].attempts.size(), 1U);
    returns();
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(LocalJobTest, AFolderThatWasTakenAwayIsALostRunAndNoReasonToLaunchAgain) {
    cycle();
    cycle();
    supervisor.processes.clear();
    supervisor.written.clear();
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("taken away")) << registry.jobs["j1"].messages.back();
}

TEST_F(LocalJobTest, AttemptsOfAnotherInstanceAreNeverUsedAgain) {
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = "mmj-old-1", .owner = "other", .released = true},
                                    {.attempt = 2, .tag = "mmj-old-2", .owner = "me", .released = true}};
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(supervisor.launches[0].attempt, 3);
    EXPECT_EQ(registry.jobs["j1"].attempts.back().attempt, 3);
}

TEST_F(LocalJobTest, AJobThatIsTakenFromUsBeforeItsLaunchLeavesNoFolder) {
    registry.jobs["j1"].owner = "me";
    registry.refuse_attempts = true;
    cycle();
    EXPECT_TRUE(monitor_->by_phase().empty());
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
    EXPECT_TRUE(supervisor.launches.empty());
}

TEST_F(LocalJobTest, AJobThatWasGivenToAnotherHostIsStoppedHereAndNobodyIsTold) {
    cycle();
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    registry.jobs["j1"].owner = "other";
    registry.jobs["j1"].document["owner"] = "other";
    const auto pushes = registry.pushes;
    const auto messages = registry.jobs["j1"].messages;
    for (int i = 0; i < 4; ++i) {
        cycle();
    }
    EXPECT_FALSE(supervisor.stops.empty());
    process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
    cycle();
    cycle();
    EXPECT_TRUE(monitor_->by_phase().empty());
    EXPECT_EQ(registry.pushes, pushes);
    EXPECT_EQ(registry.jobs["j1"].messages, messages);
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
}

}  // namespace
}  // namespace slipway::spark
