#include "automation/bridge.hpp"

#include "automation/handler.hpp"
#include "automation/model_links.hpp"
#include "automation/sagemaker_topics.hpp"
#include "fakes/bridge_fixture.hpp"
#include "registry/approvals.hpp"
#include "registry/snapshot_origin.hpp"
#include "sagemaker/deploy_run.hpp"

namespace slipway::automation {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;

class BridgeTest : public fakes::BridgeFixture {
protected:
    store::Entity update(const store::EntityTable& table, const store::Entity& before, std::string_view patch) {
        json::value document(before.document);
        json::merge_patch(document, *json::parse(patch));
        const auto made = world_.write<store::Entity>([&](store::Unit& unit) { return store::update(unit, table, before, document.as_object()); });
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    /// A life cycle that tests a snapshot. `next`: where its boundary event leads that sees the outcome; empty: it has none.
    static ProcessBuilder testing(const std::string& next) {
        ProcessBuilder builder;
        builder.process.id = std::string{kDeployModel};
        builder.start();
        builder.add(lifecycle::ElementKind::sub_process, "S_Transform");
        builder.start("ts", "S_Transform");
        builder.task("t", "S_Transform");
        builder.end("te", "S_Transform");
        builder.path({"ts", "t", "te"});
        builder.end();
        builder.path({"s", "S_Transform", "e"});
        if (!next.empty()) {
            builder.boundary("seen", "S_Transform", EventKind::conditional, "${OUTCOME == 'CANCELLED'}");
            builder.flow("seen", next);
        }
        return builder;
    }
};

constexpr std::string_view kSnapshot = R"({"metaData":{"name":"one"},"storedModel":{"id":"m1","modelMetaData":{"name":"churn"}}})";

TEST_F(BridgeTest, ANewSnapshotThrowsCreatedAndChangedOnceWithItsVariables) {
    world_.deploy(started_by("created", "snapshot.created"));
    world_.deploy(started_by("changed", "com.modelop.mlc.definitions.Signals_deployable_model_changed"));
    const auto snapshot = insert(registry::deployable_models_table(), kSnapshot);
    pass();
    pass();
    ASSERT_EQ(of("created").size(), 1U);
    EXPECT_EQ(of("changed").size(), 1U);
    const auto started = of("created")[0];
    EXPECT_EQ(started.group, "risk");
    const auto variables = world_.variables(started.id);
    EXPECT_EQ(json::text_of(variables, "DEPLOYABLE_MODEL_ID"), snapshot.id);
    EXPECT_EQ(json::text_of(variables, "STORED_MODEL_ID"), "m1");
    EXPECT_EQ(json::text_of(variables, "TRIGGER"), "api");
    EXPECT_EQ(json::text_of(variables, "REQUESTED_BY"), "ann");
    EXPECT_EQ(json::text_of(variables, "GROUP"), "risk");
    update(registry::deployable_models_table(), snapshot, R"({"metaData":{"description":"x"}})");
    pass();
    EXPECT_EQ(of("created").size(), 1U);
    EXPECT_EQ(of("changed").size(), 2U);
}

TEST_F(BridgeTest, AnImportThatWantsNoLifeCyclesStartsNone) {
    world_.deploy(started_by("p", "snapshot.created"));
    const auto imported = [&](std::string_view document, bool starts) {
        const auto made = world_.write<store::Entity>([&](store::Unit& unit) -> Result<store::Entity> {
            SW_TRY(auto snapshot,
                   store::insert(unit, registry::deployable_models_table(), {.id = {}, .group = "risk", .document = *json::parse_object(document)}));
            SW_CHECK(registry::note_origin(unit, snapshot.id, {.trigger = "import", .requested_by = "kim", .starts_lifecycles = starts}));
            return snapshot;
        });
        ASSERT_TRUE(made) << made.error().message;
    };
    imported(kSnapshot, false);
    pass();
    EXPECT_TRUE(of("p").empty());
    imported(R"({"metaData":{"name":"two"},"storedModel":{"id":"m1"}})", true);
    pass();
    ASSERT_EQ(of("p").size(), 1U);
    const auto variables = world_.variables(of("p")[0].id);
    EXPECT_EQ(json::text_of(variables, "TRIGGER"), "import");
    EXPECT_EQ(json::text_of(variables, "REQUESTED_BY"), "kim");
}

TEST_F(BridgeTest, TheRegistryTellsTheLifeCyclesOfAModel) {
    const auto model = insert(registry::stored_models_table(), R"({"modelMetaData":{"name":"churn"},"modelAssets":[]})");
    world_.deploy(started_by("deploy", "snapshot.created"));
    insert(registry::deployable_models_table(), R"({"metaData":{"name":"one"},"storedModel":{"id":")" + model.id + R"("}})");
    pass();
    ASSERT_EQ(of("deploy").size(), 1u);
    const auto instance = of("deploy")[0];
    const auto rows = [&] {
        return world_.read<std::vector<store::Entity>>([&](store::Session& sql) {
            return store::find_by(sql, registry::model_mlcs_table(), {{"stored_model_id", model.id}, {"group_name", "risk"}}, store::Scope::all());
        });
    };
    ASSERT_EQ(rows().size(), 1u);
    const auto told = rows()[0].document.at("processInstance").as_object();
    EXPECT_EQ(json::text_of(told, "id"), instance.id);
    EXPECT_EQ(json::text_of(told, "processDefinitionKey"), "deploy");
    EXPECT_EQ(json::text_of(told, "startTime"), to_iso(instance.started));
    EXPECT_FALSE(told.contains("endTime"));
    ASSERT_TRUE(world_.write<bool>([&](store::Unit& unit) -> Result<bool> {
        SW_CHECK(world_.instances().cancel(unit, world_.service, instance.id, "no need"));
        return true;
    }));
    ASSERT_EQ(rows().size(), 1u);
    EXPECT_TRUE(rows()[0].document.at("processInstance").as_object().contains("endTime"));
}

TEST_F(BridgeTest, ALifeCycleOfNoModelHereIsNotToldOfOne) {
    const auto elsewhere = world_.write<store::Entity>([&](store::Unit& unit) {
        return store::insert(unit, registry::stored_models_table(), {.id = {}, .group = "sales", .document = {{"modelMetaData", {{"name", "theirs"}}}}});
    });
    for (const auto& id : {std::string{"unknown"}, elsewhere->id}) {
        const auto link =
            world_.read<std::optional<ModelLink>>([&](store::Session& sql) { return model_named(sql, {{"STORED_MODEL_ID", id}}, "risk", "look"); });
        EXPECT_FALSE(link) << id;
    }
}

TEST_F(BridgeTest, AModelOfAnotherGroupStartsNothingOfThisOne) {
    const auto made = world_.try_deploy(started_by("p", "snapshot.created"), world_.bob);
    ASSERT_TRUE(made);
    insert(registry::deployable_models_table(), kSnapshot);
    pass();
    EXPECT_TRUE(of("p").empty());
}

TEST_F(BridgeTest, ADecisionReachesWhoWaitsAndOneThatCameFirstIsKept) {
    world_.deploy(waiting_for("p", "ticket.decided"));
    const auto decided = [&] {
        const auto ticket =
            insert(registry::notifications_table(),
                   R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
        EXPECT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "bob", "fine"));
            return {};
        }));
        return ticket.id;
    };
    const auto early = decided();
    pass();
    const auto first = world_.start("p", {{"KEY", early}});
    EXPECT_EQ(world_.state(first), "completed");
    EXPECT_EQ(json::text_of(world_.variables(first), "DECISION"), "APPROVED");
    EXPECT_EQ(json::text_of(world_.variables(first), "DECIDED_BY"), "bob");
    const auto again = world_.start("p", {{"KEY", early}});
    pass();
    EXPECT_EQ(world_.state(again), "active") << "one decision went twice";
}

