#include "sagemaker/maker.hpp"

#include "fakes/maker_fixture.hpp"
#include "sagemaker/deployer.hpp"

namespace slipway::sagemaker {
namespace {

TEST_F(MakerTest, ATransformJobIsFilledMadeAndFollowedToItsEnd) {
    const auto made = post({});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(json::text_of(made->document, "jobStatus"), "CREATED");
    const auto& asked = parameters(*made);
    EXPECT_EQ(asked.at("ModelName"), "fraud");
    EXPECT_EQ(asked.at("TransformResources").at("InstanceType"), "ml.c5.xlarge") << "of the last job";
    EXPECT_EQ(asked.at("TransformInput").at("DataSource").at("S3DataSource").at("S3Uri"), "s3://b/in/batch-1/");
    const std::string name{json::text_of(asked, "TransformJobName")};
    EXPECT_EQ(asked.at("TransformOutput").at("S3OutputPath"), json::value("s3://b/out/" + name + "/")) << "nothing of the last job is overwritten";
    EXPECT_FALSE(asked.contains("Environment"));
    pass(Milliseconds{3000});
    ASSERT_EQ(account_->jobs, std::vector<std::string>{name});
    EXPECT_EQ(status(made->id), "RUNNING");
    end("TransformJob", name, "Completed");
    pass(Milliseconds{16'000});
    EXPECT_EQ(status(made->id), "COMPLETE");
    const auto facts = job(made->id).at("sageMaker").as_object();
    EXPECT_EQ(json::text_of(facts, "arn"), aws_->arn("transform-job", name));
    EXPECT_TRUE(facts.contains("logsUrl"));
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE name = '" + name + "'"), 1) << "an import finds the job that was made here";
}

TEST_F(MakerTest, KeysOfAnotherAccountMakeNothingAndEndNothing) {
    const auto under_way = post({});
    ASSERT_TRUE(under_way);
    pass(Milliseconds{3000});
    ASSERT_EQ(status(under_way->id), "RUNNING");
    start_with_foreign_keys();
    start_maker();
    const auto made = post({});
    ASSERT_TRUE(made);
    pass(Milliseconds{120'000});
    EXPECT_EQ(other_->total(), 0);
    EXPECT_EQ(status(made->id), "ERROR");
    EXPECT_TRUE(json::write(job(made->id)).contains(kForeign)) << json::write(job(made->id));
    EXPECT_EQ(status(under_way->id), "RUNNING") << "what another account does not have is not gone";
    start_with_own_keys();
    start_maker();
    end("TransformJob", account_->jobs.at(0), "Completed");
    pass(Milliseconds{301'000});
    EXPECT_EQ(status(under_way->id), "COMPLETE");
}

TEST_F(MakerTest, ALostAnswerMakesNoSecondJob) {
    account_->lose_answer("CreateTransformJob");
    const auto made = post({});
    ASSERT_TRUE(made);
    pass(Milliseconds{1000});
    start_maker();
    pass(Milliseconds{30'000});
    EXPECT_EQ(account_->made("CreateTransformJob"), 1);
    EXPECT_EQ(status(made->id), "RUNNING");
    end("TransformJob", account_->jobs.at(0), "Completed");
    clock_.jump(-std::chrono::hours{1});
    pass(Milliseconds{1000});
    EXPECT_EQ(status(made->id), "COMPLETE") << "a clock that is set back holds nothing up";
}

TEST_F(MakerTest, AJobThatWasJustMadeMayBeHiddenHoweverLongItWasParked) {
    aws_->refuse("CreateTransformJob", "ResourceLimitExceeded", "The quota of ml.c5.xlarge is used up.");
    const auto made = post({});
    ASSERT_TRUE(made);
    pass(Milliseconds{120'000});
    aws_->allow("CreateTransformJob");
    account_->lose_answer("CreateTransformJob");
    for (int i = 0; i < 400 && account_->jobs.empty(); ++i) {
        pass(Milliseconds{0});
    }
    ASSERT_EQ(account_->jobs.size(), 1U);
    aws_->refuse("DescribeTransformJob", "ValidationException", "Could not find requested job.");
    aws_->deny("CreateTransformJob");
    pass(Milliseconds{8000});
    EXPECT_EQ(status(made->id), "CREATED") << "AWS shows new jobs late";
    cancel(made->id);
    pass(Milliseconds{8000});
    EXPECT_EQ(status(made->id), "CREATED");
    aws_->allow("DescribeTransformJob");
    pass(Milliseconds{60'000});
    EXPECT_EQ(account_->made("CreateTransformJob"), 1);
    EXPECT_EQ(account_->made("StopTransformJob"), 1);
    EXPECT_EQ(status(made->id), "CANCELLED");
}

TEST_F(MakerTest, AnImportBetweenAskingAndHearingMakesNoSecondRow) {
    account_->lose_answer("CreateTransformJob");
    const auto made = post({});
    ASSERT_TRUE(made);
    ASSERT_TRUE(maker_->advance());
    maker_->wait_idle();
    ASSERT_EQ(account_->jobs.size(), 1U);
    EXPECT_EQ(status(made->id), "CREATED");
    const auto before = count("SELECT COUNT(*) FROM jobs");
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), before);
    pass(Milliseconds{30'000});
    EXPECT_EQ(status(made->id), "RUNNING");
}

TEST_F(MakerTest, SomebodyElsesJobIsLeftAlone) {
    aws_->transform("mine", kT0 + 50, "fraud");
    const auto made = post({{"jobParameters", {{"TransformJobName", "mine"}}}});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{3000});
    EXPECT_EQ(status(made->id), "ERROR");
    EXPECT_EQ(account_->made("CreateTransformJob"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
}

TEST_F(MakerTest, AFailureIsToldInAwssWords) {
    const auto made = post({});
    ASSERT_TRUE(made);
    pass(Milliseconds{2000});
    end("TransformJob", account_->jobs.at(0), "Failed", "AlgorithmError: see the log.");
    pass(Milliseconds{16'000});
    EXPECT_EQ(status(made->id), "ERROR");
    const auto document = job(made->id);
    EXPECT_EQ(document.at("sageMaker").at("failureReason"), "AlgorithmError: see the log.");
    EXPECT_TRUE(json::write(document.at("jobMessages")).contains("AlgorithmError"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
}

TEST_F(MakerTest, ARefusalEndsTheJobWithItsReason) {
    const auto made = post({});
    ASSERT_TRUE(made);
    aws_->deny("DescribeTransformJob");
    pass(Milliseconds{2000});
    EXPECT_EQ(status(made->id), "ERROR");
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_creations WHERE live = 1"), 0);
}

TEST_F(MakerTest, KeysThatFailAfterTheRequestLeaveTheEndOpen) {
    account_->lose_answer("CreateTransformJob");
    const auto made = post({});
    ASSERT_TRUE(made);
    ASSERT_TRUE(maker_->advance());
    maker_->wait_idle();
    ASSERT_EQ(account_->jobs.size(), 1U);
    aws_->refuse("DescribeTransformJob", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(Milliseconds{60'000});
    EXPECT_EQ(status(made->id), "CREATED") << "AWS runs it";
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 0);
    aws_->allow("DescribeTransformJob");
    aws_->deny("ListTags");
    pass(Milliseconds{301'000});
    EXPECT_EQ(status(made->id), "RUNNING");
    end("TransformJob", account_->jobs.at(0), "Completed");
    pass(Milliseconds{16'000});
    EXPECT_EQ(status(made->id), "COMPLETE");
    EXPECT_EQ(account_->made("CreateTransformJob"), 1);
}

TEST_F(MakerTest, WithoutTheRightToReadTagsAClockThatIsNotAwssMakesNobodysOfAJob) {
    aws_->deny("ListTags");
    for (const auto ahead : {Milliseconds{-3000}, Milliseconds{-3'600'000}, Milliseconds{3000}}) {
        account_->be_ahead(ahead);
        const auto made = post({});
        ASSERT_TRUE(made);
        pass(Milliseconds{3000});
        EXPECT_EQ(status(made->id), "RUNNING") << "AWS said that it made it: " << json::write(job(made->id));
        account_->lose_answer("CreateTransformJob");
        const auto lost = post({});
        ASSERT_TRUE(lost);
        pass(Milliseconds{30'000});
        EXPECT_EQ(status(lost->id), "RUNNING") << json::write(job(lost->id));
    }
    EXPECT_EQ(account_->made("CreateTransformJob"), 6);
}

TEST_F(MakerTest, WithoutTheRightToReadTagsAnEarlierJobOfTheNameIsSomebodyElses) {
    aws_->deny("ListTags");
    account_->be_ahead(Milliseconds{3'600'000});
    account_->lose_answer("CreateTransformJob");
    const auto made = post({{"jobParameters", {{"TransformJobName", "mine"}}}});
    ASSERT_TRUE(made);
    ASSERT_TRUE(maker_->advance());
    maker_->wait_idle();
    ASSERT_EQ(account_->made("CreateTransformJob"), 1);
    aws_->object("TransformJob", "mine")["CreationTime"] = static_cast<double>(to_epoch_ms(clock_.now())) / 1000 + 3590;
    pass(Milliseconds{30'000});
    EXPECT_EQ(status(made->id), "ERROR") << "ten seconds before it was asked for";
}

TEST_F(MakerTest, ARefusalOfTheRequestItselfIsItsEnd) {
    const auto made = post({});
    ASSERT_TRUE(made);
    aws_->deny("CreateTransformJob");
    pass(Milliseconds{2000});
    EXPECT_EQ(status(made->id), "ERROR");
}

TEST_F(MakerTest, CancellingBeforeAndAfterAwsHasIt) {
    const auto early = post({});
    ASSERT_TRUE(early);
    cancel(early->id);
    EXPECT_EQ(status(early->id), "CANCELLED") << "nothing was asked for";
    const auto late = post({});
    ASSERT_TRUE(late);
    pass(Milliseconds{2000});
    cancel(late->id);
    EXPECT_EQ(status(late->id), "RUNNING") << "it is cancelled once AWS says so";
    pass(Milliseconds{5000});
    EXPECT_EQ(status(late->id), "CANCELLED");
    EXPECT_EQ(account_->made("StopTransformJob"), 1);
    EXPECT_EQ(account_->made("CreateTransformJob"), 1);
}

TEST_F(MakerTest, AnImportedJobCanBeStopped) {
    aws_->transform("elsewhere", kT0 + 60, "fraud", "InProgress");
    run("fraud");
    const auto jobs = all(registry::jobs_table());
    const auto found =
        std::ranges::find_if(jobs, [](const auto& one) { return json::text_of(one.document.at("sageMaker").as_object(), "name") == "elsewhere"; });
    ASSERT_NE(found, jobs.end());
    cancel(found->id);
    pass(Milliseconds{3000});
    EXPECT_EQ(status(found->id), "CANCELLED");
    EXPECT_EQ(account_->made("StopTransformJob"), 1);
}

TEST_F(MakerTest, ManyJobsAreFollowedByOneListing) {
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(post({}));
    }
    pass(Milliseconds{3000});
    ASSERT_EQ(account_->jobs.size(), 8U);
    pass(Milliseconds{20'000});
    aws_->reset_calls();
    pass(Milliseconds{16'000});
    EXPECT_EQ(aws_->calls()["DescribeTransformJob"], 0);
    EXPECT_LE(aws_->calls()["ListTransformJobs"], 9);
    EXPECT_GE(aws_->calls()["ListTransformJobs"], 1);
}

TEST_F(MakerTest, ATrainingJobTakesOverTheLastOne) {
    auto& last = aws_->object("TrainingJob", "train-1");
    last["AlgorithmSpecification"] = json::object{{"TrainingImage", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/xgb:1"}, {"TrainingInputMode", "File"}};
    last["ResourceConfig"] = json::object{{"InstanceType", "ml.m5.xlarge"}, {"InstanceCount", 1}, {"VolumeSizeInGB", 30}};
    last["RoleArn"] = "arn:aws:iam::111122223333:role/train";
    aws_->model("fraud2", kT0 + 5, "s3://b/models/train-1/output/model.tar.gz");
    run("fraud2");
    std::string model;
    for (const auto& one : all(registry::stored_models_table())) {
        if (json::text_of(one.document.at("sageMaker").as_object(), "name") == "fraud2") {
            model = one.id;
        }
    }
    const json::object target{{"engineType", "SAGEMAKER_RUNTIME"}};
    const auto bare = post({{"jobType", "MODEL_BATCH_TRAINING_JOB"}, {"model", {{"storedModel", {{"id", model}}}}}, {"targetEngine", target}});
    ASSERT_FALSE(bare) << "the index described the last job before it said how it trains";
    EXPECT_EQ(bare.error().faults.front().pointer, "/jobParameters/AlgorithmSpecification/TrainingImage");
    const auto whole =
        post({{"jobType", "MODEL_BATCH_TRAINING_JOB"},
              {"model", {{"storedModel", {{"id", model}}}}},
              {"targetEngine", target},
              {"jobParameters", {{"AlgorithmSpecification", last.at("AlgorithmSpecification")}, {"ResourceConfig", last.at("ResourceConfig")}}}});
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(parameters(*whole).at("RoleArn"), "arn:aws:iam::111122223333:role/r") << "of the model";
    EXPECT_EQ(parameters(*whole).at("OutputDataConfig").at("S3OutputPath"), "s3://b/models");
    pass(Milliseconds{2000});
    EXPECT_EQ(account_->made("CreateTrainingJob"), 1);
}

TEST_F(MakerTest, DataThatIsNotInS3IsRefusedAndNotLeftOut) {
    for (const auto* list : {"inputData", "outputData"}) {
        for (const auto* url : {"notaurl", "/etc/passwd", "hdfs:///x.csv"}) {
            const auto made = post({{list, json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", url}}}}});
            ASSERT_FALSE(made) << list << url;
            EXPECT_EQ(made.error().faults.at(0).pointer, std::string{"/"} + list + "/0/fileUrl") << made.error().message;
        }
    }
    const auto embedded = post({{"inputData", json::array{json::object{{"assetType", "FILE"}, {"filename", "x.csv"}, {"fileContent", "YQ=="}}}}});
    ASSERT_FALSE(embedded);
    EXPECT_EQ(embedded.error().faults.at(0).pointer, "/inputData/0/assetType") << embedded.error().message;
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_creations"), 0);
}

TEST_F(MakerTest, WhatIsWrongIsNamedByItsField) {
    const auto pointer = [&](json::object parameters) {
        const auto made = post({{"jobParameters", std::move(parameters)}});
        return made || made.error().faults.empty() ? std::string{} : made.error().faults.front().pointer;
    };
    EXPECT_EQ(pointer({{"TransformJobName", "a_b"}}), "/jobParameters/TransformJobName");
    EXPECT_EQ(pointer({{"ModelName", "other"}}), "/jobParameters/ModelName");
    EXPECT_EQ(pointer({{"MaxPayloadInMB", 100}, {"MaxConcurrentTransforms", 2}}), "/jobParameters/MaxConcurrentTransforms");
    EXPECT_EQ(pointer({{"TransformOutput", {{"S3OutputPath", "s3://b/in/batch-1/out"}}}}), "/jobParameters/TransformOutput/S3OutputPath");
    EXPECT_EQ(pointer({{"TransformOutput", {{"S3OutputPath", "/tmp"}}}}), "/jobParameters/TransformOutput/S3OutputPath");
    EXPECT_EQ(pointer({{"TransformResources", {{"InstanceType", "m5"}}}}), "/jobParameters/TransformResources/InstanceType");
    EXPECT_EQ(pointer({{"TransformInput", 7}}), "/jobParameters/TransformInput/DataSource/S3DataSource/S3Uri");
    EXPECT_EQ(pointer({{"BatchStrategy", "Some"}}), "/jobParameters/BatchStrategy");
    EXPECT_EQ(pointer({{"Tagz", 1}}), "/jobParameters/Tagz");
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_creations"), 0);
    const auto named = post({{"targetEngine", {{"engineType", "SAGEMAKER_RUNTIME"}, {"name", "churn-prod"}}}});
    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().faults.front().pointer, "/targetEngine");
}

TEST_F(MakerTest, AGroupStaysWithinItsLimits) {
    start_maker({{"risk", {.roles = {}, .images = {}, .s3_prefixes = {"s3://b/in/", "s3://b/out/"}, .instance_types = {"ml.m5.large", "ml.c5.*"}}}});
    EXPECT_TRUE(post({}));
    const auto refused = post({{"jobParameters", {{"TransformResources", {{"InstanceType", "ml.p4d.24xlarge"}, {"InstanceCount", 1}}}}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "OUTSIDE_LIMITS");
    EXPECT_EQ(refused.error().faults.front().pointer, "/jobParameters/TransformResources/InstanceType");
    const auto elsewhere = post({{"jobParameters", {{"TransformOutput", {{"S3OutputPath", "s3://b/outside"}}}}}});
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().faults.front().pointer, "/jobParameters/TransformOutput/S3OutputPath");
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_creations"), 1);
}

TEST_F(MakerTest, SecretsOfARequestReachAwsAndNothingElse) {
    const auto made = post({{"jobParameters", {{"Environment", {{"TOKEN", "job-canary"}}}}}});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{2000});
    ASSERT_EQ(account_->jobs.size(), 1U);
    EXPECT_EQ(aws_->object("TransformJob", account_->jobs[0]).at("Environment").at("TOKEN"), "job-canary");
    expect_nowhere("job-canary");
}

TEST_F(MakerTest, OnlyJobsThatWereMadeWithAPlanAreAskedFor) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(store::insert(unit, registry::jobs_table(),
                               {.id = "old",
                                .group = "risk",
                                .document = {{"jobType", "MODEL_BATCH_JOB"},
                                             {"jobStatus", "CREATED"},
                                             {"model", json::object{}},
                                             {"targetEngine", {{"engineType", "SAGEMAKER_RUNTIME"}}}}}));
        return {};
    }));
    pass(Milliseconds{3000});
    EXPECT_EQ(account_->jobs.size(), 0U);
    cancel("old");
    EXPECT_EQ(status("old"), "CANCELLED");
}

TEST_F(MakerTest, ASnapshotMakesItsConfiguration) {
    const auto wrong = create_snapshot({{"productionVariants", json::array{json::object{{"InstanceType", "m5"}}}}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().faults.front().pointer, "/sageMaker/productionVariants/0/InstanceType");
    account_->lose_answer("CreateEndpointConfig");
    const auto made = create_snapshot({{"productionVariants", json::array{json::object{{"InitialInstanceCount", 2}}}}});
    ASSERT_TRUE(made) << made.error().message;
    pass(Milliseconds{20'000});
    EXPECT_EQ(account_->made("CreateEndpointConfig"), 1);
    run("fraud");
    const auto snapshots = all(registry::deployable_models_table());
    ASSERT_EQ(snapshots.size(), 2U) << "an import finds the configuration that was made here";
    const auto& facts = snapshots[1].document.at("sageMaker").as_object();
    EXPECT_EQ(snapshots[1].id, made->id);
    EXPECT_EQ(json::text_of(facts, "arn"), aws_->arn("endpoint-config", std::string{json::text_of(facts, "name")}));
    EXPECT_EQ(facts.at("productionVariants").at(0).at("InitialInstanceCount"), 2);
}

}  // namespace
}  // namespace slipway::sagemaker
