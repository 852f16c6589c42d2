#include "automation/editors.hpp"

#include <gtest/gtest.h>

#include "automation/sagemaker_topics.hpp"
#include "automation/user_tasks.hpp"
#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"
#include "registry/tables.hpp"

/// Who may speak for an instance, and who had a hand in it.
namespace slipway::automation {
namespace {

class EditorsTest : public testing::Test {
protected:
    EditorsTest() {
        world_.deploy_task();
        instance_ = world_.start("p");
    }
    void edit(const identity::Principal& who, json::object variables, const std::vector<std::string>& removed = {}) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().set_variables(unit, who, instance_, variables, removed); }));
    }
    std::vector<std::string> editors() {
        return world_.read<std::vector<std::string>>([&](store::Session& sql) { return editors_of(sql, instance_); });
    }
    store::Entity ticket_of_instance() {
        auto ticket = world_.write<store::Entity>([&](store::Unit& unit) -> Result<store::Entity> {
            SW_TRY(auto made, store::insert(unit, registry::notifications_table(),
                                            {.id = {}, .group = "risk", .document = {{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}}}));
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {made.id, instance_}));
            return made;
        });
        EXPECT_TRUE(ticket) << ticket.error().message;
        return *ticket;
    }
    std::string edited_by(const store::Entity& ticket) {
        const auto now = world_.read<store::Entity>(
            [&](store::Session& sql) { return store::require(sql, registry::notifications_table(), ticket.id, store::Scope::all()); });
        const auto* evidence = json::object_of(now.document, "evidence");
        return evidence == nullptr ? "nobody" : json::write(evidence->at("editedBy"));
    }

    fakes::TestStore store_;
    World world_{*store_};
    std::string instance_;
};

TEST_F(EditorsTest, NobodyEndsATaskInTheNameOfSlipway) {
    const auto tasks = world_.fetch("a");
    ASSERT_EQ(tasks.size(), 1U);
    const std::string node = "slipway:node1";
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET worker = $1", {node}));
        return {};
    }));
    auto& work = world_.tasks();
    const auto& id = tasks[0].id;
    const auto refused = [&](const std::function<Result<void>(store::Unit&)>& end) {
        const auto done = world_.change(end);
        return done ? std::string{"done"} : done.error().reason;
    };
    EXPECT_EQ(refused([&](store::Unit& unit) { return work.complete(unit, world_.ann, id, node, {{"TEST_RESULT", "fine"}}, {}); }), "NOT_LOCKED");
    EXPECT_EQ(refused([&](store::Unit& unit) { return work.failure(unit, world_.ann, id, node, {.message = "no"}); }), "NOT_LOCKED");
    EXPECT_EQ(refused([&](store::Unit& unit) { return work.bpmn_error(unit, world_.ann, id, node, "E", "no", {}); }), "NOT_LOCKED");
    EXPECT_EQ(refused([&](store::Unit& unit) { return work.extend_lock(unit, world_.ann, id, node, Milliseconds{1000}); }), "NOT_LOCKED");
    EXPECT_EQ(refused([&](store::Unit& unit) { return work.unlock(unit, world_.ann, id); }), "NOT_LOCKED");
    EXPECT_EQ(world_.state(instance_), "active");
}

TEST_F(EditorsTest, AnEditIsNotedWithItsAuthorAndTheNamesOfTheVariables) {
    EXPECT_TRUE(editors().empty());
    edit(world_.ann, {{"TEST_RESULT", "fine"}}, {"JOB"});
    edit(world_.service, {{"x", 1}});
    edit(world_.ann, {{"x", 2}});
    EXPECT_EQ(editors(), (std::vector<std::string>{"ann", "SYSTEM"}));
    const auto noted = world_.read<std::string>([&](store::Session& sql) -> Result<std::string> {
        SW_TRY(const auto rows, sql.query("SELECT records FROM lifecycle_history WHERE substr(records, 1, 14) = '[{\"k\":\"edited\"' ORDER BY row_id"));
        return rows.at(0).text(0);
    });
    EXPECT_NE(noted.find(R"("names":["TEST_RESULT","JOB"])"), std::string::npos) << noted;
    EXPECT_EQ(noted.find("fine"), std::string::npos) << "values can be secrets";
}

