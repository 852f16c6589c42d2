#include "domain/runtime.hpp"
#include "fakes/edge.hpp"
#include "fakes/registry_service.hpp"
#include "registry/tables.hpp"

/// Runtimes and deployments, through the routes.
namespace slipway::http {
namespace {

using fakes::job_of;
using fakes::RegistryService;

TEST(RuntimeRoutes, ANameIsEnrolledOnce) {
    RegistryService service;
    const auto id = service.runtime("spark-1");
    EXPECT_EQ(id, domain::enrolment_id("risk", "SPARK_RUNTIME", "spark-1"));
    EXPECT_EQ(service.post("runtimes", R"({"name":"spark-1","engineType":"SPARK_RUNTIME"})").status(), 409);
    EXPECT_NE(service.runtime("spark-1", "MODEL_OP_ENGINE"), id);
    EXPECT_EQ(service.send(RegistryService::kEve, "POST", "runtimes", R"({"name":"spark-1","engineType":"SPARK_RUNTIME"})").status(), 201);
    EXPECT_EQ(service.get("engines/" + id).at("/name"), "spark-1");
    EXPECT_EQ(service.post("runtimes", R"({"engineType":"SPARK_RUNTIME"})").pointer(), "/name");
    EXPECT_EQ(service.post("runtimes", R"({"name":"n"})").pointer(), "/engineType");
    EXPECT_EQ(service.post("runtimes", R"({"name":"n","engineType":"SAGEMAKER_RUNTIME"})").code(), "NOT_AVAILABLE");
}

TEST(RuntimeRoutes, IdentityStaysTheRestMayChange) {
    RegistryService service;
    const auto path = "runtimes/" + service.runtime("spark-1");
    EXPECT_EQ(service.patch(path, R"({"name":"spark-2"})").pointer(), "/name");
    EXPECT_EQ(service.patch(path, R"({"engineType":"X"})").pointer(), "/engineType");
    EXPECT_EQ(service.send("ann:risk,fraud", "PATCH", path, R"({"group":"fraud"})").pointer(), "/group");
    EXPECT_EQ(service.patch(path, R"({"state":"NOPE"})").pointer(), "/state");
    const auto changed = service.patch(path, R"({"tags":["gpu"],"state":"OFFLINE"})");
    EXPECT_EQ(changed.at("/tags/0"), "gpu");
    EXPECT_EQ(changed.at("/state"), "OFFLINE");
    const auto endpoint = "runtimes/" + service.endpoint().id;
    EXPECT_EQ(service.patch(endpoint, R"({"state":"OFFLINE"})").pointer(), "/state");
    EXPECT_EQ(service.patch(endpoint, R"({"tags":["a"]})").status(), 200);
}

TEST(RuntimeRoutes, WhatTheConfigurationSaysIsChangedThereAlone) {
    RegistryService service;
    fakes::Edge edge{service};
    edge.enrol(R"(,"sparkConf":{"--queue":"models","spark.x.secret.key":"hush"},"executorMemory":"512m")");
    const auto path = "runtimes/" + edge.id();
    for (const auto* body :
         {R"({"executorMemory":"4g"})", R"({"executorMemory":null})", R"({"sparkConf":{"--queue":"other"}})", R"({"inputEndpoints":["a"]})"}) {
        const auto refused = service.patch(path, body);
        EXPECT_EQ(refused.status(), 409) << body << refused.response.body;
        EXPECT_EQ(refused.code(), "CONFIGURED_AT_THE_RUNTIME") << body;
        EXPECT_TRUE(refused.at("/detail").contains("spark-runtime.executorMemory")) << refused.response.body;
    }
    EXPECT_EQ(service.get(path).at("/executorMemory"), "512m");
    EXPECT_EQ(service.patch(path, R"({"executorMemory":"512m","sparkConf":{"--queue":"models"},"tags":["gpu"]})").status(), 200);
    const auto made = "runtimes/" + service.runtime("by-hand");
    EXPECT_EQ(service.patch(made, R"({"executorMemory":"4g"})").status(), 200) << "nobody has enrolled it";
}

TEST(RuntimeRoutes, ARemovedRuntimeStaysListedAndEnrolsAgain) {
    RegistryService service;
    const auto id = service.runtime("spark-1");
    EXPECT_EQ(service.remove("runtimes/" + id, {{"if-match", "\"7\""}}).status(), 412);
    EXPECT_EQ(service.remove("runtimes/" + id).status(), 204);
    EXPECT_EQ(service.get("runtimes/" + id).at("/state"), "REMOVED");
    const auto waiting = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})"));
    EXPECT_EQ(waiting.at("/targetEngine/id"), "absent") << "a removed runtime takes no jobs";
    EXPECT_EQ(service.runtime("spark-1"), id);
    EXPECT_EQ(service.get("runtimes/" + id).at("/state"), "ONLINE");
    EXPECT_EQ(service.get("jobs/" + waiting.id()).at("/targetEngine/id"), id);
    const auto endpoint = service.endpoint();
    EXPECT_EQ(service.remove("runtimes/" + endpoint.id).status(), 204);
    EXPECT_EQ(service.get("runtimes/" + endpoint.id).status(), 404);
}

