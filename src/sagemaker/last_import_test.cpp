#include "sagemaker/last_import.hpp"

#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class LastImport : public fakes::ImportFixture {
protected:
    registry::Operation again() {
        clock_.advance(std::chrono::minutes{1});
        return run("fraud");
    }
    store::Entity model() { return all(registry::stored_models_table()).at(0); }
    std::optional<json::object> said() {
        const auto document = model().document;
        const auto* found = json::object_of(document.at("sageMaker").as_object(), "lastImport");
        return found == nullptr ? std::nullopt : std::optional{*found};
    }
};

TEST_F(LastImport, SaysNothingAfterOneThatSawAll) {
    small_account();
    run("fraud");
    EXPECT_FALSE(said());
}

TEST_F(LastImport, NamesWhatCouldNotBeReadUntilItIs) {
    small_account();
    aws_->deny("ListEndpoints");
    const auto first = run("fraud");
    ASSERT_TRUE(said());
    EXPECT_EQ(said()->at("state").as_string(), "COMPLETE");
    EXPECT_EQ(said()->at("operationId").as_string(), first.id);
    EXPECT_EQ(said()->at("at").as_string(), to_iso(*first.finished));
    const json::array unread{json::object{{"stage", "endpoints"},
                                          {"outcome", "REFUSED"},
                                          {"operation", "ListEndpoints"},
                                          {"code", "AccessDeniedException"},
                                          {"permission", "sagemaker:ListEndpoints"}}};
    EXPECT_EQ(said()->at("unread"), unread);
    const auto before = everything();
    again();
    EXPECT_EQ(everything(), before) << "another import that says the same";
    EXPECT_EQ(said()->at("operationId").as_string(), first.id);
    aws_->deny("ListTags");
    again();
    ASSERT_EQ(said()->at("unread").as_array().size(), 2U);
    EXPECT_EQ(said()->at("unread").at(0).at("stage").as_string(), "tags");
    aws_->allow("ListTags");
    aws_->allow("ListEndpoints");
    again();
    EXPECT_FALSE(said());
    for (const auto& snapshot : all(registry::deployable_models_table())) {
        EXPECT_FALSE(json::write(json::value(snapshot.full())).contains("lastImport")) << "a snapshot is no model that is imported";
    }
}

TEST_F(LastImport, NamesWhatACancelledOneDidNotReach) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListEndpointConfigs") {
            EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
                SW_CHECK(service_->cancel(unit, ana_, operation->id));
                return {};
            }));
            service_->cancelled(operation->id);
        }
    };
    service_->run(operation->id);
    settle();
    aws_->before_call = nullptr;
    ASSERT_TRUE(said());
    EXPECT_EQ(said()->at("state").as_string(), "CANCELLED");
    const json::array unread{json::object{{"stage", "endpointConfigurations"}}, json::object{{"stage", "endpoints"}}, json::object{{"stage", "register"}}};
    EXPECT_EQ(said()->at("unread"), unread);
    again();
    EXPECT_FALSE(said());
}

TEST_F(LastImport, AFailedOneSaysSo) {
    small_account();
    run("fraud");
    const auto operation = import({{"modelName", "fraud"}});
    settings_.credentials.configured.clear();
    start();
    service_->run(operation->id);
    settle();
    ASSERT_EQ(stored(operation->id).state, registry::OperationState::ERROR);
    ASSERT_TRUE(said());
    EXPECT_EQ(said()->at("state").as_string(), "ERROR");
    EXPECT_EQ(said()->at("unread").as_array().size(), 5U);
}

}  // namespace
}  // namespace slipway::sagemaker
