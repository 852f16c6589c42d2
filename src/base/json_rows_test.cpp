#include "base/json_rows.hpp"

#include <gtest/gtest.h>

namespace slipway::json {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Reads `text` in pieces of `size` bytes.
Result<Rows> read(std::string_view text, std::size_t size, std::vector<std::string> path = {"apps", "app"}) {
    Rows rows;
    RowReader reader{std::move(path), {"id", "state", "count"}, [&](const std::vector<std::string>& row) { rows.push_back(row); }};
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
        if (!reader.add(text.substr(0, size))) {
            break;
        }
    }
    SW_CHECK(reader.finish());
    return rows;
}

TEST(RowReader, ReadsTheSameRowsHoweverTheTextIsCut) {
    constexpr std::string_view kText = R"({"other":[{"id":"no"}],"apps":{"more":{"app":[{"id":"no"}]},"app":[
        {"id":"a1","state":"RUNNING","nested":{"id":"no","list":[{"state":"no"}]},"count":12.5},
        {"state":"\u00e9\n","id":"a2","tags":["id",{"id":"no"}],"count":"12.5"},
        {"id":"a3","count":1795633200123},
        {}]},"app":[{"id":"no"}]} )";
    const Rows expected{{"a1", "RUNNING", ""}, {"a2", "\u00e9\n", "12.5"}, {"a3", "", "1795633200123"}, {"", "", ""}};
    for (std::size_t size = 1; size <= kText.size(); ++size) {
        const auto rows = read(kText, size);
        ASSERT_TRUE(rows) << size;
        EXPECT_EQ(*rows, expected) << size;
    }
}

TEST(RowReader, AnEmptyListIsSpelledInMoreThanOneWay) {
    for (const auto* text :
         {R"({"apps":null})", R"({"apps":{}})", R"({"apps":{"app":[]}})", "{}", R"({"apps":[{"app":[{"id":"no"}]}]})", R"({"apps":{"app":{"id":"no"}}})"}) {
        const auto rows = read(text, 4);
        ASSERT_TRUE(rows) << text;
        EXPECT_TRUE(rows->empty()) << text;
    }
}

TEST(RowReader, AnArrayAtTheFirstLevel) {
    EXPECT_EQ(*read(R"({"a":[{"id":"1"}],"b":[{"id":"2"}]})", 3, {"b"}), (Rows{{"2", "", ""}}));
}

TEST(RowReader, SaysWhenTheAnswerHasAnotherShape) {
    const auto expected = [](std::string_view text) {
        RowReader reader{{"apps", "app"}, {"id"}, [](const std::vector<std::string>&) {}};
        reader.add(text);
        EXPECT_TRUE(reader.finish()) << text;
        return reader.as_expected();
    };
    for (const auto* text :
         {R"({"apps":null})", R"({"apps":{}})", R"({"apps":{"app":[]}})", R"({"x":1,"apps":{"y":[1],"app":[{"id":[1,{}]}]}})", R"({"apps":{"app":null}})"}) {
        EXPECT_TRUE(expected(text)) << text;
    }
    for (const auto* text : {"{}", R"({"x":{"apps":{}}})", R"({"apps":[]})", R"({"apps":"none"})", R"({"apps":{"app":{}}})", R"({"apps":{"app":7}})",
                             R"({"apps":{"app":["a"]}})", R"({"apps":{"app":[null]}})", R"({"apps":{"app":[{},[]]}})"}) {
        EXPECT_FALSE(expected(text)) << text;
    }
}

TEST(RowReader, WhatIsNoWholeObjectIsRefused) {
    for (const auto* text : {"", "  ", "[]", "null", "<html>", R"({"apps":{"app":[{"id":"a")", R"({"apps":)", "{} {}", R"({"id":"\x"})"}) {
        EXPECT_FALSE(read(text, 5)) << text;
    }
}

}  // namespace
}  // namespace slipway::json
