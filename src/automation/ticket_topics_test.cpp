#include <gtest/gtest.h>

#include "fakes/topics_fixture.hpp"

namespace slipway::automation {
namespace {

/// What stands behind the ticket of the built-in process.
class TicketTopicsTest : public TopicsTest {
protected:
    /// The process of new snapshots, with one task.
    Deployment deploy(lifecycle::EventKind start, const std::string& task) {
        lifecycle::ProcessBuilder builder;
        builder.process.id = kDeployModel;
        builder.event(lifecycle::ElementKind::start_event, "Begin", {}, start, "snapshot.created");
        builder.task(task);
        builder.end();
        builder.path({"Begin", task, "e"});
        auto made = world_->try_deploy(builder.process, world_->service);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *std::move(made) : Deployment{};
    }
    /// An instance that calls `p`, and the called one.
    std::pair<std::string, std::string> calling() {
        world_->deploy_task();
        lifecycle::ProcessBuilder caller;
        caller.process.id = "caller";
        caller.start();
        caller.add(lifecycle::ElementKind::call_activity, "Call").called_element = "p";
        caller.end();
        caller.path({"s", "Call", "e"});
        world_->deploy(caller.process);
        const auto outer = world_->start("caller");
        const auto inner = world_->read<std::vector<InstanceInfo>>(
            [&](store::Session& sql) { return world_->instances().list(sql, world_->service, {.definition_key = "p"}); });
        return {outer, inner.at(0).id};
    }
    /// That the instance asked for.
    std::string open_ticket(const std::string& instance) {
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto made,
                   store::insert(unit, registry::notifications_table(),
                                 {.id = {}, .group = "risk", .document = {{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}}}));
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {made.id, instance}));
            return {};
        }));
        return only(registry::notifications_table());
    }
    Result<Started> restart() {
        const auto snapshot = only(registry::deployable_models_table());
        return world_->write<Started>([&](store::Unit& unit) { return topics_->restart(unit, world_->ann, snapshot, "once more"); });
    }
};

TEST_F(TicketTopicsTest, TheDecisionIsThatOfTheTicketWhateverTheVariablesSay) {
    world_->deploy_task();
    ExternalTask task{.id = "i:1", .instance_id = world_->start("p"), .group = "risk", .idempotency_key = "key"};
    task.variables = {{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())},
                      {"STORED_MODEL_ID", only(registry::stored_models_table())},
                      {"DECISION", "APPROVED"},
                      {"DECIDED_BY", "eve"}};
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket,
               store::insert(unit, registry::notifications_table(),
                             {.id = {}, .group = "risk", .document = {{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}}}));
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, task.instance_id}));
        return {};
    }));
    const auto deployed = handlers_.at("sagemaker.createEndpoint")(task);
    const auto* fault = std::get_if<Fault>(&deployed);
    ASSERT_NE(fault, nullptr);
    EXPECT_EQ(fault->message, "The ticket of its life cycle is not approved.");
    EXPECT_EQ(fault->variables.at("DECISION"), json::value{});
    const auto rejected = handlers_.at("model.recordDecision")(task);
    ASSERT_NE(std::get_if<Trouble>(&rejected), nullptr);
    const auto ticket = all(registry::notifications_table()).at(0);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, ticket, "REJECTED", "bob", "too old"));
        return {};
    }));
    const auto recorded = handlers_.at("model.recordDecision")(task);
    ASSERT_NE(std::get_if<Done>(&recorded), nullptr);
    const auto told = all(registry::notifications_table());
    EXPECT_TRUE(std::ranges::any_of(told, [](const auto& one) { return json::text_of(one.document, "message").starts_with("bob rejected"); }));
}

