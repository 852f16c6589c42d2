#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;
using Import = fakes::ImportFixture;

TEST_F(Import, BringsInWhatBelongsToTheModelAndNothingElse) {
    small_account();
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_TRUE(operation.problems.empty()) << json::write(registry::to_json(operation));
    ASSERT_EQ(operation.stages.size(), 7);
    EXPECT_EQ(operation.stages[3].done, 10);
    EXPECT_EQ(operation.aws_calls.total, aws_->total());
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 5);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_TRAINING_JOB'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models WHERE state = 'DEPLOYED'"), 1);
    const auto model = all(registry::stored_models_table()).at(0);
    EXPECT_EQ(model.group, "risk");
    EXPECT_EQ(model.created_by, "ana");
    EXPECT_EQ(model.document.at("modelMetaData").at("tags").at(0).as_string(), "team=risk");
    EXPECT_EQ(model.document.at("sageMaker").at("trainingJobs").at(0).at("name").as_string(), "train-1");
    const auto runtime = all(registry::runtimes_table()).at(0);
    EXPECT_EQ(runtime.document.at("sageMaker").at("monitoringSchedules").at(0).at("name").as_string(), "watch");
    EXPECT_EQ(runtime.document.at("sageMaker").at("dataCaptureConfig").at("EnableCapture").as_bool(), true);
}

TEST_F(Import, AgainChangesNothingAndDescribesNothing) {
    small_account();
    run("fraud");
    const auto before = everything();
    aws_->reset_calls();
    clock_.advance(std::chrono::minutes{1});
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_EQ(everything(), before);
    const auto calls = aws_->calls();
    EXPECT_FALSE(calls.contains("DescribeTransformJob"));
    EXPECT_FALSE(calls.contains("DescribeTrainingJob"));
    EXPECT_FALSE(calls.contains("DescribeEndpointConfig"));
    EXPECT_FALSE(calls.contains("DescribeEndpoint"));
    EXPECT_GT(operation.aws_calls.saved, 0);
}

TEST_F(Import, ASecondModelLivesOnTheIndexOfTheFirst) {
    small_account();
    run("fraud");
    aws_->reset_calls();
    clock_.advance(std::chrono::minutes{1});
    run("other");
    const auto calls = aws_->calls();
    EXPECT_FALSE(calls.contains("DescribeTransformJob"));
    EXPECT_FALSE(calls.contains("DescribeEndpointConfig"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 4);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 3);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 10);
}

TEST_F(Import, NewObjectsComeInAtTheNextImport) {
    small_account();
    run("fraud");
    clock_.advance(std::chrono::minutes{1});
    aws_->transform("late", kT0 + 5000, "fraud", "InProgress");
    aws_->config("newer", kT0 + 5001, {"fraud"});
    aws_->endpoint("live", kT0 + 30, "newer")["LastModifiedTime"] = kT0 + 5100;
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE status = 'RUNNING'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 3);
    clock_.advance(std::chrono::minutes{1});
    aws_->object("TransformJob", "late")["TransformJobStatus"] = "Completed";
    for (int i = 0; i < 3; ++i) {
        aws_->transform("filler-" + std::to_string(i), kT0 + 9000 + i, "other");
    }
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE status = 'RUNNING'"), 0);
}

TEST_F(Import, TimesSpeltOtherwiseChangeNothing) {
    small_account();
    run("fraud");
    const auto before = everything();
    clock_.advance(std::chrono::minutes{1});
    aws_->object("Model", "fraud")["CreationTime"] = "2026-11-25T19:00:04.250Z";
    aws_->object("TransformJob", "batch-0")["CreationTime"] = static_cast<std::int64_t>(kT0 + 10);
    aws_->object("EndpointConfig", "own")["CreationTime"] = to_iso(from_epoch_ms(std::llround((kT0 + 21) * 1000)));
    run("fraud");
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, AnUnreadableTimeCostsThatMemberOnly) {
    small_account();
    aws_->object("TransformJob", "batch-0")["TransformEndTime"] = "tomorrow";
    aws_->object("TransformJob", "batch-2")["CreationTime"] = "whenever";
    EXPECT_EQ(run("fraud").state, registry::OperationState::COMPLETE);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 5);
    const auto before = everything();
    run("fraud");
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, AModelWithoutConfigurationGetsOneGeneratedSnapshot) {
    aws_->model("lonely", kT0);
    run("lonely");
    run("lonely");
    ASSERT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE generated = 1"), 1);
    aws_->config("first", kT0 + 50, {"lonely"});
    clock_.advance(std::chrono::minutes{1});
    run("lonely");
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE generated = 1"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
}

