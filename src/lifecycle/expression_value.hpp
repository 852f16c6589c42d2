#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lifecycle/expression_node.hpp"

namespace slipway::lifecycle {

/// What `value` is, for a message: `a text`, `an object`.
std::string_view kind_of(const json::value& value);

/// How much a value weighs, about its bytes as JSON; counting ends above `limit`.
std::size_t weight(const json::value& value, std::size_t limit);

/// Takes `steps` from the fuel. @return a flaw when there are not as many.
Outcome<void> burn(Fuel& fuel, std::size_t steps, std::size_t at);

/// A number, or a text that is one as a whole; infinities and NaN are none.
std::optional<json::value> as_number(const json::value& value);

/// Of two numbers: below zero when `a` is less, above when it is greater. Exact over integers and doubles.
int compare_numbers(const json::value& a, const json::value& b);

/// A flag, or the text `true` or `false` in any case (as JUEL reads them).
Outcome<bool> as_flag(const json::value& value, std::size_t at);

/// `==`: null equals null alone; beside a number a text is read as a number, beside a flag as a flag; what cannot be read so is a flaw.
Outcome<bool> are_equal(const json::value& a, const json::value& b, std::size_t at, Fuel& fuel);

/// `<` and its like: numbers (a text beside a number is read as one) or two texts. Null has no order.
Outcome<int> order(const json::value& a, const json::value& b, std::size_t at);

/// `+ - * / %`: integers stay integers but under `/`; what overflows and what divides by zero is a flaw.
Outcome<json::value> calculate(Operator op, const json::value& a, const json::value& b, std::size_t at);

/// A text as it is, other values as JSON, null as an empty text; at most kMaxResult.
Outcome<std::string> as_text(const json::value& value, std::size_t at);

}  // namespace slipway::lifecycle
