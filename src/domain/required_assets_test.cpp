#include "domain/required_assets.hpp"

#include <gtest/gtest.h>

namespace slipway::domain {
namespace {

json::object model_with(json::array assets, bool schema) {
    json::object meta{{"name", "m"}};
    if (schema) {
        meta["inputSchema"] = json::array{json::object{{"name", "in"}}};
    }
    return {{"modelMetaData", std::move(meta)}, {"modelAssets", std::move(assets)}};
}

TEST(RequiredAssets, LooksAtTheSnapshotFirst) {
    const json::object own_data{{"assetRole", "TEST_DATA"}, {"fileUrl", "s3://b/own.csv"}, {"filename", "own.csv"}};
    const json::object later_data{{"assetRole", "TEST_DATA"}, {"fileUrl", "s3://b/later.csv"}};
    const json::object document{{"assetRole", "MODEL_DOCUMENTATION"}, {"name", "card"}};
    const json::object snapshot{{"storedModel", model_with({own_data}, false)}};
    const auto report = report_assets(snapshot, model_with({later_data, document}, true));
    EXPECT_EQ(report.of("test-data").url, "s3://b/own.csv");
    EXPECT_EQ(report.of("test-data").found_in, "snapshot");
    EXPECT_EQ(report.of("documentation").found_in, "model");
    EXPECT_EQ(report.of("documentation").file_name, "card");
    EXPECT_TRUE(report.of("schema").present);
    EXPECT_FALSE(report.of("training-data").present);
    EXPECT_FALSE(report.complete());
}

TEST(RequiredAssets, NothingIsThereWhereThereIsNoModel) {
    const auto report = report_assets({}, {});
    ASSERT_EQ(report.assets.size(), 5U);
    for (const auto& asset : report.assets) {
        EXPECT_FALSE(asset.present) << asset.name;
    }
    EXPECT_EQ(json::write(json::value(to_json(report)).as_array()[1]), R"({"name":"schema","present":false})");
}

TEST(RequiredAssets, AnEmptySchemaIsNone) {
    auto model = model_with({}, true);
    model["modelMetaData"].as_object()["inputSchema"] = json::array{};
    EXPECT_FALSE(report_assets({}, model).of("schema").present);
}

}  // namespace
}  // namespace slipway::domain
