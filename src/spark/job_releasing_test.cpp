#include <condition_variable>
#include <mutex>

#include "fakes/monitor_fixture.hpp"

/// What a runtime that leaves has taken and not begun.
namespace slipway::spark {
namespace {

class ReleasingTest : public JobMonitorTest {
protected:
    ReleasingTest() {
        cluster.local_driver = true;
        max_drivers = 1;
        make();
        for (const auto* id : {"j1", "j2", "j3"}) {
            add_job(id);
        }
        cycles(3);
        EXPECT_EQ(supervisor.launches.size(), 1U);
    }
};

TEST_F(ReleasingTest, WhatWasNeverLaunchedGoesBack) {
    monitor_->stop();
    monitor_->release_unlaunched();
    std::set<std::string> kept;
    for (const auto& [id, job] : registry.jobs) {
        if (!job.owner.empty()) {
            kept.insert(id);
            EXPECT_EQ(job.attempts.size(), 1U) << "what was recorded stays with its owner";
        } else {
            EXPECT_FALSE(std::filesystem::exists(folder(id)));
            EXPECT_FALSE(*journal_->find(id));
        }
    }
    EXPECT_EQ(kept.size(), 1U);
    max_drivers = 0;
    make();  // it is started again, and nobody else was there
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 3U);
}

TEST_F(ReleasingTest, WhoComesBackTakesThemAnew) {
    monitor_->release_unlaunched();
    EXPECT_EQ(std::ranges::count_if(registry.jobs, [](const auto& one) { return one.second.owner.empty(); }), 2);
    cycles(3);
    EXPECT_EQ(std::ranges::count_if(registry.jobs, [](const auto& one) { return one.second.owner.empty(); }), 0);
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(ReleasingTest, AModelManageThatIsAwayIsAskedOnce) {
    registry.away = true;
    monitor_->release_unlaunched();
    registry.away = false;
    EXPECT_EQ(monitor_->by_phase().at("READY"), 2U);
    max_drivers = 0;
    make();
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 3U);
}

TEST_F(ReleasingTest, SeveralGoBackAtOnce) {
    for (const auto* id : {"j4", "j5", "j6", "j7"}) {
        add_job(id);
    }
    cycles(3);
    std::mutex mutex;
    std::condition_variable came;
    int inside = 0;
    bool together = false;
    registry.before_release = [&] {
        std::unique_lock lock{mutex};
        together = together || ++inside == 3;  // the first is alone
        came.notify_all();
        if (inside > 1) {
            together = came.wait_for(lock, std::chrono::seconds{10}, [&] { return together; });
        }
    };
    monitor_->stop();
    monitor_->release_unlaunched();
    EXPECT_TRUE(together);
    EXPECT_EQ(std::ranges::count_if(registry.jobs, [](const auto& one) { return one.second.owner.empty(); }), 6);
}

TEST_F(ReleasingTest, ARequestHasWhatIsLeftOfTheTime) {
    registry.before_release = [&] { clock_.advance(std::chrono::seconds{2}); };
    monitor_->stop();
    monitor_->release_unlaunched();
    EXPECT_EQ(registry.longest_release, std::chrono::seconds{5});
    EXPECT_GT(registry.last_release, Milliseconds{0});
    EXPECT_LE(registry.last_release, std::chrono::seconds{3}) << "two have gone by with the first";
}

TEST_F(ReleasingTest, WhatAStopHasNoTimeForIsOursAtTheNextStart) {
    registry.before_release = [&] { clock_.advance(std::chrono::seconds{6}); };
    monitor_->stop();
    monitor_->release_unlaunched();
    EXPECT_EQ(std::ranges::count_if(registry.jobs, [](const auto& one) { return one.second.owner.empty(); }), 1);
    max_drivers = 0;
    make();
    cycles(3);
    EXPECT_EQ(supervisor.launches.size(), 3U);
}

}  // namespace
}  // namespace slipway::spark
