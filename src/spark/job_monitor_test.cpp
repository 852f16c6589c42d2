#include "fakes/monitor_fixture.hpp"

namespace slipway::spark {
namespace {

TEST_F(JobMonitorTest, AJobGoesItsWayOnce) {
    add_job("j1");
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_EQ(registry.jobs["j1"].owner, "me");
    EXPECT_EQ(registry.jobs["j1"].attempts.size(), 1U);
    cycle();
    EXPECT_EQ(status("j1"), "WAITING");

    ends("j1", 0);
    cluster.applications = {{.id = "application_1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    EXPECT_EQ(status("j1"), "RUNNING");
    EXPECT_EQ(registry.jobs["j1"].document["sparkApplication"].at("id"), "application_1");

    cluster.applications[0].state = ApplicationState::finished;
    store.files["mem:/stage/j1/result-1.json"] =
        "{\"version\":1,\"tag\":\"" + registry.jobs["j1"].attempts[0].tag + "\",\"outcome\":\"returned\",\"exitCode\":0}";
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
    EXPECT_TRUE(std::ranges::any_of(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("Spark application id: application_1"); }));
}

TEST_F(JobMonitorTest, NothingIsPushedWhenNothingChanged) {
    add_job("j1");
    cycle();
    cycle();
    const auto pushes = registry.pushes;
    for (int i = 0; i < 5; ++i) {
        cycle();
    }
    EXPECT_EQ(registry.pushes, pushes);
}

TEST_F(JobMonitorTest, ABadModelEndsWithItsReasonAndLaunchesNothing) {
    add_job("j1", "def unmarked(): pass\n");
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("# modelop.score")) << registry.jobs["j1"].messages.back();
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
}

TEST_F(JobMonitorTest, WithoutAClusterNothingIsTaken) {
    add_job("j1");
    cycle(false);
    EXPECT_EQ(registry.jobs["j1"].owner, "");
    EXPECT_EQ(cluster.reports, 0U);
}

TEST_F(JobMonitorTest, SomebodyElsesJobIsLeftAlone) {
    add_job("j1");
    registry.jobs["j1"].owner = "other";
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(JobMonitorTest, ARestartFollowsWithoutLaunchingAgain) {
    add_job("j1");
    cycle();
    make();
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j1"), "WAITING");
}

TEST_F(JobMonitorTest, AClaimThatWasNotJournalledIsTakenUp) {
    add_job("j1");
    registry.jobs["j1"].owner = "me";
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
    cycle();
    const auto& messages = registry.jobs["j1"].messages;
    EXPECT_EQ(std::ranges::count_if(messages, [](const std::string& line) { return line.starts_with("Taken by runtime"); }), 1)
        << testing::PrintToString(messages);
}

TEST_F(JobMonitorTest, ALostJournalLaunchesNothingThatWasRecorded) {
    add_job("j1");
    registry.jobs["j1"].owner = "me";
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = "mmj-x-1", .owner = "me"}};
    cluster.applications = {{.id = "application_9", .tag = "mmj-x-1", .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_EQ(status("j1"), "RUNNING");
}

TEST_F(JobMonitorTest, ModelManageAwayLosesNothing) {
    add_job("j1");
    cycle();
    cycle();
    registry.away = true;
    ends("j1", 0);
    cluster.applications = {
        {.id = "a", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::failed, .word = "FAILED", .diagnostics = "User class threw"}};
    cycle();
    EXPECT_EQ(status("j1"), "WAITING");
    registry.away = false;
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("User class threw"));
}

TEST_F(JobMonitorTest, CancelBeforeTheLaunchAndWhileItRuns) {
    add_job("j1");
    registry.jobs["j1"].cancel_requested = true;
    cycle();
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_TRUE(supervisor.launches.empty());

    add_job("j2");
    cycle();
    const auto tag = registry.jobs["j2"].attempts.at(0).tag;
    ends("j2", 0);
    cluster.applications = {{.id = "a2", .tag = tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    registry.jobs["j2"].cancel_requested = true;
    cycle();
    EXPECT_EQ(cluster.kills, std::vector<std::string>{tag});
    cluster.applications[0].state = ApplicationState::killed;
    cycle();
    cycle();
    EXPECT_EQ(status("j2"), "CANCELLED");
}

TEST_F(JobMonitorTest, ManyJobsCostOneQuestionEach) {
    cluster.local_driver = true;
    make();
    for (int i = 0; i < 4; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 4U);
    const auto reports = cluster.reports;
    const auto questions = registry.work_questions;
    cycle();
    EXPECT_EQ(cluster.reports, reports + 1);
    EXPECT_EQ(registry.work_questions, questions + 1);
}

TEST_F(JobMonitorTest, SubmissionsWaitForASlot) {
    for (int i = 0; i < 6; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 4U);
    for (int i = 0; i < 6; ++i) {
        cluster.applications.push_back({.id = "a" + std::to_string(i), .tag = "", .state = ApplicationState::running, .word = "RUNNING"});
    }
    for (auto& [id, job] : registry.jobs) {
        if (!job.attempts.empty()) {
            cluster.applications[static_cast<std::size_t>(id[1] - '0')].tag = job.attempts[0].tag;
            ends(id, 0);
        }
    }
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 6U);
}

TEST_F(JobMonitorTest, AClusterModeLogIsFollowedWhileItRuns) {
    add_job("j1");
    cycle();
    ends("j1", 0);
    cluster.applications = {{.id = "a1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cluster.logs[{"a1", LogStream::stdout_log}] = "one\n";
    cycle();
    cycle();
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\n");
    cluster.logs[{"a1", LogStream::stdout_log}] += "two\n";
    cycle();
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\ntwo\n");
    const auto asked = cluster.log_questions;
    for (int i = 0; i < 20; ++i) {
        clock_.advance(Milliseconds{1000});
        monitor_->tick(true);
        monitor_->wait_until_idle();
    }
    EXPECT_LT(cluster.log_questions - asked, 12U);  // ever more seldom
}

TEST_F(JobMonitorTest, OfAClusterModeLogBeyondAllReadingBeginningAndEndAreKept) {
    add_job("j1");
    cycle();
    ends("j1", 0);
    cluster.applications = {{.id = "a1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    auto& log = cluster.logs[{"a1", LogStream::stdout_log}];
    log = "first\n" + std::string(48U << 20, '.') + "\nlast\n";
    cycle();
    cycle();
    ASSERT_EQ(status("j1"), "RUNNING");
    cluster.applications[0].state = ApplicationState::failed;
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    const std::string_view kept = registry.jobs["j1"].log[0];
    EXPECT_TRUE(kept.starts_with("first\n"));
    EXPECT_TRUE(kept.contains("bytes are left out here"));
    EXPECT_TRUE(kept.substr(kept.size() - 16).contains("\nlast\n"));
    EXPECT_FALSE(kept.contains('\0'));
    EXPECT_TRUE(has_message("stdout: last"));
    EXPECT_LE(cluster.log_questions, 50U) << "the middle is not read";
}

TEST_F(JobMonitorTest, LogsOfManyJobsCostEachCycleAFewQuestions) {
    for (int i = 0; i < 4; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    for (auto& [id, job] : registry.jobs) {
        ends(id, 0);
        cluster.applications.push_back({.id = "a" + id, .tag = job.attempts.at(0).tag, .state = ApplicationState::running, .word = "RUNNING"});
    }
    cycle();
    const auto asked = cluster.log_questions;
    cycle();
    EXPECT_LE(cluster.log_questions - asked, 8U);
}

class CaptureTest : public LocalJobTest {
protected:
    void runs_with(bool captures) {
        monitor_.reset();
        auto changed = settings();
        changed.capture_output = captures;
        monitor_ = std::make_unique<JobMonitor>(ports(), changed, metrics_);
        EXPECT_TRUE(monitor_->recover());
        cycle();
        std::ofstream{folder("j1") + "/stdout-1"} << "a row of people's data\n";
        std::ofstream{folder("j1") + "/stderr-1"} << "a row of the log\n";
        returns();
        cycles(2);
        EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
        EXPECT_EQ(has_message("stdout: a row of people's data"), captures);
        EXPECT_EQ(has_message("stderr: a row of the log"), captures);
        EXPECT_FALSE(registry.jobs["j1"].messages.empty()) << "the reason is said in either case";
        EXPECT_FALSE(registry.jobs["j1"].log[0].empty()) << "and the log is kept";
    }
};

TEST_F(CaptureTest, WhatTheModelPrintsIsAMessage) {
    runs_with(true);
}

TEST_F(CaptureTest, WhereItIsSwitchedOffNothingOfTheOutputIsAMessage) {
    runs_with(false);
}

TEST_F(LocalJobTest, WhatTheOwnerOpenedReachesSparkAndNothingElseDoes) {
    const auto launched_with = [&](std::string_view option) {
        registry.jobs.clear();
        EXPECT_TRUE(journal_->forget("j1"));
        supervisor.processes.clear();
        supervisor.launches.clear();
        make();
        add_job("j1");
        registry.jobs["j1"].document["jobParameters"] = {{"spark.yarn.dist.files", "hdfs:/a.txt"}};
        cycle();
        return !supervisor.launches.empty() && std::ranges::any_of(supervisor.launches.back().arguments, [&](const auto& one) { return one == option; });
    };
    EXPECT_FALSE(launched_with("spark.yarn.dist.files=hdfs:/a.txt"));
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(has_message("openedOptions")) << testing::PrintToString(registry.jobs["j1"].messages);
    opened_options = {"spark.yarn.dist.files"};
    EXPECT_TRUE(launched_with("spark.yarn.dist.files=hdfs:/a.txt")) << testing::PrintToString(supervisor.launches.back().arguments);
}

}  // namespace
}  // namespace slipway::spark
