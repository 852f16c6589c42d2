#include <gtest/gtest.h>

#include "domain/notification.hpp"
#include "fakes/topics_fixture.hpp"
#include "registry/notify.hpp"

namespace slipway::automation {
namespace {

TEST_F(TopicsTest, ASnapshotOfAnotherGroupIsNotThere) {
    const json::object ids{{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"STORED_MODEL_ID", only(registry::stored_models_table())}};
    const auto own = work("model.getSnapshot", "risk", ids);
    ASSERT_NE(std::get_if<Done>(&own), nullptr);
    EXPECT_TRUE(std::get<Done>(own).variables.contains("DEPLOYABLE_MODEL"));
    const auto foreign = work("model.getSnapshot", "crm", ids);
    ASSERT_NE(std::get_if<Fault>(&foreign), nullptr);
    EXPECT_EQ(std::get<Fault>(foreign).code, "SNAPSHOT_GONE");
    for (const auto* topic : {"sagemaker.createTransformJob", "sagemaker.createEndpoint"}) {
        const auto outcome = work(topic, "crm", ids);
        EXPECT_NE(std::get_if<Fault>(&outcome), nullptr) << topic;
    }
    EXPECT_TRUE(all(registry::jobs_table()).empty());
    EXPECT_TRUE(all(registry::deployed_models_table()).empty());
}

TEST_F(TopicsTest, ALifeCycleThatHasEndedMakesNoEndpoint) {
    registry::Approvals nobody_asks{{.for_all = false}};
    sagemaker::Deployer deployer{registry_, *service_, nobody_asks, {.defaults = {}, .instance = "here"}, *pool_};
    SageMakerTopics topics{world_->engine(), registry_, nobody_asks, deployer, outputs_, DeployModelSettings{}, [] {}};
    ExternalTask task{.id = "i:1", .instance_id = "cancelled", .group = "risk", .idempotency_key = "key"};
    task.variables = {{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"STORED_MODEL_ID", only(registry::stored_models_table())}};
    const auto outcome = topics.handlers().at("sagemaker.createEndpoint")(task);
    EXPECT_EQ(std::get_if<Done>(&outcome), nullptr);
    EXPECT_TRUE(all(registry::deployed_models_table()).empty());
}

TEST_F(TopicsTest, ATicketOfAnotherGroupIsLeftAlone) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(store::insert(unit, registry::notifications_table(),
                               {.id = {}, .group = "risk", .document = {{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}}}));
        return {};
    }));
    const json::object ticket{{"TICKET", {{"id", only(registry::notifications_table())}}}, {"REASON", "no"}};
    const auto left = work("ticket.close", "crm", ticket);
    EXPECT_NE(std::get_if<Done>(&left), nullptr);
    EXPECT_FALSE(all(registry::notifications_table()).at(0).document.contains("decision"));
}

TEST_F(TopicsTest, AFailedDeploymentIsToldOnceWithItsReason) {
    const auto snapshot = only(registry::deployable_models_table());
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        domain::Notification told{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR", .message = "The snapshot was not deployed."};
        told.deployable_model_id = snapshot;
        return registry::notify(unit, "risk", std::move(told), "deployment:" + snapshot);
    }));
    const auto told = work("ticket.createNotification", "risk",
                           {{"KIND", "deploy-failure"},
                            {"ERROR_CODE", "ENDPOINT_FAILED"},
                            {"DEPLOYABLE_MODEL_ID", snapshot},
                            {"DEPLOYABLE_MODEL", {{"id", snapshot}, {"metaData", {{"name", "churn-3"}}}}},
                            {"DEPLOYMENT", {{"id", "d-1"}, {"endpointName", "prod"}, {"verdict", "FAILED"}, {"reason", "no capacity"}}}});
    ASSERT_NE(std::get_if<Done>(&told), nullptr);
    const auto notifications = all(registry::notifications_table());
    ASSERT_EQ(notifications.size(), 1U) << "the deployer has told of it already";
    EXPECT_EQ(json::text_of(notifications[0].document, "message"), "The approved snapshot churn-3 was not deployed to prod: no capacity");
}

