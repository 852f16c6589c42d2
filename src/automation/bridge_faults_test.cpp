#include "automation/sagemaker_topics.hpp"
#include "fakes/bridge_fixture.hpp"
#include "registry/approvals.hpp"

/// One that cannot take what the registry tells keeps it from nobody else.
namespace slipway::automation {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;

class BridgeFaultsTest : public fakes::BridgeFixture {
protected:
    void pass() {
        BridgeFixture::pass();
        world_.run();
    }
    void sql(std::string_view statement, store::Values values = {}) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute(statement, values));
            return {};
        }));
    }
    std::size_t count(const std::string& key) { return of(key).size(); }
    std::vector<std::string> notes() {
        return world_.read<std::vector<std::string>>([](store::Session& sql) -> Result<std::vector<std::string>> {
            SW_TRY(const auto rows, sql.query("SELECT document FROM notifications WHERE open = 1 AND group_name = 'risk'"));
            std::vector<std::string> out;
            for (const auto& row : rows) {
                out.emplace_back(json::text_of(*json::parse_object(row.text(0)), "message"));
            }
            return out;
        });
    }
};

constexpr std::string_view kSnapshot = R"({"metaData":{"name":"one"},"storedModel":{"id":"m1"}})";

TEST_F(BridgeFaultsTest, AProcessThatCannotBeReadKeepsTheSignalFromNobody) {
    world_.deploy(started_by("broken", "snapshot.created"));
    world_.deploy(started_by("good", "snapshot.created"));
    world_.deploy(waiting_for("waiting", EventKind::signal, "snapshot.created"));
    const auto waits = world_.start("waiting");
    sql("UPDATE lifecycle_resources SET content = (SELECT r.content FROM lifecycle_resources r WHERE r.name = 'good.bpmn') WHERE name = 'broken.bpmn'");
    insert(registry::deployable_models_table(), kSnapshot);
    insert(registry::deployable_models_table(), R"({"metaData":{"name":"two"},"storedModel":{"id":"m1"}})");
    pass();
    EXPECT_EQ(count("good"), 2U) << "once for each snapshot";
    EXPECT_EQ(count("broken"), 0U);
    EXPECT_EQ(world_.state(waits), "completed");
    const auto said = notes();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("broken"), std::string::npos) << said[0];
    EXPECT_NE(said[0].find("no longer holds it"), std::string::npos) << said[0];
    pass();
    EXPECT_EQ(count("good"), 2U);
    EXPECT_EQ(world_.rows("lifecycle_jobs"), 0);
}

TEST_F(BridgeFaultsTest, WhatCannotBeStartedIsSaidToPeople) {
    auto process = started_by("nameless", "snapshot.created");
    process.properties["mlc.businessKey"] = "${NOTHING}";
    world_.deploy(process);
    world_.deploy(started_by("good", "snapshot.created"));
    insert(registry::deployable_models_table(), kSnapshot);
    pass();
    EXPECT_EQ(count("good"), 1U);
    const auto said = notes();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("nameless"), std::string::npos) << said[0];
}

TEST_F(BridgeFaultsTest, WhatATimerOrAConditionCannotStartIsSaidToPeopleOnce) {
    const auto nameless = [&](const std::string& key, EventKind kind, const std::string& text) -> lifecycle::Process {
        ProcessBuilder builder;
        builder.process.id = key;
        builder.process.properties["mlc.businessKey"] = "${NOTHING}";
        builder.event(lifecycle::ElementKind::start_event, "s", {}, kind, text).event.timer = lifecycle::TimerKind::cycle;
        builder.end();
        builder.path({"s", "e"});
        return builder.process;
    };
    auto both = nameless("nightly", EventKind::timer, "R/PT1H");
    ProcessBuilder second;
    second.event(lifecycle::ElementKind::start_event, "c", {}, EventKind::conditional, "${x > 1}");
    second.path({"c", "e"});
    both.elements.push_back(second.process.elements[0]);
    both.flows.push_back(second.process.flows[0]);
    ASSERT_TRUE(world_.try_deploy(both, world_.ann));
    ASSERT_TRUE(world_.try_deploy(nameless("if", EventKind::conditional, "${x > 1}"), world_.ann));
    for (int hour = 0; hour < 2; ++hour) {
        store_.clock().advance(std::chrono::minutes{61});
        world_.run();
        const auto asked = world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(world_.instances().evaluate(unit, world_.ann, {.variables = {{"x", 2}}}));
            return {};
        });
        ASSERT_TRUE(asked) << asked.error().message;
    }
    auto said = notes();
    std::ranges::sort(said);
    ASSERT_EQ(said.size(), 3U) << "one for each start event, however often it fails";
    EXPECT_TRUE(said[0].starts_with("The condition c did not start the process nightly:")) << said[0];
    EXPECT_TRUE(said[1].starts_with("The condition s did not start the process if:")) << said[1];
    EXPECT_TRUE(said[2].starts_with("The timer s did not start the process nightly:")) << said[2];
}

