#include "fakes/deployer_fixture.hpp"

/// What happens in AWS while a deployment is under way.
namespace slipway::sagemaker {
namespace {

TEST_F(DeployerTest, AnEndpointThatAwsLosesBeforeTheFirstListingIsMissed) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    aws_->remove("Endpoint", name);
    run("fraud");
    run("fraud");
    EXPECT_EQ(state(), "UNDEPLOYED");
    EXPECT_TRUE(deployment().contains("undeployTime"));
    EXPECT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "REMOVED");
    EXPECT_EQ(only_run().state, DeployState::UNDEPLOYED) << "a deployment that AWS ended is none that failed, and none that serves";
    EXPECT_EQ(only_run().detail.why, "The endpoint was deleted in AWS.");
    EXPECT_EQ(only_run().detail.aws_state, std::nullopt);
}

TEST_F(DeployerTest, AnEndpointThatServesOthersNowIsUndeployedInItsHistoryToo) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    run("fraud");
    ASSERT_EQ(state(), "DEPLOYED");
    aws_->config("another", fakes::kT0 + 22, {"fraud"});
    aws_->object("Endpoint", name)["EndpointConfigName"] = "another";
    aws_->object("Endpoint", name)["LastModifiedTime"] = fakes::kT0 + 100'000;
    run("fraud");
    EXPECT_EQ(only_run().detail.why, "The endpoint was given another configuration in AWS.");
}

TEST_F(DeployerTest, AConfigurationThatIsNoMoreIsTheEndOfItsSnapshot) {
    ASSERT_TRUE(ask());
    const auto own = aws_->object("EndpointConfig", "own");
    aws_->remove("EndpointConfig", "own");
    pass(Milliseconds{4000});
    ASSERT_EQ(state(), "FAILED");
    const auto facts = [&] { return all(registry::deployable_models_table()).at(0).document.at("sageMaker").as_object(); };
    EXPECT_TRUE(facts().contains("gone")) << "deploying it again leads nowhere";
    aws_->config("own", kT0 + 21, {"fraud"}) = own;
    run("fraud");
    EXPECT_FALSE(facts().contains("gone")) << "an answer that lagged behind is taken back";
}

TEST_F(DeployerTest, AnEndpointThatIsDeletedWhileItIsWaitedForFails) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYING");
    aws_->remove("Endpoint", endpoints_->endpoints.at(0));
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_NE(json::text_of(deployment(), "reason").find("deleted in AWS"), std::string_view::npos) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1) << "it is not made again by itself";
}

