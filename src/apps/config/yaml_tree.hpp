#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace slipway::config {

/// A YAML document as it was written: scalars are texts, members keep their order, everything knows its line.
struct YamlNode {
    enum class Kind { null, scalar, list, map };
    struct Member;

    Kind kind{Kind::null};
    std::string text;    ///< of a scalar
    bool quoted{false};  ///< a scalar in quotes, or a block: never null, never a number
    int line{0};         ///< from 1
    std::vector<YamlNode> items;
    std::vector<Member> members;

    /// Member of that name, or nullptr.
    const YamlNode* find(std::string_view name) const;
    /// Text of a scalar member, or empty.
    std::string_view text_of(std::string_view name) const;
};

/// `name: value` of a mapping, with the line of the name.
struct YamlNode::Member {
    std::string name;
    int line{0};
    YamlNode value;
};

/// Something wrong in a file.
struct YamlFault {
    int line{0};
    std::string message;
    bool operator==(const YamlFault&) const = default;
};

struct YamlDocument {
    YamlNode root;
    std::vector<YamlFault> faults;
};

/// Reads the one document of `text`. Refused, each with its line: what is no YAML, duplicate keys, anchors, aliases, tags, keys that are no
/// texts, a second document, more than 64 levels, more than 1 MiB. Never throws. Tabs must have been expanded (expand_tabs()).
YamlDocument read_yaml(std::string_view text);

/// True when a line is indented with a tab.
bool has_tab_indentation(std::string_view text);
/// Tabs of the indentation (and behind a `-` of it) become blanks up to the next multiple of `width`; all other tabs stay.
std::string expand_tabs(std::string_view text, std::size_t width);

}  // namespace slipway::config
