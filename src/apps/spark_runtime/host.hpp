#pragma once

#include <memory>
#include <string>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"
#include "spark/submission.hpp"
#include "store/database.hpp"

namespace slipway::spark_runtime {

/// Home of a user of this host, empty where there is no such user.
std::string home_of(const std::string& user);

/// What this host has for Spark: spark-submit, its defaults, and of the environment only what Spark needs. Whether all of it is there says may_start().
spark::SparkHost describe_host(const config::Config::SparkRuntime& settings, const config::Environment& environment, const std::string& runtime_id);

/// As whom this service and what it submits act where Hadoop authenticates nobody: HADOOP_USER_NAME, else `jobUser`, else the user of this process, as Hadoop's
/// own programs do.
std::string hadoop_user(const config::Config::SparkRuntime& settings, const config::Environment& environment);

/// The id of this installation, made once in the data directory, and bound to the host and the place where it was made.
/// @return `failed_precondition` for a directory that was moved or copied: two with one id could launch one job.
Result<std::string> instance_id(const std::string& data_dir, IdSource& ids, Timestamp now, const std::string& machine_id_file = "/etc/machine-id");

/// The journal in the data directory, ready for use; one process has it.
/// @return what is to be done, in words of this service, when another process has it or the file is damaged.
Result<std::unique_ptr<store::Database>> open_journal(const std::string& data_dir);

/// Text of the driver that spark-submit runs.
std::string driver_text();

}  // namespace slipway::spark_runtime
