#include <gtest/gtest.h>

#include "sagemaker/arn.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/console_links.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/overlay.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

TEST(Arn, IsTakenApart) {
    const auto arn = parse_arn("arn:aws-cn:sagemaker:cn-north-1:111122223333:endpoint-config/ec-1");
    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->partition, "aws-cn");
    EXPECT_EQ(arn->region, "cn-north-1");
    EXPECT_EQ(arn->account, "111122223333");
    EXPECT_EQ(arn->type, "endpoint-config");
    EXPECT_EQ(arn->name, "ec-1");
    for (const auto* bad : {"", "arn:aws", "arn:aws:sagemaker:r:1:model", "arn:aws:sagemaker:r:1:/x", "arn:aws:sagemaker:r:1:model/", "nra:aws:s:r:1:m/x"}) {
        EXPECT_FALSE(parse_arn(bad)) << bad;
    }
}

TEST(ConsoleLinks, OpenTheRightPageOfEachKind) {
    const auto link = [](const char* type) {
        return console_link(std::string{"arn:aws:sagemaker:eu-west-1:111122223333:"} + type + "/fraud-xgb", "Fraud-XGB");
    };
    const std::string base = "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/";
    EXPECT_EQ(link("model"), base + "models/Fraud-XGB");
    EXPECT_EQ(link("endpoint-config"), base + "endpointConfig/Fraud-XGB");
    EXPECT_EQ(link("endpoint"), base + "endpoints/Fraud-XGB");
    EXPECT_EQ(link("training-job"), base + "jobs/Fraud-XGB");
    EXPECT_EQ(link("transform-job"), base + "transform-jobs/Fraud-XGB");
    EXPECT_FALSE(link("notebook-instance"));
}

TEST(ConsoleLinks, KnowThePartitionsThatHaveOne) {
    EXPECT_EQ(console_link("arn:aws-cn:sagemaker:cn-north-1:1:model/m"), "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1#/models/m");
    EXPECT_EQ(console_link("arn:aws-us-gov:sagemaker:us-gov-west-1:1:model/m"),
              "https://console.amazonaws-us-gov.com/sagemaker/home?region=us-gov-west-1#/models/m");
    EXPECT_FALSE(console_link("arn:aws-iso:sagemaker:us-iso-east-1:1:model/m"));
    EXPECT_FALSE(console_link("arn:aws-eusc:sagemaker:eusc-de-east-1:1:model/m"));
    EXPECT_FALSE(console_link("arn:aws:s3:eu-west-1:1:model/m"));
}

TEST(ConsoleLinks, ReachTheLogs) {
    const auto transform = logs_link("arn:aws:sagemaker:eu-west-1:1:transform-job/t1");
    ASSERT_TRUE(transform);
    EXPECT_NE(transform->find("log-group/$252Faws$252Fsagemaker$252FTransformJobs"), std::string::npos) << *transform;
    EXPECT_NE(transform->find("t1"), std::string::npos);
    EXPECT_NE(logs_link("arn:aws:sagemaker:eu-west-1:1:endpoint/e1")->find("Endpoints$252Fe1"), std::string::npos);
    EXPECT_FALSE(logs_link("arn:aws:sagemaker:eu-west-1:1:model/m"));
}

TEST(AwsTime, ReadsEverySpelling) {
    const auto wanted = from_epoch_ms(1795633204123);
    const auto read = [](const char* text) { return aws_time(*json::parse(text)); };
    EXPECT_EQ(read("1.795633204123E9"), wanted);
    EXPECT_EQ(read("1795633204.123"), wanted);
    EXPECT_EQ(read("1795633204"), from_epoch_ms(1795633204000));
    EXPECT_EQ(read("\"2026-11-25T19:00:04.123Z\""), wanted);
    EXPECT_EQ(read("\"2026-11-25T19:00:04.123456\""), wanted);
    EXPECT_EQ(read("\"2026-11-25 19:00:04.123+00:00\""), wanted);
    EXPECT_EQ(read("\"1795633204.123\""), wanted);
    for (const auto* bad : {"\"soon\"", "\"\"", "null", "{}", "-5", "1e300", "1795633204123", "true"}) {
        EXPECT_FALSE(read(bad)) << bad;
    }
    EXPECT_TRUE(same_instant(wanted, from_epoch_ms(1795633204000)));
    EXPECT_FALSE(same_instant(wanted, from_epoch_ms(1795633204124)));
    EXPECT_FALSE(same_instant(wanted, std::nullopt));
}

