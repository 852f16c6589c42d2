#include "sagemaker/syncer.hpp"

#include "fakes/import_fixture.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;
using std::chrono::seconds;

class SyncerTest : public fakes::ImportFixture {
protected:
    SyncerTest() {
        small_account();
        run("fraud");
        start_syncer();
    }
    ~SyncerTest() override { syncer_.reset(); }

    void start_syncer() {
        syncer_.reset();
        syncer_ = std::make_unique<Syncer>(registry_, *service_, SyncPace{}, *pool_, [] { return 0.5; });
        EXPECT_TRUE(syncer_->advance());
    }
    /// One cycle, a usual pause after the one before.
    void cycle(Milliseconds later = seconds{60}) {
        clock_.advance(later);
        ASSERT_TRUE(syncer_->advance());
        syncer_->wait_idle();
    }
    SyncState state() {
        const auto all = store::read<std::vector<SyncState>>(*database_, [&](store::Session& sql) { return syncer_->states(sql, ana_); });
        EXPECT_TRUE(all && all->size() == 1);
        return all->at(0);
    }
    std::string states_of(const store::EntityTable& table) {
        std::string out;
        for (const auto& one : all(table)) {
            const auto* facts = json::object_of(one.document, "sageMaker");
            const bool gone = facts != nullptr && facts->contains("gone");
            out += (out.empty() ? "" : " ") + std::string{json::text_of(one.document, "state")} + (gone ? "+gone" : "");
        }
        return out;
    }
    /// Asks for a cycle; the operation's id.
    std::string wish() {
        std::string id;
        EXPECT_TRUE(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto operation, syncer_->request(unit, ana_));
            id = operation.id;
            return {};
        }));
        return id;
    }
    std::int64_t snapshots() { return count("SELECT COUNT(*) FROM deployable_models"); }
    std::string status_of_job(const std::string& name) {
        for (const auto& one : all(registry::jobs_table())) {
            if (json::text_of(one.document.at("sageMaker").as_object(), "name") == name) {
                return std::string{json::text_of(one.document, "jobStatus")};
            }
        }
        return {};
    }

    std::unique_ptr<Syncer> syncer_;
};

TEST_F(SyncerTest, AnIdleCycleIsFourCallsAndWritesNothing) {
    cycle();
    const auto before = everything();
    aws_->reset_calls();
    cycle();
    EXPECT_EQ(aws_->calls(), (std::map<std::string, int>{{"ListModels", 1}, {"ListEndpointConfigs", 1}, {"ListEndpoints", 1}, {"ListTransformJobs", 1}}));
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(state().written, 0);
    EXPECT_EQ(state().pause, seconds{60});
}

TEST_F(SyncerTest, ANewConfigurationBecomesOneSnapshotOfEachModelThatItServes) {
    run("other");
    cycle();
    const auto before = snapshots();
    const auto events = count("SELECT COUNT(*) FROM outbox WHERE type = 'DeployableModel' AND kind = 'created'");
    aws_->config("fresh", kT0 + 100, {"fraud", "other"});
    cycle();
    EXPECT_EQ(snapshots(), before + 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM snapshot_origins WHERE origin = 'sync'"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM outbox WHERE type = 'DeployableModel' AND kind = 'created'"), events + 2);
    cycle();
    start_syncer();
    cycle();
    run("fraud");
    EXPECT_EQ(snapshots(), before + 2) << "neither another cycle, nor a restart, nor an import makes it again";
    EXPECT_EQ(count("SELECT COUNT(*) FROM outbox WHERE type = 'DeployableModel' AND kind = 'created'"), events + 2);
}

TEST_F(SyncerTest, JobsAndEndpointsAreSeenAsTheyChange) {
    cycle();
    aws_->transform("night", kT0 + 100, "fraud", "InProgress");
    aws_->object("Endpoint", "live")["EndpointStatus"] = "Updating";
    cycle();
    EXPECT_EQ(status_of_job("night"), "RUNNING");
    EXPECT_TRUE(state().moving);
    EXPECT_EQ(state().pause, seconds{15});
    aws_->object("TransformJob", "night")["TransformJobStatus"] = "Failed";
    aws_->object("TransformJob", "night")["FailureReason"] = "AlgorithmError";
    aws_->object("Endpoint", "live")["EndpointStatus"] = "InService";
    cycle(seconds{15});
    EXPECT_EQ(status_of_job("night"), "ERROR");
    EXPECT_FALSE(state().moving);
    EXPECT_EQ(count("SELECT COUNT(*) FROM notifications WHERE open = 1"), 1);
}

