#include "apps/cli/output.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "apps/cli/yaml_writer.hpp"
#include "apps/config/yaml_tree.hpp"

namespace slipway::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        widest = std::max(widest, columns_of(std::string_view{text}.substr(at, end - at)));
        at = end + 1;
    }
    return widest;
}

TEST(TableTest, FitsTheTerminalByShorteningWhatMayBe) {
    const std::string id(36, 'i');
    const std::vector<std::vector<std::string>> rows{{std::string(60, 'n'), std::string(30, 'g'), id}, {"short", "g", id}};
    const auto text = layout({"NAME", "GROUP", "ID"}, rows, {false, false, true}, 80);
    EXPECT_EQ(widest_line(text), 80U);
    EXPECT_THAT(text, HasSubstr(id));
    EXPECT_THAT(text, HasSubstr("n…"));
    EXPECT_EQ(widest_line(layout({"NAME", "GROUP", "ID"}, rows, {false, false, true}, 0)), 60U + 2 + 30 + 2 + 36);
}

TEST(TableTest, CountsWideAndCombiningCharacters) {
    EXPECT_EQ(columns_of("欺詐"), 4U);
    EXPECT_EQ(columns_of("e\xCC\x81"), 1U);
    EXPECT_EQ(columns_of("ü"), 1U);
    EXPECT_EQ(shortened("欺詐模型", 5), "欺詐…");
    EXPECT_EQ(shortened("abc", 3), "abc");
    const auto text = layout({"A", "B"}, {{"欺詐", "x"}, {"abcd", "y"}}, {false, false}, 0);
    EXPECT_EQ(text, "A     B\n欺詐  x\nabcd  y\n");
}

TEST(TableTest, NamesCannotSteerTheTerminal) {
    const json::object model{{"name",
                              "a\x1b]0;owned\x07\x1b[2J\nb\xC2\x9B"
                              "31m\xE2\x80\xAE"}};
    const auto cell = cell_of(model, Column{"NAME", "/name"}, Timestamp{});
    EXPECT_EQ(cell, "a]0;owned[2J b31m");
}

TEST(TableTest, PointersAndTheirAlternatives) {
    const json::object job{{"model", {{"name", "n"}}}, {"inputData", {{{"fileUrl", "s3://x"}}}}, {"empty", nullptr}, {"list", {"a", "b"}}, {"ms", 65000}};
    const auto at = [&](std::string_view pointers, Show show = Show::text) { return cell_of(job, Column{"", pointers, show}, Timestamp{}); };
    EXPECT_EQ(at("/model/other/name|/model/name"), "n");
    EXPECT_EQ(at("/inputData/0/fileUrl"), "s3://x");
    EXPECT_EQ(at("/empty"), "");
    EXPECT_EQ(at("/model/name/deeper"), "");
    EXPECT_EQ(at("/list", Show::list), "a b");
    EXPECT_EQ(at("/list", Show::count), "2");
    EXPECT_EQ(at("/ms", Show::duration), "1 min 5 s");
    for (const auto& [ms, text] : std::vector<std::pair<std::int64_t, std::string>>{
             {420, "420 ms"}, {1000, "1 s"}, {59600, "1 min"}, {134000, "2 min 14 s"}, {3780000, "1 h 3 min"}, {7200000, "2 h"}, {180000000, "2 d 2 h"}}) {
        EXPECT_EQ(cell_of({{"ms", ms}}, Column{"", "/ms", Show::duration}, Timestamp{}), text) << "as the page says it";
    }
}

TEST(TableTest, MembersOfAnObjectInOneLine) {
    const json::object runtime{{"cluster", json::object{{"manager", "standalone"}, {"cores", 4}}}};
    EXPECT_EQ(cell_of(runtime, Column{"CLUSTER", "/cluster", Show::members}, Timestamp{}), "manager standalone, cores 4");
}

TEST(TableTest, ARuntimeHasItsMasterAndItsDeployMode) {
    const json::object runtime{{"cluster", json::object{{"manager", "yarn"}, {"master", "yarn"}, {"deployMode", "cluster"}}}};
    std::map<std::string_view, std::string> rows;
    for (const auto& column : resource_of("runtime").details) {
        rows[column.title] = cell_of(runtime, column, Timestamp{});
    }
    EXPECT_EQ(rows["MASTER"], "yarn");
    EXPECT_EQ(rows["DEPLOY MODE"], "cluster");
}

