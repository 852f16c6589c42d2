#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kInstance = "0198f2a0-0000-7000-8000-000000000007";

class LifecycleCommands : public testing::Test {
protected:
    LifecycleCommands() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    FakeTerminal t;
};

TEST_F(LifecycleCommands, DeploySendsTheFileByteForByteAndTellsRemarks) {
    const auto path = t.file("review.bpmn", "<a>\r\n</a>\n\n");
    t.server.then(FakeTerminal::answer(
        200, R"({"id":"d","remarks":[{"resource":"review.bpmn","elementId":"T1","message":"the form is kept, not shown"}],)"
             R"("deployedProcessDefinitions":{"p":{"id":"p","key":"review","name":"Review","version":2}},"deployedDecisionDefinitions":null})"));
    EXPECT_EQ(t.run({"lifecycle", "deploy", path.string(), "--group", "risk"}), kDone) << t.err;
    const auto sent = t.server.requests().at(0);
    EXPECT_THAT(sent.url, EndsWith("/mlc-service/rest/deployment/create"));
    EXPECT_THAT(sent.body, AllOf(HasSubstr("filename=\"review.bpmn\"\r\nContent-Type: application/octet-stream\r\n\r\n<a>\r\n</a>\n\n\r\n--"),
                                 HasSubstr("name=\"tenant-id\"\r\n\r\nrisk\r\n")));
    EXPECT_THAT(t.out, AllOf(HasSubstr("Review"), HasSubstr("2")));
    EXPECT_THAT(t.err, HasSubstr("T1: the form is kept, not shown"));
    EXPECT_EQ(t.run({"lifecycle", "deploy", path.string() + ".not"}), kWrongUse);
    EXPECT_EQ(t.run({"lifecycle", "deploy", t.file("passwd", "root").string()}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("would run: processes are files called .bpmn"));
    EXPECT_EQ(t.server.requests().size(), 1U) << "nothing is kept of it";
}

TEST_F(LifecycleCommands, UndeployDeletesADeployment) {
    t.server.then(FakeTerminal::answer(204, "")).then(FakeTerminal::answer(204, ""));
    EXPECT_EQ(t.run({"lifecycle", "undeploy", "d/1"}), kDone) << t.err;
    EXPECT_EQ(t.server.requests().at(0).method, "DELETE");
    EXPECT_THAT(t.server.requests().at(0).url, EndsWith("/mlc-service/rest/deployment/d%2F1"));
    EXPECT_EQ(t.run({"lifecycle", "undeploy", "d", "--cascade"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(1).url, EndsWith("/mlc-service/rest/deployment/d?cascade=true"));
}

TEST_F(LifecycleCommands, ARefusedFileNamesItsElements) {
    t.server.then(FakeTerminal::answer(400, R"({"type":"ParseException","message":"The file cannot run here.","code":0,"reason":"BPMN",)"
                                            R"("errors":[{"pointer":"T_Old","expected":"a topic","got":"Groovy"}]})"));
    EXPECT_EQ(t.run({"lifecycle", "deploy", t.file("old.bpmn", "<a/>").string()}), kInvalid);
    EXPECT_THAT(t.err, AllOf(HasSubstr("The file cannot run here."), HasSubstr("T_Old")));
}

TEST_F(LifecycleCommands, ShowTellsWhereAnInstanceIsAndWhatItIsStuckOn) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"x","state":"ACTIVE","processDefinitionName":"Review"})"))
        .then(FakeTerminal::answer(200, R"({"childActivityInstances":[{"activityId":"sub","activityName":null,"childActivityInstances":)"
                                        R"([{"activityId":"T_Score","activityName":"Score","childActivityInstances":[]}]}]})"))
        .then(FakeTerminal::answer(200, R"([{"id":"i","activityId":"T_Score","incidentMessage":"no such table"}])"))
        .then(FakeTerminal::answer(
            200, R"([{"activityName":"Begin","startTime":"2026-11-26T15:04:05.123+0000","endTime":"2026-11-26T15:04:05.124+0000","canceled":false},)"
                 R"({"activityName":null,"startTime":"2026-11-26T15:04:05.124+0000"},)"
                 R"({"activityName":"Wait","startTime":"2026-11-26T15:04:06.000+0000","endTime":"2026-11-26T15:04:07.000+0000","canceled":true},)"
                 R"({"activityName":"Score","startTime":"2026-11-26T15:04:08.000+0000","endTime":null,"canceled":false}])"));
    EXPECT_EQ(t.run({"lifecycle", "show", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("sub"), HasSubstr("Score"), HasSubstr("T_Score: no such table")));
    EXPECT_THAT(t.out, AllOf(HasSubstr("15:04:05 Begin\n"), HasSubstr("15:04:06 Wait, left before its end\n"), HasSubstr("15:04:08 Score, here now\n")));
}

TEST_F(LifecycleCommands, ShowTellsWhichItemsOfARepeatedStepAreWhere) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"x","state":"ACTIVE"})"))
        .then(FakeTerminal::answer(
            200, R"({"childActivityInstances":[{"activityId":"S","activityName":"Sign","activityType":"multiInstanceBody","childActivityInstances":)"
                 R"([{"activityId":"S","activityName":"Sign","activityType":"userTask","loopCounter":2,"childActivityInstances":[]}]}]})"))
        .then(FakeTerminal::answer(200, "[]"))
        .then(FakeTerminal::answer(
            200, R"([{"activityName":"Sign","activityType":"multiInstanceBody","startTime":"2026-11-26T15:04:05.123+0000","endTime":null},)"
                 R"({"activityName":"Sign","activityType":"userTask","loopCounter":2,"startTime":"2026-11-26T15:04:05.123+0000","endTime":null}])"));
    EXPECT_EQ(t.run({"lifecycle", "show", kInstance, "-o", "json"}), kDone) << t.err;
    EXPECT_THAT(t.out,
                AllOf(HasSubstr("\"Sign (item 3)\""), HasSubstr("15:04:05 Sign (item 3), here now"), Not(HasSubstr("\"Sign\"")), Not(HasSubstr("Sign,"))));
}

