#include "spark/asset_path.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

TEST(AssetPath, WhatANameMayNotHaveIsNamed) {
    const auto said = [](std::string_view name) {
        const auto path = safe_path(name, true);
        return path ? "fine: " + *path : path.error().message;
    };
    EXPECT_EQ(said("data/./a b.csv"), "fine: data/a b.csv");
    EXPECT_EQ(said("Smith, J.csv"), R"(The asset "Smith, J.csv" has ',' in its name, which no file can have here.)");
    EXPECT_EQ(said("report #1.csv"), R"(The asset "report #1.csv" has '#' in its name, which no file can have here.)");
    EXPECT_EQ(said("a\\b"), R"(The asset "a\\b" has '\' in its name, which no file can have here.)");
    EXPECT_EQ(said("a\nb"), R"(The asset "a\nb" has a control character (0x0a) in its name, which no file can have here.)");
    EXPECT_TRUE(said(std::string(201, 'a')).ends_with("has more than 200 bytes between two slashes in its name, which no file can have here."));
    EXPECT_EQ(said("a/../b"), R"(The asset "a/../b" leads out of the job's folder.)");
    EXPECT_EQ(said("/etc/passwd"), R"(The asset "/etc/passwd" has no name within the job's folder.)");
}

TEST(AssetPath, WhatStandsInNoListOfFilesMayHaveItsSeparators) {
    EXPECT_EQ(safe_path("Smith, J #1.csv", false).value_or(""), "Smith, J #1.csv");
    EXPECT_FALSE(safe_path("a\nb", false));
    EXPECT_FALSE(safe_path("../a", false));
}

}  // namespace
}  // namespace slipway::spark
