#include "sagemaker/job_plan.hpp"

#include <gtest/gtest.h>

namespace slipway::sagemaker {
namespace {

json::object channel(const std::string& name, const std::string& uri) {
    return {{"ChannelName", name}, {"ContentType", "text/csv"}, {"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", uri}}}}}};
}

std::string uri_of(const json::object& request, std::size_t index) {
    return std::string{request.at("InputDataConfig").at(index).at("DataSource").at("S3DataSource").at("S3Uri").as_string()};
}

JobSources trained_before(json::array channels) {
    JobSources out;
    out.last_job = json::object{{"InputDataConfig", std::move(channels)}, {"OutputDataConfig", {{"S3OutputPath", "s3://b/last/"}, {"KmsKeyId", "k"}}}};
    out.name = "r-1";
    return out;
}

TEST(JobPlan, WhatATrainingJobNamesGoesBeforeTheLastJobs) {
    auto sources = trained_before({channel("validation", "s3://b/v"), channel("train", "s3://b/t")});
    sources.input = "s3://b/new.csv";
    sources.names_input = true;
    sources.output = "s3://b/mine/";
    const auto request = filled_request(CreationKind::TRAINING_JOB, {}, sources);
    EXPECT_EQ(uri_of(request, 0), "s3://b/v");
    EXPECT_EQ(uri_of(request, 1), "s3://b/new.csv");
    EXPECT_EQ(request.at("InputDataConfig").at(1).at("ContentType"), "text/csv");
    EXPECT_EQ(request.at("OutputDataConfig").at("S3OutputPath"), "s3://b/mine/");
    EXPECT_EQ(request.at("OutputDataConfig").at("KmsKeyId"), "k") << "how it is kept stays as it was";
    sources.last_job->at("InputDataConfig") = json::array{channel("data", "s3://b/d")};
    EXPECT_EQ(uri_of(filled_request(CreationKind::TRAINING_JOB, {}, sources), 0), "s3://b/new.csv");
}

TEST(JobPlan, TheModelsOwnDataStandInOnlyWhereNoJobWasBefore) {
    auto sources = trained_before({channel("train", "s3://b/t")});
    sources.input = "s3://b/of-the-model.csv";
    EXPECT_EQ(uri_of(filled_request(CreationKind::TRAINING_JOB, {}, sources), 0), "s3://b/t");
    sources.last_job.reset();
    EXPECT_EQ(uri_of(filled_request(CreationKind::TRAINING_JOB, {}, sources), 0), "s3://b/of-the-model.csv");
}

TEST(JobPlan, WhatIsPostedWholeIsLeftAlone) {
    auto sources = trained_before({channel("train", "s3://b/t")});
    sources.input = "s3://b/new.csv";
    sources.names_input = true;
    sources.output = "s3://b/mine/";
    const auto request =
        filled_request(CreationKind::TRAINING_JOB,
                       {{"InputDataConfig", json::array{channel("x", "s3://b/posted")}}, {"OutputDataConfig", {{"S3OutputPath", "s3://b/posted/"}}}}, sources);
    EXPECT_EQ(uri_of(request, 0), "s3://b/posted");
    EXPECT_EQ(request.at("OutputDataConfig").at("S3OutputPath"), "s3://b/posted/");
}

}  // namespace
}  // namespace slipway::sagemaker