TEST(RuntimeRoutes, WhatIsInUseIsNotRemoved) {
    RegistryService service;
    const auto id = service.runtime("spark-1");
    const auto job = service.write(registry::jobs_table(), "risk",
                                   R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","model":{},"targetEngine":{"id":")" + id + R"("}})");
    EXPECT_EQ(service.remove("runtimes/" + id).code(), "HAS_JOBS");
    const auto other = service.runtime("spark-2");
    const auto snapshot = service.snapshot(service.model());
    const auto made = service.post("deployedModels", R"({"deployableModel":{"id":")" + snapshot + R"("},"engine":{"id":")" + other + R"("}})");
    ASSERT_EQ(made.status(), 201);
    EXPECT_EQ(service.remove("runtimes/" + other).code(), "HAS_DEPLOYMENTS");
    EXPECT_EQ(service.patch("deployedModels/" + made.id(), R"({"deployedModelState":"FAILED"})").pointer(), "/deployedModelState");
    EXPECT_EQ(service.patch("deployedModels/" + made.id(), R"({"state":"FAILED"})").status(), 200);
    EXPECT_EQ(service.remove("runtimes/" + other).status(), 204);
}

class DeploymentRoutes : public testing::Test {
protected:
    std::string post() {
        const auto made = service_.post("deployedModels", R"({"deployableModel":{"id":")" + snapshot_ + R"("},"engine":{"id":")" + runtime_ + R"("},"x":1})");
        EXPECT_EQ(made.status(), 201) << made.response.body;
        return made.id();
    }
    RegistryService service_;
    std::string model_ = service_.model("churn");
    std::string snapshot_ = service_.snapshot(model_);
    std::string runtime_ = service_.runtime("spark-1");
};

