#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "fakes/import_fixture.hpp"

/// Assets that a later import brings.
namespace slipway::sagemaker {
namespace {

class ImportedAssets : public fakes::ImportFixture {
protected:
    static json::object with_comparator(std::string_view content) {
        const json::object asset{
            {"assetType", "FILE"}, {"assetRole", "TEST_RESULT_COMPARATOR"}, {"filename", "limits.dmn"}, {"fileContent", crypto::base64(content)}};
        return {{"modelName", "fraud"}, {"assets", json::array{asset}}};
    }
    /// `content of id` of each comparator of the model.
    std::vector<std::string> comparators() {
        std::vector<std::string> out;
        const auto model = all(registry::stored_models_table()).at(0);
        for (const auto& one : model.document.at("modelAssets").as_array()) {
            const auto& asset = one.get_object();
            if (json::text_of(asset, "assetRole") == "TEST_RESULT_COMPARATOR") {
                out.push_back(crypto::from_base64(json::text_of(asset, "fileContent")).value_or("none") + " of " +
                              std::string{json::text_of(asset, "assetId")});
            }
        }
        return out;
    }
};

TEST_F(ImportedAssets, AFileOfTheSameNameTakesThePlaceOfTheOneBefore) {
    small_account();
    run(with_comparator("ambiguous"));
    const auto before = comparators();
    ASSERT_EQ(before.size(), 1U);
    run(with_comparator("mended"));
    const auto after = comparators();
    ASSERT_EQ(after.size(), 1U);
    EXPECT_TRUE(after[0].starts_with("mended of ")) << after[0];
    EXPECT_EQ(after[0].substr(after[0].find(" of ")), before[0].substr(before[0].find(" of "))) << "it is the same asset";
    const auto unchanged = everything();
    run(with_comparator("mended"));
    EXPECT_EQ(everything(), unchanged);
}

}  // namespace
}  // namespace slipway::sagemaker