TEST_F(BridgeFaultsTest, AnInstanceThatCannotBeReadKeepsTheMessagesOfNobody) {
    world_.deploy(waiting_for("tested", EventKind::message, "sagemaker.transform.finished"));
    world_.deploy(started_by("watch", "job.status.changed"));
    const auto job = [&] { return insert(registry::jobs_table(), R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","model":{"id":"s"},"sageMaker":{}})"); };
    const auto first = job();
    const auto second = job();
    const auto broken = world_.start("tested", {{"KEY", first.id}});
    const auto whole = world_.start("tested", {{"KEY", second.id}});
    pass();
    sql("UPDATE lifecycle_instances SET document = '[]' WHERE id = $1", {broken});
    const auto before = count("watch");
    for (const auto& one : {first, second}) {
        auto document = one.document;
        document["jobStatus"] = "COMPLETE";
        ASSERT_TRUE(world_.write<store::Entity>([&](store::Unit& unit) { return store::update(unit, registry::jobs_table(), one, document); }));
    }
    pass();
    EXPECT_EQ(world_.state(whole), "completed");
    EXPECT_EQ(count("watch"), before + 2);
    ASSERT_EQ(world_.incidents(broken).size(), 1U);
    EXPECT_EQ(world_.incidents(broken)[0].type, "failedJob");
}

TEST_F(BridgeFaultsTest, ADeletedSnapshotWhoseCalledProcessCannotBeReadHoldsUpNobody) {
    world_.deploy(waiting_for("child", EventKind::signal, "never"));
    ProcessBuilder builder;
    builder.process.id = kDeployModel;
    builder.start();
    builder.add(lifecycle::ElementKind::sub_process, "S_Transform");
    builder.start("ts", "S_Transform");
    builder.add(lifecycle::ElementKind::call_activity, "call", "S_Transform").called_element = "child";
    builder.end("te", "S_Transform");
    builder.end();
    builder.path({"s", "S_Transform", "e"});
    builder.path({"ts", "call", "te"});
    world_.deploy(builder.process);
    world_.deploy(waiting_for("snapshot", EventKind::message, "snapshot.deleted"));
    const auto first = insert(registry::deployable_models_table(), kSnapshot);
    const auto second = insert(registry::deployable_models_table(), R"({"metaData":{"name":"two"},"storedModel":{"id":"m1"}})");
    const auto tests = world_.start(std::string{kDeployModel}, {}, first.id);
    const auto other = world_.start("snapshot", {{"KEY", second.id}});
    ASSERT_EQ(world_.waiting(tests), "call");
    pass();
    sql("UPDATE lifecycle_resources SET content = $1 WHERE name = 'child.bpmn'", {store::Blob{"no process"}});
    world_.restart();
    for (const auto& snapshot : {first, second}) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    }
    Bridge bridge{world_.engine(), registry_};
    ASSERT_TRUE(bridge.run({}));
    world_.run();
    EXPECT_EQ(world_.state(other), "completed");
    EXPECT_EQ(world_.state(tests), "active");
    ASSERT_EQ(world_.incidents(tests).size(), 1U);
    EXPECT_NE(world_.incidents(tests)[0].message.find("child"), std::string::npos) << world_.incidents(tests)[0].message;
    sql("UPDATE lifecycle_resources SET content = $1 WHERE name = 'child.bpmn'", {store::Blob{"child#1"}});
    world_.restart();
    const auto incident = world_.incidents(tests)[0].id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident); }));
    world_.run();
    EXPECT_EQ(world_.state(tests), "cancelled");
    EXPECT_EQ(json::text_of(world_.variables(tests), "OUTCOME"), "CANCELLED");
}

TEST_F(BridgeFaultsTest, ADecisionForAProcessThatCannotBeReadIsKept) {
    world_.deploy(waiting_for("p", EventKind::message, "ticket.decided"));
    const auto ticket = insert(registry::notifications_table(),
                               R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
    const auto waits = world_.start("p", {{"KEY", ticket.id}});
    const auto store_file = [&](const std::string& content) {
        sql("UPDATE lifecycle_resources SET content = $1", {store::Blob{content}});
        world_.restart();
    };
    pass();
    store_file("no process");
    Bridge bridge{world_.engine(), registry_};
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "fine"));
        return {};
    }));
    ASSERT_TRUE(bridge.run({}));
    world_.run();
    ASSERT_EQ(world_.incidents(waits).size(), 1U);
    store_file("p#1");
    const auto incident = world_.incidents(waits)[0].id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().retry_incident(unit, world_.ann, incident); }));
    world_.run();
    EXPECT_EQ(world_.state(waits), "completed");
    EXPECT_EQ(json::text_of(world_.variables(waits), "DECISION"), "APPROVED");
}

