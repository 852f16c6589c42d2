#include "adapters/bpmn/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace slipway::bpmn {
namespace {

using lifecycle::Binding;
using testing::HasSubstr;

std::string written(const Binding& binding) {
    if (binding.kind == Binding::Kind::text) {
        return binding.text;
    }
    std::string parts;
    for (const auto& [key, part] : binding.parts) {
        parts += fmt::format("{}{}{}", parts.empty() ? "" : ", ", key.empty() ? "" : key + ": ", written(part));
    }
    return binding.kind == Binding::Kind::list ? fmt::format("[{}]", parts) : fmt::format("{{{}}}", parts);
}

/// The assignments of a script, `A = value if condition`, one a line.
std::string read(std::string_view source) {
    const auto script = read_script(source);
    if (!script) {
        return script.error();
    }
    std::string lines;
    for (const auto& one : *script) {
        lines += fmt::format("{}{} = {}{}", lines.empty() ? "" : "\n", one.target, written(one.value), one.condition.empty() ? "" : " if " + one.condition);
    }
    return lines;
}

std::string value(std::string_view source) {
    const auto binding = read_script_value(source);
    return binding ? written(*binding) : binding.error();
}

TEST(Script, SetsVariables) {
    EXPECT_EQ(read("execution.setVariable(\"A\", B.c); execution.setVariable('D', 1)"), "A = ${B.c}\nD = ${1}");
    EXPECT_EQ(read("execution.setVariable(\"A\",\n  B\n)\n\n;;\n/* c */ execution.setVariable(\"D\", null) // e"), "A = ${B}\nD = ${null}");
}

TEST(Script, ReadsBranches) {
    EXPECT_EQ(read("if (A == 1) { execution.setVariable('X', 1)\n execution.setVariable('Y', 2) } else if (B) execution.setVariable('X', 3)\nelse { "
                   "execution.setVariable('X', 4) }"),
              "X = ${1} if (A == 1)\nY = ${2} if (A == 1)\nX = ${3} if (!(A == 1)) && (B)\nX = ${4} if (!(A == 1)) && (!(B))");
    EXPECT_EQ(read("if (A) {\n if (B) { execution.setVariable('X', 1) }\n}\nexecution.setVariable('Y', 2)"), "X = ${1} if (A) && (B)\nY = ${2}");
    EXPECT_EQ(read("if (X == null) { execution.setVariable('X', 1) }"), "X = ${1} if (X == null)");
}

TEST(Script, RefusesABranchThatChangesWhatItAsksFor) {
    EXPECT_THAT(read("if (X == null) { execution.setVariable('X', 1) } else { execution.setVariable('Y', 2) }"),
                HasSubstr("it changes X in an if that asks for X"));
    EXPECT_THAT(read("if (execution.hasVariable('X')) { execution.setVariable('X', 1); execution.setVariable('Y', 2) }"), HasSubstr("it changes X"));
    EXPECT_EQ(read("if (XY == null) { execution.setVariable('X', 1); execution.setVariable('Y', 2) }"), "X = ${1} if (XY == null)\nY = ${2} if (XY == null)");
}

TEST(Script, ReadsValues) {
    EXPECT_EQ(value("\"a ${B} $c.d e\""), "a ${B} ${c.d} e");
    EXPECT_EQ(value("'a ${B} $c'"), "a \\${B} $c");
    EXPECT_EQ(value("\"cost: \\${B} \\n\""), "cost: \\${B} \n");
    EXPECT_EQ(value("\"a \" + B.c + ', ' + (D + 1)"), "a ${B.c}, ${(D + 1)}");
    EXPECT_EQ(value("A + 1"), "${A + 1}");
    EXPECT_EQ(value("return A?.b?.c;"), "${A.b.c}");
    EXPECT_EQ(value("[]"), "[]");
    EXPECT_EQ(value("[:]"), "{}");
    EXPECT_EQ(value("[1, A, 'x', [B]]"), "[${1}, ${A}, x, [${B}]]");
    EXPECT_EQ(value("[a: 1, 'b c': [d: \"e:f\"]]"), "{a: ${1}, b c: {d: e:f}}");
    EXPECT_EQ(value("LIST[0]"), "${LIST[0]}");
    EXPECT_EQ(value("A ? 'x' : 'y'"), "${A ? 'x' : 'y'}");
}

TEST(Script, NamesWhatItDoesNotRead) {
    for (const auto* const source :
         {"println 'x'", "def a = 1", "JOB.status = 'x'", "throw new BpmnError('A')", "execution.removeVariable('A')", "execution.setVariableLocal('A', 1)",
          "for (a in b) { execution.setVariable('A', a) }", "execution.setVariable('A', 1).toString()", "new File('x').text"}) {
        EXPECT_THAT(read(source), HasSubstr("is not read; what is read is execution.setVariable")) << source;
    }
    EXPECT_THAT(read(""), HasSubstr("sets no variable"));
    EXPECT_THAT(read("execution.setVariable(A, 1)"), HasSubstr("the name of a variable as text"));
    EXPECT_THAT(read("execution.setVariable('A')"), HasSubstr("the name of a variable as text"));
    EXPECT_THAT(read("execution.setVariable('A', new Date())"), HasSubstr("Java classes"));
    EXPECT_THAT(read("execution.setVariable('A', b.collect { it })"), HasSubstr("cannot be read"));
    EXPECT_THAT(read("if A { execution.setVariable('A', 1) }"), HasSubstr("is no if"));
    EXPECT_THAT(read("if (a = 1) { execution.setVariable('A', 1) }"), HasSubstr("compare with =="));
    EXPECT_THAT(value("[a: 1, 2]"), HasSubstr("half a list and half a map"));
}

TEST(Script, RefusesWhatDoesNotCloseAndWhatIsTooDeep) {
    for (const auto* const source : {"execution.setVariable('A', (1", "execution.setVariable('A, 1)", "} if (a) {", ")(", "\"", "if (a", "/* a", "'\\"}) {
        EXPECT_FALSE(read_script(source)) << source;
        EXPECT_FALSE(read_script_value(source)) << source;
    }
    std::string ifs;
    std::string lists;
    for (int i = 0; i < 5000; ++i) {
        ifs += "if(a)";
        lists += "[";
    }
    EXPECT_THAT(read(ifs + "execution.setVariable('A', 1)"), HasSubstr("more ifs"));
    EXPECT_THAT(value(lists + std::string(5000, ']')), HasSubstr("too deep"));
    EXPECT_THAT(value(std::string(70'000, 'a')), HasSubstr("longer than"));
}

}  // namespace
}  // namespace slipway::bpmn