TEST_F(TicketTopicsTest, AnExpiredTicketTellsWhatWasDecidedInTime) {
    const auto asks = calling().second;
    const auto closes = [&](const std::string& decision) {
        std::string id;
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ticket, store::insert(unit, registry::notifications_table(),
                                                    {.id = {}, .group = "risk", .document = {{"notificationType", registry::kApproval}, {"open", true}}}));
            id = ticket.id;
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {id, asks}));
            if (!decision.empty()) {
                SW_CHECK(registry::decide_ticket(unit, ticket, decision, "eve", "fine"));
            }
            return {};
        }));
        const auto outcome = work("ticket.close", "risk", {{"KIND", "expired"}, {"REASON", "Nobody decided in time."}, {"TICKET", {{"id", id}}}}, asks);
        const auto* done = std::get_if<Done>(&outcome);
        return done == nullptr ? json::object{} : done->variables;
    };
    EXPECT_EQ(closes("APPROVED"), (json::object{{"DECISION", "APPROVED"}, {"DECIDED_BY", "eve"}, {"DECISION_COMMENT", "fine"}}));
    EXPECT_EQ(closes("REJECTED").at("DECISION"), "REJECTED");
    EXPECT_EQ(closes("CANCELLED").at("DECISION"), "EXPIRED");
    EXPECT_EQ(closes("").at("DECISION"), "EXPIRED");
    const auto last = all(registry::notifications_table()).back();
    EXPECT_EQ(json::text_of(last.document.at("decision").as_object(), "decision"), "EXPIRED");
}

TEST_F(TicketTopicsTest, ALifeCycleClosesAndCommentsOnItsOwnTicketAlone) {
    const auto [outer, inner] = calling();
    const auto stranger = world_->start("p");
    const auto ticket = open_ticket(outer);
    const json::object variables{{"TICKET", {{"id", ticket}}}, {"KIND", "reminder"}, {"REASON", "No more."}};
    const auto document = [&] { return all(registry::notifications_table()).at(0).document; };
    for (const auto* topic : {"ticket.close", "ticket.comment"}) {
        const auto refused = work(topic, "risk", variables, stranger);
        const auto* trouble = std::get_if<Trouble>(&refused);
        ASSERT_NE(trouble, nullptr) << topic;
        EXPECT_FALSE(trouble->again);
        EXPECT_NE(trouble->message.find("was not asked for by this life cycle"), std::string::npos) << trouble->message;
    }
    EXPECT_FALSE(document().contains("comments"));
    EXPECT_FALSE(document().contains("decision"));
    const auto noted = work("ticket.comment", "risk", variables, outer);
    ASSERT_NE(std::get_if<Done>(&noted), nullptr);
    EXPECT_TRUE(document().contains("comments"));
    const auto closed = work("ticket.close", "risk", variables, inner);
    ASSERT_NE(std::get_if<Done>(&closed), nullptr) << "what it calls works for it";
    EXPECT_TRUE(document().contains("decision"));
    const auto none = work("ticket.close", "risk", {}, stranger);
    EXPECT_NE(std::get_if<Done>(&none), nullptr) << "there may be none yet";
}

TEST_F(TicketTopicsTest, WhatIsPastItsDeploymentIsNotStartedAnew) {
    for (const auto* step : {"T_Register", "T_Done", "T_DepTicket"}) {
        deploy(lifecycle::EventKind::signal, step);
        const auto first = restart();
        ASSERT_TRUE(first) << first.error().message;
        const auto again = restart();
        ASSERT_FALSE(again) << step;
        EXPECT_EQ(again.error().reason, "UNDER_WAY");
        EXPECT_EQ(again.error().code, ErrorCode::conflict);
        EXPECT_EQ(world_->state(first->instance.id), "active");
        EXPECT_FALSE(world_->variables(first->instance.id).contains("OUTCOME"));
        ASSERT_TRUE(world_->change([&](store::Unit& unit) { return world_->instances().cancel(unit, world_->ann, first->instance.id, "done with"); }));
    }
    deploy(lifecycle::EventKind::signal, "T_Get");
    const auto waits = restart();
    ASSERT_TRUE(waits) << waits.error().message;
    ASSERT_TRUE(restart());
    EXPECT_EQ(world_->state(waits->instance.id), "cancelled");
    const auto becomes = [&](std::string_view state) {
        return world_->change([&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto made, store::insert(unit, registry::deployed_models_table(), {.id = {}, .group = "risk", .document = {{"state", state}}}));
            SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_effects"));
            SW_CHECK(
                unit.sql.execute("INSERT INTO lifecycle_effects (effect_key, instance_id, answer, created_at) SELECT 'k:deployment', id, $1, 0 FROM "
                                 "lifecycle_instances WHERE state = 'active'",
                                 {json::write(json::object{{"id", made.id}})}));
            return {};
        });
    };
    ASSERT_TRUE(becomes("FAILED"));
    ASSERT_TRUE(restart()) << "a deployment that failed holds nothing back";
    ASSERT_TRUE(becomes("DEPLOYED"));
    const auto deployed = restart();
    ASSERT_FALSE(deployed) << "a file of a group may name its steps as it likes";
    EXPECT_EQ(deployed.error().reason, "UNDER_WAY");
}

