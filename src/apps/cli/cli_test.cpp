#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "apps/cli/command.hpp"
#include "apps/cli/exit_codes.hpp"
#include "base/json.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kId = "0198f2a0-0000-7000-8000-000000000001";

std::string models(const std::string& items, int total) {
    return R"({"_embedded":{"storedModels":[)" + items + R"(]},"page":{"size":100,"number":0,"totalElements":)" + std::to_string(total) + "}}";
}
std::string model(const std::string& name, const std::string& id = kId) {
    return R"({"id":")" + id + R"(","group":"risk","modelMetaData":{"name":")" + name +
           R"(","type":"SAGEMAKER","tags":["team=risk"]},"lastModifiedDate":"2026-11-25T18:00:04.123Z"})";
}

class CliTest : public testing::Test {
protected:
    CliTest() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    FakeTerminal t;
};

TEST_F(CliTest, AListIsATableWithRelativeTimes) {
    t.server.then(FakeTerminal::answer(200, models(model("fraud"), 1)));
    EXPECT_EQ(t.run({"model", "list"}), 0);
    EXPECT_EQ(t.out,
              "NAME   TYPE       GROUP  REGION  TAGS       UPDATED     ID\n"
              "fraud  SAGEMAKER  risk           team=risk  60 min ago  0198f2a0-0000-7000-8000-000000000001\n");
    EXPECT_EQ(t.err, "");
    const auto request = t.server.requests().at(0);
    EXPECT_EQ(request.url, "http://127.0.0.1:8080/model-manage/api/storedModels?page=0&size=100");
    EXPECT_EQ(fakes::header_of(request, "Authorization"), "Bearer token-1");
}

TEST_F(CliTest, FormatsOfAList) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, models(model("fraud"), 1)); });
    EXPECT_EQ(t.run({"model", "list", "-o", "name"}), 0);
    EXPECT_EQ(t.out, "fraud\n");
    t.run({"model", "list", "-o", "json"});
    EXPECT_EQ(json::parse(t.out)->get_array().at(0).at("id").get_string(), kId);
    t.run({"model", "list", "-o", "yaml"});
    EXPECT_THAT(t.out, AllOf(StartsWith("- id: \"0198f2a0"), HasSubstr("  modelMetaData:\n    name: fraud\n"), HasSubstr("    tags:\n    - \"team=risk\"\n")));
    EXPECT_EQ(t.run({"model", "list", "-o", "xml"}), 2);
    EXPECT_THAT(t.err, HasSubstr("table, json, yaml and name"));
}

TEST_F(CliTest, AnEmptyListIsDataAndNoFailure) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, models("", 0)); });
    EXPECT_EQ(t.run({"model", "list", "-o", "json"}), 0);
    EXPECT_EQ(t.out, "[]\n");
    EXPECT_EQ(t.run({"model", "list", "-o", "yaml"}), 0);
    EXPECT_EQ(t.out, "[]\n");
    EXPECT_EQ(t.run({"model", "list"}), 0);
    EXPECT_THAT(t.out, StartsWith("NAME"));
}

TEST_F(CliTest, FiltersAndOrderGoToTheServerAsTheyAre) {
    t.server.then(FakeTerminal::answer(200, models("", 0)));
    t.run({"model", "list", "--filter", "tag.team=risk updated>7d", "-f", "\"free text\"", "--sort", "createdDate,desc", "--limit", "7"});
    EXPECT_EQ(
        t.server.requests().at(0).url,
        "http://127.0.0.1:8080/model-manage/api/storedModels?filter=tag.team%3Drisk%20updated%3E7d%20%22free%20text%22&sort=createdDate%2Cdesc&page=0&size=7");
}

TEST_F(CliTest, AllWalksThePages) {
    std::string page;
    for (int i = 0; i < 1000; ++i) {
        page += (i == 0 ? "" : ",") + model("m" + std::to_string(i));
    }
    t.server.then(FakeTerminal::answer(200, models(page, 1001))).then(FakeTerminal::answer(200, models(model("last"), 1001)));
    EXPECT_EQ(t.run({"model", "list", "--all", "-o", "name"}), 0);
    EXPECT_EQ(std::ranges::count(t.out, '\n'), 1001);
    EXPECT_THAT(t.out, HasSubstr("last\n"));
    EXPECT_THAT(t.server.requests().at(1).url, HasSubstr("page=1&size=1000"));
}

