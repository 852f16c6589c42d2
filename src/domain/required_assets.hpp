#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace slipway::domain {

/// One thing that a model needs before it is put into use.
struct RequiredAsset {
    std::string name;  ///< `documentation`, `schema`, `training-data`, `result-comparator`, `test-data`
    bool present{false};
    std::string found_in{};   ///< `snapshot` or `model`, empty when it is missing
    std::string file_name{};  ///< of the asset that counts
    std::string url{};        ///< where that asset is, when it is outside
    std::string asset_id{};
    bool in_s3{false};           ///< one that has its role, if not the one that counts, lies in S3
    std::string unknown_mark{};  ///< what the snapshot names as the one that counts, and nobody has
    /// Names of all that have its role in that place, where they are several and nothing says which one counts.
    std::vector<std::string> rivals{};
};

/// What was looked for and what is there.
struct AssetReport {
    std::vector<RequiredAsset> assets;
    bool complete() const;
    const RequiredAsset& of(std::string_view name) const;
    /// What a person has to decide before a test can be made, in sentences; empty where it is plain which files count.
    std::string ambiguity() const;
};

/// Looks for the required assets of a snapshot: at the snapshot's own ones first, then at its model's (page 10 "Life cycles"). An asset counts by its
/// `assetRole`, the schema is `modelMetaData.inputSchema`. Test data and comparator are the ones that `testData` and `comparator` of the snapshot's
/// `metaData.custom.sageMaker.testTransform` name (by name, file name or `assetId`), of the snapshot or of the model as it is now. Pure.
/// @param snapshot, model documents; `model` may be empty when it is no more.
AssetReport report_assets(const json::object& snapshot, const json::object& model);
/// `[{name, present, foundIn, filename, url, rivals}]`.
json::array to_json(const AssetReport& report);

}  // namespace slipway::domain