TEST(AwsTime, AnswersAreTheSameWhateverTheSpelling) {
    const auto a = json::parse(R"({"Name":"x","CreationTime":1795633204.123,"In":[{"EndTime":1795633204}]})");
    const auto b = json::parse(R"({"CreationTime":"2026-11-25T19:00:04.123Z","In":[{"EndTime":1.795633204E9}],"Name":"x"})");
    const auto c = json::parse(R"({"CreationTime":"2026-11-25T19:00:05Z","In":[{"EndTime":1.795633204E9}],"Name":"x"})");
    EXPECT_TRUE(same_answer(*a, *b));
    EXPECT_FALSE(same_answer(*a, *c));
}

TEST(S3Uri, AllFormsAreOne) {
    EXPECT_EQ(to_s3_uri("s3://b/k/model.tar.gz"), "s3://b/k/model.tar.gz");
    EXPECT_EQ(to_s3_uri("https://b.s3.eu-west-1.amazonaws.com/k/m"), "s3://b/k/m");
    EXPECT_EQ(to_s3_uri("https://my.bucket.s3-us-west-2.amazonaws.com/k"), "s3://my.bucket/k");
    EXPECT_EQ(to_s3_uri("https://s3.cn-north-1.amazonaws.com.cn/b/k"), "s3://b/k");
    EXPECT_EQ(to_s3_uri("https://b.s3.amazonaws.com/k?X-Amz-Signature=abc"), "s3://b/k");
    EXPECT_FALSE(to_s3_uri("https://example.com/b/k"));
    EXPECT_FALSE(to_s3_uri("https://s3.amazonaws.com.evil.example/b/k"));
    EXPECT_TRUE(lies_below("s3://b/a/x", "s3://b/a"));
    EXPECT_TRUE(lies_below("s3://b/a/x", "s3://b/a/"));
    EXPECT_FALSE(lies_below("s3://b/ab", "s3://b/a"));
}

TEST(S3Uri, NamesTheJobOfADefaultArtifact) {
    EXPECT_EQ(job_name_of_artifact("s3://b/models/job-7/output/model.tar.gz"), "job-7");
    EXPECT_EQ(job_name_of_artifact("https://b.s3.eu-west-1.amazonaws.com/job-7/output/model.tar.gz"), "job-7");
    EXPECT_FALSE(job_name_of_artifact("s3://bucket/output/model.tar.gz"));
    EXPECT_FALSE(job_name_of_artifact("s3://b/job-7/output/other.tar.gz"));
    EXPECT_FALSE(job_name_of_artifact("s3://b/job_7/output/model.tar.gz"));
    EXPECT_FALSE(job_name_of_artifact(""));
}

TEST(Masking, TakesSecretsOutWhereverTheyAre) {
    const auto answer = json::parse_object(R"({"FailureReason":"login with hunter2-canary failed",
        "Containers":[{"Environment":{"MODE":"fast-canary","DB_PASSWORD":"hunter2-canary"},"ModelDataUrl":"https://b.s3.amazonaws.com/k?X-Amz-Signature=sig-canary"}],
        "HyperParameters":{"depth":"6","api_token":"tok-canary-1"},
        "AlgorithmSpecification":{"ContainerArguments":["--password","arg-canary-1","--secret=arg-canary-2","--epochs","3"]},
        "Tags":[{"Key":"team","Value":"risk"},{"Key":"db-password","Value":"tag-canary"}]})");
    ASSERT_TRUE(answer);
    const auto text = json::write(masked(*answer));
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
    EXPECT_NE(text.find("\"depth\":\"6\""), std::string::npos);
    EXPECT_NE(text.find("risk"), std::string::npos);
    EXPECT_NE(text.find("--epochs"), std::string::npos);
    EXPECT_EQ(masked(masked(*answer)), masked(*answer));
    EXPECT_EQ(masked_tags(*answer), (std::map<std::string, std::string>{{"db-password", std::string{kMasked}}, {"team", "risk"}}));
}

