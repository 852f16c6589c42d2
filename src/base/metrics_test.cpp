#include "base/metrics.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace slipway {
namespace {

TEST(Metrics, ShowsCountersGaugesAndHistograms) {
    Metrics metrics;
    metrics.count("calls_total", {{"op", "List"}});
    metrics.count("calls_total", {{"op", "List"}}, 2);
    metrics.gauge("queued", {}, 7);
    metrics.gauge("queued", {}, 5);
    metrics.seconds("took_seconds", {{"route", "/x"}}, 0.02);
    const auto text = metrics.expose();
    EXPECT_NE(text.find("# TYPE calls_total counter"), std::string::npos) << text;
    EXPECT_NE(text.find("calls_total{op=\"List\"} 3\n"), std::string::npos) << text;
    EXPECT_NE(text.find("queued 5\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_bucket{route=\"/x\",le=\"0.025\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_bucket{route=\"/x\",le=\"0.01\"} 0\n"), std::string::npos) << text;
    EXPECT_NE(text.find("took_seconds_count{route=\"/x\"} 1\n"), std::string::npos) << text;
}

TEST(Metrics, AHistogramKeptCountsInTheSameSeries) {
    Metrics metrics;
    const auto kept = metrics.histogram("took_seconds", {{"route", "a"}});
    kept.observe(0.5);
    metrics.seconds("took_seconds", {{"route", "a"}}, 0.5);
    EXPECT_TRUE(metrics.expose().find("took_seconds_count{route=\"a\"} 2") != std::string::npos) << metrics.expose();
}

TEST(Metrics, CountsFromManyThreads) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) {
                    metrics.count("hits_total");
                }
            });
        }
    }
    EXPECT_NE(metrics.expose().find("hits_total 4000\n"), std::string::npos) << metrics.expose();
}

}  // namespace
}  // namespace slipway
