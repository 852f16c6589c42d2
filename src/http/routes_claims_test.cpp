#include "domain/runtime.hpp"
#include "fakes/edge.hpp"
#include "registry/tables.hpp"

/// What edge runtimes and the server say to each other, through the routes: enrolment, heartbeats, claims, attempts, the owner's word.
namespace slipway::http {
namespace {

using fakes::Edge;
using fakes::job_of;
using fakes::RegistryService;

TEST(Enrolment, IsIdempotentAndKeepsWhatPeopleSet) {
    RegistryService service;
    Edge edge{service};
    const auto first =
        edge.enrol(R"(,"sparkConf":{"--master":"yarn","--conf spark.hadoop.fs.s3a.secret.key":"hush"},"executorMemory":"512m","tags":["from-config"])");
    ASSERT_EQ(first.status(), 201) << first.response.body;
    EXPECT_TRUE(first.header("Location").ends_with("/runtimes/" + edge.id()));
    EXPECT_EQ(first.at("/version"), "1");
    EXPECT_EQ(first.at("/instanceId"), "i-1");
    EXPECT_EQ(first.at("/state"), "INIT");
    EXPECT_EQ(first.at("/cluster/manager"), "standalone");
    EXPECT_EQ(first.at("/sparkConf/--conf spark.hadoop.fs.s3a.secret.key"), "***");
    EXPECT_EQ(service.everything().find("hush"), std::string::npos);
    EXPECT_EQ(service.patch("runtimes/" + edge.id(), R"({"tags":["gpu"]})").at("/version"), "2");
    const auto again =
        edge.enrol(R"(,"sparkConf":{"--master":"yarn","--conf spark.hadoop.fs.s3a.secret.key":"hush"},"executorMemory":"512m","tags":["from-config"])");
    EXPECT_EQ(again.status(), 200) << again.response.body;
    EXPECT_EQ(again.at("/version"), "2") << "nothing changed";
    EXPECT_EQ(again.at("/tags/0"), "gpu");
    const auto changed = edge.enrol(R"(,"sparkConf":{"--master":"yarn"})");
    EXPECT_EQ(changed.at("/version"), "3");
    EXPECT_EQ(changed.at("/executorMemory"), "absent") << "the configuration does not say it any more";
    EXPECT_EQ(changed.at("/sparkConf"), R"({"--master":"yarn"})");
}

TEST(Enrolment, SettingsWithKeysAreHiddenByTheSameList) {
    RegistryService service;
    Edge edge{service};
    const auto first = edge.enrol(R"(,"sparkConf":{"spark.app.signing.key":"hush","spark.driver.extraJavaOptions":"-Xss4m -Ddb.password=hush",)"
                                  R"("--conf":"spark.hadoop.fs.azure.sas.box.acct=hush"})");
    ASSERT_EQ(first.status(), 201) << first.response.body;
    EXPECT_EQ(first.at("/sparkConf/--conf"), "spark.hadoop.fs.azure.sas.box.acct=***");
    EXPECT_EQ(service.everything().find("hush"), std::string::npos);
}

TEST(Enrolment, TheIdIsOfGroupTypeAndName) {
    RegistryService service;
    const auto wrong = service.send("edge:risk", "PUT", "runtimes/" + domain::enrolment_id("risk", "SPARK_RUNTIME", "other"),
                                    R"({"name":"spark-1","group":"risk","instanceId":"i-1"})");
    EXPECT_EQ(wrong.status(), 400);
    EXPECT_EQ(wrong.pointer(), "/id");
    EXPECT_TRUE(wrong.at("/errors/0/expected").contains(domain::enrolment_id("risk", "SPARK_RUNTIME", "spark-1"))) << wrong.response.body;
    Edge edge{service};
    EXPECT_EQ(service.send(Edge::kWho, "PUT", "runtimes/" + edge.id(), R"({"name":"spark-1","group":"risk"})").pointer(), "/instanceId");
    EXPECT_EQ(service.send(Edge::kWho, "PUT", "runtimes/" + edge.id(), R"({"name":"spark-1","group":"fraud","instanceId":"i-1"})").status(), 403);
    EXPECT_EQ(service.send("edge:fraud", "PUT", "runtimes/" + edge.id(), R"({"name":"spark-1","group":"risk","instanceId":"i-1"})").status(), 403);
    EXPECT_EQ(
        service.send(Edge::kWho, "PUT", "runtimes/" + edge.id(), R"({"name":"spark-1","group":"risk","instanceId":"i-1","repositoryInfo":{"password":"hush"}})")
            .status(),
        400);
    EXPECT_EQ(service.everything().find("hush"), std::string::npos);
}

TEST(Enrolment, ASecondLiveInstanceDoesNothing) {
    RegistryService service;
    Edge edge{service};
    Edge other{service, "i-2"};
    ASSERT_EQ(edge.enrol().status(), 201);
    const auto refused = other.enrol();
    EXPECT_EQ(refused.status(), 409);
    EXPECT_EQ(refused.code(), "NAME_IN_USE");
    EXPECT_EQ(other.beat("ONLINE").code(), "NAME_IN_USE");
    EXPECT_EQ(service.send("edge-2:risk", "POST", "runtimes/" + edge.id() + "/heartbeat", R"({"instanceId":"i-1"})").code(), "NAME_IN_USE");
    service.store_.clock().advance(std::chrono::seconds{59});
    EXPECT_EQ(other.enrol().code(), "NAME_IN_USE");
    service.store_.clock().advance(std::chrono::seconds{2});
    EXPECT_EQ(other.enrol().status(), 200) << "the first one was silent for too long";
    EXPECT_EQ(edge.beat("ONLINE").code(), "NAME_IN_USE");
    EXPECT_EQ(other.beat("REMOVED", R"(,"reason":"stopped")").at("/state"), "REMOVED");
    EXPECT_EQ(service.get("runtimes/" + edge.id()).at("/stateReason"), "stopped");
    EXPECT_EQ(other.beat("ONLINE").code(), "NOT_ENROLLED");
    EXPECT_EQ(edge.enrol().status(), 200) << "at once";
}

TEST(Enrolment, ALiveInstanceWhoseClusterIsAwayKeepsItsName) {
    RegistryService service;
    Edge edge{service};
    Edge other{service, "i-2"};
    ASSERT_EQ(edge.enrol().status(), 201);
    ASSERT_EQ(edge.beat("OFFLINE").status(), 200);
    EXPECT_EQ(other.enrol().code(), "NAME_IN_USE");
    EXPECT_EQ(edge.beat("ONLINE").at("/state"), "ONLINE");
}

TEST(Claim, OfTwoInstancesWithOneClientOnlyTheOwnerIsHeard) {
    RegistryService service;
    Edge first{service};
    Edge second{service, "i-2"};
    first.enrol();
    const auto job = first.claimed();
    service.store_.clock().advance(std::chrono::seconds{61});
    ASSERT_EQ(second.enrol().status(), 200);
    ASSERT_EQ(service.post("jobs/" + job + "/reassign", R"({"reason":"its host is silent"})").status(), 200);
    ASSERT_EQ(second.claim(job).status(), 200);
    ASSERT_EQ(second.post(job, "attempts", R"({"attempt":1,"tag":"t","instanceId":"i-2"})").status(), 201);

    EXPECT_EQ(first.post(job, "attempts", R"({"attempt":1,"tag":"t","instanceId":"i-1"})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(first.post(job, "messages", R"({"seq":1,"lines":["late"],"instanceId":"i-1"})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(first.patch(job, R"({"jobStatus":"ERROR","instanceId":"i-1"})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(service.send(Edge::kWho, "PUT", "jobs/" + job + "/logs/stdout?offset=0&instanceId=i-1", "late").code(), "NOT_THE_OWNER");
    EXPECT_EQ(service.send(Edge::kWho, "GET", "jobs/" + job + "/credentials?instanceId=i-1").code(), "NOT_THE_OWNER");

    EXPECT_EQ(second.post(job, "messages", R"({"seq":1,"lines":["mine"],"instanceId":"i-2"})").status(), 200);
    const auto waiting = second.patch(job, R"({"jobStatus":"WAITING","instanceId":"i-2"})");
    EXPECT_EQ(waiting.status(), 200) << waiting.response.body;
    EXPECT_EQ(waiting.at("/instanceId"), "absent");
    EXPECT_EQ(second.patch(job, R"({"jobStatus":"COMPLETE","instanceId":"i-2"})").status(), 200);
    EXPECT_EQ(second.post(job, "attempts", R"({"attempt":1,"tag":"t","instanceId":"i-2"})").code(), "ALREADY_ENDED");
}

TEST(Claim, AddressesOfContentAreTheServersToGive) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.job(R"(,"custom":{"x":[{"assetType":"FILE","contentUrl":"/model-manage/api/jobs/other/credentials"}]})");
    EXPECT_FALSE(service.get("jobs/" + job).response.body.contains("jobs/other/credentials"));
}

TEST(Claim, AJobThatARuntimeHasStaysInItsGroup) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    const auto moved = [&] { return service.send("ann:risk,fraud", "PATCH", "jobs/" + job, R"({"group":"fraud"})"); };
    const auto refused = moved();
    EXPECT_EQ(refused.status(), 409) << refused.response.body;
    EXPECT_EQ(refused.code(), "STILL_RUNNING");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"RUNNING"})").status(), 200);
    EXPECT_EQ(moved().code(), "STILL_RUNNING");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"COMPLETE"})").status(), 200);
    EXPECT_EQ(moved().at("/group"), "fraud");
}