TEST_F(CliTest, APageThatIsCutShortGoesOnAtItsCursor) {
    t.server
        .then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[)" + model("large") + R"(]},"page":{"size":100,"totalElements":2,"cursor":"c+1"}})"))
        .then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[)" + model("last") + R"(]},"page":{"size":100}})"));
    EXPECT_EQ(t.run({"model", "list", "-o", "name"}), 0);
    EXPECT_EQ(t.out, "large\nlast\n");
    EXPECT_THAT(t.server.requests().at(1).url, HasSubstr("?cursor=c%2B1&size=100"));
}

TEST_F(CliTest, SaysWhenThereIsMore) {
    t.server.then(FakeTerminal::answer(200, models(model("a"), 300)));
    EXPECT_EQ(t.run({"model", "list", "--limit", "1"}), 0);
    EXPECT_EQ(t.err, "1 of 300 shown; --limit N or --all shows more\n");
}

TEST_F(CliTest, ShowTakesANameOrAnId) {
    t.server.then(FakeTerminal::answer(200, models(model("fraud"), 1))).then(FakeTerminal::answer(200, model("fraud")));
    EXPECT_EQ(t.run({"model", "show", "fraud"}), 0);
    EXPECT_THAT(t.out, HasSubstr("NAME     fraud\n"));
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("filter=name%3A%22fraud%22"));
    EXPECT_THAT(t.server.requests().at(1).url, testing::EndsWith(std::string{"/storedModels/"} + kId));
    t.server.then(FakeTerminal::answer(200, model("fraud")));
    EXPECT_EQ(t.run({"model", "show", kId, "-o", "json"}), 0);
    EXPECT_EQ(t.server.calls(), 3U);
}

std::string jobs(int count) {
    std::string items;
    for (int i = 0; i < count; ++i) {
        items += std::string{i == 0 ? "" : ","} + R"({"id":")" + kId +
                 R"(","jobType":"MODEL_BATCH_JOB","jobStatus":"COMPLETE","createdDate":"2026-11-25T18:59:04.123Z",)" +
                 R"("jobRunTime":1793000000000,"jobEndTime":1793000100000,"jobDuration":100000,"targetEngine":{"name":"SageMaker batch transform"},)" +
                 R"("model":{"storedModel":{"modelMetaData":{"name":"fraud-scoring-pipeline"}}},"sageMaker":{"name":"fraud-rescore-20261124-2300-19"}})";
    }
    return R"({"_embedded":{"jobs":[)" + items + R"(]},"page":{"totalElements":)" + std::to_string(count) + "}}";
}

TEST_F(CliTest, JobsAreNamedShownAndCancelledByName) {
    const auto job = jobs(1);
    const auto one = job.substr(job.find('[') + 1, job.find(']') - job.find('[') - 1);
    t.server.then(FakeTerminal::answer(200, job)).then(FakeTerminal::answer(200, one));
    EXPECT_EQ(t.run({"job", "show", "fraud-rescore-20261124-2300-19"}), 0) << t.err;
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("/jobs?filter=name%3A%22fraud-rescore-20261124-2300-19%22"));
    EXPECT_THAT(t.out, AllOf(HasSubstr("STARTED   "), HasSubstr("ENDED     "), HasSubstr("KNOWN SINCE  60 s ago")));
    t.server.then(FakeTerminal::answer(200, job)).then(FakeTerminal::answer(200, one)).then(FakeTerminal::answer(200, one));
    EXPECT_EQ(t.run({"job", "cancel", "fraud-rescore-20261124-2300-19"}), 0) << t.err;
    EXPECT_THAT(t.server.requests().back().url, HasSubstr(std::string{kId} + "/cancel"));
}

