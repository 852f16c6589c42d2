#include "adapters/kerberos/schedule.hpp"

#include <gtest/gtest.h>
#include <optional>

#include "fakes/fake_clock.hpp"

namespace slipway::kerberos {
namespace {

using Act = Schedule::Act;
using std::chrono::minutes;
using std::chrono::seconds;

class ScheduleTest : public testing::Test {
protected:
    Ticket ticket(seconds life, seconds renewable) const { return {.start = now, .end = now + life, .renewable_until = now + renewable, .cache = Secret{}}; }
    std::optional<Act> due(Timestamp at) const { return at < schedule.next() ? std::nullopt : std::optional{schedule.act(at)}; }
    bool due_after(Milliseconds pause, Act act) const { return !due(now + pause - Milliseconds{1}).has_value() && due(now + pause) == act; }

    const Timestamp now = from_epoch_ms(1795633204000);
    Schedule schedule;
};

TEST_F(ScheduleTest, ATicketIsObtainedAtOnceAndRenewedAtHalfOfItsLife) {
    EXPECT_EQ(due(now), Act::obtain);
    schedule.got(ticket(minutes{10}, minutes{60}), now, 0);
    EXPECT_TRUE(due_after(minutes{5}, Act::renew));
    schedule.got(ticket(minutes{10}, minutes{60}), now, 0.999);
    EXPECT_TRUE(due(now + seconds{271}).has_value()) << "runtimes that start together are spread";
}

TEST_F(ScheduleTest, WhatCannotBeRenewedForLongIsObtainedAnew) {
    schedule.got(ticket(minutes{10}, minutes{10}), now, 0);
    EXPECT_TRUE(due_after(minutes{5}, Act::obtain)) << "not renewable at all";
    schedule.got(ticket(minutes{10}, minutes{9}), now, 0);
    EXPECT_TRUE(due_after(minutes{5}, Act::obtain));
    schedule.got(ticket(minutes{2}, seconds{121}), now, 0);
    EXPECT_TRUE(due_after(minutes{1}, Act::renew)) << "renewal gives it half of its life once more";
    schedule.got(ticket(seconds{61}, seconds{62}), now, 0);
    EXPECT_EQ(due(now + seconds{31}), Act::renew);
    EXPECT_EQ(due(now + seconds{32}), Act::obtain);
}

TEST_F(ScheduleTest, AFailedRenewalAsksTheKeytabAtOnce) {
    schedule.got(ticket(minutes{10}, minutes{60}), now, 0);
    schedule.failed(Act::renew, now + minutes{5});
    EXPECT_EQ(due(now + minutes{5}), Act::obtain);
    EXPECT_EQ(schedule.failures(), 0);
}

TEST_F(ScheduleTest, PausesDoubleToAMinuteAndAreShortForShortTickets) {
    auto at = now;
    for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
        schedule.failed(Act::obtain, at);
        EXPECT_EQ(schedule.next() - at, seconds{pause});
        at += seconds{pause};
    }
    schedule.got(ticket(minutes{2}, minutes{2}), now, 0);
    for (int i = 0; i < 6; ++i) {
        schedule.failed(Act::obtain, at);
    }
    EXPECT_EQ(schedule.next() - at, seconds{15});
}

TEST_F(ScheduleTest, ADoubtedTicketIsObtainedNow) {
    schedule.got(ticket(minutes{10}, minutes{60}), now, 0);
    schedule.doubt();
    EXPECT_EQ(due(now), Act::obtain);
}

}  // namespace
}  // namespace slipway::kerberos
