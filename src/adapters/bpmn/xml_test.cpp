#include "adapters/bpmn/xml.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace slipway::bpmn {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string refusal(std::string_view text) {
    const auto file = XmlFile::parse(text, "BPMN");
    if (file) {
        return "no refusal";
    }
    EXPECT_EQ(file.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(file.error().reason, "BPMN");
    return file.error().message;
}

TEST(Xml, KnowsNamesByTheirNamespace) {
    const auto file = XmlFile::parse(R"(<?xml version="1.0"?>
<a:definitions xmlns:a="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="http://activiti.org/bpmn" name="n &amp; m">
  <process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" x:topic="t" topic="other">
    <inner xmlns="urn:other" xmlns:a="urn:mine"><a:deep/></inner>
  </process>
  <a:text> one <![CDATA[<two>]]> &lt;three&#x3e; </a:text>
</a:definitions>)",
                                     "BPMN");
    ASSERT_TRUE(file) << file.error().message;
    const auto& root = file->root();
    EXPECT_TRUE(root.is(Space::bpmn, "definitions"));
    EXPECT_EQ(root.attribute("name"), "n & m");
    const auto* const process = root.child(Space::bpmn, "process");
    ASSERT_NE(process, nullptr);
    EXPECT_EQ(process->line, 3);
    EXPECT_EQ(process->attribute("topic", Space::camunda), "t");
    EXPECT_EQ(process->attribute("topic"), "other");
    EXPECT_EQ(process->children[0].space, Space::other);
    EXPECT_EQ(process->children[0].children[0].space, Space::other);
    EXPECT_EQ(root.child(Space::bpmn, "text")->text, "one <two> <three>");
}

TEST(Xml, RefusesWhatBringsInOtherThings) {
    EXPECT_THAT(refusal("<!DOCTYPE a><a/>"), HasSubstr("line 1: DOCTYPE"));
    EXPECT_THAT(refusal("\n\n<!doctype a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"), HasSubstr("line 3: DOCTYPE"));
    EXPECT_THAT(refusal("<a><!ENTITY b \"c\"></a>"), HasSubstr("DOCTYPE and ENTITY"));
    EXPECT_THAT(refusal("<a>&b;</a>"), HasSubstr("an entity"));
    EXPECT_THAT(refusal("<a b=\"&c;\"/>"), HasSubstr("an entity"));
    EXPECT_THAT(refusal("<?xml-stylesheet href=\"a.xsl\"?><a/>"), HasSubstr("processing instruction"));
    EXPECT_THAT(refusal("<a xmlns:x=\"http://www.w3.org/2001/XInclude\"><x:include href=\"b\"/></a>"), HasSubstr("XInclude"));
    EXPECT_EQ(refusal("<a><!-- <!DOCTYPE b> --><![CDATA[<!DOCTYPE &c;]]></a>"), "no refusal");
}

TEST(Xml, RefusesWhatIsNoText) {
    EXPECT_THAT(refusal(std::string_view{"<a>\0</a>", 8}), HasSubstr("UTF-8"));
    EXPECT_THAT(refusal("<a>\xC0\x80</a>"), HasSubstr("UTF-8"));
    EXPECT_THAT(refusal("<a>\xED\xA0\x80</a>"), HasSubstr("UTF-8"));
    EXPECT_THAT(refusal(std::string_view{"\xFF\xFE<\0a\0/\0>\0", 10}), HasSubstr("UTF-8"));
    EXPECT_THAT(refusal("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"), HasSubstr("encoding is not UTF-8"));
    EXPECT_THAT(refusal("<a>&#0;</a>"), HasSubstr("by number"));
    EXPECT_THAT(refusal("<a>&#xD800;</a>"), HasSubstr("by number"));
    EXPECT_EQ(refusal("\xEF\xBB\xBF<a>\xF0\x9D\x84\x9E&#x1D11E;</a>"), "no refusal");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
    for (const auto* const text :
         {"", " ", "<a>", "<a></b>", "<a", "a", "<a b/>", "<a b=\"c></a>", "<a><![CDATA[</a>", "<a><!-- </a>", "<a b=\"<\"/>", "<a/><b/>", "<?a"}) {
        EXPECT_THAT(refusal(text), HasSubstr("The file cannot be read")) << text;
    }
    EXPECT_THAT(refusal("<a b=\"1\" b=\"2\"/>"), HasSubstr("stands twice"));
    EXPECT_THAT(refusal("<x:a/>"), HasSubstr("prefix \"x\""));
    EXPECT_THAT(refusal("<a x:b=\"1\"/>"), HasSubstr("prefix \"x\""));
}

std::string nested(std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
        text += "<a>";
    }
    for (std::size_t i = 0; i < depth; ++i) {
        text += "</a>";
    }
    return text;
}

TEST(Xml, ADeclarationEndsWithItsElement) {
    // Programs that write a file in pieces declare what they use on each element.
    std::string text{"<a:r xmlns:a=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">"};
    for (int i = 0; i < 100; ++i) {
        text += "<b:x xmlns:b=\"http://activiti.org/bpmn\" xmlns:a=\"urn:other\"><a:y/></b:x><a:z/>";
    }
    const auto file = XmlFile::parse(text + "</a:r>", "BPMN");
    ASSERT_TRUE(file) << file.error().message;
    for (std::size_t i = 0; i < 200; i += 2) {
        const auto& inside = file->root().children[i];
        ASSERT_TRUE(inside.is(Space::camunda, "x"));
        ASSERT_TRUE(inside.children[0].is(Space::other, "y"));
        ASSERT_TRUE(file->root().children[i + 1].is(Space::bpmn, "z"));
    }
    EXPECT_THAT(refusal("<r><b:x xmlns:b=\"urn:b\"/><b:y/></r>"), HasSubstr("prefix \"b\""));
    EXPECT_THAT(refusal("<r><b:x xmlns:b=\"urn:b\"><b:y b:a=\"1\"/></b:x><z b:a=\"1\"/></r>"), HasSubstr("prefix \"b\""));
}

std::string declaring(int many) {
    std::string text{"\n<r"};
    for (int i = 0; i < many; ++i) {
        text += fmt::format("\txmlns:a{}=''", i);
    }
    return text + "/>";
}

TEST(Xml, AnElementDeclaresFewNamespaces) {
    EXPECT_EQ(refusal(declaring(64)), "no refusal");
    EXPECT_EQ(refusal(declaring(65)), "The file cannot be read: line 2: one element declares more than 64 namespaces.");
    EXPECT_EQ(refusal("<r>" + std::string(100, ' ') + "<a xmlns='urn:a'/>" + declaring(63) + "</r>"), "no refusal");
    std::string values{"<r"};
    for (int i = 0; i < 65; ++i) {
        values += fmt::format(" a{}=' xmlns:b' c{}xmlns=''", i, i);
    }
    EXPECT_EQ(refusal(values + "/>"), "no refusal");
}

TEST(Xml, IsBounded) {
    EXPECT_EQ(refusal(nested(256)), "no refusal");
    EXPECT_THAT(refusal(nested(257)), HasSubstr("more than 256 deep"));
    EXPECT_THAT(refusal(nested(100'000)), HasSubstr("more than 256 deep"));
    EXPECT_THAT(refusal(fmt::format("<a>{}</a>", std::string(8U << 20, 'x'))), HasSubstr("at most"));
    std::string many{"<a>"};
    for (int i = 0; i < 200'001; ++i) {
        many += "<b/>";
    }
    EXPECT_THAT(refusal(many + "</a>"), HasSubstr("more than 100000 elements"));
}

}  // namespace
}  // namespace slipway::bpmn
