#include <future>

#include "fakes/rest_job_fixture.hpp"

/// Submissions over REST: the driver runs elsewhere, and only the answer tells its id.
namespace slipway::spark {
namespace {

bool has(const std::vector<std::string>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
}

TEST_F(RestJobTest, TheClusterGetsAllFilesFromTheStagingArea) {
    cycle();
    ASSERT_EQ(cluster.drivers.size(), 1U);
    const auto& arguments = cluster.drivers[0].arguments;
    EXPECT_EQ(arguments.back(), "mem:/stage/j1/run-1/ModelOpPySparkDriver.py");
    for (const auto& argument : arguments) {
        EXPECT_FALSE(argument.contains(dir_.string())) << argument;
    }
    const auto py_files = *std::next(std::ranges::find(arguments, "--py-files"));
    for (const auto* name : {"model_source_code.py", "model_job_metadata.py", "job_files.tar"}) {
        const auto url = fmt::format("mem:/stage/j1/run-1/{}", name);
        EXPECT_TRUE(py_files.contains(url)) << py_files;
        EXPECT_TRUE(has(store.written, url)) << url;
    }
}

TEST_F(RestJobTest, SecretsNeedAFolderThatTheWorkersHave) {
    registry.jobs["j1"].document["jobParameters"] = json::object{{"spark.my.secret.key", "CANARY"}};
    cluster.logs_away = true;
    cycle();
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(has_message("spark-defaults.conf"));
    EXPECT_EQ(cluster.log_questions, 0) << "what was never sent has no log there";
    EXPECT_TRUE(cluster.drivers.empty());
}

TEST_F(RestJobTest, AnAnswerThatNeverCameIsMadeUpForByTheDriver) {
    unanswered();
    cycle();
    EXPECT_TRUE(has_message("Whether the master took the submission is unknown"));
    says_its_id("driver-7");
    cycle();
    EXPECT_EQ(status("j1"), "CREATED");  // the master does not know such a driver: it may be anybody's word
    master_says("driver-7", ApplicationState::running);
    cycle();
    make();  // and a service that was started anew knows it, too
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING");
    leaves("returned");
    master_says("driver-7", ApplicationState::finished);
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(cluster.drivers.size(), 1U);
}

TEST_F(RestJobTest, AResultCountsWhereNobodyKnowsTheDriver) {
    for (const auto* outcome : {"returned", "raised"}) {
        unanswered();
        store.files.clear();
        registry.jobs.clear();
        add_job("j1");
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        cycle();
        leaves(outcome);
        cycles(3);
        EXPECT_EQ(status("j1"), std::string_view{outcome} == "returned" ? "COMPLETE" : "ERROR");
        EXPECT_TRUE(std::string_view{outcome} == "returned" || has_message("planned"));
    }
}

TEST_F(RestJobTest, AJournalThatIsOlderThanItsSubmissionSendsNothingTwice) {
    for (const auto* shown : {"CREATED", "WAITING"}) {
        cluster.drivers.clear();
        cluster.applications.clear();
        store.files.clear();
        registry.jobs.clear();
        monitor_.reset();  // what it noted last goes to the journal now
        std::filesystem::remove_all(folder("j1"));
        add_job("j1");
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        cycle();
        ASSERT_EQ(cluster.drivers.size(), 1U);
        auto old = **journal_->find("j1");
        old.phase = JobPhase::LAUNCHING;
        old.sent_over_rest = false;
        old.application_id.clear();
        journalled(old);
        registry.jobs["j1"].status = shown;
        make();
        cycles(2);
        EXPECT_EQ(cluster.drivers.size(), 1U) << shown;
        says_its_id("driver-1");
        master_says("driver-1", ApplicationState::running);
        cycles(2);
        EXPECT_EQ(status("j1"), "RUNNING") << shown << testing::PrintToString(registry.jobs["j1"].messages);
    }
}

TEST_F(RestJobTest, ALostJournalIsMadeUpForByTheDriver) {
    cycle();
    ASSERT_EQ(cluster.drivers.size(), 1U);
    EXPECT_TRUE(journal_->forget("j1"));
    make();
    says_its_id("driver-1");
    master_says("driver-1", ApplicationState::running);
    cycle();
    make();
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING") << testing::PrintToString(registry.jobs["j1"].messages);
    leaves("returned");
    master_says("driver-1", ApplicationState::finished);
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE");
    EXPECT_EQ(cluster.drivers.size(), 1U);
}

/// As a master does that was started anew.
TEST_F(RestJobTest, AResultCountsThoughTheMasterHasForgottenItsDriver) {
    for (const auto* outcome : {"returned", "raised"}) {
        store.files.clear();
        registry.jobs.clear();
        add_job("j1");
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        cycle();
        master_says("driver-1", ApplicationState::running);
        cycles(2);
        EXPECT_EQ(status("j1"), "RUNNING");
        cluster.applications.clear();
        cycles(3);
        EXPECT_EQ(status("j1"), "RUNNING");
        leaves(outcome);
        cycles(3);
        EXPECT_EQ(status("j1"), std::string_view{outcome} == "returned" ? "COMPLETE" : "ERROR") << testing::PrintToString(registry.jobs["j1"].messages);
        EXPECT_TRUE(std::string_view{outcome} == "returned" || has_message("planned"));
    }
}

TEST_F(RestJobTest, ACancelThatComesBehindTheReturnChangesNothing) {
    cycle();
    master_says("driver-1", ApplicationState::running);
    cycles(2);
    registry.jobs["j1"].cancel_requested = true;
    cycle();
    leaves("returned");
    master_says("driver-1", ApplicationState::killed);
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("had returned before the run was stopped"));
}

TEST_F(RestJobTest, AKillThatALostJournalDoesNotKnowIsTheCancelThatWasAskedFor) {
    cycle();
    master_says("driver-1", ApplicationState::running);
    cycles(2);
    make();  // before it could write down that it had asked for the end
    registry.jobs["j1"].cancel_requested = true;
    registry.away = true;  // and its question for work is answered late
    master_says("driver-1", ApplicationState::killed);
    cycles(2);
    registry.away = false;
    cycles(2);
    EXPECT_EQ(status("j1"), "CANCELLED") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(RestJobTest, WhatAnotherRuntimeHasStagedForAJobThatItGotIsLeftAlone) {
    cycle();
    registry.jobs["j1"].owner = "other";
    registry.jobs["j1"].document["owner"] = "other";
    cycles(4);
    ASSERT_FALSE(cluster.kills.empty());
    master_says("driver-1", ApplicationState::killed);
    cycles(2);
    EXPECT_TRUE(monitor_->by_phase().empty());
    EXPECT_FALSE(has(store.removed, "mem:/stage/j1"));
}

TEST_F(RestJobTest, WithoutAnyWordItIsUnknownAndNotSentAgain) {
    unanswered();
    cycles(5);
    EXPECT_EQ(status("j1"), "CREATED");
    cycles(8);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].messages.back().contains("is unknown")) << registry.jobs["j1"].messages.back();
    EXPECT_EQ(cluster.drivers.size(), 1U);
    EXPECT_TRUE(has(store.removed, "mem:/stage/j1"));  // a driver that is started late finds nothing to run
}

