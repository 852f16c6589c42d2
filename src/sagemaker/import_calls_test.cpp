#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <set>

#include "fakes/import_fixture.hpp"

/// How an import calls AWS, and what it says of keys and secrets.
namespace slipway::sagemaker {
namespace {

using Import = fakes::ImportFixture;

TEST_F(Import, DescribesSideBySideWithTheSameCallsAndTheSameOrder) {
    small_account();
    std::mutex mutex;
    std::condition_variable changed;
    int begun = 0;
    int inside = 0;
    int most = 0;
    aws_->before_call = [&](std::string_view name) {
        if (name != "DescribeTransformJob") {
            return;
        }
        std::unique_lock lock{mutex};
        most = std::max(most, ++inside);
        changed.notify_all();
        // Of those behind the first, which tries it alone, two must meet.
        if (++begun > 1) {
            changed.wait_for(lock, std::chrono::seconds{20}, [&] { return most >= 2; });
        }
        --inside;
    };
    const auto operation = run("fraud");
    EXPECT_EQ(most, 2) << "as many as the pool of the fixture has threads";
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 10);
    EXPECT_EQ(operation.aws_calls.total, aws_->total());
    EXPECT_EQ(operation.stages[3].done, 10);
    std::vector<std::string> names;
    for (const auto& job : all(registry::jobs_table())) {
        names.emplace_back(job.document.at("sageMaker").at("name").as_string());
    }
    EXPECT_EQ(names, (std::vector<std::string>{"train-1", "batch-0", "batch-2", "batch-4", "batch-6", "batch-8"})) << "rows are written in AWS's order";
}

TEST_F(Import, BrowsingASlowAccountEndsInTimeWithWhatItRead) {
    for (int i = 0; i < 700; ++i) {
        aws_->model("m" + std::to_string(i), fakes::kT0 + i);
    }
    aws_->before_call = [&](std::string_view) { clock_.advance(std::chrono::seconds{3}); };
    const auto before = clock_.steady();
    const auto some = service_->browse(ana_, {});
    ASSERT_TRUE(some) << some.error().message;
    EXPECT_LE(clock_.steady() - before, kPatience + std::chrono::seconds{3});
    EXPECT_TRUE(some->truncated);
    EXPECT_EQ(some->models.size(), 400U);
    aws_->refuse("ListModels", "Network", "no answer", {}, ErrorCode::timeout);
    EXPECT_EQ(service_->browse(ana_, {}).error().code, ErrorCode::unavailable) << "nothing was read";
}

TEST_F(Import, TagsOfAModelAreReadWithinThePatienceOfAPerson) {
    small_account();
    aws_->before_call = [&](std::string_view) { clock_.advance(std::chrono::seconds{11}); };
    const auto operation = import({{"modelName", "fraud"}});
    aws_->before_call = nullptr;
    ASSERT_TRUE(operation);
    EXPECT_FALSE(aws_->calls().contains("ListTags")) << "the time was over";
    ASSERT_EQ(operation->problems.size(), 1U);
    EXPECT_EQ(operation->problems[0].operation, "ListTags");
}

TEST_F(Import, SaysThatItReadsTagsWhereAllIsDescribed) {
    settings_.calls_at_once = 1;
    start();
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    std::set<std::string> notes;
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListTags") {
            clock_.advance(std::chrono::seconds{1});  // so that each is saved
            for (const auto& stage : stored(operation->id).stages) {
                notes.insert(stage.name + ": " + stage.note.value_or(""));
            }
        }
    };
    service_->run(operation->id);
    settle();
    EXPECT_TRUE(notes.contains("endpointConfigurations: reading tags, 1 of 2"));
    for (const auto& stage : stored(operation->id).stages) {
        EXPECT_FALSE(stage.note.value_or("").contains("reading")) << stage.name << ": " << *stage.note;
    }
}

TEST_F(Import, ARefusalCostsOneCallHoweverManyGoSideBySide) {
    small_account();
    aws_->deny("DescribeTransformJob");
    aws_->deny("ListTags");
    run("fraud");
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 1);
    EXPECT_LE(aws_->calls().at("ListTags"), 2) << "the model's, and one of all others";
}

TEST_F(Import, SecretsOfAssetsAreSealedAndSaid) {
    small_account();
    const json::array assets{json::object{{"assetType", "EXTERNAL_FILE"}, {"name", "h.csv"}, {"fileUrl", "https://ann:asset-canary@files.example.com/h.csv"}}};
    const json::object body{{"modelName", "fraud"}, {"assets", assets}};
    for (int round = 0; round < 2; ++round) {
        const auto operation = run(body);
        const auto shown = json::write(registry::to_json(operation));
        EXPECT_FALSE(shown.contains("asset-canary"));
        EXPECT_EQ(shown.contains("SECRET_SEALED"), round == 0) << "it was sealed once: the second import finds the asset there. " << shown;
        EXPECT_EQ(all(registry::stored_models_table()).at(0).document.at("modelAssets").as_array().size(), 2U);
        clock_.advance(std::chrono::minutes{1});
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM sealed_secrets"), 1);
}

TEST_F(Import, WhatACredentialMayDoOutlivesARestart) {
    small_account();
    aws_->deny("ListMonitoringSchedules");
    run("fraud");
    const auto check = [&]() -> std::optional<CredentialCheck> {
        const auto shown = store::read<std::vector<ShownCredential>>(*database_, [&](store::Session& sql) { return service_->credentials(sql, ana_); });
        EXPECT_TRUE(shown);
        return shown ? shown->at(0).check : std::nullopt;
    };
    start();
    const auto found = check();
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->ok);
    EXPECT_EQ(found->at, clock_.now());
    EXPECT_TRUE(found->permissions.contains("sagemaker:ListTags"));
    EXPECT_FALSE(found->permissions.contains("sagemaker:ListMonitoringSchedules"));
    aws_->refuse("ListModels", "AccessDeniedException", "no", "sagemaker:ListModels", ErrorCode::forbidden);
    EXPECT_FALSE(service_->browse(ana_, {}));
    start();
    const auto failed = check();
    ASSERT_TRUE(failed && failed->error);
    EXPECT_FALSE(failed->ok);
    EXPECT_EQ(failed->error->operation, "ListModels");
    EXPECT_TRUE(failed->permissions.contains("sagemaker:ListTags"));
    settings_.credentials.configured[0].access_key_id = "AKIAOTHER";
    start();
    EXPECT_FALSE(check()) << "what the old key could do says nothing of the new one";
}

TEST(Region, IsOneOfAPartition) {
    for (const auto* good : {"eu-west-1", "us-east-2", "ap-southeast-11", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-isob-east-1", "us-isof-south-1",
                             "eu-isoe-west-1", "eusc-de-east-1", "mx-central-1", "il-central-1"}) {
        EXPECT_TRUE(is_region(good)) << good;
    }
    for (const auto* bad : {"", "eu", "eu-west", "eu-west-", "eu-west-1-", "-eu-west-1", "xx-west-1", "eu-west-123", "EU-WEST-1", "eu-west-1.evil", "eu--1",
                            "eu-west-1a", "evil-host", "localhost", "us-east-1\n"}) {
        EXPECT_FALSE(is_region(bad)) << bad;
    }
}

}  // namespace
}  // namespace slipway::sagemaker
