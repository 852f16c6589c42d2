#include "registry/assets.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "domain/asset.hpp"

namespace slipway::registry {

namespace {

/// The array at `pointer`, writable.
json::array* list_at(json::object& document, std::string_view pointer) {
    json::object* members = &document;
    pointer.remove_prefix(1);
    while (true) {
        const auto slash = pointer.find('/');
        auto* found = members->if_contains(pointer.substr(0, slash));
        if (found == nullptr) {
            return nullptr;
        }
        if (slash == std::string_view::npos) {
            return found->if_array();
        }
        members = found->if_object();
        if (members == nullptr) {
            return nullptr;
        }
        pointer.remove_prefix(slash + 1);
    }
}

const json::array* list_at(const json::object& document, std::string_view pointer) {
    return list_at(const_cast<json::object&>(document), pointer);  // the writable one changes nothing
}

template <typename Visit>
void each_asset(const json::object& document, std::span<const std::string_view> lists, const Visit& visit) {
    for (const auto pointer : lists) {
        if (const auto* list = list_at(document, pointer)) {
            for (const auto& item : *list) {
                if (item.is_object()) {
                    visit(item.get_object());
                }
            }
        }
    }
}

/// The vendor's later files carry `contentHash: {"hexString": …}`.
void plain_hash(json::object& asset) {
    if (const auto* hash = json::object_of(asset, "contentHash")) {
        const std::string text{json::text_of(*hash, "hexString")};
        if (text.empty()) {
            asset.erase("contentHash");
        } else {
            asset["contentHash"] = text;
        }
    }
}

/// `fileContentString` is the same content as text; it is not kept twice.
void plain_content(json::object& asset) {
    const auto* text = asset.if_contains("fileContentString");
    if (text == nullptr || !text->is_string()) {
        return;
    }
    if (json::text_of(asset, "fileContent").empty()) {
        asset["fileContent"] = crypto::base64(std::string_view{text->get_string()});
    }
    asset.erase("fileContentString");
}

}  // namespace

AssetKeeper::AssetKeeper(store::Unit& unit, const json::object* before, std::span<const std::string_view> lists) : unit_{unit} {
    if (before != nullptr) {
        each_asset(*before, lists, [&](const json::object& asset) {
            if (const auto hash = json::text_of(asset, "contentHash"); !hash.empty() && json::text_of(asset, "assetType") == "FILE") {
                known_.emplace(hash, json::text_of(asset, "fileContent"));
            }
        });
    }
}

Result<void> AssetKeeper::keep(json::object& document, std::span<const std::string_view> lists, json::Faults& faults) {
    for (const auto pointer : lists) {
        auto* list = list_at(document, pointer);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            if ((*list)[i].is_object()) {
                SW_CHECK(keep_one((*list)[i].get_object(), fmt::format("{}/{}", pointer, i), faults));
            }
        }
    }
    return {};
}

Result<void> AssetKeeper::keep_one(json::object& asset, const std::string& at, json::Faults& faults) {
    asset.erase("contentUrl");
    plain_hash(asset);
    if (json::text_of(asset, "assetId").empty()) {
        asset["assetId"] = unit_.new_id();
    }
    if (json::text_of(asset, "assetType") != "FILE") {
        return {};
    }
    plain_content(asset);
    const auto* content = asset.if_contains("fileContent");
    if (content != nullptr && content->is_string()) {
        return keep_embedded(asset, at, faults);
    }
    if (content == nullptr || content->is_null()) {
        keep_known(asset, at, faults);
    }
    return {};
}

Result<void> AssetKeeper::keep_embedded(json::object& asset, const std::string& at, json::Faults& faults) {
    constexpr std::size_t kBase64Bound = domain::kMaxEmbeddedBytes / 3 * 4 + domain::kMaxEmbeddedBytes / 32;  // line breaks are tolerated
    const auto text = json::text_of(asset, "fileContent");
    if (text.size() > kBase64Bound) {
        return {};  // check_asset names it
    }
    auto bytes = crypto::from_base64(text);
    if (!bytes) {
        faults.add(at + "/fileContent", "content in base64", "text that is none");
        return {};
    }
    if (bytes->size() > domain::kMaxEmbeddedBytes) {
        faults.add(at + "/fileContent", "at most 16 MiB; put larger files into a store and name them by fileUrl", fmt::format("{} bytes", bytes->size()));
        return {};
    }
    asset["contentHash"] = crypto::sha256_hex(*bytes);
    asset["fileSize"] = static_cast<std::int64_t>(bytes->size());
    inline_ += bytes->size();
    if (bytes->size() > kInlineBytes || inline_ > kAllInlineBytes) {
        asset.erase("fileContent");
        SW_CHECK(store::keep_blob(unit_, *bytes));
    }
    return {};
}

void AssetKeeper::keep_known(json::object& asset, const std::string& at, json::Faults& faults) {
    const auto hash = json::text_of(asset, "contentHash");
    if (hash.empty()) {
        return;
    }
    const auto known = known_.find(hash);
    if (known == known_.end()) {
        // A hash alone opens no content: whoever guesses one must not read what others embedded.
        faults.add(at + "/contentHash", "the hash of content that this object has already, or fileContent beside it", "another hash");
    } else if (!known->second.empty()) {
        asset["fileContent"] = known->second;
    }
}

void link_contents(json::object& shown, std::span<const std::string_view> lists, const std::string& prefix) {
    for (const auto pointer : lists) {
        auto* list = list_at(shown, pointer);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            auto* asset = (*list)[i].if_object();
            if (asset != nullptr && json::text_of(*asset, "assetType") == "FILE" && asset->contains("contentHash") && !asset->contains("fileContent")) {
                (*asset)["contentUrl"] = fmt::format("{}/assets/{}/content", prefix, json::text_of(*asset, "assetId"));
            }
        }
    }
}

void drop_content_links(json::object& document, std::span<const std::string_view> lists) {
    for (const auto pointer : lists) {
        auto* list = list_at(document, pointer);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            if (auto* asset = (*list)[i].if_object(); asset != nullptr && json::text_of(*asset, "assetType") == "FILE") {
                if (const auto found = asset->find("contentUrl"); found != asset->end()) {
                    asset->stable_erase(found);
                }
            }
        }
    }
}

const json::object* find_asset(const json::object& document, std::span<const std::string_view> lists, std::string_view asset_id) {
    const json::object* found = nullptr;
    each_asset(document, lists, [&](const json::object& asset) {
        if (found == nullptr && json::text_of(asset, "assetId") == asset_id) {
            found = &asset;
        }
    });
    return found;
}

}  // namespace slipway::registry
