#include "identity/device_polls.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"

namespace slipway::identity {
namespace {

using std::chrono::seconds;
using Turn = DevicePolls::Turn;

class DevicePollsTest : public testing::Test {
protected:
    Turn after(seconds pause) {
        clock.advance(pause);
        return polls.take(code, clock.steady());
    }
    fakes::FakeClock clock;
    DevicePolls polls;
    const Secret code{"the-code"};
};

TEST_F(DevicePollsTest, ACodeIsAskedAboutOnceInItsInterval) {
    EXPECT_EQ(after(seconds{0}), Turn::unknown);
    polls.given(code, seconds{5}, clock.steady());
    EXPECT_EQ(after(seconds{0}), Turn::due);
    EXPECT_EQ(after(seconds{0}), Turn::early);
    EXPECT_EQ(after(seconds{3}), Turn::early);
    EXPECT_EQ(after(seconds{1}), Turn::due) << "the way may be shorter than before by a second";
    polls.given(code, seconds{1}, clock.steady());
    EXPECT_EQ(after(seconds{1}), Turn::early) << "once more is nothing new";
    polls.slower(code);
    EXPECT_EQ(after(seconds{7}), Turn::early);
    EXPECT_EQ(after(seconds{1}), Turn::due);
    EXPECT_EQ(after(seconds{8}), Turn::early);
    EXPECT_EQ(after(seconds{1}), Turn::due);
    polls.ended(code);
    EXPECT_EQ(after(seconds{0}), Turn::unknown);
}

TEST_F(DevicePollsTest, NoIntervalOfAProviderStopsASignInForLong) {
    polls.given(code, seconds{-7}, clock.steady());
    EXPECT_EQ(after(seconds{0}), Turn::due);
    EXPECT_EQ(after(seconds{1}), Turn::due);
    polls.ended(code);
    polls.given(code, seconds{1'000'000}, clock.steady());
    EXPECT_EQ(after(seconds{0}), Turn::due);
    EXPECT_EQ(after(seconds{59}), Turn::due);
}

TEST_F(DevicePollsTest, TheFirstCodesAreForgottenWhenThereAreTooMany) {
    polls.given(code, seconds{5}, clock.steady());
    for (std::size_t i = 0; i < DevicePolls::kMost; ++i) {
        polls.given(Secret{fmt::format("code-{}", i)}, seconds{5}, clock.steady());
    }
    EXPECT_EQ(polls.size(), DevicePolls::kMost);
    EXPECT_EQ(after(seconds{0}), Turn::unknown);
    EXPECT_EQ(polls.take(Secret{"code-0"}, clock.steady()), Turn::due);
}

}  // namespace
}  // namespace slipway::identity
