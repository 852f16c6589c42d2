#include "domain/required_assets.hpp"

#include <algorithm>
#include <array>

namespace slipway::domain {
namespace {

struct Wanted {
    std::string_view name;
    std::string_view role;  ///< empty: the input schema
};
constexpr std::array kWanted{
    Wanted{"documentation", "MODEL_DOCUMENTATION"},
    Wanted{"schema", ""},
    Wanted{"training-data", "TRAINING_DATA"},
    Wanted{"result-comparator", "TEST_RESULT_COMPARATOR"},
    Wanted{"test-data", "TEST_DATA"},
};

bool has_schema(const json::object& model) {
    const auto* meta = json::object_of(model, "modelMetaData");
    const auto* schema = meta == nullptr ? nullptr : json::array_of(*meta, "inputSchema");
    return schema != nullptr && !schema->empty();
}

const json::object* asset_with_role(const json::object& model, std::string_view role) {
    const auto* assets = json::array_of(model, "modelAssets");
    if (assets == nullptr) {
        return nullptr;
    }
    const auto found =
        std::ranges::find_if(*assets, [&](const json::value& one) { return one.is_object() && json::text_of(one.get_object(), "assetRole") == role; });
    return found == assets->end() ? nullptr : &found->get_object();
}

RequiredAsset look_for(const Wanted& wanted, const json::object& own, const json::object& model) {
    RequiredAsset out{.name = std::string{wanted.name}};
    for (const auto& [place, document] : {std::pair{"snapshot", &own}, std::pair{"model", &model}}) {
        const auto* asset = wanted.role.empty() ? nullptr : asset_with_role(*document, wanted.role);
        if (asset == nullptr && !(wanted.role.empty() && has_schema(*document))) {
            continue;
        }
        out.present = true;
        out.found_in = place;
        if (asset != nullptr) {
            out.url = json::text_of(*asset, "fileUrl");
            const auto name = json::text_of(*asset, "filename");
            out.file_name = name.empty() ? json::text_of(*asset, "name") : name;
        }
        break;
    }
    return out;
}

}  // namespace

bool AssetReport::complete() const {
    return std::ranges::all_of(assets, &RequiredAsset::present);
}

const RequiredAsset& AssetReport::of(std::string_view name) const {
    const auto found = std::ranges::find(assets, name, &RequiredAsset::name);
    SW_ASSERT(found != assets.end(), "a required asset of another name was asked for");
    return *found;
}

AssetReport report_assets(const json::object& snapshot, const json::object& model) {
    static const json::object kNone;
    const auto* own = json::object_of(snapshot, "storedModel");
    AssetReport report;
    for (const auto& wanted : kWanted) {
        report.assets.push_back(look_for(wanted, own == nullptr ? kNone : *own, model));
    }
    return report;
}

std::string comparator_asset(const json::object& document) {
    const auto* own = json::object_of(document, "storedModel");
    const auto* asset = asset_with_role(own == nullptr ? document : *own, "TEST_RESULT_COMPARATOR");
    return asset == nullptr ? std::string{} : std::string{json::text_of(*asset, "assetId")};
}

json::array to_json(const AssetReport& report) {
    json::array out;
    for (const auto& asset : report.assets) {
        json::object one{{"name", asset.name}, {"present", asset.present}};
        for (const auto& [key, text] : {std::pair{"foundIn", &asset.found_in}, std::pair{"filename", &asset.file_name}, std::pair{"url", &asset.url}}) {
            if (!text->empty()) {
                one[key] = *text;
            }
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace slipway::domain
