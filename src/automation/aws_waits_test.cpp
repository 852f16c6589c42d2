#include "automation/aws_waits.hpp"

#include <gtest/gtest.h>

#include "fakes/topics_fixture.hpp"
#include "sagemaker/creation.hpp"

/// Why an instance waits where it is AWS that keeps it.
namespace slipway::automation {
namespace {

class AwsWaitsTest : public TopicsTest {
protected:
    AwsWaitsTest() {
        lifecycle::ProcessBuilder builder;
        builder.start();
        builder.task("a");
        builder.end();
        builder.path({"s", "a", "e"});
        world_->deploy(builder.process);
        instance_ = world_->start("p", {}, only(registry::deployable_models_table()));
    }
    void waits(const std::string& entity, sagemaker::CreationKind kind, const std::string& name, const std::string& why) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) {
            sagemaker::Creation creation{.entity_id = entity,
                                         .kind = kind,
                                         .group = "risk",
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
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_effects (effect_key, instance_id, answer, created_at) VALUES ('k:job', $1, $2, 0)",
                                  {instance_, json::write(json::object{{"id", "j-1"}})}));
        return {};
    }));
    EXPECT_EQ(trouble(), "");
    waits("j-1", sagemaker::CreationKind::TRANSFORM_JOB, "mlc-1", "ExpiredToken: the token has expired.");
    EXPECT_TRUE(trouble().starts_with("The job mlc-1 waits for AWS: ExpiredToken: the token has expired. Enter other keys")) << trouble();
    goes_on("j-1");
    EXPECT_EQ(trouble(), "");
}

}  // namespace
}  // namespace slipway::automation
