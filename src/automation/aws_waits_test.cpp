#include "automation/aws_waits.hpp"

#include <gtest/gtest.h>

#include "fakes/topics_fixture.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_run.hpp"

/// Why an instance waits where it is AWS that keeps it.
namespace slipway::automation {
namespace {

class AwsWaitsTest : public TopicsTest {
protected:
    AwsWaitsTest() {
        world_->deploy_task();
        instance_ = world_->start("p", {}, only(registry::deployable_models_table()));
    }
    void waits(const std::string& entity, sagemaker::CreationKind kind, const std::string& name, const std::string& why, const std::string& group = "risk") {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) {
            sagemaker::Creation creation{.entity_id = entity,
                                         .kind = kind,
                                         .group = group,
                                         .account = "111122223333",
                                         .region = "eu-west-1",
                                         .aws_name = name,
                                         .state = sagemaker::CreationState::REQUESTED};
            creation.detail.why = why;
            creation.detail.waits_since = unit.now;
            return sagemaker::insert_creation(unit, creation);
        }));
    }
    void goes_on(const std::string& entity) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(auto creation, sagemaker::find_creation(unit.sql, entity));
            creation->state = sagemaker::CreationState::ENDED;
            return sagemaker::save_creation(unit, *creation);
        }));
    }
    /// Its steps have asked for that.
    void asked_for(const std::string& what, const std::string& id) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_effects (effect_key, instance_id, answer, created_at) VALUES ($1, $2, $3, 0)",
                                      {"k:" + what, instance_, json::write(json::object{{"id", id}})}));
            return {};
        }));
    }
    std::string trouble() {
        const auto info = world_->info(instance_);
        const auto found = world_->read<std::optional<AwsTrouble>>([&](store::Session& sql) { return aws_trouble_of(sql, info); });
        return found ? found->message : std::string{};
    }

    std::string instance_;
};

TEST_F(AwsWaitsTest, AConfigurationThatWaitsIsWhyItsLifeCycleWaits) {
    EXPECT_EQ(trouble(), "");
    const auto snapshot = only(registry::deployable_models_table());
    waits(snapshot, sagemaker::CreationKind::ENDPOINT_CONFIG, "fraud-c1", "ResourceLimitExceeded: The quota is used up.");
    EXPECT_EQ(trouble(), "The endpoint configuration fraud-c1 waits for AWS: ResourceLimitExceeded: The quota is used up.");
    goes_on(snapshot);
    EXPECT_EQ(trouble(), "");
}

TEST_F(AwsWaitsTest, ATestJobThatWaitsIsWhyItsLifeCycleWaits) {
    asked_for("job", "j-1");
    EXPECT_EQ(trouble(), "");
    waits("j-1", sagemaker::CreationKind::TRANSFORM_JOB, "mlc-1", "ExpiredToken: the token has expired.");
    EXPECT_TRUE(trouble().starts_with("The job mlc-1 waits for AWS: ExpiredToken: the token has expired. Enter other keys")) << trouble();
    goes_on("j-1");
    EXPECT_EQ(trouble(), "");
}

TEST_F(AwsWaitsTest, ADeploymentThatWaitsIsWhyItsLifeCycleWaits) {
    asked_for("deployment", "d-1");
    EXPECT_EQ(trouble(), "");
    sagemaker::DeployRun run{.operation_id = "o-1",
                             .deployed_model_id = "d-1",
                             .deployable_model_id = only(registry::deployable_models_table()),
                             .group = "risk",
                             .state = sagemaker::DeployState::WAITING};
    run.detail.endpoint_name = "churn-prod";
    run.detail.why = "AWS refused DescribeEndpoint (AccessDeniedException).";
    run.detail.waits_since = store_.clock().now();
    run.detail.wait_reason = "AWS_ACCESS_DENIED";
    const auto save = [&](auto how) {
        const auto saved = store_.write({}, [&](store::Unit& unit) { return how(unit, run); });
        ASSERT_TRUE(saved) << saved.error().message;
    };
    save(sagemaker::insert_run);
    EXPECT_EQ(trouble(), "The deployment to churn-prod waits for AWS: AWS refused DescribeEndpoint (AccessDeniedException).");
    run.detail.waits_since.reset();
    save(sagemaker::save_run);
    EXPECT_EQ(trouble(), "") << "AWS is making it";
}

TEST_F(AwsWaitsTest, WhatAwsSaysToAnotherGroupIsNotTold) {
    waits(only(registry::deployable_models_table()), sagemaker::CreationKind::ENDPOINT_CONFIG, "fraud-c1", "No.", "sales");
    EXPECT_EQ(trouble(), "") << "a business key is what somebody wrote";
}

}  // namespace
}  // namespace slipway::automation
