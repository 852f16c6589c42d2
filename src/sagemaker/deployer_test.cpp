#include "sagemaker/deployer.hpp"

#include "fakes/deployer_fixture.hpp"

namespace slipway::sagemaker {
namespace {

TEST_F(DeployerTest, MakesAnEndpointAndWaitsUntilItServesWhatWasWanted) {
    const auto asked = ask();
    ASSERT_TRUE(asked) << asked.error().message;
    pass(Milliseconds{5000});
    ASSERT_EQ(endpoints_->endpoints.size(), 1U);
    EXPECT_EQ(state(), "DEPLOYING");
    EXPECT_EQ(only_run().state, DeployState::WAITING);
    endpoints_->become(endpoints_->endpoints[0], "InService");
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "DEPLOYED");
    const auto operation = stored(asked->operation->id);
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_EQ(operation.aws_calls.by_operation.at("CreateEndpoint"), 1);
    const auto runtimes = all(registry::runtimes_table());
    ASSERT_EQ(runtimes.size(), 1U);
    EXPECT_EQ(json::text_of(*json::object_of(deployment(), "engine"), "id"), runtimes[0].id);
    EXPECT_EQ(json::text_of(runtimes[0].document, "state"), "ONLINE");
    const auto before = everything();
    run("fraud");
    EXPECT_EQ(all(registry::deployed_models_table()).size(), 1U) << "an import finds the deployment as it is";
    EXPECT_EQ(before.at(0), everything().at(0));
}

TEST_F(DeployerTest, ARuntimeThatWasSeenInTheMakingIsOnlineWhenItServes) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    run("fraud");
    ASSERT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "INIT") << "the import saw it before it served";
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    run("fraud");
    EXPECT_EQ(all(registry::deployed_models_table()).size(), 1U) << "what is being deployed is that one";
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    ASSERT_EQ(all(registry::runtimes_table()).size(), 1U);
    EXPECT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "ONLINE");
}

TEST_F(DeployerTest, AnEndpointThatFailedIsTheFailedDeployment) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    endpoints_->become(endpoints_->endpoints.at(0), "Failed", "no capacity");
    pass(Milliseconds{61'000});
    run("fraud");
    ASSERT_EQ(all(registry::deployed_models_table()).size(), 1U);
    EXPECT_EQ(state(), "FAILED");
    EXPECT_EQ(json::text_of(*json::object_of(deployment(), "engine"), "id"), all(registry::runtimes_table()).at(0).id);
}

TEST_F(DeployerTest, ALookThatBeganBeforeTheEndTakesNothingBack) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{5000});
    const auto& name = endpoints_->endpoints.at(0);
    const auto in_the_making = aws_->object("Endpoint", name);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    ASSERT_EQ(state(), "DEPLOYED");
    aws_->object("Endpoint", name) = in_the_making;
    run("fraud");
    EXPECT_EQ(all(registry::deployed_models_table()).size(), 1U);
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "ONLINE");
}

