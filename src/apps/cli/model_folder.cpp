#include "apps/cli/model_folder.hpp"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <fstream>
#include <map>
#include <sstream>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/key_files.hpp"
#include "apps/cli/source_text.hpp"
#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "spark/python_source.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 500;
constexpr std::uintmax_t kLargestFile = 16U << 20;

Result<std::string> content_of(const fs::path& path) {
    std::error_code problem;
    const auto size = fs::file_size(path, problem);
    if (problem || size > kLargestFile) {
        return usage(problem ? "the file " + path.string() + " cannot be read"
                             : "the file " + path.string() + " is larger than 16 MiB: put it into a store and add it as an external asset");
    }
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file || (size > 0 && !(text << file.rdbuf()))) {
        return usage("the file " + path.string() + " cannot be read");
    }
    return text.str();
}

constexpr std::string_view kHidden = "it is hidden";
constexpr std::string_view kCache = "it is a cache or an environment of Python or Node.js";

/// Why a file or folder is not taken, by its name; empty where it is.
std::string_view reason_for(const std::string& within) {
    const auto name = within.substr(within.rfind('/') + 1);
    if (const auto secret = secret_reason(within); !secret.empty()) {
        return secret;
    }
    if (name == "__pycache__" || name == "node_modules" || name == "venv" || name.ends_with(".pyc")) {
        return kCache;
    }
    return name.starts_with('.') ? kHidden : std::string_view{};
}

/// A folder that came from elsewhere may bring links to what is not meant to leave this machine.
Result<void> check_link(const fs::path& root, const fs::path& link) {
    std::error_code problem;
    const auto target = fs::canonical(link, problem);
    if (problem) {
        return {};  // it leads nowhere: nothing is taken
    }
    const auto top = fs::canonical(root, problem);
    if (problem || *target.lexically_relative(top).begin() == "..") {
        return usage("the link " + link.string() + " leads out of the folder: put the file itself there, or take the link away");
    }
    return {};
}

using Files = std::map<std::string, fs::path>;

/// Files below `root` by their path within it, in order.
Result<Files> files_of(const fs::path& root, std::vector<LeftOut>& left_out) {
    Files files;
    if (fs::is_regular_file(root)) {
        files.emplace(root.filename().string(), root);
        return files;
    }
    std::error_code problem;
    for (auto entry = fs::recursive_directory_iterator{root, problem}; !problem && entry != fs::recursive_directory_iterator{}; entry.increment(problem)) {
        auto within = entry->path().lexically_relative(root).generic_string();
        if (const auto reason = reason_for(within); !reason.empty()) {
            const bool folder = entry->is_directory(problem);
            if (folder) {
                entry.disable_recursion_pending();
            }
            if (left_out.size() < kMostFiles) {
                left_out.push_back({within + (folder ? "/" : ""), std::string{reason}});
            }
            continue;
        }
        if (entry->is_symlink(problem)) {
            SW_CHECK(check_link(root, entry->path()));
        }
        if (entry->is_regular_file(problem)) {
            files.emplace(std::move(within), entry->path());
        }
        if (files.size() > kMostFiles) {
            return usage("the folder " + root.string() + " has more than 500 files: give the folder of the model alone");
        }
    }
    if (problem || files.empty()) {
        return usage("the folder " + root.string() + (problem ? " cannot be read" : " has no files"));
    }
    return files;
}

json::object program_of(const std::string& name, const std::string& source) {
    json::object asset;
    asset["assetType"] = "SOURCE_CODE";
    asset["assetRole"] = "MODEL_SOURCE";
    asset["name"] = name;
    asset["sourceCodeFilePath"] = name;
    asset["sourceCodeType"] = "MODEL";
    asset["sourceCode"] = source;
    return asset;
}

