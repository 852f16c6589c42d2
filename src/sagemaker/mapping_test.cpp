#include "sagemaker/mapping.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_sagemaker.hpp"

namespace slipway::sagemaker {
namespace {

const Place kPlace{.account = "111122223333", .region = "eu-west-1"};

TEST(Mapping, ModelOfThreeContainers) {
    const auto answer = json::parse_object(R"({"ModelName":"Pipe","ModelArn":"arn:aws:sagemaker:eu-west-1:111122223333:model/pipe","CreationTime":1795633204.5,
        "PrimaryContainer":{},"ExecutionRoleArn":"arn:aws:iam::1:role/r","VpcConfig":{"Subnets":["s-1"],"SecurityGroupIds":["g-1"]},"EnableNetworkIsolation":true,
        "Containers":[{"Image":"i1","ModelDataUrl":"https://b.s3.eu-west-1.amazonaws.com/a/output/model.tar.gz","Environment":{"X":"raw-canary"}},
                      {"Image":"i2","Mode":"MultiModel","ModelDataUrl":"s3://b/many/"},
                      {"Image":"i3","ModelDataSource":{"S3DataSource":{"S3Uri":"s3://b/dir/","S3DataType":"S3Prefix"}}},
                      {"ModelPackageName":"pkg"}]})");
    ASSERT_TRUE(answer);
    const auto model = map_model(*answer, {{"team", "risk"}}, kPlace);
    const auto document = domain::to_json(model);
    EXPECT_EQ(model.model_meta_data.name, "Pipe");
    EXPECT_EQ(model.model_meta_data.type, "SAGEMAKER");
    EXPECT_EQ(model.model_meta_data.tags, std::vector<std::string>{"team=risk"});
    EXPECT_EQ(json::write(document).find("canary"), std::string::npos);
    const auto& facts = document.at("sageMaker").as_object();
    EXPECT_EQ(facts.at("consoleUrl").as_string(), "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/models/Pipe");
    EXPECT_EQ(facts.at("containers").as_array().size(), 4);
    EXPECT_EQ(facts.at("containers").at(0).at("modelDataUrl").as_string(), "s3://b/a/output/model.tar.gz");
    EXPECT_EQ(facts.at("containers").at(1).at("mode").as_string(), "MultiModel");
    EXPECT_TRUE(facts.at("enableNetworkIsolation").as_bool());
    EXPECT_EQ(facts.at("vpcConfig").at("Subnets").at(0).as_string(), "s-1");
    const auto artifacts = artifacts_of(*answer);
    ASSERT_EQ(artifacts.size(), 4);
    EXPECT_FALSE(artifacts[0].folder);
    EXPECT_TRUE(artifacts[1].folder);
    EXPECT_TRUE(artifacts[2].folder);
    EXPECT_EQ(artifacts[3].package, "pkg");
    EXPECT_EQ(model.model_assets.size(), 3);
}

TEST(Mapping, JobsCarryTimesAndPlaces) {
    fakes::FakeSageMaker aws;
    const auto job = map_transform_job(aws.transform("t1", 1795633204.0, "m"), {}, kPlace, model_reference("id-1", "m"));
    EXPECT_EQ(job.job_type, domain::JobType::MODEL_BATCH_JOB);
    EXPECT_EQ(job.job_status, domain::JobStatus::COMPLETE);
    EXPECT_EQ(job.job_run_time, 1795633209000);
    EXPECT_EQ(job.job_end_time, 1795633269000);
    EXPECT_EQ(job.job_duration, 60000);
    EXPECT_EQ(job.input_data.at(0).file_url, "s3://b/in/t1/");
    EXPECT_EQ(job.output_data.at(0).file_url, "s3://b/out/t1");
    EXPECT_FALSE(job.sage_maker->failure_reason);
    EXPECT_TRUE(job.sage_maker->logs_url);
    auto failed = aws.training("j1", 1795633204.0, "s3://b/models/j1/output/model.tar.gz", "Failed");
    failed["FailureReason"] = "AlgorithmError";
    failed["TrainingStartTime"] = "never";
    const auto training = map_training_job(failed, {}, kPlace, model_reference("id-1", "m"));
    EXPECT_EQ(training.job_type, domain::JobType::MODEL_BATCH_TRAINING_JOB);
    EXPECT_EQ(training.job_status, domain::JobStatus::ERROR);
    EXPECT_EQ(training.sage_maker->failure_reason, "AlgorithmError");
    EXPECT_FALSE(training.job_run_time);
    EXPECT_EQ(training.job_end_time, 1795633334000);
    EXPECT_EQ(training.output_data.at(0).file_url, "s3://b/models/j1/output/model.tar.gz");
}

TEST(Mapping, ConfigurationOfSeveralModels) {
    fakes::FakeSageMaker aws{"us-gov-west-1"};
    aws.partition = "aws-us-gov";
    auto& answer = aws.config("ec", 1795633204.0, {"Alpha", "beta"});
    answer["ShadowProductionVariants"] = json::array{json::object{{"VariantName", "s"}, {"ModelName", "gamma"}}};
    answer["DataCaptureConfig"] = json::object{{"EnableCapture", true}};
    const auto snapshot = map_configuration(answer, {}, kPlace, {{"id", "m-1"}, {"sageMaker", {{"name", "Alpha"}, {"describe", {{"x", 1}}}}}});
    EXPECT_EQ(models_of_configuration(answer), (std::vector<std::string>{"Alpha", "beta", "gamma"}));
    EXPECT_EQ(snapshot.sage_maker->models->size(), 3);
    EXPECT_EQ(snapshot.sage_maker->models->at(0).arn, "arn:aws-us-gov:sagemaker:us-gov-west-1:111122223333:model/alpha");
    EXPECT_EQ(snapshot.sage_maker->production_variants->size(), 2);
    EXPECT_EQ(snapshot.sage_maker->extra.members.at("dataCaptureConfig").at("EnableCapture"), true);
    EXPECT_EQ(snapshot.stored_model.at("sageMaker").as_object().if_contains("describe"), nullptr);
}

TEST(Mapping, EndpointStates) {
    fakes::FakeSageMaker aws;
    EXPECT_EQ(map_endpoint(aws.endpoint("e", 1795633204.0, "ec", "Failed"), {}, {}, nullptr, kPlace).state, domain::RuntimeState::ERROR);
    EXPECT_EQ(map_endpoint(aws.endpoint("e", 1795633204.0, "ec", "Updating"), {}, {}, nullptr, kPlace).state, domain::RuntimeState::ONLINE);
    EXPECT_EQ(deployment_state_of_endpoint("Creating"), domain::DeploymentState::DEPLOYING);
    EXPECT_EQ(deployment_state_of_endpoint("UpdateRollbackFailed"), domain::DeploymentState::FAILED);
    EXPECT_EQ(deployment_state_of_endpoint("SomethingNew"), domain::DeploymentState::DEPLOYED);
}

}  // namespace
}  // namespace slipway::sagemaker
