#include "base/crypto.hpp"
#include "domain/runtime.hpp"
#include "fakes/edge.hpp"
#include "fakes/registry_service.hpp"
#include "registry/job_messages.hpp"
#include "registry/tables.hpp"

/// Jobs, through the routes.
namespace slipway::http {
namespace {

using fakes::job_of;
using fakes::RegistryService;

store::Entity stored_job(RegistryService& service, const std::string& status, const std::string& more = {}) {
    return service.write(registry::jobs_table(), "risk",
                         R"({"jobType":"MODEL_BATCH_JOB","jobStatus":")" + status +
                             R"(","model":{"storedModel":{}},"targetEngine":{"engineType":"SPARK_RUNTIME"})" + more + "}");
}

TEST(JobRoutes, AnEmbeddedModelIsStoredAsPosted) {
    RegistryService service;
    const auto made = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME","sparkConf":{"--master":"yarn"}})",
                                                  R"(,"jobParameters":{"--num-executors":2,"-v":""},"rawJson":"r","jobStatus":"COMPLETE","owner":"me",
        "jobMessages":["forged"],"jobRunTime":5,"cancelRequested":{"at":"2026-01-01T00:00:00.000Z","by":"x"},"sparkApplication":{"id":"app"},"attempts":[1])"));
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/model/id"), "feed");
    EXPECT_EQ(made.at("/model/storedModel/id"), "beef");
    EXPECT_EQ(made.at("/model/storedModel/modelAssets/0/sourceCode"), "pass");
    EXPECT_EQ(made.at("/rawJson"), "r");
    EXPECT_EQ(made.at("/jobParameters"), R"({"--num-executors":2,"-v":""})");
    EXPECT_EQ(made.at("/targetEngine/sparkConf/--master"), "yarn");
    EXPECT_EQ(made.at("/jobStatus"), "CREATED");
    EXPECT_EQ(made.at("/jobMessages"), "[]");
    for (const auto* member : {"/owner", "/jobRunTime", "/cancelRequested", "/sparkApplication", "/attempts"}) {
        EXPECT_EQ(made.at(member), "absent") << member;
    }
    EXPECT_EQ(made.header("Location"), "http://models.example.com/model-manage/api/modelBatchJob/" + made.id());
    EXPECT_EQ(service.get("jobs/" + made.id()).response.body, made.response.body);
}

TEST(JobRoutes, TypedLinksLeadBack) {
    RegistryService service;
    for (const auto& [type, segment] : std::vector<std::pair<std::string, std::string>>{
             {"MODEL_BATCH_JOB", "modelBatchJob"}, {"MODEL_BATCH_TEST_JOB", "modelBatchTestJob"}, {"MODEL_BATCH_TRAINING_JOB", "modelBatchTrainingJob"}}) {
        const auto made =
            service.post("jobs", R"({"jobType":")" + type + R"(","targetEngine":{"engineType":"SPARK_RUNTIME"},)" + std::string{fakes::kTitanic} + "}");
        ASSERT_EQ(made.status(), 201);
        EXPECT_EQ(made.at("/_links/self/href"), "http://models.example.com/model-manage/api/" + segment + "/" + made.id());
        EXPECT_EQ(service.get(segment + "/" + made.id()).id(), made.id());
    }
}

TEST(JobRoutes, AnIdAloneEmbedsTheSnapshotWithItsContent) {
    RegistryService service;
    const std::string large(100000, 'l');
    const auto model = service.model("m", R"(,"modelAssets":[{"assetType":"FILE","assetId":"f","name":"f","fileContent":")" + crypto::base64(large) + R"("}])");
    const auto snapshot = service.snapshot(model);
    const auto made =
        service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":{"id":")" + snapshot + R"("}})");
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/model/metaData/name"), "m-20261125_1900");
    EXPECT_EQ(made.at("/model/storedModel/id"), model);
    const auto url = made.at("/model/storedModel/modelAssets/0/contentUrl");
    ASSERT_TRUE(url.contains("/jobs/" + made.id())) << url;
    EXPECT_EQ(service.get(url.substr(url.find("/model-manage"))).response.body, large);
    const auto whole = service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":)" +
                                                service.get("deployableModels/" + snapshot).response.body + "}");
    EXPECT_EQ(whole.status(), 201) << "a snapshot posted as it was read: " << whole.response.body;
    EXPECT_EQ(service.get("jobs/search/findAllByStoredModelId?storedModelId=" + model).at("/page/totalElements"), "2");
    EXPECT_EQ(service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":{"id":"none"}})").pointer(),
              "/model/id");
    EXPECT_EQ(service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"}})").pointer(), "/model");
}

