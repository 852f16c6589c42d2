#include "fakes/monitor_fixture.hpp"

/// From the return of the function to the last word: nothing keeps a job from its end, and nothing that passes changes it.
namespace slipway::spark {
namespace {

TEST_F(LocalJobTest, ATestResultThatIsRefusedForWhateverReasonEndsNoJobNever) {
    for (const auto code : {ErrorCode::forbidden, ErrorCode::not_found, ErrorCode::conflict}) {
        registry.jobs.clear();
        EXPECT_TRUE(journal_->forget("j1"));
        supervisor.processes.clear();
        supervisor.written.clear();
        make();
        add_job("j1");
        registry.refuse_test_results = code;
        registry.jobs["j1"].document["jobType"] = "MODEL_BATCH_TEST_JOB";
        registry.jobs["j1"].document["model"].at("storedModel").at("modelAssets").as_array()[0].as_object()["sourceCode"] =
            "# modelop.metrics\ndef m(a, b, c): pass\n";
        cycle();
        returns(1, R"(,"values":[{"auc":1}])");
        cycles(2);
        EXPECT_EQ(status("j1"), "COMPLETE") << to_string(code);
        EXPECT_TRUE(has_message("did not take the test result"));
    }
}

TEST_F(ClusterJobTest, AStoreThatGoesAwayForEverOnceTheFunctionHasReturnedEndsTheJob) {
    runs("j1");
    returned("j1");
    store.reads_left = 1;
    cycles(20);
    EXPECT_EQ(status("j1"), "ERROR") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("The NameNode is away."));
}

TEST_F(ClusterJobTest, ACancelEndsTheWaitForAStore) {
    runs("j1");
    returned("j1");
    store.reads_left = 1;
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING");
    registry.jobs["j1"].cancel_requested = true;
    cycles(2);
    EXPECT_EQ(status("j1"), "ERROR") << testing::PrintToString(registry.jobs["j1"].messages);
}

/// The function has returned, and a thread that nobody ends keeps its JVM alive.
class StubbornDriverTest : public ClusterJobTest {
protected:
    StubbornDriverTest() {
        runs("j1");
        returned("j1");
        says(ApplicationState::running);
        cluster.on_kill = [this] { says(ApplicationState::killed); };
    }
    void says(ApplicationState state) {
        cluster.applications.back().state = state;
        cluster.applications.back().word = "WORD";
    }
};

TEST_F(StubbornDriverTest, IsEndedAndItsResultCounts) {
    cycles(2);
    EXPECT_TRUE(cluster.kills.empty()) << "it may be closing its session";
    cycles(4);
    EXPECT_EQ(cluster.kills.size(), 1U);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("its process goes on"));
}

TEST_F(StubbornDriverTest, IsLeftAloneWhileTheClusterDoesNotAnswer) {
    cycles(2);
    cluster.away = true;
    cycles(6);
    EXPECT_FALSE(has_message("its process goes on"));
    cluster.away = false;
    says(ApplicationState::finished);  // it has closed its session meanwhile
    cycles(3);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_TRUE(cluster.kills.empty());
}