TEST(Enrolment, AHeartbeatMakesNoVersionUnlessTheStateChanged) {
    RegistryService service;
    Edge edge{service};
    EXPECT_EQ(edge.beat("ONLINE").status(), 404);
    ASSERT_EQ(edge.enrol(R"(,"state":"ONLINE")").status(), 201);
    service.store_.clock().advance(std::chrono::seconds{10});
    const auto audit = service.get("auditRecords").at("/page/totalElements");
    const auto answer = edge.beat("ONLINE", R"(,"cluster":{"workers":3})");
    EXPECT_EQ(answer.status(), 200) << answer.response.body;
    EXPECT_EQ(answer.at("/state"), "ONLINE");
    EXPECT_EQ(answer.at("/nextWithin"), "10");
    const auto read = service.get("runtimes/" + edge.id(), {{"if-none-match", "\"1\""}});
    EXPECT_EQ(read.at("/version"), "1");
    EXPECT_EQ(read.at("/cluster/workers"), "3") << "an equal version is no equal object";
    EXPECT_EQ(read.at("/lastContact"), "2026-11-25T19:00:14.123Z");
    EXPECT_EQ(service.get("auditRecords").at("/page/totalElements"), audit);
    EXPECT_EQ(service.get("runtimes?filter=name:spark-1").at("/_embedded/runtimes/0/lastContact"), "2026-11-25T19:00:14.123Z");
    edge.beat("ERROR");
    EXPECT_EQ(service.get("runtimes/" + edge.id()).at("/version"), "2");
    EXPECT_NE(service.get("auditRecords").at("/page/totalElements"), audit);
    EXPECT_EQ(service.patch("runtimes/" + edge.id(), R"({"lastContact":"forged","cluster":{}})").at("/cluster/workers"), "3");
}

