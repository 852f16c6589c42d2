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

std::string name_of(const json::object& asset) {
    const auto name = json::text_of(asset, "filename");
    return std::string{name.empty() ? json::text_of(asset, "name") : name};
}

std::vector<const json::object*> assets_with_role(const json::object& model, std::string_view role) {
    std::vector<const json::object*> out;
    const auto* assets = role.empty() ? nullptr : json::array_of(model, "modelAssets");
    if (assets != nullptr) {
        for (const auto& one : *assets) {
            if (one.is_object() && json::text_of(one.get_object(), "assetRole") == role) {
                out.push_back(&one.get_object());
            }
        }
    }
    return out;
}

bool is_called(const json::object& asset, std::string_view name) {
    return !name.empty() && (json::text_of(asset, "assetId") == name || json::text_of(asset, "filename") == name || json::text_of(asset, "name") == name);
}

void take(RequiredAsset& out, std::string_view place, const json::object& asset) {
    out.present = true;
    out.found_in = place;
    out.url = json::text_of(asset, "fileUrl");
    out.file_name = name_of(asset);
    out.asset_id = json::text_of(asset, "assetId");
}

/// @param mark names the one that counts; may be empty.
RequiredAsset look_for(const Wanted& wanted, const json::object& own, const json::object& model, std::string_view mark) {
    RequiredAsset out{.name = std::string{wanted.name}};
    const std::array places{std::pair{"snapshot", &own}, std::pair{"model", &model}};
    for (const auto& [place, document] : places) {
        const auto found = assets_with_role(*document, wanted.role);
        out.in_s3 = out.in_s3 || std::ranges::any_of(found, [](const json::object* one) { return json::text_of(*one, "fileUrl").starts_with("s3://"); });
        const auto marked = std::ranges::find_if(found, [&](const json::object* one) { return is_called(*one, mark); });
        if (marked != found.end()) {
            take(out, place, **marked);
            return out;
        }
    }
    out.unknown_mark = mark;
    for (const auto& [place, document] : places) {
        const auto found = assets_with_role(*document, wanted.role);
        if (found.empty() && !(wanted.role.empty() && has_schema(*document))) {
            continue;
        }
        out.present = true;
        out.found_in = place;
        if (!found.empty()) {
            take(out, place, *found.front());
        }
        for (std::size_t i = 0; found.size() > 1 && i < found.size(); ++i) {
            out.rivals.push_back(name_of(*found[i]));
        }
        break;
    }
    return out;
}

/// `testData` or `comparator` of `metaData.custom.sageMaker.testTransform` of the snapshot.
std::string_view mark_of(const json::object& snapshot, std::string_view role) {
    const auto member_of_role = role == "TEST_DATA" ? "testData" : role == "TEST_RESULT_COMPARATOR" ? "comparator" : "";
    const json::object* at = &snapshot;
    for (const auto* member : {"metaData", "custom", "sageMaker", "testTransform"}) {
        at = at == nullptr ? nullptr : json::object_of(*at, member);
    }
    return at == nullptr ? std::string_view{} : json::text_of(*at, member_of_role);
}

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
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

std::string AssetReport::ambiguity() const {
    std::string out;
    for (const auto& [name, member] : {std::pair{"test-data", "testData"}, std::pair{"result-comparator", "comparator"}}) {
        if (const auto& mark = of(name).unknown_mark; !mark.empty()) {
            return std::string{"The snapshot's metaData.custom.sageMaker.testTransform."} + member + " names " + mark +
                   ", and neither snapshot nor model has a file of that name and role. Name one that is there, then try again.";
        }
    }
    if (const auto& data = of("test-data"); !data.rivals.empty()) {
        out += "Several assets of the " + data.found_in + " are test data (role TEST_DATA): " + listed(data.rivals) +
               ". Name the one that the test reads in metaData.custom.sageMaker.testTransform.testData of the snapshot, then try again.";
    }
    if (const auto& comparator = of("result-comparator"); !comparator.rivals.empty()) {
        out += std::string{out.empty() ? "" : " "} + "Several assets of the " + comparator.found_in +
               " compare test results (role TEST_RESULT_COMPARATOR): " + listed(comparator.rivals) +
               ". Name the one that counts in metaData.custom.sageMaker.testTransform.comparator of the snapshot, then try again.";
    }
    return out;
}

AssetReport report_assets(const json::object& snapshot, const json::object& model) {
    static const json::object kNone;
    const auto* own = json::object_of(snapshot, "storedModel");
    AssetReport report;
    for (const auto& wanted : kWanted) {
        report.assets.push_back(look_for(wanted, own == nullptr ? kNone : *own, model, mark_of(snapshot, wanted.role)));
    }
    return report;
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
        if (!asset.rivals.empty()) {
            one["rivals"] = json::array(asset.rivals.begin(), asset.rivals.end());
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace slipway::domain
