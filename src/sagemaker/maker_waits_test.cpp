#include "fakes/maker_fixture.hpp"
#include "sagemaker/aws_wait.hpp"
#include "sagemaker/deploy_checks.hpp"

/// What is to be made in AWS and waits for it: people are told once it lasts.
namespace slipway::sagemaker {
namespace {

using std::chrono::minutes;

class MakerWaitsTest : public MakerTest {};

TEST_F(MakerWaitsTest, OneThatCannotBeReadHoldsUpNoOther) {
    const auto damaged = post({});
    ASSERT_TRUE(damaged);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE sagemaker_creations SET kind = 'LABELING_JOB' WHERE entity_id = $1", {damaged->id}));
        return {};
    }));
    const auto sound = post({});
    ASSERT_TRUE(sound);
    pass(Milliseconds{3000});
    EXPECT_EQ(status(sound->id), "RUNNING");
    EXPECT_EQ(status(damaged->id), "CREATED");
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE sagemaker_creations SET kind = 'TRANSFORM_JOB' WHERE entity_id = $1", {damaged->id}));
        return {};
    }));
    pass(Milliseconds{3000});
    EXPECT_EQ(status(damaged->id), "RUNNING") << "a version that knows it goes on";
}

TEST_F(MakerWaitsTest, AFullQuotaThatLastsIsToldOnceAndClosedWhenItIsOver) {
    aws_->refuse("CreateEndpointConfig", "ResourceLimitExceeded",
                 "The quota of endpoint configurations is used up. Ask for a higher quota, or free some of it, and try again.");
    const auto made = create_snapshot({{"productionVariants", json::array{json::object{{"InitialInstanceCount", 2}}}}});
    ASSERT_TRUE(made) << made.error().message;
    pass(minutes{14});
    EXPECT_TRUE(told().empty()) << "it may pass";
    pass(minutes{12});
    const auto said = told();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(said[0].contains("has waited for AWS since ")) << said[0];
    EXPECT_TRUE(said[0].contains("The quota of endpoint configurations is used up.")) << said[0];
    EXPECT_TRUE(said[0].contains("used up. Ask for a higher quota, or free some of it, and try again. It is tried again every five minutes. To give it up"))
        << "once: " << said[0];
    const auto deployable = store::read<bool>(*database_, [&](store::Session& sql) -> Result<bool> {
        SW_CHECK(has_configuration(sql, made->id, {}));
        return true;
    });
    ASSERT_FALSE(deployable);
    EXPECT_EQ(deployable.error().reason, "CONFIGURATION_PENDING");
    EXPECT_TRUE(deployable.error().message.contains("The quota of endpoint configurations is used up.")) << deployable.error().message;
    aws_->allow("CreateEndpointConfig");
    pass(minutes{6});
    EXPECT_TRUE(told().empty()) << "it is made";
    EXPECT_EQ(account_->made("CreateEndpointConfig"), 1);
}

TEST_F(MakerWaitsTest, AWaitThatAPersonHasClosedIsNotSaidAgain) {
    aws_->refuse("CreateTransformJob", "ResourceLimitExceeded", "The quota of ml.c5.xlarge is used up.");
    ASSERT_TRUE(post({}));
    pass(minutes{25});
    ASSERT_EQ(told().size(), 1U);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto rows, store::find_by(unit.sql, registry::notifications_table(), {{"open", std::int64_t{1}}}, store::Scope::all()));
        for (const auto& row : rows) {
            auto document = row.document;
            document["open"] = false;
            SW_CHECK(store::update(unit, registry::notifications_table(), row, std::move(document)));
        }
        return {};
    }));
    pass(minutes{30});
    EXPECT_TRUE(told().empty());
}

TEST_F(MakerWaitsTest, AJobThatWaitsIsToldAndClosedWhenAPersonCancelsIt) {
    aws_->refuse("CreateTransformJob", "ResourceLimitExceeded", "The quota of ml.c5.xlarge is used up.");
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(minutes{25});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].starts_with("The job ")) << told()[0];
    cancel(made->id);
    pass(minutes{6});
    EXPECT_TRUE(told().empty());
}

TEST_F(MakerWaitsTest, APermissionThatIsMissingIsNoMatterOfReachingAws) {
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{3000});
    ASSERT_EQ(status(made->id), "RUNNING");
    aws_->deny("DescribeTransformJob");
    pass(minutes{30});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("not authorized It then goes on by itself. To give it up")) << told()[0];
}

TEST_F(MakerWaitsTest, AnAwsThatIsAwayIsToBeReached) {
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{3000});
    aws_->refuse("DescribeTransformJob", "ServiceUnavailable", "Busy.", {}, ErrorCode::unavailable);
    pass(minutes{30});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("See that AWS can be reached from here")) << told()[0];
}

TEST(NextStepOfWait, IsTrueOfItsReasonAndSaysNothingTwice) {
    for (const auto* its_own : {"AWS_ACCESS_DENIED", "AWS_QUOTA", "AWS_REFUSED", "ACCOUNT_MISMATCH"}) {
        EXPECT_EQ(next_step_of_wait("ResourceLimitExceeded", its_own), "") << its_own;
    }
    const std::string expired = "AWS refused DescribeEndpoint (ExpiredTokenException). The session token has expired: get a new one, with its key and secret.";
    EXPECT_TRUE(next_step_of_wait(expired, "AWS_CREDENTIALS").starts_with("Enter them ")) << "what is to be got was said";
    EXPECT_TRUE(next_step_of_wait("UnrecognizedClientException", "AWS_CREDENTIALS").starts_with("Enter other keys "));
    EXPECT_TRUE(next_step_of_wait("No AWS credentials serve the group 'risk'.", "NO_CREDENTIALS").contains("import"));
    EXPECT_TRUE(next_step_of_wait("There is no credential c-1, or you may not use it.", "NOT_FOUND").contains("configuration"));
    EXPECT_TRUE(next_step_of_wait("The connection was refused.", kAwsAway).contains("can be reached"));
    EXPECT_EQ(reason_of_wait({ErrorCode::timeout, "TIMEOUT", "", {}, {}}), kAwsAway);
    EXPECT_EQ(reason_of_wait({ErrorCode::unavailable, "AWS_THROTTLED", "", {}, {}}), kAwsAway);
    EXPECT_EQ(reason_of_wait({ErrorCode::failed_precondition, "AWS_QUOTA", "", {}, {}}), "AWS_QUOTA");
}

TEST_F(MakerWaitsTest, KeysThatAreRefusedWhileAJobIsFollowedAreTold) {
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{3000});
    ASSERT_EQ(status(made->id), "RUNNING");
    aws_->refuse("DescribeTransformJob", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(minutes{30});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("Enter other keys")) << told()[0];
    aws_->allow("DescribeTransformJob");
    pass(minutes{6});
    EXPECT_TRUE(told().empty()) << told()[0];
}

}  // namespace
}  // namespace slipway::sagemaker
