#include "adapters/jira/markup.hpp"

#include <gtest/gtest.h>

#include "tickets/issue_text.hpp"

namespace slipway::jira {
namespace {

using tickets::TextBlock;
using Kind = TextBlock::Kind;

std::vector<TextBlock> many(std::size_t count, std::size_t length) {
    std::vector<TextBlock> blocks{{.kind = Kind::heading, .text = "Evidence"}};
    for (std::size_t i = 0; i < count; ++i) {
        blocks.push_back({.kind = Kind::item, .text = std::to_string(i) + std::string(length, 'x')});
    }
    return blocks;
}

TEST(Markup, WritesDocuments) {
    EXPECT_EQ(
        json::write(to_document({{.kind = Kind::heading, .text = "H"},
                                 {.kind = Kind::paragraph, .text = "P"},
                                 {.kind = Kind::item, .text = "a"},
                                 {.kind = Kind::item, .text = "b", .link = "https://x"}},
                                "")),
        R"({"type":"doc","version":1,"content":[{"type":"heading","content":[{"type":"text","text":"H"}],"attrs":{"level":3}},)"
        R"({"type":"paragraph","content":[{"type":"text","text":"P"}]},{"type":"bulletList","content":[)"
        R"({"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]},)"
        R"({"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b","marks":[{"type":"link","attrs":{"href":"https://x"}}]}]}]}]}]})");
}

TEST(Markup, WritesWikiWithoutMeaningWhatAModelIsCalled) {
    EXPECT_EQ(
        to_wiki(
            {{.kind = Kind::heading, .text = "H"}, {.kind = Kind::item, .text = "[~admin] {code}*b*"}, {.kind = Kind::item, .text = "l", .link = "https://x"}},
            ""),
        "h3. H\n* \\[\\~admin\\] \\{code\\}\\*b\\*\n* [l|https://x]\n");
    EXPECT_EQ(to_wiki("- no list"), "\\- no list");
}

TEST(Markup, IsCutWithALinkToTheRest) {
    const auto blocks = many(400, 200);
    const auto wiki = to_wiki(blocks, "https://models.example.com/tickets/1");
    EXPECT_LE(tickets::utf16_length(wiki), kLongestText);
    EXPECT_GT(tickets::utf16_length(wiki), kLongestText - 400);
    EXPECT_TRUE(wiki.ends_with("The whole evidence: https://models.example.com/tickets/1\n"));
    const auto document = to_document(blocks, "https://models.example.com/tickets/1");
    const auto words = words_of(json::value(document));
    EXPECT_LE(tickets::utf16_length(words), kLongestText);
    EXPECT_NE(words.find("The whole evidence: https://models.example.com/tickets/1"), std::string::npos);
    EXPECT_EQ(words_of(json::value(to_document(many(3, 10), "https://x"))).find("cut"), std::string::npos);
}

TEST(Markup, OneLongValueDoesNotPushOutTheRest) {
    const std::vector<TextBlock> blocks{{.kind = Kind::item, .text = std::string(100'000, 'x')}, {.kind = Kind::item, .text = "decision"}};
    EXPECT_NE(to_wiki(blocks, "").find("decision"), std::string::npos);
}

TEST(Markup, FindsWordsInBothForms) {
    EXPECT_NE(words_of(json::value(to_document("said (slipway-1 closed)"))).find("(slipway-1 closed)"), std::string::npos);
    EXPECT_NE(words_of(json::value(to_wiki("said *so* (slipway-1 late_2)"))).find("(slipway-1 late_2)"), std::string::npos);
}

}  // namespace
}  // namespace slipway::jira
