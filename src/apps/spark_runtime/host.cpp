#include "apps/spark_runtime/host.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <pwd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "base/embedded.hpp"
#include "base/id.hpp"
#include "spark/job_folder.hpp"
#include "spark/job_identity.hpp"
#include "spark/journal.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> spark_driver();
}

namespace slipway::spark_runtime {
namespace {

/// Handed on when they are set. Nothing else of our environment reaches a model: it may hold secrets.
constexpr std::array<std::string_view, 12> kHandedOn{
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SPARK_LOCAL_IP", "SPARK_LOCAL_DIRS", "HADOOP_HOME", "HADOOP_USER_NAME"};

std::string text_of_file(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

std::string home_of(const std::string& user) {
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::string buffer(16384, '\0');
    return ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr ? entry.pw_dir : "";
}

std::string hadoop_user(const config::Config::SparkRuntime& settings, const config::Environment& environment) {
    if (const auto found = environment.find("HADOOP_USER_NAME"); found != environment.end() && !found->second.empty()) {
        return found->second;
    }
    if (!settings.job_user.empty()) {
        return settings.job_user;
    }
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::string buffer(16384, '\0');
    return ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr ? entry.pw_name : "";
}

spark::SparkHost describe_host(const config::Config::SparkRuntime& settings, const config::Environment& environment, const std::string& runtime_id) {
    spark::SparkHost host{.spark_submit = settings.spark_home + "/bin/spark-submit", .job_user = settings.job_user};
    for (const auto name : kHandedOn) {
        const bool ours = !settings.job_user.empty() && (name == "HOME" || name == "USER");
        if (const auto found = environment.find(name); found != environment.end() && !ours) {
            host.environment.emplace_back(name, found->second);
        }
    }
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            host.environment.emplace_back(name, value);
        }
    };
    if (!settings.job_user.empty()) {
        add("USER", settings.job_user);
        add("HOME", home_of(settings.job_user));
    }
    add("SPARK_HOME", settings.spark_home);
    add("JAVA_HOME", settings.java_home);
    add("HADOOP_CONF_DIR", settings.hadoop_conf_dir);
    add("YARN_CONF_DIR", settings.hadoop_conf_dir);
    add("PYSPARK_PYTHON", settings.pyspark_python);
    add("PYSPARK_DRIVER_PYTHON", settings.pyspark_python);
    const auto conf_dir = environment.find("SPARK_CONF_DIR");
    add("SPARK_CONF_DIR", conf_dir != environment.end() ? conf_dir->second : "");
    host.defaults = text_of_file((conf_dir != environment.end() ? conf_dir->second : settings.spark_home + "/conf") + "/spark-defaults.conf");
    if (settings.submit.master.starts_with("spark://") && settings.submit.deploy_mode == "cluster" && !environment.contains("HADOOP_USER_NAME")) {
        add("HADOOP_USER_NAME", hadoop_user(settings, environment));  // the driver, whoever runs it there, reads and writes the staging area as we do
    }
    host.service_tag = spark::service_tag(runtime_id);
    return host;
}

namespace {

/// Where a data directory lives: the host, and the file of the instance id in it, which every copy has as another file. Device numbers change when a host is
/// started anew, and are left out. Hosts without an id (containers) are told apart by the file alone.
Result<std::string> place_of(const std::string& id_file, const std::string& machine_id_file) {
    struct stat facts{};
    if (::stat(id_file.c_str(), &facts) != 0) {
        return fail(ErrorCode::unavailable, "DISK", fmt::format("Cannot look at {}: {}.", id_file, std::generic_category().message(errno)));
    }
    auto machine = text_of_file(machine_id_file);
    machine.resize(std::min({machine.size(), machine.find_first_of(" \n"), std::size_t{64}}));
    return fmt::format("{} {}", machine, facts.st_ino);
}

}  // namespace

Result<std::string> instance_id(const std::string& data_dir, IdSource& ids, Timestamp now, const std::string& machine_id_file) {
    const auto path = data_dir + "/instance-id";
    const auto bound = data_dir + "/instance-place";
    SW_TRY(const auto known, spark::JobFolder::read_file(path, 64));
    const bool found = known && is_uuid(*known);
    auto id = found ? *known : ids.next(now);
    if (!found) {
        SW_CHECK(spark::JobFolder::write_file(path, id));
    }
    SW_TRY(const auto place, place_of(path, machine_id_file));
    SW_TRY(const auto before, spark::JobFolder::read_file(bound, 256));
    if (found && before && *before != place) {
        return fail(
            ErrorCode::failed_precondition, "COPIED_DATA_DIR",
            fmt::format("The data directory {} was moved here, or is a copy: two runtimes that take themselves for the same one could run a job twice. If "
                        "nothing runs on the old one any more, and nothing will, delete {} and start again: this runtime goes on with its jobs. "
                        "Otherwise start with an empty data directory.",
                        data_dir, bound));
    }
    if (!before || *before != place) {
        SW_CHECK(spark::JobFolder::write_file(bound, place));
    }
    return id;
}

Result<std::unique_ptr<store::Database>> open_journal(const std::string& data_dir) {
    const auto path = data_dir + "/journal.db";
    auto database = db::open_sqlite({.path = path, .readers = 1, .exclusive = true});
    auto done = database ? spark::migrate_journal(**database) : Result<void>{std::unexpected(database.error())};
    if (done) {
        return database;
    }
    auto& error = done.error();
    const bool damaged = error.detail.starts_with("sqlite 26:") || error.detail.starts_with("sqlite 11:");  // NOTADB, CORRUPT
    if (error.reason == "DATABASE_IN_USE") {
        error.message = fmt::format("Another slipway spark-runtime uses the data directory {}. Stop it, or name another one with --data-dir.", data_dir);
    } else if (damaged) {
        error.message = fmt::format(
            "The journal {0} is damaged. Move {0}, {0}-wal and {0}-shm away and start again: the jobs of this runtime are found by what "
            "model-manage and the data directory know of them, and nothing is launched twice.",
            path);
    }
    return std::unexpected(std::move(error));
}

std::string driver_text() {
    for (const auto& file : embedded::spark_driver()) {
        if (file.name == spark::kDriverFile) {
            return std::string{file.content};
        }
    }
    return {};
}

}  // namespace slipway::spark_runtime
