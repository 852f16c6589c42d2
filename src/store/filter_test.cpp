#include "store/filter.hpp"

#include <gtest/gtest.h>

namespace slipway::store {
namespace {

using Op = FilterTerm::Op;

void expect_term(const FilterTerm& term, std::string_view field, Op op, std::string_view value) {
    EXPECT_EQ(term.field, field);
    EXPECT_EQ(term.op, op) << field;
    EXPECT_EQ(term.value, value);
}

TEST(Filter, ReadsTheExampleOfTheContract) {
    const auto filter = parse_filter(R"(status:ERROR tag.team=risk updated>7d "free text" -type:PYSPARK name~churn)");
    ASSERT_TRUE(filter);
    ASSERT_EQ(filter->terms.size(), 6U);
    expect_term(filter->terms[0], "status", Op::equal, "ERROR");
    expect_term(filter->terms[1], "tag.team", Op::equal, "risk");
    expect_term(filter->terms[2], "updated", Op::greater, "7d");
    expect_term(filter->terms[3], "", Op::text, "free text");
    expect_term(filter->terms[4], "type", Op::not_equal, "PYSPARK");
    expect_term(filter->terms[5], "name", Op::contains, "churn");
}

TEST(Filter, TellsLongOperatorsFromShortOnes) {
    const auto filter = parse_filter("a<=1 a>=2 a<3 a!=4 a:5");
    ASSERT_TRUE(filter);
    const std::vector<Op> wanted{Op::less_equal, Op::greater_equal, Op::less, Op::not_equal, Op::equal};
    ASSERT_EQ(filter->terms.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(filter->terms[i].op, wanted[i]);
        EXPECT_EQ(filter->terms[i].value.size(), 1U);
    }
}

TEST(Filter, SplitsAlternativesOutsideOfQuotesOnly) {
    const auto filter = parse_filter(R"(state:A,"b, c",D name:"x\"y")");
    ASSERT_TRUE(filter);
    ASSERT_EQ(filter->terms.size(), 2U);
    EXPECT_EQ(filter->terms[0].value, "A");
    EXPECT_EQ(filter->terms[0].alternatives, (std::vector<std::string>{"b, c", "D"}));
    EXPECT_EQ(filter->terms[1].value, "x\"y");
}

TEST(Filter, TakesPlainWordsAndNothing) {
    EXPECT_TRUE(parse_filter("")->empty());
    EXPECT_TRUE(parse_filter("  \t ")->empty());
    const auto filter = parse_filter("churn s3://bucket/key -x");
    ASSERT_TRUE(filter);
    expect_term(filter->terms[0], "", Op::text, "churn");
    expect_term(filter->terms[1], "s3", Op::equal, "//bucket/key");
    expect_term(filter->terms[2], "", Op::text, "-x");
}

TEST(Filter, SaysWhereItIsWrong) {
    const std::string too_many = [] {
        std::string text;
        for (int i = 0; i < 21; ++i) {
            text += "w ";
        }
        return text;
    }();
    for (const auto& text : {std::string{"name:"}, std::string{"name:\"open"}, std::string{"name:a,"}, std::string{"-a>1"}, std::string{"\"a\"b"},
                             std::string{"a\xff"}, std::string{"a\0b", 3}, std::string(1001, 'a'), too_many, std::string{"\xed\xa0\x80"}}) {
        const auto filter = parse_filter(text);
        ASSERT_FALSE(filter) << text;
        EXPECT_EQ(filter.error().code, ErrorCode::invalid_argument);
        ASSERT_EQ(filter.error().faults.size(), 1U);
        EXPECT_EQ(filter.error().faults[0].pointer, "?filter");
    }
    EXPECT_NE(parse_filter("ok name:\"open").error().message.find("character 9"), std::string::npos);
}

}  // namespace
}  // namespace slipway::store