TEST_F(BridgeTest, AnExpiredTicketIsNoDecision) {
    world_.deploy(waiting_for("p", "ticket.decided"));
    const auto ticket =
        insert(registry::notifications_table(), R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?"})");
    const auto id = world_.start("p", {{"KEY", ticket.id}});
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, ticket, "EXPIRED", "SYSTEM", ""));
        return {};
    }));
    pass();
    EXPECT_EQ(world_.state(id), "active");
}

TEST_F(BridgeTest, AnInstanceThatIsCancelledWithdrawsItsTicketOnce) {
    world_.deploy_task();
    const auto ticket_of = [&](const std::string& id) {
        const auto ticket =
            insert(registry::notifications_table(),
                   R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})");
        EXPECT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, id}));
            return {};
        }));
        return ticket;
    };
    const auto look = [&](const store::Entity& ticket) {
        return world_.read<store::Entity>(
            [&](store::Session& sql) { return store::require(sql, registry::notifications_table(), ticket.id, store::Scope::all()); });
    };
    const auto cancelled = world_.start("p");
    const auto lives = world_.start("p");
    const auto withdrawn = ticket_of(cancelled);
    const auto waits = ticket_of(lives);
    EXPECT_EQ(world_.info(lives).ticket_id, waits.id);
    pass();
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, cancelled, "wrong model"); }));
    pass();
    const auto closed = look(withdrawn);
    EXPECT_EQ(json::text_of(*json::object_of(closed.document, "decision"), "decision"), "CANCELLED");
    EXPECT_NE(json::text_of(*json::object_of(closed.document, "decision"), "comment").find("wrong model"), std::string::npos);
    EXPECT_FALSE(closed.document.at("open").as_bool());
    EXPECT_FALSE(look(waits).document.contains("decision")) << "the ticket of another instance was withdrawn";
    pass();
    EXPECT_EQ(look(withdrawn).version, closed.version);
}