TEST_F(CliTest, AListOfJobsShowsTheirNamesAndTimesIn80Columns) {
    t.world.terminal.out_is_tty = true;
    t.world.terminal.width = 80;
    t.world.environment["NO_COLOR"] = "1";
    t.server.then(FakeTerminal::answer(200, jobs(2)));
    EXPECT_EQ(t.run({"job", "list"}), 0);
    EXPECT_THAT(t.out, AllOf(HasSubstr("\nfraud-rescore-20261124-2300-19  "), HasSubstr("STARTED"), Not(HasSubstr(kId))));
    std::istringstream lines{t.out};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(columns_of(line), 80U) << line;
    }
    t.world.terminal.out_is_tty = false;
    t.server.then(FakeTerminal::answer(200, jobs(1)));
    EXPECT_EQ(t.run({"job", "list"}), 0);
    EXPECT_THAT(t.out, AllOf(HasSubstr(kId), HasSubstr("SageMaker batch transform"))) << "programs get everything";
}

TEST_F(CliTest, WhatDidNotArriveIsNotDone) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, models(model("fraud"), 1)); });
    t.world.terminal.out_problem = [] { return std::string{"No space left on device"}; };
    EXPECT_EQ(t.run({"model", "list"}), kFailed);
    EXPECT_EQ(t.err, "slipway: the output could not be written: No space left on device\n");
    EXPECT_EQ(t.run({"--help"}), kFailed);
}

TEST_F(CliTest, AnUnlikeWordGetsNoSuggestion) {
    EXPECT_EQ(t.run({"foo"}), kWrongUse);
    EXPECT_THAT(t.err, Not(HasSubstr("did you mean")));
}

TEST_F(CliTest, AnAmbiguousNameListsTheCandidates) {
    t.server.then(FakeTerminal::answer(200, models(model("fraud") + "," + model("fraud", "0198f2a0-0000-7000-8000-000000000002"), 2)));
    EXPECT_EQ(t.run({"model", "show", "fraud"}), kConflict);
    EXPECT_THAT(t.err, AllOf(HasSubstr(kId), HasSubstr("000000000002")));
    EXPECT_EQ(t.out, "");
}

TEST_F(CliTest, AnUnknownNameIsNotFound) {
    t.server.then(FakeTerminal::answer(200, models("", 0)));
    EXPECT_EQ(t.run({"model", "show", "nope"}), kNotFound);
    EXPECT_THAT(t.err, HasSubstr("There is no business model \"nope\""));
}

TEST_F(CliTest, ProblemsAreSentencesOrTheWholeDocument) {
    const std::string problem =
        R"({"type":"about:blank","title":"Bad","status":400,"code":"INVALID","message":"The filter is wrong.","requestId":"r-7","errors":[{"pointer":"?filter","expected":"a field","got":"text \"x\""}]})";
    t.server.otherwise([&](const HttpRequest&) { return FakeTerminal::answer(400, problem, "application/problem+json"); });
    EXPECT_EQ(t.run({"model", "list"}), kInvalid);
    EXPECT_EQ(t.err, "slipway: The filter is wrong.\n  ?filter must be a field, not text \"x\"\n  code INVALID, request r-7\n");
    EXPECT_EQ(t.run({"model", "list", "-o", "json"}), kInvalid);
    EXPECT_EQ(json::write(*json::parse(t.err)), problem);
    EXPECT_EQ(t.out, "");
}

TEST_F(CliTest, AFaultThatTheSentenceNamesIsNotSaidTwice) {
    t.server.then(FakeTerminal::answer(
        400,
        R"({"code":"INVALID","message":"Not valid: /model must be a snapshot.","requestId":"r-8","errors":[{"pointer":"/model","expected":"a snapshot","got":"nothing"}]})"));
    EXPECT_EQ(t.run({"job", "show", kId}), kInvalid);
    EXPECT_EQ(t.err, "slipway: Not valid: /model must be a snapshot.\n  It is nothing.\n  code INVALID, request r-8\n");
}

