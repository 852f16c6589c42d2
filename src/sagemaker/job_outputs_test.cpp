#include "sagemaker/job_outputs.hpp"

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

TEST(OutputPlaces, AreWhatTheJobDeclares) {
    const auto places = [](json::object describe) { return output_places({{"sageMaker", {{"describe", std::move(describe)}}}}); };
    EXPECT_EQ(places({{"TransformOutput", {{"S3OutputPath", "s3://b/out"}}}}), std::vector<std::string>{"s3://b/out/"});
    const json::object output{{"S3OutputPath", "https://b.s3.eu-west-1.amazonaws.com/models/"}};
    EXPECT_EQ(
        places({{"TrainingJobName", "t1"}, {"OutputDataConfig", output}, {"ModelArtifacts", {{"S3ModelArtifacts", "s3://b/models/t1/output/model.tar.gz"}}}}),
        std::vector<std::string>{"s3://b/models/t1/"})
        << "not what other jobs wrote beside it";
    EXPECT_EQ(places({{"TrainingJobName", "t1"}, {"ModelArtifacts", {{"S3ModelArtifacts", "s3://c/m.tar.gz"}}}}), std::vector<std::string>{"s3://c/m.tar.gz"});
    EXPECT_EQ(output_places({{"jobParameters", {{"TransformOutput", {{"S3OutputPath", "s3://b/planned"}}}}}}), std::vector<std::string>{"s3://b/planned/"});
    EXPECT_TRUE(places({{"TransformOutput", {{"S3OutputPath", "file:///etc"}}}}).empty());
}

/// A job of the group risk that wrote below `s3://b/out/`.
class JobOutputsTest : public fakes::ImportFixture {
protected:
    JobOutputsTest() {
        job_ = insert({{"sageMaker",
                        {{"kind", "TRANSFORM_JOB"},
                         {"region", "eu-west-1"},
                         {"arn", "arn:aws:sagemaker:eu-west-1:111122223333:transform-job/t"},
                         {"describe", {{"ModelName", "fraud"}, {"TransformOutput", {{"S3OutputPath", "s3://b/out"}}}}}}}});
    }
    store::Entity insert(json::object more) {
        more["jobType"] = "MODEL_BATCH_JOB";
        more["jobStatus"] = "COMPLETE";
        store::Entity made;
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, registry::jobs_table(), {.id = {}, .group = "risk", .document = more}));
            return {};
        }));
        return made;
    }
    std::map<std::string, std::string>& objects() { return gateway_.s3->objects; }

    JobOutputs outputs_{registry_, *service_, {}};
    store::Entity job_;
};

TEST_F(JobOutputsTest, AreListedPageByPage) {
    objects() = {{"s3://b/out/a.csv.out", "1,2"}, {"s3://b/out/b c.out", ""}, {"s3://b/out/z/d.out", "x"}, {"s3://b/output-of-others", "secret"}};
    const auto first = outputs_.list(ana_, job_.id, "", 2);
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->objects.size(), 2U);
    EXPECT_EQ(first->objects[0].url, "s3://b/out/a.csv.out");
    EXPECT_EQ(first->objects[0].object.size, 3U);
    EXPECT_EQ(first->objects[1].console_url, "https://eu-west-1.console.aws.amazon.com/s3/object/b?region=eu-west-1&prefix=out%2Fb%20c.out");
    const auto second = outputs_.list(ana_, job_.id, first->next, 2);
    ASSERT_TRUE(second);
    ASSERT_EQ(second->objects.size(), 1U);
    EXPECT_EQ(second->objects[0].object.key, "out/z/d.out");
    EXPECT_EQ(second->next, "");
    EXPECT_EQ(outputs_.list(ana_, job_.id, "7:x", 2).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(outputs_.list(ana_, job_.id, "x", 2).error().code, ErrorCode::invalid_argument);
}

TEST_F(JobOutputsTest, AreForWhoSeesTheJob) {
    EXPECT_EQ(outputs_.list({.name = "eve", .groups = {"strangers"}}, job_.id, "", 2).error().code, ErrorCode::not_found);
    const auto spark = insert({{"targetEngine", {{"engineType", "SPARK_RUNTIME"}}}, {"outputData", json::array{{{"fileUrl", "s3://b/out/"}}}}});
    EXPECT_EQ(outputs_.list(ana_, spark.id, "", 2).error().reason, "NOT_SAGEMAKER");
}

TEST_F(JobOutputsTest, WhatS3RefusesIsNamedAndWhatMayPassIsAnError) {
    gateway_.s3->refused["s3://b/"] = {ErrorCode::forbidden, "FORBIDDEN", "S3 refuses s3://b/out/. Its credential needs s3:ListBucket.", {}, {}};
    const auto refused = outputs_.list(ana_, job_.id, "", 2);
    ASSERT_TRUE(refused);
    ASSERT_EQ(refused->problems.size(), 1U);
    EXPECT_NE(refused->problems[0].error.message.find("s3:ListBucket"), std::string::npos);
    gateway_.s3->refused["s3://b/"] = {ErrorCode::unavailable, "S3", "away", {}, {}};
    EXPECT_EQ(outputs_.list(ana_, job_.id, "", 2).error().code, ErrorCode::unavailable);
    JobOutputs bounded{registry_, *service_, {{"risk", {.s3_prefixes = {"s3://own/"}}}}};
    const auto outside = bounded.list(ana_, job_.id, "", 2);
    ASSERT_TRUE(outside);
    EXPECT_EQ(outside->problems.at(0).error.reason, "OUTSIDE_LIMITS");
}

TEST_F(JobOutputsTest, OneOutputIsReadWithinItsBound) {
    EXPECT_EQ(outputs_.only_output(job_, 10).error().reason, "NO_OUTPUT");
    objects() = {{"s3://b/out/m.json.out", R"({"a":1})"}, {"s3://b/out/_SUCCESS", ""}};
    EXPECT_EQ(outputs_.only_output(job_, 10).value_or(""), R"({"a":1})");
    EXPECT_EQ(outputs_.only_output(job_, 3).error().reason, "TOO_LARGE");
    objects()["s3://b/out/n.out"] = "2";
    EXPECT_EQ(outputs_.only_output(job_, 10).error().reason, "SEVERAL_OUTPUTS");
}

}  // namespace
}  // namespace slipway::sagemaker