TEST_F(BridgeFaultsTest, ADeletedSnapshotWhoseLifeCycleCannotBeReadHoldsUpNobody) {
    world_.deploy(waiting_for(std::string{kDeployModel}, EventKind::message, "never"));
    world_.deploy(waiting_for("snapshot", EventKind::message, "snapshot.deleted"));
    const auto first = insert(registry::deployable_models_table(), kSnapshot);
    const auto second = insert(registry::deployable_models_table(), R"({"metaData":{"name":"two"},"storedModel":{"id":"m1"}})");
    const auto broken = world_.start(std::string{kDeployModel}, {{"KEY", "x"}}, first.id);
    const auto waits = world_.start("snapshot", {{"KEY", first.id}});
    const auto other = world_.start("snapshot", {{"KEY", second.id}});
    sql("UPDATE lifecycle_instances SET document = '[]' WHERE id = $1", {broken});
    for (const auto& snapshot : {first, second}) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    }
    pass();
    EXPECT_EQ(world_.state(waits), "completed");
    EXPECT_EQ(world_.state(other), "completed");
    const auto said = notes();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find(broken), std::string::npos) << said[0];
}

TEST_F(BridgeFaultsTest, ADecisionReachesAllThatWaitForItsTicketAndOneThatGoesLeavesTheTicketToTheOthers) {
    world_.deploy(waiting_for("p", EventKind::message, "ticket.decided"));
    world_.deploy(waiting_for("copy", EventKind::message, "ticket.decided"));
    const auto ticket = insert(registry::notifications_table(),
                               R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
    const auto look = [&] {
        return world_.read<store::Entity>(
            [&](store::Session& sql) { return store::require(sql, registry::notifications_table(), ticket.id, store::Scope::all()); });
    };
    std::vector<std::string> waiting;
    for (const auto* key : {"p", "copy", "p"}) {
        waiting.push_back(world_.start(key, {{"KEY", ticket.id}}));
        sql("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, waiting.back()});
    }
    pass();
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, waiting.back(), "one too many"); }));
    pass();
    ASSERT_FALSE(look().document.contains("decision")) << "two others wait for it";
    const auto open = look();
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, open, "APPROVED", "bob", "fine"));
        return {};
    }));
    pass();
    for (const auto& id : {waiting[0], waiting[1]}) {
        EXPECT_EQ(world_.state(id), "completed") << "the decision was lost for one of them";
        EXPECT_EQ(json::text_of(world_.variables(id), "DECISION"), "APPROVED");
    }
}

TEST_F(BridgeFaultsTest, ATokenThatIsMovedBackHearsOfADecisionAgain) {
    ProcessBuilder builder;
    builder.start();
    builder.catching("wait", EventKind::message, "ticket.decided").properties["mlc.correlationKey"] = "${KEY}";
    builder.user("look");
    builder.end();
    builder.path({"s", "wait", "look", "e"});
    world_.deploy(builder.process);
    const auto ticket = insert(registry::notifications_table(),
                               R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
    const auto id = world_.start("p", {{"KEY", ticket.id}});
    const auto move_back = [&](const std::string& from) {
        const auto done = world_.change([&](store::Unit& unit) {
            return world_.instances().modify(unit, world_.ann, id, {.start_before = {"wait"}, .cancel_elements = {from}, .variables = {{"DECISION", ""}}});
        });
        ASSERT_TRUE(done) << done.error().message;
        world_.run();
    };
    move_back("wait");
    EXPECT_EQ(world_.waiting(id), "wait") << "nobody has decided";
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, ticket, "REJECTED", "bob", "no"));
        return {};
    }));
    pass();
    world_.run();
    ASSERT_EQ(world_.waiting(id), "look");
    move_back("look");
    EXPECT_EQ(world_.waiting(id), "look") << "it was decided, and nobody will tell it otherwise";
    EXPECT_EQ(json::text_of(world_.variables(id), "DECISION"), "REJECTED");
}

TEST_F(BridgeFaultsTest, ATokenThatIsMovedBackToATicketThatIsOverWaitsNoLonger) {
    ProcessBuilder builder;
    builder.start();
    builder.add(lifecycle::ElementKind::sub_process, "S_Approve");
    builder.start("as", "S_Approve");
    builder.catching("wait", EventKind::message, "ticket.decided", "S_Approve").properties["mlc.correlationKey"] = "${KEY}";
    builder.end("ae", "S_Approve");
    builder.path({"as", "wait", "ae"});
    builder.boundary("B_Expire", "S_Approve", EventKind::timer, "P30D").event.timer = lifecycle::TimerKind::duration;
    builder.user("look");
    builder.end();
    builder.path({"s", "S_Approve", "e"});
    builder.path({"B_Expire", "look", "e"});
    world_.deploy(builder.process);
    for (const auto* word : {"EXPIRED", "CANCELLED"}) {
        const auto ticket =
            insert(registry::notifications_table(),
                   R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
        ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry::decide_ticket(unit, ticket, word, "SYSTEM", ""));
            return {};
        }));
        pass();
        const auto id = world_.start("p", {{"KEY", ticket.id}});
        ASSERT_EQ(world_.waiting(id), "wait");
        const auto done = world_.change(
            [&](store::Unit& unit) { return world_.instances().modify(unit, world_.ann, id, {.start_before = {"wait"}, .cancel_elements = {"wait"}}); });
        ASSERT_TRUE(done) << done.error().message;
        world_.run();
        EXPECT_EQ(world_.waiting(id), "look") << word;
    }
}

}  // namespace
}  // namespace slipway::automation
