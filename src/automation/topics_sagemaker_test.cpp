#include <gtest/gtest.h>

#include "fakes/process_builder.hpp"
#include "fakes/topics_fixture.hpp"
#include "registry/jobs.hpp"
#include "sagemaker/maker.hpp"

namespace slipway::automation {
namespace {

/// A life cycle that has waited for as long as it may, with AWS and with somebody who follows what is made there.
class LateTest : public TopicsTest {
protected:
    LateTest() {
        gateway_.views["AKIA"] = account_;
        registry_.make_in_aws_with(maker_);
        const auto snapshot = only(registry::deployable_models_table());
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            const json::object job{{"jobType", "MODEL_BATCH_JOB"},
                                   {"model", {{"id", snapshot}}},
                                   {"jobParameters",
                                    {{"TransformInput", {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://b/in"}}}}}}},
                                     {"TransformOutput", {{"S3OutputPath", "s3://b/out"}}}}}};
            SW_TRY(const auto posted, registry_.jobs().create(unit, ana_, job));
            job_ = posted.entity.id;
            return {};
        }));
        follow();
    }
    /// What a running server does in the background.
    void follow() {
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(maker_.advance());
            maker_.wait_idle();
            clock_.advance(Milliseconds{1});
        }
    }
    Outcome stop() { return work("sagemaker.stopTransformJob", "risk", {{"JOB", {{"id", job_}}}}); }
    bool is_cancelled() {
        const auto jobs = all(registry::jobs_table());
        return std::ranges::any_of(jobs, [](const auto& one) { return one.document.contains("cancelRequested"); });
    }

    std::shared_ptr<fakes::FakeEndpoints> account_ = std::make_shared<fakes::FakeEndpoints>(aws_, clock_);
    sagemaker::Maker maker_{registry_, *service_, {.defaults = {}, .limits = {}, .instance = "here"}, *pool_};
    std::string job_;
};

TEST_F(LateTest, ATestThatEndedWhileTheServerWasAwayIsLookedAtBeforeItIsGivenUp) {
    ASSERT_EQ(account_->jobs.size(), 1U);
    aws_->object("TransformJob", account_->jobs[0])["TransformJobStatus"] = "Completed";
    clock_.advance(std::chrono::hours{25});
    const auto first = stop();
    EXPECT_NE(std::get_if<Later>(&first), nullptr) << "nobody has looked since";
    follow();
    const auto second = stop();
    ASSERT_NE(std::get_if<Done>(&second), nullptr);
    ASSERT_TRUE(std::get<Done>(second).variables.contains("JOB"));
    EXPECT_EQ(std::get<Done>(second).variables.at("JOB").at("jobStatus"), "COMPLETE");
    EXPECT_FALSE(is_cancelled());
    EXPECT_EQ(account_->made("StopTransformJob"), 0);
}

TEST_F(LateTest, ATestThatStillRunsIsStopped) {
    clock_.advance(std::chrono::hours{25});
    follow();
    const auto stopped = stop();
    ASSERT_NE(std::get_if<Done>(&stopped), nullptr);
    EXPECT_FALSE(std::get<Done>(stopped).variables.contains("JOB"));
    EXPECT_TRUE(is_cancelled());
}

TEST_F(LateTest, ATestThatAwsSaysNothingAboutIsNotGivenUp) {
    aws_->refuse("DescribeTransformJob", "ThrottlingException", "Rate exceeded", {}, ErrorCode::unavailable);
    clock_.advance(std::chrono::hours{25});
    follow();
    const auto unknown = stop();
    ASSERT_NE(std::get_if<Trouble>(&unknown), nullptr);
    EXPECT_NE(std::get<Trouble>(unknown).message.find("Rate exceeded"), std::string::npos);
    EXPECT_TRUE(std::get<Trouble>(unknown).again);
    EXPECT_FALSE(is_cancelled());
}

TEST_F(LateTest, AnEndpointThatServesSinceTheServerWasAwayIsLookedAtBeforeItIsGivenUp) {
    registry::Approvals nobody_asks{{.for_all = false}};
    sagemaker::Deployer deployer{registry_, *service_, nobody_asks, {.defaults = {}, .instance = "here"}, *pool_};
    const auto pass = [&] {
        ASSERT_TRUE(deployer.advance());
        deployer.wait_idle();
    };
    const auto snapshot = only(registry::deployable_models_table());
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(deployer.deploy(unit, ana_, {.deployable_model_id = snapshot}));
        return {};
    }));
    pass();
    ASSERT_EQ(account_->endpoints.size(), 1U);
    account_->become(account_->endpoints[0], "InService");
    clock_.advance(std::chrono::hours{25});
    const json::object variables{{"KIND", "last-look"}, {"DEPLOYMENT", {{"id", only(registry::deployed_models_table())}}}};
    const auto first = work("sagemaker.describeEndpoint", "risk", variables);
    EXPECT_NE(std::get_if<Later>(&first), nullptr) << "the deployer has not looked since";
    pass();
    const auto verdict = [&] { return std::get<Done>(work("sagemaker.describeEndpoint", "risk", variables)).variables.at("DEPLOYMENT").at("verdict"); };
    EXPECT_EQ(verdict(), "DEPLOYED");
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(deployer.undeploy(unit, ana_, std::string{json::text_of(variables.at("DEPLOYMENT").as_object(), "id")}, ""));
        return {};
    }));
    EXPECT_EQ(verdict(), "DEPLOYED") << "whatever comes behind it";
}

