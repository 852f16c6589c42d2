#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "lifecycle/expression_methods.hpp"
#include "lifecycle/expression_node.hpp"
#include "lifecycle/expression_value.hpp"

namespace slipway::lifecycle {

namespace {

/// A value that is owned, or looked at where it lies: variables may be large.
class Operand {
public:
    Operand(json::value own) : own_(std::move(own)) {}  // NOLINT(google-explicit-constructor): a value is an operand
    static Operand at(const json::value* seen) {
        Operand operand{json::value{}};
        operand.seen_ = seen;
        return operand;
    }
    const json::value& get() const { return seen_ != nullptr ? *seen_ : own_; }
    json::value take() && { return seen_ != nullptr ? *seen_ : std::move(own_); }
    bool owned() const { return seen_ == nullptr; }
    /// A part of this operand: looked at where that outlives it, else copied.
    Operand part(const json::value* part) const { return part == nullptr ? Operand{json::value{}} : owned() ? Operand{*part} : at(part); }

private:
    json::value own_;
    const json::value* seen_{nullptr};
};

using Node = Expression::Node;

class Evaluator {
public:
    Evaluator(const Names& names, Fuel& fuel) : names_{names}, fuel_{fuel} {}

    Outcome<Operand> run(const Node& node);

private:
    Outcome<Operand> name(const Node& node);
    Outcome<Operand> chain(const Node& node);
    Outcome<json::value> logic(const Node& node, bool decisive);
    Outcome<json::value> apply(Operator op, const json::value& left, const json::value& right, std::size_t at);
    Outcome<Operand> path(const Node& node);
    Outcome<Operand> take(const Operand& base, const Node::Step& step);
    Outcome<Operand> indexed(const Operand& base, const json::value& index, std::size_t at);
    Outcome<Operand> call(const Node& node);
    Outcome<Operand> spin(Operand argument, std::size_t at);
    Outcome<json::value> failure(const Node& node);
    Outcome<bool> flag(const Node& node);

