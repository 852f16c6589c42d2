#include "lifecycle/timer.hpp"

#include <gtest/gtest.h>

#include "fakes/berlin_zone.hpp"

namespace slipway::lifecycle {
namespace {

using fakes::BerlinZone;

Timestamp at(std::string_view iso) {
    return from_iso(iso).value();
}

TimerSpec spec(TimerKind kind, std::string_view text) {
    auto parsed = parse_timer(kind, text);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed.value_or(TimerSpec{});
}

std::string first(TimerKind kind, std::string_view text, std::string_view now, const Zone& zone = {}) {
    const auto schedule = first_firing(spec(kind, text), at(now), zone);
    return schedule ? to_iso(schedule->due) : schedule.error().reason;
}

/// Due dates of a cycle that fires on time.
std::vector<std::string> dues(std::string_view text, std::string_view now, int most, const Zone& zone = {}, Misfire misfire = Misfire::once) {
    std::vector<std::string> all;
    const auto cycle = spec(TimerKind::cycle, text);
    std::optional<Schedule> next = first_firing(cycle, at(now), zone).value();
    while (next && static_cast<int>(all.size()) < most) {
        all.push_back(to_iso(next->due).substr(0, 16));
        next = fire(cycle, *next, next->due, misfire, zone).value().next;
    }
    return all;
}

using Texts = std::vector<std::string>;

TEST(Period, ReadsWhatIso8601Says) {
    EXPECT_EQ(parse_period("P1Y2M3W4DT5H6M7.5S"), (Period{14, 25, std::chrono::hours{5} + std::chrono::minutes{6} + Milliseconds{7500}}));
    EXPECT_EQ(parse_period("PT24H"), (Period{0, 0, std::chrono::hours{24}}));
    EXPECT_EQ(parse_period("PT0S"), Period{});
    for (const auto* const bad : {"", "P", "PT", "1D", "P1", "P1H", "PT1D", "P-1D", "PT1.5H", "PT1S1M", "P1DT", "P1D1D", "P2000Y", "PT99999999999999999999S",
                                  "P1DT1HT1M", "PT31622400001S"}) {
        const auto read = parse_period(bad);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().reason, "TIMER");
    }
}

TEST(Moment, IsAnInstantOrWallTime) {
    EXPECT_EQ(parse_moment("2026-03-01T10:00:00+01:00"), Moment{at("2026-03-01T09:00:00Z")});
    EXPECT_EQ(parse_moment("2026-03-01T10:00Z"), Moment{at("2026-03-01T10:00:00Z")});
    const BerlinZone berlin;
    EXPECT_EQ(resolve(parse_moment("2026-07-01T10:00:00").value(), {&berlin, "Europe/Berlin"}), at("2026-07-01T08:00:00Z"));
    EXPECT_EQ(resolve(parse_moment("2026-07-01").value(), {}), at("2026-07-01T00:00:00Z"));
    for (const auto* const bad : {"", "today", "2026-13-01T10:00:00Z", "2026-02-30T10:00:00Z", "10:00"}) {
        EXPECT_FALSE(parse_moment(bad)) << bad;
    }
}

TEST(Rule19, ADayIsWallTimeAndTwentyFourHoursAreNot) {
    const BerlinZone rules;
    const Zone berlin{&rules, "Europe/Berlin"};
    EXPECT_EQ(first(TimerKind::duration, "P1D", "2026-03-28T11:00:00Z", berlin), "2026-03-29T10:00:00.000Z");
    EXPECT_EQ(first(TimerKind::duration, "PT24H", "2026-03-28T11:00:00Z", berlin), "2026-03-29T11:00:00.000Z");
    EXPECT_EQ(first(TimerKind::duration, "P1D", "2026-10-24T10:00:00Z", berlin), "2026-10-25T11:00:00.000Z");
    EXPECT_EQ(first(TimerKind::duration, "P1D", "2026-10-24T10:00:00Z"), "2026-10-25T10:00:00.000Z") << "without a zone it is UTC";
    EXPECT_EQ(dues("R3/P1D", "2026-03-27T07:00:00Z", 9, berlin), (Texts{"2026-03-28T07:00", "2026-03-29T06:00", "2026-03-30T06:00"}));
}

TEST(Rule19, CronSkipsTheGapAndCountsTheOverlapOnce) {
    const BerlinZone rules;
    const Zone berlin{&rules, "Europe/Berlin"};
    EXPECT_EQ(dues("0 30 2 * * ?", "2026-03-27T12:00:00Z", 3, berlin), (Texts{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"}));
    EXPECT_EQ(dues("0 30 2 * * ?", "2026-10-24T12:00:00Z", 3, berlin), (Texts{"2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"}));
    EXPECT_EQ(dues("0 0/30 * * * ?", "2026-10-25T00:10:00Z", 2, berlin), (Texts{"2026-10-25T00:30", "2026-10-25T02:00"}));
}

TEST(Rule19, AZoneThatIsNotKnownIsSaid) {
    EXPECT_EQ(first(TimerKind::duration, "P1D", "2026-03-28T11:00:00Z", {&fixed_zones(), "Mars/Olympus"}), "TIME_ZONE");
    EXPECT_EQ(first(TimerKind::date, "2026-03-28T11:00:00", "2026-03-01T00:00:00Z", {&fixed_zones(), "+02:00"}), "2026-03-28T09:00:00.000Z");
}

TEST(Timer, MonthsEndWhereTheyEnd) {
    EXPECT_EQ(dues("R4/P1M", "2026-01-31T08:00:00Z", 9), (Texts{"2026-02-28T08:00", "2026-03-31T08:00", "2026-04-30T08:00", "2026-05-31T08:00"}));
    EXPECT_EQ(first(TimerKind::duration, "P1Y", "2024-02-29T08:00:00Z"), "2025-02-28T08:00:00.000Z");
}

TEST(Timer, CyclesCountStartAndEnd) {
    EXPECT_EQ(dues("R3/PT10S", "2026-01-01T00:00:00Z", 9).size(), 3U);
    EXPECT_EQ(dues("R/PT1H", "2026-01-01T00:00:00Z", 50).size(), 50U) << "endless";
    EXPECT_EQ(dues("R2/2026-02-01T00:00:00Z/PT1H", "2026-01-01T00:00:00Z", 9), (Texts{"2026-02-01T00:00", "2026-02-01T01:00"}));
    EXPECT_EQ(dues("R/2025-01-01T00:30:00Z/PT1H", "2026-01-01T00:00:00Z", 2), (Texts{"2026-01-01T00:30", "2026-01-01T01:30"})) << "a past start keeps its grid";
    EXPECT_EQ(dues("R/PT1H/2026-01-01T02:30:00Z", "2026-01-01T00:00:00Z", 9), (Texts{"2026-01-01T01:00", "2026-01-01T02:00"}));
    EXPECT_FALSE(first_firing(spec(TimerKind::cycle, "R3/2025-01-01T00:00:00Z/PT1H"), at("2026-01-01T00:00:00Z"), {})) << "all three are over";
}

TEST(Rule18, LateFiringsDoNotMoveTheGrid) {
    const auto cycle = spec(TimerKind::cycle, "R5/PT10H");
    const auto made = first_firing(cycle, at("2026-01-01T00:00:00Z"), {}).value();
    const auto woken = at("2026-01-02T01:00:00Z");  // 25 hours: two firings were missed
    const auto once = fire(cycle, made, woken, Misfire::once, {}).value();
    EXPECT_TRUE(once.fires);
    EXPECT_EQ(to_iso(once.next->due), "2026-01-02T06:00:00.000Z");
    EXPECT_EQ(once.next->left, 2) << "what was skipped counts";
    const auto skip = fire(cycle, made, woken, Misfire::skip, {}).value();
    EXPECT_FALSE(skip.fires);
    EXPECT_EQ(skip.next, once.next);
    const auto all = fire(cycle, made, woken, Misfire::all, {}).value();
    EXPECT_TRUE(all.fires);
    EXPECT_EQ(to_iso(all.next->due), "2026-01-01T20:00:00.000Z") << "due at once, one after the other";
    const auto late = fire(cycle, made, at("2026-01-01T15:00:00Z"), Misfire::skip, {}).value();
    EXPECT_TRUE(late.fires) << "late, but nothing was missed";
    EXPECT_EQ(to_iso(late.next->due), "2026-01-01T20:00:00.000Z");
    const auto over = fire(cycle, made, at("2027-01-01T00:00:00Z"), Misfire::once, {}).value();
    EXPECT_TRUE(over.fires);
    EXPECT_FALSE(over.next);
}

TEST(Cron, ReadsBothDialects) {
    EXPECT_EQ(dues("0 0 9 ? * MON-FRI", "2026-11-27T10:00:00Z", 2), (Texts{"2026-11-30T09:00", "2026-12-01T09:00"}));
    EXPECT_EQ(dues("0 9 * * 1-5", "2026-11-27T10:00:00Z", 2), (Texts{"2026-11-30T09:00", "2026-12-01T09:00"})) << "Monday is 1 in a crontab";
    EXPECT_EQ(dues("0 0 9 ? * 2", "2026-11-27T10:00:00Z", 1), (Texts{"2026-11-30T09:00"})) << "and 2 with seconds";
    EXPECT_EQ(dues("0 9 * * 7", "2026-11-27T10:00:00Z", 1), (Texts{"2026-11-29T09:00"}));
    EXPECT_EQ(dues("0 0 0 29 2 ?", "2026-11-27T10:00:00Z", 2), (Texts{"2028-02-29T00:00", "2032-02-29T00:00"}));
    EXPECT_EQ(dues("*/20 8,9 1 JAN *", "2026-11-27T10:00:00Z", 4), (Texts{"2027-01-01T08:00", "2027-01-01T08:20", "2027-01-01T08:40", "2027-01-01T09:00"}));
    EXPECT_EQ(dues("0 0 1 * 0", "2026-11-27T10:00:00Z", 2), (Texts{"2026-11-29T00:00", "2026-12-01T00:00"})) << "either day counts";
    for (const auto* const bad :
         {"", "* *", "60 * * * *", "* * * * * * 2027", "0 0 L * ?", "a * * * *", "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "* * 0 * *"}) {
        EXPECT_FALSE(Cron::parse(bad)) << bad;
    }
    EXPECT_FALSE(first_firing(spec(TimerKind::cycle, "0 0 0 30 2 ?"), at("2026-01-01T00:00:00Z"), {})) << "there is no such day";
}

TEST(Timer, TextsThatAreNoneAreRefused) {
    for (const auto* const bad : {"R3", "R0/PT1S", "R/PT0S", "Rx/PT1S", "R3/PT1S/PT2S", "R3/2026-01-01T00:00:00Z/2026-01-01T00:00:00Z/PT1S", "R-1/PT1S"}) {
        EXPECT_FALSE(parse_timer(TimerKind::cycle, bad)) << bad;
    }
    EXPECT_FALSE(parse_timer(TimerKind::duration, "2026-01-01T00:00:00Z"));
    EXPECT_FALSE(parse_timer(TimerKind::date, std::string(300, 'x')));
}

TEST(Rule15, RetryCyclesGiveTheWaitBeforeEachTry) {
    const auto minute = Milliseconds{60'000};
    EXPECT_EQ(parse_retry_cycle("R3/PT5M"), (std::vector<Milliseconds>{5 * minute, 5 * minute, 5 * minute}));
    EXPECT_EQ(parse_retry_cycle("PT10S, PT1M,PT10M"), (std::vector<Milliseconds>{minute / 6, minute, 10 * minute}));
    EXPECT_EQ(parse_retry_cycle(""), std::vector<Milliseconds>{});
    for (const auto* const bad : {"R/PT5M", "R101/PT5M", "R3", "five", "PT1M,", "R3/PT1M/PT1M"}) {
        EXPECT_FALSE(parse_retry_cycle(bad)) << bad;
    }
}

}  // namespace
}  // namespace slipway::lifecycle
