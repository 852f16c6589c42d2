#include <gtest/gtest.h>

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;

class ImportOfWhatEnded : public fakes::ImportFixture {
protected:
    std::string runtime_states() {
        std::string states;
        for (const auto& runtime : all(registry::runtimes_table())) {
            const bool gone = runtime.document.at("sageMaker").as_object().contains("gone");
            (states += states.empty() ? "" : " ") += std::string{json::text_of(runtime.document, "state")} + (gone ? "+gone" : "");
        }
        return states;
    }
    void again(const std::string& model = "fraud") {
        clock_.advance(std::chrono::minutes{1});
        EXPECT_EQ(run(model).state, registry::OperationState::COMPLETE);
    }
    std::int64_t live() { return count("SELECT COUNT(*) FROM deployed_models WHERE state <> 'UNDEPLOYED'"); }
    Result<void> remove_model() {
        const auto id = all(registry::stored_models_table()).at(0).id;
        return store_.write({.subject = "ana", .request_id = {}},
                            [&](store::Unit& unit) { return registry_.collection("storedModels").remove(unit, ana_, id, std::nullopt); });
    }
};

TEST_F(ImportOfWhatEnded, ADeletedEndpointIsGoneAndItsModelCanBeDeleted) {
    small_account();
    run("fraud");
    ASSERT_EQ(runtime_states(), "ONLINE");
    EXPECT_FALSE(remove_model());
    aws_->remove("Endpoint", "live");
    again();
    EXPECT_EQ(runtime_states(), "REMOVED+gone");
    EXPECT_EQ(live(), 0);
    const auto before = everything();
    again();
    EXPECT_EQ(everything(), before);
    EXPECT_TRUE(remove_model());
}

TEST_F(ImportOfWhatEnded, AnEndpointMadeAgainUnderItsNameIsAnotherOne) {
    small_account();
    run("fraud");
    aws_->remove("Endpoint", "live");
    aws_->endpoint("live", kT0 + 900, "shared");
    again();
    EXPECT_EQ(runtime_states(), "REMOVED+gone ONLINE");
    EXPECT_EQ(live(), 1);
}

TEST_F(ImportOfWhatEnded, OneListingIsNoProofWhereDescribeIsRefused) {
    small_account();
    run("fraud");
    aws_->remove("Endpoint", "live");
    aws_->deny("DescribeEndpoint");
    again();
    EXPECT_EQ(runtime_states(), "ONLINE");
    again();
    EXPECT_EQ(runtime_states(), "REMOVED+gone");
}

TEST_F(ImportOfWhatEnded, WhatAwsListsAndDoesNotFindYetComesWithTheNextImport) {
    small_account();
    aws_->lag("Endpoint", "live");
    aws_->lag("EndpointConfig", "own");
    aws_->lag("TransformJob", "batch-0");
    const auto first = run("fraud");
    EXPECT_EQ(first.state, registry::OperationState::COMPLETE);
    ASSERT_EQ(first.problems.size(), 3U) << "less was found than there is";
    for (const auto& problem : first.problems) {
        EXPECT_TRUE(problem.operation.starts_with("Describe") && problem.message.contains("Could not find")) << problem.message;
    }
    EXPECT_EQ(first.stages.at(4).outcome, registry::StageOutcome::INCOMPLETE);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 1);
    EXPECT_EQ(runtime_states(), "");
    clock_.advance(std::chrono::hours{1});
    EXPECT_TRUE(run("fraud").problems.empty());
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
    EXPECT_EQ(runtime_states(), "ONLINE");
}

TEST_F(ImportOfWhatEnded, AKnownObjectThatOneNodeDoesNotFindStands) {
    small_account();
    run("fraud");
    aws_->object("Endpoint", "live")["LastModifiedTime"] = kT0 + 700;
    aws_->lag("Endpoint", "live");
    again();
    EXPECT_EQ(runtime_states(), "ONLINE");
    EXPECT_EQ(live(), 1);
    again();
    EXPECT_EQ(runtime_states(), "ONLINE");
}

TEST_F(ImportOfWhatEnded, WhatWasCalledGoneTooSoonComesBack) {
    small_account();
    aws_->model("before", kT0);
    run("before");
    ASSERT_TRUE(store_.write({}, [](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE sagemaker_objects SET status = 'Gone', final = 1, pending = 0, detail = NULL WHERE name IN ('live', 'own')"));
        return {};
    }));
    again();
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE aws_name = 'own'"), 1);
    EXPECT_EQ(runtime_states(), "ONLINE");
}

TEST_F(ImportOfWhatEnded, AnEndpointThatServesAnotherModelNowIsLeft) {
    small_account();
    run("fraud");
    aws_->endpoint("live", kT0 + 30, "foreign")["LastModifiedTime"] = kT0 + 500;
    again();
    EXPECT_EQ(runtime_states(), "ONLINE");
    EXPECT_EQ(live(), 0);
}