TEST_F(CliTest, ATicketShowsItsEvidence) {
    t.server.then(FakeTerminal::answer(
        200,
        R"({"id":"t","open":true,"evidence":{"configuration":{"name":"churn-c1","made":true},"siblings":[{"model":"fraud-nn","decision":"REJECTED"},{"model":"age"}],)"
        R"("testJob":{"name":"tj-1","status":"COMPLETE","output":"s3://b/out"},"comparator":{"result":"FAILED","reasons":["too weak","odd"]}}})"));
    EXPECT_EQ(t.run({"ticket", "show", kId}), 0) << t.err;
    EXPECT_THAT(t.out, AllOf(HasSubstr("fraud-nn REJECTED, age not decided"), HasSubstr("s3://b/out"), HasSubstr("too weak\n"),
                             testing::ContainsRegex("MADE WITH IT +yes")));
    t.server.then(FakeTerminal::answer(200, R"({"id":"t","open":false,"assignment":{"issueKey":"MRM-8","currentStatus":"REJECTED"}})"));
    EXPECT_EQ(t.run({"ticket", "show", kId}), 0) << t.err;
    EXPECT_THAT(t.out, AllOf(testing::ContainsRegex("ASSIGNMENT STATUS +REJECTED"), testing::Not(HasSubstr("ISSUE STATUS"))))
        << "what its issue says may be another thing";
}

TEST_F(CliTest, WaitsUntilThereIsSomethingToList) {
    const std::string none = R"({"_embedded":{"notifications":[]},"page":{"totalElements":0}})";
    const std::string one = R"({"_embedded":{"notifications":[{"id":")" + std::string{kId} + R"("}]},"page":{"totalElements":1}})";
    t.server.then(FakeTerminal::answer(200, none)).then(FakeTerminal::answer(200, none)).then(FakeTerminal::answer(200, one));
    EXPECT_EQ(t.run({"ticket", "list", "--wait", "30s", "-o", "name"}), 0) << t.err;
    EXPECT_EQ(t.out, std::string{kId} + "\n");
    t.server.otherwise([&](const HttpRequest&) { return FakeTerminal::answer(200, none); });
    EXPECT_EQ(t.run({"ticket", "list", "--wait", "2s"}), kWaitTimedOut);
    EXPECT_THAT(t.err, HasSubstr("There was no ticket within 2s."));
    EXPECT_EQ(t.run({"ticket", "list", "--wait", "soon"}), kWrongUse);
}

TEST_F(CliTest, WhoIsNotSignedInIsToldHow) {
    t.world.environment.erase("SLIPWAY_TOKEN");
    t.server.then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"Sign in first: POST /gocli/token, then send Authorization: Bearer."})"));
    EXPECT_EQ(t.run({"model", "list"}), kNotAllowed);
    EXPECT_THAT(t.err, StartsWith("slipway: Sign in first: slipway login http://127.0.0.1:8080 -u NAME\n"));
    t.server.then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"m"})")).then(FakeTerminal::answer(200, R"({"mode":"oauth2"})"));
    EXPECT_EQ(t.run({"model", "list"}), kNotAllowed);
    EXPECT_THAT(t.err, StartsWith("slipway: Sign in first: slipway login http://127.0.0.1:8080\n")) << "a name is the exception there";
    t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "127.0.0.1:8080 cannot be reached."));
    EXPECT_EQ(t.run({"model", "list"}), kUnavailable);
    EXPECT_THAT(t.err, HasSubstr("127.0.0.1:8080 cannot be reached. You are not signed in there: slipway login URL"));
}

TEST_F(CliTest, WhatIsNoServerOfOursIsSaid) {
    t.server.then(FakeTerminal::answer(500, "<html>Oops</html>", "text/html"));
    EXPECT_EQ(t.run({"model", "list"}), kFailed);
    EXPECT_THAT(t.err, HasSubstr("Is it a Slipway server?"));
    t.server.then(FakeTerminal::answer(200, "<html>", "text/html"));
    EXPECT_EQ(t.run({"model", "list"}), kUnavailable);
    t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "127.0.0.1:8080 cannot be reached."));
    EXPECT_EQ(t.run({"model", "list"}), kUnavailable);
    EXPECT_THAT(t.err, HasSubstr("cannot be reached"));
}

