#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(IsoTime, GoesBothWaysInMilliseconds) {
    EXPECT_EQ(to_iso(from_epoch_ms(1795633204123)), "2026-11-25T19:00:04.123Z");
    EXPECT_EQ(to_epoch_ms(*from_iso("2026-11-25T19:00:04.123Z")), 1795633204123);
}

TEST(IsoTime, ReadsOffsetsAndMicroseconds) {
    EXPECT_EQ(to_epoch_ms(*from_iso("2026-11-25T20:00:04.123456+01:00")), 1795633204123);
    EXPECT_EQ(to_epoch_ms(*from_iso("2026-11-25T19:00:04Z")), 1795633204000);
}

TEST(IsoTime, RefusesWhatIsNoTime) {
    for (const auto* text : {"", "2026-02-30T00:00:00Z", "2026-11-25", "2026-11-25T25:00:00Z", "2026-11-25T19:00:04", "2026-11-25T19:00:04.Zx"}) {
        EXPECT_FALSE(from_iso(text)) << text;
    }
}

}  // namespace
}  // namespace slipway
