#include "spark/options.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

Result<SubmitOptions> laid(OptionLayer layer, json::object map, const std::set<std::string>& opened = {}) {
    SubmitOptions options;
    SW_CHECK(options.lay(layer, map, "/jobParameters", opened));
    return options;
}

std::vector<std::string> arguments_of(json::object map) {
    const auto options = laid(OptionLayer::job, std::move(map));
    EXPECT_TRUE(options.has_value());
    return options ? split(*options).arguments : std::vector<std::string>{};
}
using Words = std::vector<std::string>;

TEST(SubmitOptions, TakesThemAsPeopleTypeThem) {
    EXPECT_EQ(arguments_of({{"--executor-memory", "512MB"}, {"-v", ""}}), (Words{"--executor-memory", "512MB", "-v"}));
    EXPECT_EQ(arguments_of({{"--num-executors", 2}}), (Words{"--num-executors", "2"}));
    EXPECT_EQ(arguments_of({{"--conf", "spark.a=1"}}), (Words{"--conf", "spark.a=1"}));
    EXPECT_EQ(arguments_of({{"--conf spark.a", "1"}, {"spark.b", true}}), (Words{"--conf", "spark.a=1", "--conf", "spark.b=true"}));
    EXPECT_EQ(arguments_of({{"spark.executor.extraJavaOptions", "-Da=1 -Db='x y'"}}), (Words{"--conf", "spark.executor.extraJavaOptions=-Da=1 -Db='x y'"}));
    EXPECT_EQ(arguments_of({{"--queue", "$(rm -rf /)"}}), (Words{"--queue", "$(rm -rf /)"}));
}

TEST(SubmitOptions, RefusesWithTheRightSpelling) {
    const std::vector<std::tuple<json::object, std::string>> cases{
        {{{"--conf", "\"spark.cores.max=1\""}}, "without quotes"},
        {{{"--conf", "spark.a=1 --conf spark.b=2"}}, "each under its own name"},
        {{{"executorMemory", "1g"}}, "an option of spark-submit"},
        {{{"--kill", "driver-1"}}, "belongs to the runtime service"},
        {{{"--status", "driver-1"}}, "belongs to the runtime service"},
        {{{"--proxy-user", "root"}}, "openedOptions"},
        {{{"--master", "local"}}, "openedOptions"},
        {{{"spark.yarn.maxAppAttempts", "4"}}, "openedOptions"},
        {{{"spark.submit.deployMode", "cluster"}}, "openedOptions"},
        {{{"spark.driver.extraJavaOptions", "-javaagent:/tmp/a.jar"}}, "without agents"},
        {{{"--files", "/etc/shadow"}}, "store that the cluster reads"},
        {{{"--files", "hdfs://a/b,file:/etc/shadow"}}, "store that the cluster reads"},
        {{{"--queue", "a\nb"}}, "without line breaks"},
        {{{"-v", "yes"}}, "a flag"},
        {{{"--queue", ""}}, "a value"},
        {{{"spark.a", json::object{}}}, "a text or a number"},
        {{{"--conf", "hadoop.x=1"}}, "name of a Spark setting"},
    };
    for (const auto& [map, words] : cases) {
        const auto options = laid(OptionLayer::job, map);
        ASSERT_FALSE(options) << json::write(map);
        EXPECT_EQ(options.error().reason, "BAD_OPTION");
        EXPECT_TRUE(options.error().message.contains(words)) << options.error().message;
        EXPECT_TRUE(options.error().faults.at(0).pointer.starts_with("/jobParameters/"));
    }
}

