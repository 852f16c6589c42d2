#include "spark/even_clock.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"

namespace slipway::spark {
namespace {

using namespace std::chrono_literals;

TEST(EvenClock, GoesWithTheWallClockWhileThatIsEven) {
    fakes::FakeClock wall;
    const EvenClock clock{wall};
    for (int i = 0; i < 5; ++i) {
        wall.advance(1234ms);
        EXPECT_EQ(clock.now(), wall.now());
    }
}

TEST(EvenClock, AJumpIsTakenInByATenthOfTheTimeThatPasses) {
    for (const auto jump : {Milliseconds{24h}, Milliseconds{-24h}}) {
        fakes::FakeClock wall;
        const EvenClock clock{wall};
        const auto before = clock.now();
        wall.jump(jump);
        EXPECT_EQ(clock.now(), before);
        wall.advance(10s);
        EXPECT_EQ(clock.now() - before, jump > 0ms ? 11s : 9s);
        wall.advance(Milliseconds{11 * 24h});
        EXPECT_EQ(clock.now(), wall.now());
    }
}

}  // namespace
}  // namespace slipway::spark