TEST(Enrolment, SilenceIsOffline) {
    RegistryService service;
    Edge edge{service};
    edge.enrol(R"(,"state":"ONLINE")");
    const auto sweep = [&] {
        std::int64_t count = 0;
        EXPECT_TRUE(service.store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(count, service.registry_.enrolments().set_silent_offline(unit, unit.now - std::chrono::seconds{60}));
            return {};
        }));
        return count;
    };
    service.store_.clock().advance(std::chrono::seconds{60});
    EXPECT_EQ(sweep(), 0);
    service.store_.clock().advance(std::chrono::seconds{1});
    EXPECT_EQ(sweep(), 1);
    EXPECT_EQ(sweep(), 0) << "said once";
    EXPECT_EQ(service.get("runtimes/" + edge.id()).at("/state"), "OFFLINE");
    EXPECT_EQ(edge.beat("ONLINE").at("/state"), "ONLINE") << "it was only slow";
}

TEST(Enrolment, TakesTheJobsThatWaited) {
    RegistryService service;
    const auto waiting = service.post("jobs", job_of(R"({"engineType":"SPARK_RUNTIME"})"));
    Edge edge{service};
    edge.enrol();
    EXPECT_EQ(service.get("jobs/" + waiting.id()).at("/targetEngine/id"), edge.id());
}

