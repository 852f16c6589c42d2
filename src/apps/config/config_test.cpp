#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Loads a text as if it stood in `slipway.yaml`.
Loaded load_text(std::string_view text, const Environment& environment = {}) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    read_file_settings(text, "slipway.yaml", loaded.settings, faults);
    read_environment_settings(environment, loaded.settings, faults);
    loaded.config = make_config(loaded.settings, environment, faults, loaded.warnings);
    for (const auto& fault : faults) {
        loaded.faults.push_back(fault.text);
    }
    return loaded;
}

TEST(ConfigTest, WithoutAnythingEveryKeyHasItsDefault) {
    const auto loaded = load_text("");
    EXPECT_THAT(loaded.faults, IsEmpty());
    EXPECT_EQ(loaded.config.server.host, "127.0.0.1");
    EXPECT_EQ(loaded.config.server.port, 8080);
    EXPECT_EQ(loaded.config.default_group, "modelop");
    EXPECT_EQ(loaded.config.retention.job_messages, std::chrono::days{90});
    EXPECT_EQ(loaded.config.retention.audit_records, std::chrono::days{7 * 365});
    EXPECT_TRUE(loaded.config.database_url.empty());
}

TEST(ConfigTest, ReadsThePageOfContracts) {
    const auto loaded = load_text(
        R"(server: {listen: "0.0.0.0:9000", publicUrl: "https://models.example.com/", allowedHosts: [models.example.com], trustedProxies: [], keyFile: /etc/slipway/key, caFile: null}
database: {url: "postgresql://u:p@db/slipway"}
security:
  mode: builtin
  default-group: risk
retention: {jobMessages: P30D, auditRecords: P1Y, operations: P1D}
log: {level: debug}
sagemaker-service: {endpoint-url: "http://127.0.0.1:5000"}
)");
    EXPECT_THAT(loaded.faults, IsEmpty());
    EXPECT_EQ(loaded.config.server.port, 9000);
    EXPECT_EQ(loaded.config.server.public_url, "https://models.example.com");
    EXPECT_THAT(loaded.config.server.allowed_hosts, ElementsAre("models.example.com"));
    EXPECT_EQ(loaded.config.server.key_file, "/etc/slipway/key");
    EXPECT_EQ(loaded.config.database_url.reveal(), "postgresql://u:p@db/slipway");
    EXPECT_EQ(loaded.config.default_group, "risk");
    EXPECT_EQ(loaded.config.log_level, log::Level::debug);
    EXPECT_EQ(loaded.config.sagemaker_endpoint_url, "http://127.0.0.1:5000");
}

TEST(ConfigTest, NamesTheNearestKeyForAnUnknownOne) {
    EXPECT_THAT(load_text("server:\n  lissten: a:1\n").faults, ElementsAre("slipway.yaml:2: server.lissten: unknown key; did you mean server.listen?"));
    EXPECT_THAT(load_text("databse: {url: x}\n").faults, ElementsAre("slipway.yaml:1: databse: unknown key; did you mean database?"));
    EXPECT_THAT(load_text("listen: a:1\n").faults, ElementsAre("slipway.yaml:1: listen: unknown key; did you mean server.listen?"));
    EXPECT_THAT(load_text("sagemaker-credentials:\n  storedCredentials:\n    - acessKeyId: x\n").faults,
                ElementsAre("slipway.yaml:3: sagemaker-credentials.storedCredentials[0].acessKeyId: unknown key; did you mean "
                            "sagemaker-credentials.storedCredentials[].accessKeyId?"));
}

TEST(ConfigTest, EveryFaultIsALineOfItsOwn) {
    const auto loaded = load_text(R"(server:
  listen: nowhere
  publicUrl: [a]
  keyFile: {a: b}
security: {mode: oauth2}
retention: {operations: soon}
log: {level: loud}
sagemaker-credentials: {storedCredentials: {group: x}}
)");
    EXPECT_THAT(loaded.faults, ElementsAre("slipway.yaml:2: server.listen: must be host:port, not \"nowhere\"",
                                           "slipway.yaml:3: server.publicUrl: must be an http or https URL without user info, not a list",
                                           "slipway.yaml:4: server.keyFile: must be a path, not a mapping",
                                           "slipway.yaml:6: retention.operations: must be a period such as P90D, PT12H or 30s, not \"soon\"",
                                           "slipway.yaml:7: log.level: must be one of debug,info,warn,error, not \"loud\"",
                                           "slipway.yaml:8: sagemaker-credentials.storedCredentials: must be a list, not a mapping",
                                           "security.oauth2.issuerUri: is needed with security.mode: oauth2",
                                           "security.oauth2.audience: is needed with security.mode: oauth2: tokens for other services must not count here"));
}