TEST_F(TopicsTest, AFailedTestLeavesItsReasonInTheLifeCycle) {
    json::object variables{{"KIND", "job-failure"},
                           {"ERROR_CODE", "TRANSFORM_FAILED"},
                           {"DEPLOYABLE_MODEL", {{"metaData", {{"name", "churn-3"}}}}},
                           {"JOB", {{"id", "j-1"}, {"sageMaker", {{"name", "mlc-1"}, {"status", "Failed"}, {"failureReason", "AlgorithmError: no column"}}}}}};
    const auto told = work("ticket.createNotification", "risk", variables);
    const auto* done = std::get_if<Done>(&told);
    ASSERT_NE(done, nullptr);
    ASSERT_TRUE(done->variables.contains("ERROR_MESSAGE"));
    EXPECT_EQ(done->variables.at("ERROR_MESSAGE"), "AlgorithmError: no column (job mlc-1, Failed)");
    EXPECT_EQ(json::text_of(all(registry::notifications_table()).at(0).document, "message"),
              "The test transform job of the snapshot churn-3 failed, so no approval was asked for: AlgorithmError: no column (job mlc-1, Failed)");
    variables["ERROR_MESSAGE"] = "no model to test";
    const auto again = work("ticket.createNotification", "crm", variables);
    EXPECT_FALSE(std::get<Done>(again).variables.contains("ERROR_MESSAGE")) << "what is known stays";
}

TEST_F(TopicsTest, ATestThatAPersonStoppedIsToldAsStoppedByThatPerson) {
    const auto told = work("ticket.createNotification", "risk",
                           {{"KIND", "job-failure"},
                            {"ERROR_CODE", "TRANSFORM_FAILED"},
                            {"JOB",
                             {{"id", "j-1"},
                              {"cancelRequested", {{"at", "2026-11-27T07:00:00.000Z"}, {"by", "ann"}}},
                              {"sageMaker", {{"name", "mlc-1"}, {"status", "Stopped"}}}}}});
    EXPECT_EQ(std::get<Done>(told).variables.at("ERROR_MESSAGE"), "It was stopped by ann (job mlc-1).");
}

TEST_F(TopicsTest, ASnapshotIsSaidToBeDeletedOnlyWhereOneWas) {
    const auto reason = [&](const std::string& id, const std::string& group) {
        const auto outcome = work("model.getSnapshot", group, {{"DEPLOYABLE_MODEL_ID", id}});
        const auto* fault = std::get_if<Fault>(&outcome);
        return fault == nullptr ? std::string{} : fault->code + ": " + fault->message;
    };
    const auto snapshot = all(registry::deployable_models_table()).at(0);
    EXPECT_EQ(reason(snapshot.id, "crm"), "SNAPSHOT_GONE: There is no snapshot " + snapshot.id + " that group crm may see.") << "it lives";
    EXPECT_EQ(reason("x", "risk"), "SNAPSHOT_GONE: There is no snapshot x that group risk may see.") << "it never was";
    EXPECT_EQ(reason("x", ""), "SNAPSHOT_GONE: There is no snapshot x.") << "an instance without a group sees all";
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) { return registry_.collection("deployableModels").remove(unit, ana_, snapshot.id, {}); }));
    EXPECT_EQ(reason(snapshot.id, "risk"), "SNAPSHOT_GONE: The snapshot was deleted before its life cycle began.");
}

TEST_F(TopicsTest, WhatFailedIsPlannedAsAnIssueWhereTicketsAreIssues) {
    registry::ApprovalSettings settings;
    settings.assignment = "JIRA_NOTIFICATION_ASSIGNMENT";
    const registry::Approvals elsewhere{settings};
    SageMakerTopics topics{world_->engine(), registry_, elsewhere, deployer_, outputs_, DeployModelSettings{}, [] {}};
    const json::object variables{
        {"KIND", "job-failure"}, {"ERROR_CODE", "TRANSFORM_FAILED"}, {"JOB", {{"id", "j-1"}, {"sageMaker", {{"failureReason", "no column"}}}}}};
    work("ticket.createNotification", "risk", variables);
    EXPECT_EQ(world_->rows("ticket_issues"), 0) << "tickets are decided here";
    handlers_ = topics.handlers();
    work("ticket.createNotification", "crm", variables);
    work("ticket.createNotification", "crm", variables);
    ASSERT_EQ(world_->rows("ticket_issues"), 1);
    const auto notifications = all(registry::notifications_table());
    ASSERT_EQ(notifications.size(), 2U);
    EXPECT_TRUE(notifications[1].document.contains("assignment"));
    EXPECT_EQ(json::text_of(notifications[1].document, "jobId"), "j-1");
}