TEST(JobRoutes, WrongBodiesAreNamedByPointer) {
    RegistryService service;
    for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
             {job_of(R"("spark")"), "/targetEngine"},
             {job_of(R"({"name":"nobody"})"), "/targetEngine/name"},
             {job_of(R"({"id":"nobody"})"), "/targetEngine"},
             {job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"inputData":[{"assetType":"EXTERNAL_FILE"}])"), "/inputData/0/fileUrl"},
             {job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"outputData":[{"assetType":"EXTERNAL_FILE","fileUrl":"data:text/html,x"}])"),
              "/outputData/0/fileUrl"},
             {job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"jobParameters":[])"), "/jobParameters"},
             {R"({"targetEngine":{"engineType":"SPARK_RUNTIME"},)" + std::string{fakes::kTitanic} + "}", "/jobType"},
             {R"({"jobType":"NOPE","targetEngine":{"engineType":"SPARK_RUNTIME"},)" + std::string{fakes::kTitanic} + "}", "/jobType"},
         }) {
        const auto refused = service.post("jobs", body);
        EXPECT_EQ(refused.status(), 400) << body;
        EXPECT_EQ(refused.pointer(), pointer) << refused.response.body;
    }
    const auto twice = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"jobParameters":{"--conf":"a=1","--conf":"b=2"})"));
    EXPECT_EQ(twice.status(), 400);
    EXPECT_EQ(twice.code(), "DUPLICATE_MEMBER");
    EXPECT_EQ(service.get("jobs").at("/page/totalElements"), "0");
}

TEST(JobRoutes, AModelOfPySparkGoesToSparkWithoutSayingSo) {
    RegistryService service;
    for (const auto& body : {job_of(R"({})"), job_of("", "")}) {
        const auto made = service.post("jobs", body);
        EXPECT_EQ(made.status(), 201) << made.response.body;
        EXPECT_EQ(made.at("/targetEngine/engineType"), "SPARK_RUNTIME");
    }
}

TEST(JobRoutes, TheEngineIsSelectedByIdNameOrType) {
    RegistryService service;
    const auto one = service.runtime("spark-1");
    EXPECT_EQ(service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})")).at("/targetEngine/id"), one);
    const auto two = service.runtime("spark-2");
    EXPECT_EQ(service.post("jobs", job_of(R"({"id":")" + two + R"("})")).at("/targetEngine/name"), "spark-2");
    EXPECT_EQ(service.post("jobs", job_of(R"({"name":"spark-1"})")).at("/targetEngine/id"), one);
    EXPECT_EQ(service.post("jobs", job_of(R"({"id":"stale","name":"spark-2","engineType":"SPARK_RUNTIME"})")).at("/targetEngine/id"), two);
    EXPECT_EQ(service.post("jobs", job_of(R"({"id":"stale","engineType":"SPARK_RUNTIME"})")).pointer(), "/targetEngine/id")
        << "nobody named the runtime that the type would choose";
    const auto several = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})"));
    EXPECT_EQ(several.status(), 400);
    EXPECT_TRUE(several.at("/errors/0/expected").contains("spark-1") && several.at("/errors/0/expected").contains(two)) << several.response.body;
    const auto early = service.post("jobs", job_of(R"({"name":"later","engineType":"SPARK_RUNTIME"})"));
    EXPECT_EQ(early.status(), 201);
    EXPECT_EQ(early.at("/targetEngine/id"), domain::enrolment_id("risk", "SPARK_RUNTIME", "later"));
    EXPECT_EQ(service.runtime("later"), early.at("/targetEngine/id"));
    EXPECT_EQ(service.send(RegistryService::kEve, "POST", "jobs", job_of(R"({"id":")" + one + R"("})")).status(), 400)
        << "a runtime of another group is not seen";
}

