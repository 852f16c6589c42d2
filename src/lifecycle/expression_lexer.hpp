#pragma once

#include <string>
#include <string_view>

#include "lifecycle/expression_node.hpp"

namespace slipway::lifecycle {

/// One word of an expression.
struct Lexeme {
    enum class Kind : std::uint8_t { end, number, string, word, sign };
    Kind kind{Kind::end};
    std::size_t at{0};
    std::string text{};  ///< a sign or a word as written, the content of a string
    json::value number{};
};

/// Takes an expression apart, word by word.
class Lexer {
public:
    explicit Lexer(std::string_view source) : source_{source} {}
    /// @return the next token, or what stands there that no expression may hold and what to write instead.
    Outcome<Lexeme> next();

private:
    Outcome<Lexeme> number();
    Outcome<Lexeme> string();
    Outcome<Lexeme> sign();

    std::string_view source_;
    std::size_t at_{0};
};

/// Whether `c` may begin a name; bytes of UTF-8 may.
bool begins_name(char c);
/// Whether `c` may stand inside a name.
bool continues_name(char c);

}  // namespace slipway::lifecycle