TEST_F(RestJobTest, WhatWasCertainlyNotSentIsSentAgain) {
    cluster.driver_answer = fail(ErrorCode::unavailable, std::string{kNotSent}, "No master is active.");
    cycles(2);
    cluster.driver_answer = "driver-1";
    cycle();
    EXPECT_GE(cluster.drivers.size(), 2U);
    EXPECT_EQ(registry.jobs["j1"].attempts.size(), 1U);
    master_says("driver-1", ApplicationState::running);
    cycles(2);
    EXPECT_EQ(status("j1"), "RUNNING");
}

TEST_F(LocalJobTest, WhereTagsTellAModelCannotNameAnothersApplication) {
    cluster.tags = true;
    cycle();
    cycle();
    std::ofstream{folder("j1") + "/reports/application-1.json"}
        << fmt::format(R"({{"version":1,"tag":"{}","applications":[{{"id":"application_9","master":"yarn"}}]}})", job_tag("j1", 1));
    cluster.applications = {{.id = "application_9", .tag = "mmj-other-1", .state = ApplicationState::killed, .word = "KILLED"}};
    cycle();
    EXPECT_FALSE(has_message("application_9"));
    registry.jobs["j1"].cancel_requested = true;
    cycle();
    EXPECT_FALSE(has(cluster.kills, "mmj-other-1"));
    cluster.applications.push_back({.id = "application_1", .tag = job_tag("j1", 1), .state = ApplicationState::running, .word = "RUNNING"});
    cycle();
    EXPECT_TRUE(has_message("Spark application id: application_1"));
}

TEST_F(LocalJobTest, AServerThatHangsDoesNotKeepJobsFromEnding) {
    cycle();
    cycle();
    returns();
    std::promise<void> go;
    registry.before_work = [gone = go.get_future().share()] { gone.wait(); };
    cycle();  // gives up waiting for the question
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    go.set_value();
    cycle();
}

TEST_F(LocalJobTest, AClusterThatHangsDoesNotKeepJobsFromEnding) {
    cycle();
    cycle();
    returns();
    std::promise<void> go;
    cluster.before_report = [gone = go.get_future().share()] { gone.wait(); };
    cycle();  // gives up waiting for the answer
    cycle();
    EXPECT_EQ(status("j1"), "COMPLETE");
    go.set_value();
    cycle();
}

TEST_F(LocalJobTest, WhatRunsOfAJobThatNobodyKnowsIsStoppedBeforeItsFolderGoes) {
    const std::string other = "0198f2a0-0000-7000-8000-000000000009";
    std::filesystem::create_directories(folder(other));
    std::ofstream{folder(other) + "/attempt-2.spec"} << "x";
    auto& process = supervisor.processes[fakes::FakeSupervisor::key(folder(other), 2)];
    process.phase = ProcessReport::Phase::running;
    make();
    cycle();
    EXPECT_EQ(supervisor.stops, std::vector{fakes::FakeSupervisor::key(folder(other), 2)});
    EXPECT_TRUE(std::filesystem::exists(folder(other)));
    process.phase = ProcessReport::Phase::ended;
    cycle();
    EXPECT_FALSE(std::filesystem::exists(folder(other)));
}

