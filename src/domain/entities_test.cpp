#include <gtest/gtest.h>

#include "domain/job.hpp"
#include "domain/model.hpp"
#include "domain/notification.hpp"
#include "domain/runtime.hpp"

namespace slipway::domain {
namespace {

/// The vendor's shape of a job, with members that we do not know.
constexpr std::string_view kJob = R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"CREATED","jobMessages":[],"jobParameters":{"--executor-memory":"512MB","-v":""},
 "model":{"id":"m","storedModel":{"modelMetaData":{"name":"titanic","type":"PYSPARK"},
   "modelAssets":[{"assetType":"SOURCE_CODE","assetRole":"MODEL_SOURCE","name":"titanic.py","primaryModelSource":true,
                   "initFunction":"init","scoreFunction":"score","metricsFunction":"metrics","sourceCode":"pass"}]},
   "metaData":{"name":"titanic-20260101_0900","tags":[]},"associatedModels":[],"targetRuntimes":[{"engineType":"SPARK_RUNTIME"}]},
 "inputData":[{"assetType":"EXTERNAL_FILE","assetRole":"TEST_DATA","filename":"test.csv","fileFormat":"CSV",
   "fileUrl":"hdfs:///demo/test.csv","repositoryInfo":{"repositoryType":"HDFS_REPOSITORY","host":"","port":0},"unknownOfAsset":{"a":[1.5]}}],
 "outputData":[{"assetType":"FILE","assetRole":"UNKNOWN","filename":"out.csv"}],"additionalAssets":[],
 "targetEngine":{"engineType":"SPARK_RUNTIME","name":"spark-runtime-1","sparkConf":{"--master":"yarn"}},
 "modelWritesOutput":true,"rawJson":"{}","unknown":{"n":1.50,"big":9007199254740993}})";

TEST(Job, TheVendorsExampleKeepsEveryMember) {
    const auto document = json::parse(kJob).value();
    const auto job = parse_job(document);
    ASSERT_TRUE(job) << job.error().message;
    EXPECT_EQ(job->input_data.at(0).file_url, "hdfs:///demo/test.csv");
    EXPECT_TRUE(job->input_data.at(0).extra.members.contains("unknownOfAsset"));
    EXPECT_EQ(json::value(to_json(*job)), document);
    EXPECT_EQ(json::value(to_json(parse_job(json::value(to_json(*job))).value())), document);
}

TEST(Job, StatusesGoForwardOnly) {
    using enum JobStatus;
    const std::array all{CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED};
    const std::array<std::string_view, 6> allowed{"111111",  // CREATED → itself and all that follow
                                                  "011111",  // WAITING
                                                  "001111",  // RUNNING
                                                  "000100", "000010", "000001"};
    for (std::size_t from = 0; from < all.size(); ++from) {
        for (std::size_t to = 0; to < all.size(); ++to) {
            EXPECT_EQ(may_become(all[from], all[to]), allowed[from][to] == '1') << json::enum_name(all[from]) << " " << json::enum_name(all[to]);
        }
        EXPECT_EQ(is_terminal(all[from]), from > 2);
    }
}

TEST(Job, AwsStatuses) {
    using enum JobStatus;
    for (const auto& [status, secondary, wanted] : std::vector<std::tuple<std::string, std::string, JobStatus>>{{"InProgress", "Starting", WAITING},
                                                                                                                {"InProgress", "Pending", WAITING},
                                                                                                                {"InProgress", "Training", RUNNING},
                                                                                                                {"InProgress", "", RUNNING},
                                                                                                                {"Stopping", "Starting", RUNNING},
                                                                                                                {"Deleting", "", RUNNING},
                                                                                                                {"Completed", "Completed", COMPLETE},
                                                                                                                {"Failed", "", ERROR},
                                                                                                                {"Stopped", "", CANCELLED},
                                                                                                                {"Brandnew", "", CREATED}}) {
        EXPECT_EQ(job_status_of_aws(status, secondary, CREATED), wanted) << status << secondary;
    }
    EXPECT_EQ(job_status_of_aws("Brandnew", "", RUNNING), RUNNING);
}

TEST(Job, LinksFollowTheType) {
    EXPECT_EQ(link_name(JobType::MODEL_BATCH_JOB), "modelBatchJob");
    EXPECT_EQ(link_name(JobType::MODEL_BATCH_TEST_JOB), "modelBatchTestJob");
    EXPECT_EQ(link_name(JobType::MODEL_BATCH_TRAINING_JOB), "modelBatchTrainingJob");
}

TEST(Job, OneAnswerNamesEveryWrongPlace) {
    const auto job = parse_job(json::parse(R"({"jobStatus":"DONE","inputData":[{"assetType":"EXTERNAL_FILE"}],"jobRunTime":"soon"})").value());
    ASSERT_FALSE(job);
    std::string pointers;
    for (const auto& fault : job.error().faults) {
        pointers += fault.pointer + " ";
    }
    EXPECT_EQ(pointers, "/jobStatus /jobRunTime /jobType /inputData/0/fileUrl ");
}

TEST(Deployment, StatesFollowTheirMachine) {
    using enum DeploymentState;
    const std::array all{DEPLOYING, DEPLOYED, FAILED, UNDEPLOYING, UNDEPLOYED};
    const std::array<std::string_view, 5> allowed{"11100", "01011", "00111", "01111", "00001"};
    for (std::size_t from = 0; from < all.size(); ++from) {
        for (std::size_t to = 0; to < all.size(); ++to) {
            EXPECT_EQ(may_become(all[from], all[to]), allowed[from][to] == '1') << json::enum_name(all[from]) << " " << json::enum_name(all[to]);
        }
    }
}

