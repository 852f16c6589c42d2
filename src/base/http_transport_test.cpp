#include "base/http_transport.hpp"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(HttpResponse, FindsTheFirstHeaderOfAName) {
    const HttpResponse response{.status = 200, .headers = {{"a", "1"}, {"b", "2"}, {"b", "3"}}, .body = {}};
    EXPECT_EQ(response.header("b"), "2");
    EXPECT_EQ(response.header("c"), "");
}

}  // namespace
}  // namespace slipway
