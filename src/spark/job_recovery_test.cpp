#include <sys/stat.h>

#include "fakes/monitor_fixture.hpp"
#include "spark/job_identity.hpp"

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

TEST_F(LocalJobTest, AFolderThatIsGoneBeforeAnybodyLookedIsNoReasonToLaunchAgainEither) {
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U);
    supervisor.processes.clear();
    supervisor.written.clear();
    std::filesystem::remove_all(dir_ / "jobs" / "j1");
    make();
    for (int i = 0; i < 4; ++i) {
        cycle();
    }
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

TEST_F(LocalJobTest, ASubmissionThatReachedNoClusterIsTriedAgainWithItsWholeLog) {
    cycle();
    for (int attempt = 1; attempt <= 2; ++attempt) {
        ASSERT_EQ(supervisor.launches.size(), static_cast<std::size_t>(attempt)) << testing::PrintToString(registry.jobs["j1"].messages);
        refuses(attempt);
        cycle();
        cycle();
    }
    ASSERT_EQ(registry.jobs["j1"].attempts.size(), 3U) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_EQ(registry.jobs["j1"].attempts[2].tag, job_tag("j1", 3));
    std::ofstream{folder("j1") + "/stdout-3"} << "out 3\n";
    returns(3);
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(registry.jobs["j1"].log[1], "java.net.ConnectException: Connection refused 1\njava.net.ConnectException: Connection refused 2\n");
    EXPECT_EQ(registry.jobs["j1"].log[0], "out 3\n");
    EXPECT_TRUE(has_message("stderr: java.net.ConnectException: Connection refused 1"));
}

TEST_F(LocalJobTest, AfterTheLastAttemptTheJobSaysWhatSparkSubmitSaid) {
    cycle();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        refuses(attempt);
        cycle();
        cycle();
    }
    EXPECT_EQ(supervisor.launches.size(), 3U);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().ends_with("Connection refused 3")) << registry.jobs["j1"].messages.back();
}

TEST_F(LocalJobTest, AnAttemptThatTheJournalDoesNotHaveIsNotLaunched) {
    registry.jobs["j1"].owner = "me";
    journalled({.job_id = "j1", .phase = JobPhase::READY});
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = "mmj-x-1", .owner = "me"}};
    make();
    cycle();
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_EQ(status("j1"), "ERROR");
}

TEST_F(LocalJobTest, AnOldCopyOfTheJournalLaunchesNothingThatHasEnded) {
    for (const auto phase : {JobPhase::READY, JobPhase::LAUNCHING}) {
        auto& job = registry.jobs["j1"];
        job.owner = "me";
        job.status = "COMPLETE";
        job.document["owner"] = "me";
        job.document["jobStatus"] = "COMPLETE";
        job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
        journalled({.job_id = "j1", .phase = phase, .attempt = phase == JobPhase::READY ? 0 : 1, .tag = job_tag("j1", 1)});
        make();
        for (int i = 0; i < 6; ++i) {
            cycle();
        }
        EXPECT_TRUE(supervisor.launches.empty());
        EXPECT_TRUE(monitor_->by_phase().empty());
        EXPECT_TRUE(job.messages.empty()) << testing::PrintToString(job.messages);
    }
}

TEST_F(LocalJobTest, WhatWasDeletedBeforeItsLaunchEndsAndIsNotLaunched) {
    for (const bool adopted : {false, true}) {
        registry.hidden = {"j1"};
        journalled({.job_id = "j1", .phase = JobPhase::LAUNCHING, .attempt = 1, .tag = job_tag("j1", 1), .adopted = adopted});
        make();
        cycles(8);
        EXPECT_TRUE(supervisor.launches.empty());
        EXPECT_TRUE(monitor_->by_phase().empty()) << adopted;
    }
}

