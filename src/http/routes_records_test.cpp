#include "domain/notification.hpp"
#include "fakes/registry_service.hpp"
#include "registry/jobs.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "store/outbox.hpp"

/// Notifications, results, the audit trail, secrets, finders and filters, through the routes.
namespace slipway::http {
namespace {

using fakes::RegistryService;

TEST(AuditRoutes, AnAdministratorImportsARecordOfAnotherSystem) {
    RegistryService service;
    const std::string body =
        R"({"entityType":"StoredModel","entityId":"e1","storedModelId":"m1","createdDate":"2024-06-03T08:00:00.000Z","createdBy":"old-hand",
        "changes":[{"op":"replace","path":"/modelMetaData/name","value":"n"}],"metaData":{"imported":false,"k":"v"},"other":1,"id":"forged","group":"risk"})";
    const auto made = service.send("admin", "POST", "auditRecords", body);
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_NE(made.id(), "forged");
    EXPECT_EQ(made.at("/createdBy"), "admin");
    EXPECT_EQ(made.at("/createdDate"), "2026-11-25T19:00:04.123Z");
    EXPECT_EQ(made.at("/metaData/imported"), "true") << "what is imported says so";
    EXPECT_EQ(made.at("/metaData/claimedDate"), "2024-06-03T08:00:00.000Z");
    EXPECT_EQ(made.at("/metaData/claimedBy"), "old-hand");
    EXPECT_EQ(made.at("/metaData/k"), "v");
    EXPECT_EQ(made.at("/metaData/other"), "1");
    EXPECT_EQ(made.at("/changes/0/value"), "n");
    EXPECT_EQ(service.get("auditRecords/search/findAuditRecordsByStoredModelId?storedModelId=m1").at("/_embedded/auditRecords/0/id"), made.id());
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "auditRecords/" + made.id()).status(), 404);

    EXPECT_EQ(service.send("ann:risk", "POST", "auditRecords", body).status(), 403);
    for (const auto* method : {"PATCH", "DELETE"}) {
        const auto refused = service.send("admin", method, "auditRecords/" + made.id(), R"({"createdDate":"2024-06-03T08:00:00.000Z"})");
        EXPECT_EQ(refused.status(), 405) << method;
        EXPECT_EQ(refused.header("Allow"), "GET, HEAD");
    }
    for (const auto* member : {"/imported", "/claimedDate", "/claimedBy"}) {
        EXPECT_EQ(service.get("auditRecords/" + made.id()).at(member), made.at(member)) << member;
        EXPECT_NE(made.at(member), "absent") << member;
    }
    EXPECT_EQ(service.get("auditRecords/" + made.id()).response.body, service.send("admin", "GET", "auditRecords/" + made.id()).response.body);
    for (const auto& [wrong, pointer] :
         std::vector<std::pair<std::string, std::string>>{{R"({"entityId":"e"})", "/entityType"},
                                                          {R"({"entityType":"E"})", "/entityId"},
                                                          {R"({"entityType":"E","entityId":"e","changes":{}})", "/changes"},
                                                          {R"({"entityType":"E","entityId":")" + std::string(1025, 'e') + R"("})", "/entityId"},
                                                          {R"({"entityType":"E","entityId":"e","group":")" + std::string(201, 'g') + R"("})", "/group"},
                                                          {R"({"entityType":"E","entityId":"e","group":7})", "/group"},
                                                          {R"({"entityType":"E","entityId":"e","createdDate":"soon"})", "/createdDate"},
                                                          {R"({"entityType":"E","entityId":"e","createdDate":5})", "/createdDate"}}) {
        EXPECT_EQ(service.send("admin", "POST", "auditRecords", wrong).pointer(), pointer) << wrong;
    }
}