TEST_F(DeployerTest, ALostAnswerMakesNoSecondEndpoint) {
    endpoints_->lose_answer("CreateEndpoint");
    ASSERT_TRUE(ask());
    pass(Milliseconds{30'000});
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
    EXPECT_EQ(only_run().state, DeployState::WAITING);
}

TEST_F(DeployerTest, AStopBetweenAskingAndHearingMakesNoSecondEndpoint) {
    endpoints_->lose_answer("CreateEndpoint");
    ASSERT_TRUE(ask());
    ASSERT_TRUE(deployer_->advance());
    deployer_->wait_idle();
    EXPECT_EQ(only_run().state, DeployState::REQUESTED) << "what was asked for is written down before it is asked for";
    start_deployer(false);
    pass(Milliseconds{30'000});
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
    EXPECT_EQ(only_run().state, DeployState::WAITING);
}

TEST_F(DeployerTest, SomebodyElsesEndpointIsLeftAlone) {
    ASSERT_TRUE(ask({{"endpointName", "taken"}}));
    aws_->endpoint("taken", kT0 + 500, "own");
    pass(Milliseconds{3000});
    EXPECT_EQ(state(), "FAILED");
    EXPECT_EQ(only_run().state, DeployState::CONFLICT);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
}

TEST_F(DeployerTest, AFailureIsToldInAwssWords) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    endpoints_->become(endpoints_->endpoints.at(0), "Failed", "The container did not pass the ping health check.");
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "FAILED");
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("ping health check")) << json::text_of(deployment(), "reason");
    const auto message = std::string{json::text_of(all(registry::notifications_table()).back().document, "message")};
    EXPECT_TRUE(message.starts_with("The snapshot own was not deployed to " + endpoints_->endpoints.at(0) + ": ")) << message;
}

TEST_F(DeployerTest, AnotherConfigurationOnTheEndpointIsNoSuccess) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    aws_->object("Endpoint", endpoints_->endpoints.at(0))["EndpointConfigName"] = "somebody-elses";
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{61'000});
    EXPECT_EQ(only_run().state, DeployState::CONFLICT);
}

TEST_F(DeployerTest, AConfigurationMadeAgainUnderItsNameIsAnotherOne) {
    ASSERT_TRUE(ask());
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", kT0 + 900, {"fraud"});
    pass(Milliseconds{2000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, AwsBeingAwayIsWaitedFor) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    aws_->refuse("DescribeEndpoint", "AccessDeniedException", "no", "sagemaker:DescribeEndpoint");
    pass(Milliseconds{120'000});
    EXPECT_EQ(state(), "DEPLOYING") << "what AWS does not say is not guessed";
    aws_->allow("DescribeEndpoint");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{400'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(only_run().detail.why, std::nullopt) << "what a look on the way met is no reason of the verdict";
    EXPECT_FALSE(deployment().contains("reason"));
}

TEST_F(DeployerTest, WhatAwsWarnsOfIsKept) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    endpoints_->become(endpoints_->endpoints.at(0), "InService", "Unable to attach the requested autoscaling policy.");
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_TRUE(only_run().detail.why.value_or("").contains("autoscaling policy")) << only_run().detail.why.value_or("");
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("autoscaling policy")) << json::text_of(deployment(), "reason");
}

TEST_F(DeployerTest, WaitingEnds) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{2000});
    for (int i = 0; i < 100; ++i) {
        clock_.advance(std::chrono::minutes{1});
        ASSERT_TRUE(deployer_->advance());
        deployer_->wait_idle();
    }
    EXPECT_EQ(only_run().state, DeployState::TIMED_OUT);
    EXPECT_EQ(state(), "DEPLOYING") << "nobody knows";
}

TEST_F(DeployerTest, APauseOfTheServerIsNoTimeInWhichAwsFailed) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    start_deployer(false);
    clock_.advance(std::chrono::hours{3});
    pass(Milliseconds{3000});
    EXPECT_EQ(state(), "DEPLOYED") << "it is looked at before it is judged";
}

