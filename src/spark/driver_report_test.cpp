#include "spark/driver_report.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

/// Of a driver whose master is gone Spark says an id that no cluster has given.
TEST(DriverReport, AMadeUpApplicationIsNone) {
    const auto found = parse_driver_applications(
        R"({"tag":"t","applications":[{"id":"spark-application-1795765296013"},{"id":"app-20261127073000-0001","master":"spark://m:7077"}]})", "t");
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().id, "app-20261127073000-0001");
}

}  // namespace
}  // namespace slipway::spark
