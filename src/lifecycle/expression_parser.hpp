#pragma once

#include <optional>
#include <string_view>

#include "lifecycle/expression_lexer.hpp"
#include "lifecycle/expression_node.hpp"

namespace slipway::lifecycle {

/// Reads one expression: operators by their binding power (Pratt), paths and calls by hand. For one use.
class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view source) : lexer_{source} {}
    using Tree = std::unique_ptr<const Expression::Node>;
    /// @return the tree of the whole source.
    Outcome<Tree> parse();

private:
    using Node = Expression::Node;
    using Trees = std::vector<Tree>;

    Outcome<void> advance();
    bool at_sign(std::string_view sign) const { return token_.kind == Lexeme::Kind::sign && token_.text == sign; }
    bool at_word(std::string_view word) const { return token_.kind == Lexeme::Kind::word && token_.text == word; }
    Outcome<void> expect(std::string_view sign, std::string_view why);
    std::unexpected<Flaw> unexpected_token(std::string_view wanted) const;

    Outcome<Tree> choice();
    Outcome<Tree> binary(int level);
    Outcome<Tree> unary();
    Outcome<Tree> path();
    Outcome<Tree> primary();
    Outcome<Tree> word();
    Outcome<Tree> function(const Lexeme& name);
    Outcome<Tree> context(const Lexeme& root);
    static std::string getter_of(std::string_view root, std::string_view property);
    Outcome<Node::Step> step();
    Outcome<Trees> arguments();

    Lexer lexer_;
    Lexeme token_{};
    std::size_t depth_{0};
};

}  // namespace slipway::lifecycle
