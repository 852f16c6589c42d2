#include "base/id.hpp"

#include <gtest/gtest.h>
#include <set>

namespace slipway {
namespace {

TEST(Uuid7, IsOrderedAndUniqueEvenWhenTheClockStandsStillOrGoesBack) {
    RandomIds ids;
    std::string last;
    std::set<std::string> seen;
    for (int i = 0; i < 10000; ++i) {
        const auto id = ids.next(from_epoch_ms(4000000000000 - (i > 5000 ? 1000 : 0)));
        EXPECT_LT(last, id);
        EXPECT_TRUE(is_uuid(id));
        EXPECT_EQ(id[14], '7');
        last = id;
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 10000U);
}

TEST(Uuid5, IsTheSameForTheSameName) {
    EXPECT_EQ(name_based_id("modelop/SPARK_RUNTIME/r1"), name_based_id("modelop/SPARK_RUNTIME/r1"));
    EXPECT_NE(name_based_id("a"), name_based_id("b"));
    EXPECT_EQ(name_based_id("a")[14], '5');
}

TEST(Uuid, IsToldFromOtherTexts) {
    EXPECT_TRUE(is_uuid("6B1F8A52-0c77-4d0e-9a35-7ed1432bc816"));
    for (const auto* text : {"", "6b1f8a52-0c77-4d0e-9a35-7ed1432bc81", "6b1f8a520c77-4d0e-9a35-7ed1432bc8166", "zb1f8a52-0c77-4d0e-9a35-7ed1432bc816"}) {
        EXPECT_FALSE(is_uuid(text)) << text;
    }
}

}  // namespace
}  // namespace slipway
