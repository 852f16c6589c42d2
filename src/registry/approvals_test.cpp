#include "registry/approvals.hpp"

#include <gtest/gtest.h>

namespace slipway::registry {
namespace {

std::string hash_of(std::string_view text) {
    return approval_hash(*json::parse_object(text));
}

TEST(ApprovalHash, IsOfWhatIsMeantHoweverItIsWritten) {
    const auto wish = hash_of(R"({"a":[{"x":1,"y":"z"}],"b":2.5})");
    EXPECT_EQ(wish.size(), 64U);
    EXPECT_EQ(wish, hash_of(R"({"b":2.5,"a":[{"y":"z","x":1.0}]})"));
}

TEST(ApprovalHash, IsAnotherForAnythingElse) {
    const auto wish = hash_of(R"({"a":[1,2],"b":"c"})");
    for (const auto* other :
         {R"({"a":[2,1],"b":"c"})", R"({"a":[1,2],"b":"C"})", R"({"a":[1,2]})", R"({"a":[1,2],"b":"c","d":null})", R"({"a":["1",2],"b":"c"})"}) {
        EXPECT_NE(wish, hash_of(other)) << other;
    }
}

TEST(Approvals, AreRequiredOfAllOrOfTheGroupsNamed) {
    EXPECT_TRUE(Approvals{{}}.required("risk"));
    const Approvals some{{.for_all = false, .groups = {"risk"}}};
    EXPECT_TRUE(some.required("risk"));
    EXPECT_FALSE(some.required("sales"));
}

}  // namespace
}  // namespace slipway::registry
