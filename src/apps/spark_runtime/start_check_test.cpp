#include "apps/spark_runtime/start_check.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <tuple>
#include <unistd.h>

#include "base/id.hpp"

namespace slipway::spark_runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StartCheckTest : public testing::Test {
protected:
    StartCheckTest() {
        fs::create_directories(home_ / "bin");
        std::ofstream{home_ / "bin" / "spark-submit"} << "#!/bin/sh\n";
        fs::copy(home_ / "bin" / "spark-submit", jobd_);
        for (const auto& program : {home_ / "bin" / "spark-submit", fs::path{jobd_}}) {
            fs::permissions(program, fs::perms::owner_all);
        }
    }
    ~StartCheckTest() override { fs::remove_all(home_); }

    config::Config::SparkRuntime settings(const std::string& master, const std::string& mode = "client") const {
        config::Config::SparkRuntime out;
        out.submit.master = master;
        out.submit.deploy_mode = mode;
        out.spark_home = home_.string();
        return out;
    }

    const fs::path home_{fs::temp_directory_path() / ("start-" + random_hex(8))};
    const std::string jobd_{(home_ / "slipway-jobd").string()};
    const StartHost host_{.jobd = jobd_, .search_path = "/nowhere:" + home_.string()};
};

TEST_F(StartCheckTest, WhatDoesNotGoTogetherIsNamedAtOnce) {
    EXPECT_THAT(start_faults(settings("local[2]"), host_).settings, IsEmpty());
    EXPECT_THAT(start_faults(settings("local[2]", "cluster"), host_).settings, ElementsAre(HasSubstr("spark-runtime.deployMode")));
    auto cluster = settings("spark://m:7077", "cluster");
    EXPECT_THAT(start_faults(cluster, host_).settings, ElementsAre(HasSubstr("spark-runtime.statusUrls"), HasSubstr("spark-runtime.stagingUrl")));
    cluster.status_urls = {"http://m:8080"};
    cluster.submit.staging_url = "hdfs:///stage";
    EXPECT_THAT(start_faults(cluster, host_).settings, ElementsAre(HasSubstr("spark-runtime.webHdfsUrl")));
    cluster.web_hdfs_urls = {"http://nn:9870"};
    EXPECT_THAT(start_faults(cluster, host_).settings, IsEmpty());
    EXPECT_TRUE(may_start(cluster, host_));
}