TEST_F(Import, AConfigurationMadeAgainUnderItsNameIsAnotherSnapshot) {
    aws_->model("m", kT0);
    aws_->config("ec", kT0 + 10, {"m"});
    aws_->endpoint("e", kT0 + 20, "ec");
    run("m");
    clock_.advance(std::chrono::minutes{1});
    aws_->remove("EndpointConfig", "ec");
    aws_->config("ec", kT0 + 400, {"m"});
    run("m");
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models d JOIN deployable_models s ON s.id = d.deployable_model_id ORDER BY 1"), 1);
    const auto serves = all(registry::deployed_models_table()).at(0).document.at("deployableModel").at("id").as_string();
    for (const auto& snapshot : all(registry::deployable_models_table())) {
        EXPECT_EQ(snapshot.document.at("sageMaker").as_object().contains("gone"), snapshot.id == serves);
    }
}

TEST_F(Import, UnknownModelStoresNothing) {
    const auto refused = import({{"modelName", "nobody"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().reason, "NOT_FOUND");
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models") + count("SELECT COUNT(*) FROM operations"), 0);
}

TEST_F(Import, TheSameImportRunsOnce) {
    small_account();
    const auto first = import({{"modelName", "fraud"}});
    ASSERT_TRUE(first);
    const auto second = import({{"modelName", "fraud"}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "ALREADY_RUNNING");
    EXPECT_TRUE(import({{"modelName", "other"}}));
}

TEST_F(Import, AssetsAndSchemaAreThereFromTheStart) {
    small_account();
    const json::array assets{json::object{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_DATA"}, {"name", "h.csv"}, {"fileUrl", "s3://b/h.csv"}}};
    const json::object body{{"modelName", "fraud"}, {"assets", assets}, {"inputSchema", json::array{json::object{{"name", "s"}}}}};
    const auto operation = import(body);
    ASSERT_TRUE(operation);
    auto model = all(registry::stored_models_table()).at(0);
    EXPECT_EQ(operation->stored_model_id, model.id);
    EXPECT_EQ(model.version, count("SELECT MIN(version) FROM stored_models"));
    EXPECT_EQ(model.document.at("modelAssets").as_array().size(), 2);
    EXPECT_EQ(model.document.at("modelMetaData").at("inputSchema").at(0).at("name").as_string(), "s");
    service_->run(operation->id);
    settle();
    const auto before = everything();
    run(body);
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, FaultsOfAssetsPointIntoTheRequest) {
    small_account();
    const json::object good{{"assetType", "EXTERNAL_FILE"}, {"name", "h.csv"}, {"fileUrl", "s3://b/h.csv"}};
    const json::object body{{"modelName", "fraud"}, {"assets", json::array{good, json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "javascript:x"}}}}};
    const auto refused = [&] {
        const auto answer = import(body);
        return answer || answer.error().faults.empty() ? std::string{} : answer.error().faults[0].pointer + " | " + answer.error().message;
    };
    const std::string wanted = "/assets/1/fileUrl | The document is not valid: /assets/1/fileUrl must be";
    EXPECT_TRUE(refused().starts_with(wanted)) << refused();
    run(json::object{{"modelName", "fraud"}, {"assets", json::array{good}}});
    EXPECT_TRUE(refused().starts_with(wanted)) << refused();
}

TEST_F(Import, EnteredKeysAreSealedAndServeLaterImports) {
    small_account();
    settings_.credentials.configured.clear();
    start();
    const auto none = import({{"modelName", "fraud"}, {"region", "eu-west-1"}});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().reason, "NO_CREDENTIALS");
    const json::object keys{{"region", "eu-west-1"}, {"accessKeyId", "AKIAENTERED"}, {"secretAccessKey", "entered-secret-canary"}};
    run(json::object{{"modelName", "fraud"}, {"credentials", keys}});
    run(json::object{{"modelName", "other"}, {"credentials", keys}});
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_credentials"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_model_credentials"), 2);
    EXPECT_EQ(run(json::object{{"modelName", "fraud"}, {"region", "eu-west-1"}}).state, registry::OperationState::COMPLETE);
}

