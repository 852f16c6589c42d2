#include "lifecycle/unary_tests.hpp"

#include <cmath>
#include <fmt/format.h>

#include "lifecycle/expression_value.hpp"
#include "lifecycle/unary_tests_reader.hpp"

namespace slipway::lifecycle {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
        text.remove_suffix(1);
    }
    return text;
}

bool has_value(const json::value* input) {
    return input != nullptr && !(input->is_double() && !std::isfinite(input->get_double()));
}

/// An input as a time, by its text. A day beside a day, an instant beside an instant.
std::optional<Timestamp> time_of(const json::value& input, bool day) {
    if (!input.is_string()) {
        return std::nullopt;
    }
    std::string text{input.get_string()};
    if (text.size() == 10) {
        text += "T00:00:00";
    }
    auto time = from_iso(text);
    if (!time) {
        time = from_iso(text + "Z");
    }
    if (!time) {
        return std::nullopt;
    }
    return day ? Timestamp{std::chrono::floor<std::chrono::days>(*time)} : *time;
}

/// How an input stands to an operand: below, equal or above zero; nothing when they are of different kinds.
Result<std::optional<int>> compare(const json::value& input, const FeelOperand& operand, const Names& names) {
    if (const auto* time = std::get_if<FeelTime>(&operand)) {
        const auto given = time_of(input, time->day);
        return given ? std::optional{*given < time->time ? -1 : *given > time->time ? 1 : 0} : std::nullopt;
    }
    json::value looked_up;
    const auto* value = std::get_if<json::value>(&operand);
    if (value == nullptr) {
        SW_TRY(looked_up, std::get<Expression>(operand).evaluate(names));
        value = &looked_up;
    }
    if (input.is_number() && value->is_number()) {
        return compare_numbers(input, *value);
    }
    if (input.is_string() && value->is_string()) {
        const auto order = std::string_view{input.get_string()}.compare(std::string_view{value->get_string()});
        return order < 0 ? -1 : order > 0 ? 1 : 0;
    }
    if (input.is_bool() && value->is_bool()) {
        return static_cast<int>(input.get_bool()) - static_cast<int>(value->get_bool());
    }
    return std::nullopt;
}

bool is_null(const FeelOperand& operand) {
    const auto* const value = std::get_if<json::value>(&operand);
    return value != nullptr && value->is_null();
}

std::unexpected<Error> no_order(const json::value& input) {
    return fail(ErrorCode::failed_precondition, "DECISION", fmt::format("{} is neither less nor greater than what the cell compares it with", kind_of(input)));
}

Result<bool> passes(const UnaryTest& test, const json::value& input, const Names& names) {
    using Kind = UnaryTest::Kind;
    if (is_null(test.low) && test.kind == Kind::equal) {
        return false;  // an input that is null was asked for before
    }
    SW_TRY(const auto sign, compare(input, test.low, names));
    if (test.kind == Kind::equal) {
        return sign == 0;
    }
    if (!sign || input.is_bool()) {
        return no_order(input);
    }
    switch (test.kind) {
        case Kind::less: return *sign < 0;
        case Kind::less_equal: return *sign <= 0;
        case Kind::greater: return *sign > 0;
        case Kind::greater_equal: return *sign >= 0;
        default: break;
    }
    SW_TRY(const auto end, compare(input, *test.high, names));
    if (!end) {
        return no_order(input);
    }
    return (test.with_low ? *sign >= 0 : *sign > 0) && (test.with_high ? *end <= 0 : *end < 0);
}

}  // namespace

Result<UnaryTests> UnaryTests::parse(std::string_view text) {
    text = trimmed(text);
    UnaryTests result;
    if (text.empty() || text == "-") {
        result.any_ = true;
        return result;
    }
    if (auto tests = UnaryTestsReader{text}.read(result.negated_)) {
        result.tests_ = *std::move(tests);
        return result;
    }
    result.negated_ = false;
    const bool wrapped = (text.starts_with("${") || text.starts_with("#{")) && text.ends_with("}");
    auto condition = Expression::parse(wrapped ? text.substr(2, text.size() - 3) : text);
    if (!condition) {
        return fail(ErrorCode::invalid_argument, "DECISION",
                    "it is neither a unary test, as < 0.5, [1..2[, \"a\", \"b\" or not(3), nor a condition. " + condition.error().message);
    }
    result.condition_ = *std::move(condition);
    return result;
}

Result<bool> UnaryTests::matches(const json::value* input, const Names& names) const {
    if (any_) {
        return true;
    }
    if (condition_) {
        return condition_->test(names);
    }
    if (!has_value(input)) {
        return false;
    }
    if (input->is_null()) {
        return !negated_ && std::ranges::any_of(tests_, [](const auto& test) { return test.kind == UnaryTest::Kind::equal && is_null(test.low); });
    }
    for (const auto& test : tests_) {
        SW_TRY(const bool passed, passes(test, *input, names));
        if (passed) {
            return !negated_;
        }
    }
    return negated_;
}

}  // namespace slipway::lifecycle
