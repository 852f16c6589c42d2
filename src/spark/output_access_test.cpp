#include "spark/output_access.hpp"

#include "fakes/monitor_fixture.hpp"

namespace slipway::spark {
namespace {

TEST(OutputAccess, OfS3IsWhatTheOwnerNames) {
    const OutputAccess access{.local_files = true, .s3_readable = {"s3://open/", "s3a://models/out"}};
    for (const auto* url :
         {"s3://open", "s3n://open/a/b", "s3a://models/out", "s3://models/out/", "s3://models/out/table/part-0", "hdfs:///any", "file:///any", "/any"}) {
        EXPECT_FALSE(access.obstacle(url)) << url;
    }
    for (const auto* url : {"s3://opener/a", "s3a://models", "s3://models/output", "s3://other/models/out", "s3://", "s3:/open/a"}) {
        ASSERT_TRUE(access.obstacle(url)) << url;
        EXPECT_TRUE(access.obstacle(url)->contains("spark-runtime.s3.readable")) << *access.obstacle(url);
    }
    EXPECT_TRUE((OutputAccess{.local_files = true, .s3_readable = {"s3://", "s3:///"}}.obstacle("s3://b/k"))) << "no bucket is no prefix of all";
}

TEST(OutputAccess, ToFilesOfThisHostIsAModelsThatRunsHereOrOfAnotherUser) {
    EXPECT_TRUE(serves_local_files(true, "", ""));
    EXPECT_TRUE(serves_local_files(true, "hdfs:///s", "models"));
    EXPECT_FALSE(serves_local_files(false, "hdfs:///s", "models"));
    EXPECT_TRUE(serves_local_files(false, "file:///mnt/s", "models"));
    EXPECT_FALSE(serves_local_files(false, "file:///mnt/s", "")) << "it would be read as this service";
    const OutputAccess access{.local_files = false, .s3_readable = {}};
    for (const auto* url : {"file:///etc/x", "file:/etc/x", "/etc/x", "etc/x"}) {
        EXPECT_TRUE(access.obstacle(url)) << url;
    }
}

constexpr auto kCanary = R"({"secret_key":"canary"})";

class OutputAccessTest : public ClusterJobTest {
protected:
    /// A metrics job that declares the canary as its output, to its end. @return what model-manage has of it, as text.
    std::string metrics_of(const std::string& url) {
        store.files[url] = kCanary;
        runs("j1");
        registry.jobs["j1"].document["jobType"] = "MODEL_BATCH_TEST_JOB";
        registry.jobs["j1"].document["outputData"] = json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", url}}};
        returned("j1");
        cycles(2);
        EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
        return registry.test_results.empty() ? "" : json::write(json::value(registry.test_results.front()));
    }
};

TEST_F(OutputAccessTest, AJobOnTheClusterReadsNoFileOfThisHostByItsOutputs) {
    EXPECT_EQ(metrics_of("file:///var/lib/slipway/credentials.json"), "");
    EXPECT_TRUE(has_message("was not looked at")) << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_FALSE(registry.jobs["j1"].document["outputData"].at(0).as_object().contains("fileSize"));
}

TEST_F(OutputAccessTest, AJobReadsNoBucketThatOnlyThisServiceMayRead) {
    EXPECT_EQ(metrics_of("s3a://payroll/credentials.json"), "");
    EXPECT_TRUE(has_message("spark-runtime.s3.readable")) << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(OutputAccessTest, AJobOfASharedMountReadsItsOutputsBack) {
    staging_url = "file:///mnt/stage";
    job_user = "models";
    make();
    EXPECT_TRUE(metrics_of("file:///mnt/out/metrics.json").contains("canary"));
}

}  // namespace
}  // namespace slipway::spark
