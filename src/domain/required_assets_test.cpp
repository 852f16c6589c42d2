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

json::object data(std::string_view name, std::string_view role = "TEST_DATA") {
    return {{"assetRole", role}, {"filename", name}, {"fileUrl", "s3://b/" + std::string{name}}, {"assetId", "id-" + std::string{name}}};
}

TEST(RequiredAssets, OfSeveralWithTestDataNoneIsChosenInSilence) {
    const auto model = model_with({data("cols.csv"), data("holdout.csv")}, true);
    const auto report = report_assets({}, model);
    EXPECT_EQ(report.of("test-data").rivals, (std::vector<std::string>{"cols.csv", "holdout.csv"}));
    EXPECT_NE(report.ambiguity().find("cols.csv and holdout.csv"), std::string::npos) << report.ambiguity();
    EXPECT_NE(report.ambiguity().find("testTransform.testData"), std::string::npos);
    EXPECT_EQ(json::write(to_json(report).at(4).as_object().at("rivals")), R"(["cols.csv","holdout.csv"])");
}

TEST(RequiredAssets, TheSnapshotNamesTheTestDataThatCounts) {
    const auto model = model_with({data("cols.csv"), data("holdout.csv")}, true);
    for (const auto* mark : {"holdout.csv", "id-holdout.csv"}) {
        const json::object snapshot{{"metaData", {{"custom", {{"sageMaker", {{"testTransform", {{"testData", mark}}}}}}}}}};
        const auto report = report_assets(snapshot, model);
        EXPECT_EQ(report.of("test-data").url, "s3://b/holdout.csv");
        EXPECT_EQ(report.ambiguity(), "");
    }
    const json::object wrong{{"metaData", {{"custom", {{"sageMaker", {{"testTransform", {{"testData", "gone.csv"}}}}}}}}}};
    EXPECT_NE(report_assets(wrong, model).ambiguity().find("names gone.csv"), std::string::npos);
    EXPECT_NE(report_assets(wrong, model_with({data("holdout.csv")}, true)).ambiguity().find("names gone.csv"), std::string::npos)
        << "no other one is taken in silence";
}

TEST(RequiredAssets, TheSnapshotMayNameWhatTheModelHasNow) {
    const auto model = model_with({data("holdout-2.csv"), data("limits-2.dmn", "TEST_RESULT_COMPARATOR")}, true);
    json::object snapshot{{"storedModel", model_with({data("holdout.csv"), data("limits.dmn", "TEST_RESULT_COMPARATOR")}, true)}};
    EXPECT_EQ(report_assets(snapshot, model).of("test-data").file_name, "holdout.csv");
    snapshot["metaData"] = {{"custom", {{"sageMaker", {{"testTransform", {{"testData", "holdout-2.csv"}, {"comparator", "id-limits-2.dmn"}}}}}}}};
    const auto report = report_assets(snapshot, model);
    EXPECT_EQ(report.of("test-data").file_name + " of the " + report.of("test-data").found_in, "holdout-2.csv of the model");
    EXPECT_EQ(report.of("result-comparator").asset_id, "id-limits-2.dmn");
}

TEST(RequiredAssets, TwoComparatorsAreForAPersonAndTwoDocumentsAreNot) {
    const auto two = model_with({data("a.dmn", "TEST_RESULT_COMPARATOR"), data("b.dmn", "TEST_RESULT_COMPARATOR")}, true);
    EXPECT_NE(report_assets({}, two).ambiguity().find("a.dmn and b.dmn"), std::string::npos);
    EXPECT_EQ(report_assets({}, model_with({data("a.md", "MODEL_DOCUMENTATION"), data("b.md", "MODEL_DOCUMENTATION")}, true)).ambiguity(), "");
    EXPECT_EQ(report_assets({{"storedModel", model_with({data("own.csv")}, true)}}, model_with({data("a.csv"), data("b.csv")}, true)).ambiguity(), "")
        << "what the snapshot brings itself counts first";
}

}  // namespace
}  // namespace slipway::domain
