#include "lifecycle/decision.hpp"

#include <gmock/gmock.h>
#include <limits>

#include "fakes/fake_names.hpp"

namespace slipway::lifecycle {
namespace {

using fakes::FakeNames;
using testing::HasSubstr;

/// The comparator of cases/README.md number 4.
DecisionTable comparator(HitPolicy policy = HitPolicy::collect) {
    return {.id = "cmp",
            .name = "cmp",
            .hit_policy = policy,
            .inputs = {{.name = "", .expression = "Response Time", .type = "double"}, {.name = "", .expression = "drift_max-KS", .type = "double"}},
            .outputs = {{.name = "passes", .expression = "", .type = "boolean"}, {.name = "reason", .expression = "", .type = "string"}},
            .rules = {{.id = "r1", .inputs = {"<240", "[0.05..1]"}, .outputs = {"true", "\"fast, calm\""}},
                      {.id = "r2", .inputs = {"]240..500[", ""}, .outputs = {"false", "\"slow\""}}}};
}

DecisionTable scores(HitPolicy policy) {
    return {.id = "scores",
            .name = "",
            .hit_policy = policy,
            .inputs = {{.name = "score", .expression = "score", .type = "number"}},
            .outputs = {{.name = "points", .expression = "", .type = "integer"}},
            .rules = {{.id = "", .inputs = {"> 0"}, .outputs = {"3"}},
                      {.id = "", .inputs = {"> 10"}, .outputs = {"1"}},
                      {.id = "", .inputs = {"> 20"}, .outputs = {"1 + 1"}}}};
}

/// What a table answers, as JSON; of an error its message.
std::string decide(DecisionTable table, const Names& names) {
    const auto decision = Decision::compile(std::move(table));
    if (!decision) {
        return decision.error().message;
    }
    const auto answers = decision->evaluate(names);
    if (!answers) {
        EXPECT_EQ(answers.error().code, ErrorCode::failed_precondition);
        EXPECT_EQ(answers.error().reason, "DECISION");
        return answers.error().message;
    }
    json::array all;
    for (const auto& answer : *answers) {
        all.emplace_back(answer);
    }
    return json::write(all);
}

TEST(Decision, LooksNamesUpAsWritten) {
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": 239, "drift_max-KS": 0.5})"}), R"([{"passes":true,"reason":"fast, calm"}])");
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": 241, "drift_max-KS": 0.5})"}), R"([{"passes":false,"reason":"slow"}])");
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": 239, "drift_max": 2, "KS": 1.5})"}), "[]");
}

TEST(Decision, AllItsCellsTogetherHaveOneFuel) {
    json::array list;
    for (int i = 0; i < 100'000; ++i) {
        list.emplace_back(i);
    }
    const FakeNames names{json::object{{"LIST", std::move(list)}}};
    auto table = scores(HitPolicy::collect);
    table.rules.assign(50, {.id = {}, .inputs = {"LIST.contains(-1)"}, .outputs = {"1"}});
    table.inputs[0].expression.clear();
    EXPECT_EQ(decide(table, names), "[]");
    table.rules.assign(65, table.rules[0]);
    const auto refused = Decision::compile(table)->evaluate(names);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("more than 500000 steps"));
}

TEST(Decision, NoRuleIsNoAnswer) {
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": 240, "drift_max-KS": 0.5})"}), "[]");
    EXPECT_EQ(decide(comparator(), FakeNames{}), "[]");
    EXPECT_EQ(decide(scores(HitPolicy::collect_sum), FakeNames{}), "[]");
    EXPECT_EQ(decide(scores(HitPolicy::collect_count), FakeNames{}), "[]");
}

TEST(Decision, WhatIsAbsentOrNoNumberPassesOnlyTheDash) {
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": 300})"}), R"([{"passes":false,"reason":"slow"}])");
    FakeNames names{R"({"Response Time": 100})"};
    for (const json::value& none :
         {json::value("NaN"), json::value("-Infinity"), json::value("inf"), json::value(std::numeric_limits<double>::quiet_NaN()), json::value{}}) {
        names.variables()["drift_max-KS"] = none;
        EXPECT_EQ(decide(comparator(), names), "[]");
    }
}

TEST(Decision, ReadsInputsAsTheirColumnSays) {
    EXPECT_EQ(decide(comparator(), FakeNames{R"({"Response Time": "239", "drift_max-KS": "0.5"})"}), R"([{"passes":true,"reason":"fast, calm"}])");
    EXPECT_THAT(decide(comparator(), FakeNames{R"({"Response Time": "n/a"})"}), HasSubstr("the input \"Response Time\" is a text, where a number must stand"));
}

