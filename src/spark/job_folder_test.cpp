#include "spark/job_folder.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"

namespace slipway::spark {
namespace {

namespace fs = std::filesystem;

class GivingAway : public testing::Test {
protected:
    GivingAway() {
        fs::create_directories(dir_ / "job/in/0");
        std::ofstream{dir_ / "job/in/0/a"} << "1";
        std::ofstream{dir_ / "victim"} << "ours";
    }
    ~GivingAway() override { fs::remove_all(dir_); }
    void SetUp() override {
        if (::geteuid() != 0 || ::getpwnam("nobody") == nullptr) {
            GTEST_SKIP() << "only root may give files away";
        }
        nobody_ = ::getpwnam("nobody")->pw_uid;
    }
    uid_t owner(const std::string& path) const {
        struct stat facts{};
        EXPECT_EQ(::lstat((dir_ / path).c_str(), &facts), 0) << path;
        return facts.st_uid;
    }
    Result<void> give() const { return JobFolder::give((dir_ / "job").string(), "nobody"); }

    const fs::path dir_{fs::temp_directory_path() / ("giving-" + random_hex(8))};
    uid_t nobody_{0};
};

TEST_F(GivingAway, GivesAFolderWithAllInItAndMayBeRepeated) {
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(give());
        for (const auto* path : {"job", "job/in", "job/in/0", "job/in/0/a"}) {
            EXPECT_EQ(owner(path), nobody_) << path;
        }
    }
    EXPECT_TRUE(JobFolder::give((dir_ / "none").string(), "nobody"));
    EXPECT_EQ(JobFolder::give((dir_ / "job").string(), "no-such-user").error().reason, "UNKNOWN_USER");
}

TEST_F(GivingAway, WhereALinkLeadsStaysOurs) {
    fs::create_symlink(dir_ / "victim", dir_ / "job/in/link");
    fs::create_directories(dir_ / "folder");
    std::ofstream{dir_ / "folder/b"} << "ours";
    fs::create_directory_symlink(dir_ / "folder", dir_ / "job/in/away");
    ASSERT_TRUE(give());
    EXPECT_EQ(owner("job/in/away"), nobody_);
    for (const auto* path : {"victim", "folder", "folder/b"}) {
        EXPECT_EQ(owner(path), 0U) << path;
    }
}

TEST_F(GivingAway, AFileOfOursUnderASecondNameIsNotGivenAway) {
    fs::create_hard_link(dir_ / "victim", dir_ / "job/in/second");
    const auto given = give();
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().reason, "REPLACED");
    EXPECT_EQ(owner("victim"), 0U);
}

}  // namespace
}  // namespace slipway::spark
