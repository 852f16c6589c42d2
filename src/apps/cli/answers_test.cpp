#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/output.hpp"
#include "base/json.hpp"
#include "fakes/fake_terminal.hpp"

/// What comes from the server, and who reads what is made of it.
namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using testing::HasSubstr;

class AnswersTest : public testing::Test {
protected:
    AnswersTest() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    FakeTerminal t;
};

TEST_F(AnswersTest, MayBeDeeperThanWhatPeopleMaySend) {
    const auto deep = R"("deep":)" + std::string(200, '[') + std::string(200, ']');
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[{"id":"1","modelMetaData":{"name":"churn"},)" + deep + "}]}}"));
    EXPECT_EQ(t.run({"model", "list", "-o", "name"}), 0) << t.err;
    EXPECT_EQ(t.out, "churn\n");
    t.server.then(FakeTerminal::answer(201, R"({"id":"1","username":"ann",)" + deep + "}"));
    t.world.environment["SLIPWAY_PASSWORD"] = "pass word 1";
    EXPECT_EQ(t.run({"user", "add", "ann", "-o", "name"}), 0) << t.err;
    EXPECT_EQ(t.out, "ann\n");
}

TEST_F(AnswersTest, AGatewaySaysThatTheServerBehindItIsAway) {
    for (const int status : {502, 503}) {
        t.server.then(FakeTerminal::answer(status, "<html>Bad Gateway</html>"));
        EXPECT_EQ(t.run({"model", "list"}), kUnavailable) << status;
        EXPECT_EQ(t.err,
                  fmt::format("slipway: The server behind http://127.0.0.1:8080 does not answer (status {}): it is stopped, or just starting.\n", status));
    }
    t.server.then(FakeTerminal::answer(504, ""));
    EXPECT_EQ(t.run({"model", "list"}), kUnavailable);
    EXPECT_THAT(t.err, HasSubstr("The server behind http://127.0.0.1:8080 did not answer in time (status 504): what was asked for may be done all the same."));
    t.server.then(FakeTerminal::answer(503, R"({"code":"IDENTITY_AWAY","message":"The provider is away."})"));
    EXPECT_EQ(t.run({"model", "list"}), kUnavailable);
    EXPECT_THAT(t.err, HasSubstr("slipway: The provider is away.\n"));
    t.server.then(FakeTerminal::answer(500, "oops"));
    t.run({"model", "list"});
    EXPECT_THAT(t.err, HasSubstr("Is it a Slipway server?"));
}

TEST_F(AnswersTest, WhatAListSaysOfItselfIsToldBesideIt) {
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"users":[]},"warnings":["People are kept by the identity provider."]})"));
    EXPECT_EQ(t.run({"user", "list", "-o", "json"}), 0);
    EXPECT_EQ(t.out, "[]\n");
    EXPECT_THAT(t.err, HasSubstr("slipway: People are kept by the identity provider."));
}

TEST_F(AnswersTest, WhatIsWatchedEndsWithItsReader) {
    int asked = 0;
    t.world.terminal.end_with_reader = [&] { ++asked; };
    t.server.otherwise([&](const HttpRequest&) {
        t.interrupted = true;
        return FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})");
    });
    t.run({"model", "list", "--watch"});
    EXPECT_EQ(asked, 1);
    t.interrupted = false;
    t.run({"model", "list"});
    EXPECT_EQ(asked, 1) << "what ends by itself does its work, whoever reads";
    t.interrupted = false;
    t.run({"event", "list", "--watch"});
    EXPECT_EQ(asked, 2);
    t.interrupted = false;
    t.run({"job", "logs", "0198f2a0-0000-7000-8000-000000000001", "--follow"});
    EXPECT_EQ(asked, 3);
}

TEST_F(AnswersTest, AfterAPlaceThatTheServerHasNotReachedNothingIsNew) {
    t.server.otherwise([](const HttpRequest& request) -> Result<HttpResponse> {
        const bool first = std::stoi(fakes::header_of(request, "Last-Event-ID")) != 4;
        request.on_body(first ? "event: reset\ndata: {}\n\nid: 4\ndata: {\"seq\":4,\"type\":\"Job\",\"id\":\"x\",\"kind\":\"created\"}\n\n" : ": nothing\n\n");
        return FakeTerminal::answer(200, "");
    });
    EXPECT_EQ(t.run({"event", "list", "--after", "100000", "-o", "json"}), 0);
    EXPECT_TRUE(json::parse(t.out)->get_array().empty()) << t.out;
    EXPECT_THAT(t.err, HasSubstr("the last event of this server is 4"));
    EXPECT_EQ(t.run({"event", "list", "--after", "2", "-o", "name"}), 0);
    EXPECT_EQ(t.out, "4\n") << "what is still kept behind a place that is not";
}

TEST_F(AnswersTest, OperationsSayWhatTheyDeployWhere) {
    t.server.then(FakeTerminal::answer(
        200,
        R"({"_embedded":{"operations":[{"id":"o-1","kind":"DEPLOY","request":{"modelName":"churn","deployableModelId":"s-1","endpointName":"churn-prod"}}]}})"));
    EXPECT_EQ(t.run({"operation", "list", "--kind", "DEPLOY"}), 0) << t.err;
    EXPECT_THAT(t.out, testing::ContainsRegex("DEPLOY +churn +churn-prod"));
    t.server.then(FakeTerminal::answer(200, R"({"id":"o-1","kind":"DEPLOY","request":{"deployableModelId":"s-1"}})"));
    EXPECT_EQ(t.run({"operation", "show", "0198f2a0-0000-7000-8000-000000000001"}), 0) << t.err;
    EXPECT_THAT(t.out, testing::ContainsRegex("SNAPSHOT ID +s-1"));
}

TEST(RenderError, LinesStayLinesAndNoneLooksLikeAMessageOfItsOwn) {
    const Error error{ErrorCode::conflict, "AMBIGUOUS", "Two are called so:\na  one\nslipway: b\x1b[2J", {}, {}};
    EXPECT_EQ(render_error(error, Format::table), "slipway: Two are called so:\n  a  one\n  slipway: b[2J\n");
}

TEST_F(AnswersTest, AValueThatAFlagDoesNotKnowIsRefusedBeforeAnythingIsAsked) {
    EXPECT_EQ(t.run({"event", "list", "--type", "Bogus"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("--type is one of StoredModel, DeployableModel, DeployedModel, Runtime, Job, "));
    EXPECT_EQ(t.run({"event", "list", "--type", "job"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("--type knows no \"job\"; did you mean Job?"));
    EXPECT_EQ(t.run({"operation", "list", "--state", "DONE"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("--state is one of RUNNING, COMPLETE, ERROR, CANCELLED"));
    EXPECT_EQ(t.run({"operation", "list", "--kind", "UNDEPLY"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("did you mean UNDEPLOY?"));
    EXPECT_TRUE(t.server.requests().empty());
    t.run({"__complete", "--", "operation", "list", "--kind", "I"});
    EXPECT_EQ(t.out, "IMPORT\n");
}

}  // namespace
}  // namespace slipway::cli