json::object file_of(const std::string& name, const std::string& content) {
    const auto dot = name.rfind('.');
    auto format = dot == std::string::npos ? std::string{} : ascii_lower(name.substr(dot + 1));
    std::ranges::transform(format, format.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    json::object asset;
    asset["assetType"] = "FILE";
    asset["assetRole"] = role_of_file(name);
    asset["name"] = name;
    asset["filename"] = name;
    asset["fileFormat"] = format == "CSV" || format == "JSON" || format == "PARQUET" || format == "AVRO" ? format : "UNKNOWN";
    asset["fileContent"] = crypto::base64(content);
    return asset;
}

Result<void> add_schema(json::object& meta, const std::string& name, const std::string& content) {
    auto definition = json::parse_object(content);
    if (!definition) {
        return usage(name + " is no schema: " + definition.error().message);
    }
    const auto* member = ascii_lower(name).contains("output") ? "outputSchema" : "inputSchema";
    json::array schemas = json::array_of(meta, member) != nullptr ? *json::array_of(meta, member) : json::array{};
    schemas.push_back(json::object{{"name", name}, {"schemaDefinition", std::move(*definition)}});
    meta[member] = std::move(schemas);
    return {};
}

constexpr std::array<std::string_view, 4> kMarks{"init", "score", "metrics", "train"};

/// A job runs one function of a kind: which one, nobody may guess.
Result<void> check_marks(const std::string& name, std::string_view source) {
    const auto read = spark::read_python(source);
    for (const auto mark : kMarks) {
        std::vector<std::string> functions;
        for (const auto& marked : read ? read->marked : std::vector<spark::MarkedFunction>{}) {
            if (marked.mark == mark) {
                functions.push_back(fmt::format("{} (line {})", marked.function, marked.line));
            }
        }
        if (functions.size() > 1) {
            return usage(
                fmt::format("{} marks more than one function with # modelop.{}: {}; mark only the one that runs", name, mark, fmt::join(functions, ", ")));
        }
    }
    return {};
}

/// The program that runs, taken out of `programs`.
Result<json::object> primary_of(std::map<std::string, json::object>& programs, const std::string& wanted) {
    std::vector<std::string> candidates;
    for (const auto& [name, asset] : programs) {
        if (wanted.empty() ? !marked_functions(json::text_of(asset, "sourceCode")).empty() : name == wanted) {
            candidates.push_back(name);
        }
    }
    if (candidates.empty() && wanted.empty() && programs.size() == 1) {
        candidates.push_back(programs.begin()->first);
    }
    if (candidates.size() != 1) {
        std::string names;
        for (const auto& [name, asset] : programs) {
            const bool one = candidates.empty() || std::ranges::find(candidates, name) != candidates.end();
            names += one ? (names.empty() ? "" : ", ") + name : "";
        }
        return usage(programs.empty()        ? "there is no Python program (*.py) in it"
                     : candidates.size() > 1 ? "several programs have # modelop comments; say which one runs: --primary FILE (" + names + ")"
                                             : "say which program runs: --primary FILE (" + names + "), or mark its functions with # modelop.score and so on");
    }
    auto asset = std::move(programs.at(candidates[0]));
    SW_CHECK(check_marks(candidates[0], json::text_of(asset, "sourceCode")));
    programs.erase(candidates[0]);
    asset["primaryModelSource"] = true;
    for (const auto& [member, function] : marked_functions(json::text_of(asset, "sourceCode"))) {
        asset[member] = function;
    }
    return asset;
}

/// What the files of a folder become.
struct Parts {
    json::object document;
    json::object meta;
    std::map<std::string, json::object> programs;
    json::array others;
};

Result<void> take(Parts& parts, const std::string& name, const std::string& content) {
    const auto plain = ascii_lower(name);
    if (plain.ends_with(".py")) {
        SW_TRY(const auto source, text_of_source(name, content));
        parts.programs.emplace(name, program_of(name, source));
        return {};
    }
    if (plain.ends_with(".avsc")) {
        return add_schema(parts.meta, name, content);
    }
    if (fs::path{name}.filename() == "required_assets.json") {
        const auto required = json::parse(content);
        if (!required) {
            return usage(name + ": " + required.error().message);
        }
        parts.document["requiredAssets"] = *required;
    }
    parts.others.push_back(file_of(name, content));
    return {};
}

/// Whoever marked a method or a lambda thinks that it is marked, and looks for the fault elsewhere.
std::vector<std::string> doubts_about_program(std::string_view name, std::string_view source) {
    const auto read = spark::read_python(source);
    if (!read) {
        return {fmt::format("{} cannot be read, a job of it would fail: {}", name, read.error().message)};
    }
    std::vector<std::string> out;
    for (const auto& [mark, line] : read->stray) {
        if (std::ranges::find(kMarks, mark) != kMarks.end()) {
            out.push_back(fmt::format("{}: line {} is marked with # modelop.{} and is no function of the module: mark a top-level def.", name, line, mark));
        }
    }
    if (const auto marks = marked_functions(source); out.empty() && marks.size() == (marks.contains("initFunction") ? 1 : 0)) {
        out.push_back(
            fmt::format("{} marks no function that a job could run: write # modelop.score, # modelop.metrics or # modelop.train above its def.", name));
    }
    return out;
}

}  // namespace