TEST(Claim, OnlyOneInstanceOfTheRightEngineGetsAJob) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.job();
    const auto path = "jobs/" + job;
    EXPECT_EQ(service.send(Edge::kWho, "PATCH", path, R"({"owner":"i-9"})").code(), "NOT_YOUR_ENGINE");
    EXPECT_EQ(service.patch(path, R"({"owner":"i-1"})").code(), "NOT_YOUR_ENGINE") << "a person, though the instance is right";
    EXPECT_EQ(service.send(Edge::kWho, "PATCH", path, R"({"owner":"i-1"})", {{"if-match", "\"7\""}}).status(), 412);
    EXPECT_EQ(service.send(Edge::kWho, "PATCH", path, R"({"owner":"i-1","jobStatus":"WAITING"})").status(), 400);
    const auto claimed = service.send(Edge::kWho, "PATCH", path, R"({"owner":"i-1"})", {{"if-match", "\"1\""}});
    ASSERT_EQ(claimed.status(), 200) << claimed.response.body;
    EXPECT_EQ(claimed.at("/owner"), "i-1");
    EXPECT_EQ(claimed.at("/version"), "2");
    EXPECT_EQ(edge.claim(job).at("/version"), "2") << "once more is no change";
    edge.beat("REMOVED");
    Edge other{service, "i-2"};
    other.enrol();
    EXPECT_EQ(other.claim(job).code(), "CLAIMED");
    const auto ended = service.post("jobs", job_of(R"({"id":")" + edge.id() + "\"}"));
    service.post("jobs/" + ended.id() + "/cancel", "");
    EXPECT_EQ(other.claim(ended.id()).code(), "NOT_CREATED");
}

TEST(Claim, AJobThatWasNotLaunchedMayBeGivenBack) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    EXPECT_EQ(service.patch("jobs/" + job, R"({"owner":null})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(edge.patch(job, R"({"owner":null})").at("/owner"), "absent");
    EXPECT_EQ(edge.claim(job).status(), 200);
    EXPECT_EQ(edge.attempt(job, 1).status(), 201);
    EXPECT_EQ(edge.patch(job, R"({"owner":null})").code(), "ATTEMPT_RECORDED");
}

TEST(OwnersWord, GoesForwardAndFillsTimes) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    EXPECT_EQ(service.patch("jobs/" + job, R"({"jobStatus":"RUNNING"})").code(), "NOT_THE_OWNER");
    const auto waits = edge.patch(
        job, R"({"jobStatus":"WAITING","sparkApplication":{"tag":"t-1","trackingUrl":"http://master:8080/app"},"effectiveCommand":["spark-submit","x.py"]})");
    ASSERT_EQ(waits.status(), 200) << waits.response.body;
    EXPECT_EQ(waits.at("/jobWaitTime"), std::to_string(to_epoch_ms(service.store_.clock().now())));
    EXPECT_EQ(waits.at("/effectiveCommand/1"), "x.py");
    EXPECT_EQ(edge.patch(job, R"({"sparkApplication":{"trackingUrl":"javascript:alert"}})").pointer(), "/sparkApplication/trackingUrl");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"RUNNING","jobRunTime":1000})").at("/jobRunTime"), "1000");
    const auto same = edge.patch(job, R"({"jobStatus":"RUNNING"})");
    EXPECT_EQ(same.at("/version"), "4") << "the same again is no change";
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"WAITING"})").code(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(edge.patch(job, R"({"jobParameters":{}})").status(), 422);
    const auto ended = edge.patch(job, R"({"jobStatus":"COMPLETE","jobResult":"SUCCESS","jobEndTime":5000})");
    EXPECT_EQ(ended.at("/jobDuration"), "4000");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"ERROR"})").code(), "ALREADY_ENDED");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"COMPLETE"})").at("/version"), "5");
}

