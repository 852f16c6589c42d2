#include "spark/manifest.hpp"

#include <set>

#include "base/crypto.hpp"
#include "spark/asset_path.hpp"
#include "spark/python_files.hpp"
#include "spark/python_source.hpp"

namespace slipway::spark {
namespace {

using domain::Asset;
using domain::JobType;

std::unexpected<Error> refused(std::string reason, std::string message) {
    return fail(ErrorCode::failed_precondition, std::move(reason), std::move(message));
}

struct TypeWords {
    JobType type;
    std::string_view mark;
    std::string_view member;  ///< of the source asset
};
constexpr std::array<TypeWords, 3> kTypes{TypeWords{JobType::MODEL_BATCH_JOB, "score", "scoreFunction"},
                                          TypeWords{JobType::MODEL_BATCH_TEST_JOB, "metrics", "metricsFunction"},
                                          TypeWords{JobType::MODEL_BATCH_TRAINING_JOB, "train", "trainFunction"}};

const TypeWords& words_of(JobType type) {
    return *std::ranges::find(kTypes, type, &TypeWords::type);
}

/// The stored model of a job's document: in the snapshot, or the snapshot's place holds the model itself.
const json::object* stored_model_of(const json::object& model) {
    const auto* stored = json::object_of(model, "storedModel");
    return stored != nullptr ? stored : &model;
}

std::string name_of(const Asset& asset) {
    return asset.filename && !asset.filename->empty() ? *asset.filename : asset.name.value_or("");
}

/// What lies in the job's folder beside the model's files.
bool is_own_name(std::string_view name) {
    return name == "model_source_code.py" || name == "model_job_metadata.py" || name == "ModelOpPySparkDriver.py" || name == "job_files.tar";
}

/// model-manage shows no secret of a runtime: the mask stands for a value that only our own configuration has.
bool is_hidden(const json::value& value) {
    constexpr std::string_view kMask = "***";
    const auto text = value.is_string() ? std::string_view{value.get_string()} : std::string_view{};
    return text == kMask || (text.ends_with(kMask) && text.substr(0, text.size() - kMask.size()).ends_with('='));
}

class Preprocessor {
public:
    Preprocessor(const domain::Job& job, std::string job_id, const json::object& document, const domain::Runtime& engine, const SubmitSettings& settings,
                 Contents contents)
        : job_{job}, document_{document}, engine_{engine}, settings_{settings}, contents_{std::move(contents)} {
        out_.job_id = std::move(job_id);
        out_.job_type = job.job_type;
    }

    Result<PySparkJobManifest> run() {
        SW_CHECK(read_model());
        SW_CHECK(take_sources());
        SW_CHECK(take_data("inputData", job_.input_data, "in", out_.inputs, out_.staged_inputs));
        SW_CHECK(take_outputs());
        SW_CHECK(take_options());
        out_.job_document = json::write(document_);
        return std::move(out_);
    }

    Result<PySparkJobManifest> run_of_outputs() {
        note_snapshot();
        SW_CHECK(take_outputs());
        out_.job_document = json::write(document_);
        return std::move(out_);
    }

private:
    void note_snapshot() {
        if (job_.model.contains("storedModel")) {
            out_.deployable_model_id = json::text_of(job_.model, "id");
        }
    }

    Result<void> take_outputs() {
        SW_CHECK(take_data("outputData", job_.output_data, "out", out_.outputs, out_.staged_outputs));
        for (std::size_t i = 0; i < job_.output_data.size(); ++i) {
            if (job_.output_data[i].asset_type == "EXTERNAL_FILE" || job_.output_data[i].asset_type == "FILE") {
                out_.output_places.push_back(i);
            }
        }
        return {};
    }

