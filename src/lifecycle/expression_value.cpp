#include "lifecycle/expression_value.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

#include "base/json_codec.hpp"

namespace slipway::lifecycle {

namespace {

// Of 64 mantissa bits at least on x86-64 and AArch64: holds every int64, uint64 and double.
using Wide = long double;

Wide wide(const json::value& number) {
    return number.is_int64()    ? static_cast<Wide>(number.get_int64())
           : number.is_uint64() ? static_cast<Wide>(number.get_uint64())
                                : static_cast<Wide>(number.get_double());
}

constexpr std::size_t kLongestNumber = 1000;  ///< as text: more than any double needs

std::optional<std::int64_t> integer_of(const json::value& number) {
    if (number.is_int64()) {
        return number.get_int64();
    }
    if (number.is_uint64() && std::in_range<std::int64_t>(number.get_uint64())) {
        return static_cast<std::int64_t>(number.get_uint64());
    }
    return std::nullopt;
}

Outcome<json::value> calculate_integers(Operator op, std::int64_t a, std::int64_t b, std::size_t at) {
    std::int64_t result = 0;
    bool overflow = false;
    switch (op) {
        case Operator::add: overflow = __builtin_add_overflow(a, b, &result); break;
        case Operator::subtract: overflow = __builtin_sub_overflow(a, b, &result); break;
        case Operator::multiply: overflow = __builtin_mul_overflow(a, b, &result); break;
        default:
            if (b == 0) {
                return flaw(at, "it divides by zero");
            }
            result = b == -1 ? 0 : a % b;  // the smallest integer by -1 traps
    }
    if (overflow) {
        return flaw(at, fmt::format("{} and {} make an integer of more than 64 bits", a, b));
    }
    return json::value(result);
}

Outcome<json::value> calculate_doubles(Operator op, double a, double b, std::size_t at) {
    double result = 0;
    switch (op) {
        case Operator::add: result = a + b; break;
        case Operator::subtract: result = a - b; break;
        case Operator::multiply: result = a * b; break;
        default:
            if (b == 0) {
                return flaw(at, "it divides by zero");
            }
            result = op == Operator::divide ? a / b : std::fmod(a, b);
    }
    if (!std::isfinite(result)) {
        return flaw(at, "the result is too large for a number");
    }
    return json::value(result);
}

std::unexpected<Flaw> not_a_number(const json::value& value, std::size_t at) {
    if (value.is_string()) {
        return flaw(at, fmt::format("the text \"{}\" is no number", json::utf8_front(value.get_string(), 40)));
    }
    return flaw(at, fmt::format("a number must stand here, not {}", kind_of(value)));
}

}  // namespace

std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::null: return "null";
        case boost::json::kind::bool_: return "true or false";
        case boost::json::kind::string: return "a text";
        case boost::json::kind::array: return "a list";
        case boost::json::kind::object: return "an object";
        default: return "a number";
    }
}

std::size_t weight(const json::value& value, std::size_t limit) {
    std::size_t sum = 8;
    if (value.is_string()) {
        sum += value.get_string().size();
    } else if (value.is_array()) {
        for (const auto& item : value.get_array()) {
            if (sum > limit) {
                break;
            }
            sum += weight(item, limit - sum);
        }
    } else if (value.is_object()) {
        for (const auto& member : value.get_object()) {
            if (sum > limit) {
                break;
            }
            sum += member.key().size() + 4;
            sum += sum > limit ? 0 : weight(member.value(), limit - sum);
        }
    }
    return sum;
}

Outcome<void> burn(Fuel& fuel, std::size_t steps, std::size_t at) {
    if (fuel.steps < steps) {
        fuel.steps = 0;
        return flaw(at, fmt::format("it needs more than {} steps", fuel.most));
    }
    fuel.steps -= steps;
    return {};
}

