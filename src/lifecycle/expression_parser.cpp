#include "lifecycle/expression_parser.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "lifecycle/expression_methods.hpp"

namespace slipway::lifecycle {

namespace {

struct Binary {
    std::string_view sign;
    int level;  ///< how strongly it binds
    Operator op;
};
constexpr std::array kBinary{
    Binary{"||", 0, Operator::either},        Binary{"or", 0, Operator::either},     Binary{"&&", 1, Operator::both},
    Binary{"and", 1, Operator::both},         Binary{"==", 2, Operator::equal},      Binary{"eq", 2, Operator::equal},
    Binary{"!=", 2, Operator::not_equal},     Binary{"ne", 2, Operator::not_equal},  Binary{"<", 3, Operator::less},
    Binary{"lt", 3, Operator::less},          Binary{">", 3, Operator::greater},     Binary{"gt", 3, Operator::greater},
    Binary{"<=", 3, Operator::less_equal},    Binary{"le", 3, Operator::less_equal}, Binary{">=", 3, Operator::greater_equal},
    Binary{"ge", 3, Operator::greater_equal}, Binary{"+", 4, Operator::add},         Binary{"-", 4, Operator::subtract},
    Binary{"*", 5, Operator::multiply},       Binary{"/", 5, Operator::divide},      Binary{"div", 5, Operator::divide},
    Binary{"%", 5, Operator::modulo},         Binary{"mod", 5, Operator::modulo},
};

const Binary* binary_of(const Lexeme& token) {
    if (token.kind != Lexeme::Kind::sign && token.kind != Lexeme::Kind::word) {
        return nullptr;
    }
    const auto* const found = std::ranges::find(kBinary, std::string_view{token.text}, &Binary::sign);
    return found == kBinary.end() ? nullptr : found;
}

constexpr std::string_view kReserved = " and or not empty eq ne lt gt le ge div mod instanceof new ";

bool is_reserved(std::string_view word) {
    return kReserved.contains(fmt::format(" {} ", word));
}

/// Counts how deep the source is nested while one of its rules is read.
class Nested {
public:
    explicit Nested(std::size_t& depth) : depth_{depth} { ++depth_; }
    ~Nested() { --depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    bool too_deep() const { return depth_ > kMaxNesting; }

private:
    std::size_t& depth_;
};

std::unexpected<Flaw> too_deep(std::size_t at) {
    return flaw(at, fmt::format("it is nested more than {} deep", kMaxNesting));
}

}  // namespace

Outcome<void> ExpressionParser::advance() {
    SW_TRY(token_, lexer_.next());
    return {};
}

std::unexpected<Flaw> ExpressionParser::unexpected_token(std::string_view wanted) const {
    if (token_.kind == Lexeme::Kind::end) {
        return flaw(token_.at, fmt::format("it ends where {} must stand", wanted));
    }
    return flaw(token_.at, fmt::format("{} must stand here, not \"{}\"", wanted, json::utf8_front(token_.text, 40)));
}

Outcome<void> ExpressionParser::expect(std::string_view sign, std::string_view why) {
    if (!at_sign(sign)) {
        return unexpected_token(why);
    }
    return advance();
}

Outcome<ExpressionParser::Tree> ExpressionParser::parse() {
    SW_CHECK(advance());
    if (token_.kind == Lexeme::Kind::end) {
        return flaw(0, "it is empty: write a value, a variable or a comparison");
    }
    SW_TRY(auto tree, choice());
    if (token_.kind != Lexeme::Kind::end) {
        return unexpected_token("an operator or the end");
    }
    return tree;
}

Outcome<ExpressionParser::Tree> ExpressionParser::choice() {
    const Nested nested{depth_};
    if (nested.too_deep()) {
        return too_deep(token_.at);
    }
    SW_TRY(auto condition, binary(0));
    if (!at_sign("?")) {
        return condition;
    }
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::choice;
    node->at = token_.at;
    SW_CHECK(advance());
    SW_TRY(auto then, choice());
    SW_CHECK(expect(":", "the : of a ?"));
    SW_TRY(auto otherwise, choice());
    node->children.push_back(std::move(condition));
    node->children.push_back(std::move(then));
    node->children.push_back(std::move(otherwise));
    return node;
}

Outcome<ExpressionParser::Tree> ExpressionParser::binary(int level) {
    SW_TRY(auto left, unary());
    for (const auto* found = binary_of(token_); found != nullptr && found->level >= level; found = binary_of(token_)) {
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::chain;
        node->at = token_.at;
        node->children.push_back(std::move(left));
        const int here = found->level;
        for (; found != nullptr && found->level == here; found = binary_of(token_)) {
            SW_CHECK(advance());
            SW_TRY(auto right, binary(here + 1));
            node->operators.push_back(found->op);
            node->children.push_back(std::move(right));
        }
        left = std::move(node);
    }
    return left;
}

Outcome<ExpressionParser::Tree> ExpressionParser::unary() {
    const bool minus = at_sign("-");
    const bool inverse = at_sign("!") || at_word("not");
    if (!minus && !inverse && !at_word("empty")) {
        return path();
    }
    const Nested nested{depth_};
    if (nested.too_deep()) {
        return too_deep(token_.at);
    }
    auto node = std::make_unique<Node>();
    node->kind = minus ? Node::Kind::minus : inverse ? Node::Kind::inverse : Node::Kind::empty;
    node->at = token_.at;
    SW_CHECK(advance());
    SW_TRY(auto operand, unary());
    node->children.push_back(std::move(operand));
    return node;
}

Outcome<ExpressionParser::Tree> ExpressionParser::path() {
    const auto at = token_.at;
    SW_TRY(auto base, primary());
    if (!at_sign(".") && !at_sign("[")) {
        return base;
    }
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::path;
    node->at = at;
    node->children.push_back(std::move(base));
    while (at_sign(".") || at_sign("[")) {
        SW_TRY(auto next, step());
        node->steps.push_back(std::move(next));
    }
    return node;
}

Outcome<Expression::Node::Step> ExpressionParser::step() {
    Node::Step step{.at = token_.at};
    if (at_sign("[")) {
        step.kind = Node::Step::Kind::index;
        SW_CHECK(advance());
        SW_TRY(auto index, choice());
        step.arguments.push_back(std::move(index));
        SW_CHECK(expect("]", "the ] of a ["));
        return step;
    }
    SW_CHECK(advance());
    if (token_.kind != Lexeme::Kind::word) {
        return unexpected_token("the name of a member");
    }
    step.at = token_.at;
    step.name = token_.text;
    SW_CHECK(advance());
    if (!at_sign("(")) {
        return step;
    }
    step.kind = Node::Step::Kind::method;
    const auto* const rule = method_rule(step.name);
    if (rule == nullptr) {
        return flaw(step.at, method_refusal(step.name));
    }
    step.method = rule->method;
    SW_TRY(step.arguments, arguments());
    if (step.arguments.size() != rule->arguments) {
        return flaw(step.at, fmt::format("{}() takes {} argument(s), not {}", step.name, rule->arguments, step.arguments.size()));
    }
    return step;
}

Outcome<ExpressionParser::Trees> ExpressionParser::arguments() {
    Trees trees;
    SW_CHECK(advance());
    while (!at_sign(")")) {
        if (!trees.empty()) {
            SW_CHECK(expect(",", "a comma or the ) of a ("));
        }
        SW_TRY(auto tree, choice());
        trees.push_back(std::move(tree));
    }
    SW_CHECK(advance());
    return trees;
}

Outcome<ExpressionParser::Tree> ExpressionParser::primary() {
    if (token_.kind == Lexeme::Kind::word) {
        return word();
    }
    if (at_sign("(")) {
        SW_CHECK(advance());
        SW_TRY(auto inner, choice());
        SW_CHECK(expect(")", "the ) of a ("));
        return inner;
    }
    if (token_.kind != Lexeme::Kind::number && token_.kind != Lexeme::Kind::string) {
        return unexpected_token("a value, a variable or (");
    }
    auto node = std::make_unique<Node>();
    node->at = token_.at;
    node->literal = token_.kind == Lexeme::Kind::number ? token_.number : json::value(token_.text);
    SW_CHECK(advance());
    return node;
}

Outcome<ExpressionParser::Tree> ExpressionParser::word() {
    const auto name = token_;
    if (name.text == "instanceof" || name.text == "new") {
        return flaw(name.at, fmt::format("\"{}\" speaks of Java classes, which there are none of here: compare values or members", name.text));
    }
    if (is_reserved(name.text)) {
        return unexpected_token("a value, a variable or (");
    }
    SW_CHECK(advance());
    if (name.text == "execution" || name.text == "externalTask") {
        return context(name);
    }
    if (at_sign("(")) {
        return function(name);
    }
    auto node = std::make_unique<Node>();
    node->at = name.at;
    if (name.text == "true" || name.text == "false") {
        node->literal = name.text == "true";
    } else if (name.text != "null") {
        node->kind = Node::Kind::name;
        node->name = name.text;
    }
    return node;
}

Outcome<ExpressionParser::Tree> ExpressionParser::function(const Lexeme& name) {
    const auto* const rule = call_rule(name.text);
    if (rule == nullptr) {
        return flaw(name.at, fmt::format("there is no function {}(): there are S(x), now() and dateTime()", name.text));
    }
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::call;
    node->at = name.at;
    node->call = rule->call;
    SW_TRY(node->children, arguments());
    if (node->children.size() != rule->arguments) {
        return flaw(name.at, fmt::format("{}() takes {} argument(s), not {}", name.text, rule->arguments, node->children.size()));
    }
    return node;
}

/// `execution.processBusinessKey` is `execution.getProcessBusinessKey()` (Jakarta Expression Language 5.0, BeanELResolver).
std::string ExpressionParser::getter_of(std::string_view root, std::string_view property) {
    std::string name{property};
    if (!name.empty() && name.front() >= 'a' && name.front() <= 'z') {
        name.front() = static_cast<char>(name.front() - 'a' + 'A');
    }
    return fmt::format("{}.get{}", root, name);
}

/// `execution` and `externalTask` are no values: only their methods of the list are there.
Outcome<ExpressionParser::Tree> ExpressionParser::context(const Lexeme& root) {
    const std::string_view advice = root.text == "execution" ? "getVariable(), hasVariable(), getProcessInstanceId() and getProcessBusinessKey()"
                                                             : "getErrorMessage(), getErrorDetails() and getRetries()";
    if (!at_sign(".")) {
        return flaw(root.at, fmt::format("{} has only {}", root.text, advice));
    }
    SW_CHECK(advance());
    auto name = token_;
    name.at = root.at;
    name.text = fmt::format("{}.{}", root.text, token_.text);
    const auto* const property = token_.kind == Lexeme::Kind::word ? call_rule(getter_of(root.text, token_.text)) : nullptr;
    if (token_.kind != Lexeme::Kind::word || (call_rule(name.text) == nullptr && property == nullptr)) {
        return flaw(token_.at, fmt::format("{} has only {}", root.text, advice));
    }
    SW_CHECK(advance());
    if (property != nullptr && property->arguments == 0) {  // `#{execution.processBusinessKey}`, as the Camunda Modeler writes it at call activities
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::call;
        node->at = name.at;
        node->call = property->call;
        return node;
    }
    if (!at_sign("(")) {
        return unexpected_token("the ( of a call");
    }
    return function(name);
}

Outcome<std::unique_ptr<const Expression::Node>> parse_expression(std::string_view source) {
    if (source.size() > kMaxSource) {
        return flaw(kMaxSource, fmt::format("it has {} bytes; at most {} are read", source.size(), kMaxSource));
    }
    return ExpressionParser{source}.parse();
}

}  // namespace slipway::lifecycle