TEST(ConfigTest, RefusesWhatYamlHidesBehindItsSyntax) {
    EXPECT_THAT(load_text("log: {level: info}\nlog: {level: warn}\n").faults, ElementsAre("slipway.yaml:2: log: duplicate key; it stands on line 1 already"));
    EXPECT_THAT(load_text("a: &x 1\n").faults, Contains(HasSubstr("slipway.yaml:1: anchors")));
    EXPECT_THAT(load_text("server: &s {listen: a:1}\nlog: *s\n").faults, Contains(HasSubstr("slipway.yaml:2: aliases")));
    EXPECT_THAT(load_text("log: !!map {level: info}\n").faults, Contains(HasSubstr("tags")));
    EXPECT_THAT(load_text("log: {level: info}\n---\nlog: {}\n").faults, Contains(HasSubstr("second document")));
    EXPECT_THAT(load_text("log: {level: [\n").faults, Contains(HasSubstr("no valid YAML")));
    EXPECT_THAT(load_text("- a\n").faults, ElementsAre("slipway.yaml:1: the file must be a mapping of keys"));
    EXPECT_THAT(load_text(std::string(300, '[')).faults, testing::Not(IsEmpty()));
}

TEST(ConfigTest, ParsesTheDocumentedCredentialsWithTheirTabs) {
    const std::string sample =
        "sagemaker-credentials:\n"
        "  storedCredentials:\n"
        "    - group:\n"
        "\t  authenticationType: BASIC\n"
        "\t  accessKeyId: AKIDEXAMPLE\n"
        "\t  secretAccessKey: c2VjcmV0\n"
        "\t  region: us-east-2\n"
        "  eksServiceAccountCredentials:\n"
        "\t- path:\n"
        "\t  roleArn: <AWS-ROLE-ARN>\n"
        "\t  webIdentityTokenFile: /var/run/secrets/token\n";
    const auto loaded = load_text(sample);
    ASSERT_THAT(loaded.faults, IsEmpty());
    const auto& credentials = loaded.config.credentials.configured;
    ASSERT_EQ(credentials.size(), 2U);
    EXPECT_EQ(credentials[0].type, sagemaker::AuthenticationType::basic);
    EXPECT_EQ(credentials[0].group, "");
    EXPECT_EQ(credentials[0].access_key_id, "AKIDEXAMPLE");
    EXPECT_EQ(credentials[0].secret_access_key.reveal(), "c2VjcmV0");
    EXPECT_EQ(credentials[0].region, "us-east-2");
    EXPECT_EQ(credentials[1].type, sagemaker::AuthenticationType::assume_role_with_web_identity);
    EXPECT_EQ(credentials[1].role_arn, "<AWS-ROLE-ARN>");
    EXPECT_EQ(credentials[1].path, "");
}

class TabsTest : public testing::TestWithParam<const char*> {};
TEST_P(TabsTest, AnyHabitOfIndentingReadsTheSame) {
    const auto loaded = load_text(GetParam());
    ASSERT_THAT(loaded.faults, IsEmpty()) << loaded.faults.front();
    ASSERT_EQ(loaded.config.credentials.configured.size(), 1U);
    EXPECT_EQ(loaded.config.credentials.configured[0].region, "us-east-2");
}
INSTANTIATE_TEST_SUITE_P(
    Habits, TabsTest,
    testing::Values("sagemaker-credentials:\n\tstoredCredentials:\n\t\t- accessKeyId: a\n\t\t  secretAccessKey: b\n\t\t  region: us-east-2\n",
                    "sagemaker-credentials:\n\tstoredCredentials:\n\t-\taccessKeyId: a\n\t\tsecretAccessKey: b\n\t\tregion: us-east-2\n",
                    "sagemaker-credentials:\n  storedCredentials:\n  - accessKeyId: a\n\tsecretAccessKey: b\n\tregion: us-east-2\n",
                    "sagemaker-credentials:\n  storedCredentials:\n      - accessKeyId: a\n\tsecretAccessKey: b\n\tregion: us-east-2\n"));

TEST(ConfigTest, RefusesAnUnknownAuthenticationType) {
    EXPECT_THAT(
        load_text("sagemaker-credentials:\n  storedCredentials:\n    - authenticationType: KERBEROS\n      accessKeyId: a\n      secretAccessKey: b\n").faults,
        ElementsAre("slipway.yaml:3: sagemaker-credentials.storedCredentials[0].authenticationType: must be BASIC, not \"KERBEROS\""));
}

