#include "apps/spark_runtime/host.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "base/id.hpp"

namespace slipway::spark_runtime {
namespace {

namespace fs = std::filesystem;

class InstanceIdTest : public testing::Test {
protected:
    InstanceIdTest() {
        fs::create_directories(data_);
        put(machine_, "4a1f\n");
    }
    ~InstanceIdTest() override { fs::remove_all(dir_); }

    static void put(const fs::path& path, const std::string& text) { std::ofstream{path} << text; }
    Result<std::string> id(const fs::path& data) { return instance_id(data.string(), ids_, Timestamp{}, machine_.string()); }

    RandomIds ids_;
    const fs::path dir_{fs::temp_directory_path() / ("host-" + random_hex(8))};
    const fs::path data_{dir_ / "data"};
    const fs::path machine_{dir_ / "machine-id"};
};

TEST_F(InstanceIdTest, StaysOverRestarts) {
    const auto first = id(data_);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_TRUE(is_uuid(*first));
    EXPECT_EQ(id(data_).value_or(""), *first);
    fs::rename(data_, dir_ / "elsewhere");
    EXPECT_EQ(id(dir_ / "elsewhere").value_or(""), *first) << "on the same disk it is the same directory";
}

TEST_F(InstanceIdTest, ACopyIsNotTheSameInstance) {
    const auto first = id(data_);
    const auto copy = dir_ / "copy";
    fs::copy(data_, copy, fs::copy_options::recursive);
    for (int i = 0; i < 2; ++i) {
        const auto refused = id(copy);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
        EXPECT_EQ(refused.error().reason, "COPIED_DATA_DIR");
        EXPECT_TRUE(refused.error().message.contains((copy / "instance-place").string())) << refused.error().message;
    }
    EXPECT_EQ(id(data_).value_or(""), *first);
    fs::remove(copy / "instance-place");  // a person has said that it takes the other's place
    EXPECT_EQ(id(copy).value_or(""), *first);
    EXPECT_EQ(id(copy).value_or(""), *first);
}

TEST_F(InstanceIdTest, AnotherHostIsNotTheSameInstance) {
    ASSERT_TRUE(id(data_));
    put(machine_, "77c0\n");
    EXPECT_FALSE(id(data_));
    put(machine_, "4a1f\n");
    EXPECT_TRUE(id(data_));
}

TEST_F(InstanceIdTest, OneOfAnEarlierVersionIsBoundWhereItIs) {
    put(data_ / "instance-id", "018f6d1c-7b7e-7c3a-8a51-0123456789ab");
    EXPECT_EQ(id(data_).value_or(""), "018f6d1c-7b7e-7c3a-8a51-0123456789ab");
    put(machine_, "77c0\n");
    EXPECT_FALSE(id(data_));
}

TEST_F(InstanceIdTest, WhatIsNoIdIsMadeAnew) {
    const auto first = id(data_);
    put(data_ / "instance-id", "half");
    const auto second = id(data_);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_NE(*second, *first);
    EXPECT_EQ(id(data_).value_or(""), *second);
}

TEST_F(InstanceIdTest, AJournalSaysWhatIsToBeDone) {
    {
        const auto first = open_journal(data_.string());
        ASSERT_TRUE(first) << first.error().message;
        const auto second = open_journal(data_.string());
        ASSERT_FALSE(second);
        EXPECT_TRUE(second.error().message.contains("Another slipway spark-runtime")) << second.error().message;
    }
    for (const auto* name : {"journal.db-wal", "journal.db-shm"}) {
        fs::remove(data_ / name);
    }
    put(data_ / "journal.db", std::string(8192, 'x'));
    const auto damaged = open_journal(data_.string());
    ASSERT_FALSE(damaged);
    EXPECT_TRUE(damaged.error().message.contains("is damaged. Move ")) << damaged.error().message << damaged.error().detail;
    fs::remove(data_ / "journal.db");
    EXPECT_TRUE(open_journal(data_.string()));
}

}  // namespace
}  // namespace slipway::spark_runtime
