#include "lifecycle/decision_value.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "lifecycle/expression_value.hpp"

namespace slipway::lifecycle {

namespace {

bool is_integer_type(std::string_view type) {
    return type == "integer" || type == "long";
}

std::unexpected<std::string> other(const json::value& value, std::string_view wanted) {
    return std::unexpected(fmt::format("{}, where {} must stand", kind_of(value), wanted));
}

std::expected<json::value, std::string> as_number_type(const json::value& value, bool integer) {
    const auto number = as_number(value);
    if (!number) {
        return other(value, "a number");
    }
    if (!integer || !number->is_double()) {
        return *number;
    }
    const auto real = number->get_double();
    if (std::trunc(real) != real || std::abs(real) > 9.0e15) {
        return std::unexpected(fmt::format("{}, where an integer must stand", real));
    }
    return json::value(static_cast<std::int64_t>(real));
}

}  // namespace

bool is_number_type(std::string_view type) {
    return is_integer_type(type) || type == "double" || type == "number" || type == "float";
}

std::expected<json::value, std::string> as_type(const json::value& value, std::string_view type) {
    if (value.is_null()) {
        return value;
    }
    if (is_number_type(type)) {
        return as_number_type(value, is_integer_type(type));
    }
    if (type == "boolean") {
        const auto flag = as_flag(value, 0);
        return flag ? std::expected<json::value, std::string>(json::value(*flag)) : other(value, "true or false");
    }
    if (type == "string" && !value.is_string()) {
        const auto text = as_text(value, 0);
        return text ? std::expected<json::value, std::string>(json::value(*text)) : other(value, "a text");
    }
    return value;
}

bool is_no_number(const json::value& value) {
    if (value.is_double()) {
        return !std::isfinite(value.get_double());
    }
    if (!value.is_string()) {
        return false;
    }
    std::string text{value.get_string()};
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (text.starts_with('-') || text.starts_with('+')) {
        text.erase(0, 1);
    }
    return text == "nan" || text == "inf" || text == "infinity";
}

}  // namespace slipway::lifecycle
