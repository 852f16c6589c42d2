#include <gtest/gtest.h>

#include "fakes/topics_fixture.hpp"

namespace slipway::automation {
namespace {

/// What stands behind the ticket of the built-in process.
class TicketTopicsTest : public TopicsTest {};

TEST_F(TicketTopicsTest, TheDecisionIsThatOfTheTicketWhateverTheVariablesSay) {
    lifecycle::ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.end();
    builder.path({"s", "a", "e"});
    world_->deploy(builder.process);
    ExternalTask task{.id = "i:1", .instance_id = world_->start("p"), .group = "risk", .idempotency_key = "key"};
    task.variables = {{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())},
                      {"STORED_MODEL_ID", only(registry::stored_models_table())},
                      {"DECISION", "APPROVED"},
                      {"DECIDED_BY", "eve"}};
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, store::insert(unit, registry::notifications_table(),
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

}  // namespace
}  // namespace slipway::automation
