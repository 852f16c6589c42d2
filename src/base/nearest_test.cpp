#include "base/nearest.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace slipway {
namespace {

TEST(Nearest, IsWhatWasMeantOrNothing) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("KeyFile", "keyfile"), 0U);
    const std::vector<std::string> known{"security", "level", "listen", "log", "job", "model"};
    EXPECT_EQ(nearest("lissten", known), "listen");
    EXPECT_EQ(nearest("modle", known), "model");
    EXPECT_EQ(nearest("foo", known), "");
    EXPECT_EQ(nearest("eureka", known), "");
    EXPECT_EQ(nearest("x", std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace slipway
