#include "lifecycle/expression.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fakes/fake_names.hpp"

namespace slipway::lifecycle {
namespace {

using fakes::FakeNames;
using testing::HasSubstr;

const FakeNames& names() {
    static const FakeNames kNames{R"({
        "JOB": {"id": "j-1", "jobStatus": "COMPLETE", "name": "mlc-1", "retries": 3, "rows": [{"id": 4}, {"id": 5}], "drift": 0.25, "note": null,
                "members with blanks": 1, "empty": "member"},
        "STORED_MODEL": {"modelMetaData": {"type": "SAGEMAKER", "tags": ["jira", "run_test"]}},
        "HAS_TEST_DATA": true, "ASSETS_OK": false, "MISSING_ASSETS_POLICY": "block", "reviewResult": "APPROVED", "COUNT": 7, "TEXT_NUMBER": "12", "NOTHING": null,
        "BIG": 9007199254740993, "LARGEST": 9223372036854775807, "UNSIGNED": 18446744073709551615, "EMPTY_LIST": [], "EMPTY_OBJECT": {}, "EMPTY_TEXT": "",
        "DOC": "{\"a\": {\"b\": [1, 2.5, \"x\"], \"n\": null, \"t\": true}}", "ÄRGER": "über", "externalTask": {"errorMessage": "boom", "retries": 2},
        "EVIL": "${''.getClass().forName('java.lang.Runtime')}", "MANY": "ü€𝄞"})"};
    return kNames;
}

struct Row {
    std::string_view source;
    std::string_view json;  ///< the value as JSON, or what the message must hold, behind `!`
};
void PrintTo(const Row& row, std::ostream* out) {
    *out << row.source;
}

class Evaluates : public testing::TestWithParam<Row> {};

TEST_P(Evaluates, AsTheTableSays) {
    const auto& [source, wanted] = GetParam();
    const auto expression = Expression::parse(source);
    ASSERT_TRUE(expression) << expression.error().message;
    const auto value = expression->evaluate(names());
    if (wanted.starts_with("!")) {
        ASSERT_FALSE(value) << json::write(*value);
        EXPECT_EQ(value.error().code, ErrorCode::failed_precondition);
        EXPECT_EQ(value.error().reason, "EXPRESSION");
        EXPECT_THAT(value.error().message, HasSubstr(std::string{wanted.substr(1)}));
    } else {
        ASSERT_TRUE(value) << value.error().message;
        EXPECT_EQ(json::write(*value), wanted);
    }
}

INSTANTIATE_TEST_SUITE_P(Values, Evaluates,
                         testing::Values(Row{"1", "1"}, Row{"1.50", "1.5"}, Row{"2e3", "2000.0"}, Row{"true", "true"}, Row{"null", "null"},
                                         Row{R"('say \'hi\' \\ "x"')", R"("say 'hi' \\ \"x\"")"}, Row{R"("a")", R"("a")"}, Row{"COUNT", "7"},
                                         Row{"ÄRGER", R"("über")"}, Row{"NOTHING", "null"}, Row{"UNKNOWN", "!there is no variable UNKNOWN"}));
INSTANTIATE_TEST_SUITE_P(Operators, Evaluates,
                         testing::Values(Row{"1 + 2 * 3 - 4 / 2", "5.0"}, Row{"7 / 2", "3.5"}, Row{"4 / 2", "2.0"}, Row{"7 div 2", "3.5"}, Row{"7 % 4", "3"},
                                         Row{"7.5 mod 2", "1.5"}, Row{"-7 % 4", "-3"}, Row{"10 - 3 - 2", "5"}, Row{"-(2 + 3)", "-5"}, Row{"- -2", "2"},
                                         Row{"-0.5", "-0.5"}, Row{"(1 + 2) * 3", "9"}, Row{"TEXT_NUMBER + 1", "13"},
                                         Row{"1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", "true"}, Row{"1 lt 2 and 2 le 2 and 3 gt 2 and 2 ge 2", "true"},
                                         Row{"1 ne 2 and 1 eq 1", "true"}, Row{"false || false or true", "true"}, Row{"true || UNKNOWN", "true"},
                                         Row{"false && UNKNOWN", "false"}, Row{"true && UNKNOWN", "!UNKNOWN"},
                                         Row{"!ASSETS_OK && MISSING_ASSETS_POLICY == 'block'", "true"}, Row{"not true || true", "true"},
                                         Row{"!(1 == 0)", "true"}, Row{"COUNT > 5 ? 'many' : COUNT > 2 ? 'some' : 'few'", R"("many")"},
                                         Row{"true ? 1 : UNKNOWN", "1"}, Row{"1 == 1 == true", "true"}, Row{"2 > 1 == true", "true"}));
INSTANTIATE_TEST_SUITE_P(Equality, Evaluates,
                         testing::Values(Row{"1 == 1.0", "true"}, Row{"COUNT == '7'", "true"}, Row{"'7.0' == COUNT", "true"},
                                         Row{"'seven' == COUNT", "!no number"}, Row{"'true' == HAS_TEST_DATA", "true"},
                                         Row{"'maybe' == true", "!true or false"}, Row{"null == NOTHING", "true"}, Row{"'' == null", "false"},
                                         Row{"0 == null", "false"}, Row{"false == null", "false"}, Row{"'a' == 'A'", "false"},
                                         Row{"JOB.rows == JOB.rows", "true"}, Row{"JOB == 'j-1'", "!compare their members"},
                                         Row{"BIG == 9007199254740992.0", "false"}, Row{"LARGEST == UNSIGNED", "false"}, Row{"LARGEST < UNSIGNED", "true"},
                                         Row{"BIG > 9007199254740992.0", "true"}, Row{"'' == 0", "!no number"}, Row{"'NaN' == 0", "!no number"}));
INSTANTIATE_TEST_SUITE_P(Order, Evaluates,
                         testing::Values(Row{"'10' < '9'", "true"}, Row{"'10' < 9", "false"}, Row{"NOTHING < 1", "!null is neither"},
                                         Row{"!(JOB.missing < 0.5)", "!null is neither"}, Row{"JOB < 1", "!an object"}, Row{"true < false", "!true or false"}));
INSTANTIATE_TEST_SUITE_P(Arithmetic, Evaluates,
                         testing::Values(Row{"LARGEST + 1", "!64 bits"}, Row{"-LARGEST - 2", "!64 bits"}, Row{"LARGEST * 2", "!64 bits"},
                                         Row{"-LARGEST - 1", "-9223372036854775808"}, Row{"(-LARGEST - 1) % -1", "0"}, Row{"1 / 0", "!divides by zero"},
                                         Row{"1 % 0", "!divides by zero"}, Row{"1e308 * 10", "!too large"}, Row{"NOTHING + 1", "!not null"},
                                         Row{"'a' + 'b'", "!texts are joined as in"}, Row{"'x' * 2", "!no number"}, Row{"UNSIGNED - 1", "!63 bits"}));
INSTANTIATE_TEST_SUITE_P(Empty, Evaluates,
                         testing::Values(Row{"empty NOTHING", "true"}, Row{"empty EMPTY_TEXT", "true"}, Row{"empty EMPTY_LIST", "true"},
                                         Row{"empty EMPTY_OBJECT", "true"}, Row{"empty 0", "false"}, Row{"not empty JOB", "true"},
                                         Row{"empty UNKNOWN", "!UNKNOWN"}, Row{"empty JOB.missing", "true"}));
INSTANTIATE_TEST_SUITE_P(Paths, Evaluates,
                         testing::Values(Row{"JOB.rows[1].id", "5"}, Row{"JOB['rows'][0]['id']", "4"}, Row{"JOB['members with blanks']", "1"},
                                         Row{"JOB.empty", R"("member")"}, Row{"JOB.rows['1'].id", "5"}, Row{"JOB.rows[2]", "null"}, Row{"JOB.rows[-1]", "null"},
                                         Row{"JOB.missing", "null"}, Row{"JOB.missing.deeper[3].still", "null"},
                                         Row{"JOB.id.length", "!a text has no member length"}, Row{"JOB.rows[0.5]", "!integer"},
                                         Row{"COUNT[0]", "!a number has no [ ]"}, Row{"JOB.rows.id", "!a list has no member id"}));
INSTANTIATE_TEST_SUITE_P(
    Methods, Evaluates,
    testing::Values(Row{"STORED_MODEL.modelMetaData.type.toString() == 'SAGEMAKER'", "true"}, Row{"COUNT.toString()", R"("7")"},
                    Row{"JOB.rows.toString()", R"("[{\"id\":4},{\"id\":5}]")"}, Row{"'Ab'.equals('Ab')", "true"}, Row{"'Ab'.equals(1)", "false"},
                    Row{"1.0.equals(1)", "true"}, Row{"'Ab'.equalsIgnoreCase('aB')", "true"}, Row{"'abc'.contains('b')", "true"},
                    Row{"'abc'.startsWith('b')", "false"}, Row{"'abc'.endsWith('c')", "true"}, Row{"''.isEmpty()", "true"}, Row{"'abc'.length()", "3"},
                    Row{"MANY.length()", "4"}, Row{"' a '.trim()", R"("a")"}, Row{"'aB'.toLowerCase()", R"("ab")"}, Row{"'aB'.toUpperCase()", R"("AB")"},
                    Row{"JOB.rows.size()", "2"}, Row{"JOB.rows.get(1).id", "5"}, Row{"JOB.rows.get(2)", "!below 2"},
                    Row{"STORED_MODEL.modelMetaData.tags.contains('jira')", "true"}, Row{"EMPTY_LIST.isEmpty()", "true"}, Row{"JOB.get('id')", R"("j-1")"},
                    Row{"JOB.get('none')", "null"}, Row{"JOB.containsKey('note')", "true"}, Row{"JOB.size()", "!an object has no size()"},
                    Row{"COUNT.length()", "!a number has no length()"}, Row{"NOTHING.toString()", "!asked of null"}, Row{"'a'.contains(1)", "!takes a text"},
                    Row{"execution.getVariable('COUNT') + 1", "8"}, Row{"execution.getVariable('NONE')", "null"}, Row{"execution.hasVariable('COUNT')", "true"},
                    Row{"execution.hasVariable('NONE')", "false"}, Row{"execution.getVariable(1)", "!is a text"},
                    Row{"execution.getProcessInstanceId()", R"("instance-1")"}, Row{"execution.getProcessBusinessKey()", R"("snapshot-7")"},
                    Row{"execution.getVariable('JOB').id", R"("j-1")"}, Row{"externalTask.getErrorMessage()", R"("boom")"},
                    Row{"execution.processBusinessKey", R"("snapshot-7")"}, Row{"execution.processInstanceId", R"("instance-1")"},
                    Row{"externalTask.retries", "2"}, Row{"externalTask.getErrorDetails() == null", "true"}, Row{"externalTask.getRetries()", "2"},
                    Row{"now()", R"("2026-11-25T19:00:04.123Z")"}, Row{"dateTime() == now()", "true"}));
INSTANTIATE_TEST_SUITE_P(Spin, Evaluates,
                         testing::Values(Row{"S(DOC).prop('a').prop('b').elements().get(1).numberValue()", "2.5"},
                                         Row{"S(JOB).prop('id').stringValue()", R"("j-1")"}, Row{"JOB.prop('retries').value()", "3"},
                                         Row{"S(DOC).prop('a').prop('t').boolValue()", "true"}, Row{"S(DOC).prop('a').prop('n').isNull()", "true"},
                                         Row{"S(DOC).hasProp('z')", "false"}, Row{"S(DOC).prop('z')", "!there is no member z"},
                                         Row{"S(DOC).prop('a').value()", "!an object has no value()"},
                                         Row{"S(DOC).prop('a').stringValue()", "!an object has no stringValue()"}, Row{"S('no json')", "!no JSON"},
                                         Row{"S(null)", "!no JSON"}, Row{"JOB.prop('id').numberValue()", "!a text has no numberValue()"}));
INSTANTIATE_TEST_SUITE_P(ValuesAreNeverRead, Evaluates,
                         testing::Values(Row{"EVIL", R"("${''.getClass().forName('java.lang.Runtime')}")"},
                                         Row{"execution.getVariable('EVIL').length()", "45"}));

class Refuses : public testing::TestWithParam<Row> {};

TEST_P(Refuses, AndSaysWhatToUse) {
    const auto& [source, wanted] = GetParam();
    const auto expression = Expression::parse(source);
    ASSERT_FALSE(expression);
    EXPECT_EQ(expression.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(expression.error().reason, "EXPRESSION");
    EXPECT_THAT(expression.error().message, HasSubstr(std::string{wanted}));
}

INSTANTIATE_TEST_SUITE_P(Reflection, Refuses,
                         testing::Values(Row{"''.getClass().forName('java.lang.Runtime')", "Java classes"}, Row{"x.class.forName('y')", "Java classes"},
                                         Row{"new java.io.File('x')", "Java classes"}, Row{"x instanceof String", "an operator or the end"},
                                         Row{"T(java.lang.Runtime)", "no function T()"}, Row{"java.lang.Math.max(1, 2)", "do anything else in a worker"},
                                         Row{"JOB.getJobStatus()", "write .jobStatus"}, Row{"JOB.jobStatus.name()", "the value itself is its name"},
                                         Row{"'a'.replace('a', 'b')", "do anything else in a worker"}));
INSTANTIATE_TEST_SUITE_P(Syntax, Refuses,
                         testing::Values(Row{"", "it is empty"}, Row{"  ", "it is empty"}, Row{"a = 1", "compare with =="}, Row{"x -> x", "no lambdas"},
                                         Row{"a; b", "one value"}, Row{"'${a}' + ${b}", "an expression inside an expression"},
                                         Row{"#{a}", "an expression inside an expression"}, Row{"a & b", "&&"}, Row{"{1, 2}", "camunda:list"},
                                         Row{"a b", "an operator or the end"}, Row{"1 +", "it ends where"}, Row{"(1", "the ) of a ("},
                                         Row{"a[1", "the ] of a ["}, Row{"a ? b", "the : of a ?"}, Row{"a.", "the name of a member"},
                                         Row{"'abc", "no closing quote"}, Row{R"('a\n')", "backslash"}, Row{"12ab", "ends in a letter"},
                                         Row{"9223372036854775808", "too large"}, Row{"1e999", "too large"}, Row{"a @ b", "no meaning"},
                                         Row{"and", "a value, a variable"}, Row{"execution", "execution has only getVariable()"},
                                         Row{"execution.setVariable('A', 1)", "execution has only"}, Row{"execution['x']", "execution has only"},
                                         Row{"externalTask.complete()", "externalTask has only"}, Row{"execution.getVariable()", "takes 1"},
                                         Row{"'a'.length(1)", "takes 0"}, Row{"a.size(", "it ends where"}, Row{"JSON(x)", "S(x)"},
                                         Row{"a.get(1,)", "a value, a variable"}, Row{std::string_view{"a\0b", 3}, "control character"}));

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

TEST(Expression, IsBoundedInLengthAndDepth) {
    EXPECT_TRUE(Expression::parse(repeated("1+", 2047) + "1"));
    EXPECT_FALSE(Expression::parse(repeated("1+", 2048) + "1"));
    EXPECT_TRUE(Expression::parse(repeated("(", 63) + "1" + repeated(")", 63)));
    for (const auto* const deep : {"(", "!", "-", "a[", "S(", "true?", "empty "}) {
        const auto refused = Expression::parse(repeated(deep, 600) + "1");
        ASSERT_FALSE(refused) << deep;
        EXPECT_THAT(refused.error().message, HasSubstr("nested more than 64 deep"));
        EXPECT_LT(refused.error().message.size(), 400U);
    }
}

TEST(Expression, LongChainsNeedNoStack) {
    EXPECT_EQ(Expression::parse(repeated("1+", 2000) + "1")->evaluate(names())->as_int64(), 2001);
    EXPECT_TRUE(Expression::parse("JOB" + repeated(".a", 2000))->evaluate(names())->is_null());
}

TEST(Expression, HasFuelAndNoLargeResults) {
    json::object variables;
    variables["LARGE"] = std::string(2U << 20, 'x');
    json::array list;
    for (int i = 0; i < 200'000; ++i) {
        list.emplace_back(i);
    }
    variables["LIST"] = std::move(list);
    const FakeNames large{std::move(variables)};
    const auto failure = [&](std::string_view source) {
        const auto value = Expression::parse(source)->evaluate(large);
        return value ? std::string{"a value"} : value.error().message;
    };
    EXPECT_THAT(failure("LARGE"), HasSubstr("larger than"));
    EXPECT_THAT(failure("LIST"), HasSubstr("larger than"));
    EXPECT_THAT(failure("LIST.toString()"), HasSubstr("larger than"));
    EXPECT_THAT(failure("LIST == LIST"), HasSubstr("more than 10000 steps"));
    EXPECT_THAT(failure("S(LARGE)"), HasSubstr("reads at most"));
    EXPECT_EQ(failure("LARGE.length() + LIST.size()"), "a value");
    EXPECT_THAT(failure(repeated("LARGE.trim().length()+", 180) + "1"), HasSubstr("more than 10000 steps"));
}

TEST(Expression, AnArgumentCostsAsItsReceiver) {
    const FakeNames large{json::object{{"A", std::string(4U << 20, 'a')}, {"B", std::string(2U << 20, 'a') + "b"}, {"ZEROS", std::string(2000, '0') + "1"}}};
    const auto failure = [&](std::string_view source) {
        const auto value = Expression::parse(source)->evaluate(large);
        return value ? std::string{"a value"} : value.error().message;
    };
    EXPECT_EQ(failure("'a'.contains(B) || 'a'.startsWith(B) || 'a'.endsWith(B)"), "a value");
    for (const auto* const call : {"'a'.contains(B)||", "'a'.startsWith(B)||", "'a'.endsWith(B)||", "'a'.equals(B)||", "B < A||"}) {
        EXPECT_THAT(failure(repeated(call, 10) + "false"), HasSubstr("more than 10000 steps")) << call;
    }
    EXPECT_THAT(failure("ZEROS + 1"), HasSubstr("is no number"));
}

TEST(Expression, AConditionIsTrueOrFalse) {
    EXPECT_TRUE(*Expression::parse("reviewResult == \"APPROVED\"")->test(names()));
    EXPECT_FALSE(*Expression::parse("1 == 0")->test(names()));
    for (const auto* const source : {"'true'", "1", "NOTHING"}) {
        const auto wrong = Expression::parse(source)->test(names());
        ASSERT_FALSE(wrong) << source;
        EXPECT_THAT(wrong.error().message, HasSubstr("a condition must be true or false"));
    }
}

TEST(Expression, AMessageNamesTheExpressionAndThePlace) {
    EXPECT_EQ(Expression::parse("JOB.id = 1").error().message,
              R"(The expression "JOB.id = 1" cannot be read at character 8: nothing is assigned here: compare with ==.)");
}

TEST(Expression, AMessageNeverCutsACharacterInHalf) {
    for (const auto* const lead : {"", "x", "xy"}) {
        const auto message = Expression::parse(lead + repeated("ä", 100) + " '").error().message;
        EXPECT_TRUE(json::parse('"' + message.substr(16, message.find("…") - 16) + '"')) << message;
    }
}

TEST(Template, AnExpressionAloneKeepsItsType) {
    EXPECT_EQ(json::write(*Template::parse("${JOB.rows}")->evaluate(names())), R"([{"id":4},{"id":5}])");
    EXPECT_EQ(json::write(*Template::parse("#{COUNT}")->evaluate(names())), "7");
    EXPECT_EQ(json::write(*Template::parse("7")->evaluate(names())), R"("7")");
    EXPECT_EQ(json::write(*Template::parse("")->evaluate(names())), R"("")");
}

TEST(Template, JoinsTextAndValues) {
    const auto joined = Template::parse("job ${JOB.id}: ${COUNT} of #{JOB.drift}, ${HAS_TEST_DATA}${NOTHING} ${JOB.rows} \\${x} $ # {y} ${'}'}");
    ASSERT_TRUE(joined) << joined.error().message;
    EXPECT_EQ(*joined->text(names()), R"(job j-1: 7 of 0.25, true [{"id":4},{"id":5}] ${x} $ # {y} })");
    EXPECT_FALSE(joined->constant());
    EXPECT_TRUE(Template::parse("plain")->constant());
}

TEST(Template, NeverReadsWhatItMade) {
    EXPECT_EQ(*Template::parse("<${EVIL}>")->text(names()), "<${''.getClass().forName('java.lang.Runtime')}>");
}

TEST(Template, RefusesWhatIsOpenAndWhatGrows) {
    EXPECT_THAT(Template::parse("a ${b").error().message, HasSubstr("has no }"));
    EXPECT_THAT(Template::parse("${'}").error().message, HasSubstr("has no }"));
    EXPECT_THAT(Template::parse("${}").error().message, HasSubstr("it is empty"));
    EXPECT_THAT(Template::parse(std::string((1U << 20) + 1, 'x')).error().message, HasSubstr("at most"));
    EXPECT_THAT(Template::parse(repeated("${1}", 10'001))->text(names()).error().message, HasSubstr("more than 10000 steps"));
    const FakeNames large{json::object{{"L", std::string(600'000, 'x')}}};
    EXPECT_THAT(Template::parse("${L}${L}")->text(large).error().message, HasSubstr("becomes larger"));
}

}  // namespace
}  // namespace slipway::lifecycle