TEST_F(SyncerTest, AnEndpointIsGoneAfterTwoListingsWithoutIt) {
    cycle();
    ASSERT_EQ(states_of(registry::runtimes_table()), "ONLINE");
    aws_->remove("Endpoint", "live");
    cycle();
    EXPECT_EQ(states_of(registry::runtimes_table()), "ONLINE") << "one listing may lag behind";
    EXPECT_EQ(state().pause, seconds{15});
    cycle(seconds{15});
    EXPECT_EQ(states_of(registry::runtimes_table()), "REMOVED+gone");
    const auto deployments = all(registry::deployed_models_table());
    ASSERT_EQ(deployments.size(), 1U);
    EXPECT_EQ(json::text_of(deployments[0].document, "state"), "UNDEPLOYED");
    EXPECT_TRUE(deployments[0].document.contains("undeployTime"));
    const auto before = everything();
    cycle();
    EXPECT_EQ(everything(), before);
}

TEST_F(SyncerTest, OneListingWithoutSomethingChangesNothing) {
    cycle();
    const auto before = everything();
    const auto live = aws_->object("Endpoint", "live");
    aws_->remove("Endpoint", "live");
    cycle();
    aws_->endpoint("live", kT0 + 30, "shared") = live;
    cycle();
    cycle();
    EXPECT_EQ(everything(), before);
}

TEST_F(SyncerTest, ANameMadeAgainIsAnotherObject) {
    cycle();
    aws_->remove("Endpoint", "live");
    aws_->endpoint("live", kT0 + 500, "own");
    aws_->remove("EndpointConfig", "own");
    const auto before = snapshots();
    aws_->config("own", kT0 + 400, {"fraud"});
    cycle();
    EXPECT_EQ(states_of(registry::runtimes_table()), "REMOVED+gone ONLINE");
    EXPECT_EQ(snapshots(), before + 1);
    const auto deployments = all(registry::deployed_models_table());
    ASSERT_EQ(deployments.size(), 2U);
    EXPECT_EQ(json::text_of(deployments[0].document, "state"), "UNDEPLOYED");
    EXPECT_EQ(json::text_of(deployments[1].document, "state"), "DEPLOYED");
}

TEST_F(SyncerTest, ConfigurationsAndModelsThatAreGoneSaySo) {
    cycle();
    aws_->remove("EndpointConfig", "own");
    cycle();
    cycle();
    EXPECT_EQ(states_of(registry::deployable_models_table()), "+gone");
    aws_->remove("Model", "fraud");
    cycle();
    EXPECT_FALSE(all(registry::stored_models_table()).at(0).document.at("sageMaker").as_object().contains("gone"));
    cycle();
    EXPECT_TRUE(all(registry::stored_models_table()).at(0).document.at("sageMaker").as_object().contains("gone"));
}

TEST_F(SyncerTest, WhatIsLeftOfAModelThatIsGoneIsLookedAt) {
    cycle();
    aws_->remove("Model", "fraud");
    cycle();
    cycle();
    ASSERT_TRUE(all(registry::stored_models_table()).at(0).document.at("sageMaker").as_object().contains("gone"));
    ASSERT_EQ(states_of(registry::runtimes_table()), "ONLINE") << "AWS deletes a model under an endpoint, which serves on";
    const auto snapshots = all(registry::deployable_models_table()).size();
    aws_->config("of-another", fakes::kT0 + 1000, {"fraud"});
    cycle();
    EXPECT_EQ(all(registry::deployable_models_table()).size(), snapshots) << "it is of a model that was made again under that name";
    aws_->remove("EndpointConfig", "of-another");
    aws_->remove("Endpoint", "live");
    cycle();
    cycle();
    EXPECT_EQ(states_of(registry::runtimes_table()), "REMOVED+gone");
    EXPECT_EQ(json::text_of(all(registry::deployed_models_table()).at(0).document, "state"), "UNDEPLOYED");
    aws_->remove("EndpointConfig", "own");
    aws_->remove("EndpointConfig", "shared");
    cycle();
    cycle();
    EXPECT_EQ(states_of(registry::deployable_models_table()), "+gone +gone");
    aws_->reset_calls();
    cycle();
    EXPECT_TRUE(aws_->calls().empty()) << "nothing of it is left";
}

