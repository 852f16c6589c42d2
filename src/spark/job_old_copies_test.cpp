#include "fakes/monitor_fixture.hpp"

/// Backups that were put back, of model-manage or of the journal: nothing runs twice, and nothing waits for ever.
namespace slipway::spark {
namespace {

class WentBackTest : public LocalJobTest {
protected:
    /// A job that has ended here, on a server that does not know so any more.
    void went_back() {
        supervisor.processes.clear();
        supervisor.written.clear();
        supervisor.launches.clear();
        registry.jobs.clear();
        EXPECT_TRUE(journal_->forget("j1"));
        make();
        add_job("j1");
        cycles(2);
        returns();
        cycles(2);
        ASSERT_EQ(status("j1"), "COMPLETE");
        auto document = registry.jobs["j1"].document;
        document.erase("owner");
        document.erase("jobStatus");
        registry.jobs["j1"] = {.document = document};
    }
};

TEST_F(WentBackTest, NothingRunsAgainWhateverBecomesOfTheClaim) {
    const std::vector<std::pair<std::string, std::function<void()>>> troubles{
        {"changed meanwhile", [this] { registry.before_claim = [](auto& job) { ++job.version; }; }},
        {"no answer to the question for attempts", [this] { registry.lost_questions = 1; }},
        {"no answer to the claim", [this] { registry.lost_claims = 1; }},
        {"both", [this] { registry.lost_claims = registry.lost_questions = 1; }},
    };
    for (const auto& [name, make_trouble] : troubles) {
        went_back();
        make_trouble();
        cycles(6);
        EXPECT_EQ(supervisor.launches.size(), 1U) << name;
        EXPECT_EQ(status("j1"), "COMPLETE") << name << testing::PrintToString(registry.jobs["j1"].messages);
        EXPECT_TRUE(monitor_->by_phase().empty()) << name;
    }
}

TEST_F(WentBackTest, WhatAPersonReleasedRunsAnewThoughTheAnswerToTheClaimIsLost) {
    went_back();
    registry.jobs["j1"].attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me", .released = true}};
    registry.lost_claims = 1;
    cycles(6);
    EXPECT_EQ(supervisor.launches.size(), 2U);
}

TEST_F(WentBackTest, AnEndIsKeptThoughSomebodyElseWasFirst) {
    went_back();
    registry.before_claim = [](auto& job) { job.owner = "other"; };
    cycles(3);
    EXPECT_TRUE(monitor_->by_phase().empty());
    EXPECT_TRUE((*journal_->find("j1")).has_value());
}

/// What a copy of the journal says of a job whose folder went with its end.
std::vector<JobRecord> old_records(bool pushed) {
    const std::string shown = pushed ? "WAITING" : "CREATED";
    JobRecord held{.job_id = "j1", .phase = JobPhase::LAUNCHING, .attempt = 1, .tag = job_tag("j1", 1), .pushed_status = shown};
    held.held = true;
    held.boot = boot_id();
    auto begun = held;
    begun.begun = true;
    auto submitted = begun;
    submitted.phase = JobPhase::SUBMITTED;
    auto without = submitted;
    without.held = false;
    without.boot.clear();
    return {held, begun, submitted, without};
}

TEST_F(LocalJobTest, AnOldCopyOfTheJournalHoldsNoSlotForWhatIsNotShownAnyMore) {
    for (const bool pushed : {false, true}) {
        for (const auto& record : old_records(pushed)) {
            registry.hidden = {"j1"};
            journalled(record);
            make();
            cycles(8);
            EXPECT_TRUE(supervisor.launches.empty());
            EXPECT_TRUE(monitor_->by_phase().empty()) << json::enum_name(record.phase) << record.begun << record.held;
        }
    }
}

TEST_F(LocalJobTest, AnOldCopyOfTheJournalLaunchesNothingThatHasEndedHoweverFarItGot) {
    auto& job = registry.jobs["j1"];
    job.owner = "me";
    job.status = "COMPLETE";
    job.document["owner"] = "me";
    job.document["jobStatus"] = "COMPLETE";
    job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
    for (const auto& record : old_records(true)) {
        journalled(record);
        make();
        cycles(8);
        EXPECT_TRUE(supervisor.launches.empty());
        EXPECT_TRUE(monitor_->by_phase().empty()) << json::enum_name(record.phase) << record.begun << record.held;
        EXPECT_TRUE(job.messages.empty()) << testing::PrintToString(job.messages);
    }
}

TEST_F(LocalJobTest, WhatIsShownAgainAfterAnOldCopyOfTheJournalIsNotLaunchedAgain) {
    auto& job = registry.jobs["j1"];
    job.owner = "me";
    job.status = "WAITING";
    job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
    registry.hidden = {"j1"};
    journalled(old_records(true).at(2));
    make();
    cycles(8);
    EXPECT_TRUE(monitor_->by_phase().empty());
    registry.hidden.clear();
    cycles(4);
    EXPECT_TRUE(supervisor.launches.empty());
    EXPECT_EQ(status("j1"), "ERROR");
}

TEST_F(LocalJobTest, WhatIsLaunchedAfterAnotherStartOfTheHostCountsByItsClockOfNow) {
    auto& job = registry.jobs["j1"];
    job.owner = "me";
    job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
    auto record = old_records(false).at(0);
    record.boot = "another";
    record.launched_ms = to_epoch_ms(clock_.now()) - 5'000;
    record.launched_steady = 1;
    journalled(record);
    make();
    cycles(2);
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(supervisor.launches[0].held));
    make();  // what is in the journal now
    const auto kept = **journal_->find("j1");
    EXPECT_EQ(kept.boot, boot_id());
    EXPECT_EQ(kept.launched_ms, record.launched_ms);
    EXPECT_EQ(steady_ms(clock_) - kept.launched_steady, to_epoch_ms(clock_.now()) - kept.launched_ms);
}

TEST_F(ClusterJobTest, WhatMayStillRunOfAnOldCopyOfTheJournalIsKilledByItsTag) {
    add_job("j1");
    registry.hidden = {"j1"};
    for (const auto& record : old_records(true)) {
        cluster.kills.clear();
        journalled(record);
        make();
        cycles(8);
        EXPECT_TRUE(supervisor.launches.empty());
        EXPECT_TRUE(monitor_->by_phase().empty()) << json::enum_name(record.phase) << record.begun << record.held;
        EXPECT_EQ(cluster.kills, std::vector{job_tag("j1", 1)});
    }
}

/// Adopted by an earlier service, and deleted since.
class DeletedAdoptedTest : public ClusterJobTest {
protected:
    void adopted_once() {
        registry.hidden = {"j1"};
        add_job("j1");
        journalled({.job_id = "j1", .phase = JobPhase::LAUNCHING, .attempt = 1, .tag = job_tag("j1", 1), .adopted = true, .launched_ms = 1});
        make();
    }
    void runs_there(const std::string& id) {
        cluster.applications = {{.id = id, .tag = cluster.over_rest ? "" : job_tag("j1", 1), .state = ApplicationState::running, .word = "RUNNING"}};
        cluster.on_kill = [this] { cluster.applications.front().state = ApplicationState::killed; };
    }
    void expect_over(bool killed) {
        EXPECT_TRUE(monitor_->by_phase().empty()) << testing::PrintToString(monitor_->by_phase());
        EXPECT_EQ(killed, !cluster.applications.empty());
        EXPECT_TRUE(supervisor.launches.empty());
        EXPECT_TRUE(cluster.drivers.empty());
        EXPECT_EQ(registry.pushes, 0U);
        EXPECT_TRUE((*journal_->find("j1"))->taken);
    }
};

TEST_F(DeletedAdoptedTest, WhatRunsOnTheClusterIsKilledByItsTag) {
    adopted_once();
    runs_there("application_1");
    cycles(8);
    EXPECT_EQ(cluster.kills, std::vector{job_tag("j1", 1)});
    expect_over(true);
}

TEST_F(DeletedAdoptedTest, WhatRunsOnAStandaloneClusterIsKilledByTheIdThatItsDriverTells) {
    cluster.name = "standalone";
    cluster.over_rest = true;
    store.files["mem:/stage/j1/application-1.json"] = fmt::format(R"({{"version":1,"tag":"{}","applications":[],"driverId":"driver-1"}})", job_tag("j1", 1));
    adopted_once();
    runs_there("driver-1");
    cycles(10);
    EXPECT_FALSE(cluster.kills.empty());
    expect_over(true);
}

TEST_F(DeletedAdoptedTest, WhatTheClusterDoesNotKnowHoldsNoSlotAndIsGivenUp) {
    for (const bool over_rest : {false, true}) {
        cluster.over_rest = over_rest;
        adopted_once();
        cycles(6);
        EXPECT_EQ(monitor_->by_phase()["LAUNCHING"], 0U);
        cycles(14);
        expect_over(false);
    }
}

}  // namespace
}  // namespace slipway::spark