TEST(ConfigTest, HalfACredentialIsAFaultAndAnEmptyOneAWarning) {
    const auto half = load_text("sagemaker-credentials:\n  storedCredentials:\n    - accessKeyId: a\n      secretAccessKey:\n");
    EXPECT_THAT(half.faults, ElementsAre(HasSubstr("slipway.yaml:3: sagemaker-credentials.storedCredentials[0].accessKeyId: needs secretAccessKey")));
    const auto empty =
        load_text("sagemaker-credentials:\n  storedCredentials:\n    - group:\n      region: us-east-2\n      accessKeyId:\n      secretAccessKey:\n");
    EXPECT_THAT(empty.faults, IsEmpty());
    EXPECT_THAT(empty.warnings, ElementsAre(HasSubstr("serves nothing")));
}

TEST(ConfigTest, CredentialsKeepTheirIdWhenKeysOrOrderChange) {
    const auto entry = [](std::string_view group, std::string_view key) {
        return "    - {group: " + std::string{group} + ", accessKeyId: " + std::string{key} + ", secretAccessKey: s, region: us-east-2}\n";
    };
    const std::string head = "sagemaker-credentials:\n  storedCredentials:\n";
    const auto before = load_text(head + entry("risk", "A") + entry("credit", "B")).config.credentials.configured;
    const auto after = load_text(head + entry("credit", "C") + entry("risk", "D")).config.credentials.configured;
    ASSERT_EQ(before.size(), 2U);
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(before[0].id, after[1].id);
    EXPECT_EQ(before[1].id, after[0].id);
    EXPECT_NE(before[0].id, before[1].id);
}

TEST(ConfigTest, RegionsAreThoseOfAws) {
    const auto faults = [](const std::string& region) {
        return load_text("sagemaker-credentials:\n  storedCredentials:\n    - {accessKeyId: k, secretAccessKey: s, region: " + region + "}\n").faults;
    };
    EXPECT_THAT(faults("mars"), ElementsAre(AllOf(HasSubstr("storedCredentials[0].region"), HasSubstr("must be an AWS region such as us-east-2"))));
    EXPECT_THAT(faults("us-gov-west-1"), IsEmpty());
    EXPECT_THAT(load_text("spark-runtime: {s3: {region: mars}}\n").faults, Not(ElementsAre(HasSubstr("s3.region"))));
}

TEST(ConfigTest, TheEnvironmentWinsOverTheFile) {
    const auto loaded = load_text("server: {listen: \"a:1\"}\n", {{"SLIPWAY_SERVER__LISTEN", "b:2"},
                                                                  {"SLIPWAY_SERVER__ALLOWED_HOSTS", "x.example, y.example"},
                                                                  {"SLIPWAY_URL", "http://ignored"},
                                                                  {"SLIPWAY_SAGEMAKER_CREDENTIALS__STOREDCREDENTIALS__0__ACCESSKEYID", "k"},
                                                                  {"SLIPWAY_SAGEMAKER_CREDENTIALS__STOREDCREDENTIALS__0__SECRETACCESSKEY", "s"},
                                                                  {"AWS_DEFAULT_REGION", "eu-west-1"}});
    ASSERT_THAT(loaded.faults, IsEmpty());
    EXPECT_EQ(loaded.config.server.host, "b");
    EXPECT_EQ(loaded.config.server.port, 2);
    EXPECT_THAT(loaded.config.server.allowed_hosts, ElementsAre("x.example", "y.example"));
    ASSERT_EQ(loaded.config.credentials.configured.size(), 1U);
    EXPECT_EQ(loaded.config.credentials.environment_region, "eu-west-1");
    EXPECT_THAT(show(loaded, true), HasSubstr("# SLIPWAY_SERVER__LISTEN"));
}

TEST(ConfigTest, FaultsOfTheEnvironmentNameTheVariable) {
    EXPECT_THAT(load_text("", {{"SLIPWAY_SERVER__LISSTEN", "b:2"}}).faults, ElementsAre("SLIPWAY_SERVER__LISSTEN: unknown key; did you mean server.listen?"));
    EXPECT_THAT(load_text("", {{"SLIPWAY_LOG__LEVEL", "loud"}}).faults, ElementsAre(HasSubstr("SLIPWAY_LOG__LEVEL: log.level: must be one of")));
    EXPECT_THAT(load_text("", {{"SLIPWAY_DATABASE__URL_FILE", "/nowhere/at/all"}}).faults, ElementsAre(HasSubstr("cannot be read")));
    EXPECT_THAT(load_text("", {{"SLIPWAY_SERVER__LISTEN_FILE", "/tmp"}}).faults, ElementsAre(HasSubstr("unknown key")));
}

