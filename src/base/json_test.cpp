#include "base/json.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "base/json_codec.hpp"

namespace slipway {
namespace {

struct Inner {
    std::int64_t count{0};
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (count, extra))

enum class Colour { RED, GREEN };
BOOST_DESCRIBE_ENUM(Colour, RED, GREEN)

struct Outer {
    std::string model_name;
    std::optional<Colour> colour;
    std::vector<Inner> inner_parts;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (model_name, colour, inner_parts))

TEST(JsonParse, KeepsEveryDoubleExactly) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20000; ++i) {
        const double wanted = std::ldexp(static_cast<double>(random() >> 11U), static_cast<int>(random() % 200) - 150);
        const auto once = json::parse(fmt::format("[{:.17g}]", wanted));
        ASSERT_TRUE(once);
        const auto twice = json::parse(json::write(*once));
        ASSERT_TRUE(twice);
        ASSERT_EQ(twice->at(0).to_number<double>(), wanted);
    }
}

TEST(JsonParse, RefusesNumbersThatAreNotFinite) {
    for (const auto* text : {"1e309", "[-1e400]", R"({"a":1e999})"}) {
        const auto result = json::parse(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().reason, "MALFORMED_JSON");
    }
    EXPECT_EQ(json::parse("1e-400")->to_number<double>(), 0.0);
    EXPECT_EQ(json::parse("0E1111")->to_number<double>(), 0.0);
}

TEST(JsonParse, SaysWhereATextBreaksAndWhatWasExpectedThere) {
    struct Case {
        std::string text;
        std::string expected;
        std::string got;
    };
    for (const auto& [text, expected, got] : std::vector<Case>{
             {"", "a value", "the end at line 1, column 1"},
             {"  \n", "a value", "the end at line 2, column 1"},
             {"{\"a\":1,}", "a member's name in double quotes", "\"}\" at line 1, column 8"},
             {"{\n  'a': 1}", "a member's name in double quotes, or }", "\"'\" at line 2, column 3"},
             {"{\"a\":{\"b\" \"c\"}}", "a colon", "\"\"\" at line 1, column 11"},
             {"{\"a\":}", "a value", "\"}\" at line 1, column 6"},
             {"{\"é\":[1 2]}", "a comma, or ]", "\"2\" at line 1, column 9"},
             {"{\"a\":[\"x\",\n\"y\"\n\"z\"]}", "a comma, or ]", "\"\"\" at line 3, column 1"},
             {"[1,]", "a value", "\"]\" at line 1, column 4"},
             {"[", "a value, or ]", "the end at line 1, column 2"},
             {"{\"a\": \"x", "the closing quote of the text", "the end at line 1, column 9"},
             {"{\"a\":1", "a comma, or }", "the end at line 1, column 7"},
             {"{\"a\":1} x", "the end", "\"x\" at line 1, column 9"},
             {"[\"a\tb\"]", "a printable character: others are escaped, as \\n and \\t are", "U+0009 at line 1, column 4"},
             {"[é]", "a value, or ]", "\"é\" at line 1, column 2"},
         }) {
        const auto result = json::parse(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().reason, "MALFORMED_JSON") << text;
        ASSERT_EQ(result.error().faults.size(), 1U) << text;
        EXPECT_EQ(result.error().faults[0].pointer, "") << text;
        EXPECT_EQ(result.error().faults[0].expected, expected) << text;
        EXPECT_EQ(result.error().faults[0].got, got) << text;
        EXPECT_EQ(result.error().message, "The body is no valid JSON: expected " + expected + ", but there is " + got + ".") << text;
    }
    for (const std::string text :
         {"[tru]", "[nul", "[1.]", "[-]", "[1e999]", "[\"\\x\"]", "[\"\\ud800\"]", "[\"\\u12g4\"]", "[\"\xC3\"]", "[01]", "{\"a\\\"b\" 1}"}) {
        const auto result = json::parse(text);
        ASSERT_FALSE(result) << text;
        ASSERT_EQ(result.error().faults.size(), 1U) << text;
        EXPECT_TRUE(result.error().faults[0].got.contains(" at line 1, column ")) << text << result.error().message;
    }
}

TEST(JsonParse, KeepsIntegersOf64Bits) {
    EXPECT_EQ(json::write(*json::parse("[9223372036854775807,-9223372036854775808,18446744073709551615]")),
              "[9223372036854775807,-9223372036854775808,18446744073709551615]");
}

