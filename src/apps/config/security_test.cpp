#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
    Config config;
    std::vector<std::string> faults;
    std::vector<std::string> warnings;
};

Read read(const std::string& oauth2, const std::string& mode = "oauth2") {
    Read out;
    std::vector<ConfigFault> faults;
    Settings settings;
    read_file_settings("security:\n  mode: " + mode + "\n  oauth2: {" + oauth2 + "}\n", "slipway.yaml", settings, faults);
    out.config = make_config(settings, {}, faults, out.warnings);
    for (const auto& fault : faults) {
        out.faults.push_back(fault.text);
    }
    return out;
}

const std::string kLeast = "issuerUri: https://idp.example/realms/r, audience: urn:slipway, login: {clientId: slipway-ui}, groupPaths: true";

TEST(Security, LittleIsNeededForAProvider) {
    const auto loaded = read(kLeast);
    EXPECT_THAT(loaded.faults, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    const auto& provider = loaded.config.provider.value();
    EXPECT_EQ(provider.rules.issuer, "https://idp.example/realms/r");
    EXPECT_THAT(provider.rules.audiences, ElementsAre("urn:slipway"));
    EXPECT_EQ(provider.rules.groups_claim, "memberOf");
    EXPECT_EQ(provider.rules.admin_group, "slipway-admins");
    EXPECT_EQ(provider.rules.skew, Milliseconds{60'000});
    EXPECT_EQ(provider.algorithms.size(), 10U);
    EXPECT_THAT(provider.scopes, ElementsAre("openid", "profile"));
    EXPECT_EQ(loaded.config.session_recheck, Milliseconds{30'000});
}

TEST(Security, MachineClientsHaveGroupsAndScopes) {
    const auto loaded = read(kLeast + ", clients: {spark-runtime: {groups: [modelop], scopes: [jobs]}, Nightly_ETL: {groups: [risk, credit]}}");
    EXPECT_THAT(loaded.faults, IsEmpty());
    const auto& clients = loaded.config.provider->rules.clients;
    EXPECT_THAT(clients.at("spark-runtime").scopes, ElementsAre("jobs"));
    EXPECT_THAT(clients.at("Nightly_ETL").groups, ElementsAre("risk", "credit"));
}

TEST(Security, MachineClientsMayHaveDotsInTheirNames) {
    const auto loaded =
        read(kLeast + ", clients: {spark.runtime.prod: {groups: [modelop], scopes: [jobs]}, etl.night.groups: [risk]}, 'clients.a.b.scopes': [x]");
    EXPECT_THAT(loaded.faults, IsEmpty());
    const auto& clients = loaded.config.provider->rules.clients;
    EXPECT_THAT(clients.at("spark.runtime.prod").groups, ElementsAre("modelop"));
    EXPECT_THAT(clients.at("spark.runtime.prod").scopes, ElementsAre("jobs"));
    EXPECT_THAT(clients.at("etl.night").groups, ElementsAre("risk"));
    EXPECT_THAT(clients.at("a.b").scopes, ElementsAre("x"));
    EXPECT_THAT(read(kLeast + ", clients: {spark.runtime: {group: [modelop]}}").faults, ElementsAre(HasSubstr("clients.spark.runtime.group: unknown key")));
}

TEST(Security, WhatCannotWorkIsAFault) {
    EXPECT_THAT(read("login: {clientId: x}").faults, ElementsAre(HasSubstr("issuerUri: is needed"), HasSubstr("audience: is needed")));
    EXPECT_THAT(read(kLeast + ", algorithms: [RS256, HS256, none]").faults, ElementsAre(HasSubstr("not \"HS256\""), HasSubstr("not \"none\"")));
    EXPECT_THAT(read(kLeast + ", introspection: opaque").faults, ElementsAre(HasSubstr("login.clientSecret")));
    EXPECT_THAT(read("issuerUri: https://i, audience: a, login: {clientId: x, scopes: [profile]}").faults, ElementsAre(HasSubstr("openid")));
    EXPECT_THAT(read("issuerUri: https://i, audience: a, login: {clientId: x, cliClientId: y, cliRedirectUri: 'http://elsewhere.example/'}").faults,
                ElementsAre(HasSubstr("cliRedirectUri: must be http:// on a loopback address")));
    EXPECT_THAT(read("issuerUri: https://i, audience: a, login: {cliClientId: y}").faults, ElementsAre(HasSubstr("cliClientId: needs login.clientId")));
    EXPECT_THAT(read(kLeast + ", clockSkew: 0s").faults, ElementsAre(HasSubstr("clockSkew")));
    for (const std::string end : {"", "/"}) {
        EXPECT_THAT(read("issuerUri: https://i/realms/r/.well-known/openid-configuration" + end + ", audience: a").faults,
                    ElementsAre(HasSubstr("slipway.yaml:3: security.oauth2.issuerUri: is the address of the issuer's description: leave "
                                          "/.well-known/openid-configuration out")));
    }
}

TEST(Security, BlanksAreNoText) {
    for (const std::string name : {"login: {clientId: x, name: '  '}", "groupsClaim: ' '", "adminGroup: \"\\t\"", "usernameClaim: ' '"}) {
        EXPECT_THAT(read("issuerUri: https://i, audience: a, " + name).faults, ElementsAre(HasSubstr(": must be more than blanks"))) << name;
    }
    const auto empty = read(kLeast + ", groupsClaim: '', adminGroup: ''");
    EXPECT_THAT(empty.faults, IsEmpty());
    EXPECT_EQ(empty.config.provider->rules.groups_claim, "memberOf") << "empty is not set";
    EXPECT_EQ(empty.config.provider->rules.admin_group, "slipway-admins");
}

TEST(Security, WhatIsUnwiseIsSaid) {
    EXPECT_THAT(read("issuerUri: http://idp.example, audience: a, login: {clientId: x}").warnings, Contains(HasSubstr("not encrypted")));
    EXPECT_THAT(read("issuerUri: http://127.0.0.1:8180/r, audience: a, login: {clientId: x}, groupPaths: true").warnings, IsEmpty());
    EXPECT_THAT(read("issuerUri: https://i, audience: a").warnings, Contains(HasSubstr("login.clientId")));
    EXPECT_THAT(read("issuerUri: https://i, audience: [a, x], login: {clientId: x}").warnings,
                Contains(HasSubstr("audience is login.clientId or login.cliClientId")));
    const auto off = read(kLeast, "builtin");
    EXPECT_THAT(off.warnings, Contains(HasSubstr("does nothing")));
    EXPECT_FALSE(off.config.provider);
}

}  // namespace
}  // namespace slipway::config