TEST_F(DeployerTest, APauseWithAwsAwayBehindItIsStillNoVerdict) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    aws_->refuse("DescribeEndpoint", "AccessDeniedException", "no", "sagemaker:DescribeEndpoint");
    clock_.advance(std::chrono::hours{3});
    pass(Milliseconds{60'000});
    EXPECT_EQ(state(), "DEPLOYING");
    aws_->allow("DescribeEndpoint");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{400'000});
    EXPECT_EQ(state(), "DEPLOYED");
}

TEST_F(DeployerTest, KeysOfAnotherAccountReachNothing) {
    start_with_foreign_keys();
    start_deployer(false);
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains(kForeign)) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, WhatKeysOfAnotherAccountDoNotSeeIsNotGone) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{2000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    start_with_foreign_keys();
    start_deployer(false);
    ASSERT_TRUE(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(deployer_->undeploy(unit, ana_, all_in(unit).at(0).id, ""));
        return {};
    }));
    pass(Milliseconds{120'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "ONLINE");
}

TEST_F(DeployerTest, KeysThatFailAfterTheRequestLeaveTheVerdictOpen) {
    endpoints_->lose_answer("CreateEndpoint");
    ASSERT_TRUE(ask());
    ASSERT_TRUE(deployer_->advance());
    deployer_->wait_idle();
    aws_->refuse("ListTags", "AccessDeniedException", "no", "sagemaker:ListTags");
    pass(Milliseconds{60'000});
    EXPECT_EQ(state(), "DEPLOYING") << "an endpoint may be there";
    aws_->allow("ListTags");
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{400'000});
    EXPECT_EQ(state(), "DEPLOYED");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 1);
}

TEST_F(DeployerTest, AnEndpointMadeAgainWhileItIsWaitedForIsSomebodyElses) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    const auto name = endpoints_->endpoints.at(0);
    aws_->remove("Endpoint", name);
    aws_->endpoint(name, kT0 + 50'000, "own");
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::CONFLICT);
}

TEST_F(DeployerTest, AConfigurationMadeAgainBeforeTheRequestIsTriedAgainIsNotDeployed) {
    aws_->refuse("DescribeEndpoint", "ThrottlingException", "slow", "", ErrorCode::unavailable);
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", kT0 + 900, {"fraud"});
    aws_->allow("DescribeEndpoint");
    pass(Milliseconds{400'000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, ASecondEndpointIsMadeOnlyUnderAName) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    endpoints_->become(endpoints_->endpoints.at(0), "InService");
    pass(Milliseconds{61'000});
    const auto again = ask();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, "ALREADY_DEPLOYED");
    EXPECT_TRUE(again.error().message.contains(endpoints_->endpoints.at(0))) << again.error().message;
    EXPECT_TRUE(ask({{"endpointName", "second"}}));
}

TEST_F(DeployerTest, OneAtATime) {
    const auto asked = ask();
    ASSERT_TRUE(asked);
    EXPECT_EQ(json::text_of(*asked->operation->request, "modelName"), "fraud") << "lists name what is deployed";
    const auto again = ask({{"endpointName", "other"}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, "ALREADY_RUNNING");
}

TEST_F(DeployerTest, WhatHoldsTheNameOfAnEndpointIsFound) {
    aws_->config("second", kT0 + 22, {"fraud"});
    run("fraud");
    const auto asked = ask({{"endpointName", "prod"}});
    ASSERT_TRUE(asked && asked->operation);
    const auto other = all(registry::deployable_models_table()).at(1).id;
    const auto in_the_way = [&](const std::string& name) {
        return *store::read<std::optional<registry::Operation>>(
            *database_, [&](store::Session& sql) { return deployer_->running(sql, ana_, DeployRequest{.deployable_model_id = other, .endpoint_name = name}); });
    };
    ASSERT_TRUE(in_the_way("PROD")) << "AWS compares names so";
    EXPECT_EQ(in_the_way("PROD")->id, asked->operation->id);
    EXPECT_FALSE(in_the_way("test"));
}

TEST_F(DeployerTest, AnEndpointThatIsKnownIsNotTakenOver) {
    aws_->endpoint("live", kT0 + 30, "own");
    run("fraud");
    const auto asked = ask({{"endpointName", "LIVE"}});
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().reason, "ENDPOINT_EXISTS");
}

TEST_F(DeployerTest, WithoutApprovalThereIsATicketAndNothingElse) {
    start_deployer(true);
    const auto asked = ask({{"endpointName", "prod"}});
    ASSERT_TRUE(asked && asked->refused);
    EXPECT_EQ(asked->refused->reason, "APPROVAL_REQUIRED");
    EXPECT_EQ(ask({{"endpointName", "prod"}})->ticket_id, asked->ticket_id) << "one ticket for one wish";
    EXPECT_NE(ask({{"endpointName", "other"}})->ticket_id, asked->ticket_id) << "an approval binds what it was asked for";
    EXPECT_EQ(all(registry::deployed_models_table()).size(), 0U);

    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, store::require(unit.sql, registry::notifications_table(), asked->ticket_id, store::Scope::all()));
        SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "looks good"));
        return {};
    }));
    EXPECT_TRUE(ask({{"endpointName", "other"}})->refused);
    const auto approved = ask({{"endpointName", "prod"}});
    ASSERT_TRUE(approved && approved->operation);
    pass(Milliseconds{3000});
    EXPECT_EQ(endpoints_->endpoints, std::vector<std::string>{"prod"});
}

