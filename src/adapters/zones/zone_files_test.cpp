#include "adapters/zones/zone_files.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/zones/zone_file.hpp"

namespace slipway::zones {
namespace {

using namespace std::chrono_literals;

void put(std::string& out, std::int64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
        out += static_cast<char>((static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift)) & 0xFFU);
    }
}

std::string header(int changes, int types) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const int count : {0, 0, 0, changes, types, 4}) {
        put(out, count, 4);
    }
    return out;
}

/// Until 1946-10-07 the clocks of this zone are an hour and a half ahead, then an hour; later its rule counts.
std::string zone_of(const std::string& rule) {
    std::string out = header(0, 1);
    put(out, 0, 4);
    out += std::string(2, '\0') + "LMT";
    out += '\0';
    out += header(1, 2);
    put(out, -733'276'800, 8);
    put(out, 1, 1);
    for (const int offset : {5400, 3600}) {
        put(out, offset, 4);
        out += std::string(2, '\0');
    }
    out += std::string{"LMT\0", 4};
    return out + "\n" + rule + "\n";
}

class ZoneFilesTest : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("slipway_zones_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_ / "Europe");
        write("Europe/Berlin", zone_of("CET-1CEST,M3.5.0,M10.5.0/3"));
        write("Sydney", zone_of("AEST-10AEDT,M10.1.0,M4.1.0/3"));
        write("Tehran", zone_of("<+0330>-3:30"));
        write("Broken", zone_of("CET-1").substr(0, 70));
        std::ofstream{folder_.parent_path() / "slipway_zone_outside"} << zone_of("CET-1");
    }
    void TearDown() override {
        std::filesystem::remove_all(folder_);
        std::filesystem::remove(folder_.parent_path() / "slipway_zone_outside");
    }
    void write(const std::string& name, const std::string& bytes) { std::ofstream{folder_ / name, std::ios::binary} << bytes; }
    std::string local(const std::string& zone, const std::string& time) {
        const auto found = make_zone_files(folder_)->to_local(zone, from_iso(time).value());
        return found ? to_iso(Timestamp{found->time_since_epoch()}) : found.error().reason;
    }
    std::string utc(const std::string& zone, const std::string& wall) {
        const auto found = make_zone_files(folder_)->to_utc(zone, lifecycle::LocalTime{from_iso(wall).value().time_since_epoch()});
        return found ? to_iso(*found) : found.error().reason;
    }

    std::filesystem::path folder_;
};

TEST_F(ZoneFilesTest, ClocksFollowTheRuleOfTheirZone) {
    EXPECT_EQ(local("Europe/Berlin", "2026-03-29T00:59:59Z"), "2026-03-29T01:59:59.000Z");
    EXPECT_EQ(local("Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-29T03:00:00.000Z");
    EXPECT_EQ(local("Europe/Berlin", "2026-10-25T00:59:59Z"), "2026-10-25T02:59:59.000Z");
    EXPECT_EQ(local("Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T02:00:00.000Z");
    EXPECT_EQ(local("Sydney", "2026-01-01T00:00:00Z"), "2026-01-01T11:00:00.000Z");
    EXPECT_EQ(local("Sydney", "2026-07-01T00:00:00Z"), "2026-07-01T10:00:00.000Z");
    EXPECT_EQ(local("Tehran", "2026-07-01T00:00:00.250Z"), "2026-07-01T03:30:00.250Z");
}

TEST_F(ZoneFilesTest, BeforeTheRuleTheChangesOfTheFileCount) {
    EXPECT_EQ(local("Europe/Berlin", "1946-10-06T12:00:00Z"), "1946-10-06T13:30:00.000Z");
}

TEST_F(ZoneFilesTest, OfTwoInstantsTheFirstAndOfNoneTheFirstAfterIsMeant) {
    EXPECT_EQ(utc("Europe/Berlin", "2026-07-01T12:00:00Z"), "2026-07-01T10:00:00.000Z");
    EXPECT_EQ(utc("Europe/Berlin", "2026-10-25T02:30:00Z"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(utc("Europe/Berlin", "2026-03-29T02:30:00Z"), "2026-03-29T01:00:00.000Z");
    EXPECT_EQ(utc("Sydney", "2026-10-04T02:30:00Z"), "2026-10-03T16:00:00.000Z");
    EXPECT_EQ(utc("+02:00", "2026-10-04T02:30:00Z"), "2026-10-04T00:30:00.000Z");
}

TEST_F(ZoneFilesTest, WhatIsNoZoneIsNone) {
    for (const std::string zone : {"Europe/Paris", "Europe", "../slipway_zone_outside", "Broken", "/etc/localtime"}) {
        EXPECT_EQ(local(zone, "2026-01-01T00:00:00Z"), "TIME_ZONE") << zone;
    }
    EXPECT_EQ(local("UTC", "2026-01-01T00:00:00Z"), "2026-01-01T00:00:00.000Z");
}

TEST(YearlyRuleTest, WhatIsNoRuleIsNone) {
    for (const auto* text : {"", "CET", "CET-1CEST", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/999", "<CET-1"}) {
        EXPECT_FALSE(parse_rule(text)) << text;
    }
    EXPECT_EQ(parse_rule("EST5EDT,M3.2.0,M11.1.0")->offset(1'767'225'600), Seconds{-5 * 3600});
}

}  // namespace
}  // namespace slipway::zones
