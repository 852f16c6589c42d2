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

constexpr const char* kId = "0198f2a0-0000-7000-8000-000000000001";

std::string job(const std::string& status) {
    return R"({"id":")" + std::string{kId} + R"(","jobType":"MODEL_BATCH_JOB","jobStatus":")" + status + R"(","version":3})";
}

HttpResponse piece(const std::string& body, const std::string& next, const std::string& size, bool ended) {
    return {.status = 200,
            .headers = {{"content-type", "text/plain"}, {"x-next-offset", next}, {"x-log-size", size}, {"x-job-ended", ended ? "true" : "false"}},
            .body = body};
}

class JobCommands : public testing::Test {
protected:
    JobCommands() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    FakeTerminal t;
};

TEST_F(JobCommands, CreateTakesAFileOrStandardInputAndMayWait) {
    t.input = R"({"jobType":"MODEL_BATCH_JOB"})";
    t.server.then(FakeTerminal::answer(201, job("CREATED")));
    EXPECT_EQ(t.run({"job", "create", "-", "-o", "json"}), kDone);
    EXPECT_EQ(t.server.requests().at(0).body, t.input);
    t.server.then(FakeTerminal::answer(201, job("CREATED"))).then(FakeTerminal::answer(200, job("RUNNING"))).then(FakeTerminal::answer(200, job("ERROR")));
    EXPECT_EQ(t.run({"job", "create", t.file("job.json", t.input), "--wait"}), kFailed);
    EXPECT_THAT(t.err, AllOf(HasSubstr(std::string{kId} + " RUNNING\n"), HasSubstr(std::string{kId} + " ERROR\n")));
    EXPECT_EQ(t.run({"job", "create"}), kWrongUse);
}

TEST_F(JobCommands, ParametersAreNotADocumentThatHasThem) {
    const auto file = t.file("p.json", R"({"jobParameters":{"spark.executor.cores":2}})");
    EXPECT_EQ(t.run({"job", "create", "-s", kId, "--parameters", file}), kWrongUse) << "else the job would fail later on a parameter called jobParameters";
    EXPECT_THAT(t.err, HasSubstr("--parameters takes the parameters themselves"));
    EXPECT_TRUE(t.server.requests().empty());
}

TEST_F(JobCommands, OfAJobThatHasEndedNothingIsToCome) {
    const auto asked = [](const std::string& status) {
        auto text = job(status);
        return text.replace(text.rfind('}'), 1, R"(,"cancelRequested":{"at":"2026-11-25T19:00:00.000Z","by":"ann"}})");
    };
    t.server.then(FakeTerminal::answer(200, asked("RUNNING")));
    EXPECT_EQ(t.run({"job", "show", kId}), kDone) << t.err;
    EXPECT_THAT(t.out, HasSubstr("TO BE CANCELLED"));
    t.server.then(FakeTerminal::answer(200, asked("CANCELLED"))).then(FakeTerminal::answer(200, asked("CANCELLED")));
    EXPECT_EQ(t.run({"job", "show", kId}), kDone) << t.err;
    EXPECT_THAT(t.out, Not(HasSubstr("TO BE CANCELLED")));
    EXPECT_EQ(t.run({"job", "show", kId, "-o", "json"}), kDone) << t.err;
    EXPECT_THAT(t.out, HasSubstr("cancelRequested")) << "who asked for it is kept";
}