TEST_F(DeployerTest, AKeyThatIsRevokedWhileItIsWaitedForLeavesTheVerdictOpenUntilThereIsAnother) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    const auto name = endpoints_->endpoints.at(0);
    aws_->refuse("DescribeEndpoint", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(Milliseconds{120'000});
    EXPECT_EQ(state(), "DEPLOYING") << "the endpoint goes on in AWS";
    EXPECT_NE(only_run().detail.why.value_or("").find("UnrecognizedClientException"), std::string::npos) << only_run().detail.why.value_or("");
    endpoints_->become(name, "InService");
    aws_->allow("DescribeEndpoint");
    pass(Milliseconds{400'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

TEST_F(DeployerTest, ADeletedRoleEndsItInAwssWords) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    endpoints_->become(endpoints_->endpoints.at(0), "Failed", "Unable to assume role arn:aws:iam::111122223333:role/r. Ensure that the role exists.");
    pass(Milliseconds{61'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_NE(json::text_of(deployment(), "reason").find("role/r"), std::string_view::npos) << json::text_of(deployment(), "reason");
}

/// AWS's ARNs are in lower case: only the time of creation tells the two apart.
TEST_F(DeployerTest, AConfigurationMadeAgainInOtherLettersIsAnotherSnapshot) {
    const auto before = snapshot();
    aws_->remove("EndpointConfig", "own");
    aws_->config("OWN", kT0 + 900, {"fraud"});
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
    run("fraud");
    const auto snapshots = all(registry::deployable_models_table());
    ASSERT_EQ(snapshots.size(), 2U);
    EXPECT_NE(snapshots.at(1).id, before);
    EXPECT_EQ(snapshots.at(1).document.at("metaData").at("name"), "OWN");
}

TEST_F(DeployerTest, AnEndpointThatWasJustMadeMayBeHiddenHoweverLongItsRequestTook) {
    aws_->refuse("CreateEndpoint", "ThrottlingException", "Rate exceeded", {}, ErrorCode::unavailable);
    ASSERT_TRUE(ask());
    pass(Milliseconds{90'000});
    ASSERT_EQ(only_run().state, DeployState::REQUESTED);
    aws_->allow("CreateEndpoint");
    while (endpoints_->endpoints.empty()) {
        clock_.advance(Milliseconds{1000});
        step();
    }
    aws_->refuse("DescribeEndpoint", "ValidationException", "Could not find endpoint.");
    pass(Milliseconds{5000});
    EXPECT_EQ(state(), "DEPLOYING") << "AWS shows new endpoints late";
    aws_->allow("DescribeEndpoint");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

TEST_F(DeployerTest, ANameThatIsTakenByWhatAwsDoesNotShowIsSaid) {
    aws_->refuse("CreateEndpoint", "ValidationException", "Cannot create already existing endpoint.");
    ASSERT_TRUE(ask({{"endpointName", "prod"}}));
    pass(Milliseconds{10'000});
    EXPECT_EQ(only_run().state, DeployState::REQUESTED);
    EXPECT_TRUE(only_run().detail.why.value_or("").contains("has an endpoint prod already")) << only_run().detail.why.value_or("");
}

TEST_F(DeployerTest, ARefusedRemovalOfAFailedDeploymentLeavesItFailed) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    endpoints_->become(endpoints_->endpoints.at(0), "Failed", "no capacity");
    pass(Milliseconds{61'000});
    run("fraud");
    ASSERT_EQ(state(), "FAILED");
    aws_->deny("DeleteEndpoint");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(state(), "FAILED");
    EXPECT_FALSE(deployment().contains("deployTime"));
}

TEST_F(DeployerTest, ARemovalThatIsRefusedSinceItIsUnderWayIsWaitedFor) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    endpoints_->lose_answer_and_repeat("DeleteEndpoint");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{5000});
    EXPECT_EQ(state(), "UNDEPLOYING");
    aws_->remove("Endpoint", name);
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "UNDEPLOYED");
    EXPECT_EQ(endpoints_->made("DeleteEndpoint"), 1);
}

TEST_F(DeployerTest, KeysThatFailAfterTheRemovalWasAskedForLeaveTheVerdictOpen) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    endpoints_->lose_answer("DeleteEndpoint");
    ASSERT_TRUE(undeploy());
    step();
    ASSERT_EQ(endpoints_->made("DeleteEndpoint"), 1);
    aws_->refuse("DescribeEndpoint", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(Milliseconds{60'000});
    EXPECT_EQ(state(), "UNDEPLOYING") << "AWS removes it";
    aws_->remove("Endpoint", name);
    aws_->allow("DescribeEndpoint");
    pass(Milliseconds{400'000});
    EXPECT_EQ(state(), "UNDEPLOYED");
    EXPECT_EQ(endpoints_->made("DeleteEndpoint"), 1);
}

TEST_F(DeployerTest, ALookWhileItIsBeingRemovedTakesNothingBack) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    endpoints_->become(name, "Updating");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{3000});
    run("fraud");
    EXPECT_EQ(all(registry::deployed_models_table()).size(), 1U);
    EXPECT_EQ(state(), "UNDEPLOYING");
}

TEST_F(DeployerTest, AConfigurationThatIsDeletedRightAfterTheEndpointWasAskedForLosesNoEndpoint) {
    for (const bool again : {false, true}) {
        endpoints_->lose_answer("CreateEndpoint");
        ASSERT_TRUE(ask({{"endpointName", again ? "second" : "first"}}));
        step();
        ASSERT_EQ(endpoints_->endpoints.size(), again ? 2U : 1U);
        aws_->lag("Endpoint", endpoints_->endpoints.back());
        aws_->remove("EndpointConfig", "own");
        if (again) {
            aws_->config("own", kT0 + 900, {"fraud"});
        }
        pass(Milliseconds{30'000});
        EXPECT_EQ(only_run().state, DeployState::WAITING) << "it is there, late as AWS shows it";
        endpoints_->become(endpoints_->endpoints.back(), "InService");
        aws_->config("own", kT0 + 21, {"fraud"});
        pass(Milliseconds{61'000});
    }
}

TEST_F(DeployerTest, AConfigurationThatIsDeletedBeforeAnEndpointCouldBeAskedForEndsIt) {
    aws_->refuse("CreateEndpoint", "ThrottlingException", "Rate exceeded", {}, ErrorCode::unavailable);
    ASSERT_TRUE(ask());
    pass(Milliseconds{10'000});
    ASSERT_EQ(only_run().state, DeployState::REQUESTED);
    aws_->remove("EndpointConfig", "own");
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, AClockThatIsSetBackHoldsNothingUp) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    ASSERT_EQ(only_run().state, DeployState::WAITING);
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    clock_.jump(-std::chrono::hours{1});
    step();
    EXPECT_EQ(state(), "DEPLOYED");
}

TEST_F(DeployerTest, AClockThatIsSetBackMovesTheEndOfWaitingWithIt) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    clock_.jump(-std::chrono::hours{1});
    for (int i = 0; i < 85; ++i) {
        clock_.advance(std::chrono::minutes{1});
        step();
    }
    EXPECT_EQ(only_run().state, DeployState::TIMED_OUT);
}

/// A deployment that was waited for until the deadline.
class OverdueTest : public DeployerTest {
protected:
    void wait_in_vain() {
        ASSERT_TRUE(ask());
        pass(Milliseconds{2000});
        for (int i = 0; i < 100; ++i) {
            clock_.advance(std::chrono::minutes{1});
            step();
        }
        ASSERT_EQ(only_run().state, DeployState::TIMED_OUT);
    }
};

TEST_F(OverdueTest, WhatCameToNoEndInTimeIsSettledByWhatAwsShowsLater) {
    wait_in_vain();
    EXPECT_EQ(state(), "DEPLOYING") << "AWS has said neither";
    run("fraud");
    EXPECT_EQ(state(), "DEPLOYING");
    const auto again = ask();
    ASSERT_FALSE(again) << "it would make a second endpoint";
    EXPECT_EQ(again.error().reason, "DEPLOYMENT_OPEN");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    run("fraud");
    ASSERT_EQ(all(registry::deployed_models_table()).size(), 1U);
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_FALSE(deployment().contains("reason"));
    EXPECT_EQ(json::text_of(*json::object_of(deployment(), "engine"), "id"), all(registry::runtimes_table()).at(0).id);
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 0);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

TEST_F(OverdueTest, IsFoundWithoutALookAtAllRuns) {
    const auto plan = store::read<std::string>(*database_, [](store::Session& sql) -> Result<std::string> {
        SW_TRY(const auto rows, sql.query("EXPLAIN QUERY PLAN SELECT deployed_model_id FROM deploy_runs WHERE state = 'TIMED_OUT' AND endpoint_key = $1 UNION "
                                          "SELECT deployed_model_id FROM deploy_runs WHERE state = 'TIMED_OUT' AND deployable_model_id = $2",
                                          {"k", "s"}));
        std::string out;
        for (const auto& row : rows) {
            out += row.text(3) + "\n";
        }
        return out;
    });
    ASSERT_TRUE(plan);
    EXPECT_NE(plan->find("deploy_runs_given_up_endpoint"), std::string::npos) << *plan;
    EXPECT_NE(plan->find("deploy_runs_given_up_snapshot"), std::string::npos) << *plan;
}

TEST_F(OverdueTest, ItCanBeRemoved) {
    wait_in_vain();
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{3000});
    aws_->remove("Endpoint", endpoints_->endpoints.at(0));
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "UNDEPLOYED");
    EXPECT_TRUE(ask());
}

TEST_F(OverdueTest, ARefusedRemovalLeavesItToTheNextLook) {
    wait_in_vain();
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    aws_->deny("DeleteEndpoint");
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(undeploy()) << "a person tries again";
        pass(Milliseconds{3000});
        ASSERT_EQ(only_run().state, DeployState::FAILED);
        ASSERT_EQ(state(), "DEPLOYING");
    }
    const auto again = ask();
    ASSERT_FALSE(again) << "it would make a second endpoint";
    EXPECT_EQ(again.error().reason, "DEPLOYMENT_OPEN");
    run("fraud");
    ASSERT_EQ(all(registry::deployed_models_table()).size(), 1U) << "a second row for the same endpoint";
    EXPECT_EQ(state(), "DEPLOYED");
    aws_->allow("DeleteEndpoint");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{3000});
    aws_->remove("Endpoint", name);
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "UNDEPLOYED");
}

TEST_F(OverdueTest, WhatIsGoneAfterARefusedRemovalHasFailed) {
    wait_in_vain();
    aws_->deny("DeleteEndpoint");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    ASSERT_TRUE(undeploy());
    pass(Milliseconds{3000});
    ASSERT_EQ(state(), "DEPLOYING");
    aws_->remove("Endpoint", endpoints_->endpoints.at(0));
    clock_.advance(std::chrono::minutes{5});
    run("fraud");
    EXPECT_EQ(state(), "FAILED");
}

TEST_F(OverdueTest, WhatALaterListingDoesNotShowHasFailed) {
    wait_in_vain();
    aws_->remove("Endpoint", endpoints_->endpoints.at(0));
    clock_.advance(std::chrono::minutes{5});
    run("fraud");
    EXPECT_EQ(state(), "FAILED");
    EXPECT_TRUE(ask()) << "nothing is in the way";
}

TEST_F(OverdueTest, ContainersThatMayTakeLongerAreWaitedForLonger) {
    auto& variant = aws_->object("EndpointConfig", "own").at("ProductionVariants").as_array().at(0).as_object();
    variant["ModelDataDownloadTimeoutInSeconds"] = 3600;
    variant["ContainerStartupHealthCheckTimeoutInSeconds"] = 3600;
    ASSERT_TRUE(ask());
    pass(Milliseconds{2000});
    for (int i = 0; i < 130; ++i) {
        clock_.advance(std::chrono::minutes{1});
        step();
    }
    EXPECT_EQ(only_run().state, DeployState::WAITING);
    for (int i = 0; i < 10; ++i) {
        clock_.advance(std::chrono::minutes{1});
        step();
    }
    EXPECT_EQ(only_run().state, DeployState::TIMED_OUT);
}

TEST_F(DeployerTest, AConfigurationMadeAgainJustBeforeTheEndpointIsNotWhatWasWanted) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    const auto& name = endpoints_->endpoints.at(0);
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", aws_->object("Endpoint", name).at("CreationTime").as_double() - 0.2, {"fraud"});
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    EXPECT_EQ(only_run().state, DeployState::CONFLICT) << "between our look and AWS's";
    EXPECT_EQ(state(), "FAILED");
}

TEST_F(DeployerTest, AConfigurationMadeAgainBehindTheEndpointChangesNothing) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    const auto& name = endpoints_->endpoints.at(0);
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", aws_->object("Endpoint", name).at("CreationTime").as_double() + 5, {"fraud"});
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "DEPLOYED") << "the endpoint serves the earlier one";
}

}  // namespace
}  // namespace slipway::sagemaker
