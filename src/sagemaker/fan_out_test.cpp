#include "sagemaker/fan_out.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <vector>

namespace slipway::sagemaker {
namespace {

TEST(FanOut, APieceThatTakesLongHoldsNoneUp) {
    WorkerPool pool{"test", 4, 8};
    constexpr std::size_t kNone = 99;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t slow = kNone;
    std::vector<std::size_t> handed;
    const auto caller = std::this_thread::get_id();
    FanOut{pool, 5}.run(
        4,
        [&](std::size_t i) {
            std::unique_lock lock{mutex};
            if (std::this_thread::get_id() == caller) {
                changed.wait(lock, [&] { return slow != kNone; });
            } else if (slow == kNone) {
                slow = i;
                changed.notify_all();
                EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds{30}, [&] { return handed.size() == 3; })) << "the others wait for it";
            }
        },
        [&](std::size_t i) {
            const std::lock_guard lock{mutex};
            handed.push_back(i);
            changed.notify_all();
            return true;
        });
    ASSERT_EQ(handed.size(), 4U);
    EXPECT_EQ(handed.back(), slow);
}

TEST(FanOut, NeverMoreThanItsWidth) {
    WorkerPool pool{"test", 8, 64};
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    FanOut{pool, 3}.run(
        200,
        [&](std::size_t) {
            const int here = ++now;
            int seen = most;
            while (here > seen && !most.compare_exchange_weak(seen, here)) {
            }
            ++done;
            --now;
        },
        [](std::size_t) { return true; });
    EXPECT_EQ(done, 200);
    EXPECT_LE(most, 3);
}

TEST(FanOut, AfterARefusalNothingIsBegunOrHandedOn) {
    WorkerPool pool{"test", 1, 8};
    std::atomic<int> begun{0};
    std::vector<std::size_t> handed;
    FanOut{pool, 2}.run(
        1000, [&](std::size_t) { ++begun; },
        [&](std::size_t i) {
            handed.push_back(i);
            return false;
        });
    EXPECT_EQ(handed.size(), 1U);
    const int then = begun;
    std::promise<void> behind;
    ASSERT_TRUE(pool.post([&] { behind.set_value(); }));
    behind.get_future().wait();
    EXPECT_EQ(begun, then);
}

TEST(FanOut, HasTimeForOthersWhileItWaits) {
    WorkerPool pool{"test", 2, 8};
    std::promise<void> looked;
    const auto future = looked.get_future().share();
    int idle = 0;
    std::size_t handed = 0;
    const auto caller = std::this_thread::get_id();
    std::promise<void> inside;
    const auto helped = inside.get_future().share();
    std::once_flag once;
    FanOut{pool, 3}.run(
        20,
        [&](std::size_t) {
            if (std::this_thread::get_id() == caller) {
                helped.wait();
            } else {
                std::call_once(once, [&] { inside.set_value(); });
                future.wait();
            }
        },
        [&](std::size_t) {
            ++handed;
            return true;
        },
        [&] {
            if (++idle == 1) {
                looked.set_value();
            }
        });
    EXPECT_GE(idle, 1) << "the helpers wait for it";
    EXPECT_EQ(handed, 20U);
}

TEST(FanOut, WhereThePoolIsBusyTheCallerDoesItAlone) {
    WorkerPool pool{"test", 1, 1};
    std::promise<void> release;
    std::promise<void> taken;
    ASSERT_TRUE(pool.post([&, opened = release.get_future()] {
        taken.set_value();
        opened.wait();
    }));
    taken.get_future().wait();
    std::vector<std::size_t> handed;
    {
        // What the late helper would touch is gone by the time it runs.
        const auto work = std::make_unique<std::function<void(std::size_t)>>([](std::size_t) {});
        FanOut{pool, 4}.run(3, *work, [&](std::size_t i) {
            handed.push_back(i);
            return true;
        });
    }
    release.set_value();
    EXPECT_EQ(handed.size(), 3U);
}

TEST(FanOut, WorkThatThrowsOnAHelperHoldsNobodyUp) {
    WorkerPool pool{"test", 2, 8};
    std::mutex mutex;
    std::condition_variable met;
    int inside = 0;
    const auto caller = std::this_thread::get_id();
    std::vector<std::size_t> handed;
    FanOut{pool, 3}.run(
        2,
        [&](std::size_t) {
            std::unique_lock lock{mutex};
            ++inside;
            met.notify_all();
            met.wait(lock, [&] { return inside == 2; });
            if (std::this_thread::get_id() != caller) {
                throw std::runtime_error{"broken"};
            }
        },
        [&](std::size_t i) {
            handed.push_back(i);
            return true;
        });
    EXPECT_EQ(handed.size(), 2U);
}

}  // namespace
}  // namespace slipway::sagemaker
