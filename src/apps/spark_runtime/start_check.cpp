#include "apps/spark_runtime/start_check.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include "apps/spark_runtime/host.hpp"

namespace slipway::spark_runtime {
namespace {

std::vector<std::string> faults_of_settings(const config::Config::SparkRuntime& settings) {
    std::vector<std::string> out;
    const auto& submit = settings.submit;
    const bool local = submit.master.starts_with("local");
    const bool cluster = submit.deploy_mode == "cluster";
    if (local && cluster) {
        out.emplace_back("spark-runtime.deployMode must be client: a local master has no cluster mode.");
    }
    if (!local && settings.status_urls.empty()) {
        out.emplace_back(submit.master == "yarn"
                             ? "YARN needs spark-runtime.statusUrls: the web addresses of its ResourceManagers (http://rm:8088)."
                             : "A standalone cluster needs spark-runtime.statusUrls: the web addresses of its masters (http://master:8080).");
    }
    if (!local && cluster && submit.staging_url.empty()) {
        out.emplace_back("deployMode cluster needs spark-runtime.stagingUrl: the driver leaves its result there.");
    }
    if (submit.staging_url.starts_with("hdfs:") && settings.web_hdfs_urls.empty()) {
        out.emplace_back("spark-runtime.stagingUrl lies on HDFS: set spark-runtime.webHdfsUrl to its NameNode (http://namenode:9870).");
    }
    return out;
}

std::vector<std::string> faults_of_host(const config::Config::SparkRuntime& settings) {
    std::vector<std::string> out;
    const auto spark_submit = settings.spark_home + "/bin/spark-submit";
    if (settings.spark_home.empty()) {
        out.emplace_back("There is no Spark: set spark-runtime.sparkHome or SPARK_HOME.");
    } else if (::access(spark_submit.c_str(), X_OK) != 0) {
        out.push_back(spark_submit + " cannot be run: check spark-runtime.sparkHome.");
    }
    if (settings.submit.master == "yarn" && settings.hadoop_conf_dir.empty()) {
        out.emplace_back("YARN needs core-site.xml and yarn-site.xml: set spark-runtime.hadoopConfDir or HADOOP_CONF_DIR.");
    }
    if (!settings.job_user.empty() && ::geteuid() != 0) {
        out.emplace_back("spark-runtime.jobUser is set, but this user may not switch to another one.");
    }
    if (!settings.job_user.empty() && home_of(settings.job_user).empty()) {
        out.push_back("This host has no user " + settings.job_user + ": check spark-runtime.jobUser.");
    }
    return out;
}

}  // namespace

StartFaults start_faults(const config::Config::SparkRuntime& settings) {
    return {.settings = faults_of_settings(settings), .host = faults_of_host(settings)};
}

Result<void> may_start(const config::Config::SparkRuntime& settings) {
    auto [all, of_host] = start_faults(settings);
    all.insert(all.end(), of_host.begin(), of_host.end());
    return all.empty() ? Result<void>{} : fail(ErrorCode::failed_precondition, "SETTINGS", fmt::format("{}", fmt::join(all, "\n  ")));
}

}  // namespace slipway::spark_runtime