TEST(JobRoutes, ARemovedRuntimeTakesNoJobs) {
    RegistryService service;
    const auto gone = service.runtime("spark-1");
    ASSERT_EQ(service.send("admin", "DELETE", "runtimes/" + gone).status(), 204);
    const auto refused = service.post("jobs", job_of(R"({"id":")" + gone + R"("})"));
    EXPECT_EQ(refused.code(), "RUNTIME_REMOVED") << refused.response.body;
    EXPECT_TRUE(refused.at("/detail").contains("spark-1"));
}

TEST(JobRoutes, TheTypeMayComeFromTheModel) {
    RegistryService service;
    const auto made = service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","model":{"storedModel":{},"targetRuntimes":[{"engineType":"SPARK_RUNTIME"}]}})");
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(made.at("/targetEngine/engineType"), "SPARK_RUNTIME");
}

/// Somebody chose it when the snapshot was made. What the job itself names counts more.
TEST(JobRoutes, TheTargetRuntimeOfTheSnapshotCountsWhereTheJobNamesNone) {
    RegistryService service;
    const auto one = service.runtime("spark-1");
    const auto two = service.runtime("spark-2");
    const auto model = [&](const std::string& selector) {
        return R"({"jobType":"MODEL_BATCH_JOB","model":{"storedModel":{"modelMetaData":{"type":"PYSPARK"}},"targetRuntimes":[)" + selector + "]}";
    };
    const auto chosen = model(R"({"id":")" + two + R"(","engineType":"SPARK_RUNTIME","name":"spark-2"})");
    EXPECT_EQ(service.post("jobs", chosen + "}").at("/targetEngine/id"), two);
    EXPECT_EQ(service.post("jobs", chosen + R"(,"targetEngine":{"engineType":"SPARK_RUNTIME"}})").at("/targetEngine/id"), two);
    EXPECT_EQ(service.post("jobs", model(R"({"name":"spark-1"})") + "}").at("/targetEngine/id"), one);
    EXPECT_EQ(service.post("jobs", chosen + R"(,"targetEngine":{"name":"spark-1"}})").at("/targetEngine/id"), one);
    EXPECT_EQ(service.post("jobs", model(R"({"id":"stale","engineType":"SPARK_RUNTIME","name":"nobody"})") + "}").status(), 400)
        << "one that is no more chooses nothing";
    ASSERT_EQ(service.send("admin", "DELETE", "runtimes/" + two).status(), 204);
    EXPECT_EQ(service.post("jobs", chosen + "}").at("/targetEngine/id"), one) << "it stopped for a moment, or for good";
}

TEST(JobRoutes, WaitingJobsAreBoundToTheFirstRuntimeThatEnrols) {
    RegistryService service;
    const auto waiting = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME","sparkConf":{"a":"b"}})"));
    EXPECT_EQ(waiting.at("/targetEngine/id"), "absent");
    const auto foreign = service.send(RegistryService::kEve, "POST", "jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})"));
    const auto cancelled = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})"));
    EXPECT_EQ(service.post("jobs/" + cancelled.id() + "/cancel", "").status(), 200);
    service.runtime("container", "MODEL_OP_ENGINE");
    EXPECT_EQ(service.get("jobs/" + waiting.id()).at("/targetEngine/id"), "absent");
    const auto runtime = service.runtime("spark-1");
    const auto bound = service.get("jobs/" + waiting.id());
    EXPECT_EQ(bound.at("/targetEngine/id"), runtime);
    EXPECT_EQ(bound.at("/targetEngine/name"), "spark-1");
    EXPECT_EQ(bound.at("/targetEngine/sparkConf/a"), "b");
    EXPECT_EQ(service.get("jobs/" + cancelled.id()).at("/targetEngine/id"), "absent");
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "jobs/" + foreign.id()).at("/targetEngine/id"), "absent");
}