TEST(Masking, LeavesAddressesAndNamesAlone) {
    const auto answer = json::parse_object(R"({"ModelName":"us-west-2-fraud","ModelArn":"arn:aws:sagemaker:us-west-2:123456789012:model/us-west-2-fraud",
        "PrimaryContainer":{"Image":"246618743249.dkr.ecr.us-west-2.amazonaws.com/xgboost:1",
            "ModelDataUrl":"s3://sagemaker-us-west-2-123456789012/job/output/model.tar.gz",
            "Environment":{"SAGEMAKER_REGION":"us-west-2","SAGEMAKER_SUBMIT_DIRECTORY":"s3://sagemaker-us-west-2-123456789012/job/output/model.tar.gz",
                           "MODEL_SERVER":"xgboost","PLAIN":"env-canary-1","DB_PASSWORD":"hunter2-canary"}},
        "FailureReason":"xgboost in us-west-2 could not read s3://sagemaker-us-west-2-123456789012/job/output/model.tar.gz as env-canary-1 with hunter2-canary",
        "Note":"ok hunter2-canary","VpcConfig":{"Subnets":["subnet-hunter2"]}})");
    ASSERT_TRUE(answer);
    const auto clean = masked(*answer);
    for (const auto* member : {"ModelName", "ModelArn"}) {
        EXPECT_EQ(clean.at(member), answer->at(member));
    }
    const auto& container = clean.at("PrimaryContainer").as_object();
    EXPECT_EQ(container.at("Image"), answer->at("PrimaryContainer").at("Image"));
    EXPECT_EQ(container.at("ModelDataUrl"), answer->at("PrimaryContainer").at("ModelDataUrl"));
    for (const auto& [name, value] : container.at("Environment").as_object()) {
        EXPECT_EQ(std::string_view{value.as_string()}, kMasked) << name;
    }
    EXPECT_EQ(clean.at("FailureReason").as_string(),
              "xgboost in us-west-2 could not read s3://sagemaker-us-west-2-123456789012/job/output/model.tar.gz as ******** with ********");
    EXPECT_EQ(clean.at("Note").as_string(), "ok ********");
    EXPECT_EQ(json::write(clean).find("canary"), std::string::npos);
}

TEST(Overlay, KeepsWhatPeopleSet) {
    const auto before = json::parse_object(R"({"modelMetaData":{"name":"renamed","tags":["mine","team=old"]},
        "sageMaker":{"tags":{"team":"old"},"creationTime":"2026-11-25T19:00:04.123Z","trainingJobs":[1],"describe":{"CreationTime":1795633204.123}}})");
    const auto fresh = json::parse_object(R"({"modelMetaData":{"name":"aws","tags":["team=new"]},
        "sageMaker":{"tags":{"team":"new"},"creationTime":"2026-11-25T19:00:04.000Z","describe":{"CreationTime":1795633204}}})");
    const auto now = overlaid(*before, *fresh, {.tags = "/modelMetaData/tags", .members = {}, .tags_known = true});
    EXPECT_EQ(json::write(now),
              R"({"modelMetaData":{"name":"renamed","tags":["mine","team=new"]},"sageMaker":{"tags":{"team":"new"},"creationTime":"2026-11-25T19:00:04.123Z",)"
              R"("describe":{"CreationTime":1795633204.123},"trainingJobs":[1]}})");
    EXPECT_EQ(overlaid(*before, *fresh, {.tags = "/modelMetaData/tags", .members = {}, .tags_known = false}), *before);
}

TEST(Overlay, PutsBackTagsOfAwsThatARowLost) {
    const auto lost = json::parse_object(R"({"modelMetaData":{"tags":["mine"]},"sageMaker":{"tags":{"team":"risk"}}})");
    const auto fresh = json::parse_object(R"({"modelMetaData":{"tags":["team=risk"]},"sageMaker":{"tags":{"team":"risk"}}})");
    for (const bool known : {true, false}) {
        EXPECT_EQ(json::write(overlaid(*lost, *fresh, {.tags = "/modelMetaData/tags", .members = {}, .tags_known = known})),
                  R"({"modelMetaData":{"tags":["mine","team=risk"]},"sageMaker":{"tags":{"team":"risk"}}})");
    }
    EXPECT_EQ(overlaid(*lost, *fresh, {.tags = "", .members = {}, .tags_known = true}), *lost) << "jobs have no tags of their own";
}

}  // namespace
}  // namespace slipway::sagemaker
