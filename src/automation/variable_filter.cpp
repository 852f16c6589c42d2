#include "automation/variable_filter.hpp"

#include <algorithm>
#include <array>
#include <compare>

#include "automation/filters.hpp"
#include "base/json_codec.hpp"

namespace slipway::automation {
namespace {

constexpr std::array<std::string_view, 7> kOperators{"eq", "neq", "gt", "gteq", "lt", "lteq", "like"};

/// The value that a text of a URL stands for beside a variable of that kind.
json::value as_kind_of(const json::value& variable, const json::value& text) {
    if (variable.is_string() || !text.is_string()) {
        return text;
    }
    auto read = json::parse(text.get_string());
    return read ? *std::move(read) : text;
}

std::partial_ordering compare(const json::value& left, const json::value& right) {
    if (left.is_number() && right.is_number()) {
        if (left.is_int64() && right.is_int64()) {
            return left.get_int64() <=> right.get_int64();
        }
        return left.to_number<double>() <=> right.to_number<double>();
    }
    if (left.is_string() && right.is_string()) {
        return std::string_view{left.get_string()} <=> std::string_view{right.get_string()};
    }
    return left == right ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
}

}  // namespace

std::optional<VariableOperator> variable_operator(std::string_view name) {
    const auto found = std::ranges::find(kOperators, name);
    return found == kOperators.end() ? std::nullopt : std::optional{static_cast<VariableOperator>(found - kOperators.begin())};
}

bool matches(const VariableFilter& filter, const json::object& variables) {
    const auto* variable = variables.if_contains(filter.name);
    if (variable == nullptr) {
        return false;
    }
    const auto wanted = filter.from_text ? as_kind_of(*variable, filter.value) : filter.value;
    if (filter.comparison == VariableOperator::like) {
        return variable->is_string() && wanted.is_string() && is_like(variable->get_string(), wanted.get_string());
    }
    const auto order = compare(*variable, wanted);
    switch (filter.comparison) {
        case VariableOperator::neq: return order != 0;
        case VariableOperator::gt: return order > 0;
        case VariableOperator::gteq: return order >= 0;
        case VariableOperator::lt: return order < 0;
        case VariableOperator::lteq: return order <= 0;
        default: return order == 0;
    }
}

}  // namespace slipway::automation
