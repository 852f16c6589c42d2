#include "sagemaker/deployer.hpp"

#include "fakes/fake_endpoints.hpp"
#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class DeployerTest : public fakes::ImportFixture {
protected:
    DeployerTest() {
        aws_->model("fraud", kT0);
        aws_->config("own", kT0 + 21, {"fraud"});
        gateway_.views["AKIA"] = endpoints_;
        run("fraud");
        start_deployer(false);
    }
    ~DeployerTest() override { deployer_.reset(); }

    void start_deployer(bool approvals) {
        deployer_.reset();
        approvals_ = std::make_unique<registry::Approvals>(registry::ApprovalSettings{.for_all = approvals});
        deployer_ = std::make_unique<Deployer>(registry_, *service_, *approvals_, Deployer::Settings{.defaults = {}, .instance = "here"}, *pool_);
    }
    std::string snapshot() { return all(registry::deployable_models_table()).at(0).id; }
    Result<DeployAnswer> ask(json::object more = {}) {
        more["deployableModelId"] = snapshot();
        SW_TRY(const auto request, parse_deploy_request(more));
        DeployAnswer answer;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        }));
        return answer;
    }
    /// Lets the clock run and the deployer work until nothing is due within `time`.
    void pass(Milliseconds time) {
        for (Milliseconds step{0}; step <= time; step += Milliseconds{1000}) {
            ASSERT_TRUE(deployer_->advance());
            deployer_->wait_idle();
            clock_.advance(Milliseconds{1000});
        }
    }
    DeployRun only_run() {
        const auto id = store::read<std::string>(*database_, [](store::Session& sql) -> Result<std::string> {
            SW_TRY(const auto rows, sql.query("SELECT operation_id FROM deploy_runs ORDER BY row_id DESC LIMIT 1"));
            return rows.at(0).text(0);
        });
        return *store::read<DeployRun>(*database_, [&](store::Session& sql) { return run_of_operation(sql, *id); });
    }
    static std::vector<store::Entity> all_in(store::Unit& unit) {
        return *store::find_by(unit.sql, registry::deployed_models_table(), {}, store::Scope::all());
    }
    json::object deployment() { return all(registry::deployed_models_table()).back().document; }
    std::string state() { return std::string{json::text_of(deployment(), "state")}; }

    std::shared_ptr<fakes::FakeEndpoints> endpoints_ = std::make_shared<fakes::FakeEndpoints>(aws_, clock_);
    std::unique_ptr<registry::Approvals> approvals_;
    std::unique_ptr<Deployer> deployer_;
};

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
    EXPECT_EQ(state(), "FAILED");
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
    gateway_.accounts["AKIA"] = "999900001111";
    ASSERT_TRUE(ask());
    pass(Milliseconds{3000});
    EXPECT_EQ(only_run().state, DeployState::FAILED);
    EXPECT_TRUE(json::text_of(deployment(), "reason").contains("999900001111")) << json::text_of(deployment(), "reason");
    EXPECT_EQ(endpoints_->made("CreateEndpoint"), 0);
}

TEST_F(DeployerTest, WhatKeysOfAnotherAccountDoNotSeeIsNotGone) {
    ASSERT_TRUE(ask());
    pass(Milliseconds{2000});
    const auto name = endpoints_->endpoints.at(0);
    endpoints_->become(name, "InService");
    pass(Milliseconds{61'000});
    gateway_.accounts["AKIA"] = "999900001111";
    gateway_.views["AKIA"] = std::make_shared<fakes::FakeEndpoints>(std::make_shared<fakes::FakeSageMaker>(), clock_);
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
    ASSERT_TRUE(ask());
    const auto again = ask({{"endpointName", "other"}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, "ALREADY_RUNNING");
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

/// Two models on one configuration.
class SiblingsTest : public DeployerTest {
protected:
    SiblingsTest() {
        aws_->model("other", kT0);
        aws_->remove("EndpointConfig", "own");
        aws_->config("shared", kT0 + 50, {"fraud", "other"});
        run("fraud");
        run("other");
        start_deployer(true);
        rows_ = *store::read<std::vector<store::Entity>>(*database_, [](store::Session& sql) {
            return store::find_by(sql, registry::deployable_models_table(), {{"aws_name", "shared"}}, store::Scope::all());
        });
        EXPECT_EQ(rows_.size(), 2U);
    }
    Result<DeployAnswer> wish(std::size_t which) {
        DeployAnswer answer;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, {.deployable_model_id = rows_.at(which).id}));
            return {};
        }));
        return answer;
    }
    std::string refusal(std::size_t which) {
        const auto answer = wish(which);
        return answer ? std::string{} : answer.error().reason;
    }
    /// A ticket about it that ends so.
    void decide(std::size_t which, std::string_view decision) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto ticket,
                   approvals_->open(unit, {.snapshot = rows_.at(which), .subject = {}, .requested_by = "ana", .summary = "?", .evidence = {}}));
            SW_CHECK(registry::decide_ticket(unit, ticket, decision, "bob", "no"));
            return {};
        }));
    }

    std::vector<store::Entity> rows_;
};

