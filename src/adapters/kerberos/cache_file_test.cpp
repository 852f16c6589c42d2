#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "adapters/kerberos/keeper.hpp"

namespace slipway::kerberos {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

class CacheFileTest : public testing::Test {
protected:
    ~CacheFileTest() override { fs::remove_all(folder); }
    const fs::path folder{fs::temp_directory_path() / fmt::format("slipway-cache-{}", ::getpid())};
};

TEST_F(CacheFileTest, AFolderOfSomebodyElseCannotSendTheCacheElsewhere) {
    fs::create_directories(folder / "mine");
    fs::create_symlink(folder / "mine", folder / "link");
    EXPECT_FALSE(write_cache(folder / "link", "cc", Secret{"x"}).has_value());
    fs::create_symlink(folder / "stolen", folder / "mine/cc.part");
    ASSERT_TRUE(write_cache(folder / "mine", "cc", Secret{"x"}).has_value());
    EXPECT_FALSE(fs::exists(folder / "stolen"));
    EXPECT_FALSE(fs::is_symlink(folder / "mine/cc"));
}

/// Of the thread that asks.
bool drop_fowner() {
    __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &head, sets.data()) != 0) {
        return false;
    }
    sets[0].effective &= ~(1U << CAP_FOWNER);
    return ::syscall(SYS_capset, &head, sets.data()) == 0;
}

TEST_F(CacheFileTest, AFolderThatWasGivenToTheUserOfJobsTakesASecondTicketWithoutCapFowner) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives folders to others";
    }
    constexpr int kUser = 65534;
    fs::create_directories(folder);
    std::jthread{[&] {
        ASSERT_TRUE(drop_fowner());
        ASSERT_TRUE(write_cache(folder / "job", "cc", Secret{"old"}, kUser, kUser));
        const auto again = write_cache(folder / "job", "cc", Secret{"new"}, kUser, kUser);
        EXPECT_TRUE(again) << again.error().message;
    }}.join();
    EXPECT_EQ(text_of(folder / "job/cc"), "new");
    struct stat place{};
    struct stat cache{};
    ASSERT_EQ(::stat((folder / "job").c_str(), &place), 0);
    ASSERT_EQ(::stat((folder / "job/cc").c_str(), &cache), 0);
    EXPECT_EQ(place.st_mode & 07777U, 0700U);
    EXPECT_EQ(place.st_uid, kUser);
    EXPECT_EQ(cache.st_mode & 07777U, 0600U);
    EXPECT_EQ(cache.st_uid, kUser);
}

TEST_F(CacheFileTest, AFolderOfOursThatIsOpenIsClosed) {
    fs::create_directories(folder / "own");
    fs::permissions(folder / "own", fs::perms::all);
    ASSERT_TRUE(write_cache(folder / "own", "cc", Secret{"x"}));
    EXPECT_EQ(fs::status(folder / "own").permissions(), fs::perms::owner_all);
}

TEST_F(CacheFileTest, ACopyIsReplacedOnlyWhereThereIsOne) {
    ASSERT_TRUE(write_cache(folder / "job", "cc", Secret{"old"}).has_value());
    ASSERT_TRUE(refresh_cache(folder / "job", "cc", Secret{"new"}).value());
    EXPECT_EQ(text_of(folder / "job/cc"), "new");
    fs::remove(folder / "job/cc");
    EXPECT_FALSE(refresh_cache(folder / "job", "cc", Secret{"newer"}).value());
    EXPECT_TRUE(fs::is_empty(folder / "job"));
    EXPECT_FALSE(refresh_cache(folder / "none", "cc", Secret{"newer"}).value());
}

TEST_F(CacheFileTest, ACopyIsReplacedWhereNamesCannotBeExchanged) {
    for (const auto exchange : {ExchangeNames{[](int, const char*, const char*) { return errno = EINVAL, -1; }},
                                ExchangeNames{[](int, const char*, const char*) { return errno = ENOSYS, -1; }}}) {
        ASSERT_TRUE(write_cache(folder / "job", "cc", Secret{"old"}).has_value());
        const auto done = refresh_cache(folder / "job", "cc", Secret{"new"}, -1, -1, exchange);
        ASSERT_TRUE(done.has_value()) << done.error().message;
        EXPECT_TRUE(*done);
        EXPECT_EQ(text_of(folder / "job/cc"), "new");
        fs::remove(folder / "job/cc");
        EXPECT_FALSE(refresh_cache(folder / "job", "cc", Secret{"newer"}, -1, -1, exchange).value());
        EXPECT_TRUE(fs::is_empty(folder / "job"));
    }
    ASSERT_TRUE(write_cache(folder / "job", "cc", Secret{"old"}).has_value());
    EXPECT_FALSE(refresh_cache(folder / "job", "cc", Secret{"new"}, -1, -1, [](int, const char*, const char*) { return errno = EIO, -1; }).has_value());
    EXPECT_EQ(text_of(folder / "job/cc"), "old");
    EXPECT_FALSE(refresh_cache(folder / "job", "cc", Secret{"new"}, -1, -1,
                               [](int place, const char*, const char* name) {
                                   ::unlinkat(place, name, 0);
                                   return errno = EINVAL, -1;
                               })
                     .value())
        << "taken away meanwhile";
    EXPECT_TRUE(fs::is_empty(folder / "job"));
}

TEST_F(CacheFileTest, WhatAJobPutsInTheWayIsGoneRound) {
    ASSERT_TRUE(write_cache(folder / "job", "cc", Secret{"old"}).has_value());
    fs::create_directories(folder / "job/cc.part/within");
    const auto done = refresh_cache(folder / "job", "cc", Secret{"new"});
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(text_of(folder / "job/cc"), "new");
    EXPECT_EQ(std::distance(fs::directory_iterator{folder / "job"}, {}), 2) << "nothing else is left";
}

TEST_F(CacheFileTest, TheNextAttemptOfAJobGetsItsTicketWhateverStandsThere) {
    fs::create_directories(folder / "job/cc.part/within");
    fs::create_directories(folder / "job/cc/within");
    for (const auto* ticket : {"one", "two"}) {
        const auto done = write_cache(folder / "job", "cc", Secret{ticket});
        ASSERT_TRUE(done.has_value()) << done.error().message;
        EXPECT_EQ(text_of(folder / "job/cc"), ticket);
    }
    EXPECT_FALSE(fs::exists(folder / "job/cc.part"));
    EXPECT_EQ(std::distance(fs::directory_iterator{folder / "job"}, {}), 3) << "both folders are kept aside: what is in them is the job's";
}

TEST_F(CacheFileTest, ACopyThatAJobMadeAFolderIsNone) {
    fs::create_directories(folder / "job/cc/within");
    const auto done = refresh_cache(folder / "job", "cc", Secret{"new"});
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_FALSE(*done);
    EXPECT_EQ(std::distance(fs::directory_iterator{folder / "job"}, {}), 1) << "nothing is left there";
}

}  // namespace
}  // namespace slipway::kerberos