TEST(SubmitOptions, BothSpellingsOfASettingAreClosed) {
    using Cases = std::vector<std::tuple<std::string, std::string, std::string>>;
    for (const auto& [option, setting, value] : Cases{{"--jars", "spark.jars", "/etc/shadow"},
                                                      {"--files", "spark.files", "hdfs://a/b,/etc/shadow"},
                                                      {"--archives", "spark.archives", "/etc/slipway/x"},
                                                      {"--py-files", "spark.submit.pyFiles", "local:/etc/shadow"},
                                                      {"--conf spark.yarn.jars", "spark.yarn.jars", "/etc/shadow"},
                                                      {"--conf spark.yarn.archive", "spark.yarn.archive", "file:///etc/shadow"},
                                                      {"--driver-java-options", "spark.driver.extraJavaOptions", "-Da=1 -XX:OnError=x"},
                                                      {"--conf spark.yarn.tags", "spark.yarn.tags", "mine,mmj-1234-1"}}) {
        for (const auto& name : {option, setting}) {
            EXPECT_FALSE(laid(OptionLayer::job, {{name, value}})) << name;
        }
    }
    for (const auto* tags : {"mms-x", "MMS-x", "a,Mmj-0123456789ABCDEF-1"}) {  // YARN makes them lower case
        EXPECT_FALSE(laid(OptionLayer::engine, {{"spark.yarn.tags", tags}})) << tags;
    }
    EXPECT_TRUE(laid(OptionLayer::job, {{"spark.yarn.tags", "mine"}, {"spark.jars", "hdfs://a/b.jar"}, {"--driver-java-options", "-Da=1"}}));
    EXPECT_TRUE(laid(OptionLayer::job, {{"spark.jars", "/opt/a.jar"}}, {"spark.jars"}));
}

TEST(SubmitOptions, OfWhatDecidesHowAJvmIsStartedAJobSetsWhatIsAllowedAlone) {
    for (const auto* name : {"spark.driver.extraClassPath", "spark.driver.extraLibraryPath", "spark.driver.userClassPathFirst", "spark.driver.host",
                             "spark.jars.ivySettings", "spark.hadoop.hadoop.security.authentication", "spark.hadoop.yarn.resourcemanager.address",
                             "spark.yarn.historyServer.address", "spark.yarn.am.extraJavaOptions", "spark.ssl.keyStore", "spark.authenticate.secret.file",
                             "spark.hadoop.fs.file.impl", "spark.hadoop.fs.AbstractFileSystem.hdfs.impl", "spark.kubernetes.driver.pod.name",
                             "spark.deploy.recoveryDirectory", "--driver-class-path", "--driver-library-path"}) {
        const auto options = laid(OptionLayer::job, {{name, "x"}});
        ASSERT_FALSE(options) << name;
        EXPECT_TRUE(options.error().message.contains("openedOptions")) << options.error().message;
        EXPECT_TRUE(laid(OptionLayer::job, {{name, "x"}}, {name})) << name;
        EXPECT_TRUE(laid(OptionLayer::engine, {{name, "x"}})) << name;
    }
    for (const auto* name :
         {"spark.driver.memory", "spark.driver.maxResultSize", "spark.yarn.queue", "spark.jars.packages", "spark.hadoop.fs.s3a.endpoint",
          "spark.sql.shuffle.partitions", "spark.executor.instances", "spark.mycompany.threshold", "spark.pyspark.python", "spark.cores.max"}) {
        EXPECT_TRUE(laid(OptionLayer::job, {{name, "1"}})) << name;
    }
}

TEST(SubmitOptions, TheOwnerOfTheEngineMayOpenAndSet) {
    EXPECT_TRUE(laid(OptionLayer::job, {{"--proxy-user", "ann"}}, {"--proxy-user"}));
    EXPECT_TRUE(laid(OptionLayer::engine, {{"spark.yarn.maxAppAttempts", "1"}, {"--files", "/etc/hive-site.xml"}}));
    EXPECT_TRUE(laid(OptionLayer::job, {{"--files", "hdfs://a/hive-site.xml"}}));
}

TEST(SubmitOptions, LaterLayersWinInPlace) {
    SubmitOptions options;
    ASSERT_TRUE(options.lay(OptionLayer::service, {{"--executor-memory", "1g"}, {"spark.cores.max", "1"}}, ""));
    ASSERT_TRUE(options.lay(OptionLayer::engine, {{"--executor-memory", "2g"}}, ""));
    ASSERT_TRUE(options.lay(OptionLayer::job, {{"--conf", "spark.cores.max=3"}}, ""));
    EXPECT_EQ(split(options).arguments, (Words{"--executor-memory", "2g", "--conf", "spark.cores.max=3"}));
}

