// "SageMaker deploy model" as the engine runs it: every way to end, by the failure table of the design.
// Compiled from the moment that the engine is beside the reader: the two are built apart.
#if __has_include("fakes/fake_automation.hpp")
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

#include "adapters/bpmn/reader.hpp"
#include "fakes/fake_automation.hpp"

namespace slipway::bpmn {
namespace {

using lifecycle::FakeAutomation;
using lifecycle::TaskError;

lifecycle::Process process() {
    std::ifstream in{fmt::format("{}/lifecycles/sagemaker-deploy-model.bpmn", SLIPWAY_SOURCE_DIR)};
    std::stringstream text;
    text << in.rdbuf();
    return read_processes(text.str()).value().processes.at(0);
}

class SageMakerDeployModelRun : public testing::Test {
protected:
    void SetUp() override {
        run_.ok(lifecycle::Start{.element = "Start_Snapshot", .variables = json::parse_object(R"({"DEPLOYABLE_MODEL_ID": "s-1", "TRIGGER": "sync"})").value()});
        EXPECT_EQ(run_.instance.business_key, "s-1");
    }
    static json::object variables(std::string_view text) { return json::parse_object(text).value(); }
    /// What model.getSnapshot answers, with `more`.
    void snapshot(std::string_view type = "SAGEMAKER", std::string_view missing = "warn", std::string_view served_by = "") {
        run_.complete("T_Get",
                      variables(fmt::format(R"({{"DEPLOYABLE_MODEL": {{"id": "s-1"}}, "STORED_MODEL": {{"modelMetaData": {{"type": "{}"}}}}, "SERVED_BY": [{}],
            "SETTINGS": {{"missingAssets": "{}", "alreadyDeployed": "end", "transformTimeout": "PT24H", "deployTimeout": "PT2H", "remindEvery": "P3D", "expireAfter": "P30D"}}}})",
                                            type, served_by, missing)));
    }
    void verified(bool test_data = false, bool complete = true) {
        run_.complete("T_Verify", {{"ASSET_REPORT", json::object{}}, {"ASSETS_OK", complete}, {"HAS_TEST_DATA", test_data}});
    }
    void to_decision() {
        snapshot();
        verified();
        run_.complete("T_Ticket", variables(R"({"TICKET": {"id": "n-1"}})"));
        EXPECT_EQ(run_.waiting(), "R_Decision");
    }
    void to_transform() {
        snapshot();
        verified(true);
        run_.complete("T_TfCreate", variables(R"({"JOB": {"id": "j-1", "jobStatus": "RUNNING"}})"));
        EXPECT_EQ(run_.waiting(), "R_Tf");
    }
    void to_endpoint() {
        to_decision();
        run_.deliver("R_Decision", variables(R"({"DECISION": "APPROVED", "DECIDED_BY": "ann"})"));
        run_.complete("T_EpCreate", variables(R"({"DEPLOYMENT": {"id": "d-1"}})"));
        EXPECT_EQ(run_.waiting(), "R_Ep");
    }
    void expect_outcome(std::string_view outcome) {
        EXPECT_EQ(run_.waiting(), "");
        ASSERT_TRUE(run_.ended);
        EXPECT_EQ(run_.ended->state, lifecycle::InstanceState::completed);
        const auto* const found = run_.ended->variables.if_contains("OUTCOME");
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(*found, json::value(outcome));
    }
    std::string key_of(const std::string& element) { return run_.subscriptions.at(run_.subscription_at(element)).correlation_key.value_or(""); }

    FakeAutomation run_{process()};
};

TEST_F(SageMakerDeployModelRun, EndsQuicklyWithoutASageMakerModel) {
    snapshot("PYTHON");
    expect_outcome("NOT_SAGEMAKER");
}

TEST_F(SageMakerDeployModelRun, EndsWithoutATicketWhenItIsInServiceAlready) {
    snapshot("SAGEMAKER", "block", "\"endpoint-1\"");
    verified(true, false);
    expect_outcome("ALREADY_DEPLOYED");
}

TEST_F(SageMakerDeployModelRun, TellsOfMissingAssetsWhereTheyBlock) {
    snapshot("SAGEMAKER", "block");
    verified(true, false);
    EXPECT_EQ(run_.waiting(), "T_ExTicket");
    EXPECT_EQ(*run_.variable("ERROR_CODE"), json::value("ASSETS_BLOCKED"));
    run_.complete("T_ExTicket");
    expect_outcome("FAILED");
}

