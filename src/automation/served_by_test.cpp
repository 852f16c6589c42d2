#include "automation/sagemaker_topics.hpp"
#include "fakes/import_fixture.hpp"

namespace slipway::automation {
namespace {

class ServedByTest : public fakes::ImportFixture {
protected:
    ServedByTest() {
        small_account();
        run("fraud");
        run("other");
    }
    std::string served(std::string_view model, std::string_view configuration) {
        for (const auto& one : all(registry::deployable_models_table())) {
            if (json::text_of(one.document.at("storedModel").at("sageMaker").as_object(), "name") == model &&
                json::text_of(one.document.at("sageMaker").as_object(), "name") == configuration) {
                const auto names = store::read<json::array>(*database_, [&](store::Session& sql) { return served_by(sql, one); });
                return names ? json::write(json::value(*names)) : names.error().message;
            }
        }
        return "no such snapshot";
    }
};

TEST_F(ServedByTest, EndpointsOfTheConfigurationAreNamedOnceWhicheverModelIsAsked) {
    EXPECT_EQ(served("fraud", "shared"), R"(["live"])");
    EXPECT_EQ(served("other", "shared"), R"(["live"])");
    EXPECT_EQ(served("fraud", "own"), "[]");
}

TEST_F(ServedByTest, WhatServesAnotherModelOfTheConfigurationServesThisOneBeforeAnyLookAtAws) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto deployed, store::find_by(unit.sql, registry::deployed_models_table(), {}, store::Scope::all()));
        for (const auto& one : deployed) {
            if (json::text_of(one.document.at("engine").as_object(), "name") == "live") {
                return store::remove(unit, registry::deployed_models_table(), one);
            }
        }
        return {};
    }));
    EXPECT_EQ(served("fraud", "shared"), R"(["live"])");
    EXPECT_EQ(served("other", "shared"), R"(["live"])");
}

}  // namespace
}  // namespace slipway::automation