struct StatusCase {
    int status;
    int exit_code;
};
class ExitCodeTest : public testing::TestWithParam<StatusCase> {};
TEST_P(ExitCodeTest, OfAStatus) {
    FakeTerminal t;
    t.world.environment["SLIPWAY_TOKEN"] = "x";
    t.server.then(FakeTerminal::answer(GetParam().status, R"({"code":"X","message":"m"})"));
    EXPECT_EQ(t.run({"model", "list"}), GetParam().exit_code);
}
INSTANTIATE_TEST_SUITE_P(Statuses, ExitCodeTest,
                         testing::Values(StatusCase{400, 6}, StatusCase{401, 4}, StatusCase{403, 4}, StatusCase{404, 3}, StatusCase{409, 5}, StatusCase{412, 5},
                                         StatusCase{413, 6}, StatusCase{422, 6}, StatusCase{429, 7}, StatusCase{500, 1}, StatusCase{502, 7}, StatusCase{503, 7},
                                         StatusCase{504, 7}));

TEST_F(CliTest, WrongUseIsNamedWithWhatWasMeant) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"modle", "list"}, "did you mean \"model\"?"},
        {{"model", "lst"}, "did you mean \"model list\"?"},
        {{"model", "list", "--fliter", "x"}, "did you mean --filter?"},
        {{"model", "show"}, "MODEL is missing"},
        {{"model", "show", "a", "b"}, "\"b\" is one argument too many"},
        {{"model", "list", "--limit", "many"}, "--limit must be a number"},
        {{"model", "list", "--limit"}, "--limit"},
        {{"model", "list", "--limit", "1", "--limit", "2"}, "--limit is given twice"},
        {{"job", "create", "-f", "/nowhere"}, "/nowhere cannot be read"},
        {{"model", "list", "--context", "nope"}, "no context \"nope\""},
        {{"model", "list", "--url", "ftp://x"}, "no address of a server"},
    };
    for (const auto& [line, text] : cases) {
        EXPECT_EQ(t.run(line), kWrongUse) << text;
        EXPECT_THAT(t.err, HasSubstr(text));
    }
    EXPECT_EQ(t.server.calls(), 0U);
}

TEST_F(CliTest, EveryCommandHasHelpAndIsInTheManPage) {
    for (const auto& command : commands()) {
        std::vector<std::string> line;
        std::istringstream words{std::string{command.path}};
        for (std::string word; words >> word;) {
            line.push_back(word);
        }
        line.emplace_back("--help");
        EXPECT_EQ(t.run(line), 0);
        EXPECT_THAT(t.out, HasSubstr("Usage: slipway " + std::string{command.path}));
    }
    EXPECT_EQ(t.run({"man"}), 0);
    EXPECT_THAT(t.out, AllOf(HasSubstr(".SS slipway model import"), HasSubstr(".SH EXIT STATUS"), Not(HasSubstr("__complete"))));
    EXPECT_EQ(t.run({}), 0);
    EXPECT_THAT(t.out, HasSubstr("Commands:"));
}

TEST_F(CliTest, ThePageInTheDocumentationIsCurrent) {
    std::ifstream file{SLIPWAY_SOURCE_DIR "/docs/cli.md"};
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_TRUE(text.str() == cli_page()) << "run: slipway docs cli > docs/cli.md";
}

TEST_F(CliTest, EventsAreListedAndShown) {
    // As for a client that takes too much at once: each answer ends behind the next event, the last is empty.
    const auto stream = [](const HttpRequest& request) -> Result<HttpResponse> {
        EXPECT_THAT(request.url, testing::EndsWith("/model-manage/api/events?follow=false"));
        const auto last = std::stoi(fakes::header_of(request, "Last-Event-ID"));
        const std::string_view sent = last < 4   ? "id: 4\ndata: {\"seq\":4,\"type\":\"Job\",\"id\":\"x\",\"version\":1,\"kind\":\"created\"}\n\n"
                                      : last < 5 ? "id: 5\r\ndata: {\"seq\":5,\"type\":\"User\",\"id\":\"y\",\"kind\":\"changed\"}\r\n\r\n"
                                                 : ": nothing\n\n";
        for (const char c : sent) {
            if (!request.on_body(std::string_view{&c, 1})) {
                break;
            }
        }
        return FakeTerminal::answer(200, "");
    };
    t.server.otherwise(stream);
    EXPECT_EQ(t.run({"event", "list", "-o", "json"}), 0);
    EXPECT_EQ(json::parse(t.out)->get_array().size(), 2U);
    EXPECT_EQ(t.server.requests().size(), 3U);
    EXPECT_EQ(fakes::header_of(t.server.requests().at(0), "Last-Event-ID"), "0");
    EXPECT_EQ(fakes::header_of(t.server.requests().at(2), "Last-Event-ID"), "5");
    EXPECT_EQ(t.run({"event", "list", "--type", "Job", "-o", "name"}), 0);
    EXPECT_EQ(t.out, "4\n") << "what event show takes";
    EXPECT_EQ(t.run({"event", "show", "5"}), 0);
    EXPECT_THAT(t.out, HasSubstr("TYPE  User"));
    EXPECT_EQ(t.run({"event", "show", "6"}), kNotFound);
    EXPECT_EQ(t.run({"event", "show", "six"}), kWrongUse);
}

