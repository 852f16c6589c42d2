#include "identity/access.hpp"

#include <gtest/gtest.h>

namespace slipway::identity {
namespace {

Principal member(std::vector<std::string> groups) {
    return {.kind = Principal::Kind::user, .name = "ann", .groups = std::move(groups), .admin = false};
}

TEST(Access, DeniesByDefault) {
    const Access access;
    EXPECT_FALSE(access.scope(member({}), Action::read, "jobs").allows("risk", "ann"));
    EXPECT_FALSE(access.scope(member({""}), Action::read, "jobs").allows("", "eve"));
    EXPECT_TRUE(access.scope(member({"risk"}), Action::read, "jobs").allows("risk", "eve"));
    EXPECT_FALSE(access.scope(member({"risk"}), Action::read, "jobs").allows("fraud", "eve"));
    EXPECT_TRUE(access.scope({.kind = Principal::Kind::user, .name = "root", .groups = {}, .admin = true}, Action::write, "jobs").allows("any", "eve"));
}

TEST(Access, OwnersKeepTheirRightsInTheirGroupsOnly) {
    AccessPolicy policy;
    policy.by_collection["jobs"]["*"] = {.read = true, .write = false, .execute = false};
    policy.by_collection["jobs"]["ops"] = {.read = true, .write = true, .execute = true};
    const Access access{policy};
    const auto ann = member({"risk", "ops"});
    EXPECT_EQ(access.require(ann, Action::write, "jobs", "risk", "eve").error().code, ErrorCode::forbidden);
    EXPECT_TRUE(access.require(ann, Action::write, "jobs", "risk", "ann").has_value());
    EXPECT_TRUE(access.require(ann, Action::write, "jobs", "ops", "eve").has_value());
    EXPECT_EQ(access.require(ann, Action::write, "jobs", "fraud", "ann").error().code, ErrorCode::not_found);
}

TEST(Access, NewObjectsGetTheRightGroup) {
    const Access access;
    const auto ann = member({"risk", "ops"});
    EXPECT_EQ(access.group_for_new(ann, "jobs", "", "", "modelop").value(), "risk");
    EXPECT_EQ(access.group_for_new(ann, "jobs", "", "ops", "modelop").value(), "ops");
    EXPECT_EQ(access.group_for_new(ann, "jobs", "", "fraud", "modelop").value(), "risk");
    EXPECT_EQ(access.group_for_new(ann, "jobs", "fraud", "", "modelop").error().code, ErrorCode::forbidden);
    EXPECT_EQ(access.group_for_new(member({}), "jobs", "", "", "modelop").error().code, ErrorCode::forbidden);
    EXPECT_EQ(access.group_for_new(Principal::service(), "jobs", "", "", "modelop").value(), "modelop");
}

}  // namespace
}  // namespace slipway::identity
