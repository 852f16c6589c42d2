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

}  // namespace
}  // namespace slipway::spark
