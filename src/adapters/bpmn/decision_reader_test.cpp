#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

#include "adapters/bpmn/reader.hpp"
#include "fakes/fake_names.hpp"

namespace slipway::bpmn {
namespace {

using lifecycle::HitPolicy;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string comparator() {
    std::ifstream in{fmt::format("{}/tests/data/bpmn/comparator.dmn", SLIPWAY_SOURCE_DIR)};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string table_of(std::string_view attributes, std::string_view content, std::string_view beside = {}) {
    return fmt::format(R"(<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd"><decision id="D">{}
<decisionTable id="T" {}>
{}
</decisionTable></decision></definitions>)",
                       beside, attributes, content);
}

constexpr std::string_view kColumns =
    R"(<input id="i"><inputExpression><text>a</text></inputExpression></input><output id="o" name="b" typeRef="feel:string"/>)";

TEST(DecisionReader, ReadsATableAsPeopleDrawIt) {
    const auto read = read_decisions(comparator());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(read->warnings, IsEmpty());
    ASSERT_THAT(read->decisions, SizeIs(1));
    const auto& table = read->decisions[0];
    EXPECT_EQ(table.id, "limits");
    EXPECT_EQ(table.hit_policy, HitPolicy::collect);
    ASSERT_THAT(table.inputs, SizeIs(3));
    EXPECT_EQ(table.inputs[0].expression, "Response Time");
    EXPECT_EQ(table.inputs[0].name, "how fast");
    EXPECT_EQ(table.inputs[1].type, "double");
    EXPECT_EQ(table.inputs[2].expression, "method");
    const auto decision = lifecycle::Decision::compile(table);
    ASSERT_TRUE(decision) << decision.error().message;
    const auto fast = decision->evaluate(fakes::FakeNames{R"({"Response Time": 239, "drift_max-KS": 0.5})"});
    ASSERT_TRUE(fast) << fast.error().message;
    ASSERT_THAT(*fast, SizeIs(1));
    EXPECT_EQ(json::write((*fast)[0]), R"({"passes":true,"reason":"fast, calm"})");
    const auto slow = decision->evaluate(fakes::FakeNames{R"({"Response Time": 241, "method": "regression", "r2_score": 0.6})"});
    ASSERT_TRUE(slow) << slow.error().message;
    EXPECT_EQ(json::write((*slow)[0]), R"({"passes":false,"reason":"0.6"})");
}

TEST(DecisionReader, KnowsTheHitPolicies) {
    const auto policy = [](std::string_view attributes) {
        const auto read = read_decisions(table_of(attributes, R"(<output id="o" name="b"/>)"));
        return read ? std::optional{read->decisions[0].hit_policy} : std::nullopt;
    };
    EXPECT_EQ(policy(""), HitPolicy::unique);
    EXPECT_EQ(policy("hitPolicy='FIRST'"), HitPolicy::first);
    EXPECT_EQ(policy("hitPolicy='ANY'"), HitPolicy::any);
    EXPECT_EQ(policy("hitPolicy='RULE ORDER'"), HitPolicy::rule_order);
    EXPECT_EQ(policy("hitPolicy='COLLECT' aggregation='MIN'"), HitPolicy::collect_min);
    EXPECT_EQ(policy("hitPolicy='PRIORITY'"), std::nullopt);
    EXPECT_EQ(policy("hitPolicy='FIRST' aggregation='MIN'"), std::nullopt);
}

struct Wrong {
    std::string text;
    std::string_view id;
    std::string_view got;
    std::string_view instead;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.text;
}
class RefusesDecision : public testing::TestWithParam<Wrong> {};

TEST_P(RefusesDecision, WithItsPlace) {
    const auto& [text, id, got, instead] = GetParam();
    const auto read = read_decisions(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(read.error().reason, "DMN");
    ASSERT_THAT(read.error().faults, SizeIs(1));
    EXPECT_EQ(read.error().faults[0].pointer, id);
    EXPECT_THAT(read.error().faults[0].got, HasSubstr(std::string{got}));
    EXPECT_THAT(read.error().faults[0].expected, HasSubstr(std::string{instead}));
}

std::string rule(std::string_view input, std::string_view output) {
    return table_of("", fmt::format("{}<rule id=\"R\">{}{}</rule>", kColumns, input, output));
}

INSTANTIATE_TEST_SUITE_P(
    Files, RefusesDecision,
    testing::Values(Wrong{rule("<inputEntry expressionLanguage='groovy'><text>a.any { it }</text></inputEntry>", "<outputEntry><text>1</text></outputEntry>"),
                          "R", "CELL_LANGUAGE: the groovy cell", "FEEL"},
                    Wrong{rule("<inputEntry expressionLanguage='groovy'><text>&lt; 5</text></inputEntry>", "<outputEntry><text>1</text></outputEntry>"), "R",
                          "CELL_LANGUAGE", "FEEL"},
                    Wrong{rule("<inputEntry><text>[1..2</text></inputEntry>", "<outputEntry><text>1</text></outputEntry>"), "R",
                          "line 3, CELL: the cell \"[1..2\"", "unary test"},
                    Wrong{rule("<inputEntry><text>1</text></inputEntry>", "<outputEntry><text>a b</text></outputEntry>"), "D",
                          "DECISION: Decision \"D\": rule 1 (\"R\"), column 2 (\"b\")", "literals"},
                    Wrong{rule("<inputEntry><text>1</text></inputEntry>", ""), "D", "one cell for each column", "unary"},
                    Wrong{table_of("hitPolicy='PRIORITY'", kColumns), "D", "HIT_POLICY", "COLLECT"},
                    Wrong{table_of("", R"(<output id="o" name="b"><defaultOutputEntry><text>1</text></defaultOutputEntry></output>)"), "D", "DEFAULT_OUTPUT",
                          "FIRST"},
                    Wrong{table_of("", kColumns, "<informationRequirement><requiredDecision href='#x'/></informationRequirement>"), "D", "REQUIRED_DECISION",
                          "business rule task"},
                    Wrong{table_of("", R"(<output id="D" name="b"/>)"), "D", "DUPLICATE_ID", "an id"},
                    Wrong{R"(<definitions xmlns="http://www.omg.org/spec/DMN/20180521/MODEL/"><decision id="D"><literalExpression/></decision></definitions>)",
                          "D", "DECISION_LOGIC", "table"}));

TEST(DecisionReader, WantsADecision) {
    EXPECT_THAT(read_decisions(R"(<definitions xmlns="https://www.omg.org/spec/DMN/20211108/MODEL/"/>)").error().message, HasSubstr("no decision"));
    EXPECT_THAT(read_decisions("<definitions/>").error().message, HasSubstr("no DMN"));
    EXPECT_THAT(read_decisions("<!DOCTYPE x><definitions/>").error().message, HasSubstr("DOCTYPE"));
}

TEST(DecisionReader, NamesWhatDoesNothingHere) {
    const auto read = read_decisions(table_of(
        "", R"(<input id="i"><inputExpression><text>a</text></inputExpression><inputValues><text>"x"</text></inputValues></input><output id="o" name="b"/>)"));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_THAT(read->warnings, SizeIs(1));
    EXPECT_EQ(read->warnings[0].rule, "ALLOWED_VALUES");
}

}  // namespace
}  // namespace slipway::bpmn
