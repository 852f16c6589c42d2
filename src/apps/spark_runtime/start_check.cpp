#include "apps/spark_runtime/start_check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/process/supervisor.hpp"
#include "apps/spark_runtime/host.hpp"
#include "base/log.hpp"

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

/// Why a file cannot be read (`R_OK`) or run (`X_OK`); empty when it can.
std::string obstacle_of(const std::string& path, int access) {
    struct stat file{};
    if (::stat(path.c_str(), &file) != 0 || (S_ISREG(file.st_mode) && ::access(path.c_str(), access) != 0)) {
        return std::strerror(errno);
    }
    return S_ISREG(file.st_mode) ? "" : "it is no file";
}

/// spark-submit without them asks for a ResourceManager on its own host, again and again.
void check_hadoop(const config::Config::SparkRuntime& settings, std::vector<std::string>& out) {
    if (settings.submit.master != "yarn") {
        return;
    }
    if (settings.hadoop_conf_dir.empty()) {
        out.emplace_back("YARN needs core-site.xml and yarn-site.xml: set spark-runtime.hadoopConfDir or HADOOP_CONF_DIR.");
        return;
    }
    for (const auto* name : {"core-site.xml", "yarn-site.xml"}) {
        const auto path = settings.hadoop_conf_dir + "/" + name;
        if (const auto why = obstacle_of(path, R_OK); !why.empty()) {
            out.push_back(fmt::format("{} cannot be read ({}), and YARN needs it: check spark-runtime.hadoopConfDir.", path, why));
        }
    }
}

/// In cluster mode it is of other hosts, and what Spark itself is told of the driver's goes before it.
void check_python(const config::Config::SparkRuntime& settings, std::string_view search_path, std::vector<std::string>& out) {
    const auto& python = settings.pyspark_python;
    const auto& conf = settings.submit.spark_conf;
    if (python.empty() || settings.submit.deploy_mode == "cluster" || conf.contains("spark.pyspark.driver.python") || conf.contains("spark.pyspark.python")) {
        return;
    }
    if (python.contains('/')) {
        if (const auto why = obstacle_of(python, X_OK); !why.empty()) {
            out.push_back(fmt::format("{} cannot be run ({}): check spark-runtime.pysparkPython.", python, why));
        }
        return;
    }
    for (std::size_t at = 0; at <= search_path.size();) {
        const auto end = std::min(search_path.find(':', at), search_path.size());
        if (obstacle_of(fmt::format("{}/{}", search_path.substr(at, end - at), python), X_OK).empty()) {
            return;
        }
        at = end + 1;
    }
    out.push_back(fmt::format("No program {} in PATH ({}): check spark-runtime.pysparkPython.", python, search_path));
}

bool is_superuser(const std::string& name) {
    const auto* user = name.empty() ? nullptr : ::getpwnam(name.c_str());
    return user != nullptr && user->pw_uid == 0;
}

std::vector<std::string> faults_of_host(const config::Config::SparkRuntime& settings, const StartHost& host) {
    std::vector<std::string> out;
    if (::access(host.jobd.c_str(), X_OK) != 0) {
        out.push_back(fmt::format("{} cannot be run ({}): no job would start without it. Install slipway-jobd beside slipway, of the same version.", host.jobd,
                                  std::strerror(errno)));
    }
    const auto spark_submit = settings.spark_home + "/bin/spark-submit";
    if (settings.spark_home.empty()) {
        out.emplace_back("There is no Spark: set spark-runtime.sparkHome or SPARK_HOME.");
    } else if (::access(spark_submit.c_str(), X_OK) != 0) {
        out.push_back(spark_submit + " cannot be run: check spark-runtime.sparkHome.");
    }
    check_hadoop(settings, out);
    check_python(settings, host.search_path, out);
    if (!settings.job_user.empty() && ::geteuid() != 0) {
        out.emplace_back("spark-runtime.jobUser is set, but this user may not switch to another one.");
    }
    if (!settings.job_user.empty() && home_of(settings.job_user).empty()) {
        out.push_back("This host has no user " + settings.job_user + ": check spark-runtime.jobUser.");
    }
    if (is_superuser(settings.job_user)) {
        out.push_back("spark-runtime.jobUser is " + settings.job_user + ", who may do everything on this host: name a user that models may be.");
    }
    return out;
}