TEST(AuditRoutes, TellNothingOfWhatMayNotBeRead) {
    identity::AccessPolicy policy;
    policy.by_collection["jobs"]["risk"] = {.read = false, .write = false, .execute = false};
    policy.owner_default = {.read = false, .write = false, .execute = false};
    RegistryService service{policy};
    const auto model = service.model();
    const auto job = service.send("admin", "POST", "jobs", fakes::job_of(R"({"engineType":"SPARK_RUNTIME"})", R"(,"group":"risk")"));
    ASSERT_EQ(job.status(), 201) << job.response.body;
    const auto record = service.send("admin", "GET", "auditRecords?filter=entityId:" + job.id()).at("/_embedded/auditRecords/0/id");
    ASSERT_EQ(service.send("admin", "GET", "auditRecords/" + record).status(), 200);

    EXPECT_EQ(service.get("jobs/" + job.id()).status(), 404);
    EXPECT_EQ(service.get("auditRecords/" + record).status(), 404);
    EXPECT_EQ(service.get("auditRecords?filter=entityId:" + job.id()).at("/page/totalElements"), "0");
    EXPECT_EQ(service.get("auditRecords?filter=entityId:" + model).at("/page/totalElements"), "1") << "of models everything may be read";
    std::vector<std::string> told;
    EXPECT_TRUE(service.store_->read([&](store::Session& sql) -> Result<void> {
        const identity::Principal ann{.kind = identity::Principal::Kind::user, .name = "ann", .groups = {"risk"}, .admin = false};
        SW_TRY(const auto events, store::events_after(sql, 0, service.access_.scope(ann, identity::Action::read, "events"), 100));
        for (const auto& event : events) {
            told.push_back(event.type);
        }
        return {};
    }));
    EXPECT_EQ(told, std::vector<std::string>{"StoredModel"});
}

/// A kind that identity::Access does not know would be told to all.
TEST(AuditRoutes, EveryKindHasItsRights) {
    std::map<std::string, std::string> kinds{{"Credential", "credentials"}, {"ProcessInstance", "modelMLCs"}};
    for (const auto* table :
         {&registry::stored_models_table(), &registry::deployable_models_table(), &registry::deployed_models_table(), &registry::runtimes_table(),
          &registry::jobs_table(), &registry::notifications_table(), &registry::model_test_results_table(), &registry::model_mlcs_table()}) {
        kinds.emplace(table->type, table->collection);
    }
    for (const auto& [type, collection] : kinds) {
        identity::AccessPolicy policy;
        policy.by_collection[collection]["*"] = {.read = false, .write = false, .execute = false};
        const identity::Access access{policy};
        const auto scope =
            access.scope({.kind = identity::Principal::Kind::user, .name = "ann", .groups = {"risk"}, .admin = false}, identity::Action::read, "auditRecords");
        EXPECT_NE(std::ranges::find(scope.kinds, type, &store::Scope::Kind::type), scope.kinds.end()) << type;
    }
}

TEST(AuditRoutes, WhatTheServiceAloneWritesTakesNoChange) {
    RegistryService service;
    const auto mlc = service.write(registry::model_mlcs_table(), "risk", R"({"storedModelId":"m1","processInstance":{"id":"p"}})");
    EXPECT_EQ(service.get("modelMLCs/" + mlc.id).at("/processInstance/id"), "p");
    for (const auto* method : {"PATCH", "DELETE"}) {
        EXPECT_EQ(service.send("admin", method, "modelMLCs/" + mlc.id, "{}").status(), 405);
    }
    EXPECT_EQ(service.send("admin", "POST", "modelMLCs", "{}").status(), 405);
    const auto finder = std::string{"modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId=m1&group="};
    EXPECT_EQ(service.get(finder + "other,risk").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get(finder + "other&group=risk").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get(finder + "other").at("/page/totalElements"), "0");
    EXPECT_EQ(service.get("modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId=m1").status(), 200);
}

TEST(AuditRoutes, EveryChangeHasItsRecordWithAuthorAndModel) {
    RegistryService service;
    const auto id = service.model();
    service.patch("storedModels/" + id, R"({"x":1})");
    service.remove("storedModels/" + id);
    const auto records = service.get("auditRecords/search/findAuditRecordsByStoredModelId?storedModelId=" + id + "&sort=createdDate");
    EXPECT_EQ(records.at("/page/totalElements"), "3");
    EXPECT_EQ(records.at("/_embedded/auditRecords/0/changes/0/op"), "add");
    EXPECT_EQ(records.at("/_embedded/auditRecords/1/changes"), R"([{"op":"add","path":"/x","value":1}])");
    EXPECT_EQ(records.at("/_embedded/auditRecords/2/changes"), R"([{"op":"remove","path":""}])");
    EXPECT_EQ(records.at("/_embedded/auditRecords/1/createdBy"), "ann");
}

