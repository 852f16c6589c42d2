#include "lifecycle/expression_lexer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace slipway::lifecycle {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Longer signs before their beginnings.
constexpr std::array<std::string_view, 22> kSigns{"&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-",
                                                  "*",  "/",  "%",  "?",  ":",  "(",  ")", "[", "]", ".", ","};

struct Refusal {
    std::string_view sign;
    std::string_view advice;
};
constexpr std::array kRefusals{
    Refusal{"${", "an expression inside an expression is not read: write the name itself"},
    Refusal{"#{", "an expression inside an expression is not read: write the name itself"},
    Refusal{"->", "there are no lambdas: do this in a worker"},
    Refusal{"=", "nothing is assigned here: compare with =="},
    Refusal{"&", "write && or and"},
    Refusal{"|", "write || or or"},
    Refusal{";", "one expression is one value: use an output parameter for each further one"},
    Refusal{"{", "lists and maps are not written here: use camunda:list or camunda:map"},
};

}  // namespace

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool continues_name(char c) {
    return begins_name(c) || is_digit(c);
}

Outcome<Lexeme> Lexer::next() {
    while (at_ < source_.size() && (source_[at_] == ' ' || source_[at_] == '\t' || source_[at_] == '\n' || source_[at_] == '\r')) {
        ++at_;
    }
    if (at_ == source_.size()) {
        return Lexeme{.at = at_};
    }
    const char c = source_[at_];
    if (is_digit(c)) {
        return number();
    }
    if (c == '"' || c == '\'') {
        return string();
    }
    if (!begins_name(c) || source_.substr(at_).starts_with("${")) {
        return sign();
    }
    Lexeme token{.kind = Lexeme::Kind::word, .at = at_};
    while (at_ < source_.size() && continues_name(source_[at_])) {
        ++at_;
    }
    token.text = source_.substr(token.at, at_ - token.at);
    return token;
}

Outcome<Lexeme> Lexer::number() {
    Lexeme token{.kind = Lexeme::Kind::number, .at = at_};
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
        auto exponent = at_ + 1;
        exponent += exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-') ? 1U : 0U;
        if (exponent < source_.size() && is_digit(source_[exponent])) {
            whole = false;
            at_ = exponent;
            digits();
        }
    }
    if (at_ < source_.size() && continues_name(source_[at_])) {
        return flaw(token.at, "a number ends in a letter: put a text between quotes");
    }
    token.text = source_.substr(token.at, at_ - token.at);
    const auto* const end = token.text.data() + token.text.size();
    std::int64_t integer = 0;
    double real = 0;
    const auto read = whole ? std::from_chars(token.text.data(), end, integer) : std::from_chars(token.text.data(), end, real);
    if (read.ec != std::errc{} || read.ptr != end) {
        return flaw(token.at, fmt::format("the number {} is too large or too small", token.text.substr(0, 40)));
    }
    token.number = whole ? json::value(integer) : json::value(real);
    return token;
}

Outcome<Lexeme> Lexer::string() {
    Lexeme token{.kind = Lexeme::Kind::string, .at = at_};
    const char quote = source_[at_++];
    while (at_ < source_.size() && source_[at_] != quote) {
        if (source_[at_] == '\\') {
            ++at_;
            if (at_ == source_.size() || (source_[at_] != '\\' && source_[at_] != '"' && source_[at_] != '\'')) {
                return flaw(at_ - 1, R"(a backslash in a text stands only before \, " and ')");
            }
        }
        token.text += source_[at_++];
    }
    if (at_ == source_.size()) {
        return flaw(token.at, "the text that begins here has no closing quote");
    }
    ++at_;
    return token;
}

Outcome<Lexeme> Lexer::sign() {
    const auto rest = source_.substr(at_);
    for (const auto& refusal : kRefusals) {
        if (rest.starts_with(refusal.sign) && !rest.starts_with("==") && !rest.starts_with("&&") && !rest.starts_with("||")) {
            return flaw(at_, std::string{refusal.advice});
        }
    }
    for (const auto sign : kSigns) {
        if (rest.starts_with(sign)) {
            Lexeme token{.kind = Lexeme::Kind::sign, .at = at_, .text = std::string{sign}};
            at_ += sign.size();
            return token;
        }
    }
    const auto c = static_cast<unsigned char>(rest[0]);
    return flaw(at_,
                c > 0x20 && c < 0x7F ? fmt::format("\"{}\" has no meaning in an expression", rest[0]) : "a control character has no meaning in an expression");
}

}  // namespace slipway::lifecycle