    Result<void> read_model() {
        const auto* stored = stored_model_of(job_.model);
        const auto* list = json::array_of(*stored, "modelAssets");
        for (const auto& item : list != nullptr ? *list : json::array{}) {
            SW_TRY(auto asset, json::decode<Asset>(item));
            if (asset.asset_type == "EXTERNAL_FILE") {
                out_.model_assets.push_back(item);
            }
            assets_.push_back(std::move(asset));
        }
        const auto* meta = json::object_of(*stored, "modelMetaData");
        const auto name = meta != nullptr ? std::string{json::text_of(*meta, "name")} : "";
        out_.application_name = fmt::format("{} {}", name.empty() ? "model" : name, out_.job_id);
        std::ranges::replace_if(out_.application_name, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
        note_snapshot();
        return {};
    }

    Result<void> take_sources() {
        const Asset* primary = nullptr;
        for (const auto& asset : assets_) {
            if (asset.asset_type == "SOURCE_CODE" && asset.primary_model_source.value_or(false)) {
                if (primary != nullptr) {
                    return refused("SEVERAL_PRIMARY_SOURCES",
                                   fmt::format("The model has several primary sources ({} and {}): only one asset may have primaryModelSource=true.",
                                               name_of(*primary), name_of(asset)));
                }
                primary = &asset;
            }
        }
        if (primary == nullptr || !primary->source_code) {
            return refused("NO_PRIMARY_SOURCE", "The model has no primary source: one asset with assetType SOURCE_CODE must have primaryModelSource=true.");
        }
        SW_CHECK(choose_functions(*primary));
        out_.files.push_back({"model_source_code.py", as_utf8_source(*primary->source_code), true});
        for (std::size_t i = 0; i < assets_.size(); ++i) {
            if (&assets_[i] != primary) {
                SW_CHECK(take_file(assets_[i], i));
            }
        }
        SW_CHECK(check_folders());
        add_bare_names();
        return {};
    }

    /// No file is a folder of another.
    Result<void> check_folders() const {
        std::set<std::string_view> paths;
        for (const auto& file : out_.files) {
            paths.insert(file.path);
        }
        for (const auto path : paths) {
            for (auto cut = path.find('/'); cut != std::string_view::npos; cut = path.find('/', cut + 1)) {
                if (const auto folder = path.substr(0, cut); paths.contains(folder)) {
                    return refused("NAME_CLASH",
                                   fmt::format("The assets {} and {} cannot lie beside each other: the first is a file, and a folder of the second.",
                                               quoted(folder), quoted(path)));
                }
            }
        }
        return {};
    }

    Result<void> choose_functions(const Asset& primary) {
        auto read = read_python(*primary.source_code);
        if (!read) {
            return refused("PYTHON_SYNTAX", read.error().message);
        }
        const auto& words = words_of(job_.job_type);
        SW_TRY(auto function, function_for(primary, *read, words.mark, words.member));
        if (!function) {
            return no_function(*read, words.mark, words.member);
        }
        out_.function = *function;
        SW_TRY(out_.init_function, function_for(primary, *read, "init", "initFunction"));
        return {};
    }

    static std::unexpected<Error> no_function(const PythonSource& source, std::string_view mark, std::string_view member) {
        if (const auto stray = std::ranges::find(source.stray, mark, &StrayMark::mark); stray != source.stray.end()) {
            return refused("NO_FUNCTION",
                           fmt::format("The model has no function for this kind of job: line {} is marked with '# modelop.{}' and is no function of "
                                       "the module. Write the comment above a def at its top level, or name a function in the asset's {}.",
                                       stray->line, mark, member));
        }
        return refused("NO_FUNCTION", fmt::format("The model has no function for this kind of job: mark it with a comment '# modelop.{}' above its def, or "
                                                  "name it in the asset's {}.",
                                                  mark, member));
    }

    static Result<std::optional<std::string>> function_for(const Asset& primary, const PythonSource& source, std::string_view mark, std::string_view member) {
        if (const auto named = json::text_of(primary.extra.members, member); !named.empty()) {
            return std::optional{std::string{named}};
        }
        std::optional<std::string> found;
        for (const auto& marked : source.marked) {
            if (marked.mark == mark) {
                if (found) {
                    return refused("SEVERAL_FUNCTIONS", fmt::format("The model marks more than one function with '# modelop.{}': {} and {} (line {}).", mark,
                                                                    *found, marked.function, marked.line));
                }
                found = marked.function;
            }
        }
        return found;
    }

    /// Of an embedded file; nothing where there is none.
    Result<std::optional<std::string>> content_of(const Asset& asset, std::string_view list, std::size_t place) {
        if (const auto found = contents_.by_place.find({std::string{list}, place}); found != contents_.by_place.end()) {
            return std::optional{std::move(found->second)};
        }
        if (!asset.file_content) {
            return std::optional<std::string>{};
        }
        SW_TRY(auto content, crypto::from_base64(*asset.file_content));
        return std::optional{std::move(content)};
    }

    Result<void> take_file(const Asset& asset, std::size_t place) {
        std::optional<std::string> content;
        if (asset.asset_type == "SOURCE_CODE" && asset.source_code) {
            content = name_of(asset).ends_with(".py") ? as_utf8_source(*asset.source_code) : *asset.source_code;
        } else if (asset.asset_type == "FILE") {
            SW_TRY(content, content_of(asset, "modelAssets", place));
        }
        if (!content) {
            return {};
        }
        SW_TRY(auto path, safe_path(name_of(asset), true));
        if (is_own_name(path.substr(0, path.find('/')))) {
            return refused("PATH_ESCAPE", fmt::format("The asset {} has the name of one of the service's own files.", path));
        }
        if (std::ranges::find(out_.files, path, &ManifestFile::path) != out_.files.end()) {
            return {};  // the same file twice, as exports do
        }
        const bool python = path.ends_with(".py");
        out_.files.push_back({std::move(path), std::move(*content), python});
        return {};
    }

    /// Models open files by their bare name: what lies in a folder is found there too, where no other file and no folder has that name.
    void add_bare_names() {
        std::map<std::string, std::vector<const ManifestFile*>> by_name;
        std::set<std::string> folders;
        std::set<std::string> packages;
        for (const auto& file : out_.files) {
            const auto name = file.path.substr(file.path.rfind('/') + 1);
            by_name[name].push_back(&file);
            if (file.path.contains('/')) {
                folders.insert(file.path.substr(0, file.path.find('/')));
            }
            if (name == "__init__.py") {
                packages.insert(file.path.substr(0, file.path.size() - name.size()));
            }
        }
        // A module of a package has no other name, and none may stand in the place of one that Python brings along.
        const auto is_no_root_module = [&](const ManifestFile& file, const std::string& name) {
            return file.python && (packages.contains(file.path.substr(0, file.path.size() - name.size())) ||
                                   is_standard_module(std::string_view{name}.substr(0, name.rfind('.'))));
        };
        std::vector<ManifestFile> added;
        for (const auto& [name, files] : by_name) {
            if (files.size() == 1 && files.front()->path != name && !folders.contains(name) && !is_own_name(name) && !is_no_root_module(*files.front(), name)) {
                added.push_back({name, files.front()->content, files.front()->python});
            }
        }
        out_.files.insert(out_.files.end(), added.begin(), added.end());
    }

    Result<void> take_data(std::string_view member, const std::vector<Asset>& assets, std::string_view folder, json::array& list,
                           std::vector<StagedFile>& staged) {
        const auto* documents = json::array_of(document_, member);
        for (std::size_t i = 0; i < assets.size(); ++i) {
            const auto& asset = assets[i];
            auto shown = documents != nullptr && i < documents->size() ? (*documents)[i] : json::value(json::object{});
            if (asset.asset_type == "EXTERNAL_FILE") {
                list.push_back(std::move(shown));
            } else if (asset.asset_type == "FILE") {
                SW_TRY(auto file, stage(asset, i, member, folder));
                auto& object = shown.as_object();
                object["assetType"] = "EXTERNAL_FILE";
                object["fileUrl"] = file.url;
                for (const auto gone : {"fileContent", "contentHash", "contentUrl"}) {
                    object.erase(gone);
                }
                list.push_back(std::move(shown));
                staged.push_back(std::move(file));
            }
        }
        return {};
    }

    /// HDFS has no name with a colon, and what reads a URL takes `#` and `,` for its end.
    std::string name_in_store(std::string name) const {
        std::ranges::replace_if(name, [](char c) { return c == '#' || c == ','; }, '_');
        if (settings_.staging_url.starts_with("hdfs:")) {
            std::ranges::replace(name, ':', '_');
        }
        return name;
    }

    Result<StagedFile> stage(const Asset& asset, std::size_t index, std::string_view list, std::string_view folder) {
        if (settings_.staging_url.empty()) {
            return refused("NO_STAGING", "The job embeds files, but the runtime has no place for them: set spark-runtime.stagingUrl.");
        }
        auto name = name_of(asset);
        SW_TRY(const auto path, safe_path(name.empty() ? "data" : name, false));
        StagedFile file{.index = index, .filename = path.substr(path.rfind('/') + 1)};
        file.url = fmt::format("{}/{}/{}/{}/{}", settings_.staging_url, out_.job_id, folder, index, name_in_store(file.filename));
        SW_TRY(auto content, content_of(asset, list, index));
        file.content = std::move(content).value_or("");
        return file;
    }

    Result<void> take_options() {
        SW_CHECK(out_.options.lay(OptionLayer::service, settings_.spark_conf, "/spark-runtime/sparkConf"));
        json::object engine;
        for (const auto& [name, value] : engine_.spark_conf.value_or(std::map<std::string, json::value>{})) {
            if (name != "--master" && name != "--deploy-mode" && !is_hidden(value)) {
                engine[name] = value;
            }
        }
        SW_CHECK(out_.options.lay(OptionLayer::engine, engine, "/targetEngine/sparkConf"));
        const auto& memory = engine_.executor_memory.value_or(settings_.executor_memory);
        if (!memory.empty()) {
            SW_CHECK(out_.options.lay(OptionLayer::engine, {{"--executor-memory", memory}}, "/targetEngine"));
        }
        if (job_.job_parameters) {
            auto parameters = *job_.job_parameters;
            parameters.erase("credentialRef");  // what is sealed under it comes with the attempt: secret_parameters()
            SW_CHECK(out_.options.lay(OptionLayer::job, parameters, "/jobParameters", settings_.opened_options));
        }
        out_.timeout = settings_.job_timeout;
        if (const auto* own = document_.if_contains("jobTimeout"); own != nullptr && own->is_int64() && own->get_int64() > 0) {
            out_.timeout = Milliseconds{own->get_int64()};
        }
        return {};
    }

    const domain::Job& job_;
    const json::object& document_;
    const domain::Runtime& engine_;
    const SubmitSettings& settings_;
    Contents contents_;
    std::vector<Asset> assets_;
    PySparkJobManifest out_;
};

}  // namespace

Result<PySparkJobManifest> preprocess(const domain::Job& job, const std::string& job_id, const json::object& document, const domain::Runtime& engine,
                                      const SubmitSettings& settings, Contents contents) {
    return Preprocessor{job, job_id, document, engine, settings, std::move(contents)}.run();
}

Result<PySparkJobManifest> preprocess_outputs(const domain::Job& job, const std::string& job_id, const json::object& document, const std::string& staging_url) {
    const domain::Runtime engine;
    SubmitSettings settings;
    settings.staging_url = staging_url;
    return Preprocessor{job, job_id, document, engine, settings, {}}.run_of_outputs();
}

}  // namespace slipway::spark