TEST_F(SageMakerDeployModelRun, AsksForApprovalWithoutATestWhereThereIsNoTestData) {
    snapshot();
    verified(false, false);
    EXPECT_EQ(run_.waiting(), "T_Ticket");
    EXPECT_EQ(run_.externals.begin()->second.topic, "ticket.createApproval");
    EXPECT_EQ(run_.externals.begin()->second.inputs.at("KIND"), json::value("model-approval"));
}

TEST_F(SageMakerDeployModelRun, DeploysWhatIsTestedAndApproved) {
    to_transform();
    EXPECT_EQ(key_of("R_Tf"), "j-1");
    run_.deliver("R_Tf", variables(R"({"JOB": {"id": "j-1", "jobStatus": "COMPLETE"}})"));
    run_.complete("T_Result", {{"TEST_RESULT", json::object{}}});
    run_.complete("T_Ticket", variables(R"({"TICKET": {"id": "n-1"}})"));
    EXPECT_EQ(key_of("R_Decision"), "n-1");
    EXPECT_EQ(key_of("B_Deleted"), "s-1");
    run_.deliver("R_Decision", variables(R"({"DECISION": "APPROVED"})"));
    run_.complete("T_EpCreate", variables(R"({"DEPLOYMENT": {"id": "d-1"}})"));
    EXPECT_EQ(key_of("R_Ep"), "d-1");
    run_.deliver("R_Ep", variables(R"({"DEPLOYMENT": {"id": "d-1", "verdict": "DEPLOYED"}})"));
    run_.complete("T_Register");
    run_.complete("T_Done");
    expect_outcome("DEPLOYED");
}

TEST_F(SageMakerDeployModelRun, AFailedTestLeadsToNoEndpoint) {
    to_transform();
    run_.deliver("R_Tf", variables(R"({"JOB": {"id": "j-1", "jobStatus": "ERROR"}})"));
    EXPECT_EQ(run_.waiting(), "T_TfTicket");
    EXPECT_EQ(*run_.variable("ERROR_CODE"), json::value("TRANSFORM_FAILED"));
    run_.complete("T_TfTicket");
    expect_outcome("TRANSFORM_FAILED");
}

TEST_F(SageMakerDeployModelRun, ATestThatTakesTooLongIsStopped) {
    to_transform();
    run_.fire("B_TfIdle");
    EXPECT_EQ(run_.waiting(), "R_Tf T_TfPoll");
    run_.complete("T_TfPoll");
    EXPECT_EQ(run_.waiting(), "R_Tf");
    run_.fire("B_TfTimeout");
    run_.complete("T_TfStop");
    EXPECT_EQ(*run_.variable("ERROR_CODE"), json::value("TRANSFORM_TIMEOUT"));
    run_.complete("T_TfTicket");
    expect_outcome("TRANSFORM_FAILED");
}

TEST_F(SageMakerDeployModelRun, ATestThatEndedWhileNobodyLookedGoesOn) {
    to_transform();
    run_.fire("B_TfTimeout");
    run_.complete("T_TfStop", variables(R"({"JOB": {"id": "j-1", "jobStatus": "COMPLETE"}})"));
    run_.complete("T_Result", {{"TEST_RESULT", json::object{}}});
    EXPECT_EQ(run_.waiting(), "T_Ticket");
}

TEST_F(SageMakerDeployModelRun, ATestThatFailedWhileNobodyLookedSaysSo) {
    to_transform();
    run_.fire("B_TfTimeout");
    run_.complete("T_TfStop", variables(R"({"JOB": {"id": "j-1", "jobStatus": "ERROR"}})"));
    EXPECT_EQ(*run_.variable("ERROR_CODE"), json::value("TRANSFORM_FAILED"));
}

TEST_F(SageMakerDeployModelRun, AnEndpointThatServedWhileNobodyLookedIsDeployed) {
    to_endpoint();
    run_.fire("B_EpTimeout");
    EXPECT_EQ(run_.waiting(), "T_EpLook");
    EXPECT_EQ(run_.externals.begin()->second.inputs.at("KIND"), json::value("last-look"));
    run_.complete("T_EpLook", variables(R"({"DEPLOYMENT": {"id": "d-1", "verdict": "DEPLOYED"}})"));
    EXPECT_EQ(run_.waiting(), "T_Register");
}

TEST_F(SageMakerDeployModelRun, AsksNobodyAboutWhatSomebodyDeployedMeanwhile) {
    snapshot();
    verified();
    run_.ok(TaskError{run_.task_at("T_Ticket"), "ALREADY_DEPLOYED", "it is in service on churn-blue", {}});
    expect_outcome("ALREADY_DEPLOYED");
}

