#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kId = "0198f2a0-0000-7000-8000-000000000013";

std::string operation(const std::string& state, const std::string& more = "") {
    return std::string{R"({"id":")"} + kId + R"(","group":"risk","kind":"IMPORT","modelName":"fraud","state":")" + state +
           R"(","stages":[{"name":"model","done":1,"total":1,"outcome":"COMPLETE"},{"name":"tags","done":0,"outcome":"REFUSED"},{"name":"trainingJobs","done":2,"total":4,"skipped":2}],"awsCalls":{"total":21},"problems":[)" +
           more + R"(],"etaSeconds":9,"created":"2026-11-25T18:00:04.123Z"})";
}

class ImportTest : public testing::Test {
protected:
    ImportTest() { t.world.environment["SLIPWAY_TOKEN"] = "x"; }
    FakeTerminal t;
};

TEST_F(ImportTest, FollowsTheOperationToItsEnd) {
    t.server.then(FakeTerminal::answer(202, operation("RUNNING")))
        .then(FakeTerminal::answer(200, operation("RUNNING")))
        .then(fail(ErrorCode::unavailable, "NO_CONNECTION", "the server restarts"))
        .then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud", "--group", "risk", "--asset", "TEST_DATA=s3://b/k.csv", "--no-lifecycles"}), 0) << t.err;
    EXPECT_EQ(
        t.server.requests().at(0).body,
        R"({"modelName":"fraud","group":"risk","assets":[{"assetType":"EXTERNAL_FILE","assetRole":"TEST_DATA","name":"k.csv","fileUrl":"s3://b/k.csv","repositoryInfo":{"repositoryType":"S3_REPOSITORY"}}],"startLifecycles":"none"})");
    EXPECT_THAT(t.out, HasSubstr("STATE      COMPLETE"));
    EXPECT_EQ(t.err, "Training jobs 2/4\nslipway: the server restarts Trying again.\nslipway: the server answers again.\n");
    EXPECT_EQ(t.waits, 2);
}

TEST_F(ImportTest, AnAssetThatNoLifeCycleWouldFindIsRefused) {
    EXPECT_EQ(t.run({"model", "import", "fraud", "--asset", "TESTDATA=s3://b/k.csv"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("the role is called TEST_DATA"));
    t.err.clear();
    EXPECT_EQ(t.run({"model", "import", "fraud", "--asset", "TEST_DATA=https://host/k.csv"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("s3://"));
    t.err.clear();
    EXPECT_EQ(t.run({"model", "import", "fraud", "--asset", "TEST_RESULT_COMPARATOR=s3://b/limits.dmn"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("give the file: --asset TEST_RESULT_COMPARATOR=limits.dmn"));
    EXPECT_TRUE(t.server.requests().empty());
}

TEST_F(ImportTest, AComparatorIsSentAsTheFileItIs) {
    t.server.then(FakeTerminal::answer(202, operation("COMPLETE"))).then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud", "--asset", "TEST_RESULT_COMPARATOR=" + t.file("limits.dmn", "<a/>").string()}), 0) << t.err;
    EXPECT_THAT(
        t.server.requests().at(0).body,
        HasSubstr(
            R"({"assetType":"FILE","assetRole":"TEST_RESULT_COMPARATOR","name":"limits.dmn","filename":"limits.dmn","fileFormat":"UNKNOWN","fileContent":"PGEvPg=="})"));
}

TEST_F(ImportTest, DrawsABarOnATerminal) {
    t.world.terminal.err_is_tty = true;
    t.server.then(FakeTerminal::answer(202, operation("RUNNING")))
        .then(FakeTerminal::answer(200, operation("RUNNING")))
        .then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), 0);
    EXPECT_THAT(t.err, AllOf(HasSubstr("[####################....] Training jobs 2/4  21 AWS calls  9 s left"), testing::EndsWith("\r\x1b[K")));
}

TEST_F(ImportTest, ProblemsAreNamedAndAFailureIsExitCode1) {
    const std::string problem = R"({"operation":"ListTags","code":"AccessDeniedException","message":"not authorized","permission":"sagemaker:ListTags"})";
    t.server.then(FakeTerminal::answer(202, operation("RUNNING"))).then(FakeTerminal::answer(200, operation("COMPLETE", problem)));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), 0);
    EXPECT_THAT(t.err, HasSubstr("ListTags: not authorized (missing permission: sagemaker:ListTags)"));
    t.server.then(FakeTerminal::answer(202, operation("RUNNING"))).then(FakeTerminal::answer(200, operation("ERROR")));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), kFailed);
}

TEST_F(ImportTest, AwsOutOfReachIsExitCode7) {
    const std::string away = R"({"operation":"ListModels","code":"Network","message":"AWS cannot be reached"})";
    const std::string refused = R"({"operation":"ListTags","code":"AccessDeniedException","message":"not authorized"})";
    t.server.then(FakeTerminal::answer(202, operation("RUNNING"))).then(FakeTerminal::answer(200, operation("ERROR", away)));
    EXPECT_EQ(t.run({"sync"}), kUnavailable);
    t.server.then(FakeTerminal::answer(202, operation("RUNNING"))).then(FakeTerminal::answer(200, operation("ERROR", away + "," + refused)));
    EXPECT_EQ(t.run({"sync"}), kFailed);
    t.server.then(FakeTerminal::answer(202, operation("RUNNING"))).then(FakeTerminal::answer(200, operation("COMPLETE", away)));
    EXPECT_EQ(t.run({"sync"}), kDone);
}

TEST_F(ImportTest, ALookThatAwsDidNotAnswerIsNotTheLast) {
    const auto accounts = [](const std::string& succeeded) {
        return R"({"accounts":[{"account":"111122223333","region":"eu-west-1","lastFinished":"2026-11-25T18:59:58.000Z",)" + succeeded +
               R"("next":"2026-11-25T19:01:00.000Z","problems":[{"operation":"ListTags","message":"not authorized","permission":"sagemaker:ListTags"},)"
               R"({"operation":"ListModels","message":"AWS cannot be reached"}]}]})";
    };
    t.server.then(FakeTerminal::answer(200, accounts(R"("lastSucceeded":"2026-11-25T18:56:00.000Z",)")));
    EXPECT_EQ(t.run({"sync", "--status"}), kDone);
    EXPECT_THAT(t.out, HasSubstr("last 4 min ago, tried just now  next in 55 s  2 problems\n"
                                 "  ListTags: not authorized (missing permission: sagemaker:ListTags)\n  ListModels: AWS cannot be reached\n"));
    t.server.then(FakeTerminal::answer(200, accounts("")));
    EXPECT_EQ(t.run({"sync", "--status"}), kDone);
    EXPECT_THAT(t.out, HasSubstr("last never, tried just now"));
}

TEST_F(ImportTest, AnOperationShowsWhatWasWrong) {
    const std::string first = R"({"operation":"ListTags","code":"AccessDeniedException","message":"not authorized","permission":"sagemaker:ListTags"})";
    const std::string second = R"({"operation":"DescribeEndpoint","code":"X","message":"gone"})";
    t.server.then(FakeTerminal::answer(200, operation("COMPLETE", first + "," + second)));
    EXPECT_EQ(t.run({"operation", "show", kId}), 0);
    EXPECT_THAT(t.out, HasSubstr("PROBLEMS        2\n"));
    EXPECT_THAT(t.out,
                HasSubstr("WHAT WAS WRONG  ListTags: not authorized (missing permission: sagemaker:ListTags)\n                DescribeEndpoint: gone\n"));
}

TEST_F(ImportTest, WhatAnEarlierImportHadIsCountedOnce) {
    t.server.then(FakeTerminal::answer(202, operation("RUNNING")));
    const std::string half =
        std::string{R"({"id":")"} + kId + R"(","state":"RUNNING","stages":[{"name":"trainingJobs","done":20,"skipped":15,"total":40}],"problems":[]})";
    t.server.then(FakeTerminal::answer(200, half)).then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), 0);
    EXPECT_THAT(t.err, HasSubstr("Training jobs 20/40"));
}

