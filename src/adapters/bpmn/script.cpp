#include "adapters/bpmn/script.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <ranges>

#include "adapters/bpmn/script_value.hpp"
#include "base/error.hpp"
#include "base/json_codec.hpp"
#include "lifecycle/expression.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::Assignment;
using lifecycle::Binding;
template <typename T>
using Read = std::expected<T, std::string>;

constexpr std::size_t kMaxScript = 64U << 10;
constexpr std::size_t kMaxNesting = 16;
constexpr std::string_view kReadable = "what is read is execution.setVariable(\"NAME\", value) and if/else around it";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_part(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}
bool is_name(std::string_view text) {
    return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, is_part);
}

std::string shown(std::string_view text) {
    const auto line = without_blanks(text.substr(0, text.find('\n')));
    return fmt::format("\"{}\"", json::utf8_front(line, 80));
}

/// Where the path of names that begins at `at` ends: of `$model.name` in a text.
std::size_t end_of_path(std::string_view source, std::size_t at) {
    while (at < source.size() && (is_part(source[at]) || (source[at] == '.' && at + 1 < source.size() && is_letter(source[at + 1])))) {
        ++at;
    }
    return at;
}

/// Appends what the backslash before `at` makes of what stands there. @return false where it makes nothing.
bool append_escape(std::string& text, std::string_view source, std::size_t at) {
    constexpr std::string_view kEscapes = "ntr\\\"'$";
    constexpr std::string_view kMeanings = "\n\t\r\\\"'$";
    const auto escape = kEscapes.find(source[at]);
    if (escape == std::string_view::npos) {
        return false;
    }
    text += source[at] == '$' && source[at + 1] == '{' ? std::string{"\\$"} : std::string(1, kMeanings[escape]);
    return true;
}

/// The content of a text literal as a template; nothing when `source` is none. Between single quotes `${` stands for itself.
std::optional<std::string> text_literal(std::string_view source) {
    if (source.size() < 2 || (source[0] != '"' && source[0] != '\'') || behind_text(source, 0) != source.size()) {
        return std::nullopt;
    }
    const bool filled = source[0] == '"';
    const auto inside = source.substr(0, source.size() - 1);
    std::string text;
    for (std::size_t at = 1; at < inside.size(); ++at) {
        const bool dollar = source[at] == '$';
        if (source[at] == '\\') {
            if (!append_escape(text, source, ++at)) {
                return std::nullopt;
            }
        } else if (dollar && !filled && source[at + 1] == '{') {
            text += "\\$";
        } else if (dollar && filled && is_letter(source[at + 1])) {
            const auto end = end_of_path(inside, at + 1);
            text += fmt::format("${{{}}}", inside.substr(at + 1, end - at - 1));
            at = end - 1;
        } else {
            text += source[at];
        }
    }
    return text;
}

/// An expression of ours from one of Groovy's: `a?.b` is what `a.b` is here.
Read<std::string> expression(std::string_view source) {
    std::string text;
    for (std::size_t at = 0; at < source.size();) {
        if (source[at] == '"' || source[at] == '\'') {
            const auto end = behind_text(source, at);
            text += source.substr(at, end - at);
            at = end;
        } else {
            at += source.substr(at).starts_with("?.") ? 1U : 0U;
            text += source[at++];
        }
    }
    if (const auto parsed = lifecycle::Expression::parse(text); !parsed) {
        return std::unexpected(parsed.error().message);
    }
    return text;
}

Read<Binding> value(std::string_view source, std::size_t depth);

/// `"a " + B + " c"` as one text.
Read<std::optional<Binding>> joined(std::string_view source) {
    const auto parts = split_outside(source, '+');
    const auto literal = [](std::string_view part) { return text_literal(without_blanks(part)).has_value(); };
    if (std::ranges::none_of(parts, literal)) {
        return std::nullopt;
    }
    Binding result;
    for (const auto part : parts) {
        if (auto text = text_literal(without_blanks(part))) {
            result.text += *text;
            continue;
        }
        SW_TRY(const auto inner, expression(without_blanks(part)));
        result.text += fmt::format("${{{}}}", inner);
    }
    if (const auto parsed = lifecycle::Template::parse(result.text); !parsed) {
        return std::unexpected(parsed.error().message);
    }
    return result;
}