TEST_F(TopicsTest, OfATestThatTookTooLongNothingIsSaidInTheNameOfAws) {
    const auto told = work("ticket.createNotification", "risk",
                           {{"KIND", "job-failure"},
                            {"ERROR_CODE", "TRANSFORM_TIMEOUT"},
                            {"DEPLOYABLE_MODEL", {{"metaData", {{"name", "churn-3"}}}}},
                            {"JOB", {{"id", "j-1"}, {"sageMaker", {{"name", "mlc-1"}, {"status", "Planned"}}}}}});
    EXPECT_EQ(std::get<Done>(told).variables.at("ERROR_MESSAGE"), "It took longer than the life cycle waits for, and was told to stop (job mlc-1).");
}

/// A test job of the snapshot that wrote below `s3://b/out/`, and a comparator of the model: `auc` above 0.8 passes, up to 0.5 it does not, and two rules name
/// 0.2 or less.
class TestResultTest : public TopicsTest {
protected:
    TestResultTest() {
        world_->read_decisions = [](std::string_view content) -> Result<FileReaders::Read<lifecycle::DecisionTable>> {
            if (content == "grades") {
                lifecycle::DecisionTable grades{.id = "grades", .name = "Grades", .inputs = {{.name = "auc", .expression = "auc", .type = "double"}}};
                grades.outputs = {{.name = "reason", .expression = {}, .type = "string"}};
                grades.rules = {{.id = "fine", .inputs = {"> 0.8"}, .outputs = {"\"fine\""}}};
                return FileReaders::Read<lifecycle::DecisionTable>{{grades}, {}};
            }
            if (content != "limits") {
                return fail(ErrorCode::invalid_argument, "DMN", "This is no decision.");
            }
            lifecycle::DecisionTable table{.id = "limits", .name = "Limits", .inputs = {{.name = "auc", .expression = "auc", .type = "double"}}};
            table.outputs = {{.name = "passes", .expression = {}, .type = "boolean"}, {.name = "reason", .expression = {}, .type = "string"}};
            table.rules = {{.id = "good", .inputs = {"> 0.8"}, .outputs = {"true", "\"fine\""}},
                           {.id = "bad", .inputs = {"<= 0.5"}, .outputs = {"false", "\"too weak\""}},
                           {.id = "worse", .inputs = {"<= 0.2"}, .outputs = {"true", "\"odd\""}}};
            return FileReaders::Read<lifecycle::DecisionTable>{{table}, {}};
        };
        comparator("limits");
        const auto snapshot = only(registry::deployable_models_table());
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            json::object facts{{"kind", "TRANSFORM_JOB"}, {"region", "eu-west-1"}};
            facts["describe"] = {{"ModelName", "fraud"}, {"TransformOutput", {{"S3OutputPath", "s3://b/out"}}}};
            SW_TRY(job_, store::insert(
                             unit, registry::jobs_table(),
                             {.id = {},
                              .group = "risk",
                              .document = {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot}}}, {"sageMaker", facts}}}));
            return {};
        }));
    }
    void comparator(const std::string& content) {
        const json::object asset{
            {"assetType", "FILE"}, {"assetRole", "TEST_RESULT_COMPARATOR"}, {"filename", "limits.dmn"}, {"fileContent", crypto::base64(content)}};
        const auto model = only(registry::stored_models_table());
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry_.collection("storedModels").patch(unit, identity::Principal::service(), model, {{"modelAssets", json::array{asset}}}, {}));
            return {};
        }));
    }
    /// The snapshot has what the model has now.
    void freeze() {
        const auto model = all(registry::stored_models_table()).at(0).document;
        const auto snapshot = all(registry::deployable_models_table()).at(0);
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            auto document = snapshot.document;
            document["storedModel"].as_object()["modelAssets"] = model.at("modelAssets");
            SW_CHECK(store::update(unit, registry::deployable_models_table(), snapshot, std::move(document)));
            return {};
        }));
    }
    Outcome outcome_of(const std::string& output) {
        gateway_.s3->objects["s3://b/out/t.csv.out"] = output;
        return work("model.recordTestResult", "risk",
                    {{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())},
                     {"STORED_MODEL_ID", only(registry::stored_models_table())},
                     {"JOB", {{"id", job_.id}, {"jobStatus", "COMPLETE"}}}});
    }
    void job_is(json::object patch) {
        const auto before = job_;
        EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
            auto document = before.document;
            for (const auto& [name, value] : patch) {
                document[name] = value;
            }
            SW_TRY(job_, store::update(unit, registry::jobs_table(), before, std::move(document)));
            return {};
        }));
    }
    /// `evidence` of the ticket that is asked for with these variables.
    json::object evidence(json::object variables) {
        world_->deploy_task("waits");
        ExternalTask task{.id = "i:1", .instance_id = world_->start("p", {}), .group = "risk", .idempotency_key = "key"};
        task.variables = std::move(variables);
        task.variables["DEPLOYABLE_MODEL_ID"] = only(registry::deployable_models_table());
        const auto asked = handlers_.at("ticket.createApproval")(task);
        const auto* done = std::get_if<Done>(&asked);
        EXPECT_NE(done, nullptr) << (std::holds_alternative<Fault>(asked) ? std::get<Fault>(asked).message : "");
        return done == nullptr ? json::object{} : all(registry::notifications_table()).back().document.at("evidence").as_object();
    }
    /// `TEST_RESULT`.
    json::object recorded(const std::string& output) {
        const auto outcome = outcome_of(output);
        const auto* done = std::get_if<Done>(&outcome);
        EXPECT_NE(done, nullptr) << (std::holds_alternative<Trouble>(outcome) ? std::get<Trouble>(outcome).message : "");
        return done == nullptr ? json::object{} : done->variables.at("TEST_RESULT").as_object();
    }
    store::Entity job_;
};