TEST_F(DeploymentRoutes, ReferencesAreFilledFromWhatTheyName) {
    const auto made = service_.get("deployedModels/" + post());
    EXPECT_EQ(made.at("/state"), "DEPLOYING");
    EXPECT_EQ(made.at("/x"), "1");
    EXPECT_EQ(made.at("/deployableModel/metaData/name"), "churn-20261125_1900");
    EXPECT_EQ(made.at("/deployableModel/storedModel"), R"({"id":")" + model_ + R"(","modelMetaData":{"name":"churn"}})");
    EXPECT_EQ(made.at("/engine"), R"({"id":")" + runtime_ + R"(","name":"spark-1","engineType":"SPARK_RUNTIME"})");
    for (const auto* finder : {"findAllByStoredModelId?storedModelId=", "findAllByDeployableModelId?deployableModelId="}) {
        const auto id = std::string_view{finder}.contains("Stored") ? model_ : snapshot_;
        EXPECT_EQ(service_.get(std::string{"deployedModels/search/"} + finder + id).at("/_embedded/deployedModels/0/id"), made.id());
    }
    EXPECT_EQ(service_.post("deployedModels", "{}").pointer(), "/deployableModel/id");
    EXPECT_EQ(service_.post("deployedModels", R"({"deployableModel":{"id":"none"},"engine":{"id":"none"}})").pointer(), "/deployableModel/id");
    EXPECT_EQ(service_.post("deployedModels", R"({"deployableModel":{"id":")" + snapshot_ + R"("},"engine":{"id":"none"}})").pointer(), "/engine/id");
    const auto endpoint = service_.endpoint();
    EXPECT_EQ(service_.post("deployedModels", R"({"deployableModel":{"id":")" + snapshot_ + R"("},"engine":{"id":")" + endpoint.id + R"("}})").code(),
              "NOT_AVAILABLE");
}

TEST_F(DeploymentRoutes, StatesFollowTheirMachineAndGuardRemoval) {
    const auto path = "deployedModels/" + post();
    EXPECT_EQ(service_.patch(path, R"({"engine":{"id":"x"}})").pointer(), "/engine");
    EXPECT_EQ(service_.patch(path, R"({"undeployTime":"2026-01-01T00:00:00.000Z"})").pointer(), "/undeployTime");
    EXPECT_EQ(service_.patch(path, R"({"state":"UNDEPLOYING"})").code(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(service_.patch(path, R"({"deployTime":"2026-01-01T00:00:00.000Z"})").pointer(), "/deployTime");
    EXPECT_EQ(service_.remove(path).code(), "STILL_DEPLOYED");
    const auto held = service_.remove("storedModels/" + model_);
    EXPECT_EQ(held.code(), "HAS_DEPLOYMENTS");
    EXPECT_TRUE(held.at("/detail").starts_with("The model is deployed. End its deployment on ") && !held.at("/detail").contains("undeploy"))
        << held.at("/detail");
    EXPECT_EQ(service_.patch(path, R"({"state":"DEPLOYED"})").at("/deployTime"), "2026-11-25T19:00:04.123Z");
    EXPECT_EQ(service_.remove("storedModels/" + model_).status(), 409);
    EXPECT_EQ(service_.remove("deployableModels/" + snapshot_).code(), "HAS_DEPLOYMENTS");
    EXPECT_EQ(service_.patch(path, R"({"state":"DEPLOYING"})").status(), 409);
    EXPECT_EQ(service_.patch(path, R"({"state":"UNDEPLOYING"})").status(), 200);
    EXPECT_EQ(service_.remove("deployableModels/" + snapshot_).status(), 409);
    const auto gone = service_.patch(path, R"({"state":"UNDEPLOYED"})");
    EXPECT_EQ(gone.at("/undeployTime"), "2026-11-25T19:00:04.123Z");
    EXPECT_EQ(service_.patch(path, R"({"state":"DEPLOYED"})").code(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(service_.remove("deployableModels/" + snapshot_).status(), 204);
    EXPECT_EQ(service_.remove("storedModels/" + model_).status(), 204);
    EXPECT_EQ(service_.remove(path).status(), 204);
}

TEST_F(DeploymentRoutes, OnSageMakerTheStateFollowsAws) {
    const auto imported =
        service_.write(registry::deployed_models_table(), "risk",
                       R"({"deployableModel":{"id":"s"},"engine":{"id":"e","name":"n","engineType":"SAGEMAKER_RUNTIME"},"state":"DEPLOYED"})");
    EXPECT_EQ(service_.patch("deployedModels/" + imported.id, R"({"state":"UNDEPLOYED"})").code(), "NOT_AVAILABLE");
    EXPECT_EQ(service_.patch("deployedModels/" + imported.id, R"({"description":"n"})").status(), 200);
}

}  // namespace
}  // namespace slipway::http
