#include "apps/eureka_member.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/config/load.hpp"

namespace slipway::membership {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

config::Loaded load_text(std::string_view text) {
    config::Loaded loaded;
    std::vector<config::ConfigFault> faults;
    config::read_file_settings(text, "slipway.yaml", loaded.settings, faults);
    loaded.config = config::make_config(loaded.settings, {}, faults, loaded.warnings);
    for (const auto& fault : faults) {
        loaded.faults.push_back(fault.text);
    }
    return loaded;
}

constexpr std::string_view kServers = R"(eureka: {client: {serviceUrl: {defaultZone: "http://eve:pw@e1:8761/eureka/,http://e2:8761/eureka/"}}})"
                                      "\n";

TEST(EurekaMemberTest, ReadsTheWordsOfSpringInBothSpellings) {
    const auto loaded = load_text(R"(eureka:
  client:
    service-url: {defaultZone: "http://e1:8761/eureka/"}
    register-with-eureka: false
    registry-fetch-interval-seconds: 5
  instance:
    app-name: scorer
    lease-renewal-interval-in-seconds: 10
    metadata-map: {zone: edge, a.b: c}
)");
    EXPECT_THAT(loaded.faults, IsEmpty());
    const auto& eureka = loaded.config.eureka;
    EXPECT_EQ(eureka.app, "scorer");
    ASSERT_EQ(eureka.server_urls.size(), 1U);
    EXPECT_FALSE(eureka.register_with);
    EXPECT_EQ(eureka.fetch_interval, Milliseconds{5000});
    EXPECT_EQ(eureka.renewal, Milliseconds{10'000});
    EXPECT_EQ(eureka.metadata, (std::map<std::string, std::string>{{"a.b", "c"}, {"zone", "edge"}}));
}

TEST(EurekaMemberTest, ServersAreASecretSinceTheyMayHoldAPassword) {
    const auto loaded = load_text(kServers);
    EXPECT_EQ(loaded.config.eureka.server_urls.size(), 2U);
    EXPECT_THAT(config::show(loaded, true), testing::Not(HasSubstr("pw@")));
    EXPECT_THAT(load_text("eureka: {client: {serviceUrl: {defaultZone: \"e1:8761\"}}}\n").faults, ElementsAre(HasSubstr("must be http or https URLs")));
    for (const auto* password : {"s3/cret", "s3?cret", "s3#cret"}) {
        const auto faults = load_text(fmt::format("eureka: {{client: {{serviceUrl: {{defaultZone: 'http://u:{}@e1:8761/eureka/'}}}}}}\n", password)).faults;
        EXPECT_THAT(faults, ElementsAre(HasSubstr("must be percent-encoded")));
        EXPECT_THAT(faults, ElementsAre(Not(HasSubstr("cret")))) << "nor shown";
    }
    EXPECT_THAT(load_text("eureka: {client: {serviceUrl: {defaultZone: 'http://u:s3%2Fcret@e1:8761/eureka/'}}}\n").faults, IsEmpty());
    EXPECT_TRUE(load_text(std::string{kServers} + "eureka.client.enabled: false\n").config.eureka.server_urls.empty());
}

TEST(EurekaMemberTest, ModelManageIsFoundByNameWithAddressesBehindIt) {
    const auto url = [](std::string_view urls, bool with_eureka = true) {
        return load_text((with_eureka ? std::string{kServers} : std::string{}) + "spark-runtime: {modelManageUrl: " + std::string{urls} + "}\n");
    };
    const auto named = url("lb://model-manage").config.spark_runtime;
    EXPECT_EQ(named.model_manage_url, "lb://model-manage/model-manage/api");
    EXPECT_EQ(named.model_manage_service, "model-manage");
    const auto both = url("[\"lb://mm/gw/model-manage/api\", \"https://h/x/gw/model-manage/api/\"]", false);
    EXPECT_THAT(both.faults, IsEmpty());
    EXPECT_EQ(both.config.spark_runtime.model_manage_url, "lb://mm/gw/model-manage/api");
    EXPECT_THAT(both.config.spark_runtime.model_manage_alternatives, ElementsAre("https://h/x"));
    EXPECT_EQ(url("http://h:1/model-manage/api/", false).config.spark_runtime.model_manage_url, "http://h:1/model-manage/api");
    EXPECT_THAT(url("lb://model-manage", false).faults, ElementsAre(HasSubstr("needs eureka.client.serviceUrl.defaultZone")));
    EXPECT_THAT(url("[\"lb://mm\", \"http://h/other\"]").faults, ElementsAre(HasSubstr("that end with /model-manage/api")));
    EXPECT_THAT(url("[\"http://h/model-manage/api\", \"http://i/model-manage/api\"]").faults, ElementsAre(HasSubstr("lb://")));
    EXPECT_THAT(url("\"ftp://h\"").faults, ElementsAre(HasSubstr("must be http, https or lb URLs")));
    EXPECT_THAT(url("\"http://u:p@h/model-manage/api\"").faults, ElementsAre(HasSubstr("without user info")));
}

TEST(EurekaMemberTest, ASpringNameOfAServiceIsOne) {
    const auto url = [](std::string_view text) {
        const auto loaded = load_text(std::string{kServers} + "spark-runtime: {modelManageUrl: \"" + std::string{text} +
                                      "\"}\noauth2: {client: {accessTokenUri: \"" + std::string{text} + "\"}}\n");
        EXPECT_THAT(loaded.faults, IsEmpty()) << text;
        EXPECT_EQ(loaded.config.client.token_url.starts_with("lb://"), loaded.config.spark_runtime.model_manage_url.starts_with("lb://")) << text;
        return loaded.config.spark_runtime.model_manage_url;
    };
    for (const auto* text :
         {"eureka.model-manage/model-manage/api", "http://eureka.model-manage/model-manage/api", "https://eureka.model-manage/model-manage/api/"}) {
        EXPECT_EQ(url(text), "lb://model-manage/model-manage/api") << text;
    }
    EXPECT_EQ(url("http://eureka.model-manage"), "lb://model-manage/model-manage/api");
    EXPECT_EQ(url("eureka.MODEL_MANAGE/gw/model-manage/api"), "lb://MODEL_MANAGE/gw/model-manage/api");
    for (const auto* host : {"http://eureka.example.com/model-manage/api", "http://eureka.corp:8080/model-manage/api", "http://eureka/model-manage/api"}) {
        EXPECT_EQ(url(host), host) << "a host of one's own";
    }
    const auto both = load_text("spark-runtime: {modelManageUrl: [eureka.mm, \"https://h/model-manage/api\"]}\n");
    EXPECT_THAT(both.config.spark_runtime.model_manage_alternatives, ElementsAre("https://h"));
    EXPECT_THAT(load_text("spark-runtime: {modelManageUrl: \"eureka./model-manage/api\"}\n").faults, ElementsAre(HasSubstr("must be http, https or lb URLs")));
}

TEST(EurekaMemberTest, AnInstanceOnLoopbackIsFoundThere) {
    const auto instance = describe_instance(load_text(kServers).config, "spark-runtime-service", 8090);
    EXPECT_EQ(instance.app, "SPARK-RUNTIME-SERVICE");
    EXPECT_EQ(instance.id, "127.0.0.1:spark-runtime-service:8090");
    EXPECT_EQ(instance.health_check_url, "http://127.0.0.1:8090/actuator/health");
    EXPECT_EQ(instance.status_page_url, "http://127.0.0.1:8090/actuator/info");
    EXPECT_EQ(instance.virtual_host, "spark-runtime-service");
    EXPECT_EQ(instance.metadata.at("management.port"), "8090");
    EXPECT_FALSE(instance.secure_port_enabled);
}

TEST(EurekaMemberTest, BehindAPublicAddressItIsFoundThere) {
    const auto config = load_text("server: {listen: \"0.0.0.0:8080\", publicUrl: \"https://models.example.com/gw\"}\n" + std::string{kServers}).config;
    const auto instance = describe_instance(config, "model-manage", 8080);
    EXPECT_EQ(instance.host_name, "models.example.com");
    EXPECT_TRUE(instance.secure_port_enabled);
    EXPECT_FALSE(instance.port_enabled);
    EXPECT_EQ(instance.secure_port, 443);
    EXPECT_EQ(instance.health_check_url, "https://models.example.com/gw/actuator/health");
    EXPECT_EQ(instance.metadata.at("contextPath"), "/gw");
    const auto context = [](std::string_view more, std::string_view url = "https://models.example.com/a/b/") {
        return describe_instance(load_text("server: {publicUrl: \"" + std::string{url} + "\"}\n" + std::string{kServers} + std::string{more}).config, "m", 1)
            .metadata;
    };
    EXPECT_EQ(context("").at("contextPath"), "/a/b");
    EXPECT_EQ(context("eureka.instance.metadataMap: {contextPath: /mine}\n").at("contextPath"), "/mine");
    EXPECT_FALSE(context("eureka.instance.hostname: edge7\n").contains("contextPath")) << "that one is reached without the gateway";
    EXPECT_FALSE(context("", "https://models.example.com/").contains("contextPath"));
}

TEST(EurekaMemberTest, AnAddressThatIsPreferredIsTheHost) {
    const auto loaded = load_text(std::string{kServers} + "server.listen: 0.0.0.0:8080\neureka.instance: {preferIpAddress: true, ipAddress: 10.1.2.3}\n");
    ASSERT_THAT(loaded.faults, IsEmpty());
    const auto instance = describe_instance(loaded.config, "model-manage", 8080);
    EXPECT_EQ(instance.host_name, "10.1.2.3");
    EXPECT_EQ(instance.ip_address, "10.1.2.3");
    EXPECT_THAT(instance.health_check_url, HasSubstr("http://10.1.2.3:8080/"));
    EXPECT_THAT(instance.id, HasSubstr("10.1.2.3"));
}

TEST(EurekaMemberTest, WhatIsConfiguredCounts) {
    const auto config =
        load_text(std::string{kServers} + R"(eureka.instance: {appname: Scorer, hostname: edge7, ipAddress: 192.0.2.7, instanceId: me, nonSecurePort: 81,
  virtualHostName: vip, statusPageUrl: "http://s/page", healthCheckUrlPath: /up, metadataMap: {management.port: "9"}})"
                                          "\n")
            .config;
    const auto instance = describe_instance(config, "spark-runtime-service", 8090);
    EXPECT_EQ(instance.app, "SCORER");
    EXPECT_EQ(instance.id, "me");
    EXPECT_EQ(instance.host_name, "edge7");
    EXPECT_EQ(instance.ip_address, "192.0.2.7");
    EXPECT_EQ(instance.port, 81);
    EXPECT_EQ(instance.virtual_host, "vip");
    EXPECT_EQ(instance.status_page_url, "http://s/page");
    EXPECT_EQ(instance.health_check_url, "http://edge7:81/up");
    EXPECT_EQ(instance.metadata.at("management.port"), "9");
}

}  // namespace
}  // namespace slipway::membership