TEST_F(DeployerTest, UndeploysWhatItDeployedAndNothingElse) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{2000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    const auto undeploy = [&] {
        return store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(deployer_->undeploy(unit, ana_, all_in(unit).at(0).id, ""));
            return {};
        });
    };
    ASSERT_TRUE(undeploy());
    EXPECT_EQ(state(), "UNDEPLOYING");
    pass(Milliseconds{5000});
    EXPECT_EQ(endpoints_->made("DeleteEndpoint"), 1);
    aws_->remove("Endpoint", name);
    pass(Milliseconds{61'000});
    EXPECT_EQ(state(), "UNDEPLOYED");
    EXPECT_EQ(json::text_of(all(registry::runtimes_table()).at(0).document, "state"), "REMOVED");
    EXPECT_EQ(undeploy().error().reason, "NOT_DEPLOYED");
    const auto id = only_run().deployed_model_id;
    const auto shown = store::read<ShownDeployment>(*database_, [&](store::Session& sql) { return deployer_->show(sql, ana_, id); });
    ASSERT_TRUE(shown);
    std::string history;
    for (const auto& one : history_of(shown->runs)) {
        history += fmt::format("{} {}, ", json::text_of(one.as_object(), "kind"), json::text_of(one.as_object(), "state"));
    }
    EXPECT_EQ(history,
              "DEPLOY PLANNED, DEPLOY CONFIG_READY, DEPLOY REQUESTED, DEPLOY WAITING, DEPLOY DEPLOYED, UNDEPLOY PLANNED, UNDEPLOY REQUESTED, UNDEPLOY WAITING, "
              "UNDEPLOY UNDEPLOYED, ")
        << "what led to the endpoint stays known";
}

TEST_F(DeployerTest, AnEndpointMadeAgainByOthersIsNotRemoved) {
    aws_->endpoint("live", kT0 + 30, "own");
    run("fraud");
    aws_->remove("Endpoint", "live");
    aws_->endpoint("live", kT0 + 900, "own");
    ASSERT_TRUE(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(deployer_->undeploy(unit, ana_, all_in(unit).at(0).id, ""));
        return {};
    }));
    pass(Milliseconds{3000});
    EXPECT_EQ(endpoints_->made("DeleteEndpoint"), 0);
    EXPECT_EQ(only_run().state, DeployState::CONFLICT);
    EXPECT_EQ(state(), "DEPLOYED");
}

TEST_F(DeployerTest, CancelledBeforeAnythingWasMade) {
    const auto asked = ask();
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry_.operations().cancel(unit, ana_, asked->operation->id));
        return {};
    }));
    pass(Milliseconds{2000});
    EXPECT_EQ(stored(asked->operation->id).state, registry::OperationState::CANCELLED);
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, CancelledTooLateSaysSo) {
    const auto asked = ask();
    pass(Milliseconds{5000});
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry_.operations().cancel(unit, ana_, asked->operation->id));
        return {};
    }));
    pass(Milliseconds{61'000});
    const auto operation = stored(asked->operation->id);
    EXPECT_EQ(operation.state, registry::OperationState::RUNNING);
    EXPECT_TRUE(operation.stages.at(2).note.value_or("").contains("too late")) << operation.stages.at(2).note.value_or("");
}

}  // namespace
}  // namespace slipway::sagemaker