TEST_F(CliTest, WritesCarryWhatWasAskedFor) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(201, model("churn")); });
    EXPECT_EQ(t.run({"model", "add", "--name", "churn", "--type", "PYTHON", "--tag", "a=b", "--group", "risk"}), 0);
    auto request = t.server.requests().back();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.body, R"({"modelMetaData":{"name":"churn","type":"PYTHON","tags":["a=b"]},"group":"risk"})");
    EXPECT_EQ(fakes::header_of(request, "Idempotency-Key").size(), 32U);

    EXPECT_EQ(t.run({"snapshot", "create", kId, "--name", "s1"}), 0);
    EXPECT_EQ(t.server.requests().back().body, std::string{R"({"storedModel":{"id":")"} + kId + R"("},"metaData":{"name":"s1"}})");

    t.input = R"({"jobType":"MODEL_BATCH_JOB"})";
    EXPECT_EQ(t.run({"job", "create", "-f", "-"}), 0);
    EXPECT_EQ(t.server.requests().back().body, t.input);
    t.input = "{";
    EXPECT_EQ(t.run({"job", "create", "-f", "-"}), kWrongUse);
    EXPECT_EQ(t.run({"job", "cancel", kId}), 0);
    EXPECT_THAT(t.server.requests().back().url, testing::EndsWith("/cancel"));
    EXPECT_EQ(t.run({"model", "delete", kId}), 0);
    EXPECT_EQ(t.server.requests().back().method, "DELETE");
}

TEST_F(CliTest, WebPrintsTheLinkOfThePage) {
    t.server.then(FakeTerminal::answer(200, model("fraud")));
    EXPECT_EQ(t.run({"model", "show", kId, "--web", "--url", "https://m.example/gw/"}), 0);
    EXPECT_EQ(t.out, std::string{"https://m.example/gw/#/models/"} + kId + "\n");
}

TEST_F(CliTest, CompletionOffersCommandsFlagsAndLiveNames) {
    EXPECT_EQ(t.run({"__complete", "--", "mod"}), 0);
    EXPECT_EQ(t.out, "model\n");
    t.run({"__complete", "--", "snapshot", ""});
    EXPECT_EQ(t.out, "list\nshow\ncreate\n");
    t.run({"__complete", "--", "model", "list", "--fi"});
    EXPECT_EQ(t.out, "--filter\n");
    t.run({"__complete", "--", "model", "list", "-o", "j"});
    EXPECT_EQ(t.out, "json\n");
    t.run({"__complete", "--", "config", "check", "--config", ""});
    EXPECT_EQ(t.out, ":file\n");
    t.server.then(FakeTerminal::answer(200, models(model("fraud") + "," + model("churn"), 2)));
    t.run({"__complete", "--", "model", "show", "fr"});
    EXPECT_EQ(t.out, "fraud\n");
    t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "away"));
    EXPECT_EQ(t.run({"__complete", "--", "model", "show", ""}), 0);
    EXPECT_EQ(t.out + t.err, "");
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        EXPECT_EQ(t.run({"completion", shell}), 0);
        EXPECT_THAT(t.out, HasSubstr("slipway __complete --"));
    }
    EXPECT_EQ(t.run({"completion", "tcsh"}), kWrongUse);
}

}  // namespace
}  // namespace slipway::cli