TEST_F(Import, TheDefaultChainIsListedForItsGroupsAndServesThem) {
    small_account();
    settings_.credentials.default_chain_groups = {"risk"};
    settings_.credentials.environment_region = "eu-west-1";
    start();
    const identity::Principal bob{.kind = identity::Principal::Kind::user, .name = "bob", .groups = {"sales"}, .admin = false};
    const auto listed = [&](const identity::Principal& who) {
        const auto shown = store::read<std::vector<ShownCredential>>(*database_, [&](store::Session& sql) {
                               return service_->credentials(sql, who);
                           }).value_or(std::vector<ShownCredential>{});
        return std::ranges::any_of(shown, [](const auto& one) { return one.credential.id == kDefaultChainId; });
    };
    EXPECT_TRUE(listed(ana_));
    EXPECT_FALSE(listed(bob));
    EXPECT_EQ(service_->browse(ana_, {.credential_id = std::string{kDefaultChainId}, .region = {}, .text = {}})->models.size(), 2U);
    EXPECT_EQ(service_->browse(bob, {.credential_id = std::string{kDefaultChainId}, .region = {}, .text = {}}).error().code, ErrorCode::not_found);
    gateway_.connected.clear();
    EXPECT_EQ(run(json::object{{"modelName", "fraud"}, {"credentialId", kDefaultChainId}}).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(gateway_.connected, (std::vector<std::pair<std::string, std::string>>{{"", "eu-west-1"}, {"", "eu-west-1"}}));
}

TEST_F(Import, NoSecretReachesTheDatabase) {
    small_account();
    aws_->object("Model", "fraud")["PrimaryContainer"].as_object()["Environment"] = json::object{{"MODE", "env-canary-1"}};
    aws_->object("TrainingJob", "train-1")["HyperParameters"] = json::object{{"api_key", "hyper-canary"}};
    aws_->object("TransformJob", "batch-0")["Environment"] = json::object{{"X", "env-canary-2"}};
    aws_->object("TransformJob", "batch-0")["FailureReason"] = "bad env-canary-2";
    aws_->tag(aws_->arn("model", "fraud"), "db-password", "tag-canary");
    const json::object keys{{"region", "eu-west-1"}, {"accessKeyId", "AKIAENTERED"}, {"secretAccessKey", "entered-canary"}};
    run(json::object{{"modelName", "fraud"}, {"credentials", keys}});
    expect_nowhere("canary");
}

TEST_F(Import, PasswordsInAddressesAreNowhereHoweverOftenItIsImported) {
    small_account();
    aws_->tag(aws_->arn("model", "fraud"), "repo", "https://ci:canary-1@git.example/x");
    aws_->tag(aws_->arn("endpoint", "live"), "repo", "https://ci:canary-2@git.example/x");
    aws_->tag(aws_->arn("endpoint-config", "own"), "repo", "https://ci:canary-3@git.example/x");
    aws_->object("TrainingJob", "train-1")["HyperParameters"] = json::object{{"warehouse_url", "postgresql://u:canary-4@h/db"}};
    aws_->object("Model", "fraud")["PrimaryContainer"].as_object()["ModelDataUrl"] =
        "https://b.s3.amazonaws.com/models/train-1/output/model.tar.gz?AWSAccessKeyId=AKIA&Signature=canary-5";
    EXPECT_TRUE(run("fraud").problems.empty());
    expect_nowhere("canary");
    const auto before = everything();
    clock_.advance(std::chrono::minutes{1});
    EXPECT_TRUE(run("fraud").problems.empty());
    expect_nowhere("canary");
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(count("SELECT COUNT(*) FROM sealed_secrets"), 0);
    EXPECT_EQ(all(registry::stored_models_table()).at(0).document.at("sageMaker").at("tags").at("repo").as_string(), "https://git.example/x");
}

TEST_F(Import, AModelOfTheSdkInTheDefaultBucketKeepsItsRegionImageAndJob) {
    const std::string artifact = "s3://sagemaker-eu-west-1-111122223333/train-1/output/model.tar.gz";
    aws_->model("fraud", kT0, artifact);
    aws_->training("train-1", kT0 - 100, artifact);
    const auto operation = run("fraud");
    EXPECT_TRUE(operation.problems.empty());
    EXPECT_FALSE(aws_->calls().contains("ListTrainingJobs"));
    const auto model = all(registry::stored_models_table()).at(0).document;
    const auto& facts = model.at("sageMaker").as_object();
    const auto& container = facts.at("containers").at(0).as_object();
    EXPECT_EQ(container.at("image").as_string(), "111122223333.dkr.ecr.eu-west-1.amazonaws.com/xgb:1");
    EXPECT_EQ(container.at("modelDataUrl").as_string(), artifact);
    EXPECT_EQ(container.at("environment").at("SAGEMAKER_REGION").as_string(), "********");
    EXPECT_EQ(facts.at("describe").at("ModelArn").as_string(), aws_->arn("model", "fraud"));
    EXPECT_EQ(model.at("modelAssets").at(0).at("fileUrl").as_string(), artifact);
    ASSERT_EQ(facts.at("trainingJobs").as_array().size(), 1U);
    EXPECT_EQ(facts.at("trainingJobs").at(0).at("name").as_string(), "train-1");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_TRAINING_JOB'"), 1);
}

TEST_F(Import, TenModelsStayWithinTheirCalls) {
    for (int m = 0; m < 10; ++m) {
        const auto name = "model-" + std::to_string(m);
        aws_->model(name, kT0 + m, "s3://b/out/train-" + std::to_string(m) + "/output/model.tar.gz");
    }
    for (int i = 0; i < 1000; ++i) {
        const auto number = std::to_string(i);
        aws_->training("train-" + number, kT0 - 2000 + i, "s3://b/out/train-" + number + "/output/model.tar.gz");
        aws_->transform("transform-" + number, kT0 + 100 + i, "model-" + std::to_string(i % 10));
    }
    for (int i = 0; i < 200; ++i) {
        aws_->config("config-" + std::to_string(i), kT0 + 1200 + i, {"model-" + std::to_string(i % 10)});
    }
    for (int i = 0; i < 20; ++i) {
        aws_->endpoint("endpoint-" + std::to_string(i), kT0 + 1500 + i, "config-" + std::to_string(i));
    }
    // From the youngest to the oldest: the index must reach back without listing anew for each.
    int sum = 0;
    for (int m = 9; m >= 0; --m) {
        aws_->reset_calls();
        clock_.advance(std::chrono::minutes{1});
        const auto operation = run("model-" + std::to_string(m));
        EXPECT_TRUE(operation.problems.empty());
        EXPECT_LE(aws_->total(), m == 9 ? 1300 : 40) << m;
        EXPECT_EQ(operation.aws_calls.total, aws_->total());
        sum += aws_->total();
    }
    EXPECT_LE(sum, 1700);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1010);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 20);
}

