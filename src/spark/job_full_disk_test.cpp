#include "fakes/monitor_fixture.hpp"

/// A disk without room for the journal, which the job itself may have filled: it is stopped all the same.
namespace slipway::spark {
namespace {

/// A database on a disk that is full while `full`.
class FullDisk final : public store::Database {
public:
    explicit FullDisk(store::Database& real) : real_{real} {}
    std::atomic<bool> full{false};
    Result<void> transact(const store::Work& work) override {
        return full ? Result<void>{fail(ErrorCode::unavailable, "STORAGE_FULL", "The disk of the database is full.")} : real_.transact(work);
    }
    Result<void> read(const store::Work& work) override { return real_.read(work); }
    store::Dialect dialect() const override { return real_.dialect(); }
    std::string description() const override { return real_.description(); }

private:
    store::Database& real_;
};

class FullDiskTest : public LocalJobTest {
protected:
    FullDiskTest() {
        monitor_.reset();
        journal_.emplace(disk_);
        make();
        cycles(2);
        EXPECT_EQ(supervisor.launches.size(), 1U);
        disk_.full = true;
    }
    ~FullDiskTest() override { monitor_.reset(); }
    FullDiskTest(const FullDiskTest&) = delete;
    FullDiskTest& operator=(const FullDiskTest&) = delete;

    void is_stopped() {
        ASSERT_FALSE(supervisor.stops.empty()) << "the job that fills the disk keeps it full";
        process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
        cycles(2);
        EXPECT_NE(status("j1"), "CANCELLED") << "the journal goes first";
        disk_.full = false;
    }

    FullDisk disk_{*database_};
};

TEST_F(FullDiskTest, ACancelIsHeeded) {
    registry.jobs["j1"].cancel_requested = true;
    cycles(3);
    is_stopped();
    cycles(4);
    EXPECT_EQ(status("j1"), "CANCELLED") << testing::PrintToString(registry.jobs["j1"].messages);
    EXPECT_TRUE(has_message("Cancel was asked for"));
}

/// The journal knows nothing of the cancel: model-manage does.
TEST_F(FullDiskTest, ACancelIsToldTrulyBehindACrash) {
    registry.jobs["j1"].cancel_requested = true;
    cycles(3);
    ASSERT_FALSE(supervisor.stops.empty());
    process() = {.phase = ProcessReport::Phase::ended, .signal = 15};
    make();
    disk_.full = false;
    cycles(6);
    EXPECT_EQ(status("j1"), "CANCELLED") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(FullDiskTest, TheTimeAllowedIsHeeded) {
    disk_.full = false;
    add_job("j2");
    registry.jobs["j2"].document["jobTimeout"] = 600'000;
    cycles(2);
    ASSERT_EQ(supervisor.launches.size(), 2U);
    disk_.full = true;
    cycles(12);
    const auto key = fakes::FakeSupervisor::key(folder("j2"), 1);
    ASSERT_EQ(std::set(supervisor.stops.begin(), supervisor.stops.end()), std::set{key});
    supervisor.processes[key] = {.phase = ProcessReport::Phase::ended, .signal = 15};
    disk_.full = false;
    cycles(4);
    EXPECT_EQ(status("j2"), "ERROR");
    const auto& messages = registry.jobs["j2"].messages;
    EXPECT_TRUE(std::ranges::any_of(messages, [](const auto& line) { return line.contains("the time allowed for the job was over"); }))
        << testing::PrintToString(messages);
}

TEST_F(FullDiskTest, ALostRunNamesTheDisk) {
    disk_.full = false;
    obstacle = "No free disk space: 0 MiB of 32 MiB are left for /data.";
    process() = {.phase = ProcessReport::Phase::lost};
    cycles(4);
    EXPECT_EQ(status("j1"), "ERROR");
    EXPECT_TRUE(has_message("the process killed?). No free disk space: 0 MiB")) << testing::PrintToString(registry.jobs["j1"].messages);
}

}  // namespace
}  // namespace slipway::spark
