#pragma once

#include <optional>
#include <string_view>

#include "lifecycle/expression_node.hpp"

namespace slipway::lifecycle {

/// A method or function of the allow-list and how many arguments it takes.
struct MethodRule {
    std::string_view name;
    Method method;
    std::size_t arguments;
};
struct CallRule {
    std::string_view name;  ///< `execution.getVariable`, `S`
    Call call;
    std::size_t arguments;
};

/// The rule of a method, or nullptr for one outside the list.
const MethodRule* method_rule(std::string_view name);
/// The rule of a function, or of a method of `execution` and `externalTask`, or nullptr.
const CallRule* call_rule(std::string_view name);
/// Why `name` is not called here, and what to write instead.
std::string method_refusal(std::string_view name);

/// Whether the method answers its receiver or a part of it.
bool selects(Method method);
/// Carries out such a method: what it answers lies in `receiver`; nullptr is null.
Outcome<const json::value*> select(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at);
/// Carries out any other method.
Outcome<json::value> invoke(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at, Fuel& fuel);

}  // namespace slipway::lifecycle
