#include <gtest/gtest.h>

#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"

/// Files are read apart from the transaction that stores them.
namespace slipway::automation {
namespace {

class DeploymentsReadTest : public testing::Test {
protected:
    DeploymentsReadTest() {
        world_.read_decisions = [this](std::string_view content) -> Result<FileReaders::Read<lifecycle::DecisionTable>> {
            ++reads_;
            if (content != "good") {
                return fail(ErrorCode::invalid_argument, "DMN", "This is no decision.");
            }
            return FileReaders::Read<lifecycle::DecisionTable>{{{.id = "d",
                                                                 .name = "d",
                                                                 .inputs = {{.name = "", .expression = "x", .type = ""}},
                                                                 .outputs = {{.name = "y", .expression = "", .type = ""}},
                                                                 .rules = {{.id = "r", .inputs = {"-"}, .outputs = {"1"}}}}},
                                                               {}};
        };
    }
    Result<Deployment> deploy(const DeployRequest& request, const Definitions::ReadFiles& files, std::vector<RefusedFile>* refused = nullptr) {
        return world_.write<Deployment>([&](store::Unit& unit) { return world_.definitions().deploy(unit, world_.ann, request, files, refused); });
    }

    fakes::TestStore store_;  // runs each write twice
    World world_{*store_};
    int reads_{0};
};

TEST_F(DeploymentsReadTest, ATransactionReadsNothing) {
    const DeployRequest request{.name = "n", .group = "risk", .resources = {{"d.dmn", "good"}, {"read.me", "text"}}};
    const auto files = world_.definitions().read(world_.ann, request);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(world_.rows("lifecycle_deployments"), 0);
    const auto made = deploy(request, **files);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(made->definitions.size(), 1U);
    EXPECT_EQ(made->definitions[0].key, "d");
    EXPECT_EQ(made->remarks.size(), 1U);
    EXPECT_EQ(reads_, 1);
}

TEST_F(DeploymentsReadTest, WhatIsWrongInAFileIsToldByTheDeployment) {
    const DeployRequest request{.name = "n", .group = "risk", .resources = {{"d.dmn", "good"}, {"e.dmn", "bad"}}};
    const auto files = world_.definitions().read(world_.ann, request);
    ASSERT_TRUE(files) << files.error().message;
    std::vector<RefusedFile> refused;
    const auto made = deploy(request, **files, &refused);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, "DMN");
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].resource, "e.dmn");
    EXPECT_EQ(world_.rows("lifecycle_resources"), 0);
}

TEST_F(DeploymentsReadTest, NothingIsReadForWhoMayNotDeploy) {
    const auto files = world_.definitions().read(world_.bob, {.name = "n", .group = "risk", .resources = {{"d.dmn", "good"}}});
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, ErrorCode::forbidden);
    EXPECT_EQ(reads_, 0);
}

}  // namespace
}  // namespace slipway::automation
