#pragma once

#include <map>
#include <string>

#include "base/json_codec.hpp"
#include "registry/collection.hpp"

namespace slipway::registry {

/// Embedded content up to this stands in the document; what is larger is kept once as a blob and named by its hash.
inline constexpr std::size_t kInlineBytes = 64U << 10;
/// All embedded content of one document that stands in it: a list of documents is read as a whole.
inline constexpr std::size_t kAllInlineBytes = 1U << 20;

/// Brings the assets of a posted or patched document into the form in which they are stored: an `assetId` each, base64 decoded once,
/// `contentHash` and `fileSize` of what is embedded, large content in blobs. Lives within one transaction.
class AssetKeeper {
public:
    /// @param before the stored document: content that it has may be named by `contentHash` alone (a client that sends back what it read).
    AssetKeeper(store::Unit& unit, const json::object* before, std::span<const std::string_view> lists);

    /// All lists of assets of `document`; faults carry pointers.
    Result<void> keep(json::object& document, std::span<const std::string_view> lists, json::Faults& faults);
    /// One asset.
    Result<void> keep_one(json::object& asset, const std::string& at, json::Faults& faults);

private:
    Result<void> keep_embedded(json::object& asset, const std::string& at, json::Faults& faults);
    void keep_known(json::object& asset, const std::string& at, json::Faults& faults);

    store::Unit& unit_;
    std::size_t inline_{0};
    std::map<std::string, std::string, std::less<>> known_;  ///< hash → base64 of what stands in the document, empty for a blob
};

/// Adds `contentUrl` to embedded assets whose content does not stand in the document.
void link_contents(json::object& shown, std::span<const std::string_view> lists, const std::string& prefix);

/// Takes `contentUrl` out again, so that a client may send back what it read.
void drop_content_links(json::object& document, std::span<const std::string_view> lists);

/// The asset of that id in one of the lists, or nullptr.
const json::object* find_asset(const json::object& document, std::span<const std::string_view> lists, std::string_view asset_id);

}  // namespace slipway::registry