TEST_F(TestResultTest, TheComparatorReadsWhatTheJobWrote) {
    const auto good = recorded(R"({"auc": 0.9})");
    EXPECT_EQ(good.at("comparator"), "PASSED");
    EXPECT_EQ(good.at("comparatorReasons"), (json::array{"fine"})) << "who approves reads what the table says of it";
    EXPECT_EQ(good.at("passed"), true);
    EXPECT_EQ(good.at("testResults").as_object().at("auc"), 0.9);
    const auto weak = recorded("auc,f1\n0.4,0.7\n");
    EXPECT_EQ(weak.at("comparator"), "FAILED");
    EXPECT_EQ(weak.at("passed"), false);
    EXPECT_EQ(weak.at("comparatorReasons"), (json::array{"too weak"}));
    EXPECT_EQ(recorded(R"({"auc": 0.7})").at("comparator"), "FAILED") << "no rule that fits is never a pass";
    EXPECT_EQ(recorded(R"({"f1": 0.9})").at("comparator"), "FAILED") << "nor is what was not measured";
}

TEST_F(TestResultTest, AComparatorOfTheSnapshotThatGivesNoDecisionIsMendedAtTheModel) {
    comparator("no table");
    freeze();
    const auto stuck = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&stuck), nullptr);
    EXPECT_NE(std::get<Trouble>(stuck).message.find("Mend the comparator of the model"), std::string::npos);
    comparator("limits");
    const auto mended = recorded(R"({"auc": 0.9})");
    EXPECT_EQ(mended.at("comparator"), "PASSED");
    EXPECT_NE(json::write(mended.at("comparatorReasons")).find("By the model's comparator of now"), std::string::npos) << "an approver reads which one it was";
}