TEST_F(SyncerTest, TagsAreSeenWithinTheHour) {
    cycle();
    aws_->tag(aws_->arn("model", "fraud"), "stage", "prod");
    aws_->tag(aws_->arn("endpoint-config", "own"), "cost", "42");
    cycle();
    EXPECT_EQ(state().written, 0);
    cycle(std::chrono::hours{1});
    EXPECT_EQ(state().written, 2);
    EXPECT_TRUE(json::write(all(registry::stored_models_table()).at(0).document.at("modelMetaData").at("tags")).contains("stage=prod"));
}

TEST_F(SyncerTest, UnderPressureItComesSeldomer) {
    cycle();
    aws_->refuse("ListEndpoints", "ThrottlingException", "Rate exceeded", {}, ErrorCode::unavailable);
    const auto before = everything();
    cycle();
    EXPECT_TRUE(state().pressed);
    EXPECT_EQ(state().pause, seconds{120});
    cycle();
    EXPECT_EQ(state().pause, seconds{120}) << "it is not due yet";
    cycle();
    EXPECT_EQ(state().pause, seconds{240});
    EXPECT_EQ(states_of(registry::runtimes_table()), "ONLINE") << "what was not listed is not gone";
    EXPECT_EQ(everything(), before);
    aws_->allow("ListEndpoints");
    cycle(seconds{240});
    EXPECT_EQ(state().pause, seconds{60});
}

TEST_F(SyncerTest, AClockThatIsSetBackHoldsNothingUp) {
    cycle();
    aws_->config("fresh", kT0 + 100, {"fraud"});
    const auto before = snapshots();
    const auto id = wish();
    clock_.jump(-std::chrono::hours{1});
    cycle(seconds{1});
    EXPECT_EQ(snapshots(), before + 1);
    EXPECT_EQ(stored(id).state, registry::OperationState::COMPLETE);
    aws_->config("fresher", kT0 + 101, {"fraud"});
    clock_.jump(-std::chrono::hours{1});
    cycle(seconds{1});
    EXPECT_EQ(snapshots(), before + 2) << "also without a wish";
}

TEST_F(SyncerTest, AWishIsDoneWhenEveryAccountWasLookedAt) {
    cycle();
    const auto id = wish();
    EXPECT_EQ(stored(id).state, registry::OperationState::RUNNING);
    start_syncer();
    cycle(seconds{1});
    const auto done = stored(id);
    EXPECT_EQ(done.state, registry::OperationState::COMPLETE) << "also after a restart";
    ASSERT_EQ(done.stages.size(), 1U);
    EXPECT_EQ(done.stages[0].name, "111122223333/eu-west-1");
    EXPECT_GE(done.aws_calls.total, 4);
}

TEST_F(SyncerTest, ASnapshotThatAPersonDeletedStaysDeletedUntilAPersonImportsItAgain) {
    cycle();
    const auto before = snapshots();
    const auto made = [&] { return count("SELECT COUNT(*) FROM outbox WHERE type = 'DeployableModel' AND kind = 'created'"); };
    const auto events = made();
    const auto there = all(registry::deployable_models_table());
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        for (const auto& one : there) {
            if (json::text_of(one.document.at("sageMaker").as_object(), "name") == "own") {
                SW_CHECK(registry_.collection("deployableModels").remove(unit, ana_, one.id, {}));
            }
        }
        return {};
    }));
    ASSERT_EQ(snapshots(), before - 1);
    start_syncer();
    cycle();
    cycle(std::chrono::hours{1});
    cycle(std::chrono::hours{1});
    EXPECT_EQ(snapshots(), before - 1);
    EXPECT_EQ(made(), events) << "no second life cycle of it";
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", kT0 + 400, {"fraud"});
    cycle();
    EXPECT_EQ(snapshots(), before) << "one made again is another one";
    aws_->remove("EndpointConfig", "own");
    aws_->config("own", kT0 + 21, {"fraud"});
    run("fraud");
    EXPECT_EQ(snapshots(), before + 1) << "a person may want it back";
}

TEST_F(SyncerTest, AWishEndsThoughTheLastModelOfItsAccountWasDeleted) {
    cycle();
    const auto first = wish();
    const auto second = wish();
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto models, store::find_by(unit.sql, registry::stored_models_table(), {}, store::Scope::all()));
        for (const auto& model : models) {
            SW_CHECK(store::remove(unit, registry::stored_models_table(), model));
        }
        return {};
    }));
    cycle(seconds{1});
    EXPECT_EQ(stored(first).state, registry::OperationState::COMPLETE);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(auto operation, registry_.operations().get(unit.sql, identity::Principal::service(), second));
        operation.state = registry::OperationState::RUNNING;
        operation.finished.reset();
        operation.stages.at(0).outcome.reset();
        return registry_.operations().save(unit, operation, true);
    }));
    start_syncer();
    cycle(seconds{1});
    EXPECT_EQ(stored(second).state, registry::OperationState::COMPLETE) << "also after a restart";
}

