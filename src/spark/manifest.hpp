#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "domain/job.hpp"
#include "domain/runtime.hpp"
#include "spark/options.hpp"

/// PySparkPreprocessor: from a job document to what is submitted. Pure.
namespace slipway::spark {

/// How this runtime submits; from `spark-runtime` of the configuration.
struct SubmitSettings {
    std::string master;                 ///< `local[N]`, `spark://…`, `yarn`
    std::string deploy_mode{"client"};  ///< or `cluster`
    std::string executor_memory;        ///< empty: the cluster's default
    json::object spark_conf;            ///< service defaults
    std::set<std::string> opened_options;
    std::string staging_url;  ///< where embedded inputs and outputs live, without a trailing `/`; empty: none
    bool own_master_is_error{true};
    std::optional<Milliseconds> job_timeout;  ///< for jobs that name none
    std::size_t max_embedded{256U << 20};     ///< bytes of a job's embedded assets, all together, that model-manage keeps apart
};

/// Content of embedded assets that the document does not carry.
struct Contents {
    std::map<std::pair<std::string, std::size_t>, std::string> by_place;  ///< by list (`inputData`, `modelAssets`) and place in it
    std::size_t bytes{0};
};

/// A file of the job's folder `files/`.
struct ManifestFile {
    std::string path;  ///< relative, `/` between parts, no `..`, no link
    std::string content;
    bool python{false};  ///< belongs to `--py-files`; else `--files`
};

/// An embedded input (upload before the launch) or output (read back after it) in the staging area.
struct StagedFile {
    std::string url;       ///< `<stagingUrl>/<job id>/<in|out>/<n>/<filename>`
    std::string content;   ///< inputs: what is uploaded
    std::size_t index{0};  ///< place in `inputData` or `outputData`
    std::string filename;
};

/// Everything that one submission needs, independent of the attempt.
struct PySparkJobManifest {
    std::string job_id;
    domain::JobType job_type{domain::JobType::MODEL_BATCH_JOB};
    std::string application_name;  ///< `<model> <job id>`, for `--name`
    std::string function;
    std::optional<std::string> init_function;
    json::array inputs;                      ///< EXTERNAL_FILE asset documents, in order
    json::array outputs;                     ///< likewise
    json::array model_assets;                ///< likewise
    std::vector<std::size_t> output_places;  ///< of `outputs` in the document's `outputData`
    std::vector<ManifestFile> files;
    std::vector<StagedFile> staged_inputs;
    std::vector<StagedFile> staged_outputs;
    SubmitOptions options;
    std::string job_document;  ///< `rawJson`
    std::string deployable_model_id;
    std::optional<Milliseconds> timeout;  ///< of the whole run: member `jobTimeout` of the document (ms), else of the settings
};

/// @param contents goes into the files of the manifest; the document that the model sees names its hash alone.
/// @param engine the runtime as registered (its `sparkConf`, `executorMemory` count; what the document carries of it does not).
/// @return `failed_precondition` with a sentence for the job's last message: `NO_PRIMARY_SOURCE`, `SEVERAL_PRIMARY_SOURCES`, `NO_FUNCTION`,
///         `SEVERAL_FUNCTIONS`, `PYTHON_SYNTAX`, `PATH_ESCAPE`, `NAME_CLASH`, `BAD_OPTION`, `NO_STAGING`.
Result<PySparkJobManifest> preprocess(const domain::Job& job, const std::string& job_id, const json::object& document, const domain::Runtime& engine,
                                      const SubmitSettings& settings, Contents contents = {});

/// What is collected of a job that returned: its kind, its declared outputs and where they are. Neither its sources nor its options are judged again: the run
/// has been, whatever they would be refused for by now.
/// @param staging_url of the run. @return as preprocess(), of the outputs' names alone.
Result<PySparkJobManifest> preprocess_outputs(const domain::Job& job, const std::string& job_id, const json::object& document, const std::string& staging_url);

/// Paths of one attempt on this host or in the staging area, told to the driver.
struct AttemptPlaces {
    int attempt{1};
    std::string tag;
    std::string application_path;   ///< local; empty in cluster mode
    std::string result_path;        ///< local; empty in cluster mode
    std::string result_url;         ///< cluster mode; else empty
    std::string application_url{};  ///< where a manager without tags does not tell whose a driver is: there the driver says which one it is
    std::string files_url{};        ///< folder from which the cluster reads the files of the attempt; empty: they are read in the job's folder
};

/// Text of `model_job_metadata.py`: `METADATA = json.loads("…")`, ASCII alone; see src/spark/driver.
std::string metadata_text(const PySparkJobManifest& manifest, const AttemptPlaces& places, const SubmitSettings& settings);

}  // namespace slipway::spark