TEST(Snapshot, DefaultNameIsOfTheMinuteInUtcAndFits) {
    const auto at = from_iso("2026-01-02T03:04:59.999Z").value();
    EXPECT_EQ(default_snapshot_name("titanic", at), "titanic-20260102_0304");
    std::string umlauts;
    for (int i = 0; i < 200; ++i) {
        umlauts += "ä";
    }
    const auto name = default_snapshot_name(umlauts, at);
    EXPECT_EQ(name, umlauts.substr(0, 360) + "-20260102_0304") << "cut between characters";
    EXPECT_EQ(default_snapshot_name(umlauts.substr(0, 360), at), umlauts.substr(0, 360) + "-20260102_0304");
}

TEST(Snapshot, NamesAreCountedInCharacters) {
    std::string umlauts;
    for (int i = 0; i < 200; ++i) {
        umlauts += "ä";
    }
    const auto named = [](const std::string& name) { return parse_stored_model(json::value(json::object{{"modelMetaData", json::object{{"name", name}}}})); };
    EXPECT_TRUE(named(umlauts));
    EXPECT_FALSE(named(umlauts + "x"));
    EXPECT_FALSE(named("a\nb"));
    EXPECT_FALSE(named(""));
}

TEST(Models, UnknownMembersSurviveTheRoundTrip) {
    for (
        const auto* text :
        {R"({"modelMetaData":{"name":"n","tags":["a"],"roi":{"x":1}},"modelAssets":[],"associatedModels":[{"associationRole":"METRICS_MODEL"}],"useCaseIds":["u"]})"}) {
        EXPECT_EQ(json::write(to_json(parse_stored_model(json::parse(text).value()).value())), text);
    }
    const auto* snapshot =
        R"({"storedModel":{"id":"m"},"metaData":{"name":"n","tags":[],"note":1},"associatedModels":[],"targetRuntimes":[],"modelDocuments":[{"d":1}]})";
    EXPECT_EQ(json::write(to_json(parse_deployable_model(json::parse(snapshot).value()).value())), snapshot);
    const auto* deployment =
        R"({"deployableModel":{"id":"s"},"engine":{"id":"e"},"state":"DEPLOYED","undeployTime":"2026-01-01T00:00:00.000Z","schedules":[{"scheduleId":"x"}]})";
    EXPECT_EQ(json::write(to_json(parse_deployed_model(json::parse(deployment).value()).value())), deployment);
    const auto* notification = R"({"notificationType":"N","severity":"INFO","message":"m","open":true,"assignment":{"issueId":"1"},"approvalType":"A"})";
    EXPECT_EQ(json::write(to_json(parse_notification(json::parse(notification).value()).value())), notification);
    const auto* result = R"({"storedModelId":"m","testResults":{"auc":0.5},"x":1})";
    EXPECT_EQ(json::write(to_json(parse_model_test_result(json::parse(result).value()).value())), result);
}

TEST(Runtime, EnrolmentIdsAreOfGroupTypeAndName) {
    const auto id = enrolment_id("g", "SPARK_RUNTIME", "n");
    EXPECT_EQ(enrolment_id("g", "SPARK_RUNTIME", "n"), id);
    EXPECT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '5') << "name-based";
    EXPECT_NE(enrolment_id("h", "SPARK_RUNTIME", "n"), id);
    EXPECT_NE(enrolment_id("g", "SPARK_RUNTIME", "m"), id);
    EXPECT_NE(enrolment_id("a", "bc", "n"), enrolment_id("ab", "c", "n"));
    EXPECT_NE(enrolment_id("a", "1:b", "n"), enrolment_id("a:1", "b", "n"));
}

TEST(Runtime, StatesOfEndpoints) {
    using enum RuntimeState;
    for (const auto& [status, state] : std::vector<std::pair<std::string, RuntimeState>>{{"InService", ONLINE},
                                                                                         {"Updating", ONLINE},
                                                                                         {"SystemUpdating", ONLINE},
                                                                                         {"RollingBack", ONLINE},
                                                                                         {"Creating", INIT},
                                                                                         {"Failed", ERROR},
                                                                                         {"OutOfService", ERROR},
                                                                                         {"UpdateRollbackFailed", ERROR},
                                                                                         {"Deleting", OFFLINE},
                                                                                         {"Brandnew", REMOVED}}) {
        EXPECT_EQ(runtime_state_of_endpoint(status, REMOVED), state) << status;
    }
}

TEST(Runtime, UnknownMembersSurviveAndNamesAreChecked) {
    const auto* text =
        R"({"engineType":"SPARK_RUNTIME","name":"n","state":"ONLINE","tags":["a"],"inputEndpoints":[],"outputEndpoints":[],"sparkConf":{"--master":"yarn","n":1},"x":[{}]})";
    EXPECT_EQ(json::write(to_json(parse_runtime(json::parse(text).value()).value())), text);
    EXPECT_EQ(parse_runtime(json::parse(R"({"name":"n"})").value()).error().faults.at(0).pointer, "/engineType");
    EXPECT_EQ(parse_runtime(json::parse(R"({"engineType":"SPARK_RUNTIME"})").value()).error().faults.at(0).pointer, "/name");
}

}  // namespace
}  // namespace slipway::domain
