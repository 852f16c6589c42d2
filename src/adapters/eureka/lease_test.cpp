#include "adapters/eureka/lease.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"

namespace slipway::eureka {
namespace {

using Act = Lease::Act;
using Outcome = Lease::Outcome;

class LeaseTest : public testing::Test {
protected:
    Lease::Step step() {
        const auto due = lease.due(clock.steady());
        EXPECT_TRUE(due.has_value());
        return due.value_or(Lease::Step{});
    }
    Lease::Step answer(Outcome outcome, double random = 0) {
        const auto done = step();
        lease.answered(done, outcome, clock.steady(), clock.now(), random);
        return done;
    }
    bool due_in(Milliseconds pause) {
        const bool early = lease.due(clock.steady() + pause - Milliseconds{1}).has_value();
        return !early && lease.due(clock.steady() + pause).has_value();
    }

    fakes::FakeClock clock;
    Lease lease{Milliseconds{30'000}, 0};
};

TEST_F(LeaseTest, NothingIsDueBeforeAStatusIsWanted) {
    EXPECT_FALSE(lease.due(clock.steady()).has_value());
    EXPECT_FALSE(lease.next().has_value());
}

TEST_F(LeaseTest, RegistersThenRenewsWithinTheLastTenthOfTheInterval) {
    lease.want(Status::up, clock.now());
    EXPECT_EQ(answer(Outcome::accepted).act, Act::enrol);
    EXPECT_TRUE(due_in(Milliseconds{30'000}));
    clock.advance(Milliseconds{30'000});
    EXPECT_EQ(answer(Outcome::accepted, 0.999).act, Act::renew);
    EXPECT_TRUE(lease.due(clock.steady() + Milliseconds{27'100}).has_value());
    EXPECT_FALSE(lease.due(clock.steady() + Milliseconds{27'000}).has_value());
}

TEST_F(LeaseTest, AServerThatHasForgottenUsIsToldAtOnceByALaterRegistration) {
    lease.want(Status::up, clock.now());
    const auto first = answer(Outcome::accepted);
    clock.advance(Milliseconds{30'000});
    EXPECT_EQ(answer(Outcome::unknown).act, Act::renew);
    const auto again = step();
    EXPECT_EQ(again.act, Act::enrol);
    EXPECT_GT(again.dirty, first.dirty);
    EXPECT_EQ(again.status, Status::up);
}

TEST_F(LeaseTest, AChangeIsARegistrationAtOnceWithALargerTimestampEvenWhereTheClockStandsOrGoesBack) {
    lease.want(Status::starting, clock.now());
    const auto first = answer(Outcome::accepted);
    EXPECT_TRUE(lease.want(Status::up, clock.now()));
    const auto second = answer(Outcome::accepted);
    EXPECT_EQ(second.act, Act::enrol);
    EXPECT_EQ(second.dirty, first.dirty + 1);
    clock.jump(Milliseconds{-3'600'000});
    EXPECT_TRUE(lease.want(Status::down, clock.now()));
    EXPECT_EQ(step().dirty, second.dirty + 1);
    EXPECT_FALSE(lease.want(Status::down, clock.now()));
}

TEST_F(LeaseTest, AnAnswerToWhatIsNotWantedAnyMoreChangesNothing) {
    lease.want(Status::up, clock.now());
    const auto stale = step();
    lease.want(Status::down, clock.now());
    lease.answered(stale, Outcome::accepted, clock.steady(), clock.now(), 0);
    EXPECT_FALSE(lease.registered());
    EXPECT_EQ(step().status, Status::down);
}

TEST_F(LeaseTest, PausesDoubleUpToTheIntervalWhileNobodyAnswersAndEndWithTheFirstAnswer) {
    lease.want(Status::up, clock.now());
    for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
        answer(Outcome::failed);
        EXPECT_TRUE(due_in(Milliseconds{seconds * 1000})) << seconds;
        clock.advance(Milliseconds{seconds * 1000});
    }
    EXPECT_EQ(lease.failures(), 7);
    answer(Outcome::accepted);
    EXPECT_EQ(lease.failures(), 0);
}

TEST_F(LeaseTest, AFailedRenewalIsRepeatedAsARenewal) {
    lease.want(Status::up, clock.now());
    answer(Outcome::accepted);
    clock.advance(Milliseconds{30'000});
    answer(Outcome::failed);
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(step().act, Act::renew);
}

TEST_F(LeaseTest, BeginsAboveTheLastTimestampOfAnEarlierLife) {
    Lease later{Milliseconds{30'000}, to_epoch_ms(clock.now()) + 60'000};
    later.want(Status::up, clock.now());
    EXPECT_EQ(later.dirty(), to_epoch_ms(clock.now()) + 60'001);
}

}  // namespace
}  // namespace slipway::eureka
