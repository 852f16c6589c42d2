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

TEST_F(HostileJobTest, NamesThatCanNeverBeWrittenEndTheJobWithWords) {
    add_job("file-and-folder");
    add_file("file-and-folder", "data");
    add_file("file-and-folder", "data/x.csv");
    add_job("below-ours");
    add_file("below-ours", "model_source_code.py/x.py");
    add_job("long");
    std::string path(200, 'a');
    for (int i = 0; i < 30; ++i) {
        path += "/" + std::string(200, 'b');
    }
    add_file("long", path);
    add_job("fine");
    add_file("fine", "config/data");
    add_file("fine", "data/train.csv");
    cycles(2);
    EXPECT_EQ(status("file-and-folder"), "ERROR");
    EXPECT_TRUE(messages("file-and-folder").contains("data/x.csv")) << messages("file-and-folder");
    EXPECT_EQ(status("below-ours"), "ERROR");
    EXPECT_TRUE(messages("below-ours").contains("service's own files")) << messages("below-ours");
    EXPECT_EQ(status("long"), "ERROR");
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(supervisor.launches[0].folder, folder("fine"));
    EXPECT_TRUE(std::filesystem::exists(folder("fine") + "/files/data/train.csv"));
}

TEST_F(HostileJobTest, EmbeddedContentIsBoundedAndGoesIntoFilesAlone) {
    registry.content_size = 300'000;
    for (const auto& [id, count] : {std::pair{"fine", 3}, std::pair{"much", 4}}) {
        add_job(id);
        for (int i = 0; i < count; ++i) {
            assets(id).push_back(json::object{{"assetType", "FILE"},
                                              {"assetId", fmt::format("a{}", i)},
                                              {"name", fmt::format("weights/{}.bin", i)},
                                              {"contentUrl", "/c"},
                                              {"contentHash", "h"}});
        }
        const json::array unused{json::object{{"assetType", "FILE"}, {"assetId", "unused"}, {"name", "unused"}, {"contentUrl", "/c"}, {"contentHash", "h"}}};
        registry.jobs[id].document["additionalAssets"] = unused;
        registry.jobs[id].document["outputData"] = unused;
    }
    cycles(2);
    EXPECT_EQ(status("much"), "ERROR");
    EXPECT_TRUE(messages("much").contains("more than 1 MiB")) << messages("much");
    EXPECT_TRUE(messages("much").contains("weights/3.bin")) << messages("much");
    ASSERT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(supervisor.launches[0].folder, folder("fine"));
    EXPECT_EQ(std::filesystem::file_size(folder("fine") + "/files/weights/2.bin"), registry.content_size);
    EXPECT_LT(std::filesystem::file_size(folder("fine") + "/files/model_job_metadata.py"), 20'000U);
    EXPECT_FALSE(std::ranges::any_of(registry.contents, [](const auto& asked) { return asked.ends_with("/unused"); })) << "nobody is given it";
}

TEST_F(HostileJobTest, AFolderOfJobsThatCannotBeMadeIsTheHostsFault) {
    std::ofstream{dir_ / "jobs"} << "no folder";
    add_job("j1");
    cycles(2);
    EXPECT_EQ(status("j1"), "CREATED");
    std::filesystem::remove(dir_ / "jobs");
    cycles(2);
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

/// Settings of a bucket hold one key: with two of them one asset would be read, or written, as somebody else.
TEST_F(HostileJobTest, TwoKeysForOneBucketAreToldBeforeAnythingIsLaunched) {
    const auto asset = [](const std::string& url, const std::string& key) {
        return json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", url}, {"repositoryInfo", json::object{{"credentialRef", key}}}};
    };
    const auto with = [&](const std::string& id, json::object input, json::object output) {
        add_job(id);
        registry.jobs[id].document["inputData"] = json::array{std::move(input)};
        registry.jobs[id].document["outputData"] = json::array{std::move(output)};
        for (const auto& [name, value] : {std::pair{"ours", "CANARY-1"}, {"theirs", "CANARY-2"}, {"again", "CANARY-1"}}) {
            registry.kept_credentials[id][name].emplace("accessKey", Secret{value});
            registry.kept_credentials[id][name].emplace("secretKey", Secret{value});
        }
    };
    with("j1", asset("s3a://demo/in.csv", "ours"), asset("s3://demo/out.csv", "theirs"));
    with("j2", asset("s3a://demo/in.csv", "ours"), asset("s3a://demo/out.csv", "again"));
    with("j3", asset("s3a://demo/in.csv", "ours"), asset("s3a://other/out.csv", "theirs"));
    with("j4", asset("s3a://demo/in.csv", "ours"), asset("s3a://demo/out.csv", "again"));
    registry.jobs["j4"].document["model"].as_object()["storedModel"].as_object()["modelAssets"].as_array().push_back(asset("s3a://demo/model.bin", "theirs"));
    cycles(3);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(registry.jobs["j1"].attempts.empty());
    EXPECT_TRUE(messages("j1").contains("s3a://demo/in.csv and s3://demo/out.csv have different access keys")) << messages("j1");
    EXPECT_FALSE(messages("j1").contains("CANARY"));
    EXPECT_TRUE(messages("j4").contains("s3a://demo/in.csv and s3a://demo/model.bin have different access keys")) << messages("j4");
    EXPECT_TRUE(registry.jobs["j4"].attempts.empty());
    EXPECT_EQ(supervisor.launches.size(), 2U) << messages("j2") << messages("j3");
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

TEST_F(ThrowingPeerTest, GivingUpAJobHoldsUpNoStop) {
    staging_url = "file://" + dir_.string() + "/staging";
    make();
    add_job("j1");
    registry.refuse_attempts = true;
    bool thrown = false;
    store.before_remove = [&](const std::string&) {
        thrown = true;
        throw std::runtime_error{"planned"};
    };
    cycles(2);
    EXPECT_TRUE(thrown);
    monitor_->stop();  // waits until nobody is busy
}

TEST_F(ThrowingPeerTest, ACycleThatThrowsIsFollowedByAnother) {
    add_job("j1");
    cycle();
    supervisor.after_look = [](const std::string&, int) { throw std::runtime_error{"planned"}; };
    cycle();
    EXPECT_TRUE(!supervisor.after_look) << "it has thrown";
    ends("j1", 0);
    cluster.applications.push_back({.id = "app-j1", .tag = job_tag("j1", 1), .state = ApplicationState::running, .word = "RUNNING"});
    cycles(3);
    EXPECT_EQ(status("j1"), "RUNNING");
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