TEST(NotificationRoutes, PeopleWriteMessagesButNoTickets) {
    RegistryService service;
    const auto model = service.send("ann:fraud", "POST", "storedModels", R"({"modelMetaData":{"name":"n"}})").id();
    const auto made = service.send("ann:risk,fraud", "POST", "notifications",
                                   R"({"notificationType":"MODEL_NOTIFICATION","severity":"INFO","message":"hello","storedModelId":")" + model +
                                       R"(","elevatedPriority":true,"dedupKey":"finding"})");
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/group"), "fraud") << "the group of its model";
    EXPECT_EQ(made.at("/open"), "true");
    EXPECT_EQ(made.at("/elevatedPriority"), "true");
    EXPECT_EQ(made.at("/dedupKey"), "absent") << "nobody keeps a finding of the service from being said";
    const auto path = "notifications/" + made.id();
    EXPECT_EQ(service.send("ann:fraud", "PATCH", path, R"({"open":false,"message":"done"})").at("/open"), "false");
    EXPECT_EQ(service.send("ann:fraud", "PATCH", path, R"({"storedModelId":"x"})").pointer(), "/storedModelId");
    EXPECT_EQ(service.send("ann:fraud", "PATCH", path, R"({"dedupKey":"x"})").pointer(), "/dedupKey");
    EXPECT_EQ(service.send("ann:fraud", "PATCH", path, R"({"decision":{"decision":"APPROVED"}})").pointer(), "/decision");
    EXPECT_EQ(service.send("ann:fraud", "GET", "notifications/search/findAllByStoredModelId?storedModelId=" + model).at("/page/totalElements"), "1");
    EXPECT_EQ(service.post("notifications", R"({"message":"m"})").pointer(), "/notificationType");
    EXPECT_EQ(service.post("notifications", R"({"notificationType":"N"})").pointer(), "/message");
    EXPECT_EQ(service.post("notifications", R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","message":"m"})").code(), "NOT_AVAILABLE");
    EXPECT_EQ(service.post("notifications", R"({"notificationType":"N","message":"m","assignment":{}})").code(), "NOT_AVAILABLE");
    EXPECT_EQ(service.send("ann:fraud", "DELETE", path).status(), 204);
}

TEST(NotificationRoutes, AFindingIsSaidOnceUntilItIsSettled) {
    RegistryService service;
    const auto say = [&](const std::string& group, const std::string& key) {
        domain::Notification finding;
        finding.notification_type = "ENGINE_NOTIFICATION";
        finding.severity = "WARNING";
        finding.message = "cannot be reached";
        EXPECT_TRUE(service.store_->write({}, [&](store::Unit& unit) { return registry::notify(unit, group, finding, key); }));
    };
    const auto settle = [&](const std::string& key) {
        EXPECT_TRUE(service.store_->write({}, [&](store::Unit& unit) { return registry::settle(unit, "risk", key); }));
    };
    const auto count = [&](const std::string& filter) { return service.get("notifications?filter=" + filter).at("/page/totalElements"); };
    say("risk", "away");
    say("risk", "away");
    say("risk", "other");
    say("strangers", "away");
    EXPECT_EQ(count("open:true"), "2");
    settle("away");
    settle("unknown");
    EXPECT_EQ(count("open:true"), "1");
    say("risk", "away");
    EXPECT_EQ(count("open:true"), "2");
    EXPECT_EQ(count("type:ENGINE_NOTIFICATION"), "3");
    say("risk", "");
    say("risk", "");
    EXPECT_EQ(count("open:true"), "4");
    EXPECT_EQ(service.send(RegistryService::kEve, "GET", "notifications").at("/page/totalElements"), "1");
}

TEST(ResultRoutes, AResultIsWhatWasMeasured) {
    RegistryService service;
    const auto model = service.model();
    const auto made = service.post("modelTestResults", R"({"storedModelId":")" + model + R"(","testResults":{"auc":0.91},"x":1})");
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(made.at("/testResults/auc"), "0.91");
    EXPECT_EQ(service.patch("modelTestResults/" + made.id(), R"({"testResults":{"auc":0.99}})").status(), 422);
    EXPECT_EQ(service.patch("modelTestResults/" + made.id(), R"({"note":"n"})").status(), 200);
    EXPECT_EQ(service.get("modelTestResults/search/findAllByStoredModelId?storedModelId=" + model).at("/page/totalElements"), "1");
    EXPECT_EQ(service.post("modelTestResults", R"({"testResults":[]})").pointer(), "/testResults");
}

