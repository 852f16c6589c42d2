#include "automation/task_rows.hpp"
#include "fakes/bridge_fixture.hpp"
#include "registry/approvals.hpp"

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

TEST_F(BridgeIncidentsTest, AnIssueThatDecidesNothingIsWhatItsLifeCycleIsStuckOn) {
    const auto id = world_.start("p");
    auto ticket = insert(registry::notifications_table(), R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"assignment":{}})");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, id}));
        return {};
    }));
    const auto says = [&](json::object assignment) {
        const auto before = ticket;
        const auto changed = world_.write<store::Entity>([&](store::Unit& unit) {
            auto document = before.document;
            document["assignment"] = assignment;
            return store::update(unit, registry::notifications_table(), before, std::move(document));
        });
        ASSERT_TRUE(changed) << changed.error().message;
        ticket = *changed;
        settle_all();
    };
    says({{"problem", {{"code", "GONE"}, {"message", "The issue MRM-1 was deleted."}}}});
    ASSERT_EQ(world_.incidents(id).size(), 1U);
    EXPECT_EQ(world_.incidents(id)[0].type + ": " + world_.incidents(id)[0].message, "ambiguousDecision: The issue MRM-1 was deleted.");
    EXPECT_EQ(world_.info(id).incidents, 1);
    EXPECT_TRUE(told().back().find("is stuck") == std::string::npos) << "the ticket tells it itself: " << told().back();
    says({{"problem", {{"code", "AMBIGUOUS"}, {"message", "MRM-2 is closed as Won't Do."}}}});
    ASSERT_EQ(world_.incidents(id).size(), 1U) << "one for each ticket";
    EXPECT_EQ(world_.incidents(id)[0].message, "MRM-2 is closed as Won't Do.");
    const auto incident = world_.incidents(id)[0].id;
    EXPECT_EQ(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident, {}); }).error().reason,
              "DECIDED_ELSEWHERE")
        << "a retry would hide it, and mend nothing";
    says({{"problem", {{"code", "AWAY"}, {"message", "Jira does not answer."}}}});
    EXPECT_TRUE(world_.incidents(id).empty()) << "nothing was said that could be taken for a decision";
    says({{"problem", {{"code", "AWAY"}, {"message", "Jira does not answer."}, {"lasting", true}}}});
    ASSERT_EQ(world_.incidents(id).size(), 1U) << "but it is stuck on it";
    EXPECT_EQ(world_.incidents(id)[0].type + ": " + world_.incidents(id)[0].message, "externalUnknown: Jira does not answer.");
    EXPECT_EQ(world_.info(id).incidents, 1);
    says({{"problem", {{"code", "MOVED"}, {"message", "MRM-2 was moved."}}}});
    says(json::object{});
    EXPECT_TRUE(world_.incidents(id).empty());
    EXPECT_EQ(world_.info(id).incidents, 0);
    EXPECT_EQ(world_.state(id), "active");
}

TEST_F(BridgeIncidentsTest, WhatWaitsOnATicketThatIsOverWaitsNoLonger) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "expiring";
    builder.start();
    auto& timer = builder.catching("B_Expire", lifecycle::EventKind::timer, "");
    timer.event.timer = lifecycle::TimerKind::duration;
    timer.event.expression = "P30D";
    builder.end();
    builder.path({"s", "B_Expire", "e"});
    world_.deploy(builder.process);
    const auto ticket =
        insert(registry::notifications_table(), R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?"})");
    const auto id = world_.start("expiring");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, id}));
        SW_CHECK(registry::decide_ticket(unit, ticket, "EXPIRED", "SYSTEM", ""));
        return {};
    }));
    pass();
    world_.run();
    EXPECT_EQ(world_.state(id), "completed");
}

TEST_F(BridgeIncidentsTest, WhoWaitsInATaskForADecisionHearsOfItAtOnce) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "vendors";
    builder.start();
    builder.task("work").topic = "modelop.CreateJiraModelApproval";
    builder.end();
    builder.path({"s", "work", "e"});
    world_.deploy(builder.process);
    const auto id = world_.start("vendors");
    ASSERT_TRUE(world_.change([](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET free_at = $1", {store::to_value(unit.now + std::chrono::minutes{1})}));
        return {};
    }));
    const auto ticket = insert(
        registry::notifications_table(),
        json::write(json::object{{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}, {"requestedHash", "h"}, {"processInstanceId", id}}));
    settle_all();
    EXPECT_TRUE(world_.fetch("modelop.CreateJiraModelApproval").empty()) << "nobody has decided";
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "fine"));
        return {};
    }));
    pass();
    EXPECT_EQ(world_.fetch("modelop.CreateJiraModelApproval").size(), 1U);
}

}  // namespace
}  // namespace slipway::automation
