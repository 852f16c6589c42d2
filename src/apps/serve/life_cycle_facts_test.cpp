#include "apps/serve/life_cycle_facts.hpp"

#include <gtest/gtest.h>

namespace slipway::serve {
namespace {

TEST(LifeCycleFacts, ASubProcessAndWhatIsInItAreOneFact) {
    const automation::InstanceInfo instance{.id = "i-1"};
    const std::vector<automation::ActivityInfo> live{{.token = 1, .element = "p", .type = "processDefinition"},
                                                     {.token = 2, .scope = 1, .element = "S_Deploy", .name = "Create endpoint", .type = "subProcess"},
                                                     {.token = 5, .scope = 2, .element = "R_Ep", .name = "Wait for the endpoint", .type = "receiveTask"},
                                                     {.token = 6, .scope = 1, .element = "T_Tell", .name = {}, .type = "serviceTask"}};
    auto told = facts_of_waiting(instance, live);
    ASSERT_EQ(told.facts.size(), 2U);
    EXPECT_EQ(told.facts[0].message, "Its life cycle is at \"Wait for the endpoint\" in \"Create endpoint\".");
    EXPECT_EQ(told.facts[1].message, "Its life cycle is at \"T_Tell\".");
    told = facts_of_waiting(instance, {live[0], live[1], live[2]});
    EXPECT_EQ(told.answer, "Its life cycle is on its way, at \"Wait for the endpoint\": it asks for what it needs by itself.");
}

TEST(LifeCycleFacts, AnIncidentNamesItsStepAndATicketsOwnIsLeftToTheTicket) {
    const automation::InstanceInfo instance{.id = "i-1"};
    const std::vector<automation::ActivityInfo> live{{.token = 1, .element = "p", .type = "processDefinition"},
                                                     {.token = 2, .scope = 1, .element = "T_Result", .name = "Record test result", .type = "serviceTask"},
                                                     {.token = 3, .scope = 1, .element = "R_Ticket", .name = "Wait for the decision", .type = "receiveTask"}};
    const automation::IncidentInfo failed{.id = "i-1:1", .type = "failedJob", .element = "T_Result", .message = "No output.", .at = from_epoch_ms(5)};
    const automation::IncidentInfo moved{.id = "i-1:-1", .type = "externalUnknown", .message = "The issue was moved to OPS.", .at = from_epoch_ms(7)};
    const automation::IncidentInfo lost{.id = "i-1:-2", .type = "failedMessage", .message = "It reached nobody.", .at = from_epoch_ms(6)};
    auto told = facts_of_incidents(instance, {failed, moved, lost}, live);
    ASSERT_EQ(told.facts.size(), 2U);
    EXPECT_EQ(told.facts[0].message, "At \"Record test result\": No output.");
    EXPECT_EQ(told.facts[1].message, "It reached nobody.") << "it is of no step";
    EXPECT_EQ(told.since, from_epoch_ms(6));
    told = facts_of_incidents(instance, {moved}, {live[0], live[2]});
    ASSERT_EQ(told.facts.size(), 1U);
    EXPECT_EQ(told.facts[0].code, "LIFE_CYCLE_WAITS");
}

}  // namespace
}  // namespace slipway::serve
