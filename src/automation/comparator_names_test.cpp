#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "fakes/topics_fixture.hpp"

/// Which of several comparators a person has to look at.
namespace slipway::automation {
namespace {

/// No comparator can be read.
class ComparatorNamesTest : public TopicsTest {
protected:
    ComparatorNamesTest() {
        world_->read_decisions = [](std::string_view) -> Result<FileReaders::Read<lifecycle::DecisionTable>> {
            return fail(ErrorCode::invalid_argument, "DMN", "This is no decision.");
        };
    }
    /// The snapshot has what the model has now.
    void freeze() {
        const auto model = all(registry::stored_models_table()).at(0).document;
        const auto snapshot = all(registry::deployable_models_table()).at(0);
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            auto document = snapshot.document;
            document["storedModel"].as_object()["modelAssets"] = model.at("modelAssets");
            SW_CHECK(store::update(unit, registry::deployable_models_table(), snapshot, std::move(document)));
            return {};
        }));
    }
};

TEST_F(ComparatorNamesTest, AComparatorThatCannotBeReadIsNamedAndSoAreThoseThatCameSince) {
    const auto dmn = [](const char* name, const char* content) {
        return json::object{{"assetType", "FILE"}, {"assetRole", "TEST_RESULT_COMPARATOR"}, {"filename", name}, {"fileContent", crypto::base64(content)}};
    };
    const auto has = [&](json::array assets) {
        const auto model = only(registry::stored_models_table());
        assets.push_back(json::object{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_DATA"}, {"name", "in.csv"}, {"fileUrl", "s3://b/in.csv"}});
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry_.collection("storedModels").patch(unit, identity::Principal::service(), model, {{"modelAssets", assets}}, {}));
            return {};
        }));
    };
    const auto said = [&] {
        const auto stuck =
            work("model.verifyRequiredAssets", "risk",
                 {{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"STORED_MODEL_ID", only(registry::stored_models_table())}});
        return std::holds_alternative<Trouble>(stuck) ? std::get<Trouble>(stuck).message : std::string{};
    };
    has({dmn("text.dmn", "no table")});
    freeze();
    has({dmn("text.dmn", "no table"), dmn("limits.dmn", "limits")});
    auto message = said();
    EXPECT_NE(message.find("The comparator text.dmn cannot be read"), std::string::npos) << message;
    EXPECT_NE(message.find("The model has several now: text.dmn, limits.dmn"), std::string::npos) << message;
    EXPECT_NE(message.find("testTransform.comparator"), std::string::npos) << message;
    has({dmn("other.dmn", "nor this")});
    message = said();
    EXPECT_NE(message.find("The comparator text.dmn cannot be read"), std::string::npos) << message;
    EXPECT_NE(message.find("nor can the model's of now, other.dmn"), std::string::npos) << message;
}

}  // namespace
}  // namespace slipway::automation
