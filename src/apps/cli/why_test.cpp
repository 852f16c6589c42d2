#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::HasSubstr;

constexpr const char* kId = "0198f2a0-0000-7000-8000-000000000001";
constexpr const char* kAnswer =
    R"({"id":"0198f2a0-0000-7000-8000-000000000001","kind":"job","question":"Why has this job not started?","answer":"Its runtime is offline.",)"
    R"("facts":[{"code":"RUNTIME_OFFLINE","message":"It says \u001b[2Jnothing."}],"next":[{"message":"Start it.","cli":"slipway runtime show r"},)"
    R"({"message":"Or read.","href":"#/jobs/x"}]})";

class WhyCommand : public testing::Test {
protected:
    WhyCommand() { t.world.environment["SLIPWAY_TOKEN"] = "token-1"; }
    FakeTerminal t;
};

TEST_F(WhyCommand, LooksForASnapshotFirstAndThenForAJob) {
    t.server.then(FakeTerminal::answer(404, R"({"code":"NOT_FOUND"})"))
        .then(FakeTerminal::answer(200, R"({"id":"0198f2a0-0000-7000-8000-000000000001"})"))
        .then(FakeTerminal::answer(200, kAnswer));
    EXPECT_EQ(t.run({"why", kId}), kDone);
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("/deployableModels/"));
    EXPECT_THAT(t.server.requests().at(2).url, HasSubstr(std::string{"/jobs/"} + kId + "/why"));
    EXPECT_EQ(
        t.out,
        "Why has this job not started?\nIts runtime is offline.\n\nWhat is known\n  It says [2Jnothing.\n\nWhat to do\n  Start it.\n    slipway runtime show "
        "r\n  Or read.\n");
}

TEST_F(WhyCommand, SaysOnceWhatIsTheAnswerAndAllThatIsKnown) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"0198f2a0-0000-7000-8000-000000000001"})"))
        .then(FakeTerminal::answer(
            200, R"({"question":"Why?","answer":"It was moved.","facts":[{"code":"A","message":"Open."},{"code":"B","message":"It was moved."}],"next":[]})"));
    EXPECT_EQ(t.run({"why", kId}), kDone);
    EXPECT_EQ(t.out, "Why?\nIt was moved.\n\nWhat is known\n  Open.\n");
}

TEST_F(WhyCommand, SaysWhenThereIsNeither) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(404, R"({"code":"NOT_FOUND"})"); });
    EXPECT_EQ(t.run({"why", kId}), kNotFound);
    EXPECT_THAT(t.err, HasSubstr("no snapshot and no job"));
}

TEST_F(WhyCommand, TellsApartWhatIsCalledTheSame) {
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"deployableModels":[{"id":"s-1","metaData":{"name":"own"},"sageMaker":{"gone":true}},)"
                                            R"({"id":"s-2","metaData":{"name":"own"},"sageMaker":{"generated":true}}]}})"));
    EXPECT_EQ(t.run({"why", "own"}), kConflict);
    EXPECT_THAT(t.err, HasSubstr("s-1  own  gone"));
    EXPECT_THAT(t.err, HasSubstr("s-2  own  generated"));
}

TEST_F(WhyCommand, GivesTheDocument) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"0198f2a0-0000-7000-8000-000000000001"})")).then(FakeTerminal::answer(200, kAnswer));
    EXPECT_EQ(t.run({"why", kId, "-o", "json"}), kDone);
    EXPECT_THAT(t.out, HasSubstr("\"RUNTIME_OFFLINE\""));
}

TEST_F(WhyCommand, RecheckSendsNoBody) {
    t.server.then(FakeTerminal::answer(200, R"({"id":"0198f2a0-0000-7000-8000-000000000001","open":true})"));
    EXPECT_EQ(t.run({"ticket", "recheck", kId}), kDone);
    EXPECT_THAT(t.server.requests().at(0).url, HasSubstr("/notifications/" + std::string{kId} + "/recheck"));
    EXPECT_TRUE(t.server.requests().at(0).body.empty());
}

TEST_F(WhyCommand, ATicketSaysWhetherWhoAsksMayDecideIt) {
    t.server.then(
        FakeTerminal::answer(200, R"({"id":"t","open":true,"mayDecide":false,"decisionRefusal":{"code":"FOUR_EYES","message":"Somebody else must look."}})"));
    EXPECT_EQ(t.run({"ticket", "show", kId}), 0) << t.err;
    EXPECT_THAT(t.out, testing::ContainsRegex("YOU MAY NOT DECIDE +Somebody else must look."));
    t.server.then(FakeTerminal::answer(200, R"({"_embedded":{"notifications":[{"id":"t","open":true,"mayDecide":true}]},"page":{"totalElements":1}})"));
    EXPECT_EQ(t.run({"ticket", "list"}), 0) << t.err;
    EXPECT_THAT(t.out, testing::AllOf(HasSubstr("YOU MAY DECIDE"), testing::ContainsRegex("yes +yes")));
}

}  // namespace
}  // namespace slipway::cli
