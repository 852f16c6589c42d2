#include "fakes/maker_fixture.hpp"

/// What has its name in AWS already, and what AWS loses before anybody listed it.
namespace slipway::sagemaker {
namespace {

json::object named(const std::string& name) {
    return {{"name", name}, {"productionVariants", json::array{json::object{{"InstanceType", "ml.m5.large"}}}}};
}

TEST_F(MakerTest, AConfigurationThatAwsLosesBeforeTheFirstListingIsMissed) {
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
}

}  // namespace
}  // namespace slipway::sagemaker
