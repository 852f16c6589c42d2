#include "fakes/monitor_fixture.hpp"

/// What a job brings that would stop others: its end is told, and the next one runs.
namespace slipway::spark {
namespace {

class HostileJobTest : public JobMonitorTest {
protected:
    json::array& assets(const std::string& id) { return registry.jobs[id].document["model"].as_object()["storedModel"].as_object()["modelAssets"].as_array(); }
    void add_file(const std::string& id, const std::string& name) {
        assets(id).push_back(json::object{{"assetType", "FILE"}, {"name", name}, {"fileContent", "eA=="}});
    }
    std::string messages(const std::string& id) { return testing::PrintToString(registry.jobs[id].messages); }
};

TEST_F(HostileJobTest, SourcesThatNobodyCouldReadKeepNoWorker) {
    std::string deep;
    for (int i = 0; i < 60; ++i) {
        deep += "f'{";
    }
    for (int i = 1; i <= 5; ++i) {
        add_job(fmt::format("h{}", i), "x = " + deep + "\n" + kSource);
    }
    add_job("j1");
    cycles(2);
    for (int i = 1; i <= 5; ++i) {
        const auto id = fmt::format("h{}", i);
        EXPECT_EQ(status(id), "ERROR");
        EXPECT_TRUE(messages(id).contains("The source is no Python: line 1")) << messages(id);
    }
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

/// Throws when it is called first.
auto throwing_once() {
    return [thrown = false](auto&&...) mutable {
        if (!std::exchange(thrown, true)) {
            throw std::runtime_error{"planned"};
        }
    };
}

class ThrowingPeerTest : public ClusterJobTest {};

TEST_F(ThrowingPeerTest, AWorkerGoesOnWithTheJob) {
    add_job("j1");
    registry.before_attempt = throwing_once();
    cycle();
    EXPECT_TRUE(supervisor.launches.empty());
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(ThrowingPeerTest, ACancelIsCarriedOut) {
    runs("j1");
    cluster.on_kill = throwing_once();
    registry.jobs["j1"].cancel_requested = true;
    cycles(3);
    EXPECT_GE(cluster.kills.size(), 2U);
}

TEST_F(ThrowingPeerTest, ACloserLookIsTakenAgain) {
    runs("j1");
    store.before_read = throwing_once();
    returned("j1");
    cycles(3);
    EXPECT_EQ(status("j1"), "COMPLETE");
}

TEST_F(ThrowingPeerTest, TheSweepOfTheStagingAreaHoldsUpNoStop) {
    store.before_list = throwing_once();
    add_job("j1");
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(ThrowingPeerTest, QuestionsAreAskedAgain) {
    registry.before_work = throwing_once();
    add_job("j1");
    cycles(2);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    ends("j1", 0);
    cluster.before_report = throwing_once();
    cluster.applications.push_back({.id = "app-j1", .tag = job_tag("j1", 1), .state = ApplicationState::running, .word = "RUNNING"});
    cycles(4);
    EXPECT_EQ(status("j1"), "RUNNING");
}

}  // namespace
}  // namespace slipway::spark
