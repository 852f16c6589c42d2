#include "automation/task_rows.hpp"
#include "fakes/bridge_fixture.hpp"

/// Who is told of an instance that is stuck.
namespace slipway::automation {
namespace {

class BridgeIncidentsTest : public fakes::BridgeFixture {
protected:
    BridgeIncidentsTest() {
        lifecycle::ProcessBuilder builder;
        builder.start();
        builder.task("work").name = "Do the work";
        builder.end();
        builder.path({"s", "work", "e"});
        world_.deploy(builder.process);
    }
    void settle_all() {
        world_.run();
        pass();
    }
    /// `open message` of each notification, oldest first.
    std::vector<std::string> told() {
        return world_.read<std::vector<std::string>>([](store::Session& sql) -> Result<std::vector<std::string>> {
            SW_TRY(const auto rows, sql.query("SELECT open, document FROM notifications WHERE group_name = 'risk' ORDER BY row_id"));
            std::vector<std::string> out;
            for (const auto& row : rows) {
                out.push_back((row.integer(0) == 1 ? "open " : "closed ") + std::string{json::text_of(*json::parse_object(row.text(1)), "message")});
            }
            return out;
        });
    }
    /// A worker that fails for good.
    void fail_work() {
        for (const auto& task : world_.fetch("work")) {
            ASSERT_TRUE(world_.change([&](store::Unit& unit) {
                return world_.tasks().failure(unit, world_.ann, task.id, "w", {.message = "no such table", .details = {}, .retries = 0});
            }));
        }
        settle_all();
    }
};

TEST_F(BridgeIncidentsTest, AStuckInstanceIsToldOnceAndSettledWhenItGoesOn) {
    const auto id = world_.start("p", {}, "order-7");
    fail_work();
    ASSERT_EQ(told().size(), 1U);
    EXPECT_EQ(told()[0],
              "open The life cycle p of order-7 is stuck at “Do the work”: no such table Mend that, then try again (slipway lifecycle retry " + id + ").");
    settle_all();
    EXPECT_EQ(told().size(), 1U) << "once";
    const auto incident = world_.incidents(id).at(0).id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident, {}); }));
    settle_all();
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].starts_with("closed ")) << told()[0];
}

TEST_F(BridgeIncidentsTest, OneThatIsCancelledIsStuckNoMore) {
    const auto id = world_.start("p");
    fail_work();
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].starts_with("open The life cycle p is stuck")) << told()[0];
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, id, "enough"); }));
    settle_all();
    EXPECT_TRUE(told()[0].starts_with("closed ")) << told()[0];
}

TEST_F(BridgeIncidentsTest, WhatTheRunnerGivesUpIsToldToo) {
    const auto id = world_.start("p");
    ASSERT_TRUE(
        world_.change([&](store::Unit& unit) { return give_up(unit, id, {}, 0, Error{ErrorCode::internal, "ORPHAN", "Nothing can wake it.", {}, {}}); }));
    pass();
    ASSERT_EQ(told().size(), 1U);
    EXPECT_NE(told()[0].find("is stuck: Nothing can wake it."), std::string::npos) << told()[0];
}

}  // namespace
}  // namespace slipway::automation
