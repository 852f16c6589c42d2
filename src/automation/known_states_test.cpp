#include "automation/known_states.hpp"

#include <gtest/gtest.h>

namespace slipway::automation {
namespace {

lifecycle::Instance numbered(lifecycle::Id last) {
    return {.id = "i", .last_id = last};
}

TEST(KnownStates, GivesAStateForItsVeryTextAndOnce) {
    KnownStates states;
    states.keep("a", "text", numbered(7));
    const auto known = states.take("a", "text");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->last_id, 7);
    EXPECT_FALSE(states.take("a", "text"));
}

TEST(KnownStates, KnowsNothingOfAStateThatIsNotInTheDatabase) {
    KnownStates states;
    states.keep("a", "rolled back", numbered(7));
    EXPECT_FALSE(states.take("a", "text"));
    EXPECT_FALSE(states.take("a", "rolled back")) << "it is known that it is not the last";
    states.keep("a", "text", numbered(8));
    EXPECT_FALSE(states.take("b", "text")) << "another instance";
    EXPECT_EQ(states.take("a", "text")->last_id, 8);
}

TEST(KnownStates, KeepsTheLastOfAnInstance) {
    KnownStates states;
    states.keep("a", "one", numbered(1));
    states.keep("a", "two", numbered(2));
    EXPECT_EQ(states.take("a", "two")->last_id, 2);
}

TEST(KnownStates, ForgetsTheOldestWhenThereAreTooMany) {
    KnownStates states{100};
    for (int i = 0; i < 10; ++i) {
        states.keep(std::to_string(i), std::string(20, 'x'), numbered(i));
    }
    EXPECT_FALSE(states.take("0", std::string(20, 'x')));
    EXPECT_TRUE(states.take("9", std::string(20, 'x')));
    states.keep("large", std::string(60, 'x'), numbered(1));
    EXPECT_FALSE(states.take("large", std::string(60, 'x')));
    EXPECT_TRUE(states.take("8", std::string(20, 'x')));
}

}  // namespace
}  // namespace slipway::automation
