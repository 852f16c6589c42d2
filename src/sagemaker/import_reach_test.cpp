#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

/// One account, and two groups with keys of their own: `risk` may read all of it.
class ImportOfTwoGroups : public fakes::ImportFixture {
protected:
    ImportOfTwoGroups() {
        settings_.credentials.configured.push_back({.id = "configured-2",
                                                    .group = "sales",
                                                    .path = {},
                                                    .region = "eu-west-1",
                                                    .access_key_id = "AKIASALES",
                                                    .secret_access_key = Secret{"s3cret-canary-2"}});
        start();
        small_account();
        const auto open = aws_;
        aws_ = std::make_shared<fakes::FakeSageMaker>();
        small_account();
        sales_ = std::exchange(aws_, open);
        gateway_.views["AKIASALES"] = sales_;
        run("fraud");
        clock_.advance(std::chrono::minutes{1});
    }
    registry::Operation run_as_sales() {
        const auto ana = std::exchange(ana_, {.kind = identity::Principal::Kind::user, .name = "bob", .groups = {"sales"}, .admin = false});
        auto operation = run("fraud");
        ana_ = ana;
        clock_.advance(std::chrono::minutes{1});
        return operation;
    }
    std::int64_t of_sales(const std::string& table) { return count("SELECT COUNT(*) FROM " + table + " WHERE group_name = 'sales'"); }
    std::shared_ptr<fakes::FakeSageMaker> sales_;
};

TEST_F(ImportOfTwoGroups, WhoMayOnlyDescribeModelsGetsNothingThatOthersRead) {
    for (const auto* action : {"ListTransformJobs", "ListTrainingJobs", "Search", "DescribeTrainingJob", "ListEndpointConfigs", "ListEndpoints", "ListTags"}) {
        sales_->deny(action);
    }
    const auto operation = run_as_sales();
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_GE(operation.problems.size(), 4U);
    EXPECT_EQ(of_sales("stored_models"), 1);
    for (const auto* table : {"jobs", "deployable_models", "deployed_models", "runtimes"}) {
        EXPECT_EQ(of_sales(table), 0) << table;
    }
}

TEST_F(ImportOfTwoGroups, WhoMayListButNotDescribeGetsNoDescriptions) {
    for (const auto* action : {"DescribeTransformJob", "DescribeTrainingJob", "DescribeEndpointConfig", "DescribeEndpoint"}) {
        sales_->deny(action);
    }
    const auto operation = run_as_sales();
    EXPECT_GE(operation.problems.size(), 3U);
    for (const auto* table : {"jobs", "deployable_models", "deployed_models", "runtimes"}) {
        EXPECT_EQ(of_sales(table), 0) << table;
    }
}

TEST_F(ImportOfTwoGroups, WhoMayReadProvesItOnceAndLivesOnTheIndex) {
    EXPECT_TRUE(run_as_sales().problems.empty());
    EXPECT_EQ(of_sales("jobs"), 6);
    EXPECT_EQ(of_sales("deployable_models"), 2);
    EXPECT_EQ(of_sales("runtimes"), 1);
    EXPECT_EQ(sales_->calls().at("DescribeTransformJob"), 1);
    sales_->reset_calls();
    EXPECT_TRUE(run_as_sales().problems.empty());
    EXPECT_FALSE(sales_->calls().contains("DescribeTransformJob"));
    clock_.advance(std::chrono::hours{25});
    sales_->deny("DescribeTransformJob");
    EXPECT_EQ(run_as_sales().problems.size(), 1U);
    EXPECT_EQ(of_sales("jobs"), 6);
}

}  // namespace
}  // namespace slipway::sagemaker