TEST(JobRoutes, SageMakerJobsAreRefusedHoweverTheyAreNamed) {
    RegistryService service;
    const auto endpoint = service.endpoint();
    for (const auto& target : {std::string{R"({"engineType":"SAGEMAKER_RUNTIME"})"}, R"({"id":")" + endpoint.id + R"("})",
                               std::string{R"({"name":"churn-prod"})"}, std::string{R"({"name":"churn-prod","engineType":"SAGEMAKER_RUNTIME"})"}}) {
        const auto refused = service.post("jobs", job_of(target));
        EXPECT_EQ(refused.status(), 409) << target << refused.response.body;
        EXPECT_EQ(refused.code(), "NOT_AVAILABLE");
    }
    EXPECT_EQ(service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","model":{"storedModel":{"modelMetaData":{"type":"SAGEMAKER"}}}})").code(), "NOT_AVAILABLE");
    EXPECT_EQ(service.get("jobs").at("/page/totalElements"), "0");
}

TEST(JobRoutes, AJobStaysAsItWasMade) {
    RegistryService service;
    const std::string large(100000, 'l');
    const auto made = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})",
                                                  R"(,"additionalAssets":[{"assetType":"FILE","name":"f","fileContent":")" + crypto::base64(large) + R"("}])"));
    ASSERT_EQ(made.status(), 201) << made.response.body;
    const auto path = "jobs/" + made.id();
    for (const auto* body :
         {R"({"jobType":"MODEL_BATCH_TEST_JOB"})", R"({"model":{"id":"other"}})", R"({"targetEngine":{"name":"x"}})",
          R"({"inputData":[{"assetType":"EXTERNAL_FILE","fileUrl":"s3://b/k"}]})", R"({"jobParameters":{"a":"b"}})", R"({"additionalAssets":[]})",
          R"({"jobResult":"fine"})", R"({"sparkApplication":{"id":"a"}})", R"({"attempts":[]})", R"({"jobEndTime":1})"}) {
        const auto refused = service.patch(path, body);
        EXPECT_EQ(refused.status(), 422) << body << refused.response.body;
        EXPECT_EQ(refused.code(), "IMMUTABLE");
    }
    // An owner is a claim, which only an enrolled runtime of that engine may make.
    const auto claimed = service.patch(path, R"({"owner":"me"})");
    EXPECT_EQ(claimed.status(), 409) << claimed.response.body;
    EXPECT_EQ(claimed.code(), "NOT_YOUR_ENGINE");
    EXPECT_EQ(service.get(path).at("/owner"), "absent");
    const auto noted = service.patch(path, R"({"note":"n","jobMessages":["forged"]})");
    EXPECT_EQ(noted.at("/note"), "n");
    EXPECT_EQ(noted.at("/jobMessages"), "[]");
    const auto again = service.patch(path, service.get(path).response.body);
    EXPECT_EQ(again.status(), 200) << again.response.body;
    EXPECT_EQ(again.at("/version"), "2");
}

TEST(JobRoutes, AStatusNeverGoesBackAndForwardIsTheWordOfItsOwner) {
    RegistryService service;
    for (const auto& [from, to, status, code] : std::vector<std::tuple<std::string, std::string, int, std::string>>{
             {"RUNNING", "WAITING", 409, "ILLEGAL_TRANSITION"},
             {"RUNNING", "CREATED", 409, "ILLEGAL_TRANSITION"},
             {"COMPLETE", "RUNNING", 409, "ILLEGAL_TRANSITION"},
             {"CANCELLED", "ERROR", 409, "ILLEGAL_TRANSITION"},
             {"COMPLETE", "CANCELLED", 409, "ALREADY_ENDED"},
             {"CREATED", "RUNNING", 403, "NOT_THE_OWNER"},
             {"RUNNING", "COMPLETE", 403, "NOT_THE_OWNER"},
         }) {
        const auto job = stored_job(service, from);
        const auto refused = service.patch("jobs/" + job.id, R"({"jobStatus":")" + to + R"("})");
        EXPECT_EQ(refused.status(), status) << from << to;
        EXPECT_EQ(refused.code(), code);
        EXPECT_EQ(service.get("jobs/" + job.id).at("/jobStatus"), from);
    }
    EXPECT_EQ(service.patch("jobs/" + stored_job(service, "CREATED").id, R"({"jobStatus":"DONE"})").status(), 400);
}