TEST_F(EditorsTest, TheOpenTicketOfTheInstanceNamesThem) {
    const auto ticket = ticket_of_instance();
    edit(world_.ann, {{"x", 1}});
    edit(world_.ann, {{"x", 2}});
    EXPECT_EQ(edited_by(ticket), R"(["ann"])");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return tell_editors(unit, ticket.id, {"ann", "kim"}); }));
    EXPECT_EQ(edited_by(ticket), R"(["ann","kim"])");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto now, store::require(unit.sql, registry::notifications_table(), ticket.id, store::Scope::all()));
        SW_CHECK(registry::decide_ticket(unit, now, "APPROVED", "bob", ""));
        return tell_editors(unit, ticket.id, {"eve"});
    }));
    EXPECT_EQ(edited_by(ticket), R"(["ann","kim"])") << "what was decided on stays as it was";
    EXPECT_TRUE(world_.change([&](store::Unit& unit) { return tell_editors(unit, "", {"eve"}); }));
}

TEST_F(EditorsTest, WhoSendsAMessageOrASignalHadAHandInWhatTheyReach) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "hears";
    builder.start();
    builder.catching("m", lifecycle::EventKind::message, "news");
    builder.catching("g", lifecycle::EventKind::signal, "go");
    builder.task("work");
    builder.end();
    builder.path({"s", "m", "g", "work", "e"});
    world_.deploy(builder.process);
    instance_ = world_.start("hears");
    const auto ticket = ticket_of_instance();
    const identity::Principal kim{.name = "kim", .groups = {"risk"}};
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(world_.instances().correlate(unit, world_.ann, {.name = "news", .variables = {{"X", 1}}}));
        return {};
    }));
    EXPECT_EQ(edited_by(ticket), R"(["ann"])");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(world_.instances().signal(unit, kim, {.name = "go"}));
        return {};
    }));
    EXPECT_EQ(edited_by(ticket), R"(["ann","kim"])");
    EXPECT_EQ(editors(), (std::vector<std::string>{"ann", "kim"})) << "a later ticket names them too";
}

TEST_F(EditorsTest, WhoCompletesATaskForPeopleWithVariablesHadAHandInIt) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "asks";
    builder.start();
    builder.user("look");
    builder.user("again");
    builder.user("last");
    builder.end();
    builder.path({"s", "look", "again", "last", "e"});
    world_.deploy(builder.process);
    instance_ = world_.start("asks");
    const auto ticket = ticket_of_instance();
    const identity::Access access;
    UserTasks people{world_.engine(), access};
    const auto end_next = [&](const identity::Principal& who, const json::object& variables, const std::string& error = {}) {
        return world_.change([&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto open, people.list(unit.sql, who, {}));
            const auto& id = open.at(0).id;
            return error.empty() ? people.complete(unit, who, id, variables) : people.bpmn_error(unit, who, id, error, "no", variables);
        });
    };
    const identity::Principal kim{.name = "kim", .groups = {"risk"}};
    ASSERT_TRUE(end_next(kim, {}));
    EXPECT_TRUE(editors().empty()) << "who says only that it is done has set nothing";
    ASSERT_TRUE(end_next(world_.ann, {{"DEPLOYABLE_MODEL_ID", "another"}}));
    EXPECT_EQ(edited_by(ticket), R"(["ann"])");
    EXPECT_EQ(editors(), std::vector<std::string>{"ann"}) << "a later ticket names them too";
}

