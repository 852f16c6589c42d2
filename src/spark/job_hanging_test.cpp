#include <future>

#include "fakes/monitor_fixture.hpp"

/// Peers that hang: nobody waits for them but the job that asked.
namespace slipway::spark {
namespace {

using namespace std::chrono_literals;

class HangingPeerTest : public ClusterJobTest {
protected:
    ~HangingPeerTest() override { let_go(); }
    void let_go() {
        hangs = false;
        if (!std::exchange(gone_, true)) {
            go_.set_value();
        }
    }
    /// For whatever hangs.
    std::function<void()> hang() {
        hangs = true;
        return [until = until_] { until.wait_for(20s); };
    }
    /// The cancel of `id` is carried out while the peer hangs.
    void cancels(const std::string& id) {
        std::promise<void> killed;
        std::atomic<int> kills{0};
        cluster.on_kill = [&] {
            if (kills++ == 0) {
                killed.set_value();
            }
        };
        registry.jobs[id].cancel_requested = true;
        auto ticking = std::async(std::launch::async, [&] {
            for (int i = 0; i < 4; ++i) {
                clock_.advance(Milliseconds{60'000});
                monitor_->tick(true);
            }
        });
        EXPECT_EQ(killed.get_future().wait_for(10s), std::future_status::ready);
        let_go();
        ticking.wait();
        monitor_->wait_until_idle();
        cluster.on_kill = {};
    }
    /// Once nothing hangs any more.
    bool completes(const std::string& id) {
        for (int i = 0; i < 8 && status(id) != "COMPLETE"; ++i) {
            cycle();
        }
        return status(id) == "COMPLETE";
    }

private:
    std::promise<void> go_;
    std::shared_future<void> until_{go_.get_future()};
    bool gone_{false};
};

TEST_F(HangingPeerTest, AStoreThatHangsKeepsNoOtherJobFromBeingCancelled) {
    for (int i = 1; i <= 6; ++i) {
        runs(fmt::format("j{}", i));
    }
    store.before_read = [hung = hang()](const std::string&) { hung(); };
    for (int i = 1; i <= 5; ++i) {
        returned(fmt::format("j{}", i));
    }
    cancels("j6");
    for (int i = 1; i <= 5; ++i) {
        EXPECT_TRUE(completes(fmt::format("j{}", i))) << i;
    }
}

TEST_F(HangingPeerTest, AStoreThatHangsOverResultsOfWhatRunsHoldsUpNoEnd) {
    for (int i = 1; i <= 9; ++i) {
        runs(fmt::format("j{}", i));
    }
    store.before_read = [hung = hang()](const std::string& url) {
        if (!url.contains("/j9/")) {
            hung();
        }
    };
    cycles(2);
    returned("j9");
    cycles(3);
    EXPECT_EQ(status("j9"), "COMPLETE");
    cancels("j8");
}

TEST_F(HangingPeerTest, AHistoryThatHangsKeepsNoOtherJobFromBeingCancelled) {
    runs("j1");
    runs("j2");
    cluster.applications.erase(cluster.applications.begin());
    cluster.before_find = hang();
    cancels("j2");
}

TEST_F(HangingPeerTest, AServiceThatStopsWaitsForTheLooksThatAreUnderWay) {
    runs("j1");
    cluster.applications.clear();
    std::promise<void> asked;
    cluster.before_find = [&, hung = hang(), first = true]() mutable {
        if (std::exchange(first, false)) {
            asked.set_value();
        }
        hung();
    };
    cycle();  // gives up waiting for the answer
    ASSERT_EQ(asked.get_future().wait_for(10s), std::future_status::ready);
    const auto finds = cluster.finds;
    auto gone = std::async(std::launch::async, [&] { monitor_.reset(); });
    EXPECT_EQ(gone.wait_for(100ms), std::future_status::timeout);
    let_go();
    gone.wait();
    EXPECT_EQ(cluster.finds, finds + 1);
}

TEST_F(HangingPeerTest, AStoreThatHangsOverOutputsKeepsNoOtherJobFromBeingCancelled) {
    for (int i = 1; i <= 5; ++i) {
        const auto id = fmt::format("j{}", i);
        runs(id);
        registry.jobs[id].document["outputData"] = json::array{json::object{{"assetType", "EXTERNAL_FILE"}, {"name", "o"}, {"fileUrl", "hdfs:///out"}}};
    }
    runs("j6");
    store.before_list = hang();
    for (int i = 1; i <= 5; ++i) {
        returned(fmt::format("j{}", i));
    }
    cancels("j6");
    cycles(2);
    EXPECT_EQ(status("j1"), "COMPLETE") << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(HangingPeerTest, AModelManageThatHangsOverWhatItHidesHoldsUpNoCancel) {
    runs("j1");
    runs("j2");
    registry.hidden = {"j1"};
    cycles(2);
    registry.before_job = [hung = hang()](const std::string&) { hung(); };
    cancels("j2");
    registry.hidden.clear();
    registry.jobs["j1"].owner = "another";
    registry.jobs["j1"].document["owner"] = "another";
    EXPECT_EQ(std::ranges::count(cluster.kills, job_tag("j1", 1)), 0);
    cycles(8);
    EXPECT_GT(std::ranges::count(cluster.kills, job_tag("j1", 1)), 0) << "what was taken from us is stopped";
}

TEST_F(HangingPeerTest, AModelManageThatHangsOverJobsOfALostJournalHoldsUpNoCancel) {
    runs("j2");
    add_job("j1");
    auto& job = registry.jobs["j1"];
    job.status = "RUNNING";
    job.owner = "me";
    job.document["owner"] = "me";
    job.attempts = {{.attempt = 1, .tag = job_tag("j1", 1), .owner = "me"}};
    cluster.applications.push_back({.id = "app-j1", .tag = job_tag("j1", 1), .state = ApplicationState::running, .word = "RUNNING"});
    registry.before_job = [hung = hang()](const std::string&) { hung(); };
    cancels("j2");
    returned("j1");
    EXPECT_TRUE(completes("j1")) << testing::PrintToString(registry.jobs["j1"].messages);
}

TEST_F(HangingPeerTest, WhatIsHiddenIsAskedForInTurns) {
    constexpr std::size_t kJobs = 80;
    for (std::size_t i = 0; i < kJobs; ++i) {
        const auto id = fmt::format("j{}", i);
        add_job(id);
        journalled({.job_id = id,
                    .phase = JobPhase::RUNNING,
                    .attempt = 1,
                    .tag = job_tag(id, 1),
                    .application_id = "app-" + id,
                    .pushed_status = "RUNNING",
                    .pushed_application = "app-" + id + " "});
        registry.jobs[id].owner = "me";
        registry.hidden.insert(id);
        cluster.applications.push_back({.id = "app-" + id, .tag = job_tag(id, 1), .state = ApplicationState::running, .word = "RUNNING"});
    }
    make();
    std::set<std::string> asked;
    std::size_t questions = 0;
    registry.before_job = [&](const std::string& id) {
        asked.insert(id);
        ++questions;
    };
    for (int i = 0; i < 12; ++i) {
        questions = 0;
        cycle();
        EXPECT_LE(questions, 32U);
    }
    EXPECT_EQ(asked.size(), kJobs);
}

/// model-manage is away for a while.
class AwayTest : public ClusterJobTest {
protected:
    /// Polls as the loop does, once a second.
    void poll(int seconds, bool may_claim) {
        for (int i = 0; i < seconds; ++i) {
            clock_.advance(Milliseconds{1'000});
            monitor_->tick(may_claim);
            monitor_->wait_until_idle();
        }
    }
    static auto lines(const std::string& log, std::string_view event) {
        std::size_t found = 0;
        for (auto at = log.find(event); at != std::string::npos; at = log.find(event, at + 1)) {
            ++found;
        }
        return found;
    }
};

TEST_F(AwayTest, TheQuestionForWorkRestsWhileModelManageIsAway) {
    poll(2, true);
    registry.away = true;
    registry.work_questions = 0;
    testing::internal::CaptureStderr();
    poll(50, false);
    const auto while_away = registry.work_questions;
    registry.away = false;
    add_job("j1");
    poll(7, false);
    poll(2, true);
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_GE(while_away, 8U);  // a pause has six seconds at most
    EXPECT_LE(while_away, 20U);
    EXPECT_EQ(supervisor.launches.size(), 1U);
    EXPECT_EQ(lines(log, "work_unknown"), 1U) << log;
    EXPECT_EQ(lines(log, "work_known"), 1U) << log;
}

TEST_F(AwayTest, WorkIsAskedForAtOnceWhenTheEnrolmentHasComeThrough) {
    registry.away = true;
    poll(60, false);
    registry.away = false;
    add_job("j1");
    monitor_->tick(true);
    monitor_->wait_until_idle();
    EXPECT_EQ(supervisor.launches.size(), 1U);
}

TEST_F(AwayTest, WhatMayNotBeClaimedIsLetBeForAMinute) {
    const std::map<std::string, Error> refusals{{"j1", {ErrorCode::forbidden, "FORBIDDEN", "You may not.", {}, {}}},
                                                {"j2", {ErrorCode::conflict, "NOT_YOUR_ENGINE", "It is for another one.", {}, {}}}};
    for (const auto& [id, refusal] : refusals) {
        add_job(id);
    }
    registry.refused_claims = refusals;
    testing::internal::CaptureStderr();
    poll(59, true);
    EXPECT_EQ(registry.claims, 2U);
    add_job("j3");
    poll(1, true);
    EXPECT_EQ(supervisor.launches.size(), 1U) << "others are taken meanwhile";
    registry.refused_claims.clear();
    poll(64, true);
    EXPECT_EQ(supervisor.launches.size(), 3U);
    EXPECT_EQ(lines(testing::internal::GetCapturedStderr(), "claim_refused"), 2U);
}

TEST_F(AwayTest, ManyJobsThatWaitForItAreOneLine) {
    constexpr std::size_t kJobs = 20;
    for (std::size_t i = 0; i < kJobs; ++i) {
        add_job(fmt::format("j{}", i));
    }
    poll(8, true);
    for (std::size_t i = 0; i < kJobs; ++i) {
        ends(fmt::format("j{}", i), 1);
    }
    registry.away = true;
    testing::internal::CaptureStderr();
    poll(50, false);
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(lines(log, "job_waits"), 1U) << log;
    registry.away = false;
    poll(40, true);
    EXPECT_EQ(status("j7"), "ERROR");
}

}  // namespace
}  // namespace slipway::spark