TEST_F(BridgeTest, AnInstanceThatIsCancelledStopsItsJobOnceAndRecordsWhy) {
    world_.deploy_task();
    const auto job_of = [&](const std::string& instance, const std::string& status) {
        const auto job = insert(registry::jobs_table(), R"({"jobType":"MODEL_BATCH_JOB","jobStatus":")" + status + R"(","owner":"edge","model":{"id":"s"}})");
        const ExternalTask task{.id = "t", .instance_id = instance, .group = "risk", .idempotency_key = "key-" + job.id};
        EXPECT_TRUE(once(*store_, task, "job", [&](store::Unit&) { return Result<json::object>{json::object{{"id", job.id}}}; }));
        return job;
    };
    const auto look = [&](const store::Entity& job) {
        return world_.read<store::Entity>([&](store::Session& sql) { return store::require(sql, registry::jobs_table(), job.id, store::Scope::all()); });
    };
    const auto cancelled = world_.start("p");
    const auto lives = world_.start("p");
    const auto runs = job_of(cancelled, "RUNNING");
    const auto over = job_of(cancelled, "COMPLETE");
    const auto other = job_of(lives, "RUNNING");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, cancelled, "wrong model"); }));
    pass();
    const auto stopped = look(runs);
    ASSERT_NE(json::object_of(stopped.document, "cancelRequested"), nullptr);
    EXPECT_EQ(world_.rows("job_messages"), 1);
    EXPECT_EQ(look(over).version, over.version);
    EXPECT_FALSE(look(other).document.contains("cancelRequested")) << "the job of another instance was stopped";
    pass();
    EXPECT_EQ(look(runs).version, stopped.version);
}

TEST_F(BridgeTest, ADeletedSnapshotClosesItsTicketsAndEndsTheLifeCycleThatTestsIt) {
    world_.deploy(testing("").process);
    const auto snapshot = insert(registry::deployable_models_table(), kSnapshot);
    const auto tests = world_.start(std::string{kDeployModel}, {}, snapshot.id);
    const auto other = world_.start(std::string{kDeployModel}, {}, "another");
    const auto ticket = insert(
        registry::notifications_table(),
        R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","deployableModelId":")" + snapshot.id + R"("})");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    pass();
    EXPECT_EQ(world_.state(tests), "cancelled");
    EXPECT_EQ(world_.state(other), "active");
    const auto closed =
        world_.read<store::Entity>([&](store::Session& sql) { return store::require(sql, registry::notifications_table(), ticket.id, store::Scope::all()); });
    ASSERT_TRUE(closed.document.contains("decision"));
    EXPECT_EQ(json::text_of(*json::object_of(closed.document, "decision"), "comment"), "The snapshot was deleted.");
}

