#include "base/back_off.hpp"

#include <gtest/gtest.h>

#include "base/recurrence.hpp"

namespace slipway {
namespace {

Steady at(std::int64_t seconds) {
    return Steady{} + Milliseconds{seconds * 1000};
}

TEST(BackOff, DoublesUpToTheLongestAndStartsAnew) {
    BackOff pauses{Milliseconds{1000}, Milliseconds{10'000}};
    EXPECT_FALSE(pauses.rests(at(100)));
    auto now = at(100);
    for (const int seconds : {1, 2, 4, 8, 10, 10}) {
        pauses.failed(now, 0.5);
        EXPECT_TRUE(pauses.rests(now + Milliseconds{seconds * 1000 - 1})) << seconds;
        now += Milliseconds{seconds * 1000};
        EXPECT_FALSE(pauses.rests(now)) << seconds;
    }
    pauses.worked();
    pauses.failed(now, 0.5);
    EXPECT_FALSE(pauses.rests(now + Milliseconds{1000}));
}

TEST(BackOff, SpreadsThePausesAndHeedsThePeer) {
    BackOff pauses{Milliseconds{10'000}, Milliseconds{60'000}};
    pauses.failed(at(0), 0.0);
    EXPECT_FALSE(pauses.rests(at(8)));
    pauses.worked();
    pauses.failed(at(0), 0.999);
    EXPECT_TRUE(pauses.rests(at(11)));
    EXPECT_FALSE(pauses.rests(at(12)));
    pauses.worked();
    pauses.failed(at(0), 0.0, Milliseconds{90'000});
    EXPECT_TRUE(pauses.rests(at(89)));
    EXPECT_FALSE(pauses.rests(at(90)));
    for (int i = 0; i < 100; ++i) {
        const auto fraction = any_fraction();
        EXPECT_TRUE(fraction >= 0 && fraction < 1);
    }
}

TEST(Recurrence, AFaultThatGoesOnIsToldMoreAndMoreSeldom) {
    Recurrence faults;
    std::vector<std::int64_t> told;
    std::int64_t times = 0;
    for (std::int64_t second = 0; second < 24 * 3600; ++second) {
        if (const auto due = faults.told(at(second), "NO_CONNECTION")) {
            told.push_back(second);
            times += *due;
        }
    }
    EXPECT_EQ(std::vector(told.begin(), told.begin() + 5), (std::vector<std::int64_t>{0, 60, 180, 420, 900}));
    EXPECT_LE(told.size(), 31U);
    EXPECT_EQ(times, told.back() + 1);
}

TEST(Recurrence, AnotherFaultAndOneAfterAGoodTimeAreToldAtOnce) {
    Recurrence faults;
    EXPECT_EQ(faults.told(at(0), "A"), 1);
    EXPECT_EQ(faults.told(at(1), "B"), 1);
    EXPECT_EQ(faults.told(at(2), "A"), std::nullopt);
    faults.over();
    EXPECT_EQ(faults.told(at(3), "A"), 1);
    for (int i = 0; i < 1000; ++i) {
        (void)faults.told(at(4), std::to_string(i));
    }
    EXPECT_EQ(faults.told(at(5), "A"), 1) << "bounded: what was pushed out is told again";
}

}  // namespace
}  // namespace slipway
