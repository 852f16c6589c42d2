#include <algorithm>
#include <fstream>

#include "fakes/bridge_fixture.hpp"

namespace slipway::automation {
namespace {

class InstanceListsTest : public fakes::BridgeFixture {
protected:
    std::vector<std::string> ids_of(const Instances::Query& query) {
        std::vector<std::string> out;
        for (const auto& one : world_.read<std::vector<InstanceInfo>>([&](store::Session& sql) { return world_.instances().list(sql, world_.ann, query); })) {
            out.push_back(one.id);
        }
        return out;
    }
    void complete(const std::string& topic, const std::string& instance) {
        const auto fetched = world_.fetch(topic);
        const auto task = std::ranges::find(fetched, instance, &ExternalTask::instance_id);
        ASSERT_NE(task, fetched.end());
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().complete(unit, world_.ann, task->id, "w", {}, {}); }));
    }
    std::int64_t count_of(const Instances::Query& query) {
        return world_.read<std::int64_t>([&](store::Session& sql) { return world_.instances().count(sql, world_.ann, query); });
    }
};

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

TEST_F(InstanceListsTest, InstancesAreFoundByWhatTheyWaitIn) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "p";
    builder.start();
    builder.task("first");
    builder.add(lifecycle::ElementKind::sub_process, "sub");
    builder.start("ts", "sub");
    builder.task("second", "sub");
    builder.end("te", "sub");
    builder.path({"ts", "second", "te"});
    builder.end();
    builder.path({"s", "first", "sub", "e"});
    world_.deploy(builder.process);
    const auto waits = world_.start("p", {{"TEXT", R"("e":"second")"}});
    const auto went_on = world_.start("p");
    complete("first", went_on);
    const auto ended = world_.start("p");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, ended, "no need"); }));
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids_of({.activities = {"first"}}), Ids{waits});
    EXPECT_EQ(ids_of({.activities = {"second"}}), Ids{went_on});
    EXPECT_EQ(ids_of({.activities = {"second", "first"}}), (Ids{went_on, waits})) << "newest first";
    EXPECT_EQ(ids_of({.activities = {"second", "first"}, .first = 1}), Ids{waits});
    EXPECT_EQ(count_of({.activities = {"second", "first"}}), 2);
    EXPECT_EQ(count_of({.activities = {"sub"}}), 0) << "it waits in what is within it";
    EXPECT_EQ(count_of({.activities = {"sec_nd", "%"}}), 0);
}

TEST_F(InstanceListsTest, OldDatabasesCountTheIncidentsThatAreRowsAlone) {
    std::ifstream in{std::string{SLIPWAY_SOURCE_DIR} + "/db/migrations/0029_row_incidents.sql"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto fill = text.find("UPDATE");
    ASSERT_NE(fill, std::string::npos);
    world_.deploy(waiting_for("p", lifecycle::EventKind::message, "never"));
    const auto id = world_.start("p", {{"KEY", "x"}});
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        for (const auto* incident : {"-1, 'failedJob', 0, '', '', 1, NULL", "-2, 'failedJob', 0, '', '', 1, 2", "7, 'failedJob', 0, '', '', 1, NULL"}) {
            SW_CHECK(unit.sql.execute(
                std::string{"INSERT INTO lifecycle_incidents (instance_id, incident, type, token, element, message, created_at, resolved_at) VALUES ($1, "} +
                    incident + ")",
                {id}));
        }
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET row_incidents = 0"));
        SW_CHECK(unit.sql.execute(text.substr(fill, text.find(';', fill) - fill)));
        return {};
    }));
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.engine().send(unit, id, lifecycle::SetVariables{0, {{"n", 1}}, {}}, true); }));
    EXPECT_EQ(world_.info(id).incidents, 1) << "the open one that its state does not know";
}

}  // namespace
}  // namespace slipway::automation
