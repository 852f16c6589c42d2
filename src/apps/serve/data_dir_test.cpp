#include "apps/serve/data_dir.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/id.hpp"

namespace slipway::serve {
namespace {

class DataDirTest : public testing::Test {
protected:
    void SetUp() override { root = std::filesystem::temp_directory_path() / ("slipway_data_" + random_hex(8)); }
    void TearDown() override { std::filesystem::remove_all(root); }
    std::filesystem::path root;
};

TEST_F(DataDirTest, DefaultsFollowUserAndEnvironment) {
    EXPECT_EQ(default_data_dir({{"SLIPWAY_DATA_DIR", "/d"}, {"HOME", "/h"}}, true), "/d");
    EXPECT_EQ(default_data_dir({{"HOME", "/root"}}, true), "/var/lib/slipway");
    EXPECT_EQ(default_data_dir({{"HOME", "/h"}}, false), "/h/.local/share/slipway");
    EXPECT_EQ(default_data_dir({{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}}, false), "/x/slipway");
}

TEST_F(DataDirTest, IsMadeForItsOwnerAlone) {
    ASSERT_TRUE(prepare_data_dir(root / "a" / "b"));
    struct stat info{};
    ASSERT_EQ(::stat((root / "a" / "b").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    std::ofstream{root / "file"} << "x";
    EXPECT_EQ(prepare_data_dir(root / "file").error().reason, "DATA_DIR");
    EXPECT_EQ(prepare_data_dir(root / "file" / "below").error().reason, "DATA_DIR");
}

TEST_F(DataDirTest, ALostKeyIsNeverReplacedBesideOldData) {
    ASSERT_TRUE(prepare_data_dir(root / "a"));
    ASSERT_TRUE(prepare_data_dir(root / "b"));
    const config::Config config;
    auto opened = open_database(config, root / "a");
    ASSERT_TRUE(opened);
    auto& database = **opened;
    ASSERT_TRUE(migrate(database, root / "a", Timestamp{}));
    ASSERT_TRUE(open_sealer(config, root / "a", database));
    ASSERT_TRUE(open_sealer(config, root / "a", database));
    // As with a database elsewhere and a new container.
    EXPECT_EQ(open_sealer(config, root / "b", database).error().reason, "KEY_LOST");
    EXPECT_FALSE(std::filesystem::exists(root / "b" / "key"));
    config::Config named;
    named.server.key_file = root / "elsewhere";
    EXPECT_FALSE(open_sealer(named, root / "a", database));
    EXPECT_FALSE(std::filesystem::exists(named.server.key_file));
    std::ofstream{named.server.key_file} << std::string(32, 'k');
    ASSERT_EQ(::chmod(named.server.key_file.c_str(), 0600), 0);
    EXPECT_EQ(open_sealer(named, root / "a", database).error().reason, "KEY_LOST") << "another key than the one that sealed";
    std::filesystem::remove(root / "a" / "key");
    EXPECT_EQ(open_sealer(config, root / "a", database).error().reason, "KEY_LOST");
}

TEST_F(DataDirTest, WhatIsLeftOfABrokenCopyGoesAtTheNextStart) {
    ASSERT_TRUE(prepare_data_dir(root));
    const auto broken = root / "slipway.db.before-migration-2026-01-02T03-04-05.part";
    const auto whole = root / "slipway.db.before-migration-2026-01-02T03-04-05";
    const auto of_a_person = root / "my.part";
    for (const auto& file : {broken, whole, of_a_person}) {
        std::ofstream{file} << "x";
    }
    auto opened = open_database({}, root);
    ASSERT_TRUE(opened);
    ASSERT_TRUE(migrate(**opened, root, Timestamp{}));
    EXPECT_FALSE(std::filesystem::exists(broken));
    EXPECT_TRUE(std::filesystem::exists(whole));
    EXPECT_TRUE(std::filesystem::exists(of_a_person));
}

TEST_F(DataDirTest, OneServeForADatabase) {
    ASSERT_TRUE(prepare_data_dir(root));
    const config::Config config;
    auto first = open_database(config, root);
    ASSERT_TRUE(first);
    const auto second = open_database(config, root);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "DATABASE_IN_USE");
    EXPECT_THAT(second.error().message, testing::HasSubstr("Another slipway serve"));
    first->reset();
    EXPECT_TRUE(open_database(config, root));
}

}  // namespace
}  // namespace slipway::serve
