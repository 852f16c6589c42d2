#include "lifecycle/unary_tests_reader.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "lifecycle/expression_lexer.hpp"

namespace slipway::lifecycle {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

void append_utf8(std::string& text, std::uint32_t code) {
    const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        add(code);
    } else if (code < 0x800) {
        add(0xC0U | (code >> 6U));
        add(0x80U | (code & 0x3FU));
    } else {
        add(0xE0U | (code >> 12U));
        add(0x80U | ((code >> 6U) & 0x3FU));
        add(0x80U | (code & 0x3FU));
    }
}

/// What the escape at `at` (behind its backslash) stands for is appended. @return false for an escape that there is none of.
bool append_escape(std::string& text, std::string_view source, std::size_t& at) {
    constexpr std::string_view kEscapes = R"(ntr"\')";
    constexpr std::string_view kMeanings = "\n\t\r\"\\'";
    if (at == source.size()) {
        return false;
    }
    if (const auto found = kEscapes.find(source[at]); found != std::string_view::npos) {
        text += kMeanings[found];
        ++at;
        return true;
    }
    std::uint32_t code = 0;
    if (source[at] != 'u' || source.size() - at < 5) {
        return false;
    }
    const auto* const begin = source.data() + at + 1;
    const auto read = std::from_chars(begin, begin + 4, code, 16);
    if (read.ptr != begin + 4 || (code >= 0xD800 && code <= 0xDFFF)) {
        return false;
    }
    append_utf8(text, code);
    at += 5;
    return true;
}

}  // namespace

std::optional<std::string> read_feel_text(std::string_view source, std::size_t& at) {
    if (at == source.size() || source[at] != '"') {
        return std::nullopt;
    }
    std::string text;
    for (++at; at < source.size() && source[at] != '"';) {
        if (source[at] != '\\') {
            text += source[at++];
        } else if (!append_escape(text, source, ++at)) {
            return std::nullopt;
        }
    }
    if (at == source.size()) {
        return std::nullopt;
    }
    ++at;
    return text;
}

void UnaryTestsReader::skip_blanks() {
    while (at_ < source_.size() && static_cast<unsigned char>(source_[at_]) <= ' ') {
        ++at_;
    }
}

bool UnaryTestsReader::take(std::string_view sign) {
    skip_blanks();
    if (!source_.substr(at_).starts_with(sign)) {
        return false;
    }
    at_ += sign.size();
    return true;
}

std::optional<std::vector<UnaryTest>> UnaryTestsReader::read(bool& negated) {
    std::vector<UnaryTest> tests;
    negated = take("not");
    if (negated && !take("(")) {
        negated = false;
        at_ = 0;
    }
    if (!list(tests) || (negated && !take(")"))) {
        return std::nullopt;
    }
    skip_blanks();
    return at_ == source_.size() ? std::optional{std::move(tests)} : std::nullopt;
}

bool UnaryTestsReader::list(std::vector<UnaryTest>& tests) {
    do {
        auto one = test();
        if (!one) {
            return false;
        }
        tests.push_back(*std::move(one));
    } while (take(","));
    return true;
}

std::optional<UnaryTest> UnaryTestsReader::test() {
    struct Comparison {
        std::string_view sign;
        UnaryTest::Kind kind;
    };
    // Longer signs before their beginnings.
    constexpr std::array kComparisons{Comparison{"<=", UnaryTest::Kind::less_equal}, Comparison{">=", UnaryTest::Kind::greater_equal},
                                      Comparison{"<", UnaryTest::Kind::less}, Comparison{">", UnaryTest::Kind::greater}};
    skip_blanks();
    if (at_ < source_.size() && (source_[at_] == '[' || source_[at_] == ']' || source_[at_] == '(')) {
        return range();
    }
    UnaryTest result{};
    for (const auto& comparison : kComparisons) {
        if (take(comparison.sign)) {
            result.kind = comparison.kind;
            break;
        }
    }
    auto value = operand();
    if (!value) {
        return std::nullopt;
    }
    result.low = *std::move(value);
    return result;
}

std::optional<UnaryTest> UnaryTestsReader::range() {
    UnaryTest result{.kind = UnaryTest::Kind::range};
    result.with_low = source_[at_++] == '[';
    auto low = operand();
    if (!low || !take("..")) {
        return std::nullopt;
    }
    auto high = operand();
    skip_blanks();
    if (!high || at_ == source_.size() || (source_[at_] != ']' && source_[at_] != '[' && source_[at_] != ')')) {
        return std::nullopt;
    }
    result.with_high = source_[at_++] == ']';
    result.low = *std::move(low);
    result.high = std::move(high);
    return result;
}

std::optional<FeelOperand> UnaryTestsReader::operand() {
    skip_blanks();
    if (at_ == source_.size()) {
        return std::nullopt;
    }
    const char c = source_[at_];
    if (c == '"') {
        auto text = read_feel_text(source_, at_);
        return text ? std::optional<FeelOperand>(json::value(*text)) : std::nullopt;
    }
    if (is_digit(c) || c == '-' || (c == '.' && !source_.substr(at_).starts_with(".."))) {
        return number();
    }
    return begins_name(c) ? word() : std::nullopt;
}

std::optional<FeelOperand> UnaryTestsReader::number() {
    const auto begin = at_;
    at_ += source_[at_] == '-' ? 1U : 0U;
    const auto digits = [this] {
        while (at_ < source_.size() && is_digit(source_[at_])) {
            ++at_;
        }
    };
    digits();
    bool whole = true;
    if (at_ + 1 < source_.size() && source_[at_] == '.' && is_digit(source_[at_ + 1])) {
        whole = false;
        ++at_;
        digits();
    }
    if (at_ < source_.size() && (source_[at_] == 'e' || source_[at_] == 'E')) {
        whole = false;
        ++at_;
        at_ += at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+') ? 1U : 0U;
        digits();
    }
    const auto* const end = source_.data() + at_;
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(source_.data() + begin, end, integer); whole && read.ptr == end && read.ec == std::errc{}) {
        return FeelOperand(json::value(integer));
    }
    double real = 0;
    const auto read = std::from_chars(source_.data() + begin, end, real);
    return read.ptr == end && read.ec == std::errc{} && std::isfinite(real) ? std::optional<FeelOperand>(json::value(real)) : std::nullopt;
}

std::optional<FeelOperand> UnaryTestsReader::word() {
    if (take("date and time(")) {
        return time(false);
    }
    if (take("date(")) {
        return time(true);
    }
    const auto begin = at_;
    while (at_ < source_.size() && (continues_name(source_[at_]) || (source_[at_] == '.' && at_ + 1 < source_.size() && begins_name(source_[at_ + 1])))) {
        ++at_;
    }
    const auto name = source_.substr(begin, at_ - begin);
    if (name == "true" || name == "false" || name == "null") {
        return FeelOperand(name == "null" ? json::value{} : json::value(name == "true"));
    }
    auto path = Expression::parse(name);
    return path ? std::optional<FeelOperand>(*std::move(path)) : std::nullopt;
}

std::optional<FeelOperand> UnaryTestsReader::time(bool day) {
    skip_blanks();
    const auto text = read_feel_text(source_, at_);
    if (!text || !take(")")) {
        return std::nullopt;
    }
    auto time = from_iso(day ? *text + "T00:00:00Z" : *text);
    if (!time && !day) {
        time = from_iso(*text + "Z");
    }
    return time ? std::optional<FeelOperand>(FeelTime{day, *time}) : std::nullopt;
}

}  // namespace slipway::lifecycle