TEST(Decision, TakesPathsAndComputedInputs) {
    auto table = scores(HitPolicy::first);
    table.inputs[0].expression = "RESULT.metrics[0].score";
    EXPECT_EQ(decide(table, FakeNames{R"({"RESULT": {"metrics": [{"score": 15}]}})"}), R"([{"points":3}])");
    EXPECT_EQ(decide(table, FakeNames{R"({"RESULT.metrics[0].score": -1, "RESULT": {"metrics": [{"score": 15}]}})"}), "[]");
    EXPECT_EQ(decide(table, FakeNames{}), "[]");
    table.inputs[0].expression = "${A * 2}";
    EXPECT_EQ(decide(table, FakeNames{R"({"A": 1})"}), R"([{"points":3}])");
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("there is no variable A"));
}

TEST(Decision, HitPolicies) {
    const FakeNames high{R"({"score": 25})"};
    const FakeNames low{R"({"score": 5})"};
    EXPECT_EQ(decide(scores(HitPolicy::unique), low), R"([{"points":3}])");
    EXPECT_THAT(decide(scores(HitPolicy::unique), high), HasSubstr("rule 1 and rule 2 match both"));
    EXPECT_EQ(decide(scores(HitPolicy::first), high), R"([{"points":3}])");
    EXPECT_EQ(decide(scores(HitPolicy::collect), high), R"([{"points":3},{"points":1},{"points":2}])");
    EXPECT_EQ(decide(scores(HitPolicy::rule_order), high), R"([{"points":3},{"points":1},{"points":2}])");
    EXPECT_EQ(decide(scores(HitPolicy::collect_sum), high), R"([{"points":6}])");
    EXPECT_EQ(decide(scores(HitPolicy::collect_min), high), R"([{"points":1}])");
    EXPECT_EQ(decide(scores(HitPolicy::collect_max), high), R"([{"points":3}])");
    EXPECT_EQ(decide(scores(HitPolicy::collect_count), high), R"([{"points":3}])");
    EXPECT_THAT(decide(scores(HitPolicy::any), high), HasSubstr("rule 1 and rule 2 match both and answer differently"));
    auto agreeing = scores(HitPolicy::any);
    agreeing.rules[1].outputs[0] = agreeing.rules[2].outputs[0] = "3";
    EXPECT_EQ(decide(agreeing, high), R"([{"points":3}])");
}

TEST(Decision, ConditionsSeeTheirColumnAndTheVariables) {
    auto table = scores(HitPolicy::first);
    table.inputs[0].variable = "s";
    table.rules = {{.id = "", .inputs = {"${cellInput > OTHER && s < 100}"}, .outputs = {"OTHER"}}};
    EXPECT_EQ(decide(table, FakeNames{R"({"score": 25, "OTHER": 4})"}), R"([{"points":4}])");
    EXPECT_EQ(decide(table, FakeNames{R"({"OTHER": 4})"}), "[]");
    EXPECT_THAT(decide(table, FakeNames{R"({"score": 25})"}), HasSubstr("rule 1, column 1 (\"score\"): The expression \"cellInput > OTHER"));
    table.inputs[0].expression.clear();
    table.rules[0].inputs[0] = "OTHER > 3";
    EXPECT_EQ(decide(table, FakeNames{R"({"OTHER": 4})"}), R"([{"points":4}])");
}

TEST(Decision, AnswersAreOfTheirColumnsType) {
    auto table = scores(HitPolicy::first);
    table.rules = {{.id = "odd", .inputs = {"-"}, .outputs = {"score"}}};
    EXPECT_EQ(decide(table, FakeNames{R"({"score": 4.0})"}), R"([{"points":4}])");
    EXPECT_THAT(decide(table, FakeNames{R"({"score": 4.5})"}), HasSubstr("rule 1 (\"odd\") answers \"points\" with 4.5, where an integer must stand"));
    table.rules[0].outputs[0] = "";
    EXPECT_EQ(decide(table, FakeNames{}), R"([{"points":null}])");
    table.hit_policy = HitPolicy::collect_sum;
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("with null, where a number must stand"));
}

TEST(Decision, NamesTheCellThatItCannotRead) {
    auto table = comparator();
    table.rules[1].inputs[0] = "]240..500";
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("Decision \"cmp\": rule 2 (\"r2\"), column 1 (\"Response Time\"): it is neither a unary test"));
    table = comparator();
    table.rules[0].outputs[1] = "fast, calm";
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("rule 1 (\"r1\"), column 4 (\"reason\")"));
    table = comparator();
    table.rules[0].inputs.pop_back();
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("has not one cell for each column"));
    table = comparator();
    table.inputs[0].expression.clear();
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("the column has no input to test"));
    table = comparator();
    table.outputs[1].name = "passes";
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("two outputs have the name"));
    EXPECT_THAT(decide(comparator(HitPolicy::collect_max), FakeNames{}), HasSubstr("has one output"));
    table.outputs.clear();
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("no output"));
}

TEST(Decision, IsBounded) {
    auto table = scores(HitPolicy::first);
    table.rules.assign(10'001, table.rules[0]);
    EXPECT_THAT(decide(table, FakeNames{}), HasSubstr("more than 10000 rules"));
}

}  // namespace
}  // namespace slipway::lifecycle