TEST_F(TicketTopicsTest, AGroupsOwnProcessIsStartedAnewAndNotEverybodys) {
    deploy(lifecycle::EventKind::signal, "T_Get");
    lifecycle::ProcessBuilder builder;
    builder.process.id = kDeployModel;
    builder.event(lifecycle::ElementKind::start_event, "Own", {}, lifecycle::EventKind::signal, "snapshot.created");
    builder.task("T_Get");
    builder.end();
    builder.path({"Own", "T_Get", "e"});
    const auto own = world_->try_deploy(builder.process, world_->ann);
    ASSERT_TRUE(own) << own.error().message;
    const auto started = restart();
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_EQ(world_->info(started->instance.id).definition_id, own->definitions[0].id);
}

TEST_F(TicketTopicsTest, ItIsStartedAnewWhereNewSnapshotsStartIt) {
    const auto whole = deploy(lifecycle::EventKind::signal, "T_Get");
    EXPECT_TRUE(std::ranges::none_of(whole.remarks, [](const auto& one) { return one.rule == "NO_SNAPSHOT_START"; }));
    const auto started = restart();
    ASSERT_TRUE(started) << started.error().message;
    EXPECT_EQ(world_->info(started->instance.id).start_element, "Begin");
    ASSERT_TRUE(world_->change([](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_starts"));
        return {};
    }));
    const auto switched_off = restart();
    ASSERT_TRUE(switched_off) << switched_off.error().message;
    const auto without = deploy(lifecycle::EventKind::none, "T_Get");
    EXPECT_TRUE(std::ranges::any_of(without.remarks, [](const auto& one) { return one.rule == "NO_SNAPSHOT_START"; }));
    const auto refused = restart();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "NO_START");
    EXPECT_NE(refused.error().message.find("snapshot.created"), std::string::npos) << refused.error().message;
    EXPECT_EQ(world_->state(switched_off->instance.id), "active") << "nothing is cancelled for what cannot be started";
}

TEST_F(TicketTopicsTest, ATicketThatAnotherProcessWaitsForStaysOpen) {
    deploy(lifecycle::EventKind::signal, "T_Get");
    const auto first = restart();
    ASSERT_TRUE(first) << first.error().message;
    const auto ticket = open_ticket(first->instance.id);
    lifecycle::ProcessBuilder builder;
    builder.start();
    builder.catching("wait", lifecycle::EventKind::message, "ticket.decided").properties["mlc.correlationKey"] = "${KEY}";
    builder.end();
    builder.path({"s", "wait", "e"});
    world_->deploy(builder.process);
    const auto other = world_->start("p", {{"KEY", ticket}});
    const auto is_decided = [&] {
        return world_->read<bool>([&](store::Session& sql) -> Result<bool> {
            SW_TRY(const auto now, store::require(sql, registry::notifications_table(), ticket, store::Scope::all()));
            return now.document.contains("decision");
        });
    };
    const auto second = restart();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(world_->state(first->instance.id), "cancelled");
    EXPECT_FALSE(is_decided()) << "the other would wait for ever";
    ASSERT_TRUE(world_->change([&](store::Unit& unit) { return world_->instances().cancel(unit, world_->ann, other, "done with"); }));
    ASSERT_TRUE(world_->change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket, second->instance.id}));
        return {};
    }));
    ASSERT_TRUE(restart());
    EXPECT_TRUE(is_decided()) << "nobody waits for it any more";
}

}  // namespace
}  // namespace slipway::automation