TEST_F(Import, TwoAtOnceShareOneFill) {
    small_account();
    const auto first = import({{"modelName", "fraud"}});
    const auto second = import({{"modelName", "other"}});
    ASSERT_TRUE(first && second);
    service_->run(first->id);
    service_->run(second->id);
    settle();
    EXPECT_EQ(stored(first->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(stored(second->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 10);
    EXPECT_EQ(aws_->calls().at("DescribeEndpointConfig"), 3);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 12);
}

TEST_F(Import, BrowsingSaysWhatIsImported) {
    small_account();
    run("fraud");
    const auto browsed = service_->browse(ana_, {.credential_id = {}, .region = {}, .text = "FRA"});
    ASSERT_TRUE(browsed);
    ASSERT_EQ(browsed->models.size(), 1);
    EXPECT_EQ(browsed->account, fakes::FakeSageMaker::kAccount);
    EXPECT_TRUE(browsed->models[0].stored_model_id);
    const auto both = service_->browse(ana_, {});
    ASSERT_EQ(both->models.size(), 2);
    EXPECT_EQ(both->models[0].name, "other");
    EXPECT_FALSE(both->models[0].stored_model_id);
    const identity::Principal bob{.kind = identity::Principal::Kind::user, .name = "bob", .groups = {"sales"}, .admin = false};
    EXPECT_FALSE(service_->browse(bob, {}));
    EXPECT_EQ(service_->browse(bob, {.credential_id = "configured-1", .region = {}, .text = {}}).error().code, ErrorCode::not_found);
}

TEST(ImportRequest, AssetsThatNobodyWouldReadAreRefused) {
    const auto asked = [](const std::string& asset) { return parse_import_request(*json::parse_object(R"({"modelName":"m","assets":[{},)" + asset + "]}")); };
    for (const auto& [asset, pointer, hint] : std::vector<std::array<std::string, 3>>{
             {R"({"assetType":"EXTERNAL_FILE","assetRole":"TEST_DATE","fileUrl":"s3://b/x"})", "/assets/1/assetRole", "TEST_DATA"},
             {R"({"assetType":"EXTERNAL_FILE","assetRole":"test_data","fileUrl":"s3://b/x"})", "/assets/1/assetRole", "TEST_DATA"},
             {R"({"assetType":"FILE","assetRole":"TEST_DATA","fileContent":"YQ=="})", "/assets/1/fileUrl", "s3://"},
             {R"({"assetType":"EXTERNAL_FILE","assetRole":"TEST_DATA","fileUrl":"hdfs:///x"})", "/assets/1/fileUrl", "s3://"},
             {R"({"assetType":"EXTERNAL_FILE","assetRole":"TEST_RESULT_COMPARATOR","fileUrl":"s3://b/x"})", "/assets/1/fileUrl", "Give the file itself"}}) {
        const auto refused = asked(asset);
        ASSERT_FALSE(refused) << asset;
        EXPECT_EQ(refused.error().faults.at(0).pointer, pointer);
        EXPECT_TRUE(refused.error().faults.at(0).expected.contains(hint)) << refused.error().faults.at(0).expected;
    }
    EXPECT_TRUE(asked(R"({"assetType":"EXTERNAL_FILE","assetRole":"BIAS_REPORT","fileUrl":"s3://b/x"})")) << "a role of one's own";
    EXPECT_TRUE(asked(R"({"assetType":"FILE","assetRole":"MODEL_DOCUMENTATION","fileContent":"YQ=="})"));
    EXPECT_TRUE(asked(R"({"assetType":"EXTERNAL_FILE","assetRole":"TEST_DATA","fileUrl":"s3://b/x"})"));
}

TEST_F(Import, RefusalsOfAwsAreNeverOurs) {
    small_account();
    aws_->refuse("DescribeModel", "UnrecognizedClientException", "The security token is invalid", {}, ErrorCode::unauthenticated);
    EXPECT_EQ(import({{"modelName", "fraud"}}).error().code, ErrorCode::failed_precondition);
    aws_->refuse("DescribeModel", "Network", "no answer", {}, ErrorCode::timeout);
    const auto away = import({{"modelName", "fraud"}});
    EXPECT_EQ(away.error().code, ErrorCode::unavailable);
    EXPECT_EQ(away.error().reason, "AWS_UNREACHABLE");
    EXPECT_EQ(away.error().message,
              "AWS could not be asked (DescribeModel): Network: no answer. Nothing was stored. Check the server's network and proxy, the region, "
              "and sagemaker-service.endpointUrl.");
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 0);
    for (const auto* bad :
         {R"({})", R"({"modelName":7})", R"({"modelName":"a_b"})", R"({"modelName":"m","region":"evil.example/"})", R"({"modelName":"m","assets":[1]})",
          R"({"modelName":"m","startLifecycles":"some"})", R"({"modelName":"m","nonsense":1})", R"({"modelName":"m","credentials":{"region":"eu-west-1"}})"}) {
        const auto refused = parse_import_request(*json::parse_object(bad));
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(refused.error().faults.size(), 1);
    }
}

}  // namespace
}  // namespace slipway::sagemaker