TEST_F(LocalJobTest, WhatIsDeletedWhileItIsLaunchedIsStopped) {
    registry.before_attempt = [this](auto&) { registry.hidden = {"j1"}; };
    cycles(4);
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_FALSE(supervisor.stops.empty());
    process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
    cycles(3);
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(LocalJobTest, AServerThatWentBackRunsNothingAgain) {
    cycles(2);
    returns();
    cycles(2);
    ASSERT_EQ(status("j1"), "COMPLETE");
    auto document = registry.jobs["j1"].document;
    document.erase("owner");
    document.erase("jobStatus");
    registry.jobs["j1"] = {.document = document};  // as a backup from before the claim has it
    cycles(4);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(has_message("not run again")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(LocalJobTest, AnAttemptThatAPersonReleasedAfterAServerWentBackIsFollowedByAnother) {
    cycles(2);
    returns();
    cycles(2);
    auto document = registry.jobs["j1"].document;
    document.erase("jobStatus");
    registry.jobs["j1"] = {.document = document, .attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me", .released = true}}};
    cycles(4);
    EXPECT_EQ(supervisor.launches.size(), 2U);
}

TEST_F(LocalJobTest, AnAttemptThatAnotherInstanceRecordedIsNotLaunched) {
    registry.before_attempt = [](fakes::FakeRegistry::Job& job) {  // while the question is under way the job is given to another
        job.owner = "other";
        job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "other"}};
    };
    cycle();
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(LocalJobTest, AJobThatIsHiddenFromUsRunsOn) {
    cycle();
    cycle();
    registry.hidden = {"j1"};
    for (int i = 0; i < 6; ++i) {
        cycle();
    }
    EXPECT_TRUE(supervisor.stops.empty());
    registry.hidden.clear();
    returns();
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(LocalJobTest, AFifoInPlaceOfAReportStopsNobody) {
    cycle();
    const auto path = folder("j1") + "/reports/application-1.json";
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((folder("j1") + "/reports/result-1.json").c_str(), 0600), 0);
    add_job("j2");
    cycle();
    cycle();
    EXPECT_EQ(supervisor.launches.size(), 2U);
}

TEST_F(LocalJobTest, OnlyItsOwnAssetsAreFetched) {
    auto& document = registry.jobs["j1"].document;
    document["inputData"] = json::array{json::object{{"assetType", "FILE"}, {"assetId", "a1"}, {"name", "in.csv"}, {"contentUrl", "/whatever"}}};
    document["custom"] = json::object{{"assetType", "FILE"}, {"assetId", "a2"}, {"contentUrl", "/model-manage/api/jobs/other/credentials"}};
    cycle();
    ASSERT_FALSE(registry.contents.empty());
    for (const auto& asked : registry.contents) {
        EXPECT_EQ(asked, "j1/a1");
    }
}

TEST_F(LocalJobTest, WordsThatAreRefusedEndNoJobNever) {
    registry.wrong_words = [](const json::object& patch) {
        return patch.contains("statusReason") || patch.contains("effectiveCommand") ? "No such text." : "";
    };
    cycle();
    returns();
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(monitor_->by_phase().empty());
    EXPECT_TRUE(has_message("did not take everything"));
}

TEST_F(LocalJobTest, WhatIsToldIsFitToBeTold) {
    registry.wrong_words = [](const json::object& patch) {
        const auto text = json::write(patch);
        return text.size() > (64U << 10) || text.contains("\\u0000") || text.contains("javascript") ? "Unfit." : "";
    };
    auto& assets = registry.jobs["j1"].document["model"].at("storedModel").at("modelAssets").as_array();
    for (int i = 0; i < 1000; ++i) {
        assets.push_back(json::object{{"assetType", "FILE"}, {"name", fmt::format("a-rather-long-name-{}.txt", i)}, {"fileContent", "eA=="}});
    }
    cycle();
    const auto& tag = registry.jobs["j1"].attempts.at(0).tag;
    std::ofstream{folder("j1") + "/reports/application-1.json"} << "{\"tag\":\"" << tag
                                                                << "\",\"applications\":[{\"id\":\"a\\u0000b\",\"trackingUrl\":\"javascript:x\"}]}";
    std::ofstream{folder("j1") + "/reports/result-1.json"} << "{\"version\":1,\"tag\":\"" << tag
                                                           << "\",\"outcome\":\"raised\",\"error\":{\"type\":\"ValueError\",\"message\":\"a\\u0000b\"}}";
    process() = {.phase = ProcessReport::Phase::ended, .exit_code = 1};
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_FALSE(has_message("did not take everything")) << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(LocalJobTest, ATestResultThatIsRefusedIsSaid) {
    registry.refuse_test_results = ErrorCode::invalid_argument;
    registry.jobs["j1"].document["jobType"] = "MODEL_BATCH_TEST_JOB";
    registry.jobs["j1"].document["model"].at("storedModel").at("modelAssets").as_array()[0].as_object()["sourceCode"] =
        "# modelop.metrics\ndef m(a, b, c): pass\n";
    cycle();
    returns(1, R"(,"values":[{"auc":1}])");
    cycle();
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(has_message("did not take the test result"));
}

TEST_F(JobMonitorTest, APlaceForFilesThatCannotBeUsedIsSaid) {
    add_job("j1");
    registry.jobs["j1"].document["inputData"] = json::array{json::object{{"assetType", "FILE"}, {"name", "in.csv"}, {"fileContent", "eA=="}}};
    store.refusal = Error{ErrorCode::unavailable, "HDFS", "The NameNode is away.", {}, {}};
    cycle();
    EXPECT_TRUE(has_message("The NameNode is away."));
    cycle();
    EXPECT_EQ(std::ranges::count_if(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("NameNode"); }), 1);
    store.refusal = Error{ErrorCode::forbidden, "FORBIDDEN", "dr.who may not.", {}, {}};
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("dr.who may not."));
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

TEST_F(LocalJobTest, KeysAreGoneFromTheDiskOnceSparkHasReadThem) {
    registry.jobs["j1"].document["jobParameters"] = json::object{{"spark.my.secret.key", "CANARY"}};
    cycle();
    cycle();
    EXPECT_TRUE(std::filesystem::exists(folder("j1") + "/attempt-1.conf"));
    std::ofstream{folder("j1") + "/reports/application-1.json"} << fmt::format(R"({{"version":1,"tag":"{}","applications":[]}})", job_tag("j1", 1));
    cycle();
    EXPECT_FALSE(std::filesystem::exists(folder("j1") + "/attempt-1.conf"));
}

TEST_F(LocalJobTest, WhatIsBeingStoppedIsToldSoNowAndThen) {
    cycle();
    cycle();
    registry.jobs["j1"].cancel_requested = true;
    cycle();
    const auto stops = supervisor.stops.size();
    EXPECT_GE(stops, 1U);
    for (int i = 0; i < 40; ++i) {
        clock_.advance(Milliseconds{100});
        monitor_->glance(true);
        monitor_->wait_until_idle();
    }
    EXPECT_EQ(supervisor.stops.size(), stops);
    cycle();
    EXPECT_EQ(supervisor.stops.size(), stops + 1);
}

}  // namespace
}  // namespace slipway::spark
