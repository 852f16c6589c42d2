#include "adapters/jira/markup.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "tickets/issue_text.hpp"

namespace slipway::jira {
namespace {

using tickets::TextBlock;
using tickets::utf16_length;
using Kind = TextBlock::Kind;

/// A block may say no more than this: one long value must not push out what comes behind it.
constexpr std::size_t kLongestBlock = 4'000;
constexpr std::size_t kMostDepth = 32;

std::string end_of(const std::string& whole_text) {
    return whole_text.empty() ? "The text was cut here. The whole evidence is on the ticket in Slipway." : "The text was cut here. The whole evidence:";
}

TextBlock shortened(const TextBlock& block) {
    auto out = block;
    if (utf16_length(block.text) > kLongestBlock) {
        out.text = tickets::one_line(block.text, kLongestBlock);
    }
    return out;
}

json::object text_node(std::string_view text, const std::string& link) {
    json::object node{{"type", "text"}, {"text", text}};
    if (!link.empty()) {
        node["marks"] = json::array{json::object{{"type", "link"}, {"attrs", {{"href", link}}}}};
    }
    return node;
}

json::object block_of(std::string_view type, json::object inner) {
    json::array content;
    content.emplace_back(std::move(inner));
    return {{"type", type}, {"content", std::move(content)}};
}

void add_node(json::array& content, const TextBlock& block) {
    auto words = text_node(block.text, block.link);
    if (block.kind == Kind::heading) {
        auto heading = block_of("heading", std::move(words));
        heading["attrs"] = {{"level", 3}};
        content.emplace_back(std::move(heading));
    } else if (block.kind == Kind::paragraph) {
        content.emplace_back(block_of("paragraph", std::move(words)));
    } else {
        auto item = block_of("listItem", block_of("paragraph", std::move(words)));
        auto* last = content.empty() ? nullptr : content.back().if_object();
        if (last != nullptr && json::text_of(*last, "type") == "bulletList") {
            last->at("content").as_array().emplace_back(std::move(item));
        } else {
            content.emplace_back(block_of("bulletList", std::move(item)));
        }
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view{"{}[]*_+^~|!\\"}.contains(c)) {
            out += '\\';
        }
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    // A dash, a number sign or `h1.` means something at the beginning of a line alone.
    return !out.empty() && std::string_view{"-#"}.contains(out.front()) ? "\\" + out : out;
}

std::string line_of(const TextBlock& block) {
    const auto words = escaped(block.text);
    const auto linked = block.link.empty() ? words : fmt::format("[{}|{}]", words, block.link);
    switch (block.kind) {
        case Kind::heading: return "h3. " + linked + "\n";
        case Kind::item: return "* " + linked + "\n";
        case Kind::paragraph: break;
    }
    return linked + "\n\n";
}

/// How many blocks fit into `most` units, and whether all do. `reserve` is kept for the words that tell of the cut.
std::size_t fitting(const std::vector<TextBlock>& blocks, std::size_t most, std::size_t reserve, const std::function<std::size_t(const TextBlock&)>& size) {
    std::size_t used = 0;
    std::size_t within = 0;  // that fit beside the reserve
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        used += size(blocks[i]);
        if (used > most) {
            return within;
        }
        within = used + reserve <= most ? i + 1 : within;
    }
    return blocks.size();
}

void collect_words(const json::value& node, std::string& out, std::size_t depth) {
    if (depth > kMostDepth) {
        return;
    }
    if (const auto* items = node.if_array()) {
        for (const auto& item : *items) {
            collect_words(item, out, depth + 1);
        }
    } else if (const auto* object = node.if_object()) {
        out += json::text_of(*object, "text");
        if (const auto* content = object->if_contains("content")) {
            collect_words(*content, out, depth + 1);
            out += ' ';
        }
    }
}

}  // namespace

json::object to_document(const std::vector<TextBlock>& blocks, const std::string& whole_text, std::size_t most) {
    std::vector<TextBlock> all;
    std::ranges::transform(blocks, std::back_inserter(all), shortened);
    const TextBlock end{.kind = Kind::paragraph, .text = end_of(whole_text) + (whole_text.empty() ? "" : " " + whole_text), .link = whole_text};
    // Each block ends a line, and an item is a paragraph within an item of a list.
    const auto count = fitting(all, most, utf16_length(end.text) + 4, [](const TextBlock& block) { return utf16_length(block.text) + 3; });
    json::array content;
    for (std::size_t i = 0; i < count; ++i) {
        add_node(content, all[i]);
    }
    if (count < all.size()) {
        add_node(content, end);
    }
    return {{"type", "doc"}, {"version", 1}, {"content", std::move(content)}};
}

json::object to_document(std::string_view paragraph) {
    return to_document({{.kind = Kind::paragraph, .text = std::string{paragraph}}}, {});
}

std::string to_wiki(const std::vector<TextBlock>& blocks, const std::string& whole_text, std::size_t most) {
    std::vector<TextBlock> all;
    std::ranges::transform(blocks, std::back_inserter(all), shortened);
    const auto end = end_of(whole_text) + (whole_text.empty() ? "" : " " + whole_text) + "\n";
    const auto count = fitting(all, most, utf16_length(end) + 2, [](const TextBlock& block) { return utf16_length(line_of(block)) + 1; });
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += (all[i].kind == Kind::heading && !out.empty() ? "\n" : "") + line_of(all[i]);
    }
    return count < all.size() ? out + "\n" + end : out;
}

std::string to_wiki(std::string_view paragraph) {
    return escaped(paragraph);
}

std::string words_of(const json::value& text) {
    std::string out;
    if (text.is_string()) {
        for (const char c : text.get_string()) {
            out += c == '\\' ? "" : std::string(1, c);
        }
    } else {
        collect_words(text, out, 0);
    }
    return out;
}

}  // namespace slipway::jira
