#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> faults_of(std::string_view text) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    read_file_settings(text, "edge.yaml", loaded.settings, faults);
    make_config(loaded.settings, {}, faults, loaded.warnings);
    std::vector<std::string> out;
    for (const auto& fault : faults) {
        out.push_back(fault.text);
    }
    return out;
}

json::object spark_conf_of(const std::string& text) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    read_file_settings("spark-runtime: {kerberos: {principal: svc@TEST, keytab: /k}, " + text + "}\n", "edge.yaml", loaded.settings, faults);
    auto config = make_config(loaded.settings, {}, faults, loaded.warnings);
    EXPECT_EQ(faults.size(), 0U) << text;
    return std::move(config.spark_runtime.submit.spark_conf);
}

TEST(SparkRuntimeSettings, WithKerberosTheDriverOfClientModeRenewsFromItsCopyOfTheTicket) {
    const std::string key = "spark.kerberos.renewal.credentials";
    EXPECT_EQ(json::text_of(spark_conf_of("master: yarn"), key), "ccache");
    EXPECT_FALSE(spark_conf_of("master: yarn, deployMode: cluster, stagingUrl: 'hdfs:///s'").contains(key)) << "there is no ticket on the cluster";
    EXPECT_FALSE(spark_conf_of("master: 'spark://m:7077'").contains(key));
    for (const auto* half : {"principal: svc@TEST", "keytab: /k"}) {
        EXPECT_THAT(faults_of("spark-runtime: {master: yarn, kerberos: {" + std::string{half} + "}}\n"), ElementsAre(HasSubstr("belong together"))) << half;
    }
}

TEST(SparkRuntimeSettings, OfTheGuideAreGood) {
    EXPECT_THAT(faults_of("spark-runtime: {master: yarn, stagingUrl: 'hdfs:///slipway/staging', executorMemory: 512MB, pollInterval: 2s, "
                          "sparkConf: {'--queue': models, 'spark.executor.instances': '4', '--conf spark.cores.max': '1', '-v': '', '--master': yarn}}\n"),
                IsEmpty());
    for (const auto* master : {"local", "'local[*]'", "'local[2]'", "'spark://m:7077'"}) {
        EXPECT_THAT(faults_of("spark-runtime: {master: " + std::string{master} + "}\n"), IsEmpty()) << master;
    }
}

TEST(SparkRuntimeSettings, ANameThatNoRealmCanHaveIsNoPrincipal) {
    const auto faults = [](const std::string& principal) { return faults_of("spark-runtime: {kerberos: {principal: '" + principal + "', keytab: /k}}\n"); };
    for (const auto* good : {"svc@TEST", "svc/edge7.example.com@EXAMPLE.COM", "svc", "a\\@b@TEST"}) {
        EXPECT_THAT(faults(good), IsEmpty()) << good;
    }
    for (const auto* bad : {"svc@@X", "svc@", "@TEST", "svc@A@B", "svc/@TEST", "/h@TEST", "a\\@b@"}) {
        EXPECT_THAT(faults(bad), ElementsAre(HasSubstr("edge.yaml:1: spark-runtime.kerberos.principal: must be NAME@REALM or NAME/HOST@REALM"))) << bad;
    }
}

/// Each of these would end every job of the runtime, one after the other.
TEST(SparkRuntimeSettings, ThatEveryJobWouldFailOnAreFaults) {
    const auto only = [](std::string_view value, const char* words) {
        EXPECT_THAT(faults_of("spark-runtime: {" + std::string{value} + "}\n"), ElementsAre(HasSubstr(words))) << value;
    };
    only("sparkConf: {'--kill': x}", "spark-runtime.sparkConf: --kill must be left out");
    only("sparkConf: {queue: models}", "sparkConf: queue must be an option of spark-submit");
    only("master: 'mesos://x'", "edge.yaml:1: spark-runtime.master: must be local[N], spark://host:port or yarn");
    only("stagingUrl: 'ftp://x/y'", "spark-runtime.stagingUrl: must be a folder that begins with hdfs://");
    only("s3: {readable: [s3://b, b/folder]}", "spark-runtime.s3.readable: must be buckets or folders that begin with s3://");
    only("s3: {readable: 's3:///folder'}", "spark-runtime.s3.readable");
    only("executorMemory: lots", "spark-runtime.executorMemory: must be a size such as 512m");
    only("output: {limit: 4MiB}", "spark-runtime.output.limit: must be at most 3MiB");
    EXPECT_THAT(faults_of("spark-runtime: {output: {limit: 3MiB}}\n"), testing::IsEmpty());
    only("kerberos: {principal: svc@X, keytab: rel.keytab}", "spark-runtime.kerberos.keytab: must be a path from the root, such as /etc/slipway/svc.keytab");
    only("pollInterval: 0s", "spark-runtime.pollInterval: must be longer than nothing");
}

TEST(SparkRuntimeSettings, OfTheOwnerReachTheJobs) {
    const auto read = [](std::string_view text) {
        Loaded loaded;
        std::vector<ConfigFault> faults;
        read_file_settings(text, "edge.yaml", loaded.settings, faults);
        auto config = make_config(loaded.settings, {}, faults, loaded.warnings);
        EXPECT_TRUE(faults.empty()) << text;
        return std::move(config.spark_runtime);
    };
    const auto usual = read("spark-runtime: {master: yarn}\n");
    EXPECT_TRUE(usual.capture_output);
    EXPECT_TRUE(usual.submit.own_master_is_error);
    EXPECT_THAT(usual.submit.opened_options, IsEmpty());
    const auto changed =
        read("spark-runtime: {master: yarn, output: {capture: false}, ownMaster: warn, openedOptions: [--driver-class-path, spark.yarn.dist.files]}\n");
    EXPECT_FALSE(changed.capture_output);
    EXPECT_FALSE(changed.submit.own_master_is_error);
    EXPECT_THAT(changed.submit.opened_options, ElementsAre("--driver-class-path", "spark.yarn.dist.files"));
}

}  // namespace
}  // namespace slipway::config
