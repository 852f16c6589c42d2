#include "apps/disk_space.hpp"

#include <gtest/gtest.h>

namespace slipway::process {
namespace {

constexpr std::uintmax_t kMiB = 1U << 20;

TEST(DiskSpace, IsDownBelowItsThreshold) {
    const auto full = disk_space_health("/data", {.capacity = 100 * kMiB, .free = 20 * kMiB, .available = 10 * kMiB - 1});
    EXPECT_FALSE(full.up) << "what only root may still write is no room";
    EXPECT_EQ(full.details.at("free").as_uint64(), 10 * kMiB - 1);
    EXPECT_EQ(full.details.at("total").as_uint64(), 100 * kMiB);
    EXPECT_EQ(full.details.at("threshold").as_uint64(), 10 * kMiB);
    EXPECT_EQ(full.details.at("path").as_string(), "/data");
    EXPECT_EQ(full.details.at("reason").as_string(), "No free disk space: 9 MiB of 100 MiB are left for /data.");
    const auto enough = disk_space_health("/data", {.capacity = 100 * kMiB, .free = 20 * kMiB, .available = 10 * kMiB});
    EXPECT_TRUE(enough.up);
    EXPECT_FALSE(enough.details.contains("reason"));
}

TEST(DiskSpace, IsDownWhereTheDiskCannotBeAsked) {
    EXPECT_FALSE(disk_space_health("/no/such/folder").up);
    EXPECT_EQ(disk_space_fault("/no/such/folder"), "How much disk space is free for /no/such/folder cannot be asked.");
    EXPECT_EQ(disk_space_fault("/"), "");
    EXPECT_EQ(disk_space_health("/no/such/folder").details.at("free").as_uint64(), 0U);
    EXPECT_GT(disk_space_health("/").details.at("total").as_uint64(), 0U);
}

}  // namespace
}  // namespace slipway::process