TEST_F(StubbornDriverTest, ItsResultCountsThoughItCannotBeReadWhenItIsEnded) {
    cluster.on_kill = [this] {
        says(ApplicationState::killed);
        store.reads_left = 0;
    };
    cycles(5);
    ASSERT_FALSE(cluster.kills.empty());
    EXPECT_EQ(status("j1"), "RUNNING") << testing::PrintToString(registry.jobs["j1"].messages);
    store.reads_left.reset();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(StubbornDriverTest, ItsResultIsWaitedForByAServiceThatWasStartedAnew) {
    cycles(4);
    ASSERT_FALSE(cluster.kills.empty());
    store.reads_left = 0;
    make();
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING") << testing::PrintToString(registry.jobs["j1"].messages);
    store.reads_left.reset();
    cycles(3);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(StubbornDriverTest, ItsResultThatNobodyCanReadAnyMoreIsAnError) {
    cycles(4);
    ASSERT_FALSE(cluster.kills.empty());
    store.reads_left = 0;
    make();
    cycles(6);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(has_message("could not be read")) << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(LocalJobTest, AJobThatIsHiddenAtItsEndIsToldItsEndOnceItIsShownAgain) {
    cycles(2);
    EXPECT_EQ(status("j1"), "WAITING");
    registry.hidden = {"j1"};
    std::ofstream{folder("j1") + "/stdout-1"} << "the last word\n";
    returns();
    cycles(6);
    make();  // nor does a service that was started anew give it up
    cycles(6);
    registry.hidden.clear();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("the last word"));
    EXPECT_EQ(registry.jobs["j1"].log[0], "the last word\n");
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(LocalJobTest, AFailureThatCannotBeToldIsToldOnceTheJobIsShownAgain) {
    cycles(2);
    std::ofstream{folder("j1") + "/reports/application-1.json"}
        << fmt::format(R"({{"version":1,"tag":"{}","applications":[{{"id":"local-1"}}]}})", job_tag("j1", 1));
    registry.hidden = {"j1"};
    cycles(2);  // what it says while it is hidden is not lost
    process() = {.phase = ProcessReport::Phase::ended, .exit_code = 1};
    cycles(6);
    EXPECT_TRUE(std::filesystem::exists(folder("j1")));
    registry.hidden.clear();
    cycles(2);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(has_message("Spark application id: local-1")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_FALSE(std::filesystem::exists(folder("j1")));
}

TEST_F(LocalJobTest, AJobThatStaysHiddenIsGivenUpAfterDays) {
    for (const auto code : {ErrorCode::not_found, ErrorCode::forbidden}) {
        registry.jobs.clear();
        registry.hidden.clear();
        registry.hidden_as = code;
        EXPECT_TRUE(journal_->forget("j1"));
        supervisor.processes.clear();
        supervisor.written.clear();
        make();
        add_job("j1");
        cycles(2);
        registry.hidden = {"j1"};
        returns();
        cycles(3);
        EXPECT_FALSE(monitor_->by_phase().empty());
        clock_.advance(std::chrono::days{8});
        cycles(3);
        EXPECT_TRUE(monitor_->by_phase().empty()) << to_string(code);
        EXPECT_FALSE(std::filesystem::exists(folder("j1")));
    }
}

TEST_F(LocalJobTest, AnEndBeforeTheLaunchThatMayNotBeToldIsGivenUpAfterDays) {
    registry.jobs["j1"].owner = "me";
    registry.hidden = {"j1"};
    registry.hidden_as = ErrorCode::forbidden;
    journalled({.job_id = "j1", .phase = JobPhase::FINISHING, .outcome = domain::JobStatus::CANCELLED, .ended_ms = to_epoch_ms(clock_.now())});
    make();
    cycles(3);
    EXPECT_FALSE(monitor_->by_phase().empty());
    clock_.advance(std::chrono::days{8});
    cycles(3);
    EXPECT_TRUE(monitor_->by_phase().empty());
}

TEST_F(JobMonitorTest, JobsThatWaitForASlotHoldLittleInMemory) {
    const auto with = settings();
    JobRunner runner{ports(), with};
    std::vector<LiveJob> jobs(8);
    std::size_t held = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        jobs[i].record.job_id = fmt::format("j{}", i);
        add_job(jobs[i].record.job_id, std::string{kSource} + "# " + std::string(2U << 20, 'x'));
        ASSERT_TRUE(runner.advance(jobs[i], false));
        EXPECT_EQ(jobs[i].record.phase, JobPhase::READY);
        held += jobs[i].manifest ? 1 : 0;
    }
    EXPECT_GE(held, 1U);
    EXPECT_LT(held, 4U);
    EXPECT_FALSE(jobs.back().manifest);
    ASSERT_TRUE(runner.advance(jobs.back(), true));
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_FALSE(jobs.back().manifest);
}

TEST_F(JobMonitorTest, NoMoreJobsAreTakenThanCanWaitHere) {
    for (int i = 0; i < 600; ++i) {
        add_job(fmt::format("j{:03}", i));
    }
    const auto taken = [&] { return std::ranges::count_if(registry.jobs, [](const auto& entry) { return entry.second.owner == "me"; }); };
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 4U);
    EXPECT_EQ(taken(), 516);
    registry.jobs["j599"].cancel_requested = true;  // another answer
    for (auto& [id, job] : registry.jobs) {
        if (!job.attempts.empty()) {
            ends(id, 0);
            cluster.applications.push_back({.id = "a" + id, .tag = job.attempts[0].tag, .state = ApplicationState::running, .word = "RUNNING"});
        }
    }
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 8U);
    EXPECT_EQ(taken(), 520);
}

TEST_F(LocalJobTest, EmbeddedOutputsAreBroughtOneByOne) {
    auto& outputs = registry.jobs["j1"].document["outputData"].emplace_array();
    for (int i = 0; i < 5; ++i) {
        outputs.push_back(json::object{{"assetType", "FILE"}, {"name", fmt::format("out-{}.csv", i)}, {"filename", fmt::format("out-{}.csv", i)}});
    }
    cycle();
    for (int i = 0; i < 5; ++i) {
        store.files[fmt::format("mem:/stage/j1/out/{}/out-{}.csv", i, i)] = fmt::format("content {}", i);
    }
    int held = 0;
    int most = 0;
    int pushed = 0;
    store.before_read = [&](const std::string&) { most = std::max(most, ++held); };
    registry.wrong_words = [&](const json::object& patch) {
        if (patch.contains("outputData")) {
            held = 0;
            ++pushed;
        }
        return "";
    };
    returns();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_EQ(pushed, 5);
    EXPECT_EQ(most, 1);
}

TEST_F(LocalJobTest, WhatReturnedIsCollectedAsItWasLaunchedWhateverTheSettingsSayByThen) {
    opened_options = {"spark.yarn.dist.files"};
    make();
    auto& document = registry.jobs["j1"].document;
    document["jobParameters"] = {{"spark.yarn.dist.files", "hdfs:/a.txt"}};
    document["outputData"] = json::array{json::object{{"assetType", "FILE"}, {"name", "out.csv"}, {"filename", "out.csv"}}};
    cycle();
    ASSERT_EQ(supervisor.launches.size(), 1U) << testing::PrintToString(registry.jobs["j1"].messages);
    opened_options.clear();
    staging_url = "mem:/elsewhere";
    document["model"].at("storedModel").at("modelAssets").as_array().at(0).as_object()["sourceCode"] = "def (";
    make();
    store.files["mem:/stage/j1/out/0/out.csv"] = "a,b";
    returns();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_FALSE(has_message("is not there")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(store.files.empty());
}

TEST_F(LocalJobTest, JobsWhoseKeysAreNotToBeHadKeepNobodyFromBeingLaunched) {
    for (const auto* id : {"j1", "j2", "j3", "j4", "j5"}) {
        add_job(id);
        registry.jobs[id].document["inputData"] =
            json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "s3a://b/k"}, {"repositoryInfo", json::object{{"credentialRef", "ref"}}}}};
        registry.refused_credentials[id] = {.code = ErrorCode::unavailable, .reason = "AWAY", .message = "model-manage cannot answer"};
    }
    registry.refused_credentials["j4"] = {.code = ErrorCode::failed_precondition, .reason = "SECRETS_MISSING", .message = "the keys are gone"};
    registry.refused_credentials.erase("j5");
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(status("j5"), "WAITING");
    EXPECT_EQ(status("j1"), "CREATED");
    EXPECT_TRUE(has_message("model-manage cannot answer")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(registry.jobs["j1"].attempts.empty());
    EXPECT_EQ(status("j4"), "ERROR");
    registry.refused_credentials.clear();
    cycles(9);
    EXPECT_EQ(supervisor.launches.size(), 4U);
}

