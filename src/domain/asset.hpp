#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json_codec.hpp"

namespace slipway::domain {

/// Code, an embedded file, or a file elsewhere (`assetType`). The SQL assets of the matched product pass through as they came.
struct Asset {
    std::string asset_type;  ///< `SOURCE_CODE`, `FILE`, `EXTERNAL_FILE`, or a word with `SQL` kept as it came
    std::optional<std::string> asset_id;
    std::optional<std::string> name;
    std::optional<std::string> asset_role;  ///< `MODEL_SOURCE`, `TRAINING_DATA`, `TEST_DATA`, `TEST_RESULT_COMPARATOR`, `MODEL_DOCUMENTATION`, …
    std::optional<std::string> filename;
    std::optional<std::string> file_format;
    std::optional<std::int64_t> file_size;    ///< bytes
    std::optional<std::string> file_url;      ///< EXTERNAL_FILE
    std::optional<std::string> file_content;  ///< FILE: base64
    std::optional<std::string> content_hash;  ///< FILE kept as a blob: SHA-256 in hexadecimal digits
    std::optional<std::string> source_code;   ///< SOURCE_CODE
    std::optional<bool> primary_model_source;
    std::optional<json::object> meta_data;
    std::optional<json::object> repository_info;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Asset, (),
                      (asset_type, asset_id, name, asset_role, filename, file_format, file_size, file_url, file_content, content_hash, source_code,
                       primary_model_source, meta_data, repository_info, extra))

/// Embedded content of one asset, decoded.
inline constexpr std::size_t kMaxEmbeddedBytes = 16U << 20;

/// Checks one asset at the door: type and its required members, `fileUrl` scheme by `repositoryType` (s3, s3a, hdfs, file, http, https, abfs, gs, …; never
/// javascript or data), no user info left in a URL, size of embedded content. Faults are added below `at`.
void check_asset(const Asset& asset, const std::string& at, json::Faults& faults);

/// Keys and passwords that a posted document carries in `repositoryInfo`, among the Spark settings of `jobParameters`, or in the user info of a URL.
struct FoundSecret {
    std::string pointer;    ///< where it stood
    std::string name;       ///< `secretKey`, `password`, `userinfo`
    std::string value;      ///< the secret itself; seal it and forget it
    std::string reference;  ///< the `credentialRef` that stands there now; secrets of one object share it
};
/// Takes all secrets out of `document` (in place): the object that held some gets `credentialRef: <reference>`, made by `reference(n)` for the n-th such
/// object. Only `repositoryInfo` objects, Spark settings in `jobParameters` and URLs are looked at, at any depth.
std::vector<FoundSecret> extract_secrets(json::value& document, const std::function<std::string(std::size_t)>& reference);

}  // namespace slipway::domain
