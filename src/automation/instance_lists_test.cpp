#include "fakes/bridge_fixture.hpp"

namespace slipway::automation {
namespace {

using InstanceListsTest = fakes::BridgeFixture;

TEST_F(InstanceListsTest, AnInstanceIsNamedByTheSnapshotOrModelOfItsGroupThatItIsFor) {
    world_.deploy(waiting_for("p", lifecycle::EventKind::message, "never"));
    const auto snapshot = insert(registry::deployable_models_table(), R"({"metaData":{"name":"churn-3"},"storedModel":{"id":"m1"}})");
    const auto model = insert(registry::stored_models_table(), R"({"modelMetaData":{"name":"churn"}})");
    const auto elsewhere = world_.write<store::Entity>([&](store::Unit& unit) {
        return store::insert(unit, registry::deployable_models_table(), {.id = {}, .group = "crm", .document = {{"metaData", {{"name", "secret"}}}}});
    });
    const auto subject = [&](const std::string& key) { return world_.info(world_.start("p", {{"KEY", "x"}}, key)).subject; };
    EXPECT_EQ(subject(snapshot.id), "churn-3");
    EXPECT_EQ(subject(model.id), "churn");
    EXPECT_EQ(subject(elsewhere->id), "") << "of another group";
    EXPECT_EQ(subject("42"), "");
}

}  // namespace
}  // namespace slipway::automation