/// `[a, b]`, `[k: v, "l": w]`, `[]` and `[:]`.
Read<Binding> collection(std::string_view inside, std::size_t depth) {
    Binding result{.kind = Binding::Kind::list};
    if (without_blanks(inside) == ":") {
        result.kind = Binding::Kind::map;
        return result;
    }
    if (without_blanks(inside).empty()) {
        return result;
    }
    for (const auto part : split_outside(inside, ',')) {
        const auto pair = split_outside(part, ':');
        const auto key = without_blanks(pair[0]);
        const auto text = text_literal(key);
        const bool entry = pair.size() == 2 && (text || is_name(key));
        if (entry != (result.kind == Binding::Kind::map) && !result.parts.empty()) {
            return std::unexpected(fmt::format("{} is half a list and half a map", shown(inside)));
        }
        result.kind = entry ? Binding::Kind::map : Binding::Kind::list;
        SW_TRY(auto one, value(entry ? pair[1] : part, depth + 1));
        result.parts.emplace_back(entry ? text.value_or(std::string{key}) : std::string{}, std::move(one));
    }
    return result;
}

Read<Binding> value(std::string_view source, std::size_t depth) {
    source = without_blanks(source);
    if (depth > kMaxNesting) {
        return std::unexpected(std::string{"it is nested too deep"});
    }
    if (source.starts_with('[') && behind_bracket(source, 0) == source.size()) {
        return collection(source.substr(1, source.size() - 2), depth);
    }
    SW_TRY(auto text, joined(source));
    if (text) {
        return *std::move(text);
    }
    SW_TRY(const auto inner, expression(source));
    return Binding{.text = fmt::format("${{{}}}", inner)};
}

/// Reads statements. What a condition asks for must not change while its branches run, since each assignment carries its condition.
class Reader {
public:
    explicit Reader(std::string_view source) : source_{source} {}
    Read<std::vector<Assignment>> read();

private:
    Read<void> statements(std::string_view source, const std::string& condition, std::size_t depth);
    Read<std::size_t> branch(std::string_view source, const std::string& condition, std::size_t depth);
    Read<std::size_t> body(std::string_view source, const std::string& condition, std::size_t depth);
    Read<void> assignment(std::string_view statement, const std::string& condition);
    Read<void> check_unchanged(std::size_t first, std::string_view condition) const;

    std::string_view source_;
    std::vector<Assignment> assignments_;
};

std::string both(const std::string& outer, std::string_view inner) {
    return outer.empty() ? fmt::format("({})", inner) : fmt::format("{} && ({})", outer, inner);
}

/// Where a statement ends: at a `;` or a line's end outside of brackets.
std::size_t statement_end(std::string_view source) {
    for (std::size_t at = 0; at < source.size();) {
        const char c = source[at];
        if (c == '"' || c == '\'') {
            at = behind_text(source, at);
        } else if (c == '(' || c == '[' || c == '{') {
            at = behind_bracket(source, at);
        } else if (c == ';' || c == '\n') {
            return at;
        } else {
            ++at;
        }
    }
    return source.size();
}

bool begins_with_word(std::string_view source, std::string_view word) {
    return source.starts_with(word) && (source.size() == word.size() || !is_part(source[word.size()]));
}

Read<std::vector<Assignment>> Reader::read() {
    SW_CHECK(statements(source_, {}, 0));
    if (assignments_.empty()) {
        return std::unexpected(fmt::format("it sets no variable; {}", kReadable));
    }
    return std::move(assignments_);
}

Read<void> Reader::statements(std::string_view source, const std::string& condition, std::size_t depth) {
    if (depth > kMaxNesting) {
        return std::unexpected(std::string{"it is nested too deep"});
    }
    for (source = without_blanks(source); !source.empty(); source = without_blanks(source)) {
        std::size_t end = 0;
        if (source.starts_with(';')) {
            source.remove_prefix(1);
            continue;
        }
        if (begins_with_word(source, "if")) {
            SW_TRY(end, branch(source, condition, depth));
        } else {
            end = statement_end(source);
            SW_CHECK(assignment(without_blanks(source.substr(0, end)), condition));
        }
        source = source.substr(std::min(end, source.size()));
    }
    return {};
}

