#include <fmt/format.h>

#include "fakes/deployer_fixture.hpp"

/// A deployment that gets no answer of AWS: people are told once that lasts.
namespace slipway::sagemaker {
namespace {

using std::chrono::minutes;

TEST_F(DeployerTest, ADeploymentThatHearsNothingOfAwsIsToldOnceAndClosedWhenItDoes) {
    const auto told_of_waits = [&] {
        auto out = told();
        std::erase_if(out, [](const auto& message) { return !message.contains("has waited for AWS"); });
        return out;
    };
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    aws_->refuse("DescribeEndpoint", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(minutes{13});
    EXPECT_TRUE(told_of_waits().empty()) << "it may pass";
    pass(minutes{15});
    ASSERT_EQ(told_of_waits().size(), 1U);
    EXPECT_TRUE(told_of_waits()[0].contains("Enter other keys")) << told_of_waits()[0];
    EXPECT_TRUE(told_of_waits()[0].starts_with("The deployment to ")) << told_of_waits()[0];
    EXPECT_TRUE(told_of_waits()[0].contains("It is waited for until ")) << "AWS was asked, and nobody takes that back: " << told_of_waits()[0];
    aws_->allow("DescribeEndpoint");
    pass(minutes{7});
    EXPECT_TRUE(told_of_waits().empty());
}

TEST_F(DeployerTest, OneLookThatDoesNotShowTheConfigurationEndsNothing) {
    ASSERT_TRUE(ask());
    aws_->lag("EndpointConfig", "own");
    step();
    EXPECT_EQ(only_run().state, DeployState::PLANNED);
    EXPECT_FALSE(all(registry::deployable_models_table()).at(0).document.at("sageMaker").as_object().contains("gone"));
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "DEPLOYING");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

/// AWS has no room for the endpoint, or takes the key no more, before anything was made.
class ParkedTest : public DeployerTest {
protected:
    static constexpr std::string_view kFull = "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances.";
    void fill_quota() { aws_->refuse("CreateEndpoint", "ResourceLimitExceeded", std::string{kFull}); }
    /// In steps of half a minute.
    void wait(Milliseconds time) {
        for (Milliseconds passed{0}; passed < time; passed += std::chrono::seconds{30}) {
            clock_.advance(std::chrono::seconds{30});
            step();
        }
    }
    std::vector<std::string> history() {
        std::vector<std::string> out;
        for (const auto& one : only_run().detail.transitions) {
            out.push_back(one.state);
        }
        return out;
    }
};

TEST_F(ParkedTest, AFullQuotaIsWaitedForAndTheEndpointIsMadeWhenThereIsRoom) {
    fill_quota();
    ASSERT_TRUE(ask());
    pass(Milliseconds{10'000});
    ASSERT_EQ(state(), "DEPLOYING");
    EXPECT_TRUE(only_run().detail.why.value_or("").contains("is 0 Instances")) << only_run().detail.why.value_or("");
    EXPECT_TRUE(only_run().detail.waits_since) << "AWS keeps it from going on";
    EXPECT_TRUE(told().empty()) << "it may pass";
    wait(minutes{20});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].starts_with("The deployment to ")) << told()[0];
    EXPECT_TRUE(told()[0].contains("is 0 Instances")) << told()[0];
    EXPECT_TRUE(told()[0].contains("To give it up: slipway operation cancel " + only_run().operation_id)) << told()[0];
    wait(std::chrono::hours{3});
    EXPECT_EQ(told().size(), 1U);
    ASSERT_EQ(state(), "DEPLOYING") << "the time that AWS may take begins when it begins";
    EXPECT_LT(only_run().detail.transitions.size(), 4U) << "each try is none of its history";
    aws_->allow("CreateEndpoint");
    wait(minutes{6});
    ASSERT_EQ(endpoints_->made("CreateEndpoint"), 1);
    EXPECT_TRUE(told().empty()) << told()[0];
    wait(minutes{60});
    EXPECT_EQ(only_run().state, DeployState::WAITING) << "it has all the time that an endpoint has";
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    wait(minutes{6});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(history(), (std::vector<std::string>{"PLANNED", "CONFIG_READY", "REQUESTED", "WAITING", "DEPLOYED"}));
}

TEST_F(ParkedTest, WhatWaitsForRoomIsGivenUpByAPersonAtOnce) {
    fill_quota();
    const auto asked = ask();
    ASSERT_TRUE(asked);
    wait(minutes{20});
    ASSERT_EQ(told().size(), 1U);
    const auto again = ask();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, "ALREADY_RUNNING");
    EXPECT_TRUE(again.error().message.contains("is 0 Instances")) << again.error().message;
    EXPECT_TRUE(again.error().message.ends_with("To give it up: slipway operation cancel " + asked->operation->id)) << again.error().message;
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(service_->cancel(unit, ana_, asked->operation->id));
        return {};
    }));
    step();
    EXPECT_EQ(only_run().state, DeployState::CANCELLED) << "not with the next try";
    EXPECT_EQ(stored(asked->operation->id).state, registry::OperationState::CANCELLED);
    EXPECT_EQ(state(), "FAILED");
    EXPECT_TRUE(told().empty()) << told()[0];
    aws_->allow("CreateEndpoint");
    wait(minutes{10});
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(ParkedTest, WaitingForRoomEndsAfterADayInAwssWords) {
    fill_quota();
    ASSERT_TRUE(ask());
    for (int i = 0; i < 23 * 12; ++i) {
        clock_.advance(minutes{5});
        step();
    }
    ASSERT_EQ(state(), "DEPLOYING");
    for (int i = 0; i < 2 * 12; ++i) {
        clock_.advance(minutes{5});
        step();
    }
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("is 0 Instances")) << json::text_of(deployment(), "reason");
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("was not deployed to ")) << told()[0];
}

