#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include "base/ascii.hpp"

namespace slipway {
namespace {

TEST(Encoding, LeavesTheUnreservedAlone) {
    const std::string_view plain = "abcXYZ019-._~";
    EXPECT_EQ(percent_encode(plain), plain);
    EXPECT_EQ(percent_encode(" +%&=?#/:"), "%20%2B%25%26%3D%3F%23%2F%3A");
    EXPECT_EQ(percent_encode("\xc3\xa9\n"), "%C3%A9%0A");
    EXPECT_EQ(percent_encode(std::string_view{"\0\xff", 2}), "%00%FF");
    EXPECT_EQ(percent_encode_path("/a b/ü?"), "/a%20b/%C3%BC%3F");
    EXPECT_EQ(percent_encode(""), "");
}

TEST(Encoding, WhatIsNoGroupStaysWhenReadLeniently) {
    EXPECT_EQ(percent_decode_lenient("a%20b%2fc%2Fd"), "a b/c/d");
    EXPECT_EQ(percent_decode_lenient("100%"), "100%");
    EXPECT_EQ(percent_decode_lenient("%4"), "%4");
    EXPECT_EQ(percent_decode_lenient("%zz%4g%%41"), "%zz%4g%A");
    EXPECT_EQ(percent_decode_lenient("a+b"), "a+b");
    EXPECT_EQ(percent_decode_lenient("%00"), (std::string{"\0", 1}));
}

TEST(Ascii, SmallLettersWhateverTheLocale) {
    EXPECT_EQ(ascii_lower("AbZ09[`{@"), "abz09[`{@");
    EXPECT_EQ(ascii_lower("\xc3\x89"), "\xc3\x89");
}

}  // namespace
}  // namespace slipway
