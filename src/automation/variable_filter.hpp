#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace slipway::automation {

/// How a variable is compared, as `variables` of Camunda's queries names it.
enum class VariableOperator : std::uint8_t { eq, neq, gt, gteq, lt, lteq, like };
std::optional<VariableOperator> variable_operator(std::string_view name);

/// An instance has a variable that compares so. Values of different kinds are neither equal, less nor more; `neq` asks for the variable as well.
struct VariableFilter {
    std::string name;
    VariableOperator comparison{VariableOperator::eq};
    json::value value{};
    bool from_text{false};  ///< the value came in a URL, without a type: numbers and flags are compared by their text
};

bool matches(const VariableFilter& filter, const json::object& variables);

}  // namespace slipway::automation
