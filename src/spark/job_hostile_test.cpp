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

}  // namespace
}  // namespace slipway::spark
