#include "base/worker_pool.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <stdexcept>

namespace slipway {
namespace {

TEST(WorkerPool, RunsWhatIsQueuedBeforeItGoes) {
    std::atomic<int> done{0};
    {
        WorkerPool pool{"test", 2, 100};
        for (int i = 0; i < 100; ++i) {
            while (!pool.post([&] { ++done; })) {
            }
        }
    }
    EXPECT_EQ(done, 100);
}

TEST(WorkerPool, SaysWhenItIsFull) {
    std::promise<void> open;
    auto gate = open.get_future().share();
    std::promise<void> taken;
    WorkerPool pool{"test", 1, 1};
    ASSERT_TRUE(pool.post([&, gate] {
        taken.set_value();
        gate.wait();
    }));
    taken.get_future().wait();
    EXPECT_TRUE(pool.post([] {}));
    EXPECT_EQ(pool.queued(), 1U);
    EXPECT_FALSE(pool.post([] {}));
    open.set_value();
}

TEST(WorkerPool, OutlivesWorkThatThrows) {
    std::atomic<int> done{0};
    testing::internal::CaptureStderr();
    {
        WorkerPool pool{"test", 1, 10};
        EXPECT_TRUE(pool.post([] { throw std::runtime_error{"boom"}; }));
        EXPECT_TRUE(pool.post([] { throw 7; }));
        EXPECT_TRUE(pool.post([&] { ++done; }));
    }
    EXPECT_NE(testing::internal::GetCapturedStderr().find("boom"), std::string::npos);
    EXPECT_EQ(done, 1);
}

TEST(WorkerPool, RunsOnlySoMuchAtOnce) {
    std::promise<void> open;
    auto gate = open.get_future().share();
    std::promise<void> taken;
    std::atomic<int> done{0};
    {
        WorkerPool pool{"test", {.threads = 4, .capacity = 10, .running = 1}};
        ASSERT_TRUE(pool.post([&, gate] {
            taken.set_value();
            gate.wait();
            ++done;
        }));
        taken.get_future().wait();
        ASSERT_TRUE(pool.post([&] { ++done; }));
        EXPECT_EQ(pool.queued(), 1U);
        open.set_value();
    }
    EXPECT_EQ(done, 2);
}

TEST(WorkerPool, RunsOtherWorkWhileOneWaits) {
    WorkerPool pool{"test", {.threads = 2, .capacity = 10, .running = 1}};
    std::promise<void> other;
    std::promise<void> both;
    ASSERT_TRUE(pool.post([&] {
        const WorkerPool::Waiting waiting;
        const WorkerPool::Waiting inside;  // counts once
        other.get_future().wait();
        both.set_value();
    }));
    ASSERT_TRUE(pool.post([&] { other.set_value(); }));
    EXPECT_EQ(both.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
}

TEST(WorkerPool, RunsAllOfManyThatWait) {
    std::atomic<int> done{0};
    {
        WorkerPool pool{"test", {.threads = 8, .capacity = 1000, .running = 2}};
        for (int i = 0; i < 600; ++i) {
            ASSERT_TRUE(pool.post([&] {
                {
                    const WorkerPool::Waiting waiting;
                    std::this_thread::yield();
                }
                ++done;
            }));
        }
    }
    EXPECT_EQ(done, 600);
}

TEST(WorkerPool, TakesNothingOnceClosed) {
    WorkerPool pool{"test", 1, 10};
    pool.close();
    EXPECT_FALSE(pool.post([] {}));
}

}  // namespace
}  // namespace slipway