TEST(TableTest, TheCommandOfAJobCanBePasted) {
    const auto& details = resource_of("job").details;
    const auto command = std::ranges::find(details, "COMMAND", &Column::title);
    ASSERT_NE(command, details.end());
    const json::object job{{"effectiveCommand", {"spark-submit", "--name", "churn 01a2", "--conf", "a=b,c", "it's", "", "k=$HOME", "é"}}};
    EXPECT_EQ(cell_of(job, *command, Timestamp{}), R"(spark-submit --name 'churn 01a2' --conf a=b,c 'it'\''s' '' 'k=$HOME' é)");
}

TEST(TableTest, RelativeTimes) {
    const auto now = from_epoch_ms(1795633204123);
    EXPECT_EQ(relative_time(now, now), "just now");
    EXPECT_EQ(relative_time(now - std::chrono::seconds{75}, now), "75 s ago");
    EXPECT_EQ(relative_time(now - std::chrono::hours{3}, now), "3 h ago");
    EXPECT_EQ(relative_time(now - std::chrono::days{3}, now), "3 d ago");
    EXPECT_EQ(relative_time(now + std::chrono::minutes{30}, now), "in 30 min");
    EXPECT_EQ(relative_time(now - std::chrono::days{400}, now), "2025-10-21");
}

TEST(ErrorTest, WhatCannotRunOfAFileIsToldByElementAndOnce) {
    const Error refused{.code = ErrorCode::invalid_argument,
                        .reason = "NOT_RUNNABLE",
                        .message = "The file cannot run here, for 2 reasons. The first: \"A\", line 61, EXPRESSION: no x. Use instead: what is there.",
                        .faults = {{"A", "what is there", "line 61, EXPRESSION: no x"}, {"B", "a time", "line 70, TIMER: a timer has no time"}}};
    const auto told = render_error(refused, Format::table);
    EXPECT_EQ(told, "slipway: " + refused.message + "\n  B, line 70, TIMER: a timer has no time. Use instead: a time.\n");
}

TEST(YamlWriterTest, WhatIsWrittenReadsBackTheSame) {
    const json::object document{{"plain", "abc"},
                                {"yes", "yes"},
                                {"number", "1"},
                                {"empty", ""},
                                {"null", nullptr},
                                {"true", true},
                                {"colon", "a: b #c"},
                                {"lines", "a\nb\t\"c\""},
                                {"none", json::array{}},
                                {"nothing", json::object{}},
                                {"nested", {{{"a", 1}, {"b", {1, 2}}}, "x", {{"c", *json::parse(R"([["d"]])")}}}}};
    const auto text = to_yaml(document);
    const auto read = config::read_yaml(text);
    ASSERT_TRUE(read.faults.empty()) << read.faults[0].message << "\n" << text;
    EXPECT_EQ(read.root.text_of("plain"), "abc");
    EXPECT_TRUE(read.root.find("yes")->quoted);
    EXPECT_TRUE(read.root.find("number")->quoted);
    EXPECT_EQ(read.root.text_of("colon"), "a: b #c");
    EXPECT_EQ(read.root.text_of("lines"), "a\nb\t\"c\"");
    EXPECT_EQ(read.root.find("null")->kind, config::YamlNode::Kind::null);
    EXPECT_EQ(read.root.find("none")->kind, config::YamlNode::Kind::list);
    const auto& nested = *read.root.find("nested");
    ASSERT_EQ(nested.items.size(), 3U);
    EXPECT_EQ(nested.items[0].find("b")->items[1].text, "2");
    EXPECT_EQ(nested.items[2].find("c")->items[0].items[0].text, "d");
}

TEST(YamlWriterTest, PrettyJson) {
    EXPECT_EQ(to_pretty_json(json::object{{"a", {1, 2}}, {"b", json::object{}}, {"c", 1.5}}),
              "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": 1.5\n}\n");
}

}  // namespace
}  // namespace slipway::cli
