#include "spark/cycle_watch.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"

namespace slipway::spark {
namespace {

TEST(CycleWatch, ACycleThatHangsIsSeenFromOutside) {
    fakes::FakeClock clock;
    CycleWatch watch{clock, Milliseconds{60'000}};
    EXPECT_EQ(watch.trouble(), "");
    EXPECT_FALSE(watch.since_last());
    watch.begin();
    clock.advance(Milliseconds{59'000});
    EXPECT_EQ(watch.trouble(), "");
    clock.advance(Milliseconds{2'000});
    EXPECT_TRUE(watch.trouble().contains("61 s")) << watch.trouble();
    const auto hanging = watch.status("job_monitor", Milliseconds{1000});
    EXPECT_TRUE(hanging.running);
    EXPECT_EQ(hanging.last_error, watch.trouble());

    watch.end();
    EXPECT_EQ(watch.trouble(), "");
    clock.advance(Milliseconds{300'000});
    EXPECT_EQ(watch.trouble(), "");  // nobody has begun
    EXPECT_EQ(watch.since_last(), Milliseconds{300'000});
    const auto well = watch.status("job_monitor", Milliseconds{1000});
    EXPECT_EQ(well.runs, 1U);
    EXPECT_EQ(well.last_duration, Milliseconds{61'000});
    EXPECT_EQ(well.last_error, "");
}

}  // namespace
}  // namespace slipway::spark