TEST_F(BridgeTest, ALifeCycleThatEndsByItselfWhenItsSnapshotIsDeletedStopsNobodyElse) {
    world_.deploy(testing("e").process);
    world_.deploy(waiting_for("snapshot", "snapshot.deleted"));
    const auto first = insert(registry::deployable_models_table(), kSnapshot);
    const auto second = insert(registry::deployable_models_table(), R"({"metaData":{"name":"two"},"storedModel":{"id":"m1"}})");
    const auto tests = world_.start(std::string{kDeployModel}, {}, first.id);
    const auto other = world_.start("snapshot", {{"KEY", second.id}});
    for (const auto& snapshot : {first, second}) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    }
    pass();
    EXPECT_EQ(world_.state(tests), "completed");
    EXPECT_EQ(world_.state(other), "completed");
}

TEST_F(BridgeTest, ALifeCycleThatCannotTakeItsOutcomeIsCancelledAllTheSame) {
    auto builder = testing("broken");
    builder.script("broken", "R", "${MISSING + 1}");
    builder.flow("broken", "e");
    world_.deploy(builder.process);
    const auto snapshot = insert(registry::deployable_models_table(), kSnapshot);
    const auto tests = world_.start(std::string{kDeployModel}, {}, snapshot.id);
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    pass();
    world_.run();
    EXPECT_EQ(world_.state(tests), "cancelled");
    EXPECT_EQ(world_.info(tests).reason, "The snapshot was deleted.");
}

TEST_F(BridgeTest, AJobThatCannotBeStoppedKeepsTheOthersFromNothing) {
    world_.deploy_task();
    const auto id = world_.start("p");
    const auto job_of = [&](const std::string& step, std::string_view document) {
        const auto job = insert(registry::jobs_table(), document);
        const ExternalTask task{.id = "t", .instance_id = id, .group = "risk", .idempotency_key = "key-" + step};
        EXPECT_TRUE(once(*store_, task, "job", [&](store::Unit&) { return Result<json::object>{json::object{{"id", job.id}}}; }));
        return job;
    };
    const auto asks = [&](const store::Entity& job) {
        return world_.read<store::Entity>([&](store::Session& sql) { return store::require(sql, registry::jobs_table(), job.id, store::Scope::all()); })
            .document.contains("cancelRequested");
    };
    const auto beyond = job_of("1", R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","model":{"id":"s"},"sageMaker":{"name":"j"}})");
    const auto runs = job_of("2", R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","owner":"edge","model":{"id":"s"}})");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return world_.instances().cancel(unit, world_.ann, id, "wrong model"); }));
    pass();
    EXPECT_FALSE(asks(beyond)) << "nobody here stops jobs in SageMaker";
    EXPECT_TRUE(asks(runs));
    EXPECT_EQ(world_.rows("job_messages"), 1);
}

TEST_F(BridgeTest, TheEndOfAJobAndADeletedSnapshotAreTold) {
    world_.deploy(waiting_for("job", "sagemaker.transform.finished"));
    world_.deploy(waiting_for("snapshot", "snapshot.deleted"));
    const auto job = insert(registry::jobs_table(), R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","model":{"id":"s"},"sageMaker":{"name":"j"}})");
    const auto snapshot = insert(registry::deployable_models_table(), kSnapshot);
    const auto one = world_.start("job", {{"KEY", job.id}});
    const auto two = world_.start("snapshot", {{"KEY", snapshot.id}});
    pass();
    EXPECT_EQ(world_.state(one), "active");
    update(registry::jobs_table(), job, R"({"jobStatus":"COMPLETE"})");
    ASSERT_TRUE(world_.change([&](store::Unit& unit) { return store::remove(unit, registry::deployable_models_table(), snapshot); }));
    pass();
    EXPECT_EQ(world_.state(one), "completed");
    const auto variables = world_.variables(one);
    EXPECT_EQ(json::text_of(*json::object_of(variables, "JOB"), "jobStatus"), "COMPLETE");
    EXPECT_EQ(world_.state(two), "completed");
}

