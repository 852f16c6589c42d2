#include "base/background.hpp"

#include <future>
#include <gtest/gtest.h>
#include <stdexcept>

#include "base/background_schedule.hpp"
#include "fakes/fake_clock.hpp"

namespace slipway {
namespace {

using namespace std::chrono_literals;
using Due = std::vector<std::size_t>;

TEST(BackgroundSchedule, StartsEachTaskAtOnceAndThenAfterItsPeriod) {
    BackgroundSchedule schedule;
    const Steady start{1h};
    schedule.add(10s, start);
    schedule.add(60s, start);
    EXPECT_EQ(schedule.take_due(start), (Due{0, 1}));
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    schedule.finished(0, start + 1s, 0.5);
    EXPECT_EQ(schedule.next_due(), start + 11s);
    EXPECT_EQ(schedule.take_due(start + 10s), Due{});
    EXPECT_EQ(schedule.take_due(start + 11s), Due{0});
}

TEST(BackgroundSchedule, SpreadsByATenthEachWay) {
    BackgroundSchedule schedule;
    const Steady start{1h};
    schedule.add(100s, start);
    schedule.take_due(start);
    schedule.finished(0, start, 0.0);
    EXPECT_EQ(schedule.next_due(), start + 90s);
    schedule.activate(0);
    schedule.take_due(start);
    schedule.finished(0, start, 1.0);
    EXPECT_EQ(schedule.next_due(), start + 110s);
}

TEST(BackgroundSchedule, NeverRunsATaskTwiceAtOnceButRunsItAgainWhenActivatedMeanwhile) {
    BackgroundSchedule schedule;
    const Steady start{1h};
    schedule.add(1h, start);
    EXPECT_EQ(schedule.take_due(start), Due{0});
    EXPECT_TRUE(schedule.activate(0));
    EXPECT_FALSE(schedule.activate(0)) << "nobody need be woken again";
    EXPECT_EQ(schedule.take_due(start + 2h), Due{});
    EXPECT_TRUE(schedule.running(0));
    schedule.finished(0, start + 1s, 0.5);
    EXPECT_EQ(schedule.take_due(start + 1s), Due{0});
    schedule.finished(0, start + 2s, 0.5);
    EXPECT_EQ(schedule.take_due(start + 2s), Due{});
}

TEST(BackgroundSchedule, RestsBetweenActivationsButStartsAtOnceAfterQuiet) {
    BackgroundSchedule schedule;
    const Steady start{1h};
    schedule.add(1h, start, 20ms);
    EXPECT_EQ(schedule.take_due(start), Due{0});
    schedule.activate(0);
    schedule.finished(0, start + 1ms, 0.5);
    EXPECT_EQ(schedule.next_due(), start + 20ms);
    EXPECT_EQ(schedule.take_due(start + 19ms), Due{});
    EXPECT_EQ(schedule.take_due(start + 20ms), Due{0});
    schedule.finished(0, start + 21ms, 0.5);
    schedule.activate(0);
    EXPECT_EQ(schedule.take_due(start + 1min), Due{0});
}

TEST(BackgroundDriver, RunsOnActivationAndTellsHowItWent) {
    const fakes::FakeClock clock;
    int runs = 0;
    std::promise<void> first;
    std::promise<void> open;
    std::promise<void> second;
    BackgroundDriver driver{clock, 2};
    driver.add({"sync", 1h, [&](const std::stop_token&) -> Result<void> {
                    if (++runs == 1) {
                        first.set_value();
                        open.get_future().wait();
                        return {};
                    }
                    second.set_value();
                    return fail(ErrorCode::unavailable, "AWAY", "AWS is away.");
                }});
    testing::internal::CaptureStderr();
    driver.start();
    first.get_future().wait();
    driver.activate("sync");
    driver.activate("unknown");
    open.set_value();
    second.get_future().wait();
    driver.stop();
    EXPECT_NE(testing::internal::GetCapturedStderr().find("AWS is away."), std::string::npos);
    const auto status = driver.status();
    ASSERT_EQ(status.size(), 1U);
    EXPECT_EQ(status[0].name, "sync");
    EXPECT_EQ(status[0].runs, 2U);
    EXPECT_EQ(status[0].failures, 1U);
    EXPECT_EQ(status[0].last_error, "AWS is away.");
    EXPECT_FALSE(status[0].running);
    EXPECT_EQ(status[0].last_started, clock.now());
}

TEST(BackgroundDriver, AsksRunningTasksToStop) {
    const fakes::FakeClock clock;
    std::promise<void> running;
    BackgroundDriver driver{clock, 1};
    driver.add({"waits", 1h, [&](const std::stop_token& stop) -> Result<void> {
                    running.set_value();
                    std::promise<void> asked;
                    const std::stop_callback tell{stop, [&] { asked.set_value(); }};
                    asked.get_future().wait();
                    return {};
                }});
    driver.start();
    running.get_future().wait();
    EXPECT_TRUE(driver.status()[0].running);
    driver.stop();
    driver.stop();
    EXPECT_EQ(driver.status()[0].runs, 1U);
}

TEST(BackgroundDriver, CountsAnExceptionAsAFailure) {
    const fakes::FakeClock clock;
    std::promise<void> ran;
    BackgroundDriver driver{clock, 1};
    driver.add({"throws", 1h, [&](const std::stop_token&) -> Result<void> {
                    ran.set_value();
                    throw std::runtime_error{"boom"};
                }});
    testing::internal::CaptureStderr();
    driver.start();
    ran.get_future().wait();
    driver.stop();
    EXPECT_NE(testing::internal::GetCapturedStderr().find("boom"), std::string::npos);
    EXPECT_EQ(driver.status()[0].failures, 1U);
    EXPECT_NE(driver.status()[0].last_error.find("boom"), std::string::npos);
}

}  // namespace
}  // namespace slipway