/// Spark's SparkSubmit gives an option the last word over the setting of the same meaning, whoever named which.
TEST(SubmitOptions, ALaterLayerWinsHoweverItSpellsIt) {
    for (const auto& [option, setting] : std::vector<std::pair<std::string, std::string>>{{"--executor-memory", "spark.executor.memory"},
                                                                                          {"--executor-cores", "spark.executor.cores"},
                                                                                          {"--num-executors", "spark.executor.instances"},
                                                                                          {"--total-executor-cores", "spark.cores.max"},
                                                                                          {"--driver-memory", "spark.driver.memory"},
                                                                                          {"--driver-cores", "spark.driver.cores"},
                                                                                          {"--driver-java-options", "spark.driver.extraJavaOptions"},
                                                                                          {"--queue", "spark.yarn.queue"},
                                                                                          {"--name", "spark.app.name"},
                                                                                          {"--packages", "spark.jars.packages"}}) {
        const auto of_layers = [](const std::string& lower, const std::string& later, OptionLayer layer) {
            SubmitOptions options;
            EXPECT_TRUE(options.lay(OptionLayer::engine, {{lower, "1"}}, ""));
            EXPECT_TRUE(options.lay(layer, {{later, "4"}}, ""));
            return split(options).arguments;
        };
        EXPECT_EQ(of_layers(option, setting, OptionLayer::job), (Words{"--conf", setting + "=4"}));
        EXPECT_EQ(of_layers(setting, option, OptionLayer::job), (Words{option, "4"}));
        EXPECT_EQ(of_layers(option, setting, OptionLayer::engine), (Words{option, "1"})) << "within one layer the option, as spark-submit decides";
        EXPECT_EQ(of_layers(setting, option, OptionLayer::engine), (Words{option, "4"}));
    }
}

TEST(SubmitOptions, SecretsGoToThePropertiesFileAlone) {
    const auto options = laid(OptionLayer::engine, {{"spark.hadoop.fs.s3a.secret.key", "CANARY"}, {"spark.a", "b"}});
    ASSERT_TRUE(options);
    const auto parts = split(*options);
    EXPECT_EQ(parts.arguments, (Words{"--conf", "spark.a=b"}));
    ASSERT_EQ(parts.properties.size(), 1U);
    EXPECT_EQ(parts.properties[0].second, "CANARY");
    EXPECT_EQ(parts.shown, (Words{"--conf", "spark.hadoop.fs.s3a.secret.key=********", "--conf", "spark.a=b"}));
}

TEST(SubmitOptions, WhatTheDoorCallsASecretIsNoArgument) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"spark.hadoop.fs.azure.account.key.acct.dfs.core.windows.net", "CANARY"},
             {"spark.hadoop.fs.azure.sas.box.acct.blob.core.windows.net", "CANARY"},
             {"spark.app.signing.key", "CANARY"},
             {"spark.driver.extraJavaOptions", "-Xss4m -Djavax.net.ssl.trustStorePassword=CANARY"},
             {"--driver-java-options", "-Ddb.password=CANARY"},
         }) {
        json::object settings;
        settings[name] = value;
        const auto options = laid(OptionLayer::engine, settings);
        ASSERT_TRUE(options) << name;
        const auto parts = split(*options);
        EXPECT_TRUE(parts.arguments.empty()) << testing::PrintToString(parts.arguments);
        ASSERT_EQ(parts.properties.size(), 1U) << name;
        EXPECT_EQ(parts.properties[0].second, value);
        EXPECT_FALSE(testing::PrintToString(parts.shown).contains("CANARY")) << testing::PrintToString(parts.shown);
    }
    const auto both = laid(OptionLayer::engine, {{"spark.driver.extraJavaOptions", "-Xss4m"}, {"--driver-java-options", "-Ddb.password=CANARY"}});
    ASSERT_TRUE(both);
    EXPECT_TRUE(split(*both).arguments.empty()) << "the option goes before the setting, as spark-submit has it";
    EXPECT_EQ(split(*both).properties[0].first, "spark.driver.extraJavaOptions");
    const auto harmless =
        laid(OptionLayer::engine, {{"spark.hadoop.fs.s3a.aws.credentials.provider", "org.example.Provider"}, {"--driver-java-options", "-Xss4m"}});
    ASSERT_TRUE(harmless);
    EXPECT_TRUE(split(*harmless).properties.empty());
}

TEST(PropertiesText, EscapesWhatJavaWouldReadOtherwise) {
    EXPECT_EQ(properties_text({{"spark.a b", "x=y\\z"}, {"spark.c", " #1"}}), "spark.a\\ b=x=y\\\\z\nspark.c=\\ #1\n");
}

}  // namespace
}  // namespace slipway::spark
