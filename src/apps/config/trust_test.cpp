#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> warnings_of(const std::string& text) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    read_file_settings(text, "slipway.yaml", loaded.settings, faults);
    make_config(loaded.settings, {}, faults, loaded.warnings);
    EXPECT_THAT(faults, IsEmpty());
    return loaded.warnings;
}

const std::string kByName =
    "spark-runtime: {modelManageUrl: lb://model-manage}\n"
    "oauth2: {client: {accessTokenUri: 'lb://model-manage/gocli/token', clientId: e, clientSecret: s}}\n";

std::string eureka(const std::string& more) {
    return "eureka: {client: {serviceUrl: {defaultZone: 'https://u:p@eureka:8761/eureka/'}" + more + "}}\n";
}

TEST(TrustWarnings, WhomEurekaNamesGetsSecrets) {
    EXPECT_THAT(warnings_of(kByName + eureka("")), ElementsAre(HasSubstr("trustedHosts is not set")));
    EXPECT_THAT(warnings_of(kByName + eureka(", trustedHosts: ['*']")), ElementsAre(HasSubstr("trustedHosts is *")));
    EXPECT_THAT(warnings_of(kByName + eureka(", trustedHosts: ['*.example.com']")), IsEmpty());
    EXPECT_THAT(warnings_of(kByName + eureka(", trustedHosts: ['127.0.0.1:8080', 'm:1/x']")), IsEmpty());
    for (const std::string open : {"127.0.0.1", "localhost/models", "'[::1]'"}) {
        EXPECT_THAT(warnings_of(kByName + eureka(", trustedHosts: [m, " + open + "]")), ElementsAre(HasSubstr("names this host without a port"))) << open;
    }
    EXPECT_THAT(warnings_of(eureka("")), IsEmpty()) << "nothing is looked up";
}

TEST(EurekaWarnings, ALeaseThatEndsBeforeItIsRenewedIsSaid) {
    const auto lease = [](const std::string& more) {
        return "eureka: {client: {serviceUrl: {defaultZone: 'https://eureka:8761/eureka/'}" + more.substr(0, more.find('|')) + "}, instance: {" +
               more.substr(more.find('|') + 1) + "}}\n";
    };
    for (const auto* short_one : {"|leaseRenewalIntervalInSeconds: 90, leaseExpirationDurationInSeconds: 30", "|leaseRenewalIntervalInSeconds: 90",
                                  "|lease-expiration-duration-in-seconds: 30"}) {
        EXPECT_THAT(warnings_of(lease(short_one)), ElementsAre(HasSubstr("eureka.instance.leaseExpirationDurationInSeconds is not longer than "
                                                                         "leaseRenewalIntervalInSeconds: a server may take us out between two heartbeats")))
            << short_one;
    }
    EXPECT_THAT(warnings_of(lease("|leaseRenewalIntervalInSeconds: 5, leaseExpirationDurationInSeconds: 15")), IsEmpty());
    EXPECT_THAT(warnings_of(lease(", registerWithEureka: false|leaseExpirationDurationInSeconds: 5")), IsEmpty());
    EXPECT_THAT(warnings_of("eureka: {instance: {leaseExpirationDurationInSeconds: 5}}\n"), IsEmpty()) << "there is no server";
}

TEST(EurekaSettings, NamesThatNobodyCanReachAreFaults) {
    const auto faults_of = [](const std::string& section) {
        Settings settings;
        std::vector<ConfigFault> faults;
        std::vector<std::string> warnings;
        read_file_settings("eureka: {" + section + "}\n", "slipway.yaml", settings, faults);
        make_config(settings, {}, faults, warnings);
        std::vector<std::string> out;
        for (const auto& fault : faults) {
            out.push_back(fault.text);
        }
        return out;
    };
    for (const auto* name : {"hostname: 'a b'", "hostname: http://edge7", "hostname: 'edge7:8080'", "appname: 'a b/u'", "appname: a/b", "instanceId: 'h/a'"}) {
        EXPECT_THAT(faults_of("instance: {" + std::string{name} + "}"), ElementsAre(HasSubstr("slipway.yaml:1: eureka.instance."))) << name;
    }
    for (const auto* name : {"hostname: edge7.example.com", "hostname: '[2001:db8::7]'", "appname: spark-runtime_2.x", "instanceId: 'edge7:spark:9000'"}) {
        EXPECT_THAT(faults_of("instance: {" + std::string{name} + "}"), IsEmpty()) << name;
    }
    for (const auto* host : {"http://x", "https://*.example.com/models", "'a b'"}) {
        EXPECT_THAT(faults_of("client: {trustedHosts: [m, " + std::string{host} + "]}"),
                    ElementsAre(HasSubstr("slipway.yaml:1: eureka.client.trustedHosts: must be names such as *.example.com, tools.example.com:443/models")))
            << host;
    }
    EXPECT_THAT(faults_of("client: {trustedHosts: ['*', '*.example.com', 'localhost:18960/models', '[::1]:8080']}"), IsEmpty());
}