TEST_F(ImportOfWhatEnded, ARefusedListingEndsNothing) {
    small_account();
    run("fraud");
    aws_->remove("Endpoint", "live");
    aws_->deny("ListEndpoints");
    again();
    again();
    EXPECT_EQ(runtime_states(), "ONLINE");
    EXPECT_EQ(live(), 1);
}

TEST_F(ImportOfWhatEnded, DeletedConfigurationsAreGoneAndTheirSnapshotsStay) {
    small_account();
    run("fraud");
    aws_->remove("EndpointConfig", "own");
    again();
    const auto snapshots = all(registry::deployable_models_table());
    ASSERT_EQ(snapshots.size(), 2U);
    for (const auto& snapshot : snapshots) {
        const auto& facts = snapshot.document.at("sageMaker").as_object();
        EXPECT_EQ(facts.contains("gone"), facts.at("name").as_string() == "own");
        EXPECT_EQ(facts.at("tags").as_object().size(), facts.at("name").as_string() == "own" ? 1U : 0U);
    }
    const auto before = everything();
    again();
    EXPECT_EQ(everything(), before);
}

TEST_F(ImportOfWhatEnded, ADeploymentFollowsEveryStateOfAws) {
    aws_->model("m", kT0);
    aws_->config("a", kT0 + 10, {"m"});
    aws_->config("b", kT0 + 11, {"m"});
    const auto seen = [&](const char* config, const char* status) {
        clock_.advance(std::chrono::minutes{1});
        auto& endpoint = aws_->endpoint("e", kT0 + 20, config, status);
        endpoint["LastModifiedTime"] = static_cast<double>(to_epoch_ms(clock_.now())) / 1000;
        EXPECT_TRUE(run("m").problems.empty());
        std::string states;
        for (const auto& deployment : all(registry::deployed_models_table())) {
            (states += states.empty() ? "" : " ") += json::text_of(deployment.document, "state");
        }
        return states;
    };
    EXPECT_EQ(seen("a", "Failed"), "FAILED");
    const auto deploy_time = [&](std::size_t i) { return std::string{json::text_of(all(registry::deployed_models_table()).at(i).document, "deployTime")}; };
    EXPECT_EQ(seen("a", "InService"), "UNDEPLOYED DEPLOYED");
    EXPECT_EQ(seen("b", "Creating"), "UNDEPLOYED UNDEPLOYED DEPLOYING");
    EXPECT_EQ(seen("a", "InService"), "UNDEPLOYED UNDEPLOYED UNDEPLOYED DEPLOYED");
    EXPECT_EQ(deploy_time(3), "") << "it was so before anybody looked";
    EXPECT_EQ(seen("b", "Creating"), "UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED DEPLOYING");
    EXPECT_EQ(seen("b", "InService"), "UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED DEPLOYED");
    EXPECT_EQ(deploy_time(4), to_iso(clock_.now()));
    aws_->remove("Endpoint", "e");
    EXPECT_EQ(seen("b", "Creating"), "UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED DEPLOYING");
    EXPECT_EQ(seen("b", "Deleting"), "UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYED UNDEPLOYING");
}

TEST_F(ImportOfWhatEnded, AModelThatWasDeletedComesBackWithItsJobs) {
    small_account();
    run("fraud");
    const auto first = all(registry::stored_models_table()).at(0);
    aws_->remove("Endpoint", "live");
    clock_.advance(std::chrono::minutes{1});
    ASSERT_TRUE(
        store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) { return store::remove(unit, registry::stored_models_table(), first); }));
    const auto jobs = count("SELECT COUNT(*) FROM jobs");
    run("fraud");
    const auto again = all(registry::stored_models_table()).at(0);
    ASSERT_NE(again.id, first.id);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE stored_model_id = '" + again.id + "'"), 6);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), jobs);
    EXPECT_EQ(all(registry::jobs_table()).at(0).document.at("model").at("storedModel").at("id").as_string(), again.id);
    clock_.advance(std::chrono::minutes{1});
    const auto before = everything();
    run("fraud");
    EXPECT_EQ(everything(), before);
}

TEST_F(ImportOfWhatEnded, ATrainingJobStandsAtEveryModelOfItsArtifact) {
    const std::string artifact = "s3://b/models/train-1/output/model.tar.gz";
    aws_->training("train-1", kT0 - 100, artifact);
    aws_->model("blue", kT0, artifact);
    aws_->model("green", kT0 + 1, artifact);
    for (int i = 0; i < 2; ++i) {
        run("blue");
        run("green");
        EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 2);
        EXPECT_EQ(count("SELECT COUNT(DISTINCT stored_model_id) FROM jobs"), 2);
        EXPECT_EQ(count("SELECT COUNT(DISTINCT aws_arn) FROM jobs"), 1);
        clock_.advance(std::chrono::minutes{1});
    }
}

}  // namespace
}  // namespace slipway::sagemaker
