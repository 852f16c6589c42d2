#include "adapters/spark_cluster/beneath.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "base/id.hpp"

namespace slipway::spark_cluster {
namespace {

namespace fs = std::filesystem;

class BeneathTest : public testing::Test {
protected:
    BeneathTest() { fs::create_directories(dir_ / "elsewhere"); }
    ~BeneathTest() override { fs::remove_all(dir_); }

    std::string at(const std::string& path) const { return (dir_ / path).string(); }
    std::string read(const std::string& path) const {
        std::ifstream file{at(path)};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    std::string reason_of_write(const std::string& path) const {
        const auto done = beneath_.write(at(path), "new");
        return done ? "" : done.error().reason;
    }

    const fs::path dir_{fs::temp_directory_path() / ("beneath-" + random_hex(8))};
    const Beneath beneath_{(dir_ / "root").string()};
};

TEST_F(BeneathTest, MakesFoldersAndFilesThatAreClosedToOthers) {
    ASSERT_TRUE(beneath_.write(at("root/job/in/0/a.csv"), "1,2"));
    ASSERT_TRUE(beneath_.write(at("root/job/in/0/a.csv"), "3"));
    EXPECT_EQ(read("root/job/in/0/a.csv"), "3");
    EXPECT_EQ(std::distance(fs::directory_iterator{at("root/job/in/0")}, {}), 1);  // no part of it is left
    EXPECT_EQ(fs::status(at("root/job/in")).permissions(), fs::perms{0700});
    EXPECT_EQ(fs::status(at("root/job/in/0/a.csv")).permissions(), fs::perms{0600});
    ASSERT_TRUE(beneath_.make_folder(at("root/job/out/0")));
    ASSERT_TRUE(beneath_.make_folder(at("root/job/out/0")));
    EXPECT_TRUE(fs::is_directory(at("root/job/out/0")));
}

TEST_F(BeneathTest, FollowsNoLinkThatStandsInThePlaceOfAFolder) {
    for (const auto* target : {"elsewhere", "nowhere"}) {
        fs::remove_all(at("root"));
        fs::create_directories(at("root/job"));
        fs::create_directory_symlink(at(target), at("root/job/in"));
        EXPECT_EQ(reason_of_write("root/job/in/a"), "REPLACED");
        EXPECT_EQ(reason_of_write("root/job/in/0/a"), "REPLACED");
        EXPECT_EQ(beneath_.make_folder(at("root/job/in/0")).error().code, ErrorCode::forbidden);
        EXPECT_TRUE(fs::is_empty(at("elsewhere")));
        EXPECT_FALSE(fs::exists(at("nowhere")));
    }
    std::ofstream{at("root/job/file")} << "x";
    EXPECT_EQ(reason_of_write("root/job/file/a"), "REPLACED");
    fs::create_directories(at("root/job/folder"));
    EXPECT_EQ(reason_of_write("root/job/folder"), "REPLACED");
}

TEST_F(BeneathTest, TakesThePlaceOfALinkInsteadOfWritingWhereItLeads) {
    std::ofstream{at("elsewhere/victim")} << "old";
    fs::create_directories(at("root/job"));
    fs::create_symlink(at("elsewhere/victim"), at("root/job/a"));
    ASSERT_TRUE(beneath_.write(at("root/job/a"), "new"));
    EXPECT_EQ(read("elsewhere/victim"), "old");
    EXPECT_EQ(read("root/job/a"), "new");
    EXPECT_FALSE(fs::is_symlink(at("root/job/a")));
}

TEST_F(BeneathTest, WritesNowhereElse) {
    for (const auto* path : {"elsewhere/a", "root", "root/", "rootx/a", "root/..", "root/../elsewhere/a", "root/job/../../elsewhere/a", "root/job/."}) {
        EXPECT_EQ(reason_of_write(path), "OUTSIDE") << path;
    }
    EXPECT_TRUE(fs::is_empty(at("elsewhere")));
    EXPECT_EQ(Beneath{""}.write(at("elsewhere/a"), "x").error().reason, "OUTSIDE");
}

TEST_F(BeneathTest, LinksAboveItAreItsOperators) {
    fs::create_directory_symlink(at("elsewhere"), at("root"));
    ASSERT_TRUE(beneath_.write(at("root/job/a"), "1"));
    EXPECT_EQ(read("elsewhere/job/a"), "1");
}

}  // namespace
}  // namespace slipway::spark_cluster
