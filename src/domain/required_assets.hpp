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
};

/// What was looked for and what is there.
struct AssetReport {
    std::vector<RequiredAsset> assets;
    bool complete() const;
    const RequiredAsset& of(std::string_view name) const;
};

/// Looks for the required assets of a snapshot: at the snapshot's own ones first, then at its model's (page 10 "Life cycles"). An asset counts by its
/// `assetRole`, the schema is `modelMetaData.inputSchema`. Pure.
/// @param snapshot, model documents; `model` may be empty when it is no more.
AssetReport report_assets(const json::object& snapshot, const json::object& model);
/// `assetId` of the decision table for test results among the assets of a snapshot or a model; empty where there is none. Pure.
std::string comparator_asset(const json::object& document);
/// `[{name, present, foundIn, filename, url}]`.
json::array to_json(const AssetReport& report);

}  // namespace slipway::domain