json::object marked_functions(std::string_view source) {
    json::object found;
    const auto read = spark::read_python(source);
    for (const auto& marked : read ? read->marked : std::vector<spark::MarkedFunction>{}) {
        if (std::ranges::find(kMarks, marked.mark) != kMarks.end()) {
            found[marked.mark + "Function"] = marked.function;
        }
    }
    return found;
}

std::vector<std::string> doubts_about(const json::object& document) {
    std::vector<std::string> out;
    const json::object* first = nullptr;
    const auto* assets = json::array_of(document, "modelAssets");
    for (const auto& item : assets != nullptr ? *assets : json::array{}) {
        const auto* asset = item.if_object();
        if (asset == nullptr || json::text_of(*asset, "assetType") != "SOURCE_CODE") {
            continue;
        }
        const auto name = json::text_of(*asset, "name");
        const auto source = json::text_of(*asset, "sourceCode");
        if (first != nullptr) {
            if (!marked_functions(source).empty()) {
                out.push_back(fmt::format("{} has # modelop comments, too: only those of {} count.", name, json::text_of(*first, "name")));
            }
            continue;
        }
        first = asset;
        out = doubts_about_program(name, source);
    }
    return out;
}

std::string_view role_of_file(std::string_view path) {
    const auto name = ascii_lower(fs::path{path}.filename().string());
    const auto has = [&](std::string_view part) { return name.contains(part); };
    const auto ends = [&](std::initializer_list<std::string_view> known) { return std::ranges::any_of(known, [&](auto end) { return name.ends_with(end); }); };
    if (name.starts_with("readme")) {
        return "README_FILE";
    }
    if (name.starts_with("requirements") && name.ends_with(".txt")) {
        return "REQUIRED_LIBRARIES";
    }
    if (ends({".dmn"})) {
        return "TEST_RESULT_COMPARATOR";
    }
    if (ends({".pkl", ".pickle", ".joblib", ".h5", ".onnx", ".pt", ".pth", ".pb", ".bin", ".model"})) {
        return "WEIGHTS_FILE";
    }
    if (ends({".pdf", ".docx", ".md"})) {
        return "MODEL_DOCUMENTATION";
    }
    if (ends({".csv", ".json", ".parquet", ".avro", ".tsv", ".txt"})) {
        return has("train")                    ? "TRAINING_DATA"
               : has("baseline")               ? "BASELINE_DATA"
               : has("comparator")             ? "COMPARATOR_DATA"
               : has("test") || has("holdout") ? "TEST_DATA"
                                               : "UNKNOWN";
    }
    return "UNKNOWN";
}

