#include "http/actuator_metrics.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

class ActuatorMetricsTest : public testing::Test {
protected:
    ActuatorMetricsTest() {
        metrics.count("calls_total", {{"outcome", "SUCCESS"}}, 3);
        metrics.count("calls_total", {{"outcome", "a \"b\",c"}}, 4);
        metrics.gauge("disk_free_bytes", {{"path", "/x"}}, 12);
        metrics.seconds("took_seconds", {{"route", "a"}}, 0.5);
        metrics.seconds("took_seconds", {{"route", "b"}}, 1.5);
    }
    std::string text(std::string_view name, const std::vector<std::string>& tags = {}) {
        const auto found = metric(metrics, name, tags);
        return found ? json::write(*found) : found.error().reason;
    }
    Metrics metrics;
};

TEST_F(ActuatorMetricsTest, EachFamilyIsOneName) {
    EXPECT_EQ(json::write(metric_names(metrics)), R"({"names":["calls","disk.free","took"]})");
    const auto listed = metric_names(metrics);
    for (const auto& name : listed.at("names").as_array()) {
        EXPECT_TRUE(metric(metrics, name.as_string(), {})) << name;
    }
}

TEST_F(ActuatorMetricsTest, TwoFamiliesNeverHaveOneName) {
    metrics.gauge("calls", {}, 1);
    metrics.seconds("disk_free_seconds", {}, 1);
    EXPECT_EQ(json::write(metric_names(metrics)), R"({"names":["calls","calls.total","disk.free.bytes","disk.free","took"]})");
    EXPECT_TRUE(text("calls").contains(R"("statistic":"VALUE")"));
    EXPECT_TRUE(text("calls.total").contains(R"("name":"calls.total")"));
}

TEST_F(ActuatorMetricsTest, ATimerHasItsCountAndItsTime) {
    EXPECT_EQ(text("took_seconds"),
              R"({"name":"took","baseUnit":"seconds","measurements":[{"statistic":"COUNT","value":2.0},{"statistic":"TOTAL_TIME","value":2.0}],)"
              R"("availableTags":[{"tag":"route","values":["a","b"]}]})");
    EXPECT_TRUE(text("took.seconds").contains(R"("TOTAL_TIME","value":2.0)"));
    EXPECT_TRUE(text("took").contains(R"("TOTAL_TIME","value":2.0)"));
}

TEST_F(ActuatorMetricsTest, TagsNarrowIt) {
    EXPECT_TRUE(text("took", {"route:b"}).contains(R"("TOTAL_TIME","value":1.5)"));
    EXPECT_TRUE(text("took", {"route:b"}).contains(R"("availableTags":[])"));
    EXPECT_TRUE(text("calls", {"outcome:a \"b\",c"}).contains(R"("COUNT","value":4.0)"));
    EXPECT_TRUE(text("calls").contains(R"("COUNT","value":7.0)"));
    EXPECT_EQ(text("took", {"route:c"}), "NOT_FOUND");
    EXPECT_EQ(text("took", {"route"}), "INVALID");
}

TEST_F(ActuatorMetricsTest, NamesAreThoseOfMicrometer) {
    Metrics own;
    own.gauge("process_files_open_files", {}, 7);
    own.gauge("process_start_time_seconds", {}, 7);
    own.gauge("process_cpu_usage", {}, 1);
    own.count("spark_jobs_ended_total", {{"status", "COMPLETE"}});
    own.seconds("http_server_requests_seconds", {}, 1);
    EXPECT_EQ(json::write(metric_names(own)),
              R"({"names":["http.server.requests","process.cpu.usage","process.files.open","process.start.time","spark.jobs.ended"]})");
    EXPECT_EQ(json::write(*metric(own, "process.files.open", {})),
              R"({"name":"process.files.open","baseUnit":"files","measurements":[{"statistic":"VALUE","value":7.0}],"availableTags":[]})");
}

TEST_F(ActuatorMetricsTest, AGaugeHasItsValueAndItsUnit) {
    EXPECT_TRUE(text("disk.free").contains(R"("baseUnit":"bytes","measurements":[{"statistic":"VALUE","value":12.0}])")) << text("disk.free");
    EXPECT_EQ(text("nothing"), "NOT_FOUND");
}

}  // namespace
}  // namespace slipway::http