TEST_F(LocalJobTest, StagedFilesOfJobsThatHaveEndedAreSweptAtTheStart) {
    const std::string ended = "0198f2a0-0000-7000-8000-00000000000a";
    const std::string lives = "0198f2a0-0000-7000-8000-00000000000b";
    const std::string kept = "0198f2a0-0000-7000-8000-00000000000c";
    for (const auto& id : {ended, lives, kept}) {
        registry.jobs[id].owner = "other";
        registry.jobs[id].document["jobStatus"] = id == lives ? "RUNNING" : "COMPLETE";
        store.files["mem:/stage/" + id + "/in/0/in.csv"] = "x";
    }
    store.files["mem:/stage/" + kept + "/out/0/large.csv"] = "too large to come back";
    store.files["mem:/stage/readme/notes"] = "somebody's";
    make();
    cycle();
    std::vector<std::string> left;
    for (const auto& [url, content] : store.files) {
        left.push_back(url);
    }
    EXPECT_EQ(left, (std::vector<std::string>{"mem:/stage/" + lives + "/in/0/in.csv", "mem:/stage/" + kept + "/out/0/large.csv", "mem:/stage/readme/notes"}));
}

TEST_F(LocalJobTest, AnEndThatIsToldAtOnceIsStampedThereAndALateOneTellsItsTime) {
    cycle();
    std::ofstream{folder("j1") + "/reports/application-1.json"}
        << fmt::format(R"({{"version":1,"tag":"{}","applications":[{{"id":"local-1"}}]}})", job_tag("j1", 1));
    cycle();
    std::ofstream{folder("j1") + "/reports/result-1.json"} << fmt::format(R"({{"version":1,"tag":"{}","outcome":"raised","exitCode":1}})", job_tag("j1", 1));
    process() = {.phase = ProcessReport::Phase::ended, .exit_code = 1};
    registry.away = true;
    cycle();
    registry.away = false;
    cycle();
    const auto& late = registry.jobs["j1"].document;
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(late.contains("jobEndTime"));
    EXPECT_EQ(late.at("jobDuration").as_int64(), 60'000);

    add_job("j2");
    cycle();
    std::ofstream{folder("j2") + "/reports/result-1.json"} << fmt::format(R"({{"version":1,"tag":"{}","outcome":"returned","exitCode":0}})", job_tag("j2", 1));
    supervisor.processes[fakes::FakeSupervisor::key(folder("j2"), 1)] = {.phase = ProcessReport::Phase::ended};
    cycle();
    cycle();
    EXPECT_EQ(status("j2"), "COMPLETE");
    const auto& prompt = registry.jobs["j2"];
    EXPECT_FALSE(prompt.document.contains("jobEndTime"));
    ASSERT_TRUE(prompt.document.contains("jobDuration")) << "how long it ran is told by one clock, the one of its messages";
    EXPECT_TRUE(prompt.messages.back().ends_with("Complete after " + duration_words(prompt.document.at("jobDuration").as_int64()) + "."))
        << prompt.messages.back();
}

TEST_F(LocalJobTest, MessagesOfAJobWhoseJournalWasLostTwiceAllArrive) {
    registry.jobs["j1"].owner = "me";
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
    supervisor.written.insert(fakes::FakeSupervisor::key(folder("j1"), 1));
    for (const auto* id : {"local-1", "local-2"}) {
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        cycle();
        std::filesystem::create_directories(folder("j1") + "/reports");
        std::ofstream{folder("j1") + "/reports/application-1.json"}
            << fmt::format(R"({{"version":1,"tag":"{}","applications":[{{"id":"{}"}}]}})", job_tag("j1", 1), id);
        cycle();
        cycle();
        EXPECT_TRUE(has_message(fmt::format("Spark application id: {}", id))) << testing::PrintToString(registry.jobs["j1"].messages);
    }
}

TEST(LiveJob, TimesAreThoseOfTheClockOfNowUnlessTheHostWasStartedAnew) {
    fakes::FakeClock clock;
    const auto now = to_epoch_ms(clock.now());
    const JobRecord launched{.job_id = "j",
                             .timeout_ms = 60'000,
                             .launched_ms = now - 86'400'000 - 10'000,  // ten seconds ago, by a clock that was a day behind
                             .launched_steady = steady_ms(clock) - 10'000,
                             .boot = "b",
                             .running_ms = now - 86'400'000 - 4'000};
    auto record = launched;
    by_clock_of_now(record, clock, "b");
    EXPECT_EQ(record.launched_ms, now - 10'000);
    EXPECT_EQ(record.running_ms, now - 4'000);
    EXPECT_EQ(record.ended_ms, 0);

    record = launched;
    by_clock_of_now(record, clock, "another");
    EXPECT_EQ(record.launched_ms, launched.launched_ms);
    record.launched_ms = now + 5'000;
    by_clock_of_now(record, clock, "another");
    EXPECT_EQ(record.launched_ms, now);
}

}  // namespace
}  // namespace slipway::spark