    const Names& names_;
    Fuel& fuel_;
};

Outcome<Operand> Evaluator::run(const Node& node) {
    SW_CHECK(burn(fuel_, 1, node.at));
    switch (node.kind) {
        case Node::Kind::literal: return Operand::at(&node.literal);
        case Node::Kind::name: return name(node);
        case Node::Kind::chain: return chain(node);
        case Node::Kind::path: return path(node);
        case Node::Kind::call: return call(node);
        case Node::Kind::inverse: {
            SW_TRY(const bool value, flag(*node.children[0]));
            return Operand{json::value(!value)};
        }
        case Node::Kind::choice: {
            SW_TRY(const bool value, flag(*node.children[0]));
            return run(*node.children[value ? 1 : 2]);
        }
        case Node::Kind::minus: {
            SW_TRY(const auto value, run(*node.children[0]));
            const json::value zero = value.get().is_double() ? json::value(-0.0) : json::value(0);
            SW_TRY(auto result, calculate(Operator::subtract, zero, value.get(), node.at));
            return Operand{std::move(result)};
        }
        case Node::Kind::empty: break;
    }
    SW_TRY(const auto value, run(*node.children[0]));
    const auto& v = value.get();
    return Operand{json::value(v.is_null() || (v.is_string() && v.get_string().empty()) || (v.is_array() && v.get_array().empty()) ||
                               (v.is_object() && v.get_object().empty()))};
}

Outcome<bool> Evaluator::flag(const Node& node) {
    SW_TRY(const auto value, run(node));
    return as_flag(value.get(), node.at);
}

Outcome<Operand> Evaluator::name(const Node& node) {
    const auto* const found = names_.find(node.name);
    if (found == nullptr) {
        return flaw(node.at, fmt::format("there is no variable {0}: execution.hasVariable('{0}') asks whether there is one", node.name));
    }
    return Operand::at(found);
}

Outcome<Operand> Evaluator::chain(const Node& node) {
    if (node.operators[0] == Operator::either || node.operators[0] == Operator::both) {
        SW_TRY(auto result, logic(node, node.operators[0] == Operator::either));
        return Operand{std::move(result)};
    }
    SW_TRY(auto left, run(*node.children[0]));
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        SW_TRY(const auto right, run(*node.children[i]));
        SW_TRY(auto result, apply(node.operators[i - 1], left.get(), right.get(), node.children[i]->at));
        left = Operand{std::move(result)};
    }
    return left;
}

/// `||` and `&&`: what follows the first `decisive` operand is not looked at.
Outcome<json::value> Evaluator::logic(const Node& node, bool decisive) {
    for (const auto& child : node.children) {
        SW_TRY(const bool value, flag(*child));
        if (value == decisive) {
            return json::value(decisive);
        }
    }
    return json::value(!decisive);
}

Outcome<json::value> Evaluator::apply(Operator op, const json::value& left, const json::value& right, std::size_t at) {
    if (op == Operator::equal || op == Operator::not_equal) {
        SW_TRY(const bool equal, are_equal(left, right, at, fuel_));
        return json::value(equal == (op == Operator::equal));
    }
    if (op >= Operator::add) {
        return calculate(op, left, right, at);
    }
    if (left.is_string() && right.is_string()) {
        SW_CHECK(burn(fuel_, std::min(left.get_string().size(), right.get_string().size()) / kBytesOfStep, at));
    }
    SW_TRY(const int sign, order(left, right, at));
    switch (op) {
        case Operator::less: return json::value(sign < 0);
        case Operator::greater: return json::value(sign > 0);
        case Operator::less_equal: return json::value(sign <= 0);
        default: return json::value(sign >= 0);
    }
}

Outcome<Operand> Evaluator::path(const Node& node) {
    SW_TRY(auto base, run(*node.children[0]));
    for (const auto& step : node.steps) {
        SW_CHECK(burn(fuel_, 1, step.at));
        SW_TRY(auto next, take(base, step));
        base = std::move(next);
    }
    return base;
}

Outcome<Operand> Evaluator::take(const Operand& base, const Node::Step& step) {
    const auto& value = base.get();
    if (step.kind == Node::Step::Kind::member) {
        if (value.is_null()) {
            return Operand{json::value{}};  // as JUEL: nothing has no members, and asking is no fault
        }
        if (!value.is_object()) {
            return flaw(step.at, fmt::format("{} has no member {}", kind_of(value), step.name));
        }
        return base.part(value.get_object().if_contains(step.name));
    }
    std::vector<json::value> arguments;
    for (const auto& argument : step.arguments) {
        SW_TRY(const auto one, run(*argument));
        if (step.kind == Node::Step::Kind::index) {
            return indexed(base, one.get(), step.at);
        }
        SW_CHECK(burn(fuel_, weight(one.get(), kMostSteps * kBytesOfStep) / kBytesOfStep, step.at));
        arguments.push_back(one.get());
    }
    if (selects(step.method)) {
        SW_TRY(const auto* const part, select(step.method, value, arguments, step.at));
        return base.part(part);
    }
    SW_TRY(auto result, invoke(step.method, value, arguments, step.at, fuel_));
    return Operand{std::move(result)};
}

/// As JUEL: a key or an index that is not there is null, and so is any part of null.
Outcome<Operand> Evaluator::indexed(const Operand& base, const json::value& index, std::size_t at) {
    const auto& value = base.get();
    if (value.is_null()) {
        return Operand{json::value{}};
    }
    if (value.is_object()) {
        SW_TRY(const auto key, as_text(index, at));
        return base.part(value.get_object().if_contains(key));
    }
    if (!value.is_array()) {
        return flaw(at, fmt::format("{} has no [ ]", kind_of(value)));
    }
    const auto number = as_number(index);
    if (!number || !number->is_int64()) {
        return flaw(at, fmt::format("the index of a list must be an integer, not {}", kind_of(index)));
    }
    const auto& list = value.get_array();
    const auto position = number->get_int64();
    return base.part(position >= 0 && std::cmp_less(position, list.size()) ? &list[static_cast<std::size_t>(position)] : nullptr);
}

Outcome<Operand> Evaluator::call(const Node& node) {
    switch (node.call) {
        case Call::instance_id: return Operand{json::value(names_.instance_id())};
        case Call::business_key: return Operand{json::value(names_.business_key())};
        case Call::now: return Operand{json::value(names_.now())};
        case Call::error_message:
        case Call::error_details:
        case Call::retries: {
            SW_TRY(auto value, failure(node));
            return Operand{std::move(value)};
        }
        default: break;
    }
    SW_TRY(auto argument, run(*node.children[0]));
    const auto& value = argument.get();
    if (node.call == Call::spin) {
        return spin(std::move(argument), node.at);
    }
    if (!value.is_string()) {
        return flaw(node.at, fmt::format("the name of a variable is a text, not {}", kind_of(value)));
    }
    const auto* const found = names_.find(value.get_string());
    return node.call == Call::has_variable ? Operand{json::value(found != nullptr)} : found == nullptr ? Operand{json::value{}} : Operand::at(found);
}

/// `S(x)`: a text is read as JSON, JSON is what it is.
Outcome<Operand> Evaluator::spin(Operand argument, std::size_t at) {
    const auto& value = argument.get();
    if (value.is_null()) {
        return flaw(at, "S(null) is no JSON");
    }
    if (!value.is_string()) {
        return argument;
    }
    const auto& text = value.get_string();
    if (text.size() > kMaxResult) {
        return flaw(at, fmt::format("S() reads at most {} bytes", kMaxResult));
    }
    SW_CHECK(burn(fuel_, text.size() / kBytesOfStep, at));
    auto parsed = json::parse(text);
    if (!parsed) {
        return flaw(at, "S() was given a text that is no JSON: " + parsed.error().message);
    }
    return Operand{*std::move(parsed)};
}

/// What became of an external task, which the engine names `externalTask` where it may be asked for.
Outcome<json::value> Evaluator::failure(const Node& node) {
    const auto* const task = names_.find("externalTask");
    if (task == nullptr || !task->is_object()) {
        return flaw(node.at, "externalTask is known in an error event definition of an external task alone");
    }
    const auto key = node.call == Call::error_message ? "errorMessage" : node.call == Call::error_details ? "errorDetails" : "retries";
    const auto* const found = task->get_object().if_contains(key);
    return found == nullptr ? json::value{} : *found;
}

}  // namespace

Outcome<json::value> evaluate_expression(const Expression::Node& node, const Names& names, Fuel& fuel) {
    SW_TRY(auto result, Evaluator(names, fuel).run(node));
    if (weight(result.get(), kMaxResult) > kMaxResult) {
        return flaw(node.at, fmt::format("the result is larger than {} bytes", kMaxResult));
    }
    return std::move(result).take();
}

}  // namespace slipway::lifecycle