TEST_F(TestResultTest, AComparatorThatCannotBeReadIsSaidBeforeTheTest) {
    const json::object ids{{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"STORED_MODEL_ID", only(registry::stored_models_table())}};
    comparator("no table");
    const auto without_data = work("model.verifyRequiredAssets", "risk", ids);
    EXPECT_NE(std::get_if<Done>(&without_data), nullptr) << "nothing will be tested";
    const json::object data{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_DATA"}, {"name", "in.csv"}, {"fileUrl", "s3://b/in.csv"}};
    const auto model = all(registry::stored_models_table()).at(0);
    auto assets = model.document.at("modelAssets").as_array();
    assets.push_back(data);
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry_.collection("storedModels").patch(unit, identity::Principal::service(), model.id, {{"modelAssets", assets}}, {}));
        return {};
    }));
    const auto stuck = work("model.verifyRequiredAssets", "risk", ids);
    ASSERT_NE(std::get_if<Trouble>(&stuck), nullptr);
    EXPECT_NE(std::get<Trouble>(stuck).message.find("The comparator limits.dmn cannot be read"), std::string::npos) << std::get<Trouble>(stuck).message;
    EXPECT_FALSE(std::get<Trouble>(stuck).again);
    auto serves = ids;
    serves["SERVED_BY"] = json::array{"churn-prod"};
    const auto untested = work("model.verifyRequiredAssets", "risk", serves);
    EXPECT_NE(std::get_if<Done>(&untested), nullptr) << "what is in service already is not tested";
}

TEST_F(TestResultTest, ATableThatDoesNotSayWhatPassesIsNoVerdict) {
    comparator("grades");
    const auto stuck = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&stuck), nullptr) << "a fine result would be told as failed";
    EXPECT_NE(std::get<Trouble>(stuck).message.find("Grades has no output called passes"), std::string::npos) << std::get<Trouble>(stuck).message;
}

TEST_F(TestResultTest, AComparatorThatHasDecidedIsNotReplacedAfterwards) {
    freeze();
    comparator("no table");
    EXPECT_EQ(recorded(R"({"auc": 0.4})").at("comparator"), "FAILED");
}

TEST_F(TestResultTest, HowMuchWasWrittenIsToldAlsoWithoutAComparator) {
    const auto model = only(registry::stored_models_table());
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry_.collection("storedModels").patch(unit, identity::Principal::service(), model, {{"modelAssets", json::array{}}}, {}));
        return {};
    }));
    const auto none = recorded("");
    EXPECT_FALSE(none.contains("comparator"));
    EXPECT_EQ(none.at("output").at("said"), "0 objects: the job is Completed, and wrote nothing");
    auto facts = job_.document.at("sageMaker").as_object();
    facts["describe"].as_object()["TransformInput"] = {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://b/in/"}}}}}};
    job_is({{"sageMaker", facts}});
    gateway_.s3->objects["s3://b/in/1.csv"] = "1";
    gateway_.s3->objects["s3://b/in/2.csv"] = "2";
    EXPECT_EQ(recorded("0.9").at("output").at("said"), "1 of 2 objects: the job is Completed, and wrote less than it read");
    EXPECT_EQ(evidence({{"JOB", {{"id", job_.id}}}}).at("testOutput").at("objects"), 1);
    gateway_.s3->objects["s3://b/out/2.csv.out"] = "0.8";
    EXPECT_EQ(recorded("0.9").at("output").at("said"), "2 objects, 6 bytes");
    gateway_.s3->refused["s3://b/out"] = {ErrorCode::forbidden, "FORBIDDEN", "S3 refuses s3://b/out/. Its credential needs s3:ListBucket.", {}, {}};
    EXPECT_EQ(recorded("0.9").at("output").at("said"), "S3 refuses s3://b/out/. Its credential needs s3:ListBucket.") << "it can be approved all the same";
}

TEST_F(TestResultTest, OnlyATestThatCompletedIsRecordedWhateverTheVariablesSay) {
    job_is({{"jobStatus", "RUNNING"}});
    const auto runs = outcome_of(R"({"auc": 0.9})");
    EXPECT_NE(std::get_if<Later>(&runs), nullptr);
    job_is({{"jobStatus", "ERROR"}});
    const auto failed = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&failed), nullptr);
    EXPECT_FALSE(std::get<Trouble>(failed).again);
    job_is({{"jobStatus", "COMPLETE"}, {"model", {{"id", "another"}}}});
    const auto foreign = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&foreign), nullptr);
    EXPECT_FALSE(std::get<Trouble>(foreign).again);
}