TEST_F(SyncerTest, WhatOtherGroupsHaveInTheAccountIsNotTold) {
    auto secret = all(registry::stored_models_table()).at(0).document;
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        secret["sageMaker"].as_object()["name"] = "crm-secret";
        secret["sageMaker"].as_object()["arn"] = aws_->arn("model", "crm-secret");
        SW_CHECK(store::insert(unit, registry::stored_models_table(), {.id = {}, .group = "crm", .document = secret}));
        return {};
    }));
    const auto id = wish();
    cycle();
    EXPECT_EQ(state().models, 1);
    EXPECT_TRUE(state().problems.empty()) << "crm has no keys, which is crm's business";
    const auto done = stored(id);
    EXPECT_TRUE(done.problems.empty());
    EXPECT_TRUE(done.stages.at(0).note.value_or("").starts_with("1 models")) << done.stages.at(0).note.value_or("");
    EXPECT_FALSE(json::write(registry::to_json(done)).contains("crm-secret"));
    const identity::Principal eva{.kind = identity::Principal::Kind::user, .name = "eva", .groups = {"crm"}, .admin = false};
    const auto theirs = *store::read<std::vector<SyncState>>(*database_, [&](store::Session& sql) { return syncer_->states(sql, eva); });
    ASSERT_EQ(theirs.size(), 1U);
    EXPECT_EQ(theirs[0].models, 1);
    ASSERT_EQ(theirs[0].problems.size(), 1U);
    EXPECT_EQ(theirs[0].problems[0].operation, "crm-secret");
}

TEST_F(SyncerTest, AWishThatReachesNoAccountFails) {
    cycle();
    const auto before = everything();
    for (const auto* operation : {"ListModels", "ListEndpointConfigs", "ListEndpoints", "ListTransformJobs", "DescribeModel", "DescribeEndpointConfig",
                                  "DescribeEndpoint", "DescribeTransformJob", "ListTags"}) {
        aws_->refuse(operation, "Network", "AWS cannot be reached: connection refused", {}, ErrorCode::unavailable);
    }
    std::string id;
    const auto wish = [&] {
        ASSERT_TRUE(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto operation, syncer_->request(unit, ana_));
            id = operation.id;
            return {};
        }));
        cycle(seconds{1});
    };
    wish();
    EXPECT_EQ(stored(id).state, registry::OperationState::ERROR) << "every call failed";
    aws_->allow("ListEndpoints");
    wish();
    EXPECT_EQ(stored(id).state, registry::OperationState::COMPLETE) << "a part of it was heard";
    EXPECT_EQ(everything().size(), before.size());
}

TEST_F(SyncerTest, AWishWhoseEndCannotBeWrittenIsEndedByALaterCycle) {
    cycle();
    const auto id = wish();
    const auto execute = [&](const char* text) {
        ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute(text));
            return {};
        }));
    };
    execute("CREATE TRIGGER full BEFORE UPDATE ON operations BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    cycle(seconds{1});
    EXPECT_EQ(stored(id).state, registry::OperationState::RUNNING);
    execute("DROP TRIGGER full");
    cycle(seconds{70});
    EXPECT_EQ(stored(id).state, registry::OperationState::COMPLETE);
}

TEST(SyncPace, SpreadsAndBacksOff) {
    const SyncPace pace;
    EXPECT_EQ(next_pause(pace, seconds{0}, {}, 0.0), seconds{54});
    EXPECT_EQ(next_pause(pace, seconds{0}, {}, 0.5), seconds{60});
    EXPECT_LT(next_pause(pace, seconds{0}, {}, 0.999), seconds{66});
    EXPECT_EQ(next_pause(pace, seconds{60}, {.moving = true}, 0.5), seconds{15});
    EXPECT_EQ(next_pause(pace, seconds{60}, {.moving = true, .pressed = true}, 0.5), seconds{120});
    EXPECT_EQ(next_pause(pace, seconds{500}, {.pressed = true}, 0.5), seconds{600});
}

}  // namespace
}  // namespace slipway::sagemaker