TEST(JobRoutes, AJobThatAPersonSawInAnotherVersionIsNotCancelled) {
    RegistryService service;
    const auto job = stored_job(service, "CREATED");
    const auto cancel = [&](const std::string& version) { return service.post("jobs/" + job.id + "/cancel", "", {{"if-match", version}}); };
    EXPECT_EQ(cancel("\"999\"").status(), 412);
    EXPECT_EQ(cancel("nonsense").status(), 400);
    EXPECT_EQ(service.get("jobs/" + job.id).at("/jobStatus"), "CREATED");
    EXPECT_EQ(cancel("\"" + service.get("jobs/" + job.id).at("/version") + "\"").at("/jobStatus"), "CANCELLED");
}

TEST(JobRoutes, ACreatedJobIsCancelledAtOnceAClaimedOneIsAsked) {
    RegistryService service;
    for (const bool by_patch : {false, true}) {
        const auto cancel = [&](const std::string& id) {
            return by_patch ? service.patch("jobs/" + id, R"({"jobStatus":"CANCELLED"})") : service.post("jobs/" + id + "/cancel", "");
        };
        const auto fresh = stored_job(service, "CREATED");
        const auto done = cancel(fresh.id);
        ASSERT_EQ(done.status(), 200) << done.response.body;
        EXPECT_EQ(done.at("/jobStatus"), "CANCELLED");
        EXPECT_EQ(done.at("/cancelRequested/by"), "ann");
        EXPECT_EQ(done.at("/jobEndTime"), "1795633204123");
        const auto claimed = stored_job(service, "CREATED", R"(,"owner":"edge-1")");
        EXPECT_EQ(cancel(claimed.id).at("/jobStatus"), "CREATED");
        const auto running = stored_job(service, "RUNNING", R"(,"owner":"edge-1")");
        const auto asked = cancel(running.id);
        EXPECT_EQ(asked.at("/jobStatus"), "RUNNING");
        EXPECT_EQ(asked.at("/cancelRequested/at"), "2026-11-25T19:00:04.123Z");
        const auto twice = cancel(running.id);
        EXPECT_EQ(twice.status(), 200);
        EXPECT_EQ(twice.at("/version"), asked.at("/version"));
        const auto ended = cancel(stored_job(service, "ERROR").id);
        EXPECT_EQ(ended.status(), 409);
        EXPECT_EQ(ended.code(), "ALREADY_ENDED");
        EXPECT_EQ(cancel(stored_job(service, "RUNNING", R"(,"sageMaker":{"kind":"TRANSFORM_JOB","name":"t","region":"eu-west-1","tags":{}})").id).code(),
                  "NOT_AVAILABLE");
    }
    const auto job = stored_job(service, "CREATED");
    EXPECT_EQ(service.send(RegistryService::kEve, "POST", "jobs/" + job.id + "/cancel").status(), 404);
}

TEST(JobRoutes, CancellingNeedsExecute) {
    identity::AccessPolicy policy;
    policy.by_collection["jobs"]["risk"] = {.read = true, .write = true, .execute = false};
    policy.owner_default.execute = false;
    RegistryService service{policy};
    const auto job = stored_job(service, "CREATED");
    EXPECT_EQ(service.post("jobs/" + job.id + "/cancel", "").status(), 403);
    EXPECT_EQ(service.get("jobs/" + job.id).at("/jobStatus"), "CREATED");
}

TEST(JobRoutes, AJobOfASnapshotNeedsExecuteOnIt) {
    identity::AccessPolicy policy;
    policy.by_collection["deployableModels"]["risk"] = {.read = true, .write = true, .execute = false};
    policy.owner_default.execute = false;
    RegistryService service{policy};
    const auto snapshot = service.snapshot(service.model());
    const auto refused =
        service.post("jobs", R"({"jobType":"MODEL_BATCH_JOB","targetEngine":{"engineType":"SPARK_RUNTIME"},"model":{"id":")" + snapshot + R"("}})");
    EXPECT_EQ(refused.status(), 403);
    EXPECT_TRUE(refused.at("/detail").contains("EXECUTE"));
}