std::vector<std::string> account_of(const ModelFolder& folder) {
    std::vector<std::string> out;
    const auto account = account_document(folder);
    for (const auto& item : account.at("taken").as_array()) {
        const auto& one = item.get_object();
        out.push_back(fmt::format("took {} as {}", json::text_of(one, "name"), json::text_of(one, "assetRole")));
    }
    for (const auto& [name, reason] : folder.left_out) {
        out.push_back(fmt::format("left out {}: {}.", name, reason));
    }
    return out;
}

json::object account_document(const ModelFolder& folder) {
    json::array taken;
    const auto& document = folder.document;
    for (const auto& item : document.at("modelAssets").as_array()) {
        const auto& asset = item.get_object();
        taken.push_back(json::object{
            {"name", json::text_of(asset, "name")}, {"assetType", json::text_of(asset, "assetType")}, {"assetRole", json::text_of(asset, "assetRole")}});
    }
    const auto& meta = document.at("modelMetaData").as_object();
    for (const auto member : {"inputSchema", "outputSchema"}) {
        const auto* schemas = json::array_of(meta, member);
        for (const auto& schema : schemas != nullptr ? *schemas : json::array{}) {
            taken.push_back(json::object{{"name", json::text_of(schema.get_object(), "name")}, {"assetRole", member}});
        }
    }
    json::array left;
    for (const auto& [name, reason] : folder.left_out) {
        left.push_back(json::object{{"name", name}, {"reason", reason}});
    }
    return {{"taken", std::move(taken)}, {"leftOut", std::move(left)}};
}

Result<ModelFolder> read_model_folder(const fs::path& path, const std::string& primary) {
    std::error_code problem;
    if (!fs::exists(path, problem)) {
        return usage("there is no file or folder " + path.string());
    }
    ModelFolder out;
    SW_TRY(const auto files, files_of(path, out.left_out));
    Parts parts;
    parts.meta = {{"name", fs::is_directory(path) ? fs::absolute(path / ".").lexically_normal().parent_path().filename().string() : path.stem().string()},
                  {"type", "PYSPARK"}};
    for (const auto& [name, place] : files) {
        SW_TRY(const auto content, content_of(place));
        if (!ascii_lower(name).ends_with(".py") && is_private_key(content)) {
            out.left_out.push_back({name, "it has a private key in it"});
            continue;
        }
        SW_CHECK(take(parts, name, content));
    }
    std::ranges::sort(out.left_out, {}, &LeftOut::name);
    SW_TRY(auto first, primary_of(parts.programs, primary));
    json::array assets{std::move(first)};
    for (auto& [name, program] : parts.programs) {
        assets.push_back(std::move(program));
    }
    for (auto& asset : parts.others) {
        assets.push_back(std::move(asset));
    }
    out.document = std::move(parts.document);
    out.document["modelMetaData"] = std::move(parts.meta);
    out.document["modelAssets"] = std::move(assets);
    return out;
}

json::object over_existing(json::object fresh, const json::object& existing) {
    auto& assets = fresh.at("modelAssets").as_array();
    const auto* before = json::array_of(existing, "modelAssets");
    for (const auto& item : before != nullptr ? *before : json::array{}) {
        if (!item.is_object()) {
            continue;
        }
        const auto& old = item.get_object();
        if (json::text_of(old, "assetType") == "EXTERNAL_FILE") {
            assets.push_back(old);
            continue;
        }
        for (auto& asset : assets) {
            auto& mine = asset.as_object();
            const bool same = json::text_of(mine, "name") == json::text_of(old, "name") && json::text_of(mine, "assetType") == json::text_of(old, "assetType");
            if (same && !mine.contains("assetId")) {
                mine["assetId"] = json::text_of(old, "assetId");
                break;
            }
        }
    }
    return fresh;
}

}  // namespace slipway::cli