TEST_F(LocalJobTest, OutputsAreBroughtThoughAServerGoesAwayBetweenThem) {
    auto& outputs = registry.jobs["j1"].document["outputData"].emplace_array();
    for (int i = 0; i < 3; ++i) {
        outputs.push_back(json::object{{"assetType", "FILE"}, {"name", fmt::format("out-{}.csv", i)}, {"filename", fmt::format("out-{}.csv", i)}});
    }
    cycle();
    for (int i = 0; i < 3; ++i) {
        store.files[fmt::format("mem:/stage/j1/out/{}/out-{}.csv", i, i)] = fmt::format("content {}", i);
    }
    int pushed = 0;
    registry.lost_patches = [&](const json::object& patch) { return patch.contains("outputData") && ++pushed == 2; };
    returns();
    cycles(4);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_EQ(pushed, 5);
    EXPECT_FALSE(has_message("is not there")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(std::ranges::none_of(store.files, [](const auto& file) { return file.first.contains("/out/"); }));
}

TEST_F(ClusterJobTest, AKillThatIsRefusedIsSaidOnceAndTheJobIsFollowed) {
    runs("j1");
    cluster.kill_refusal = Error{ErrorCode::forbidden, "FORBIDDEN", "User svc may not kill it.", {}, {}};
    registry.jobs["j1"].cancel_requested = true;
    cluster.logs[{"app-j1", LogStream::stdout_log}] = "still here\n";
    cycles(4);
    EXPECT_TRUE(has_message("Cancel was asked for"));
    const auto said = [&] {
        return std::ranges::count_if(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("User svc may not kill it."); });
    };
    EXPECT_EQ(said(), 1) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_GT(cluster.kills.size(), 1U);
    cluster.kill_refusal.reset();
    cluster.applications[0].state = ApplicationState::killed;
    cycles(2);
    EXPECT_EQ(status("j1"), "CANCELLED");
    EXPECT_EQ(said(), 1);
}