TEST_F(StartCheckTest, WhatTheHostLacksIsNamedWithIt) {
    auto yarn = settings("yarn");
    yarn.spark_home = "/nowhere";
    yarn.job_user = "no-such-user-here";
    const auto refused = may_start(yarn, host_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    for (const auto* key : {"statusUrls", "sparkHome", "hadoopConfDir", "no user no-such-user-here"}) {
        EXPECT_THAT(refused.error().message, HasSubstr(key));
    }
    yarn.spark_home.clear();
    EXPECT_THAT(start_faults(yarn, host_).host, ::testing::Contains(HasSubstr("set spark-runtime.sparkHome")));
}

TEST_F(StartCheckTest, YarnNeedsBothFilesOfItsConfiguration) {
    auto yarn = settings("yarn");
    yarn.status_urls = {"http://rm:8088"};
    yarn.hadoop_conf_dir = (home_ / "conf").string();
    EXPECT_THAT(start_faults(yarn, host_).host,
                ElementsAre(AllOf(HasSubstr(yarn.hadoop_conf_dir + "/core-site.xml"), HasSubstr("No such file"), HasSubstr("spark-runtime.hadoopConfDir")),
                            HasSubstr(yarn.hadoop_conf_dir + "/yarn-site.xml")));
    EXPECT_FALSE(may_start(yarn, host_));
    fs::create_directories(home_ / "conf" / "core-site.xml");
    std::ofstream{home_ / "conf" / "yarn-site.xml"} << "<configuration/>";
    EXPECT_THAT(start_faults(yarn, host_).host, ElementsAre(HasSubstr("core-site.xml cannot be read (it is no file)")));
    fs::remove(home_ / "conf" / "core-site.xml");
    std::ofstream{home_ / "conf" / "core-site.xml"} << "<configuration/>";
    EXPECT_TRUE(may_start(yarn, host_));
    auto local = settings("local[2]");
    local.hadoop_conf_dir = "/nowhere";
    EXPECT_THAT(start_faults(local, host_).host, IsEmpty()) << "nothing there is needed without YARN";
}

TEST_F(StartCheckTest, ThePythonOfDriversOnThisHostMustRun) {
    auto local = settings("local[2]");
    std::ofstream{home_ / "python-9"} << "#!/bin/sh\n";
    local.pyspark_python = (home_ / "python-9").string();
    EXPECT_THAT(start_faults(local, host_).host,
                ElementsAre(AllOf(HasSubstr(local.pyspark_python), HasSubstr("Permission denied"), HasSubstr("spark-runtime.pysparkPython"))));
    EXPECT_FALSE(may_start(local, host_));
    local.pyspark_python = "python-9";
    EXPECT_THAT(start_faults(local, host_).host, ElementsAre(HasSubstr("No program python-9")));
    fs::permissions(home_ / "python-9", fs::perms::owner_all);
    EXPECT_TRUE(may_start(local, host_)) << "found as a shell finds it";
    local.pyspark_python = home_.string();
    EXPECT_THAT(start_faults(local, host_).host, ElementsAre(HasSubstr("it is no file")));
    local.submit.spark_conf["spark.pyspark.driver.python"] = "/usr/bin/python3";
    EXPECT_TRUE(may_start(local, host_)) << "Spark prefers that one";
    auto cluster = settings("spark://m:7077", "cluster");
    cluster.pyspark_python = "/opt/of/workers/python";
    EXPECT_THAT(start_faults(cluster, host_).host, IsEmpty()) << "it is of other hosts";
}

TEST_F(StartCheckTest, WithoutTheSupervisorOfJobsItDoesNotStart) {
    const auto local = settings("local[2]");
    ASSERT_TRUE(may_start(local, host_));
    fs::permissions(jobd_, fs::perms::owner_read);
    EXPECT_THAT(start_faults(local, host_).host, ElementsAre(AllOf(HasSubstr(jobd_), HasSubstr("Permission denied"), HasSubstr("no job would start"))));
    fs::remove(jobd_);
    const auto refused = may_start(local, host_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_THAT(refused.error().message, HasSubstr("No such file"));
}

TEST_F(StartCheckTest, AKeytabThatIsLostOrOpenIsWarnedOf) {
    auto kerberized = settings("local[2]");
    const auto keytab = home_ / "svc.keytab";
    kerberized.kerberos = {.principal = "svc@EXAMPLE.COM", .keytab = keytab.string()};
    EXPECT_THAT(start_faults(kerberized, host_).warnings, ElementsAre(AllOf(HasSubstr(keytab.string()), HasSubstr("No such file"))));
    std::ofstream{keytab} << "key";
    for (const auto& [mode, user, warned] :
         {std::tuple{0400, "", false}, {0440, "", false}, {0404, "", true}, {0400, "nobody", false}, {0444, "nobody", true}}) {
        fs::permissions(keytab, static_cast<fs::perms>(mode));
        kerberized.job_user = user;
        kerberized.submit.deploy_mode = "cluster";
        EXPECT_EQ(start_faults(kerberized, host_).warnings.size(), warned ? 1U : 0U) << mode << user;
    }
    fs::permissions(keytab, static_cast<fs::perms>(0440));
    const auto* service = ::getpwuid(::geteuid());
    ASSERT_NE(service, nullptr);
    kerberized.job_user = service->pw_name;
    EXPECT_THAT(start_faults(kerberized, host_).warnings, ElementsAre(HasSubstr("can be read by " + kerberized.job_user)));
    testing::internal::CaptureStderr();
    static_cast<void>(may_start(kerberized, host_).has_value());
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("chmod 400"));
}

TEST_F(StartCheckTest, AKeytabBesideModelsOfTheSameUserIsWarnedOf) {
    auto kerberized = settings("local[2]");
    const auto keytab = home_ / "svc.keytab";
    std::ofstream{keytab} << "key";
    fs::permissions(keytab, fs::perms::owner_read);
    kerberized.kerberos = {.principal = "svc@EXAMPLE.COM", .keytab = keytab.string()};
    EXPECT_THAT(start_faults(kerberized, host_).warnings,
                ElementsAre(AllOf(HasSubstr("Models run as this service's own user and can read its keytab"), HasSubstr("jobUser"))));
    kerberized.job_user = "nobody";
    EXPECT_THAT(start_faults(kerberized, host_).warnings, IsEmpty());
}

TEST_F(StartCheckTest, SecretsThatTheUserOfModelsCanReadAreWarnedOf) {
    auto separate = settings("local[2]");
    separate.job_user = "nobody";
    const auto file = home_ / "slipway.yaml";
    std::ofstream{file} << "secret";
    separate.secret_files = {file.string(), "/nowhere"};
    for (const auto mode : {0400, 0440, 0404}) {
        fs::permissions(file, static_cast<fs::perms>(mode));
        EXPECT_EQ(start_faults(separate, host_).warnings.size(), mode == 0404 ? 1U : 0U) << mode;
    }
    EXPECT_THAT(start_faults(separate, host_).warnings, ElementsAre(AllOf(HasSubstr(file.string()), HasSubstr("can be read by nobody"))));
}

TEST_F(StartCheckTest, ModelsAreNotRoot) {
    auto separate = settings("local[2]");
    separate.job_user = "root";
    EXPECT_THAT(start_faults(separate, host_).host, ::testing::Contains(HasSubstr("who may do everything")));
}

}  // namespace
}  // namespace slipway::spark_runtime
