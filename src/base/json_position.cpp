#include "base/json_position.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace slipway::json {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Reads the beginning of a document, which is JSON as far as it goes.
class Scan {
public:
    explicit Scan(std::string_view text) {
        for (const char c : text) {
            take(c);
        }
    }

    /// What may come next, before `rest`.
    std::string_view expected(std::string_view rest) const {
        if (in_text_) {
            const auto next = static_cast<unsigned char>(rest.empty() ? '\0' : rest.front());
            return rest.empty()   ? "the closing quote of the text"
                   : next >= 0x80 ? "text in UTF-8"
                   : next < 0x20  ? "a printable character: others are escaped, as \\n and \\t are"
                                  : "an escape of JSON, such as \\n or \\u00e9, both halves of a pair of surrogates";
        }
        const bool in_object = !open_.empty() && open_.back() == '{';
        switch (last_) {
            case '{': return "a member's name in double quotes, or }";
            case '[': return "a value, or ]";
            case ',': return in_object ? "a member's name in double quotes" : "a value";
            case ':':
            case '\0': return "a value";
            case 'n': return "a colon";
            case 'w':
                if (is_whole_word()) {
                    break;
                }
                return "a number, true, false or null as JSON writes them";
            default: break;
        }
        return open_.empty() ? "the end" : in_object ? "a comma, or }" : "a comma, or ]";
    }

private:
    void take(char c) {
        if (in_text_) {
            in_text_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
        } else if (c == '"') {
            const bool names = !open_.empty() && open_.back() == '{' && (last_ == '{' || last_ == ',');
            last_ = names ? 'n' : 'v';
            in_text_ = true;
        } else if (kBlanks.contains(c)) {
            last_ = last_ == 'w' ? 'v' : last_;
        } else if (c == '{' || c == '[') {
            open_.push_back(c);
            last_ = c;
        } else if (c == '}' || c == ']') {
            if (!open_.empty()) {
                open_.pop_back();
            }
            last_ = 'v';
        } else {
            if (last_ != 'w') {
                word_.clear();
            }
            word_ += c;
            last_ = c == ',' || c == ':' ? c : 'w';
        }
    }

    bool is_whole_word() const { return (word_.back() >= '0' && word_.back() <= '9') || word_ == "true" || word_ == "false" || word_ == "null"; }

    std::vector<char> open_;
    std::string word_;
    char last_{'\0'};  ///< `{`, `[`, `,`, `:`, a name (n), a value that has ended (v), a word or number under way (w), or nothing yet
    bool in_text_{false};
    bool escaped_{false};
};

/// The character at the front of `rest` as a person sees it.
std::string shown(std::string_view rest) {
    if (rest.empty()) {
        return "the end";
    }
    const auto first = static_cast<unsigned char>(rest.front());
    if (first < 0x20 || first == 0x7F) {
        return fmt::format("U+{:04X}", first);
    }
    std::size_t length = 1;
    while (first >= 0xC0 && length < std::min<std::size_t>(rest.size(), 4) && is_continuation(rest[length])) {
        ++length;
    }
    const bool whole = first < 0x80 || (first >= 0xC2 && first < 0xF5 && length == (first < 0xE0 ? 2U : first < 0xF0 ? 3U : 4U));
    return whole ? fmt::format("\"{}\"", rest.substr(0, length)) : "a byte that is no UTF-8";
}

}  // namespace

Error malformed(std::string_view text, std::size_t at, std::string expected) {
    const auto head = text.substr(0, std::min(at, text.size()));
    const auto rest = text.substr(head.size());
    const auto line = head.substr(head.rfind('\n') + 1);  // npos + 1 is 0
    const auto column = std::ranges::count_if(line, [](char c) { return !is_continuation(c); }) + 1;
    auto got = fmt::format("{} at line {}, column {}", shown(rest), std::ranges::count(head, '\n') + 1, column);
    if (expected.empty()) {
        expected = Scan{head}.expected(rest);
    }
    auto message = fmt::format("The body is no valid JSON: expected {}, but there is {}.", expected, got);
    return {ErrorCode::invalid_argument, "MALFORMED_JSON", std::move(message), {Fault{"", std::move(expected), std::move(got)}}, {}};
}

}  // namespace slipway::json