TEST(Lists, FiltersPerCollection) {
    RegistryService service;
    const auto churn = service.model("churn", R"(,"ignored":1)");
    service.patch("storedModels/" + churn,
                  R"({"modelMetaData":{"tags":["team=risk","gold"],"type":"PYSPARK","modelStage":"prod","description":"Über Kunden"}})");
    const auto fraud = service.model("fraud");
    service.write(registry::stored_models_table(), "risk",
                  R"({"modelMetaData":{"name":"aws"},"sageMaker":{"arn":"arn:aws:1","name":"aws-name","account":"111122223333","region":"eu-west-1"}})");
    const auto names = [&](const std::string& filter) {
        const auto page = service.get("storedModels?sort=name&filter=" + filter);
        EXPECT_EQ(page.status(), 200) << page.response.body;
        std::string out;
        for (const auto& item : page.body.at("_embedded").as_object().at("storedModels").as_array()) {
            out += std::string{json::text_of(*json::object_of(item.as_object(), "modelMetaData"), "name")} + " ";
        }
        return out;
    };
    EXPECT_EQ(names("name:churn"), "churn ");
    EXPECT_EQ(names("tag.team%3Drisk"), "churn ");
    EXPECT_EQ(names("-type:PYSPARK%20name~u"), "fraud ");
    EXPECT_EQ(names("stage:prod"), "churn ");
    EXPECT_EQ(names("account:111122223333%20region:eu-west-1"), "aws ");
    EXPECT_EQ(names("%C3%BCber"), "churn ");
    EXPECT_EQ(names("gold"), "churn ");
    EXPECT_EQ(names(""), "aws churn fraud ");
    const auto refused = service.get("storedModels?filter=nosuch:1");
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.pointer(), "?filter");
    const auto snapshot = service.snapshot(fraud);
    EXPECT_EQ(service.get("deployableModels?filter=storedModelId:" + fraud).at("/_embedded/deployableModels/0/id"), snapshot);
    service.runtime("spark-1");
    EXPECT_EQ(service.get("runtimes?filter=state:ONLINE%20engineType:SPARK_RUNTIME").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get("engines/search/findByName?name=spark-1").at("/page/totalElements"), "1");
    service.write(registry::jobs_table(), "risk", R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"ERROR","jobEndTime":1795633204123,"model":{"id":"s"}})");
    EXPECT_EQ(service.get("jobs?filter=status:ERROR,COMPLETE%20jobType:MODEL_BATCH_JOB%20deployableModelId:s").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get("jobs?filter=status:COMPLETE").at("/page/totalElements"), "0");
}

TEST(Lists, PagesAreClampedLinkedAndFollowed) {
    RegistryService service;
    for (int i = 0; i < 5; ++i) {
        service.model("m" + std::to_string(i));
    }
    const auto first = service.get("storedModels?size=2&sort=name,desc&filter=name~m");
    EXPECT_EQ(first.at("/page/totalPages"), "3");
    EXPECT_EQ(first.at("/_embedded/storedModels/0/modelMetaData/name"), "m4");
    auto next = first.at("/_links/next/href");
    ASSERT_TRUE(next.starts_with("http://models.example.com/model-manage/api/storedModels?")) << next;
    const auto second = service.get(next.substr(next.find("/model-manage")));
    EXPECT_EQ(second.at("/_embedded/storedModels/0/modelMetaData/name"), "m2");
    EXPECT_NE(second.at("/_links/prev/href"), "absent");
    EXPECT_EQ(service.get("storedModels?size=5000").at("/page/size"), "1000");
    const auto by_cursor = service.get("storedModels?size=2&sort=name,desc&cursor=" + first.at("/page/cursor"));
    EXPECT_EQ(by_cursor.status(), 200) << by_cursor.response.body;
    EXPECT_EQ(by_cursor.at("/_embedded/storedModels/0/modelMetaData/name"), "m2");
    EXPECT_EQ(service.get("storedModels?page=x").pointer(), "?page");
    EXPECT_EQ(service.get("storedModels?sort=nosuch").pointer(), "?sort");
}

TEST(Lists, TheRootNamesAllCollectionsAndFindersNeedTheirParameter) {
    RegistryService service;
    const auto root = service.get("/model-manage/api");
    for (const auto* name : {"storedModels", "deployableModels", "deployedModels", "runtimes", "engines", "jobs", "modelTestResults", "notifications",
                             "modelMLCs", "auditRecords", "events"}) {
        EXPECT_EQ(root.at(std::string{"/_links/"} + name + "/href"), std::string{"http://models.example.com/model-manage/api/"} + name);
    }
    EXPECT_EQ(service.get("storedModels/search/findByName").pointer(), "?name");
    EXPECT_EQ(service.get("storedModels/search/findByName?name=none").at("/_embedded/storedModels"), "[]");
    EXPECT_EQ(service.get("storedModels/search").status(), 404);
}

}  // namespace
}  // namespace slipway::http
