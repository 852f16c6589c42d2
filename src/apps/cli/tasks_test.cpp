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
constexpr const char* kTask = R"({"id":"0198f2a0-0000-7000-8000-000000000007:4","name":"Review the model","assignee":null,"taskDefinitionKey":"review",)"
                              R"("candidateGroups":["risk"],"candidateUsers":["bob"],"due":"2020-01-31T12:00:00.000+0000","description":"Is it sound?",)"
                              R"("processDefinitionKey":"Model_Review","processInstanceId":"0198f2a0-0000-7000-8000-000000000007"})";

class TaskCommands : public testing::Test {
protected:
    TaskCommands() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    void then(int status, std::string body) { t.server.then(FakeTerminal::answer(status, std::move(body))); }
    FakeTerminal t;
};

TEST_F(TaskCommands, ListTellsForWhomATaskIsAndThatItIsOverdue) {
    then(200, "[" + std::string{kTask} +
                  R"(,{"id":"x:1","name":null,"taskDefinitionKey":"sign","assignee":"ann"},{"id":"x:2","name":"Look","candidateGroups":[]}])");
    EXPECT_EQ(t.run({"task", "list", "--mine", "--process", "Model_Review"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("/task?processDefinitionKey=Model_Review&mine=true&firstResult=0&maxResults=100"));
    EXPECT_THAT(t.out, AllOf(HasSubstr("Review the model"), HasSubstr("anyone in risk or bob"), HasSubstr("overdue, "), HasSubstr("sign"), HasSubstr("ann"),
                             HasSubstr("anybody")));
    then(200, "[" + std::string{kTask} + "]");
    t.out.clear();
    EXPECT_EQ(t.run({"task", "list", "-o", "json"}), kDone) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("candidateGroups"), Not(HasSubstr("forWhom")))) << "as the server has it";
}

TEST_F(TaskCommands, AllAreReadPageByPage) {
    std::string page = "[";
    for (int i = 0; i < 1000; ++i) {
        page += (i == 0 ? "" : ",") + std::string{R"({"id":"x:1","name":"Look"})"};
    }
    then(200, page + "]");
    then(200, R"([{"id":"x:1001","name":"The last"}])");
    EXPECT_EQ(t.run({"task", "list", "--all"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(1).url, HasSubstr("firstResult=1000"));
    EXPECT_THAT(t.out, HasSubstr("The last"));
    then(200, R"([{"id":"x:1","name":"Look"}])");
    then(200, R"({"count":1001})");
    EXPECT_EQ(t.run({"task", "list", "--limit", "1"}), kDone) << t.err;
    EXPECT_THAT(t.err, HasSubstr("1 of 1001 shown"));
    EXPECT_EQ(t.run({"task", "list", "--limit", "1", "--all"}), kWrongUse);
}

TEST_F(TaskCommands, ShowTellsWhatItIsAboutAndWhatItKnows) {
    then(200, kTask);
    then(200, R"({"score":{"type":"Double","value":0.93},"note":{"type":"String","value":"late"}})");
    EXPECT_EQ(t.run({"task", "show", std::string{kInstance} + ":4"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(0).url, EndsWith("/task/0198f2a0-0000-7000-8000-000000000007%3A4"));
    EXPECT_THAT(t.out, AllOf(HasSubstr("Is it sound?"), HasSubstr("note=late"), HasSubstr("score=0.93")));
}

TEST_F(TaskCommands, CompleteSendsVariablesOfTheirTypesAndShowsWhereItGoes) {
    then(200, "[" + std::string{kTask} + "]");
    then(204, "");
    then(200, R"({"id":"x","state":"COMPLETED","processDefinitionName":"Review"})");
    then(200, "[]");
    EXPECT_EQ(t.run({"task", "complete", kInstance, "--var", "approved=true", "--var", "score=0.5", "--var", "note=a=b c", "--var", "code=\"42\"", "--var",
                     "of=[1]"}),
              kDone)
        << t.err;
    const auto sent = t.server.requests().at(1);
    EXPECT_THAT(sent.url, EndsWith("/task/0198f2a0-0000-7000-8000-000000000007%3A4/complete"));
    EXPECT_EQ(sent.body,
              R"({"variables":{"approved":{"value":true},"score":{"value":0.5},"note":{"value":"a=b c"},"code":{"value":"42"},"of":{"value":[1]}}})");
    EXPECT_THAT(t.err, HasSubstr("Review the model is completed."));
    EXPECT_THAT(t.out, HasSubstr("COMPLETED"));
}

TEST_F(TaskCommands, WhatIsWrongOnTheLineIsRefusedBeforeAnythingIsDone) {
    EXPECT_EQ(t.run({"task", "complete", kInstance, "--var", "approved"}), kWrongUse);
    EXPECT_EQ(t.run({"task", "complete", kInstance, "--var", "=1"}), kWrongUse);
    EXPECT_EQ(t.run({"task", "complete", kInstance, "--var", "a=1", "--var", "a=2"}), kWrongUse);
    EXPECT_TRUE(t.server.requests().empty());
    then(200, "[]");
    EXPECT_EQ(t.run({"task", "complete", kInstance}), kNotFound);
    then(200, R"([{"id":"x:1","name":"Look"},{"id":"x:2","name":"Sign"}])");
    EXPECT_EQ(t.run({"task", "complete", kInstance}), kConflict);
    EXPECT_THAT(t.err, AllOf(HasSubstr("x:1  Look"), HasSubstr("x:2  Sign")));
    then(200, R"({"id":"x:1","name":"Look"})");
    then(403, R"({"type":"AuthorizationException","message":"The task Look is for others: risk.","code":0,"reason":"NOT_A_CANDIDATE"})");
    EXPECT_EQ(t.run({"task", "complete", "x:1"}), kNotAllowed);
    EXPECT_THAT(t.err, HasSubstr("for others: risk"));
}

TEST_F(TaskCommands, ClaimAndReleaseShowWhoseItIsThen) {
    then(200, R"({"id":"x:1","name":"Look"})");
    then(204, "");
    then(200, R"({"id":"x:1","name":"Look","assignee":"bob"})");
    EXPECT_EQ(t.run({"task", "claim", "x:1", "--for", "bob"}), kDone) << t.err;
    EXPECT_EQ(t.server.requests().at(1).body, R"({"userId":"bob"})");
    EXPECT_THAT(t.out, HasSubstr("bob"));
    then(200, R"({"id":"x:1","name":"Look","assignee":"bob"})");
    then(204, "");
    then(200, R"({"id":"x:1","name":"Look","assignee":null})");
    EXPECT_EQ(t.run({"task", "release", "x:1"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().at(4).url, EndsWith("/task/x%3A1/unclaim"));
}

TEST_F(TaskCommands, AnInstanceNamesItsTasksAndTheWayOn) {
    then(200, R"({"id":"x","state":"ACTIVE","openTasks":1,"processDefinitionName":"Review"})");
    then(200, R"({"childActivityInstances":[]})");
    then(200, "[" + std::string{kTask} + "]");
    then(200, "[]");
    then(200, "[]");
    EXPECT_EQ(t.run({"lifecycle", "show", kInstance}), kDone) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("Review the model, for anyone in risk or bob, overdue, "),
                             HasSubstr("slipway task complete 0198f2a0-0000-7000-8000-000000000007:4")));
}

}  // namespace
}  // namespace slipway::cli
