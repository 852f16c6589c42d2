#include "apps/config/yaml_tree.hpp"

#include <algorithm>

namespace slipway::config {
namespace {

/// Length of the indentation of a line, with the dashes of list items that are followed by a blank or a tab.
std::size_t indentation(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size()) {
        const bool dash = line[at] == '-' && at + 1 < line.size() && (line[at + 1] == ' ' || line[at + 1] == '\t');
        if (line[at] != ' ' && line[at] != '\t' && !dash) {
            break;
        }
        ++at;
    }
    return at;
}

template <typename F>
void each_line(std::string_view text, const F& use) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1);
        use(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() ? nullptr : &found->value;
}

std::string_view YamlNode::text_of(std::string_view name) const {
    const auto* node = find(name);
    return node != nullptr && node->kind == Kind::scalar ? std::string_view{node->text} : std::string_view{};
}

bool has_tab_indentation(std::string_view text) {
    bool found = false;
    each_line(text, [&](std::string_view line) { found = found || line.substr(0, indentation(line)).contains('\t'); });
    return found;
}

std::string expand_tabs(std::string_view text, std::size_t width) {
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    each_line(text, [&](std::string_view line) {
        const auto length = indentation(line);
        std::size_t column = 0;
        for (const char c : line.substr(0, length)) {
            const std::size_t blanks = c == '\t' ? width - column % width : 0;
            out.append(blanks, ' ');
            if (blanks == 0) {
                out += c;
            }
            column += std::max<std::size_t>(blanks, 1);
        }
        out += line.substr(length);
    });
    return out;
}

}  // namespace slipway::config
