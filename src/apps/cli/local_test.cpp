#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "apps/serve/serve.hpp"
#include "base/json.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::HasSubstr;

TEST(LocalCommandTest, ConfigCheckNamesEachFaultOnItsLine) {
    FakeTerminal t;
    const std::string path = t.file("slipway.yaml", "server:\n  lissten: a:1\nlog:\n  level: loud\n");
    EXPECT_EQ(t.run({"config", "check", "--config", path}), kWrongUse);
    EXPECT_EQ(t.err, path + ":2: server.lissten: unknown key; did you mean server.listen?\n" + path +
                         ":4: log.level: must be one of debug,info,warn,error, not \"loud\"\n");
    EXPECT_EQ(t.run({"config", "check", "--config", "/nowhere/x.yaml"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("/nowhere/x.yaml: cannot be read"));
    EXPECT_EQ(t.run({"config", "check", "--config", t.file("good.yaml", "log: {level: warn}\n")}), 0);
}

TEST(LocalCommandTest, ConfigCheckFindsWhatTheStartOfARuntimeWouldRefuse) {
    FakeTerminal t;
    const auto path = t.file("edge.yaml", "spark-runtime: {master: 'spark://m:7077', deployMode: cluster, sparkHome: /nowhere}\n");
    EXPECT_EQ(t.run({"config", "check", "--config", path}), kWrongUse);
    EXPECT_THAT(t.err, testing::AllOf(HasSubstr("spark-runtime.statusUrls"), HasSubstr("spark-runtime.stagingUrl"), HasSubstr("spark-runtime.sparkHome")));
    const auto elsewhere = t.file("other.yaml", "spark-runtime: {master: 'local[2]', sparkHome: /nowhere}\n");
    EXPECT_EQ(t.run({"config", "check", "--config", elsewhere}), kDone);
    EXPECT_THAT(t.err, testing::AllOf(HasSubstr("/nowhere/bin/spark-submit cannot be run"), HasSubstr("for another host than this one")));
}

TEST(LocalCommandTest, ConfigShowSaysWhereValuesComeFrom) {
    FakeTerminal t;
    t.world.environment["SLIPWAY_LOG__LEVEL"] = "warn";
    const std::string path = t.file("slipway.yaml", "server: {listen: \"a:1\"}\ndatabase: {url: \"postgresql://u:canary@h/d\"}\n");
    EXPECT_EQ(t.run({"config", "show", "--origin", "--config", path}), 0);
    EXPECT_THAT(t.out, HasSubstr("# " + path + ":1\n"));
    EXPECT_THAT(t.out, HasSubstr("# SLIPWAY_LOG__LEVEL\n"));
    EXPECT_THAT(t.out, HasSubstr("# default\n"));
    EXPECT_THAT(t.out, testing::Not(HasSubstr("canary")));
}

TEST(LocalCommandTest, ServeRefusesAWrongConfigurationBeforeItTouchesAnything) {
    FakeTerminal t;
    const std::string data = t.home / "data";
    EXPECT_EQ(t.run({"serve", "--listen", "nowhere", "--data-dir", data}), kWrongUse);
    EXPECT_EQ(t.err, "--listen: server.listen: must be host:port, not \"nowhere\"\n");
    EXPECT_FALSE(std::filesystem::exists(data));
}

TEST(LocalCommandTest, RoutesAreListedForTheContractTest) {
    FakeTerminal t;
    EXPECT_EQ(t.run({"routes"}), 0) << t.err;
    const auto routes = json::parse(t.out);
    ASSERT_TRUE(routes && routes->is_array());
    EXPECT_THAT(t.out, HasSubstr("\"operationId\": \"issueToken\""));
}

}  // namespace
}  // namespace slipway::cli
