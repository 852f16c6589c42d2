#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/model_folder.hpp"
#include "base/crypto.hpp"
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
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"jobs":[]},"page":{"totalElements":0}})"));
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

TEST(ModelFolder, MarksBelongToTheFunctionBehindThem) {
    const auto found = marked_functions(
        "# modelop.init\ndef begin():\n    pass\n\"\"\"\n# modelop.score\ndef fake(): pass\n\"\"\"\n#modelop.score\n@decorated\ndef run(a, b, c):\n    x = '# "
        "modelop.train'\n# modelop.metrics\nx = 1\ndef not_this(): pass\n\t# modelop.train  \r\ndef learn(a): pass\n# modelop.scores\ndef g(): pass\n");
    EXPECT_EQ(json::write(found), R"({"initFunction":"begin","scoreFunction":"run","trainFunction":"learn"})");
    EXPECT_TRUE(marked_functions("x = '''# modelop.score\ndef f(): pass\n'''").empty());
}

TEST(ModelFolder, RolesGoByName) {
    for (const auto& [name, role] : std::vector<std::pair<std::string, std::string>>{{"README.md", "README_FILE"},
                                                                                     {"docs/model.pdf", "MODEL_DOCUMENTATION"},
                                                                                     {"requirements.txt", "REQUIRED_LIBRARIES"},
                                                                                     {"model.pkl", "WEIGHTS_FILE"},
                                                                                     {"data/train.csv", "TRAINING_DATA"},
                                                                                     {"holdout.csv", "TEST_DATA"},
                                                                                     {"baseline.json", "BASELINE_DATA"},
                                                                                     {"rules.dmn", "TEST_RESULT_COMPARATOR"},
                                                                                     {"strange.xyz", "UNKNOWN"}}) {
        EXPECT_EQ(role_of_file(name), role) << name;
    }
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

class ModelFolders : public JobCommands {
protected:
    ModelFolders() {
        std::filesystem::create_directories(folder() / "lib" / "__pycache__");
        t.file("churn/main.py", "# modelop.score\ndef score(i, o, a): yield 1\n");
        t.file("churn/lib/helper.py", "x = 1\n");
        t.file("churn/lib/__pycache__/helper.pyc", "x");
        t.file("churn/.hidden", "x");
        t.file("churn/input_schema.avsc", R"({"type":"record","name":"r","fields":[]})");
        t.file("churn/required_assets.json", R"([{"assetRole":"BASELINE_DATA"}])");
        t.file("churn/weights.pkl", "w");
    }
    std::filesystem::path folder() const { return t.home / "churn"; }
};

TEST_F(ModelFolders, BecomeAPySparkModel) {
    const auto read = read_model_folder(folder(), "");
    ASSERT_TRUE(read) << read.error().message;
    const json::value document(*read);
    const auto at = [&](std::string_view pointer) {
        const auto* found = json::find(document, pointer);
        return found == nullptr ? "absent" : found->is_string() ? std::string{std::string_view{found->get_string()}} : json::write(*found);
    };
    EXPECT_EQ(at("/modelMetaData/name"), "churn");
    EXPECT_EQ(at("/modelMetaData/type"), "PYSPARK");
    EXPECT_EQ(at("/modelMetaData/inputSchema/0/schemaDefinition/name"), "r");
    EXPECT_EQ(at("/modelAssets/0/name"), "main.py");
    EXPECT_EQ(at("/modelAssets/0/primaryModelSource"), "true");
    EXPECT_EQ(at("/modelAssets/0/scoreFunction"), "score");
    EXPECT_EQ(at("/modelAssets/1/name"), "lib/helper.py");
    EXPECT_EQ(at("/modelAssets/1/primaryModelSource"), "absent");
    EXPECT_EQ(at("/modelAssets/2/name"), "required_assets.json");
    EXPECT_EQ(at("/modelAssets/3/assetRole"), "WEIGHTS_FILE");
    EXPECT_EQ(at("/modelAssets/3/fileContent"), crypto::base64("w"));
    EXPECT_EQ(at("/modelAssets/4"), "absent");
    EXPECT_EQ(at("/requiredAssets/0/assetRole"), "BASELINE_DATA");
    EXPECT_EQ(read_model_folder(folder() / "lib" / "helper.py", "")->at("modelMetaData").at("name").as_string(), "helper");
}

TEST_F(ModelFolders, AProgramThatMarksNothingIsKeptWithAWord) {
    const auto none_yet = [&] {
        t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, R"({"id":"m-1"})"));
    };
    none_yet();
    EXPECT_EQ(t.run({"model", "add", t.file("plain.py", "# modelop.init\ndef f(): pass\n")}), kDone) << t.err;
    EXPECT_THAT(t.err, HasSubstr("plain.py marks no function that a job could run"));
    none_yet();
    EXPECT_EQ(t.run({"model", "add", folder()}), kDone) << t.err;
    EXPECT_EQ(t.err, "");
}

