#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"

/// A folder, or a single program, as people keep a PySpark model: what becomes of its files.
namespace slipway::cli {

/// Functions that `# modelop.init|score|metrics|train` comments mark, as members of the asset: {"scoreFunction": "f"}. A mark in a text is none.
json::object marked_functions(std::string_view source);

/// Role of a file that is no program, by its name (`README_FILE`, `REQUIRED_LIBRARIES`, `WEIGHTS_FILE`, `TRAINING_DATA`, …, else `UNKNOWN`).
std::string_view role_of_file(std::string_view path);

/// A file that was not taken, and why.
struct LeftOut {
    std::string name;
    std::string reason;
};

/// A model as it was read: its document, and what lies beside it and is not in there.
struct ModelFolder {
    json::object document;
    std::vector<LeftOut> left_out;
};

/// The document of a StoredModel of type PYSPARK: the primary program first, other programs and files by path, schemas (`*.avsc`) and
/// `required_assets.json` in their places. Hidden files, caches and what holds keys or passwords are left out, and named.
/// @param primary path within the folder of the program whose functions are run; empty: the one that has marks.
/// @return `USAGE` naming what is wrong: no program, several that could be it, several functions under one mark, a file that is too large, a broken schema.
Result<ModelFolder> read_model_folder(const std::filesystem::path& path, const std::string& primary);

/// What a person should hear of such a document, in sentences: a model is kept while it grows, but a job of it would fail, or run other than meant.
std::vector<std::string> doubts_about(const json::object& document);

/// What became of each file, for people: name and role of what was taken, name and reason of what was not.
std::vector<std::string> account_of(const ModelFolder& folder);

/// The same for programs: `{"taken": [{"name", "assetType", "assetRole"}], "leftOut": [{"name", "reason"}]}`.
json::object account_document(const ModelFolder& folder);

/// `fresh` over what the server has: ids of assets of the same name, and assets that lie elsewhere, stay.
json::object over_existing(json::object fresh, const json::object& existing);

}  // namespace slipway::cli
