#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lifecycle/expression.hpp"

namespace slipway::lifecycle {

/// What is wrong with an expression and where: `at` counts bytes of its source.
struct Flaw {
    std::size_t at{0};
    std::string message;
};

/// A value or the flaw that there is none for.
template <typename T>
using Outcome = std::expected<T, Flaw>;

/// Shorthand for a flaw.
[[nodiscard]] inline std::unexpected<Flaw> flaw(std::size_t at, std::string message) {
    return std::unexpected(Flaw{at, std::move(message)});
}

constexpr std::size_t kMaxSource = 4096;
constexpr std::size_t kMaxNesting = 64;
constexpr std::size_t kMaxResult = 1U << 20;
constexpr std::size_t kMostSteps = Fuel{}.steps;  ///< of one expression
constexpr std::size_t kBytesOfStep = 1024;        ///< of text that is looked at

enum class Operator : std::uint8_t { either, both, equal, not_equal, less, greater, less_equal, greater_equal, add, subtract, multiply, divide, modulo };

/// The methods that there are. What a receiver must be is looked at when the value is known.
enum class Method : std::uint8_t {
    to_string,
    equals,
    equals_ignore_case,
    contains,
    starts_with,
    ends_with,
    is_empty,
    length,
    trim,
    to_lower_case,
    to_upper_case,
    size,
    get,
    contains_key,
    prop,
    has_prop,
    elements,
    value,
    string_value,
    number_value,
    bool_value,
    is_null,
};

/// What is asked of the surroundings: methods of `execution` and `externalTask`, functions without a receiver.
enum class Call : std::uint8_t { get_variable, has_variable, instance_id, business_key, error_message, error_details, retries, spin, now };

/// A tree that is never deeper than the source is nested: operators of one level are one node, and so is a path `a.b[c].d()`.
struct Expression::Node {
    enum class Kind : std::uint8_t { literal, name, chain, minus, inverse, empty, choice, path, call };
    /// One step of a path.
    struct Step {
        enum class Kind : std::uint8_t { member, index, method };
        Kind kind{Kind::member};
        std::size_t at{0};
        std::string name{};  ///< of a member
        Method method{Method::to_string};
        std::vector<std::unique_ptr<const Node>> arguments{};  ///< of a method; the one of an index
    };
    Kind kind{Kind::literal};
    std::size_t at{0};
    json::value literal{};
    std::string name{};
    Call call{Call::now};
    std::vector<std::unique_ptr<const Node>> children{};
    std::vector<Operator> operators{};  ///< of a chain: the one before each child but the first
    std::vector<Step> steps{};          ///< of a path: what is done to its one child
};

/// Reads an expression as its grammar wants it.
Outcome<std::unique_ptr<const Expression::Node>> parse_expression(std::string_view source);

/// Evaluates; what comes out weighs at most kMaxResult.
Outcome<json::value> evaluate_expression(const Expression::Node& node, const Names& names, Fuel& fuel);

}  // namespace slipway::lifecycle