TEST_F(ImportTest, StagesAreCalledAsOnThePage) {
    const std::vector<std::pair<std::string, std::string>> names{{"model", "Model"},
                                                                 {"endpointConfigurations", "Endpoint configurations"},
                                                                 {"register", "Written to the registry"},
                                                                 {"check", "Configuration looked at"},
                                                                 {"configuration", "Configuration in AWS"},
                                                                 {"123456789012/eu-west-1", "123456789012 eu-west-1"},
                                                                 {"modelPackage_groups", "Model package groups"}};
    t.server.then(FakeTerminal::answer(202, operation("RUNNING")));
    std::string wanted;
    for (const auto& [name, words] : names) {
        t.server.then(FakeTerminal::answer(200, std::string{R"({"id":")"} + kId + R"(","state":"RUNNING","stages":[{"name":")" + name + R"("}]})"));
        wanted += words + "\n";
    }
    t.server.then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), 0);
    EXPECT_THAT(t.err, HasSubstr(wanted));
}

TEST_F(ImportTest, NoWaitReturnsAtOnce) {
    t.server.then(FakeTerminal::answer(202, operation("RUNNING")));
    EXPECT_EQ(t.run({"model", "import", "fraud", "--no-wait", "-o", "name"}), 0);
    EXPECT_EQ(t.out, std::string{kId} + "\n");
}

