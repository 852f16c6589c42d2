#include <future>
#include <ranges>

#include "fakes/monitor_fixture.hpp"
#include "spark/job_identity.hpp"

namespace slipway::spark {
namespace {

TEST_F(JobMonitorTest, ARestartTellsNothingThatWasTold) {
    add_job("j1");
    cycle();
    ends("j1", 0);
    cluster.applications = {{.id = "application_1", .tag = registry.jobs["j1"].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"}};
    cycle();
    cycle();
    ASSERT_EQ(status("j1"), "RUNNING");
    const auto pushes = registry.pushes;
    const auto messages = registry.jobs["j1"].messages;
    make();
    cycle();
    cycle();
    EXPECT_EQ(registry.pushes, pushes);
    EXPECT_EQ(registry.jobs["j1"].messages, messages);
}

TEST_F(JobMonitorTest, WhatWasOnlyNotedIsDoneAgainAfterACrash) {
    add_job("j1");
    cycle();
    cycle();
    const auto told = registry.jobs["j1"].messages;
    const auto before = *journal_->find("j1");
    make();  // stops cleanly: what was noted is written
    JournalEntry behind{.record = *before};
    behind.record.pushed_status = "CREATED";
    behind.record.messages_sent = 1;
    behind.record.messages_batch = behind.record.messages_next - 1;
    for (std::int64_t seq = 1; seq < behind.record.messages_next; ++seq) {
        behind.messages.push_back(told[static_cast<std::size_t>(seq - 1)]);
    }
    EXPECT_TRUE(journal_->forget("j1"));
    EXPECT_TRUE(journal_->save(std::span{&behind, 1}, clock_.now()));
    monitor_->stop();
    make();
    cycle();
    EXPECT_EQ(status("j1"), "WAITING");
    EXPECT_EQ(registry.jobs["j1"].messages, told);
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(JobMonitorTest, ThousandsThatRunCostOneQuestionAndNoGlance) {
    for (int i = 0; i < 100; ++i) {
        add_job("j" + std::to_string(i));
    }
    for (int i = 0; i < 60; ++i) {
        cycle();
        for (const auto& [id, job] : registry.jobs) {
            if (!job.attempts.empty()) {
                ends(id, 0);
            }
        }
        cluster.applications.clear();
        for (const auto& [id, job] : registry.jobs) {
            for (const auto& attempt : job.attempts) {
                cluster.applications.push_back({.id = "application_" + id, .tag = attempt.tag, .state = ApplicationState::running, .word = "RUNNING"});
            }
        }
    }
    ASSERT_EQ(monitor_->by_phase()["RUNNING"], 100U);
    EXPECT_FALSE(monitor_->wants_glances());
    const auto questions = cluster.reports;
    const auto pushes = registry.pushes;
    cycle();
    EXPECT_EQ(cluster.reports, questions + 1);
    EXPECT_EQ(cluster.finds, 0U);
    EXPECT_EQ(registry.pushes, pushes);
}

TEST_F(JobMonitorTest, ASubmissionThatHasEndedHoldsNoPlace) {
    for (int i = 0; i < 9; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 4U);
    for (const auto& launch : std::vector{supervisor.launches}) {
        supervisor.processes[fakes::FakeSupervisor::key(launch.folder, 1)] = {.phase = ProcessReport::Phase::ended};
    }
    monitor_->glance(true);  // no cluster is asked: it may not know their applications for a while
    monitor_->wait_until_idle();
    EXPECT_EQ(supervisor.launches.size(), 8U);
}

TEST_F(JobMonitorTest, AWorkerThatFreesAPlaceWakesWhoHandsOut) {
    cluster.name = "standalone";
    cluster.over_rest = true;
    make();
    for (int i = 0; i < 9; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    EXPECT_EQ(cluster.drivers.size(), 4U);
    EXPECT_GT(wakes, 0);
    wakes = 0;
    monitor_->glance(false);
    monitor_->wait_until_idle();
    EXPECT_EQ(wakes, 0) << "nothing may be launched";
}

TEST_F(JobMonitorTest, NoMoreDriversLiveOnThisHostThanItIsSaidToBear) {
    cluster.local_driver = true;
    max_drivers = 2;
    make();
    for (int i = 1; i <= 3; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    cluster.applications.clear();
    for (const auto* id : {"j1", "j2"}) {
        ASSERT_EQ(registry.jobs[id].attempts.size(), 1U);
        cluster.applications.push_back(
            {.id = "app-" + std::string{id}, .tag = registry.jobs[id].attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"});
    }
    cycle();
    cycle();
    EXPECT_EQ(monitor_->by_phase()["RUNNING"], 2U);  // they hold no slot of a submission any more
    EXPECT_EQ(supervisor.launches.size(), 2U);
    EXPECT_EQ(status("j3"), "CREATED");
    EXPECT_EQ(std::ranges::count_if(registry.jobs["j3"].messages, [](const auto& line) { return line.contains("maxRunningDrivers"); }), 1);
    ends("j1", 1);
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 3U);
}

TEST_F(JobMonitorTest, ModelsWithoutSessionHoldNoSlotOfASubmission) {
    cluster.local_driver = true;
    make();
    for (int i = 1; i <= 5; ++i) {
        add_job("j" + std::to_string(i));
    }
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 4U);
    for (int i = 1; i <= 4; ++i) {
        const auto id = "j" + std::to_string(i);
        std::ofstream{folder(id) + "/reports/application-1.json"} << fmt::format(R"({{"version":1,"tag":"{}","applications":[]}})", job_tag(id, 1));
    }
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 5U);
    EXPECT_EQ(status("j1"), "RUNNING");
}

/// Many that run on the cluster, as an earlier service left them.
class ManyJobsTest : public JobMonitorTest {
protected:
    void run_many(int count) {
        for (int i = 0; i < count; ++i) {
            const auto id = fmt::format("j{:03}", i);
            const auto application = "application_" + id;
            add_job(id);
            registry.jobs[id].owner = "me";
            registry.jobs[id].status = "RUNNING";
            journalled({.job_id = id,
                        .phase = JobPhase::RUNNING,
                        .attempt = 1,
                        .tag = job_tag(id, 1),
                        .application_id = application,
                        .pushed_status = "RUNNING",
                        .pushed_application = application + " ",
                        .launched_ms = 1,
                        .running_ms = 1});
            cluster.applications.push_back({.id = application, .tag = job_tag(id, 1), .state = ApplicationState::running, .word = "RUNNING"});
        }
        make();
    }
    std::uint64_t visits_of(const std::function<void()>& what) {
        const auto before = monitor_->visits();
        what();
        monitor_->wait_until_idle();
        return monitor_->visits() - before;
    }
};

constexpr std::uint64_t kTails = 2 * 8;        ///< visits for the logs that one cycle asks for
constexpr std::uint64_t kLooked = kTails + 8;  ///< and for the results

TEST_F(ManyJobsTest, WhatChangesIsVisitedAndNotWhatRuns) {
    run_many(300);
    EXPECT_LE(visits_of([this] { cycle(); }), kLooked) << "a restart";
    EXPECT_LE(visits_of([this] { cycle(); }), kLooked);
    EXPECT_EQ(visits_of([this] { monitor_->glance(true); }), 0U);
    cluster.applications[7].state = ApplicationState::finished;
    registry.jobs["j042"].cancel_requested = true;
    EXPECT_LE(visits_of([this] { cycle(); }), kLooked + 8);
    EXPECT_EQ(cluster.kills, std::vector<std::string>{job_tag("j042", 1)});
    EXPECT_EQ(monitor_->by_phase()["RUNNING"], 299U);
    EXPECT_EQ(monitor_->in_flight(), 300U);
    EXPECT_EQ(cluster.finds, 0U);
}

TEST_F(ManyJobsTest, WhatTheClusterForgetsIsAskedForAloneAndWhatIsTakenIsStopped) {
    run_many(50);
    cycle();
    cluster.applications.erase(cluster.applications.begin() + 3);
    registry.jobs["j010"].owner = "other";
    registry.jobs["j010"].document["owner"] = "other";
    for (int i = 0; i < 4; ++i) {
        cycle();
    }
    EXPECT_GE(cluster.finds, 1U);
    EXPECT_LE(cluster.finds, 5U);
    EXPECT_EQ(cluster.kills.front(), job_tag("j010", 1));
}

TEST_F(ManyJobsTest, WhatIsTakenWhileAWorkerHasItIsStopped) {
    run_many(1);
    cycle();
    std::promise<void> over;
    cluster.before_log = [held = over.get_future().share()] { held.wait(); };
    clock_.advance(Milliseconds{60'000});
    monitor_->tick(true);  // a worker reads its log
    registry.jobs["j000"].owner = "other";
    registry.jobs["j000"].document["owner"] = "other";
    monitor_->tick(true);
    monitor_->tick(true);
    over.set_value();
    monitor_->wait_until_idle();
    for (int i = 0; i < 4; ++i) {
        cycle();
    }
    ASSERT_FALSE(cluster.kills.empty());
    EXPECT_EQ(cluster.kills.front(), job_tag("j000", 1));
}

TEST_F(ManyJobsTest, LogsThatAreFollowedTakeTurns) {
    constexpr std::size_t kJobs = 30;
    constexpr std::size_t kTurns = 4;
    run_many(kJobs);
    for (std::size_t i = 0; i < kTurns * kJobs / (kTails / 2); ++i) {
        for (const auto& application : cluster.applications) {
            cluster.logs[{application.id, LogStream::stdout_log}] += "line\n";
        }
        cycle();
    }
    ASSERT_EQ(cluster.questions_of.size(), kJobs);
    const auto [least, most] = std::ranges::minmax(cluster.questions_of | std::views::values);
    EXPECT_LE(most - least, 2U) << "both streams of one turn";
    EXPECT_GE(least, 2U) << "nobody is left out";
}

TEST_F(ManyJobsTest, LogsAreReadOnlyWhileNobodyWaitsForTheCluster) {
    run_many(40);
    std::promise<void> over;
    cluster.before_log = [held = over.get_future().share()] { held.wait(); };
    for (int i = 0; i < 4; ++i) {
        clock_.advance(Milliseconds{60'000});
        monitor_->tick(true);
    }
    over.set_value();
    monitor_->wait_until_idle();
    EXPECT_GT(cluster.log_questions, 0U);
    EXPECT_LE(cluster.log_questions, kTails) << "both streams of what one cycle asks for";
}

TEST_F(ManyJobsTest, AClusterThatGivesNoLogsHoldsUpNoLaunch) {
    run_many(20);
    std::promise<void> launched;
    const auto launch = launched.get_future().share();
    cluster.before_log = [launch] { EXPECT_EQ(launch.wait_for(std::chrono::seconds{20}), std::future_status::ready); };
    registry.before_attempt = [&](auto&) { launched.set_value(); };
    add_job("new");
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

}  // namespace
}  // namespace slipway::spark