TEST(JsonParse, RoundsNoWholeNumber) {
    for (const auto* text : {R"({"a":{"big":18446744073709551616}})", R"({"a":{"big":-9223372036854775809}})", R"({"a":{"big":12345678901234567890123}})"}) {
        const auto result = json::parse(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().reason, "NUMBER_TOO_LONG");
        ASSERT_EQ(result.error().faults.size(), 1U);
        EXPECT_EQ(result.error().faults[0].pointer, "/a/big");
    }
    EXPECT_EQ(json::parse("[12345678901234567890123.0]")->at(0).to_number<double>(), 12345678901234567890123.0);
}

TEST(JsonParse, NamesADuplicateMemberWithItsPointer) {
    const auto result = json::parse(R"({"jobParameters":{"--conf":"a","--conf":"b"}})");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, "DUPLICATE_MEMBER");
    ASSERT_EQ(result.error().faults.size(), 1U);
    EXPECT_EQ(result.error().faults[0].pointer, "/jobParameters/--conf");
}

TEST(JsonParse, TakesTheSameNameInDifferentObjects) {
    EXPECT_TRUE(json::parse(R"({"a":{"x":1},"b":{"x":1},"x":[{"x":2},{"x":3}]})"));
}

TEST(JsonParse, StopsAtTheDepthLimit) {
    EXPECT_TRUE(json::parse(std::string(64, '[') + std::string(64, ']')));
    EXPECT_FALSE(json::parse(std::string(100000, '[')));
}

TEST(JsonParse, RefusesBadUtf8TrailingTextAndHalfDocuments) {
    for (const std::string text : {"\"\xff\"", "{} x", "{\"a\":", "", "nul", "\"\\ud800\""}) {
        EXPECT_FALSE(json::parse(text)) << text;
    }
}

TEST(JsonWrite, EscapesControlCharacters) {
    EXPECT_EQ(json::write(json::value("a\"\\\n\x01")), R"("a\"\\\n\u0001")");
}

TEST(JsonMerge, IsDeepReplacesArraysAndRemovesByNull) {
    auto target = *json::parse(R"({"m":{"name":"n","tags":["a","b"],"deep":{"x":1,"y":2}}})");
    json::merge_patch(target, *json::parse(R"({"m":{"tags":["c"],"deep":{"x":null,"z":3}}})"));
    EXPECT_EQ(json::write(target), R"({"m":{"name":"n","tags":["c"],"deep":{"y":2,"z":3}}})");
}

TEST(JsonDiff, ListsOnlyChangedLeaves) {
    const auto before = *json::parse(R"({"a":{"b":1,"c":2},"t":["x"],"gone":0})");
    const auto after = *json::parse(R"({"a":{"b":1,"c":3},"t":["x","y"],"new/1":true})");
    EXPECT_EQ(json::write(json::diff(before, after)), R"([{"op":"replace","path":"/a/c","value":3},{"op":"replace","path":"/t","value":["x","y"]},)"
                                                      R"({"op":"remove","path":"/gone"},{"op":"add","path":"/new~11","value":true}])");
}

TEST(JsonCodec, KeepsUnknownMembersWhereTheStructHasAPlaceForThem) {
    const auto text = R"({"modelName":"m","innerParts":[{"count":3,"vendor":{"x":1.5}}]})";
    const auto outer = json::decode<Outer>(*json::parse(text));
    ASSERT_TRUE(outer);
    EXPECT_EQ(json::write(json::encode_object(*outer)), text);
}

TEST(JsonCodec, CutsAShownTextBetweenCharacters) {
    std::string text;
    for (int i = 0; i < 30; ++i) {
        text += "x\u00e9";  // one byte and two: a cut after 40 bytes falls into a character
    }
    const auto shown = json::describe_value(*json::parse("\"" + text + "\""));
    EXPECT_TRUE(json::parse("\"" + shown.substr(6, shown.size() - 7) + "\"")) << shown;
}

TEST(JsonCodec, NamesEveryWrongPlace) {
    const auto outer = json::decode<Outer>(*json::parse(R"({"modelName":7,"colour":"BLUE","innerParts":[{},{"count":"x"}],"nope":1})"));
    ASSERT_FALSE(outer);
    std::vector<std::string> pointers;
    for (const auto& fault : outer.error().faults) {
        pointers.push_back(fault.pointer);
    }
    EXPECT_EQ(pointers, (std::vector<std::string>{"/modelName", "/colour", "/innerParts/1/count", "/nope"}));
    EXPECT_EQ(outer.error().faults[1].expected, "one of RED, GREEN");
}

}  // namespace
}  // namespace slipway