TEST(OwnersWord, EmbeddedOutputsComeBack) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto made = service.post("jobs", job_of(R"({"name":"spark-1"})", R"(,"outputData":[{"assetType":"FILE","assetId":"o","filename":"out.json"}])"));
    ASSERT_EQ(edge.claim(made.id()).status(), 200);
    const auto done = edge.patch(made.id(), R"({"outputData":[{"assetType":"FILE","assetId":"o","filename":"out.json","fileContent":"e30="}]})");
    EXPECT_EQ(done.at("/outputData/0/fileSize"), "2") << done.response.body;
    EXPECT_EQ(service.patch("jobs/" + made.id(), R"({"outputData":[]})").status(), 422) << "not for others";
    EXPECT_EQ(edge.patch(made.id(), R"({"jobStatus":"COMPLETE"})").status(), 200);
    const auto again = service.post("jobs/" + made.id() + "/retry", "");
    ASSERT_EQ(again.status(), 201) << again.response.body;
    EXPECT_EQ(again.at("/retryOf"), made.id());
    EXPECT_EQ(again.at("/jobStatus"), "CREATED");
    EXPECT_EQ(again.at("/owner"), "absent");
    EXPECT_EQ(again.at("/outputData/0/fileContent"), "absent");
    EXPECT_EQ(again.at("/targetEngine/id"), edge.id());
    EXPECT_EQ(again.at("/model/storedModel/modelAssets/0/sourceCode"), "pass");
    EXPECT_EQ(service.post("jobs/" + again.id() + "/retry", "").code(), "NOT_ENDED");
}

TEST(TestResults, AreLinkedToTheSnapshotOfTheJob) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto model = service.model("churn");
    const auto snapshot = service.snapshot(model);
    const auto job = service.post("jobs", R"({"jobType":"MODEL_BATCH_TEST_JOB","targetEngine":{"name":"spark-1"},"model":{"id":")" + snapshot + "\"}}");
    const auto body = R"({"jobId":")" + job.id() + R"(","testResults":{"auc":0.9}})";
    const auto made = service.send(Edge::kWho, "POST", "modelTestResults", body, {{"idempotency-key", "r-1"}});
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/deployableModelId"), snapshot);
    EXPECT_EQ(made.at("/storedModelId"), model);
    EXPECT_EQ(made.at("/group"), "risk");
    EXPECT_EQ(service.send(Edge::kWho, "POST", "modelTestResults", body, {{"idempotency-key", "r-1"}}).id(), made.id());
    EXPECT_EQ(service.get("modelTestResults/search/findAllByStoredModelId?storedModelId=" + model).at("/page/totalElements"), "1");
    EXPECT_EQ(service.get("modelTestResults?filter=jobId:" + job.id()).at("/page/totalElements"), "1");
    EXPECT_EQ(service.get("modelTestResults?filter=jobId:" + model).at("/page/totalElements"), "0");
    EXPECT_EQ(service.send(Edge::kWho, "POST", "modelTestResults", R"({"jobId":"nope","testResults":{"auc":0.5}})").status(), 201) << "of elsewhere";
    const auto deployed = service.post("modelTestResults", R"({"deployedModel":{"deployableModel":{"id":")" + snapshot + R"("}},"testResults":{"auc":0.5}})");
    EXPECT_EQ(deployed.at("/deployableModelId"), snapshot) << deployed.response.body;
}

TEST(Attempts, AreRecordedOnceByTheOwner) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.job();
    EXPECT_EQ(edge.attempt(job, 1).code(), "NOT_THE_OWNER");
    edge.claim(job);
    EXPECT_EQ(edge.attempt(job, 0).pointer(), "/attempt");
    EXPECT_EQ(edge.attempt(job, 1).status(), 201);
    const auto again = edge.attempt(job, 1);
    EXPECT_EQ(again.status(), 409);
    EXPECT_EQ(again.code(), "ATTEMPT_EXISTS");
    EXPECT_EQ(again.at("/attempt/tag"), "tag-1");
    EXPECT_EQ(again.at("/attempt/owner"), "i-1");
    EXPECT_EQ(service.post("jobs/" + job + "/attempts", R"({"attempt":2,"tag":"t"})").code(), "NOT_THE_OWNER");
    EXPECT_EQ(edge.attempt(job, 2).status(), 201);
    EXPECT_EQ(service.get("jobs/" + job + "/attempts").at("/_embedded/attempts/1/attempt"), "2");
    service.post("jobs/" + job + "/cancel", "");
    EXPECT_EQ(edge.attempt(job, 3).code(), "CANCEL_REQUESTED");
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"CANCELLED"})").status(), 200);
    EXPECT_EQ(edge.attempt(job, 3).code(), "ALREADY_ENDED");
}