TEST_F(LocalJobTest, ALogThatTheServerHasLostIsSentAgain) {
    cycles(2);
    std::ofstream{folder("j1") + "/stdout-1", std::ios::app} << "one\n";
    cycle();
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\n");
    registry.jobs["j1"].log[0].clear();  // it was restored from a backup
    std::ofstream{folder("j1") + "/stdout-1", std::ios::app} << "two\n";
    cycles(2);
    EXPECT_EQ(registry.jobs["j1"].log[0], "one\ntwo\n");
    returns();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(LocalJobTest, WhatAJournalCouldNotForgetGoesOnWhereItStood) {
    registry.jobs["j1"].owner = "me";
    journalled({.job_id = "j1", .phase = JobPhase::READY});  // beside a service that does not have it in memory
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    returns();
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(LocalJobTest, EmbeddedContentThatIsNotToBeHadEndsTheJobWithItsReason) {
    for (const auto code : {ErrorCode::forbidden, ErrorCode::conflict, ErrorCode::not_found}) {
        registry.jobs.clear();
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        add_job("j1");
        registry.jobs["j1"].document["inputData"] =
            json::array{json::object{{"assetType", "FILE"}, {"assetId", "a1"}, {"name", "in.csv"}, {"contentUrl", "/whatever"}}};
        registry.refuse_contents = code;
        cycles(3);
        EXPECT_EQ(status("j1"), "ERROR") << to_string(code);
        EXPECT_TRUE(has_message("in.csv")) << testing::PrintToString(registry.jobs["j1"].messages);
    }
}

TEST_F(LocalJobTest, ADocumentThatMayNotBeReadIsSaid) {
    registry.refuse_documents = ErrorCode::forbidden;
    cycles(4);
    EXPECT_EQ(std::ranges::count_if(registry.jobs["j1"].messages, [](const auto& line) { return line.contains("no such document"); }), 1)
        << testing::PrintToString(registry.jobs["j1"].messages);
    registry.refuse_documents.reset();
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

}  // namespace
}  // namespace slipway::spark