TEST_F(LifecycleCommands, ShowLeadsFromACallerToWhatItIsStuckOnAndBack) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"x","state":"ACTIVE","superProcessInstanceId":"above"})"))
        .then(FakeTerminal::answer(200, R"({"childActivityInstances":[]})"))
        .then(FakeTerminal::answer(
            200, R"([{"id":"i","activityId":"call","incidentMessage":null,"calledProcessInstanceId":"c","rootCauseIncidentProcessInstanceId":"c",)"
                 R"("rootCauseIncidentActivityId":"score","rootCauseIncidentMessage":"no such table"},)"
                 R"({"id":"j","activityId":"call","incidentMessage":null,"calledProcessInstanceId":"d","rootCauseIncidentProcessInstanceId":"e",)"
                 R"("rootCauseIncidentActivityId":null,"rootCauseIncidentMessage":"lost"}])"))
        .then(FakeTerminal::answer(200, "[]"));
    EXPECT_EQ(t.run({"lifecycle", "show", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("call: it called c, which is stuck at score: no such table"),
                             HasSubstr("call: it called d, which waits for e, which is stuck: lost"), HasSubstr("above")));
}

TEST_F(LifecycleCommands, RetryGoesOnWhereAnIncidentWentWithAnother) {
    t.server.then(FakeTerminal::answer(200, R"([{"id":"a:b:1"},{"id":"i2"}])"))
        .then(FakeTerminal::answer(404, R"({"code":"NOT_FOUND","detail":"There is no open incident."})"))
        .then(FakeTerminal::answer(204, ""))
        .then(FakeTerminal::answer(200, "[]"))
        .then(FakeTerminal::answer(200, R"({"id":"x","state":"COMPLETED"})"))
        .then(FakeTerminal::answer(200, "[]"));
    EXPECT_EQ(t.run({"lifecycle", "retry", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(1).url, EndsWith("/incident/a%3Ab%3A1/retry"));
    EXPECT_THAT(t.server.requests().at(2).url, EndsWith("/incident/i2/retry"));
}

TEST_F(LifecycleCommands, ShowTellsWhyAnInstanceFailedAndWhereToGoOn) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"x","state":"COMPLETED","outcome":"TRANSFORM_FAILED","businessKey":"s-1"})"))
        .then(FakeTerminal::answer(200, "[]"))
        .then(FakeTerminal::answer(200, R"([{"name":"ERROR_MESSAGE","type":"String","value":"AlgorithmError: no such column"}])"));
    EXPECT_EQ(t.run({"lifecycle", "show", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.out, HasSubstr("AlgorithmError: no such column"));
    EXPECT_THAT(t.err, HasSubstr("slipway why s-1"));
    EXPECT_THAT(t.server.requests().at(2).url, HasSubstr("variableName=ERROR_MESSAGE"));
}

TEST_F(LifecycleCommands, RetryTriesEachIncidentAgain) {
    t.server.then(FakeTerminal::answer(200, R"([{"id":"i1"},{"id":"i2"}])"))
        .then(FakeTerminal::answer(204, ""))
        .then(FakeTerminal::answer(204, ""))
        .then(FakeTerminal::answer(200, R"([{"id":"i2"}])"))
        .then(FakeTerminal::answer(200, R"({"id":"x","state":"COMPLETED"})"))
        .then(FakeTerminal::answer(200, "[]"));
    EXPECT_EQ(t.run({"lifecycle", "retry", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(1).url, EndsWith("/incident/i1/retry"));
    EXPECT_THAT(t.server.requests().at(2).url, EndsWith("/incident/i2/retry"));
    EXPECT_THAT(t.err, HasSubstr("2 tried again, 1 stopped at once as before."));
}

TEST_F(LifecycleCommands, AnInstanceThatIsNotThereIsNotSaidToBeStuckOnNothing) {
    t.server.then(FakeTerminal::answer(200, "[]")).then(FakeTerminal::answer(404, R"({"code":"NOT_FOUND","detail":"There is no process instance."})"));
    EXPECT_NE(t.run({"lifecycle", "retry", kInstance}), kDone);
    EXPECT_THAT(t.err, Not(HasSubstr("stuck on nothing")));
}

TEST_F(LifecycleCommands, CancelAsksForAReason) {
    EXPECT_EQ(t.run({"lifecycle", "cancel", kInstance}), kWrongUse);
    t.server.then(FakeTerminal::answer(204, ""))
        .then(FakeTerminal::answer(200, R"({"id":"x","state":"EXTERNALLY_TERMINATED"})"))
        .then(FakeTerminal::answer(200, "[]"));
    EXPECT_EQ(t.run({"lifecycle", "cancel", kInstance, "--reason", "not needed"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("reason=not%20needed"));
    EXPECT_THAT(t.out, Not(HasSubstr("ACTIVE")));
}

TEST_F(LifecycleCommands, CancelTellsWhatBecomesOfTicketAndEndpoint) {
    const auto cancel = [&](std::string_view ticket) {
        t.err.clear();
        t.server.then(FakeTerminal::answer(204, ""))
            .then(FakeTerminal::answer(200, R"({"id":"x","state":"EXTERNALLY_TERMINATED","businessKey":"s-1","ticketId":"n-1"})"))
            .then(FakeTerminal::answer(200, "[]"))
            .then(FakeTerminal::answer(200, std::string{ticket}));
    };
    cancel(R"({"id":"n-1","open":true})");
    EXPECT_EQ(t.run({"lifecycle", "cancel", kInstance, "--reason", "no"}), kDone) << t.err;
    EXPECT_THAT(t.err, HasSubstr("needs no decision any more"));
    cancel(R"({"id":"n-1","decision":{"decision":"APPROVED","decidedBy":"ravi"}})");
    const auto deploying = [&](std::string_view state) {
        t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"deployedModels":[{"id":"d-1","state":"DEPLOYING","engine":{"name":"churn-prod"}}]}})"))
            .then(FakeTerminal::answer(200, fmt::format(R"({{"transitions":[{{"state":"PLANNED"}},{{"state":"{}"}}],"operation":{{"id":"o-1"}}}})", state)));
    };
    deploying("CONFIG_READY");
    EXPECT_EQ(t.run({"lifecycle", "cancel", kInstance, "--reason", "no"}), kDone) << t.err;
    EXPECT_THAT(t.err,
                AllOf(HasSubstr("churn-prod is made all the same, once AWS takes it"), HasSubstr("slipway operation cancel o-1"), Not(HasSubstr("undeploy"))));
    cancel(R"({"id":"n-1","decision":{"decision":"APPROVED","decidedBy":"ravi"}})");
    deploying("REQUESTED");
    EXPECT_EQ(t.run({"lifecycle", "cancel", kInstance, "--reason", "no"}), kDone) << t.err;
    EXPECT_THAT(t.err,
                AllOf(HasSubstr("stays approved by ravi"), HasSubstr("churn-prod was asked for and is made all the same"), HasSubstr("slipway undeploy d-1")));
}

TEST_F(LifecycleCommands, InstancesAreNamedByWhatTheyAreFor) {
    t.server.then(FakeTerminal::answer(200, R"([{"id":"x","state":"COMPLETED","outcome":"TRANSFORM_FAILED","businessKey":"s-1","businessKeyName":"churn-3",)"
                                            R"("processDefinitionName":"SageMaker deploy model"}])"));
    EXPECT_EQ(t.run({"lifecycle", "instances"}), kDone) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("SageMaker deploy model"), HasSubstr("churn-3"), Not(HasSubstr("s-1"))));
}

}  // namespace
}  // namespace slipway::cli