TEST_F(JobCommands, CreateForASnapshotSaysWhatRunsWhere) {
    const std::string runtime = R"({"_embedded":{"runtimes":[{"id":"r-1","name":"spark-1"}]},"page":{"totalElements":1}})";
    t.server.then(FakeTerminal::answer(200, runtime)).then(FakeTerminal::answer(200, R"({"id":"r-1"})")).then(FakeTerminal::answer(201, job("CREATED")));
    EXPECT_EQ(t.run({"job", "create", "-s", kId, "--metrics", "--runtime", "spark-1", "--from", "hdfs:///in", "--to", "hdfs:///out"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().back().body, AllOf(HasSubstr(R"("jobType":"MODEL_BATCH_TEST_JOB")"), HasSubstr(R"("targetEngine":{"id":"r-1"})")));
    const std::string several = R"({"status":400,"code":"INVALID","detail":"The request is not valid: /targetEngine must be one of spark-1, spark-2.",)"
                                R"("errors":[{"pointer":"/targetEngine","expected":"one of spark-1, spark-2"}]})";
    t.server.then(FakeTerminal::answer(400, several));
    EXPECT_NE(t.run({"job", "create", "-s", kId}), kDone);
    EXPECT_THAT(t.err, AllOf(HasSubstr("--runtime must be one of spark-1, spark-2"), HasSubstr("--runtime NAME")));
    EXPECT_EQ(t.run({"job", "create", "-s", kId, "--metrics", "--training"}), kWrongUse);
    EXPECT_EQ(t.run({"job", "create", "-", "--runtime", "spark-1"}), kWrongUse);
}

TEST_F(JobCommands, AJobWithoutANameIsListedByItsSnapshotElseByItsModel) {
    const auto list = [](const std::string& model) {
        return R"({"_embedded":{"jobs":[{"id":"j-1","jobType":"MODEL_BATCH_JOB","jobStatus":"RUNNING","model":)" + model + R"(}]},"page":{"totalElements":1}})";
    };
    t.server.then(FakeTerminal::answer(200, list(R"({"metaData":{"name":"churn v3"},"storedModel":{"modelMetaData":{"name":"churn"}}})")));
    EXPECT_EQ(t.run({"job", "list"}), kDone);
    EXPECT_THAT(t.out, HasSubstr("\nchurn v3 "));
    t.server.then(FakeTerminal::answer(200, list(R"({"storedModel":{"modelMetaData":{"name":"churn"}}})")));
    EXPECT_EQ(t.run({"job", "list"}), kDone);
    EXPECT_THAT(t.out, HasSubstr("\nchurn "));
}

TEST_F(JobCommands, WatchEndsWithTheJobOrTheTime) {
    t.server.then(FakeTerminal::answer(200, job("RUNNING"))).then(FakeTerminal::answer(503, "")).then(FakeTerminal::answer(200, job("COMPLETE")));
    EXPECT_EQ(t.run({"job", "watch", kId}), kDone);
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, job("RUNNING")); });
    EXPECT_EQ(t.run({"job", "watch", kId, "--timeout", "5s"}), kWaitTimedOut);
    EXPECT_EQ(t.run({"job", "watch", kId, "--timeout", "soon"}), kWrongUse);
}

TEST_F(JobCommands, ThePageOfADriverIsToldAsWhatItWas) {
    const auto shown = [&](const std::string& status, const std::string& url) {
        t.server.then(FakeTerminal::answer(200, R"({"id":"j-1","jobType":"MODEL_BATCH_JOB","jobStatus":")" + status +
                                                    R"(","sparkApplication":{"id":"app-1","trackingUrl":")" + url + R"("}})"));
        EXPECT_EQ(t.run({"job", "show", kId}), kDone) << t.err;
        return t.out;
    };
    EXPECT_THAT(shown("RUNNING", "http://edge:4040"), HasSubstr("http://edge:4040\n"));
    EXPECT_THAT(shown("COMPLETE", "http://edge:4040"), HasSubstr("http://edge:4040 (until the driver ended)\n"));
    EXPECT_THAT(shown("ERROR", "http://history/history/app-1/"), HasSubstr("http://history/history/app-1/\n"));
}

TEST_F(JobCommands, OneThatWaitsSaysForWhat) {
    constexpr const char* kOffline = R"({"answer":"It waits for the runtime spark-1, which is offline.","facts":[{"code":"RUNTIME_OFFLINE","message":"m"}]})";
    t.server.then(FakeTerminal::answer(200, job("CREATED"))).then(FakeTerminal::answer(200, kOffline));
    EXPECT_EQ(t.run({"job", "show", kId}), kDone);
    EXPECT_THAT(t.server.requests().back().url, HasSubstr(std::string{kId} + "/why"));
    EXPECT_THAT(t.out, HasSubstr("It waits for the runtime spark-1, which is offline."));
    t.server.then(FakeTerminal::answer(200, job("CREATED")))
        .then(FakeTerminal::answer(200, R"({"answer":"Soon.","facts":[{"code":"IN_LINE","message":"m"}]})"));
    EXPECT_EQ(t.run({"job", "show", kId}), kDone);
    EXPECT_THAT(t.out, testing::Not(HasSubstr("Soon.")));
    const auto before = t.server.calls();
    t.server.then(FakeTerminal::answer(200, job("CREATED")));
    EXPECT_EQ(t.run({"job", "show", kId, "-o", "json"}), kDone);
    EXPECT_EQ(t.server.calls(), before + 1);
    t.server.otherwise([&](const HttpRequest& request) { return FakeTerminal::answer(200, request.url.ends_with("/why") ? kOffline : job("CREATED")); });
    EXPECT_EQ(t.run({"job", "watch", kId, "--timeout", "25s"}), kWaitTimedOut);
    EXPECT_EQ(t.err, std::string{kId} + " CREATED\nslipway: It waits for the runtime spark-1, which is offline.\nslipway: The job " + kId +
                         " has not ended in time; it goes on.\n");
}

