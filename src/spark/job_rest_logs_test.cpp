#include "fakes/rest_job_fixture.hpp"

/// Logs of drivers that run elsewhere.
namespace slipway::spark {
namespace {

TEST_F(RestJobTest, AClusterThatIsAwayForAMomentCostsNoLogAndOneThatStaysAwayIsSaid) {
    cycle();
    master_says("driver-1", ApplicationState::finished);
    leaves("returned");
    cluster.logs_away = true;
    cycles(2);
    EXPECT_FALSE(has_message("could not be read from the cluster"));
    cluster.logs_away = false;
    cluster.logs[{"driver-1", LogStream::stdout_log}] = "hello\n";
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(has_message("stdout: hello"));
    registry.jobs.clear();
    store.files.clear();
    EXPECT_TRUE(journal_->forget("j1"));
    make();
    add_job("j1");
    leaves("returned");
    cluster.logs_away = true;
    cycles(8);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(has_message("could not be read from the cluster"));
}

TEST_F(RestJobTest, ALogThatTheClusterNoLongerHasIsSaidAndWhereToLook) {
    cycle();
    master_says("driver-1", ApplicationState::finished);
    leaves("returned");
    cluster.before_log = [this] { cluster.applications.clear(); };
    cycles(3);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(has_message("could not be read from the cluster: no log")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("in the folder of driver driver-1 on its worker")) << testing::PrintToString(registry.jobs["j1"].messages);
}

}  // namespace
}  // namespace slipway::spark
