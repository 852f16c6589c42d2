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

}  // namespace
}  // namespace slipway::serve