TEST(JobRoutes, WhatRunsIsNotRemoved) {
    RegistryService service;
    for (const auto* status : {"WAITING", "RUNNING"}) {
        EXPECT_EQ(service.remove("jobs/" + stored_job(service, status).id).code(), "STILL_RUNNING");
    }
    const auto done = stored_job(service, "COMPLETE");
    EXPECT_TRUE(service.store_->write(
        {}, [&](store::Unit& unit) { return registry::append_job_messages(unit, done.id, std::vector<std::string>{"batch job received", "ended"}); }));
    EXPECT_EQ(service.get("jobs/" + done.id).at("/jobMessages"), R"(["2026/11/25 19:00:04 batch job received","2026/11/25 19:00:04 ended"])");
    EXPECT_EQ(service.get("jobs?filter=status:COMPLETE").at("/_embedded/jobs/0/jobMessages/1"), "2026/11/25 19:00:04 ended");
    EXPECT_EQ(service.remove("jobs/" + done.id).status(), 204);
    EXPECT_FALSE(service.everything().contains("batch job received"));
}

TEST(JobRoutes, AJobThatARuntimeHasIsNotDeleted) {
    RegistryService service;
    fakes::Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    EXPECT_EQ(service.remove("jobs/" + job).code(), "STILL_RUNNING") << "it may be preparing it";
    EXPECT_EQ(edge.attempt(job, 1).status(), 201);
    const auto refused = service.remove("jobs/" + job);
    EXPECT_EQ(refused.status(), 409) << refused.response.body;
    EXPECT_TRUE(refused.response.body.contains("cancel it")) << refused.response.body;
    service.post("jobs/" + job + "/cancel", "");
    EXPECT_EQ(service.remove("jobs/" + job).status(), 409) << "until the runtime has confirmed it";
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"CANCELLED"})").status(), 200);
    EXPECT_EQ(service.remove("jobs/" + job).status(), 204);
    EXPECT_EQ(service.remove("jobs/" + edge.job()).status(), 204) << "nobody has it";
}

TEST(JobRoutes, AListShowsTheLastMessagesOfEachJobAndIsBounded) {
    RegistryService service;
    constexpr int kJobs = 30;
    for (int n = 0; n < kJobs; ++n) {
        const auto job = stored_job(service, "COMPLETE");
        ASSERT_TRUE(service.store_->write(
            {}, [&](store::Unit& unit) { return registry::append_job_messages(unit, job.id, std::vector<std::string>(60, std::string(8000, 'x'))); }));
    }
    const auto listed = service.get("jobs?size=100");
    EXPECT_LT(json::write(listed.body).size(), registry::kMostMessageBytesInList + (1U << 20));
    std::size_t most = 0;
    for (int n = 0; n < kJobs; ++n) {
        const auto& lines = listed.body.at("_embedded").at("jobs").at(static_cast<std::size_t>(n)).at("jobMessages").as_array();
        ASSERT_FALSE(lines.empty());
        EXPECT_NE(lines.at(0).as_string().find("earlier lines are not shown"), std::string::npos) << "a job without all of its lines says so";
        most = std::max(most, lines.size());
    }
    EXPECT_EQ(most, registry::kMostMessagesInList + 1);
}

TEST(JobRoutes, OnlyTheNewestMessagesAreShownAndOldOnesPruned) {
    RegistryService service;
    const auto job = stored_job(service, "COMPLETE");
    EXPECT_TRUE(service.store_->write(
        {}, [&](store::Unit& unit) { return registry::append_job_messages(unit, job.id, std::vector<std::string>(registry::kMostMessages + 3, "line")); }));
    const auto shown = service.get("jobs/" + job.id);
    EXPECT_EQ(shown.body.at("jobMessages").as_array().size(), registry::kMostMessages + 1);
    EXPECT_TRUE(shown.at("/jobMessages/0").contains("3 earlier lines"));
    service.store_.clock().advance(std::chrono::hours{1});
    EXPECT_TRUE(service.store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto pruned, registry::prune_job_messages(unit, unit.now));
        EXPECT_EQ(pruned, static_cast<std::int64_t>(registry::kMostMessages) + 3);
        return {};
    }));
    EXPECT_EQ(service.get("jobs/" + job.id).at("/jobMessages"), "[]");
    EXPECT_EQ(shown.at("/version"), "1") << "messages make no version";
}

}  // namespace
}  // namespace slipway::http