TEST_F(BridgeTest, AVerdictIsToldThoughTheEndpointIsBeingRemovedAlready) {
    world_.deploy(waiting_for("deploy", "sagemaker.deployment.finished"));
    const auto deployed = insert(registry::deployed_models_table(), R"({"state":"DEPLOYED","deployableModel":{"id":"s"}})");
    const auto waits = world_.start("deploy", {{"KEY", deployed.id}});
    const auto begin = [&](store::Unit& unit, sagemaker::DeployKind kind) -> Result<sagemaker::DeployRun> {
        SW_TRY(const auto operation, registry_.operations().start(unit, {.group = "risk", .kind = registry::OperationKind::DEPLOY}, {}));
        sagemaker::DeployRun run{.operation_id = operation.id, .deployed_model_id = deployed.id, .deployable_model_id = "s", .group = "risk", .detail = {}};
        run.detail.kind = kind;
        run.detail.endpoint_name = "prod";
        run.enter(sagemaker::DeployState::PLANNED, unit.now);
        SW_CHECK(sagemaker::insert_run(unit, run));
        return run;
    };
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_TRY(auto run, begin(unit, sagemaker::DeployKind::DEPLOY));
        run.enter(sagemaker::DeployState::DEPLOYED, unit.now);
        SW_CHECK(sagemaker::save_run(unit, run));
        SW_TRY(auto operation, registry_.operations().get(unit.sql, world_.service, run.operation_id));
        operation.state = registry::OperationState::COMPLETE;
        SW_CHECK(registry_.operations().save(unit, operation, true));
        SW_CHECK(begin(unit, sagemaker::DeployKind::UNDEPLOY));
        return {};
    }));
    pass();
    EXPECT_EQ(world_.state(waits), "completed");
    EXPECT_EQ(json::text_of(*json::object_of(world_.variables(waits), "DEPLOYMENT"), "verdict"), "DEPLOYED");
}

TEST_F(BridgeTest, NothingIsAskedAboutAConfigurationThatIsGone) {
    world_.deploy(waiting_for(std::string{kDeployModel}, "snapshot.deleted"));
    const auto snapshot = insert(registry::deployable_models_table(), kSnapshot);
    const auto ticket = insert(registry::notifications_table(),
                               fmt::format(R"({{"notificationType":"{}","open":true,"deployableModelId":"{}"}})", registry::kApproval, snapshot.id));
    const auto waits = world_.start(std::string{kDeployModel}, {{"KEY", snapshot.id}}, snapshot.id);
    const auto changed = update(registry::deployable_models_table(), snapshot, R"({"sageMaker":{"arn":"arn:config"}})");
    pass();
    EXPECT_EQ(world_.state(waits), "active");
    update(registry::deployable_models_table(), changed, R"({"sageMaker":{"gone":true}})");
    pass();
    EXPECT_EQ(world_.state(waits), "completed");
    const auto& table = registry::notifications_table();
    const auto told = world_.read<store::Entity>([&](store::Session& sql) { return store::require(sql, table, ticket.id, store::Scope::all()); });
    EXPECT_EQ(told.document.at("decision").at("decision"), "CANCELLED");
    EXPECT_EQ(told.document.at("decision").at("comment"), "The endpoint configuration of the snapshot was deleted in AWS.");
}

TEST_F(BridgeTest, AJobsStatusIsThrownOnceForEachChange) {
    world_.deploy(started_by("p", "job.status.changed"));
    const auto job = insert(registry::jobs_table(), R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"CREATED","model":{"id":"s"}})");
    pass();
    const auto running = update(registry::jobs_table(), job, R"({"jobStatus":"RUNNING"})");
    pass();
    const auto half = update(registry::jobs_table(), running, R"({"jobResult":"half"})");
    pass();
    EXPECT_EQ(of("p").size(), 2U);
    const auto back = update(registry::jobs_table(), half, R"({"jobStatus":"CREATED"})");
    pass();
    EXPECT_EQ(of("p").size(), 3U) << "it was given back";
    update(registry::jobs_table(), back, R"({"jobStatus":"RUNNING"})");
    pass();
    EXPECT_EQ(of("p").size(), 4U) << "and runs a second time";
}

}  // namespace
}  // namespace slipway::automation