TEST_F(JobCommands, WatchSaysOnceThatTheServerIsAway) {
    t.server.then(FakeTerminal::answer(200, job("RUNNING")));
    for (int i = 0; i < 3; ++i) {
        t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "127.0.0.1:8080 cannot be reached."));
    }
    t.server.then(FakeTerminal::answer(200, job("COMPLETE")));
    EXPECT_EQ(t.run({"job", "watch", kId}), kDone);
    const std::string id{kId};
    EXPECT_EQ(t.err, id + " RUNNING\nslipway: 127.0.0.1:8080 cannot be reached. Trying again.\nslipway: the server answers again.\n" + id + " COMPLETE\n");
}

TEST_F(JobCommands, NamesServeAsWellAsIds) {
    const std::string list = R"({"_embedded":{"jobs":[)" + job("COMPLETE") + R"(]},"page":{"totalElements":1}})";
    const std::vector<std::vector<std::string>> lines{
        {"show", "nightly"}, {"watch", "nightly"}, {"retry", "nightly"}, {"reassign", "nightly", "--reason", "r"}};
    for (const auto& words : lines) {
        std::vector<std::string> line{"job"};
        line.insert(line.end(), words.begin(), words.end());
        t.server.then(FakeTerminal::answer(200, list)).then(FakeTerminal::answer(200, job("COMPLETE"))).then(FakeTerminal::answer(200, job("COMPLETE")));
        const auto before = t.server.calls();
        EXPECT_EQ(t.run(line), kDone) << words[0] << t.err;
        EXPECT_THAT(t.server.requests().at(before).url, HasSubstr("jobs?filter=name%3A%22nightly%22"));
        EXPECT_THAT(t.server.requests().back().url, HasSubstr(kId));
        while (t.server.left() > 0) {
            (void)t.server.send({});
        }
    }
}

TEST_F(JobCommands, NamesAreQuotedInFilters) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, R"({"_embedded":{"jobs":[]},"page":{"totalElements":0}})"); });
    EXPECT_EQ(t.run({"job", "show", R"(a"b\)"}), kNotFound) << t.err;
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("filter=name%3A%22a%5C%22b%5C%5C%22&"));
}

TEST_F(JobCommands, ListsBeginWithTheLastThatBegan) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, R"({"_embedded":{"jobs":[]},"page":{"totalElements":0}})"); });
    EXPECT_EQ(t.run({"job", "list"}), kDone);
    EXPECT_THAT(t.server.requests().back().url, HasSubstr("sort=began%2Cdesc"));
    EXPECT_EQ(t.run({"job", "list", "--sort", "name"}), kDone);
    EXPECT_THAT(t.server.requests().back().url, AllOf(HasSubstr("sort=name"), testing::Not(HasSubstr("began"))));
    EXPECT_EQ(t.run({"job", "list", "--all", "--limit", "2"}), kWrongUse);
}

