#include "base/loopback.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(Loopback, IsThisVeryHost) {
    for (const auto* host : {"localhost", "models.localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"}) {
        EXPECT_TRUE(is_loopback_name(host)) << host;
    }
    for (const auto* host :
         {"", "127.evil.example", "127.0.0.1.evil.example", "127.0.0", "127", "128.0.0.1", "localhost.example", "notlocalhost", "::2", "0.0.0.0"}) {
        EXPECT_FALSE(is_loopback_name(host)) << host;
    }
    EXPECT_FALSE(is_loopback_name(std::string_view{"127.0.0.1\0.evil.example", 23}));
}

}  // namespace
}  // namespace slipway
