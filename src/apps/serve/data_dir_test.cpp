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
    ASSERT_TRUE(prepare_data_dir(root));
    const config::Config config;
    ASSERT_TRUE(open_sealer(config, root));
    ASSERT_TRUE(open_database(config, root));
    ASSERT_TRUE(open_sealer(config, root));
    std::filesystem::remove(root / "key");
    EXPECT_EQ(open_sealer(config, root).error().reason, "KEY_LOST");
    config::Config named;
    named.server.key_file = root / "elsewhere";
    EXPECT_FALSE(open_sealer(named, root));
    EXPECT_FALSE(std::filesystem::exists(named.server.key_file));
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
