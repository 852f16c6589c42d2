#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "spark/job_folder.hpp"
#include "spark/manifest.hpp"
#include "spark/supervisor.hpp"

/// From a manifest to one spark-submit: argv and environment, never a shell. Pure.
namespace slipway::spark {

/// What this host gives to every spark-submit.
struct SparkHost {
    std::string spark_submit;  ///< absolute path
    std::vector<std::pair<std::string, std::string>>
        environment;       ///< SPARK_HOME, JAVA_HOME, HADOOP_CONF_DIR, PYSPARK_PYTHON, PATH, LANG, …: nothing else of ours
    std::string job_user;  ///< empty: our own
    std::string service_tag;
    std::string defaults;  ///< text of the host's spark-defaults.conf: a properties file of ours would hide it
};

/// Opened secrets of a job's assets by `credentialRef`, each a map of the names under which they were sealed (`accessKey`, `secretKey`, `password`, …).
using AssetSecrets = std::map<std::string, std::map<std::string, Secret>>;

/// True when a submission of it needs the keys that model-manage keeps for the job.
inline bool names_secrets(const PySparkJobManifest& manifest) {
    return manifest.job_document.contains("\"credentialRef\"");
}

/// Settings that hand the keys of S3 assets to Spark, one set per bucket: `spark.hadoop.fs.s3a.bucket.<bucket>.access.key` and so on, with `endpoint` and
/// `path.style.access` of `repositoryInfo` (`host`, `port`, `secure`).
std::vector<std::pair<std::string, std::string>> secret_properties(const json::object& job_document, const AssetSecrets& secrets);

/// Spark knows one key and one address a bucket: inputs, outputs and assets of the model that contradict each other are not run with a mixture of them.
/// @return `failed_precondition` `SEVERAL_KEYS` naming both assets, never their keys.
Result<void> check_bucket_keys(const json::object& job_document, const AssetSecrets& secrets);

/// The settings of `jobParameters` that model-manage keeps sealed, under the rules for all others. @return `invalid_argument` for one that a job may not set.
Result<std::vector<std::pair<std::string, std::string>>> secret_parameters(const json::object& job_document, const AssetSecrets& secrets,
                                                                           const std::set<std::string>& opened);

/// One attempt, ready to be written and launched.
struct Submission {
    LaunchSpec launch;
    std::string properties;            ///< text of the properties file at JobFolder::properties(), or below `files_url`; 0600
    std::string metadata;              ///< text of `files/model_job_metadata.py`
    std::string archive;               ///< cluster mode: `files/job_files.tar` with all files but the driver, unpacked by it; else empty
    std::vector<std::string> command;  ///< argv as people may see it
};

/// Lays the service's own settings over the manifest's options: master, deploy mode, name, tags (`spark.yarn.tags` merged with the user's,
/// `spark.modelop.tag`), `spark.yarn.maxAppAttempts=1`, in YARN cluster mode `spark.yarn.submit.waitAppCompletion=false`,
/// `spark.submit.callSystemExitOnMainExit=true` and `spark.redaction.regex` unless the engine says otherwise, and `--py-files`, `--files`, `--properties-file`.
/// With `places.files_url` all files are named below it: for a spark-submit that runs elsewhere. A properties file it can read from a folder alone (`file://`).
Submission build_submission(const PySparkJobManifest& manifest, const JobFolder& folder, const AttemptPlaces& places, const SubmitSettings& settings,
                            const SparkHost& host, const std::vector<std::pair<std::string, std::string>>& secrets);

/// Names below `files_url` of what is uploaded there beside the driver and the files at the top of the manifest.
inline constexpr std::string_view kMetadataFile = "model_job_metadata.py";
inline constexpr std::string_view kArchiveFile = "job_files.tar";
inline constexpr std::string_view kPropertiesFile = "submit.conf";

/// A path for whoever has the staging area mounted; empty where it is no folder of a host.
std::string path_of_file_url(std::string_view url);

/// A ustar archive of the files: names up to 255 bytes, mode 0600, no time stamps.
std::string tar_of(const std::vector<ManifestFile>& files);

}  // namespace slipway::spark