std::optional<json::value> as_number(const json::value& value) {
    if (value.is_double() && !std::isfinite(value.get_double())) {
        return std::nullopt;
    }
    if (value.is_number()) {
        return value;
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    const auto& text = value.get_string();
    if (text.size() > kLongestNumber) {
        return std::nullopt;
    }
    const auto* const end = text.data() + text.size();
    std::int64_t integer = 0;
    if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc{} && read.ptr == end) {
        return json::value(integer);
    }
    double real = 0;
    if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc{} && read.ptr == end && std::isfinite(real)) {
        return json::value(real);
    }
    return std::nullopt;
}

int compare_numbers(const json::value& a, const json::value& b) {
    const auto left = wide(a);
    const auto right = wide(b);
    return left < right ? -1 : left > right ? 1 : 0;
}

Outcome<bool> as_flag(const json::value& value, std::size_t at) {
    if (value.is_bool()) {
        return value.get_bool();
    }
    if (value.is_string()) {
        std::string text{value.get_string()};
        for (auto& c : text) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
        if (text == "true" || text == "false") {
            return text == "true";
        }
    }
    return flaw(at, fmt::format("true or false must stand here, not {}", kind_of(value)));
}

Outcome<bool> are_equal(const json::value& a, const json::value& b, std::size_t at, Fuel& fuel) {
    if (a.is_null() || b.is_null()) {
        return a.is_null() && b.is_null();
    }
    if (a.is_number() || b.is_number()) {
        const auto left = as_number(a);
        const auto right = as_number(b);
        if (!left || !right) {
            return not_a_number(left ? b : a, at);
        }
        return compare_numbers(*left, *right) == 0;
    }
    if (a.is_bool() || b.is_bool()) {
        SW_TRY(const bool left, as_flag(a, at));
        SW_TRY(const bool right, as_flag(b, at));
        return left == right;
    }
    if (a.kind() != b.kind()) {
        return flaw(at, fmt::format("{} and {} are not compared: compare their members", kind_of(a), kind_of(b)));
    }
    SW_CHECK(burn(fuel, weight(a, kMaxResult) / 100, at));
    return a == b;
}

Outcome<int> order(const json::value& a, const json::value& b, std::size_t at) {
    if (a.is_string() && b.is_string()) {
        const auto result = std::string_view{a.get_string()}.compare(std::string_view{b.get_string()});
        return result < 0 ? -1 : result > 0 ? 1 : 0;
    }
    if (a.is_null() || b.is_null()) {
        return flaw(at, "null is neither less nor greater than anything: ask for == null or empty first");
    }
    const auto left = as_number(a);
    const auto right = as_number(b);
    if (!left || !right) {
        return not_a_number(left ? b : a, at);
    }
    return compare_numbers(*left, *right);
}

Outcome<json::value> calculate(Operator op, const json::value& a, const json::value& b, std::size_t at) {
    const auto left = as_number(a);
    const auto right = as_number(b);
    if (!left || !right) {
        auto wrong = not_a_number(left ? b : a, at);
        if (op == Operator::add && (a.is_string() || b.is_string())) {
            return flaw(at, wrong.error().message + ": + adds numbers, texts are joined as in \"a ${B} c\"");
        }
        return wrong;
    }
    const auto first = integer_of(*left);
    const auto second = integer_of(*right);
    if (first && second && op != Operator::divide) {
        return calculate_integers(op, *first, *second, at);
    }
    if (!left->is_double() && !right->is_double() && op != Operator::divide) {
        return flaw(at, fmt::format("{} is an integer of more than 63 bits", json::write(first ? *right : *left)));
    }
    return calculate_doubles(op, static_cast<double>(wide(*left)), static_cast<double>(wide(*right)), at);
}

Outcome<std::string> as_text(const json::value& value, std::size_t at) {
    if (weight(value, kMaxResult) > kMaxResult) {
        return flaw(at, fmt::format("the text is larger than {} bytes", kMaxResult));
    }
    return value.is_null() ? std::string{} : value.is_string() ? std::string{value.get_string()} : json::write(value);
}

}  // namespace slipway::lifecycle