TEST_F(ImportTest, FollowsTheOneThatRunsAlready) {
    const std::string conflict = R"({"code":"ALREADY_RUNNING","message":"runs","operation":)" + operation("RUNNING") + "}";
    t.server.then(FakeTerminal::answer(409, conflict)).then(FakeTerminal::answer(200, operation("COMPLETE")));
    EXPECT_EQ(t.run({"model", "import", "fraud"}), 0);
    t.server.then(FakeTerminal::answer(409, conflict));
    EXPECT_EQ(t.run({"model", "import", "fraud", "--no-wait"}), kConflict);
}

TEST_F(ImportTest, EnteredKeysNeverComeFromTheCommandLine) {
    const auto file = t.file("key", "wJalr+/secret\n");
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(202, operation("RUNNING")); });
    EXPECT_EQ(
        t.run({"model", "import", "fraud", "--access-key-id", "AKIAEXAMPLE0000000", "--region", "us-east-2", "--secret-access-key-file", file, "--no-wait"}),
        0);
    EXPECT_THAT(t.server.requests().back().body,
                HasSubstr(R"("credentials":{"region":"us-east-2","accessKeyId":"AKIAEXAMPLE0000000","secretAccessKey":"wJalr+/secret"})"));
    EXPECT_THAT(t.out + t.err, Not(HasSubstr("wJalr")));
    EXPECT_EQ(t.run({"model", "import", "fraud", "--access-key-id", "AKIAEXAMPLE0000000", "--secret-access-key-file", file}), kWrongUse);
    EXPECT_EQ(t.run({"model", "import", "fraud", "--access-key-id", "A", "--region", "us-east-2", "--secret-access-key", "s"}), kWrongUse);
    t.answers = {"typed"};
    t.world.environment["SLIPWAY_SESSION_TOKEN"] = "session";
    EXPECT_EQ(t.run({"model", "import", "fraud", "--access-key-id", "A", "--region", "us-east-2", "--no-wait"}), 0);
    EXPECT_THAT(t.server.requests().back().body, AllOf(HasSubstr("\"typed\""), HasSubstr(R"("sessionToken":"session")")));
}

TEST_F(ImportTest, AWaitThatTakesTooLongIsExitCode8) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, operation("RUNNING")); });
    EXPECT_EQ(t.run({"operation", "wait", kId, "--timeout", "2s"}), kWaitTimedOut);
    EXPECT_EQ(t.run({"operation", "wait", kId, "--timeout", "soon"}), kWrongUse);
}

TEST_F(ImportTest, CtrlCLeavesTheWorkToTheServer) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, operation("RUNNING")); });
    t.on_wait = [this] { t.interrupted = true; };
    EXPECT_EQ(t.run({"operation", "wait", kId}), kInterrupted);
    EXPECT_THAT(t.err, HasSubstr(std::string{"slipway operation wait "} + kId));
}

TEST_F(ImportTest, BrowseListsTheAccount) {
    t.server.then(FakeTerminal::answer(
        200,
        R"({"models":[{"name":"fraud","arn":"arn:aws:sagemaker:x","imported":true},{"name":"churn","arn":"y","imported":false}],"region":"us-east-2","truncated":true})"));
    EXPECT_EQ(t.run({"model", "browse", "--region", "us-east-2", "--search", "r"}), 0);
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("/sagemaker-service/api/models?region=us-east-2&q=r"));
    EXPECT_THAT(t.out, HasSubstr("fraud  yes"));
    EXPECT_THAT(t.err, HasSubstr("--search"));
}

}  // namespace
}  // namespace slipway::cli
