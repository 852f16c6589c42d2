#include "apps/spark_runtime/actuator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "fakes/raw_client.hpp"

namespace slipway::spark_runtime {
namespace {

/// The actuator on loopback, and the pages of a browser on that host.
class ActuatorTest : public testing::Test {
protected:
    ActuatorTest() {
        config::Config config;
        config.server.host = "127.0.0.1";
        config.server.port = 0;
        config.listen_given = true;
        config.log_level = log::Level::warn;
        config.server.allowed_hosts = {"edge.example.com"};
        health_.add("spark", true, [] { return Health{.up = true, .details = {{"reason", "a secret of the cluster"}}}; });
        actuator_ =
            Actuator::build(config, {.health = health_, .metrics = metrics_, .tasks = [] { return std::vector<TaskStatus>{}; }, .info = {{"runtime", "edge"}}});
        port_ = actuator_->start().value_or(0);
    }
    ~ActuatorTest() override {
        actuator_->stop();
        log::set_level(log::Level::info);
    }

    std::string own() const { return fmt::format("127.0.0.1:{}", port_); }
    std::string ask(std::string_view line, const std::string& host, std::string_view more = "") const {
        fakes::RawClient client{port_};
        client.send(fmt::format("{} HTTP/1.1\r\nHost: {}\r\n{}\r\n", line, host, more));
        return client.read_answer();
    }
    std::string change(const std::string& host, const std::string& more = {}, std::string_view level = "DEBUG") const {
        const auto body = fmt::format(R"({{"configuredLevel":{}}})", level == "null" ? "null" : fmt::format(R"("{}")", level));
        return ask("POST /actuator/loggers/ROOT", host,
                   fmt::format("{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", more, body.size(), body));
    }
    static int status(const std::string& answer) { return std::stoi(answer.substr(answer.find(' ') + 1)); }

    HealthRegistry health_;
    Metrics metrics_;
    std::unique_ptr<Actuator> actuator_;
    int port_{0};
};

TEST_F(ActuatorTest, AProgramOnThisHostSeesAndChangesAll) {
    for (const auto& host : {own(), fmt::format("localhost:{}", port_), std::string{"edge.example.com"}}) {
        EXPECT_EQ(status(ask("GET /actuator/info", host)), 200) << host;
        EXPECT_TRUE(ask("GET /actuator/health", host).contains("a secret of the cluster")) << host;
        EXPECT_TRUE(ask("GET /actuator/health/spark", host).contains(R"({"status":"UP","details":{"reason":"a secret of the cluster"}})")) << host;
        for (const std::string path : {"/actuator/health/nope", "/actuator/nope", "/"}) {
            EXPECT_EQ(status(ask("GET " + path, host)), 404) << host << path;
        }
        EXPECT_EQ(status(change(host)), 204) << host;
        EXPECT_EQ(log::level(), log::Level::debug);
        log::set_level(log::Level::info);
    }
}

TEST_F(ActuatorTest, NoProgramOnThisHostSilencesTheLog) {
    for (const auto* level : {"WARN", "ERROR", "OFF"}) {
        EXPECT_EQ(status(change(own(), {}, level)), 403) << level;
        EXPECT_EQ(log::level(), log::Level::info);
    }
    EXPECT_EQ(status(change(own(), {}, "INFO")), 204);
}

TEST_F(ActuatorTest, ALevelThatIsTakenBackIsTheConfiguredOne) {
    EXPECT_EQ(status(change(own(), {}, "DEBUG")), 204);
    EXPECT_EQ(log::level(), log::Level::debug);
    EXPECT_EQ(status(change(own(), {}, "null")), 204);
    EXPECT_EQ(log::level(), log::Level::warn);
    EXPECT_TRUE(ask("GET /actuator/loggers", own()).contains(R"("ROOT":{"configuredLevel":"WARN","effectiveLevel":"WARN"})"));
}

TEST_F(ActuatorTest, ANameOfTheWebThatPointsHereIsToldUpOrDownAlone) {
    const auto probe = ask("GET /actuator/health", "evil.example");
    EXPECT_EQ(status(probe), 200);
    EXPECT_FALSE(probe.contains("a secret of the cluster")) << probe;
    EXPECT_EQ(status(ask("GET /actuator/health/liveness", "10.1.2.3:8090")), 200);
    for (const std::string path :
         {"/actuator", "/actuator/health/spark", "/actuator/info", "/actuator/prometheus", "/actuator/tasks", "/actuator/loggers", "/actuator/eureka"}) {
        EXPECT_EQ(status(ask("GET " + path, "evil.example")), 421) << path;
    }
    EXPECT_EQ(status(change("evil.example")), 421);
    EXPECT_EQ(log::level(), log::Level::info);
}

TEST_F(ActuatorTest, APageOfAnotherOriginChangesNothing) {
    for (const std::string said : {"Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
                                   "Origin: http://127.0.0.1:3000\r\n", "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"}) {
        const auto answer = change(own(), said);
        EXPECT_EQ(status(answer), 403) << said;
        EXPECT_TRUE(answer.contains("FOREIGN_ORIGIN")) << answer;
    }
    EXPECT_EQ(log::level(), log::Level::info);
    EXPECT_EQ(status(change(own(), fmt::format("Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n", own()))), 204);
}

}  // namespace
}  // namespace slipway::spark_runtime