TEST_F(SageMakerDeployModelRun, WhatCannotBeTestedIsNotDeployed) {
    snapshot();
    verified(true);
    run_.ok(TaskError{run_.task_at("T_TfCreate"), "TRANSFORM_FAILED", "no model to test", {}});
    EXPECT_EQ(run_.waiting(), "T_TfTicket");
    EXPECT_EQ(*run_.variable("ERROR_MESSAGE"), json::value("no model to test"));
}

TEST_F(SageMakerDeployModelRun, AnythingButAnApprovalIsARejection) {
    to_decision();
    run_.deliver("R_Decision", variables(R"({"DECISION": "approved?"})"));
    EXPECT_EQ(run_.waiting(), "T_Reject");
    run_.complete("T_Reject");
    expect_outcome("REJECTED");
}

TEST_F(SageMakerDeployModelRun, RemindsAndExpires) {
    to_decision();
    run_.fire("B_Remind");
    run_.complete("T_Remind");
    run_.fire("B_Remind");
    run_.complete("T_Remind");
    EXPECT_EQ(run_.waiting(), "R_Decision");
    run_.fire("B_Expire");
    run_.complete("T_Expire", variables(R"({"DECISION": "EXPIRED"})"));
    expect_outcome("EXPIRED");
}

TEST_F(SageMakerDeployModelRun, ADecisionInTimeCountsHoweverLateItIsHeardOf) {
    to_decision();
    run_.fire("B_Expire");
    run_.complete("T_Expire", variables(R"({"DECISION": "APPROVED", "DECIDED_BY": "eve"})"));
    EXPECT_EQ(run_.waiting(), "T_EpCreate");
}

TEST_F(SageMakerDeployModelRun, SoDoesARejection) {
    to_decision();
    run_.fire("B_Expire");
    run_.complete("T_Expire", variables(R"({"DECISION": "REJECTED", "DECIDED_BY": "eve"})"));
    run_.complete("T_Reject");
    expect_outcome("REJECTED");
}

TEST_F(SageMakerDeployModelRun, ADeletedSnapshotClosesItsTicket) {
    to_decision();
    run_.deliver("B_Deleted");
    EXPECT_EQ(run_.waiting(), "T_CloseT");
    run_.complete("T_CloseT");
    expect_outcome("CANCELLED");
}

TEST_F(SageMakerDeployModelRun, AnEndpointThatIsNotInServiceIsNoSuccess) {
    to_endpoint();
    run_.fire("B_EpIdle");
    run_.complete("T_EpPoll");
    run_.deliver("R_Ep", variables(R"({"DEPLOYMENT": {"id": "d-1", "verdict": "CONFLICT"}})"));
    EXPECT_EQ(run_.waiting(), "T_DepTicket");
    run_.complete("T_DepTicket");
    expect_outcome("DEPLOY_FAILED");
}

TEST_F(SageMakerDeployModelRun, AnEndpointThatTakesTooLongIsNoSuccess) {
    to_endpoint();
    run_.fire("B_EpTimeout");
    run_.complete("T_EpLook", variables(R"({"DEPLOYMENT": {"id": "d-1", "endpointName": "e"}})"));
    EXPECT_EQ(*run_.variable("ERROR_CODE"), json::value("ENDPOINT_TIMEOUT"));
    run_.complete("T_DepTicket");
    expect_outcome("DEPLOY_FAILED");
}

TEST_F(SageMakerDeployModelRun, AnyOtherErrorIsTold) {
    to_endpoint();
    run_.deliver("R_Ep", variables(R"({"DEPLOYMENT": {"id": "d-1", "verdict": "DEPLOYED"}})"));
    run_.ok(TaskError{run_.task_at("T_Register"), "ODD", "odd", {}});
    EXPECT_EQ(run_.waiting(), "T_ExTicket");
    run_.complete("T_ExTicket");
    expect_outcome("FAILED");
}

TEST(VendorStyle, Compiles) {
    std::ifstream in{fmt::format("{}/tests/data/bpmn/drift-check.bpmn", SLIPWAY_SOURCE_DIR)};
    std::stringstream text;
    text << in.rdbuf();
    const auto graph = lifecycle::compile(read_processes(text.str()).value().processes.at(0));
    ASSERT_TRUE(graph) << graph.error().message << " " << graph.error().faults[0].pointer << " " << graph.error().faults[0].expected;
}

}  // namespace
}  // namespace slipway::bpmn
#endif
