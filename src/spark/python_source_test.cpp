#include "spark/python_source.hpp"

#include <gtest/gtest.h>

namespace slipway::spark {
namespace {

std::vector<std::pair<std::string, std::string>> marks_of(std::string_view source) {
    const auto read = read_python(source);
    EXPECT_TRUE(read.has_value());
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& marked : read ? read->marked : std::vector<MarkedFunction>{}) {
        out.emplace_back(marked.mark, marked.function);
    }
    return out;
}
using Marks = std::vector<std::pair<std::string, std::string>>;

TEST(PythonSource, FindsMarksAsPeopleWriteThem) {
    EXPECT_EQ(marks_of("# modelop.score\ndef action(a, b, c):\n    pass\n"), (Marks{{"score", "action"}}));
    EXPECT_EQ(marks_of("#modelop.score  \n\n# a comment\n@decorated(1)\ndef s(a):\n pass\n"), (Marks{{"score", "s"}}));
    EXPECT_EQ(marks_of("\xEF\xBB\xBF# modelop.init\r\ndef begin():\r\n\tpass\r\n# modelop.metrics\r\nasync def m(a):\r\n\tpass\r\n"),
              (Marks{{"init", "begin"}, {"metrics", "m"}}));
    EXPECT_EQ(marks_of("# modelop.train\rdef t():\r  pass\r"), (Marks{{"train", "t"}}));
}

TEST(PythonSource, MarksInStringsCountForNothing) {
    EXPECT_EQ(marks_of("'''\n# modelop.score\ndef fake(): pass\n'''\ndef real(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("x = \"# modelop.score\"\ndef real(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("def f():\n    \"\"\"doc\n# modelop.score\n    \"\"\"\ndef g(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("x = [\n# modelop.score\n]\ndef f(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("s = r'\\'  # modelop.score'\ndef f(): pass\n"), (Marks{}));
}

TEST(PythonSource, FormattedStringsHoldPythonOfTheirOwn) {
    const std::string marked = "# modelop.score\ndef f(a): pass\n";
    for (const auto* line : {R"(x = f"{d["it's"]}")", R"(x = f'{d['a']}{{' + rf"{b!r:>{w}}")", R"(x = f"{'#'}")", R"(x = f"{a")", R"(conf = "{it's"; x = "a")",
                             "x = f'''{d['a']}\n# modelop.score\ndef fake(): pass'''", R"(x = f"{f"{f"{1}"}"}")"}) {
        EXPECT_EQ(marks_of(std::string{line} + "\n" + marked), (Marks{{"score", "f"}})) << line;
    }
}

TEST(PythonSource, ACodeLineBetweenTakesTheMarkAway) {
    EXPECT_EQ(marks_of("# modelop.score\nx = 1\ndef f(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("# modelop.score\nclass C:\n    def f(self): pass\ndef g(): pass\n"), (Marks{}));
}

TEST(PythonSource, AMarkedMethodHandsItsMarkToNoFunctionBehindItsClass) {
    EXPECT_EQ(marks_of("class M:\n    # modelop.score\n    @staticmethod\n    def score(a): pass\n\ndef helper(): pass\n"), (Marks{}));
    EXPECT_EQ(marks_of("# modelop.score\n@wrapped(\n  1\n) (2)\ndef f(): pass\n"), (Marks{{"score", "f"}}));
    EXPECT_EQ(marks_of("# modelop.score\n@wrapped(\n  1\n)(2)\ndef f(): pass\n"), (Marks{{"score", "f"}}));
}

TEST(PythonSource, TwoFunctionsOfOneMarkAreBothFound) {
    EXPECT_EQ(marks_of("# modelop.score\ndef a(): pass\n# modelop.score\ndef b(): pass\n"), (Marks{{"score", "a"}, {"score", "b"}}));
}

TEST(PythonSource, NamesTopLevelFunctionsOnly) {
    const auto read = read_python("import os\ndef a(x=(1,\n2)):\n    def inner(): pass\nif True:\n    def b(): pass\nasync def c(): pass\ndefine = 3\n");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->functions, (std::vector<std::string>{"a", "c"}));
}

TEST(PythonSource, SaysWhereItIsNoPython) {
    for (const auto& [source, words] : {std::pair{"x = 'abc\n", "line 1"}, std::pair{"\n\ny = (1,\n", "line 3"}, std::pair{"a = 1\nb = '''never", "line 2"}}) {
        const auto read = read_python(source);
        ASSERT_FALSE(read) << source;
        EXPECT_EQ(read.error().reason, "PYTHON_SYNTAX");
        EXPECT_TRUE(read.error().message.contains(words)) << read.error().message;
    }
    EXPECT_FALSE(read_python(std::string_view{"a\0b", 3}));
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

TEST(PythonSource, NoSourceCostsMoreThanItsSizeOrTheStack) {
    for (const auto& source : {"x = " + repeated("f'{", 60), "x = " + repeated("f'{", 1'000'000) + "1" + repeated("}'", 1'000'000),
                               "x = f'''" + repeated("{ ", 2'500'000), "x = " + repeated("f'''{ ", 100) + repeated("{ ", 1'000'000)}) {
        const auto read = read_python(source);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().reason, "PYTHON_SYNTAX");
    }
}

TEST(PythonSource, StringsInStringsAreReadAsDeepAsPythonReadsThem) {
    const std::string marked = "\n# modelop.score\ndef f(a): pass\n";
    EXPECT_EQ(marks_of("x = " + repeated("f'{", 150) + "1" + repeated("}'", 150) + marked), (Marks{{"score", "f"}}));
    const auto read = read_python("x = " + repeated("f'{", 151) + "1" + repeated("}'", 151) + marked);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().message.contains("150")) << read.error().message;
    const auto fills = repeated("x = f\"{a:'>10}\"\n", 10'000);
    EXPECT_EQ(marks_of(fills + marked), (Marks{{"score", "f"}})) << "a quote that fills is no string";
}

}  // namespace
}  // namespace slipway::spark