TEST(TrustWarnings, WhatIsReadOnTheWayIsSaid) {
    EXPECT_THAT(warnings_of("oauth2: {client: {accessTokenUri: 'http://idp.example.com/token', clientId: e, clientSecret: s}}\n"),
                ElementsAre(HasSubstr("accessTokenUri is not encrypted")));
    EXPECT_THAT(warnings_of("oauth2: {client: {accessTokenUri: 'https://idp.example.com/token', clientId: e, clientSecret: s}}\n"
                            "spark-runtime: {modelManageUrl: 'http://models.example.com/model-manage/api'}\n"),
                ElementsAre(HasSubstr("modelManageUrl is not encrypted")));
    EXPECT_THAT(warnings_of("oauth2: {client: {accessTokenUri: 'http://127.0.0.1:8080/gocli/token', clientId: e, clientSecret: s}}\n"), IsEmpty());
    EXPECT_THAT(warnings_of("eureka: {client: {serviceUrl: {defaultZone: 'http://u:p@eureka:8761/eureka/'}}}\n"), ElementsAre(HasSubstr("reads the password")));
    EXPECT_THAT(warnings_of("eureka: {client: {serviceUrl: {defaultZone: 'http://u:p@127.0.0.1:8761/eureka/,http://eureka:8761/eureka/'}}}\n"), IsEmpty());
    const std::string client = "oauth2: {client: {accessTokenUri: 'https://idp.example.com/token', clientId: e, clientSecret: s}}\n";
    const auto at = [](const std::string& url, const std::string& more = "") {
        return "eureka: {client: {serviceUrl: {defaultZone: '" + url + "'}" + more + "}}\n";
    };
    EXPECT_THAT(warnings_of(client + at("http://eureka:8761/eureka/")), ElementsAre(HasSubstr("ask for the tokens")));
    EXPECT_THAT(warnings_of(client + at("http://eureka:8761/eureka/", ", oauth2: false")), IsEmpty());
    EXPECT_THAT(warnings_of(client + at("https://eureka:8761/eureka/,http://127.0.0.1:8761/eureka/")), IsEmpty());
    EXPECT_THAT(warnings_of("server: {trustedProxies: ['0.0.0.0/0']}\n"), ElementsAre(HasSubstr("trusts everybody")));
}

TEST(TrustWarnings, WhatCountsLongAtAProviderIsSaid) {
    const std::string least = "security: {mode: oauth2, oauth2: {issuerUri: 'https://idp.example.com', audience: a, login: {clientId: x}, groupPaths: true";
    EXPECT_THAT(warnings_of(least + "}}\n"), IsEmpty());
    EXPECT_THAT(warnings_of(least + ", jwksUri: 'http://id.example.com/keys', clockSkew: P2D, recheckInterval: P30D}}\n"),
                ElementsAre(HasSubstr("jwksUri"), HasSubstr("clockSkew"), HasSubstr("recheckInterval")));
}

TEST(TrustWarnings, WhetherGroupsArePathsIsToBeSaid) {
    const auto of = [](const std::string& more) {
        return "security: {mode: oauth2, oauth2: {issuerUri: 'https://idp.example.com', audience: a, login: {clientId: x}" + more + "}}\n";
    };
    EXPECT_THAT(warnings_of(of("")), ElementsAre(HasSubstr("groupPaths is not set")));
    EXPECT_THAT(warnings_of(of(", groupPaths: false")), IsEmpty());
    const auto by_path = [&](const std::string& more) {
        Loaded loaded;
        std::vector<ConfigFault> faults;
        read_file_settings(of(more), "slipway.yaml", loaded.settings, faults);
        return make_config(loaded.settings, {}, faults, loaded.warnings).provider->rules.admin_by_path;
    };
    EXPECT_FALSE(by_path(""));
    EXPECT_TRUE(by_path(", groupPaths: true"));
    EXPECT_TRUE(by_path(", adminGroup: /slipway-admins")) << "it says itself that it is one";
}

}  // namespace
}  // namespace slipway::config