bool is_in_group(const struct passwd& user, gid_t group) {
    int count = 0;
    ::getgrouplist(user.pw_name, user.pw_gid, nullptr, &count);
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 1)));
    return ::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) >= 0 && std::ranges::find(groups, group) != groups.end();
}

/// By owner, group and mode, as the kernel decides.
bool may_read(const std::string& name, const struct stat& file) {
    const auto* user = name.empty() ? nullptr : ::getpwnam(name.c_str());
    const auto needed = user == nullptr ? S_IROTH : user->pw_uid == file.st_uid ? S_IRUSR : is_in_group(*user, file.st_gid) ? S_IRGRP : S_IROTH;
    return (file.st_mode & static_cast<mode_t>(needed)) != 0;
}

/// Whether a job's own program runs on this host, not in the cluster.
bool has_drivers_here(const config::Config::SparkRuntime& settings) {
    return settings.submit.deploy_mode != "cluster";
}

/// A keytab that is lost hurts no running job and may come back: nothing to stop for.
std::vector<std::string> warnings_of_keytab(const config::Config::SparkRuntime& settings) {
    const auto& keytab = settings.kerberos.keytab;
    struct stat file{};
    if (keytab.empty()) {
        return {};
    }
    if (::stat(keytab.c_str(), &file) != 0) {
        return {fmt::format("spark-runtime.kerberos.keytab: {}: {}. No ticket is obtained until it is there.", keytab, std::strerror(errno))};
    }
    if (settings.job_user.empty() && has_drivers_here(settings)) {
        return {"Models run as this service's own user and can read its keytab: set spark-runtime.jobUser."};
    }
    if (!may_read(settings.job_user, file)) {
        return {};
    }
    return {fmt::format("spark-runtime.kerberos.keytab: {} can be read by {}, and so by models: chmod 400, owned by the service's user.", keytab,
                        settings.job_user.empty() ? "everybody on this host" : settings.job_user)};
}

/// What models could take the service's own secrets from. Without a user of their own they can in any case, which the health tells.
std::vector<std::string> warnings_of_secrets(const config::Config::SparkRuntime& settings) {
    std::vector<std::string> out;
    for (const auto& path : settings.secret_files) {
        struct stat file{};
        if (!settings.job_user.empty() && ::stat(path.c_str(), &file) == 0 && may_read(settings.job_user, file)) {
            out.push_back(fmt::format("{} has secrets of this service and can be read by {}, and so by models: chmod 400, owned by the service's user.", path,
                                      settings.job_user));
        }
    }
    return out;
}

std::vector<std::string> warnings_of_host(const config::Config::SparkRuntime& settings) {
    auto out = warnings_of_keytab(settings);
    std::ranges::move(warnings_of_secrets(settings), std::back_inserter(out));
    return out;
}

}  // namespace

StartHost this_host(const config::Environment& environment) {
    const auto path = environment.find("PATH");
    return {.jobd = process::jobd_beside_us(), .search_path = path == environment.end() ? "/bin:/usr/bin" : path->second};
}

StartFaults start_faults(const config::Config::SparkRuntime& settings, const StartHost& host) {
    return {.settings = faults_of_settings(settings), .host = faults_of_host(settings, host), .warnings = warnings_of_host(settings)};
}

Result<void> may_start(const config::Config::SparkRuntime& settings, const StartHost& host) {
    auto [all, of_host, warnings] = start_faults(settings, host);
    for (const auto& warning : warnings) {
        log::warn("setting", {{"message", warning}});
    }
    all.insert(all.end(), of_host.begin(), of_host.end());
    return all.empty() ? Result<void>{} : fail(ErrorCode::failed_precondition, "SETTINGS", fmt::format("{}", fmt::join(all, "\n  ")));
}

}  // namespace slipway::spark_runtime