TEST_F(ParkedTest, AnEndpointThatAnEarlierRequestMayHaveMadeIsLookedForAllTheSame) {
    endpoints_->lose_answer("CreateEndpoint");
    ASSERT_TRUE(ask());
    step();
    ASSERT_EQ(endpoints_->made("CreateEndpoint"), 1);
    aws_->refuse("DescribeEndpoint", "ValidationException", "Could not find endpoint.", {}, ErrorCode::not_found);
    fill_quota();
    pass(Milliseconds{20'000});
    EXPECT_EQ(only_run().state, DeployState::REQUESTED) << "the first request is what fills the quota";
    aws_->allow("DescribeEndpoint");
    pass(Milliseconds{30'000});
    EXPECT_EQ(only_run().state, DeployState::WAITING);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

TEST_F(ParkedTest, AKeyThatIsRefusedBeforeAnythingWasAskedForIsWaitedFor) {
    for (const auto* refused : {"DescribeEndpointConfig", "DescribeEndpoint", "CreateEndpoint"}) {
        aws_->refuse(refused, "UnrecognizedClientException", "The security token included in the request is invalid.");
        ASSERT_TRUE(ask({{"endpointName", fmt::format("prod-{}", refused)}}));
        wait(minutes{20});
        ASSERT_EQ(state(), "DEPLOYING") << refused;
        ASSERT_EQ(told().size(), 1U) << refused;
        EXPECT_TRUE(told()[0].contains("Enter other keys")) << told()[0];
        EXPECT_TRUE(told()[0].contains("To give it up: slipway operation cancel ")) << told()[0];
        aws_->allow(refused);
        wait(minutes{6});
        EXPECT_TRUE(told().empty()) << told()[0];
        ASSERT_EQ(only_run().state, DeployState::WAITING) << refused;
        endpoints_->become(endpoints_->endpoints.back(), "InService");
        wait(minutes{6});
        EXPECT_EQ(state(), "DEPLOYED");
    }
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 3);
}

TEST_F(ParkedTest, AKeyThatIsRefusedIsShownWithItsCredential) {
    const auto check = [&] {
        const auto shown = store::read<std::vector<ShownCredential>>(*database_, [&](store::Session& sql) { return service_->credentials(sql, ana_); });
        return shown->at(0).check.value_or(CredentialCheck{});
    };
    ASSERT_TRUE(check().ok);
    aws_->refuse("DescribeEndpointConfig", "ExpiredTokenException", "The token has expired.");
    ASSERT_TRUE(ask());
    step();
    EXPECT_FALSE(check().ok);
    aws_->allow("DescribeEndpointConfig");
    wait(minutes{1});
    EXPECT_TRUE(check().ok);
    aws_->deny("DescribeEndpoint");
    wait(minutes{1});
    EXPECT_TRUE(check().ok) << "a permission is no matter of the key";
}

TEST_F(ParkedTest, APermissionThatIsMissingIsTheVerdictAtOnce) {
    aws_->deny("CreateEndpoint");
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    EXPECT_EQ(only_run().state, DeployState::FAILED) << "trying again does no better";
}

}  // namespace
}  // namespace slipway::sagemaker