TEST_F(LateTest, ADeploymentThatWaitsForRoomIsNotGivenUpBeforeTheDeployerDoes) {
    registry::Approvals nobody_asks{{.for_all = false}};
    sagemaker::Deployer deployer{registry_, *service_, nobody_asks, {.defaults = {}, .instance = "here"}, *pool_};
    aws_->refuse("CreateEndpoint", "ResourceLimitExceeded", "The account-level service limit is 0 Instances.");
    const auto snapshot = only(registry::deployable_models_table());
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(deployer.deploy(unit, ana_, {.deployable_model_id = snapshot}));
        return {};
    }));
    const json::object variables{{"KIND", "last-look"}, {"DEPLOYMENT", {{"id", only(registry::deployed_models_table())}}}};
    const auto look = [&] {
        ASSERT_TRUE(deployer.advance());
        deployer.wait_idle();
    };
    look();
    const auto waits = work("sagemaker.describeEndpoint", "risk", variables);
    EXPECT_NE(std::get_if<Later>(&waits), nullptr);
    clock_.advance(std::chrono::hours{25});
    look();
    EXPECT_EQ(std::get<Done>(work("sagemaker.describeEndpoint", "risk", variables)).variables.at("DEPLOYMENT").at("verdict"), "FAILED");
}

TEST_F(LateTest, ATestJobThatAwsRefusesWaitsForAPersonWhoseNextTryMakesAnother) {
    lifecycle::ProcessBuilder builder;
    builder.start();
    builder.user("u");
    builder.end();
    builder.flow("s", "u");
    builder.flow("u", "e");
    world_->deploy(builder.process);
    const auto instance = world_->start("p");
    const json::object report{{"assets", json::array{json::object{{"name", "test-data"}, {"url", "s3://b/holdout.csv"}}}}};
    const json::object variables{{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"ASSET_REPORT", report}};
    const auto create = [&] { return work("sagemaker.createTransformJob", "risk", variables, instance); };

    aws_->refuse("CreateTransformJob", "AccessDeniedException", "not authorized", "sagemaker:CreateTransformJob");
    const auto before = account_->jobs.size();
    auto outcome = create();
    ASSERT_NE(std::get_if<Later>(&outcome), nullptr) << "AWS was not asked yet";
    follow();
    outcome = create();
    ASSERT_NE(std::get_if<Trouble>(&outcome), nullptr);
    EXPECT_FALSE(std::get<Trouble>(outcome).again) << "an incident at once";
    EXPECT_NE(std::get<Trouble>(outcome).message.find("not authorized"), std::string::npos) << std::get<Trouble>(outcome).message;
    follow();
    EXPECT_EQ(account_->jobs.size(), before) << "nothing is asked for until a person tries again";

    aws_->allow("CreateTransformJob");
    outcome = create();
    ASSERT_NE(std::get_if<Later>(&outcome), nullptr);
    follow();
    outcome = create();
    ASSERT_NE(std::get_if<Done>(&outcome), nullptr);
    ASSERT_EQ(account_->jobs.size(), before + 1);
    const auto& job = std::get<Done>(outcome).variables.at("JOB").as_object();
    EXPECT_EQ(json::text_of(job.at("sageMaker").as_object(), "name"), account_->jobs.back());
    EXPECT_TRUE(account_->jobs.back().ends_with("-2")) << account_->jobs.back();
}

/// Two models on one configuration, which an endpoint serves; of the second one nothing tells that yet.
class OneConfigurationTest : public TopicsTest {
protected:
    OneConfigurationTest() {
        aws_->model("other", fakes::kT0);
        aws_->config("shared", fakes::kT0 + 50, {"fraud", "other"});
        aws_->endpoint("live", fakes::kT0 + 60, "shared");
        run("fraud");
        run("other");
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto deployed, store::find_by(unit.sql, registry::deployed_models_table(), {}, store::Scope::all()));
            const auto& of_other = deployed.back();
            snapshot_ = json::text_of(of_other.document.at("deployableModel").as_object(), "id");
            return store::remove(unit, registry::deployed_models_table(), of_other);
        }));
        world_->deploy_task("wait");
        instance_ = world_->start("p");
    }
    Outcome deploy(const DeployModelSettings& settings) {
        registry::Approvals nobody_asks{{.for_all = false}};
        sagemaker::Deployer deployer{registry_, *service_, nobody_asks, {.defaults = {}, .instance = "here"}, *pool_};
        SageMakerTopics topics{world_->engine(), registry_, nobody_asks, deployer, outputs_, settings, [] {}};
        ExternalTask task{.id = "i:1", .instance_id = instance_, .group = "risk", .idempotency_key = "key-" + settings.endpoint_name};
        task.variables = {{"DEPLOYABLE_MODEL_ID", snapshot_}, {"STORED_MODEL", {{"modelMetaData", {{"name", "other"}}}}}};
        return topics.handlers().at("sagemaker.createEndpoint")(task);
    }
    std::string snapshot_;
    std::string instance_;
};

TEST_F(OneConfigurationTest, TheEndpointOfTheOtherModelIsAdoptedWhateverATemplateCallsAnother) {
    for (const auto* name : {"", "{model}"}) {
        const auto outcome = deploy({.endpoint_name = name});
        const auto* done = std::get_if<Done>(&outcome);
        ASSERT_NE(done, nullptr) << name;
        const auto& deployment = done->variables.at("DEPLOYMENT").as_object();
        EXPECT_EQ(json::text_of(deployment, "endpointName"), "live") << name;
        EXPECT_EQ(deployment.at("adopted"), true) << name;
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM deploy_runs"), 0);
}

TEST_F(OneConfigurationTest, WhoeverWantsATicketAllTheSameGetsAnEndpointOfItsOwn) {
    const auto outcome = deploy({.already_deployed = "ticket"});
    ASSERT_NE(std::get_if<Done>(&outcome), nullptr);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deploy_runs"), 1);
}

}  // namespace
}  // namespace slipway::automation
