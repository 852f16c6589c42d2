#include "fakes/monitor_fixture.hpp"
#include "spark/job_folder.hpp"

/// A cancel of what seems not to be launched: nothing is executed behind it, and what was executed is not called unlaunched.
namespace slipway::spark {
namespace {

/// Launched by a service whose journal was younger than the one that was put back; then somebody cancels it.
class UnlaunchedByTheJournalTest : public LocalJobTest, public testing::WithParamInterface<JobPhase> {
protected:
    UnlaunchedByTheJournalTest() {
        cycles(2);
        EXPECT_EQ(supervisor.launches.size(), 1U);
    }
    ~UnlaunchedByTheJournalTest() override {
        EXPECT_FALSE(has_message("before it was launched")) << testing::PrintToString(registry.jobs["j1"].messages);
        EXPECT_EQ(supervisor.launches.size(), 1U);
        EXPECT_TRUE(monitor_->by_phase().empty());
    }
    void is_cancelled() {
        registry.jobs["j1"].cancel_requested = true;
        monitor_.reset();
        journalled({.job_id = "j1", .phase = GetParam()});
        make();
        cycles(6);
    }
};
INSTANTIATE_TEST_SUITE_P(Phases, UnlaunchedByTheJournalTest, testing::Values(JobPhase::PREPARING, JobPhase::READY));

TEST_P(UnlaunchedByTheJournalTest, ItIsStoppedFirst) {
    is_cancelled();
    EXPECT_FALSE(supervisor.stops.empty());
    EXPECT_NE(status("j1"), "CANCELLED");
    process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
    cycles(4);
    EXPECT_EQ(status("j1"), "CANCELLED");
}

TEST_P(UnlaunchedByTheJournalTest, WhatHasReturnedIsComplete) {
    returns();
    is_cancelled();
    EXPECT_EQ(status("j1"), "COMPLETE");
}

/// Started, and so slow that it has not come to its first file yet: then the cancel comes.
class SlowSupervisorTest : public LocalJobTest {
protected:
    SlowSupervisorTest() {
        supervisor.slow = true;
        cycle();
        EXPECT_EQ(supervisor.launches.size(), 1U);
        make();  // whose child it is no more
        registry.jobs["j1"].cancel_requested = true;
    }
    std::string held() const { return folder("j1") + "/attempt-1.held"; }
};

TEST_F(SlowSupervisorTest, NothingIsExecutedAfterACancelBeforeTheLaunch) {
    ASSERT_TRUE(std::filesystem::exists(held()));
    bool may_begin = true;
    registry.wrong_words = [&](const json::object& patch) {
        const auto* told = patch.if_contains("jobStatus");
        may_begin = told != nullptr && *told == "CANCELLED" ? std::filesystem::exists(held()) : may_begin;
        return std::string{};
    };
    cycles(6);
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_TRUE(has_message("before it was launched")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_FALSE(may_begin) << "the supervisor would find the word that nothing was executed, and execute it";
}

TEST_F(SlowSupervisorTest, WhatBeginsInThatMomentIsStoppedAndToldTruly) {
    supervisor.after_look = [this](const std::string&, int) {
        std::filesystem::remove(held());
        process() = {.phase = ProcessReport::Phase::running};
    };
    cycles(4);
    EXPECT_FALSE(supervisor.stops.empty());
    process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
    cycles(4);
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_FALSE(has_message("before it was launched")) << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(SlowSupervisorTest, WhatWasWithdrawnIsNotCalledLaunchedAfterAKill) {
    ASSERT_TRUE(*JobFolder(dir_.string() + "/jobs", "j1").withdraw(1));  // then the service is killed
    make();
    cycles(6);
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_TRUE(has_message("before it was launched")) << testing::PrintToString(registry.jobs["j1"].messages);
}

}  // namespace
}  // namespace slipway::spark
