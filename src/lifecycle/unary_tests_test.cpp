#include "lifecycle/unary_tests.hpp"

#include <gmock/gmock.h>
#include <limits>

#include "fakes/fake_names.hpp"

namespace slipway::lifecycle {
namespace {

using testing::HasSubstr;

struct Row {
    std::string_view cell;
    std::string_view input;   ///< JSON; empty: absent
    std::string_view wanted;  ///< `yes`, `no`, or what the message must hold
};
void PrintTo(const Row& row, std::ostream* out) {
    *out << row.cell << " with " << row.input;
}

class Cells : public testing::TestWithParam<Row> {};

TEST_P(Cells, PassAsTheTableSays) {
    const auto& [cell, input, wanted] = GetParam();
    const fakes::FakeNames names{R"({"LIMITS": {"high": 10}, "r2_score": 0.6, "modelMethodology": "Regression"})"};
    const auto tests = UnaryTests::parse(cell);
    ASSERT_TRUE(tests) << tests.error().message;
    const json::value value = input.empty() ? json::value{} : json::parse(input).value();
    const auto passed = tests->matches(input.empty() ? nullptr : &value, names);
    if (wanted == "yes" || wanted == "no") {
        ASSERT_TRUE(passed) << passed.error().message;
        EXPECT_EQ(*passed, wanted == "yes");
    } else {
        ASSERT_FALSE(passed);
        EXPECT_EQ(passed.error().code, ErrorCode::failed_precondition);
        EXPECT_THAT(passed.error().message, HasSubstr(std::string{wanted}));
    }
}

INSTANTIATE_TEST_SUITE_P(Literals, Cells,
                         testing::Values(Row{"-", "5", "yes"}, Row{"", "5", "yes"}, Row{" - ", "", "yes"}, Row{"5", "5", "yes"}, Row{"5", "5.0", "yes"},
                                         Row{"5", "6", "no"}, Row{"-99", "-99", "yes"}, Row{"1e-3", "0.001", "yes"}, Row{".5", "0.5", "yes"},
                                         Row{"\"Red\"", "\"Red\"", "yes"}, Row{"\"Red\"", "\"red\"", "no"},
                                         Row{R"("a \"b\" \u00e9\n")", R"("a \"b\" é\n")", "yes"}, Row{"true", "true", "yes"}, Row{"false", "true", "no"},
                                         Row{"5", "\"5\"", "no"}, Row{"\"true\"", "true", "no"}));
INSTANTIATE_TEST_SUITE_P(Comparisons, Cells,
                         testing::Values(Row{"<240", "239", "yes"}, Row{"< 240", "240", "no"}, Row{"<= 240", "240", "yes"}, Row{"> 0.2", "0.2", "no"},
                                         Row{">= -0.2", "-0.2", "yes"}, Row{"< \"m\"", "\"a\"", "yes"}, Row{"> 1", "\"2\"", "neither less nor greater"},
                                         Row{"> true", "false", "neither less nor greater"}, Row{"> 1", "[2]", "neither less nor greater"}));
INSTANTIATE_TEST_SUITE_P(Ranges, Cells,
                         testing::Values(Row{"[0.05..1]", "0.05", "yes"}, Row{"[0.05..1]", "1", "yes"}, Row{"]240..500[", "240", "no"},
                                         Row{"]240..500[", "240.5", "yes"}, Row{"]240..500[", "500", "no"}, Row{"(1..2)", "1", "no"},
                                         Row{"(1..2)", "1.5", "yes"}, Row{"(1..2]", "2", "yes"}, Row{"[70..90[", "70", "yes"}, Row{"[70..90)", "90", "no"},
                                         Row{"]-99..0.05]", "-98.9", "yes"}, Row{"[\"a\"..\"c\"]", "\"b\"", "yes"}, Row{"[1..LIMITS.high]", "10", "yes"},
                                         Row{"[1..\"x\"]", "10", "neither less nor greater"}));
INSTANTIATE_TEST_SUITE_P(Lists, Cells,
                         testing::Values(Row{"1, 3 ,[5..6]", "3", "yes"}, Row{"1,3,[5..6]", "5.5", "yes"}, Row{"1,3,[5..6]", "4", "no"},
                                         Row{R"("a, b", "c")", "\"a, b\"", "yes"}, Row{"not(1,3)", "2", "yes"}, Row{"not (1, > 2)", "3", "no"},
                                         Row{"not(\"Red\")", "\"Blue\"", "yes"}, Row{"1, null", "null", "yes"}));
INSTANTIATE_TEST_SUITE_P(AbsentAndNull, Cells,
                         testing::Values(Row{"null", "", "no"}, Row{"< 5", "", "no"}, Row{"not(5)", "", "no"}, Row{"not(null)", "", "no"},
                                         Row{"null", "null", "yes"}, Row{"null", "0", "no"}, Row{"-", "null", "yes"}, Row{"< 5", "null", "no"},
                                         Row{"not(5)", "null", "no"}, Row{"not(null)", "null", "no"}, Row{"not(null)", "1", "yes"}));
INSTANTIATE_TEST_SUITE_P(Times, Cells,
                         testing::Values(Row{"< date(\"2026-03-01\")", "\"2026-02-28\"", "yes"}, Row{"date(\"2026-03-01\")", "\"2026-03-01T10:00:00Z\"", "yes"},
                                         Row{"[date(\"2026-03-01\")..date(\"2026-03-31\")]", "\"2026-03-31\"", "yes"},
                                         Row{"> date and time(\"2026-03-01T10:00:00Z\")", "\"2026-03-01T12:30:00+01:00\"", "yes"},
                                         Row{"> date and time(\"2026-03-01T10:00:00\")", "\"2026-03-01T09:59:59\"", "no"},
                                         Row{"> date(\"2026-03-01\")", "\"soon\"", "neither less"}, Row{"date(\"2026-03-01\")", "\"soon\"", "no"}));
INSTANTIATE_TEST_SUITE_P(Conditions, Cells,
                         testing::Values(Row{"modelMethodology.equalsIgnoreCase(\"regression\") && r2_score<0.7", "", "yes"},
                                         Row{"${r2_score > 0.7}", "1", "no"}, Row{"r2_score", "0.6", "yes"}, Row{"LIMITS.high", "9", "no"},
                                         Row{"Red", "\"Red\"", "there is no variable Red"}, Row{"r2_score + 1", "1", "true or false"},
                                         Row{"unknown > 1", "", "there is no variable unknown"}, Row{"not (r2_score > 1) && true", "", "yes"}));

TEST(UnaryTests, NeitherNanNorInfinityPassesAnyTest) {
    const fakes::FakeNames names;
    for (const double number : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        const json::value input(number);
        for (const auto* const cell : {"> 0", "< 0", "[0..1]", "not(5)", "0", "null", "not(null)"}) {
            EXPECT_FALSE(*UnaryTests::parse(cell)->matches(&input, names)) << cell << " " << number;
        }
        EXPECT_TRUE(*UnaryTests::parse("-")->matches(&input, names));
    }
}

TEST(UnaryTests, RefusesWhatItCannotRead) {
    for (const auto* const cell : {"< ", "[1..2", "[1,2]", "1..2", "\"a", "not(1", "1,", "= 5", "!= 5", "date(\"2026-02-31\")", "date(\"x\")", "\"\\q\"",
                                   "12ab", "matches(x, \"y\")", "1 2"}) {
        const auto tests = UnaryTests::parse(cell);
        ASSERT_FALSE(tests) << cell;
        EXPECT_EQ(tests.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(tests.error().reason, "DECISION");
        EXPECT_THAT(tests.error().message, HasSubstr("neither a unary test"));
    }
}

}  // namespace
}  // namespace slipway::lifecycle