/// @return behind the whole `if`, its `else` with it.
Read<std::size_t> Reader::branch(std::string_view source, const std::string& condition, std::size_t depth) {
    if (depth > kMaxNesting) {
        return std::unexpected(std::string{"it has more ifs in ifs, or else ifs, than are read"});
    }
    const auto open = source.find_first_not_of(" \t\r\n", 2);
    const auto close = open == std::string_view::npos || source[open] != '(' ? std::string_view::npos : behind_bracket(source, open);
    if (close == std::string_view::npos) {
        return std::unexpected(fmt::format("{} is no if (…)", shown(source)));
    }
    SW_TRY(const auto asked, expression(without_blanks(source.substr(open + 1, close - open - 2))));
    const auto first = assignments_.size();
    SW_TRY(const auto then, body(source.substr(close), both(condition, asked), depth));
    auto end = close + then;
    const auto rest = without_blanks(source.substr(end));
    if (begins_with_word(rest, "else")) {
        const auto behind = static_cast<std::size_t>(rest.data() - source.data()) + 4;
        SW_TRY(const auto otherwise, body(source.substr(behind), both(condition, fmt::format("!({})", asked)), depth));
        end = behind + otherwise;
    }
    SW_CHECK(check_unchanged(first, asked));
    return end;
}

/// `{…}`, another `if` or one statement. @return behind it.
Read<std::size_t> Reader::body(std::string_view source, const std::string& condition, std::size_t depth) {
    const auto begin = std::min(source.find_first_not_of(" \t\r\n"), source.size());
    const auto rest = source.substr(begin);
    if (begins_with_word(rest, "if")) {
        SW_TRY(const auto end, branch(rest, condition, depth + 1));
        return begin + end;
    }
    if (!rest.starts_with('{')) {
        const auto end = statement_end(rest);
        SW_CHECK(assignment(without_blanks(rest.substr(0, end)), condition));
        return begin + end;
    }
    const auto end = behind_bracket(rest, 0);
    SW_CHECK(statements(rest.substr(1, end - 2), condition, depth + 1));
    return begin + end;
}

Read<void> Reader::assignment(std::string_view statement, const std::string& condition) {
    constexpr std::string_view kCall = "execution.setVariable";
    const auto open = statement.find('(');
    if (!statement.starts_with(kCall) || open == std::string_view::npos || without_blanks(statement.substr(0, open)) != kCall ||
        behind_bracket(statement, open) != statement.size()) {
        return std::unexpected(fmt::format("{} is not read; {}", shown(statement), kReadable));
    }
    const auto arguments = split_outside(statement.substr(open + 1, statement.size() - open - 2), ',');
    const auto name = text_literal(without_blanks(arguments[0]));
    if (arguments.size() != 2 || !name || name->empty() || name->contains("${")) {
        return std::unexpected(fmt::format("{} must have the name of a variable as text and one value", shown(statement)));
    }
    SW_TRY(auto assigned, value(arguments[1], 0));
    assignments_.push_back({.target = *name, .value = std::move(assigned), .condition = condition});
    return {};
}

bool mentions(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) {
            return true;
        }
    }
    return false;
}

Read<void> Reader::check_unchanged(std::size_t first, std::string_view condition) const {
    for (std::size_t i = first; i + 1 < assignments_.size(); ++i) {
        if (mentions(condition, assignments_[i].target)) {
            return std::unexpected(
                fmt::format("it changes {0} in an if that asks for {0}: set another variable, or use an exclusive gateway", assignments_[i].target));
        }
    }
    return {};
}

Read<std::string> checked(std::string_view source) {
    if (source.size() > kMaxScript) {
        return std::unexpected(fmt::format("it is longer than {} bytes", kMaxScript));
    }
    auto plain = without_comments(source);
    // Every bracket and text must close: what follows relies on it.
    std::string whole = fmt::format("({})", plain);
    if (behind_bracket(whole, 0) != whole.size()) {
        return std::unexpected(std::string{"a bracket or a text in it does not close"});
    }
    return plain;
}

}  // namespace

std::expected<std::vector<Assignment>, std::string> read_script(std::string_view source) {
    SW_TRY(const auto plain, checked(source));
    return Reader{plain}.read();
}

std::expected<Binding, std::string> read_script_value(std::string_view source) {
    SW_TRY(const auto plain, checked(source));
    auto text = without_blanks(plain);
    if (begins_with_word(text, "return")) {
        text.remove_prefix(6);
    }
    while (text.ends_with(';')) {
        text.remove_suffix(1);
    }
    return value(text, 0);
}

}  // namespace slipway::bpmn