TEST_F(ModelFolders, OneMarkNamesOneFunction) {
    const auto twice = t.file("twice.py", "# modelop.score\ndef a(i, o, m): pass\n\n# modelop.score\ndef b(i, o, m): pass\n");
    EXPECT_EQ(t.run({"model", "add", twice}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("twice.py marks more than one function with # modelop.score: a (line 2), b (line 5); mark only the one that runs"));
    EXPECT_EQ(t.server.calls(), 0U);
    t.file("churn/other.py", "# modelop.metrics\ndef f(a): pass\n");
    auto read = read_model_folder(folder(), "main.py");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(doubts_about(*read), std::vector<std::string>{"other.py has # modelop comments, too: only those of main.py count."});
    read = read_model_folder(t.file("broken.py", "# modelop.score\ndef a(i, o, m):\n    x = (1,\n"), "");
    ASSERT_TRUE(read);
    ASSERT_EQ(doubts_about(*read).size(), 1U);
    EXPECT_THAT(doubts_about(*read).front(), HasSubstr("broken.py cannot be read, a job of it would fail: "));
}

TEST_F(ModelFolders, SourcesAreReadInTheEncodingThatTheyHave) {
    const std::string body = "# modelop.score\ndef score(i, o, a):\n    return ";
    const auto source_of = [&](const std::string& bytes) {
        const auto read = read_model_folder(t.file("lat.py", bytes), "");
        return read ? std::string{json::text_of(read->at("modelAssets").at(0).as_object(), "sourceCode")} : read.error().message;
    };
    const std::string latin = "# -*- coding: latin-1 -*-\n" + body;
    EXPECT_EQ(source_of(latin + "'\xE9'\n"), latin + "'é'\n");
    EXPECT_EQ(source_of(latin + "'\xC3\xA9'\n"), latin + "'Ã©'\n") << "as Python reads it";
    EXPECT_EQ(source_of("# coding: cp1252\n" + body + "'\x80'"), "# coding: cp1252\n" + body + "'€'");
    EXPECT_EQ(source_of("# coding: ISO_8859_15\n" + body + "'\xA4'"), "# coding: ISO_8859_15\n" + body + "'€'");
    for (const auto& same :
         std::vector<std::string>{body + "'é'", "\xEF\xBB\xBF" + body + "'é'", "# coding: utf-8\n" + body + "'é'", "# coding: shift_jis\n" + body + "'e'"}) {
        EXPECT_EQ(source_of(same), same);
    }
    EXPECT_THAT(source_of(body + "'\xE9'"), AllOf(HasSubstr("lat.py line 3 has a byte 0xe9 that is no UTF-8"), HasSubstr("coding: latin-1")));
    EXPECT_THAT(source_of("# coding: utf-8\n" + body + "'\xE9'"), HasSubstr("another encoding than it has"));
    EXPECT_THAT(source_of("# coding: cp1252\n" + body + "'\x81'"), HasSubstr("line 4 has a byte 0x81"));
    EXPECT_THAT(source_of("# coding: shift_jis\n" + body + "'\x83\x41'"), HasSubstr("lat.py says that it is written in shift_jis"));
    EXPECT_THAT(source_of(std::string{"\xFF\xFE#\0", 4}), HasSubstr("UTF-16"));
}

TEST_F(ModelFolders, FaultsAreNamed) {
    EXPECT_EQ(t.run({"model", "add", t.home / "nothing"}), kWrongUse);
    t.file("churn/other.py", "# modelop.score\ndef f(a): pass\n");
    EXPECT_EQ(t.run({"model", "add", folder()}), kWrongUse);
    EXPECT_THAT(t.err, AllOf(HasSubstr("--primary"), HasSubstr("other.py"), HasSubstr("main.py")));
    EXPECT_TRUE(read_model_folder(folder(), "other.py"));
    t.file("churn/output.avsc", "{");
    EXPECT_EQ(t.run({"model", "add", folder(), "--primary", "main.py"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("output.avsc"));
}

TEST_F(ModelFolders, ALinkThatLeadsOutOfTheFolderIsRefused) {
    std::filesystem::create_symlink(folder() / "weights.pkl", folder() / "same.pkl");
    std::filesystem::create_symlink(folder() / "nothing", folder() / "broken.csv");
    const auto read = read_model_folder(folder(), "");
    ASSERT_TRUE(read) << read.error().message;
    std::filesystem::create_symlink(t.file("secret.txt", "x"), folder() / "lib" / "link.txt");
    EXPECT_EQ(t.run({"model", "add", folder()}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("churn/lib/link.txt leads out of the folder"));
    EXPECT_EQ(t.server.calls(), 0U);
}

TEST_F(ModelFolders, UpdateKeepsIdsAndWhatLiesElsewhere) {
    const std::string known =
        R"({"id":"m-1","group":"risk","modelMetaData":{"name":"churn"},"modelAssets":[{"assetType":"SOURCE_CODE","assetId":"a-1","name":"main.py"},
        {"assetType":"SOURCE_CODE","assetId":"a-2","name":"gone.py"},{"assetType":"EXTERNAL_FILE","assetId":"a-3","fileUrl":"s3://b/k"}]})";
    const std::string listed = R"({"_embedded":{"storedModels":[)" + known + "]}}";
    t.server.then(FakeTerminal::answer(200, listed));
    EXPECT_EQ(t.run({"model", "add", folder()}), kConflict);
    EXPECT_THAT(t.err, HasSubstr("--update"));
    t.server.then(FakeTerminal::answer(200, listed)).then(FakeTerminal::answer(200, known)).then(FakeTerminal::answer(200, known));
    ASSERT_EQ(t.run({"model", "add", folder(), "--update"}), kDone) << t.err;
    const auto sent = t.server.requests().back();
    EXPECT_EQ(sent.method, "PATCH");
    EXPECT_THAT(sent.body, AllOf(HasSubstr(R"("assetId":"a-1")"), HasSubstr("s3://b/k"), testing::Not(HasSubstr("gone.py"))));
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]}})")).then(FakeTerminal::answer(201, known));
    EXPECT_EQ(t.run({"model", "add", folder(), "--update", "--group", "risk"}), kDone) << t.err;
    EXPECT_EQ(t.server.requests().back().method, "POST");
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

}  // namespace
}  // namespace slipway::cli
