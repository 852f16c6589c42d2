#include <gtest/gtest.h>

#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"

/// What is written of an instance can be read again.
namespace slipway::automation {
namespace {

using lifecycle::Binding;

class StateBoundsTest : public testing::Test {
protected:
    /// `work` goes around with a script behind it that puts the list `LOG` into another one.
    void deploy_log() {
        lifecycle::ProcessBuilder builder;
        builder.start();
        builder.task("work");
        builder.add(lifecycle::ElementKind::script_task, "log")
            .script.push_back({"LOG", Binding{.kind = Binding::Kind::list, .text = {}, .parts = {{"", {.text = "${LOG}"}}, {"", {.text = "again"}}}}});
        builder.path({"s", "work", "log", "work"});
        world_.deploy(builder.process);
    }
    Result<void> complete(json::object variables = {}) {
        const auto tasks = world_.fetch("work");
        if (tasks.size() != 1) {
            return fail(ErrorCode::not_found, "TASKS", std::to_string(tasks.size()));
        }
        return world_.change([&](store::Unit& unit) { return world_.tasks().complete(unit, world_.ann, tasks[0].id, "w", variables, {}); });
    }
    Result<void> set(const std::string& id, const std::string& name, const std::string& value) {
        return world_.change([&](store::Unit& unit) { return world_.instances().set_variables(unit, world_.ann, id, {{name, value}}, {}, "test"); });
    }

    fakes::TestStore store_;
    World world_{*store_};
};

TEST_F(StateBoundsTest, AListThatGoesDeeperEachRoundStopsTheInstanceWhileItCanBeRead) {
    deploy_log();
    const auto id = world_.start("p", {{"LOG", json::array{}}});
    int rounds = 0;
    while (rounds < 200 && complete()) {
        ++rounds;
        world_.restart();
    }
    EXPECT_GT(rounds, 60);
    EXPECT_LT(rounds, 110);
    EXPECT_EQ(world_.state(id), "active");
    const auto history = store::read<std::vector<VariableInfo>>(
        world_.store().database(), [&](store::Session& sql) { return world_.instances().variable_history(sql, world_.ann, id, {}); });
    EXPECT_TRUE(history) << history.error().message;
    const auto deleted = world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, id, "enough"); });
    EXPECT_TRUE(deleted) << deleted.error().message;
    EXPECT_EQ(world_.state(id), "cancelled");
    EXPECT_TRUE(world_.variables(id).contains("LOG"));
}

TEST_F(StateBoundsTest, AnInstanceIsGivenNoMoreThanCanBeReadAgain) {
    deploy_log();
    const auto id = world_.start("p");
    const std::string large(12U << 20, 'x');
    ASSERT_TRUE(set(id, "A", large));
    ASSERT_TRUE(set(id, "B", large));
    const auto refused = set(id, "C", large);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "STATE_SIZE");
    world_.restart();
    EXPECT_FALSE(world_.variables(id).contains("C"));
    EXPECT_TRUE(set(id, "B", "small"));
    EXPECT_TRUE(set(id, "C", large));
}

}  // namespace
}  // namespace slipway::automation
