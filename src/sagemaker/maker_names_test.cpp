#include "fakes/maker_fixture.hpp"

/// What has its name in AWS already, and what AWS loses before anybody listed it.
namespace slipway::sagemaker {
namespace {

class MakerNamesTest : public MakerTest {};

json::object named(const std::string& name) {
    return {{"name", name}, {"productionVariants", json::array{json::object{{"InstanceType", "ml.m5.large"}}}}};
}

TEST_F(MakerNamesTest, ASecondConfigurationOfOneNameIsRefusedAtOnce) {
    const auto first = create_snapshot(named("mine"));
    ASSERT_TRUE(first) << first.error().message;
    auto second = create_snapshot(named("Mine"));
    ASSERT_FALSE(second) << "the first would lose its name to it, or it to the first";
    EXPECT_EQ(second.error().reason, "NAME_TAKEN");
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(second.error().message, "The endpoint configuration Mine is being made in AWS already, for the snapshot " + first->id + ". Choose another name.");
    pass(Milliseconds{20'000});
    ASSERT_EQ(account_->made("CreateEndpointConfig"), 1);
    second = create_snapshot(named("mine"));
    ASSERT_FALSE(second) << "it is there now";
    EXPECT_EQ(second.error().message, "There is an endpoint configuration mine in AWS already, of the snapshot " + first->id + ". Choose another name.");
    EXPECT_EQ(create_snapshot(named("own")).error().reason, "NAME_TAKEN") << "whoever made it";
    EXPECT_TRUE(create_snapshot(named("another")));
}

TEST_F(MakerNamesTest, ASecondJobOfOneNameIsRefusedAtOnce) {
    const json::object wish{{"jobParameters", {{"TransformJobName", "twin"}}}};
    const auto first = post(wish);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = post(wish);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "The job twin is being made in AWS already, for the job " + first->id + ". Choose another name.");
    EXPECT_EQ(post({{"jobParameters", {{"TransformJobName", "batch-1"}}}}).error().reason, "NAME_TAKEN");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE name = 'twin'"), 1);
}

TEST_F(MakerNamesTest, ANameIsFreeAgainWhenNothingWasMadeUnderIt) {
    aws_->refuse("CreateEndpointConfig", "ValidationException", "no");
    ASSERT_TRUE(create_snapshot(named("mine")));
    pass(Milliseconds{20'000});
    aws_->allow("CreateEndpointConfig");
    EXPECT_TRUE(create_snapshot(named("mine")));
}

TEST_F(MakerNamesTest, AConfigurationThatAwsLosesBeforeTheFirstListingIsMissed) {
    const auto made = create_snapshot(named("mine"));
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{20'000});
    aws_->remove("EndpointConfig", "mine");
    run("fraud");
    run("fraud");
    const auto snapshots = all(registry::deployable_models_table());
    ASSERT_EQ(snapshots.size(), 2U);
    EXPECT_EQ(snapshots[1].id, made->id);
    EXPECT_TRUE(snapshots[1].document.at("sageMaker").as_object().contains("gone"));
    EXPECT_TRUE(create_snapshot(named("mine"))) << "and its name is free";
}

}  // namespace
}  // namespace slipway::sagemaker
