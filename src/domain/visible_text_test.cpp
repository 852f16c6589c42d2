#include "domain/visible_text.hpp"

#include <gtest/gtest.h>

namespace slipway::domain {
namespace {

using namespace std::string_view_literals;

TEST(VisibleText, ControlCharactersAreShownNotObeyed) {
    EXPECT_EQ(visible_text("a\x1b[31mred\0\x7f\tend"sv, false), "a␛[31mred␀␡\tend");
    EXPECT_EQ(visible_text("one\ntwo\r\nthree\rfour", true), "one\ntwo\nthree\nfour");
    EXPECT_EQ(visible_text("one\ntwo", false), "one␊two");
    EXPECT_EQ(visible_text("x\u202Ey\u0085z", true), "x<U+202E>y<U+0085>z");
    EXPECT_EQ(visible_text("Grüße 漢字 🎉", true), "Grüße 漢字 🎉");
}

TEST(VisibleText, BadBytesAreReplacedOneByOne) {
    EXPECT_EQ(visible_text("a\xff\xc0\xaf z\xed\xa0\x80", true), "a\uFFFD\uFFFD\uFFFD z\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(visible_text("\xe6\xbc", true), "\uFFFD\uFFFD");
}

TEST(VisibleText, ACutCharacterIsNoWholeOne) {
    const std::string_view text = "ab漢";
    EXPECT_EQ(whole_characters(text), 5U);
    EXPECT_EQ(whole_characters(text.substr(0, 4)), 2U);
    EXPECT_EQ(whole_characters(text.substr(0, 3)), 2U);
    EXPECT_EQ(whole_characters(""), 0U);
    EXPECT_EQ(whole_characters("a\x80\x80\x80\x80"), 5U) << "what can never become whole is not waited for";
}

}  // namespace
}  // namespace slipway::domain
