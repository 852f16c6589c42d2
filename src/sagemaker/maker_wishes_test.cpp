#include "fakes/maker_fixture.hpp"

/// What is filled in of what a person asks for.
namespace slipway::sagemaker {
namespace {

class MakerWishesTest : public MakerTest {};

TEST_F(MakerWishesTest, AModelThatIsNamedWithItsStoredModelIsFilledAsByItsId) {
    const auto snapshot = all(registry::deployable_models_table()).at(0);
    const json::object named{{"id", snapshot.id}, {"storedModel", {{"id", snapshot.document.at("storedModel").at("id")}}}};
    const auto made = post({{"model", named}});
    ASSERT_TRUE(made) << made.error().message;
    const auto model = made->full().at("model").as_object();
    EXPECT_TRUE(model.contains("metaData")) << json::write(json::value(model));
    EXPECT_FALSE(registry::text_in(model.at("storedModel").as_object(), "modelMetaData", "name").empty()) << "lists show it, and filter by it";
}

TEST_F(MakerWishesTest, WhatIsSaidOfTheInstancesOfATrainingIsCompletedFromTheLastJob) {
    auto& last = aws_->training("train-2", kT0 - 50, "s3://b/models/train-2/output/model.tar.gz");
    last["AlgorithmSpecification"] = json::object{{"TrainingImage", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"}, {"TrainingInputMode", "File"}};
    last["ResourceConfig"] = json::object{{"InstanceType", "ml.m5.xlarge"}, {"InstanceCount", 2}, {"VolumeSizeInGB", 30}};
    last["OutputDataConfig"] = json::object{{"S3OutputPath", "s3://b/models/"}};
    last["RoleArn"] = "arn:aws:iam::111122223333:role/train";
    last["InputDataConfig"] =
        json::array{json::object{{"ChannelName", "training"}, {"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://b/train/"}}}}}}};
    aws_->model("fraud2", kT0 + 5, "s3://b/models/train-2/output/model.tar.gz");
    aws_->config("second", kT0 + 30, {"fraud2"});
    run("fraud2");
    const auto snapshots = all(registry::deployable_models_table());
    const auto made = post({{"model", {{"id", snapshots.back().id}}},
                            {"jobType", "MODEL_BATCH_TRAINING_JOB"},
                            {"jobParameters", {{"ResourceConfig", {{"InstanceType", "ml.m5.large"}, {"InstanceCount", 1}}}}}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(parameters(*made).at("ResourceConfig"), (json::value{{"InstanceType", "ml.m5.large"}, {"InstanceCount", 1}, {"VolumeSizeInGB", 30}}));
}

}  // namespace
}  // namespace slipway::sagemaker