TEST_F(EditorsTest, WhoEndsATaskOfAWorkerWithVariablesHadAHandInIt) {
    const auto ticket = ticket_of_instance();
    const auto before = world_.rows("lifecycle_history");
    const auto id = world_.fetch("a").at(0).id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().complete(unit, world_.ann, id, "w", {}, {{"DEPLOYABLE_MODEL_ID", "another"}}); }));
    EXPECT_EQ(edited_by(ticket), R"(["ann"])");
    EXPECT_EQ(editors(), std::vector<std::string>{"ann"});
    const auto with = world_.rows("lifecycle_history") - before;
    const auto audited = world_.read<std::string>([](store::Session& sql) -> Result<std::string> {
        SW_TRY(const auto rows, sql.query("SELECT document FROM audit_records ORDER BY row_id DESC LIMIT 1"));
        return rows.at(0).text(0);
    });
    EXPECT_NE(audited.find("/variables/DEPLOYABLE_MODEL_ID"), std::string::npos) << audited;

    instance_ = world_.start("p");
    const auto start = world_.rows("lifecycle_history");
    const auto bare = world_.fetch("a").at(0).id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().complete(unit, world_.ann, bare, "w", {}, {}); }));
    EXPECT_TRUE(editors().empty()) << "who says only that it is done has set nothing";
    EXPECT_EQ(world_.rows("lifecycle_history") - start, with - 1) << "nor does that cost a row";

    instance_ = world_.start("p");
    const auto thrown = world_.fetch("a").at(0).id;
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.tasks().bpmn_error(unit, world_.ann, thrown, "w", "E", "no", {}); }));
    EXPECT_EQ(editors(), std::vector<std::string>{"ann"});
}

TEST_F(EditorsTest, WhoSignalsMoreThanAThousandHadAHandInEachOfThem) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "hears";
    builder.start();
    builder.catching("g", lifecycle::EventKind::signal, "go");
    builder.end();
    builder.path({"s", "g", "e"});
    world_.deploy(builder.process);
    std::vector<std::string> all(1001);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        for (auto& id : all) {
            SW_TRY(const auto started, world_.instances().start(unit, world_.ann, {.key = "hears", .group = "risk"}));
            id = started.instance.id;
        }
        return {};
    }));
    const identity::Principal kim{.name = "kim", .groups = {"risk"}};
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(world_.instances().signal(unit, kim, {.name = "go"}));
        return {};
    }));
    std::size_t named = 0;
    for (const auto& id : all) {
        named += world_.read<std::vector<std::string>>([&](store::Session& sql) { return editors_of(sql, id); }) == std::vector<std::string>{"kim"} ? 1U : 0U;
    }
    EXPECT_EQ(named, all.size());
    const auto audited = world_.read<std::string>([](store::Session& sql) -> Result<std::string> {
        SW_TRY(const auto rows, sql.query("SELECT document FROM audit_records WHERE document LIKE '%/told/go%' ORDER BY row_id DESC"));
        return std::to_string(rows.size()) + " " + rows.at(0).text(0);
    });
    EXPECT_TRUE(audited.starts_with("101 ")) << audited;
    EXPECT_NE(audited.find(R"("instances":901)"), std::string::npos) << "all others in one: " << audited;
}

TEST_F(EditorsTest, WhatTheServerTellsIsToldByNobodyElse) {
    lifecycle::ProcessBuilder builder;
    builder.process.id = "forges";
    builder.start();
    builder.throwing("t", lifecycle::EventKind::message, "ticket.decided");
    builder.user("u");
    builder.end();
    builder.path({"s", "t", "u", "e"});
    world_.deploy(builder.process);
    for (const auto* name : {"ticket.decided", "snapshot.deleted", "sagemaker.transform.finished", "sagemaker.deployment.finished"}) {
        const auto sent = world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(world_.instances().correlate(unit, world_.ann, {.name = name, .instance_id = instance_}));
            return {};
        });
        ASSERT_FALSE(sent) << name;
        EXPECT_EQ(sent.error().reason, "SERVER_MESSAGE") << name;
    }
    const auto forging = world_.start("forges");
    world_.run();
    const auto incidents = world_.incidents(forging);
    ASSERT_EQ(incidents.size(), 1U) << "a process has no other rights than who made it";
    EXPECT_NE(incidents[0].message.find("told by the server alone"), std::string::npos) << incidents[0].message;
}

TEST(Requester, IsWhoStartedTheInstanceWhateverItsVariablesSay) {
    EXPECT_EQ(requester({.group = "risk", .started_by = "ann", .variables = {{"REQUESTED_BY", "somebody"}}}).name, "ann");
    EXPECT_EQ(requester({.group = "risk", .variables = {{"REQUESTED_BY", "somebody"}}}).name, "SYSTEM");
}

}  // namespace
}  // namespace slipway::automation
