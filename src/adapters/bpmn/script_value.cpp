#include "adapters/bpmn/script_value.hpp"

namespace slipway::bpmn {

std::size_t behind_text(std::string_view source, std::size_t at) {
    const char quote = source[at];
    for (++at; at < source.size(); ++at) {
        if (source[at] == '\\') {
            ++at;
        } else if (source[at] == quote) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

std::size_t behind_bracket(std::string_view source, std::size_t at) {
    std::size_t depth = 0;
    while (at < source.size()) {
        const char c = source[at];
        if (c == '"' || c == '\'') {
            at = behind_text(source, at);
            continue;
        }
        if (c == '(' || c == '[' || c == '{') {
            ++depth;
        } else if ((c == ')' || c == ']' || c == '}') && --depth == 0) {
            return at + 1;
        }
        ++at;
    }
    return std::string_view::npos;
}

std::vector<std::string_view> split_outside(std::string_view source, char sign) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < source.size();) {
        const char c = source[at];
        if (c == '"' || c == '\'') {
            at = behind_text(source, at);
        } else if (c == '(' || c == '[' || c == '{') {
            at = behind_bracket(source, at);
        } else {
            if (c == sign) {
                parts.push_back(source.substr(begin, at - begin));
                begin = at + 1;
            }
            ++at;
        }
    }
    parts.push_back(source.substr(begin));
    return parts;
}

std::string_view without_blanks(std::string_view source) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto begin = source.find_first_not_of(kBlanks);
    return begin == std::string_view::npos ? std::string_view{} : source.substr(begin, source.find_last_not_of(kBlanks) - begin + 1);
}

std::string without_comments(std::string_view source) {
    std::string result{source};
    for (std::size_t at = 0; at < result.size();) {
        if (result[at] == '"' || result[at] == '\'') {
            at = behind_text(result, at);
            continue;
        }
        const bool line = result.compare(at, 2, "//") == 0;
        if (!line && result.compare(at, 2, "/*") != 0) {
            ++at;
            continue;
        }
        const auto found = result.find(line ? "\n" : "*/", at + (line ? 0 : 2));
        const auto end = found == std::string::npos ? result.size() : found + (line ? 0 : 2);
        for (; at < end; ++at) {
            result[at] = result[at] == '\n' ? '\n' : ' ';
        }
    }
    return result;
}

}  // namespace slipway::bpmn