TEST(Reassign, OnlyByForceOnceAnAttemptIsRecorded) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    EXPECT_EQ(service.post("jobs/" + job + "/reassign", "{}").pointer(), "/reason");
    EXPECT_EQ(service.post("jobs/" + job + "/reassign", R"({"reason":"node died"})").at("/owner"), "absent");
    EXPECT_EQ(service.post("jobs/" + job + "/reassign", R"({"reason":"node died"})").code(), "NOT_CLAIMED");
    edge.claim(job);
    edge.attempt(job, 1);
    edge.patch(job, R"({"jobStatus":"RUNNING"})");
    EXPECT_EQ(service.post("jobs/" + job + "/reassign", R"({"reason":"node died"})").code(), "ATTEMPT_RECORDED");
    const auto forced = service.post("jobs/" + job + "/reassign", R"({"reason":"node died","force":true})");
    EXPECT_EQ(forced.at("/jobStatus"), "CREATED") << forced.response.body;
    EXPECT_TRUE(forced.at("/jobMessages").contains("taken from i-1 by ann, though a launch was recorded: node died")) << forced.response.body;
    EXPECT_EQ(edge.patch(job, R"({"jobStatus":"COMPLETE"})").code(), "NOT_THE_OWNER") << "it was taken away";
    EXPECT_EQ(service.get("auditRecords?filter=entityId:" + job + "&size=100").response.body.find("JOB_REASSIGNED") != std::string::npos, true);
    edge.beat("REMOVED");
    Edge other{service, "i-2"};
    other.enrol();
    EXPECT_EQ(other.claim(job).status(), 200);
    EXPECT_EQ(other.attempt(job, 1).code(), "ATTEMPT_EXISTS") << "its number stays taken";
    EXPECT_EQ(other.attempt(job, 2).status(), 201);
}

TEST(Reassign, EndsWhatWasToBeCancelled) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto job = edge.claimed();
    service.post("jobs/" + job + "/cancel", "");
    EXPECT_EQ(service.post("jobs/" + job + "/reassign", R"({"reason":"node died"})").at("/jobStatus"), "CANCELLED");
}

TEST(FindWork, ShowsWhatWaitsAndWhatIsOwned) {
    RegistryService service;
    Edge edge{service};
    edge.enrol();
    const auto waiting = edge.job();
    const auto mine = edge.claimed();
    const auto done = edge.claimed();
    edge.patch(done, R"({"jobStatus":"COMPLETE"})");
    const auto work = edge.work();
    ASSERT_EQ(work.status(), 200) << work.response.body;
    EXPECT_EQ(work.at("/_embedded/jobs"),
              R"([{"id":")" + waiting + R"(","version":1,"jobStatus":"CREATED"},{"id":")" + mine + R"(","version":2,"jobStatus":"CREATED","owner":"i-1"}])");
    const auto tag = work.header("ETag");
    EXPECT_EQ(edge.work("", {{"if-none-match", tag}}).status(), 304);
    service.model("unrelated");
    const auto unrelated = edge.work("", {{"if-none-match", tag}});
    EXPECT_EQ(unrelated.status(), 304) << "something else was written";
    EXPECT_NE(unrelated.header("ETag"), tag);
    service.post("jobs/" + mine + "/cancel", "");
    const auto cancelling = edge.work("&owned=cancelRequested&limit=1", {{"if-none-match", tag}});
    EXPECT_EQ(cancelling.status(), 200);
    EXPECT_EQ(cancelling.at("/_embedded/jobs/1/id"), mine);
    EXPECT_EQ(cancelling.at("/_embedded/jobs/1/cancelRequested/at"), "2026-11-25T19:00:04.123Z") << cancelling.response.body;
    edge.job();
    EXPECT_EQ(edge.work("&limit=1").at("/more"), "true");
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "jobs/search/findWorkOfRuntime?instanceId=i-1&runtimeId=" + edge.id()).status(), 404);
    EXPECT_EQ(service.get("jobs/search/findWorkOfRuntime?instanceId=i-1").pointer(), "?runtimeId");
    EXPECT_EQ(edge.work("&limit=0").pointer(), "?limit");
    EXPECT_EQ(edge.work("&owned=x").pointer(), "?owned");
}

}  // namespace
}  // namespace slipway::http