TEST(ConfigTest, SecretsComeFromFilesAndAreNeverShown) {
    const auto path = std::filesystem::path{testing::TempDir()} / "slipway_config_url";
    std::ofstream{path} << "postgresql://u:s3cr3t-canary@db/x\n";
    const auto loaded = load_text("", {{"SLIPWAY_DATABASE__URL_FILE", path.string()}});
    ASSERT_THAT(loaded.faults, IsEmpty());
    EXPECT_EQ(loaded.config.database_url.reveal(), "postgresql://u:s3cr3t-canary@db/x");
    EXPECT_THAT(show(loaded, true), testing::Not(HasSubstr("canary")));
    EXPECT_THAT(load({.environment = {{"SLIPWAY_DATABASE__URL_FILE", path.string()}, {"SLIPWAY_SERVER__LISTEN", "a:1"}}}).config.spark_runtime.secret_files,
                ElementsAre(path.string()));
    EXPECT_THAT(load_text("database: {url: 's3cr3t-canary'}\n").faults, ElementsAre("slipway.yaml:1: database.url: must be a postgresql:// URL"));
    std::filesystem::remove(path);
}

TEST(ConfigTest, ShowCanBeLoadedAgain) {
    const auto first = load_text("server: {listen: \"[::1]:1\", allowedHosts: [a, \"b.example:8080\"]}\nlog.level: warn\n");
    ASSERT_THAT(first.faults, IsEmpty());
    EXPECT_EQ(first.config.server.host, "::1");
    const auto again = load_text(show(first, true));
    EXPECT_THAT(again.faults, IsEmpty());
    EXPECT_EQ(again.config.server.host, "::1");
    EXPECT_EQ(again.config.server.allowed_hosts, first.config.server.allowed_hosts);
    EXPECT_EQ(again.config.log_level, log::Level::warn);
}

TEST(ConfigTest, ShowNamesEntriesOfListsInAWayThatReadsBack) {
    const auto first = load_text(
        "sagemaker-credentials:\n  eksServiceAccountCredentials:\n    - {roleArn: r, webIdentityTokenFile: /t, region: us-east-2}\n"
        "modelop.security.group-access-rights.collection-permissions.jobs: {'my.group': [READ]}\n");
    ASSERT_THAT(first.faults, IsEmpty());
    const auto again = load_text(show(first, false));
    ASSERT_THAT(again.faults, IsEmpty()) << again.faults.front();
    ASSERT_EQ(again.config.credentials.configured.size(), 1U);
    EXPECT_EQ(again.config.credentials.configured[0].id, first.config.credentials.configured[0].id);
    EXPECT_FALSE(again.config.access.by_collection.at("jobs").at("my.group").write);
}

TEST(ConfigTest, RightsOfGroups) {
    const auto loaded = load_text(R"(modelop:
  security:
    mode: rwx
    group-access-rights:
      default-permissions: [READ, WRITE]
      collection-permissions:
        stored-model: READ
        jobs: {risk: [READ, EXECUTE], '*': [READ]}
)");
    ASSERT_THAT(loaded.faults, IsEmpty());
    const auto& access = loaded.config.access;
    EXPECT_TRUE(access.group_default.write);
    EXPECT_FALSE(access.group_default.execute);
    EXPECT_TRUE(access.owner_default.execute);
    EXPECT_FALSE(access.by_collection.at("storedModels").at("*").write);
    EXPECT_TRUE(access.by_collection.at("jobs").at("risk").execute);
    const std::string exceptions = "modelop.security.group-access-rights.collection-permissions.";
    EXPECT_THAT(load_text(exceptions + "stord-models: READ\n").faults, ElementsAre(HasSubstr("no such collection; did you mean storedModels?")));
    EXPECT_THAT(load_text(exceptions + "bananas: READ\n").faults, ElementsAre(HasSubstr("no such collection; known are storedModels, ")));
    EXPECT_THAT(load_text("modelop.security.group-access-rights.default-permissions: [RAED]\n").faults, ElementsAre(HasSubstr("READ, WRITE and EXECUTE")));
}