TEST_F(TestResultTest, EvidenceOfATestIsWhatWasRecordedOfIt) {
    const json::object forged{{"comparator", "PASSED"}, {"passed", true}};
    recorded(R"({"auc": 0.4})");
    const auto honest = evidence({{"JOB", {{"id", job_.id}}}, {"TEST_RESULT", forged}});
    EXPECT_EQ(honest.at("comparator").as_object().at("result"), "FAILED");
    EXPECT_EQ(honest.at("testResult").as_object().at("passed"), false);
    EXPECT_EQ(json::text_of(honest.at("testJob").as_object(), "id"), job_.id);
}

TEST_F(TestResultTest, EvidenceNamesNoTestThatWasNone) {
    job_is({{"model", {{"id", "another"}}}});
    const auto made_up = evidence({{"JOB", {{"id", job_.id}, {"jobStatus", "COMPLETE"}}},
                                   {"TEST_RESULT", {{"comparator", "PASSED"}, {"passed", true}}},
                                   {"SERVED_BY", json::array{"prod"}}});
    for (const auto* member : {"testJob", "testResult", "comparator", "servedBy"}) {
        EXPECT_FALSE(made_up.contains(member)) << member << " " << json::write(json::value(made_up));
    }
}

TEST_F(TestResultTest, WhatCannotBeReadForGoodIsNotEvaluatedAndSaysWhy) {
    const auto predictions = recorded("0.1\n0.9\n");
    EXPECT_EQ(predictions.at("comparator"), "NOT_EVALUATED");
    EXPECT_FALSE(predictions.contains("passed"));
    EXPECT_NE(json::write(predictions.at("comparatorReasons")).find("no metrics"), std::string::npos);
    EXPECT_EQ(recorded(std::string((1U << 20) + 1, ' ')).at("comparator"), "NOT_EVALUATED");
    gateway_.s3->refused["s3://b/"] = {ErrorCode::forbidden, "FORBIDDEN", "It needs s3:ListBucket.", {}, {}};
    EXPECT_NE(json::write(recorded(R"({"auc": 0.9})").at("comparatorReasons")).find("s3:ListBucket"), std::string::npos);
}

TEST_F(TestResultTest, AnAmbiguousOrBrokenDecisionIsForAPersonAndWhatIsAwayIsTriedAgain) {
    const auto ambiguous = outcome_of(R"({"auc": 0.1})");
    ASSERT_NE(std::get_if<Trouble>(&ambiguous), nullptr);
    EXPECT_FALSE(std::get<Trouble>(ambiguous).again);
    comparator("no table");
    const auto broken = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&broken), nullptr);
    EXPECT_FALSE(std::get<Trouble>(broken).again);
    gateway_.s3->refused["s3://b/"] = {ErrorCode::unavailable, "S3", "away", {}, {}};
    const auto away = outcome_of(R"({"auc": 0.9})");
    ASSERT_NE(std::get_if<Trouble>(&away), nullptr);
    EXPECT_TRUE(std::get<Trouble>(away).again);
}

TEST(Metrics, AreNamesWithOneValueEach) {
    const auto read = [](std::string_view text) {
        const auto metrics = metrics_of(text);
        return metrics ? json::write(*metrics) : metrics.error().reason;
    };
    EXPECT_EQ(read(R"({"auc":0.5,"calm":true})"), R"({"auc":0.5,"calm":true})");
    EXPECT_EQ(read("{\"auc\":0.5}\n{\"f1\":1}\n"), R"({"auc":0.5,"f1":1})");
    EXPECT_EQ(read(R"([{"auc":0.5}])"), R"({"auc":0.5})");
    EXPECT_EQ(read("\xEF\xBB\xBF\"Response Time\",calm\r\n0.5,true\r\n"), R"({"Response Time":0.5,"calm":true})");
    EXPECT_EQ(read("metric,value\nauc,0.5\nf1,0.25\n"), R"({"auc":0.5,"f1":0.25})");
    EXPECT_EQ(read("auc,0.5\nf1,0.25\n"), R"({"auc":0.5,"f1":0.25})");
    for (const auto* none :
         {"", " \n", "0.5\n0.6\n", "a,b\n1,2\n3,4\n", "{\"auc\":1}\n{\"auc\":2}\n", "[1,2]", "{}", "{\"auc\":", "auc,0.5\nauc,0.6\n", "x\n1,2\n"}) {
        EXPECT_EQ(read(none), "NO_METRICS") << none;
    }
}

}  // namespace
}  // namespace slipway::automation