TEST_F(SiblingsTest, ARejectedOneStopsTheOther) {
    ASSERT_TRUE(wish(0));
    decide(0, "REJECTED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
}

TEST_F(SiblingsTest, ATicketThatWasWithdrawnOrExpiredTakesNoRejectionBack) {
    decide(0, "REJECTED");
    decide(0, "CANCELLED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    decide(0, "EXPIRED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
    decide(0, "APPROVED");
    EXPECT_EQ(refusal(1), "") << "who decides may think again";
}

TEST_F(SiblingsTest, OneOfAnotherGroupCountsAndIsNotNamed) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(rows_[0], store::update(unit, registry::deployable_models_table(), rows_[0], rows_[0].document, "crm"));
        return {};
    }));
    const auto siblings = store::read<json::array>(*database_, [&](store::Session& sql) { return approvals_->siblings(sql, rows_[1]); });
    ASSERT_TRUE(siblings);
    EXPECT_EQ(json::write(json::value(*siblings)), R"([{"otherGroup":true}])");
    decide(0, "REJECTED");
    EXPECT_EQ(refusal(1), "SIBLING_REJECTED");
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

class GeneratedSnapshot : public DeployerTest {
protected:
    GeneratedSnapshot() {
        aws_->model("bare", kT0);
        const auto imported = run("bare");
        snapshot_ = store::read<std::vector<store::Entity>>(*database_,
                                                            [&](store::Session& sql) {
                                                                return store::find_by(sql, registry::deployable_models_table(),
                                                                                      {{"stored_model_id", *imported.stored_model_id}}, store::Scope::all());
                                                            })
                        ->at(0)
                        .id;
    }
    void deploy(DeployRequest request = {}) {
        request.deployable_model_id = snapshot_;
        const auto written = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(deployer_->deploy(unit, ana_, request));
            return {};
        });
        ASSERT_TRUE(written) << written.error().message;
    }
    Result<DeployAnswer> with_variant(const json::object& variant) {
        DeployAnswer answer;
        SW_TRY(auto request, parse_deploy_request({{"deployableModelId", snapshot_}, {"productionVariants", json::array{variant}}}));
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        }));
        return answer;
    }
    std::string snapshot_;
};

TEST_F(GeneratedSnapshot, ServesItsOwnModelAlone) {
    const auto other = with_variant({{"VariantName", "v"}, {"ModelName", "fraud"}, {"InstanceType", "ml.m5.large"}});
    ASSERT_FALSE(other) << "another model would go out under this snapshot's approval";
    EXPECT_EQ(other.error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(other.error().reason, "OTHER_MODEL");
    EXPECT_EQ(other.error().faults.at(0).pointer, "/productionVariants/0/ModelName");
    ASSERT_TRUE(with_variant({{"VariantName", "v"}, {"InstanceType", "ml.m5.large"}}));
    EXPECT_EQ(json::text_of(only_run().detail.production_variants->at(0).as_object(), "ModelName"), "bare") << "none stays empty for another one";
}

TEST_F(GeneratedSnapshot, GetsItsConfigurationWhenItIsDeployed) {
    endpoints_->lose_answer("CreateEndpointConfig");
    deploy();
    pass(Milliseconds{30'000});
    EXPECT_EQ(endpoints_->made("CreateEndpointConfig"), 1);
    ASSERT_EQ(endpoints_->endpoints.size(), 1U);
    const auto row = store::read<std::optional<store::Entity>>(
        *database_, [&](store::Session& sql) { return store::find(sql, registry::deployable_models_table(), snapshot_, store::Scope::all()); });
    const auto* facts = json::object_of((*row)->document, "sageMaker");
    EXPECT_FALSE(json::text_of(*facts, "arn").empty());
    EXPECT_EQ(json::array_of(*facts, "productionVariants")->at(0).at("InstanceType").as_string(), "ml.m5.large");
}

}  // namespace
}  // namespace slipway::sagemaker