TEST(ConfigTest, AddressesHostsAndPeriodsAreLookedAt) {
    const auto proxies = [](const std::string& list) { return load_text("server: {trustedProxies: [" + list + "]}\n").faults; };
    EXPECT_THAT(proxies("10.0.0.0/8, 127.0.0.1, 'fd00::/8', '::1'"), IsEmpty());
    for (const auto* wrong : {"banana", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "'fd00::/129'", "10.0.0.1:80"}) {
        EXPECT_THAT(proxies(wrong), ElementsAre(HasSubstr("slipway.yaml:1: server.trustedProxies: must be addresses or CIDR blocks"))) << wrong;
    }
    EXPECT_THAT(load_text("server: {allowedHosts: [\"a b\", \"http://x/\", \"models.example.com:8443\"]}\n").faults,
                ElementsAre(HasSubstr("not \"a b\""), HasSubstr("not \"http://x/\"")));
    EXPECT_THAT(load_text("retention: {operations: P0D}\n").faults, ElementsAre(HasSubstr("retention.operations: must be longer than nothing")));
    EXPECT_THAT(load_text("zookeeper: {client: x}\n").faults, ElementsAre("slipway.yaml:1: zookeeper: unknown key: see docs/configuration.md"));
}

TEST(ConfigTest, FilesThatServeNeedsAreThere) {
    const std::filesystem::path folder = std::filesystem::path{testing::TempDir()} / "slipway_config_files";
    std::filesystem::create_directories(folder);
    const auto faults_of = [&](const std::string& text) {
        std::ofstream{folder / "slipway.yaml"} << text;
        return load({.file = (folder / "slipway.yaml").string(), .standard_file = {}, .environment = {}, .flags = {}}).faults;
    };
    std::ofstream{folder / "no.pem"} << "root:x:0:0\n";
    std::ofstream{folder / "ca.pem"} << "-----BEGIN CERTIFICATE-----\n";
    std::ofstream{folder / "key"} << std::string(32, 'k');
    EXPECT_THAT(faults_of("server: {caFile: /nope/ca}\n"), ElementsAre(HasSubstr("slipway.yaml:1: server.caFile: /nope/ca cannot be read")));
    EXPECT_THAT(faults_of("server: {caFile: " + (folder / "no.pem").string() + "}\n"), ElementsAre(HasSubstr("no certificate")));
    EXPECT_THAT(faults_of("server: {keyFile: /nope/key}\n"), ElementsAre(HasSubstr("server.keyFile: /nope/key is no file of 32 bytes")));
    EXPECT_THAT(faults_of("server: {caFile: " + (folder / "ca.pem").string() + ", keyFile: " + (folder / "key").string() + "}\n"), IsEmpty());
    std::filesystem::remove_all(folder);
}

TEST(ConfigTest, Periods) {
    EXPECT_EQ(parse_period("PT24H"), std::chrono::hours{24});
    EXPECT_EQ(parse_period("P1Y2M3DT4M"), std::chrono::days{365 + 60 + 3} + std::chrono::minutes{4});
    EXPECT_EQ(parse_period("30s"), std::chrono::seconds{30});
    EXPECT_EQ(parse_period("7d"), std::chrono::days{7});
    for (const auto* bad : {"", "P", "PT", "P1", "1", "-1d", "P1H", "PT1D", "1x", "P99999999999Y", "9999999Y"}) {
        EXPECT_EQ(parse_period(bad), std::nullopt) << bad;
    }
}

TEST(ConfigTest, ThePageInTheDocumentationIsCurrent) {
    std::ifstream file{std::filesystem::path{SLIPWAY_SOURCE_DIR} / "docs" / "configuration.md"};
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), configuration_page()) << "run: slipway docs config > docs/configuration.md";
}

TEST(ConfigTest, TheExampleIsValid) {
    std::ifstream file{std::filesystem::path{SLIPWAY_SOURCE_DIR} / "packaging" / "slipway.yaml"};
    std::ostringstream text;
    text << file.rdbuf();
    ASSERT_FALSE(text.str().empty());
    EXPECT_THAT(load_text(text.str()).faults, IsEmpty());
    // The same with every commented key switched on.
    std::istringstream lines{text.str()};
    std::string switched_on;
    for (std::string line; std::getline(lines, line);) {
        switched_on += (line.starts_with("#") && !line.starts_with("# ") ? line.substr(1) : line) + "\n";
    }
    EXPECT_THAT(load_text(switched_on).faults, IsEmpty());
}

}  // namespace
}  // namespace slipway::config