TEST_F(JobCommands, DeploymentsAreFoundByWhereTheyAre) {
    const auto deployment = [](const std::string& id, const std::string& runtime, const std::string& state) {
        return R"({"id":")" + id + R"(","state":")" + state + R"(","engine":{"name":")" + runtime +
               R"("},"deployableModel":{"metaData":{"name":"v3-conf"},"storedModel":{"modelMetaData":{"name":"churn"}}}})";
    };
    const std::string live = "0198f2a0-0000-7000-8000-00000000000a";
    const std::string list = R"({"_embedded":{"deployedModels":[)" + deployment("0198f2a0-0000-7000-8000-00000000000b", "churn-prod", "UNDEPLOYED") + "," +
                             deployment(live, "churn-prod", "DEPLOYED") + "," + deployment("0198f2a0-0000-7000-8000-00000000000c", "churn-prod-2", "DEPLOYED") +
                             R"(]},"page":{"totalElements":3}})";
    t.server.then(FakeTerminal::answer(200, list)).then(FakeTerminal::answer(200, deployment(live, "churn-prod", "DEPLOYED")));
    EXPECT_EQ(t.run({"deployment", "show", "churn-prod"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().back().url, EndsWith(live));
    t.server.then(FakeTerminal::answer(200, list));
    EXPECT_EQ(t.run({"deployment", "show", "churn"}), kConflict);
    EXPECT_THAT(t.err, AllOf(HasSubstr(live), HasSubstr("churn-prod-2")));
    t.server.then(FakeTerminal::answer(200, list));
    EXPECT_EQ(t.run({"deployment", "show", "nowhere"}), kNotFound);
}

TEST_F(JobCommands, LogsGoOnWhereTheyWere) {
    t.server.then(piece("one\n", "4", "8", false)).then(piece("two\n", "8", "8", false));
    EXPECT_EQ(t.run({"job", "logs", kId}), kDone);
    EXPECT_EQ(t.out, "one\ntwo\n");
    EXPECT_THAT(t.server.requests().at(1).url, EndsWith("/logs/stdout?offset=4"));
    t.server.then(piece("one\n", "4", "4", false)).then(piece("", "4", "4", false)).then(piece("two\n", "8", "8", true));
    EXPECT_EQ(t.run({"job", "logs", kId, "-f", "--stderr"}), kDone);
    EXPECT_EQ(t.out, "one\ntwo\n");
    EXPECT_THAT(t.server.requests().at(3).url, EndsWith("/logs/stderr?offset=4&follow=true"));
    t.server.then(piece("tail", "9", "9", true));
    EXPECT_EQ(t.run({"job", "logs", kId, "--tail", "4", "--raw"}), kDone);
    EXPECT_THAT(t.server.requests().back().url, EndsWith("?tail=4&raw=true"));
}

TEST_F(JobCommands, AnEmptyLogSaysWhereToLook) {
    t.server.then(piece("", "0", "0", true)).then(FakeTerminal::answer(200, R"({"id":"x","sageMaker":{"logsUrl":"https://console.example.com/logs"}})"));
    EXPECT_EQ(t.run({"job", "logs", kId}), kDone);
    EXPECT_EQ(t.out, "");
    EXPECT_THAT(t.err, HasSubstr("https://console.example.com/logs"));
    t.server.then(piece("", "0", "0", false)).then(FakeTerminal::answer(200, R"({"id":"x"})"));
    EXPECT_EQ(t.run({"job", "logs", kId}), kDone);
    EXPECT_THAT(t.err, HasSubstr("nothing yet"));
    const std::string refused = R"({"id":"x","jobStatus":"ERROR","jobResult":"FAILURE","jobMessages":["2026/11/26 15:04:06 --master must be left out."]})";
    t.server.then(piece("", "0", "0", true)).then(FakeTerminal::answer(200, refused));
    EXPECT_EQ(t.run({"job", "logs", kId}), kDone);
    EXPECT_THAT(t.err, EndsWith("the job has written nothing. It failed: --master must be left out.\n"));
    t.server.then(FakeTerminal::answer(200, refused));
    EXPECT_EQ(t.run({"job", "show", kId}), kDone);
    EXPECT_THAT(t.out, testing::ContainsRegex("FAILURE +--master must be left out\\.\n"));
}

TEST_F(JobCommands, ReassignSaysWhy) {
    EXPECT_EQ(t.run({"job", "reassign", kId}), kWrongUse);
    t.server.then(FakeTerminal::answer(200, job("CREATED")));
    EXPECT_EQ(t.run({"job", "reassign", kId, "--reason", "node died", "--force"}), kDone);
    EXPECT_EQ(t.server.requests().at(0).body, R"({"reason":"node died","force":true})");
    t.server.then(FakeTerminal::answer(409, R"({"code":"ATTEMPT_RECORDED","detail":"It may run: repeat with \"force\": true: your name is kept."})",
                                       "application/problem+json"));
    EXPECT_EQ(t.run({"job", "reassign", kId, "--reason", "node died"}), kConflict);
    EXPECT_THAT(t.err, HasSubstr("repeat with --force: your name"));
    t.server.then(FakeTerminal::answer(201, job("CREATED")));
    EXPECT_EQ(t.run({"job", "retry", kId}), kDone);
}

TEST_F(JobCommands, AJobIsFoundByWhatTheListCallsIt) {
    const std::string other = "0198f2a0-0000-7000-8000-000000000099";
    const auto of_churn = [](const std::string& id, std::string_view status) {
        return R"({"id":")" + id + R"(","jobStatus":")" + std::string{status} + R"(","model":{"metaData":{"name":"churn"}}})";
    };
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"jobs":[]}})"))
        .then(FakeTerminal::answer(200, R"({"_embedded":{"jobs":[)" + of_churn(other, "COMPLETE") + "," + of_churn(kId, "RUNNING") + "]}}"))
        .then(FakeTerminal::answer(200, of_churn(kId, "RUNNING")));
    EXPECT_EQ(t.run({"job", "show", "churn"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().back().url, HasSubstr(kId)) << "the one that has not ended";
}

TEST_F(JobCommands, OutputsAreListedToTheEndAndWhatIsRefusedIsSaid) {
    t.server.then(FakeTerminal::answer(200, R"({"places":["s3://b/o/"],"objects":[{"key":"o/a","url":"s3://b/o/a","size":3}],"problems":[],"next":"0:o/a"})"))
        .then(FakeTerminal::answer(200, R"({"places":["s3://b/o/"],"objects":[{"key":"o/b","url":"s3://b/o/b","size":4}],"problems":[]})"));
    EXPECT_EQ(t.run({"job", "outputs", kId, "-o", "name"}), kDone) << t.err;
    EXPECT_EQ(t.out, "s3://b/o/a\ns3://b/o/b\n");
    EXPECT_THAT(t.server.requests().at(1).url, HasSubstr("after=0%3Ao%2Fa"));
    t.server.then(
        FakeTerminal::answer(200, R"({"places":[],"objects":[],"problems":[{"url":"s3://b/o/","code":"FORBIDDEN","message":"It needs s3:ListBucket."}]})"));
    EXPECT_EQ(t.run({"job", "outputs", kId}), kFailed);
    EXPECT_THAT(t.err, HasSubstr("s3:ListBucket"));
}

/// Each run of a model is called as its snapshot: the one that runs may stand behind hundreds that are over.
TEST_F(JobCommands, AJobIsFoundByItsNameBehindManyThatAreOver) {
    const auto called = [](const std::string& id, const std::string& status) {
        return R"({"id":")" + id + R"(","jobStatus":")" + status + R"(","model":{"metaData":{"name":"churn-1"}}})";
    };
    const auto page_of = [](const std::string& items, const std::string& more) {
        return FakeTerminal::answer(200, R"({"_embedded":{"jobs":[)" + items + R"(]},"page":{"totalElements":1203)" + more + "}}");
    };
    std::string over;
    for (int i = 0; i < 1000; ++i) {
        over += (i == 0 ? "" : ",") + called("j-" + std::to_string(i), "COMPLETE");
    }
    const auto none = FakeTerminal::answer(200, R"({"_embedded":{"jobs":[]},"page":{"totalElements":0}})");
    const auto first = [&] { t.server.then(none).then(page_of(over, "")); };
    first();
    t.server.then(page_of(called("j-1001", "ERROR"), R"(,"cursor":"c+1")")).then(page_of(called(kId, "RUNNING"), ""));
    t.server.then(FakeTerminal::answer(200, job("RUNNING"))).then(FakeTerminal::answer(200, job("RUNNING")));
    ASSERT_EQ(t.run({"job", "cancel", "churn-1"}), kDone) << t.err;
    EXPECT_THAT(t.server.requests().back().url, HasSubstr(std::string{kId} + "/cancel"));
    EXPECT_THAT(t.server.requests().at(2).url, HasSubstr("page=1&size=1000"));
    EXPECT_THAT(t.server.requests().at(3).url, HasSubstr("cursor=c%2B1&size=1000"));
    first();
    t.server.then(page_of(called("last", "ERROR"), ""));
    EXPECT_EQ(t.run({"job", "show", "churn-1"}), kConflict);
    EXPECT_LE(std::ranges::count(t.err, '\n'), 25) << "a thousand candidates are no choice";
    EXPECT_THAT(t.err, HasSubstr("more are called so"));
}

TEST_F(JobCommands, ASnapshotIsMadeForARuntime) {
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"runtimes":[{"id":"r-1","name":"spark-1"}]}})"))
        .then(FakeTerminal::answer(200, R"({"id":"r-1","engineType":"SPARK_RUNTIME","name":"spark-1","cluster":{}})"))
        .then(FakeTerminal::answer(201, R"({"id":"s-1"})"));
    ASSERT_EQ(t.run({"snapshot", "create", kId, "--runtime", "spark-1"}), kDone) << t.err;
    EXPECT_EQ(t.server.requests().back().body,
              R"({"storedModel":{"id":")" + std::string{kId} + R"("},"targetRuntimes":[{"id":"r-1","engineType":"SPARK_RUNTIME","name":"spark-1"}]})");
}

}  // namespace
}  // namespace slipway::cli
