#include "lifecycle/expression_methods.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "lifecycle/expression_value.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::array kMethods{
    MethodRule{"toString", Method::to_string, 0},
    MethodRule{"equals", Method::equals, 1},
    MethodRule{"equalsIgnoreCase", Method::equals_ignore_case, 1},
    MethodRule{"contains", Method::contains, 1},
    MethodRule{"startsWith", Method::starts_with, 1},
    MethodRule{"endsWith", Method::ends_with, 1},
    MethodRule{"isEmpty", Method::is_empty, 0},
    MethodRule{"length", Method::length, 0},
    MethodRule{"trim", Method::trim, 0},
    MethodRule{"toLowerCase", Method::to_lower_case, 0},
    MethodRule{"toUpperCase", Method::to_upper_case, 0},
    MethodRule{"size", Method::size, 0},
    MethodRule{"get", Method::get, 1},
    MethodRule{"containsKey", Method::contains_key, 1},
    MethodRule{"prop", Method::prop, 1},
    MethodRule{"hasProp", Method::has_prop, 1},
    MethodRule{"elements", Method::elements, 0},
    MethodRule{"value", Method::value, 0},
    MethodRule{"stringValue", Method::string_value, 0},
    MethodRule{"numberValue", Method::number_value, 0},
    MethodRule{"boolValue", Method::bool_value, 0},
    MethodRule{"isNull", Method::is_null, 0},
};

constexpr std::array kCalls{
    CallRule{"execution.getVariable", Call::get_variable, 1},
    CallRule{"execution.hasVariable", Call::has_variable, 1},
    CallRule{"execution.getProcessInstanceId", Call::instance_id, 0},
    CallRule{"execution.getProcessBusinessKey", Call::business_key, 0},
    CallRule{"externalTask.getErrorMessage", Call::error_message, 0},
    CallRule{"externalTask.getErrorDetails", Call::error_details, 0},
    CallRule{"externalTask.getRetries", Call::retries, 0},
    CallRule{"S", Call::spin, 1},
    CallRule{"now", Call::now, 0},
    CallRule{"dateTime", Call::now, 0},
};

std::string_view name_of(Method method) {
    return std::ranges::find(kMethods, method, &MethodRule::method)->name;
}

std::unexpected<Flaw> not_for(Method method, const json::value& receiver, std::size_t at) {
    return flaw(at, fmt::format("{} has no {}()", kind_of(receiver), name_of(method)));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string mapped(std::string_view text, char (*change)(char)) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), change);
    return result;
}

/// Java counts UTF-16 units: two for what needs four bytes in UTF-8.
std::int64_t java_length(std::string_view text) {
    std::int64_t length = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        length += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0U ? 2 : 1;
    }
    return length;
}

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// string_view::contains() costs the length of one times that of the other; this one the sum of both (two-way search).
bool holds(std::string_view text, std::string_view other) {
    return memmem(text.data(), text.size(), other.data(), other.size()) != nullptr;
}

bool same(const json::value& a, const json::value& b) {
    return a.is_number() && b.is_number() ? compare_numbers(a, b) == 0 : a == b;
}

Outcome<std::string> argument_text(Method method, const json::value& argument, std::size_t at) {
    if (!argument.is_string()) {
        return flaw(at, fmt::format("{}() takes a text, not {}", name_of(method), kind_of(argument)));
    }
    return std::string{argument.get_string()};
}

Outcome<json::value> on_text(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at) {
    const std::string_view text{receiver.get_string()};
    switch (method) {
        case Method::is_empty: return json::value(text.empty());
        case Method::length: return json::value(java_length(text));
        case Method::trim: return json::value(trimmed(text));
        case Method::to_lower_case: return json::value(mapped(text, lower));
        case Method::to_upper_case: return json::value(mapped(text, upper));
        case Method::equals_ignore_case:
            return json::value(arguments[0].is_string() && mapped(text, lower) == mapped(std::string_view{arguments[0].get_string()}, lower));
        default: break;
    }
    if (method != Method::contains && method != Method::starts_with && method != Method::ends_with) {
        return not_for(method, receiver, at);
    }
    SW_TRY(const auto other, argument_text(method, arguments[0], at));
    return json::value(method == Method::contains ? holds(text, other) : method == Method::starts_with ? text.starts_with(other) : text.ends_with(other));
}

Outcome<json::value> on_list(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at, Fuel& fuel) {
    const auto& list = receiver.get_array();
    switch (method) {
        case Method::size: return json::value(static_cast<std::int64_t>(list.size()));
        case Method::is_empty: return json::value(list.empty());
        case Method::contains: {
            SW_CHECK(burn(fuel, weight(receiver, kMaxResult) / 100, at));
            return json::value(std::ranges::any_of(list, [&](const auto& item) { return same(item, arguments[0]); }));
        }
        default: return not_for(method, receiver, at);
    }
}

Outcome<json::value> on_object(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at) {
    if (method != Method::contains_key && method != Method::has_prop) {
        return not_for(method, receiver, at);
    }
    SW_TRY(const auto key, argument_text(method, arguments[0], at));
    return json::value(receiver.get_object().contains(key));
}

Outcome<const json::value*> item_of(const json::value& receiver, const json::value& argument, std::size_t at) {
    if (receiver.is_object()) {
        SW_TRY(const auto key, argument_text(Method::get, argument, at));
        return receiver.get_object().if_contains(key);
    }
    if (!receiver.is_array()) {
        return not_for(Method::get, receiver, at);
    }
    const auto& list = receiver.get_array();
    if (!argument.is_int64() || argument.get_int64() < 0 || !std::cmp_less(argument.get_int64(), list.size())) {
        return flaw(at, fmt::format("get() takes an index below {}, the size of the list", list.size()));
    }
    return &list[static_cast<std::size_t>(argument.get_int64())];
}

Outcome<const json::value*> property_of(const json::value& receiver, const json::value& argument, std::size_t at) {
    if (!receiver.is_object()) {
        return not_for(Method::prop, receiver, at);
    }
    SW_TRY(const auto key, argument_text(Method::prop, argument, at));
    const auto* const found = receiver.get_object().if_contains(key);
    if (found == nullptr) {
        return flaw(at, fmt::format("there is no member {}: hasProp() asks whether there is one", json::utf8_front(key, 80)));
    }
    return found;
}

}  // namespace

const MethodRule* method_rule(std::string_view name) {
    const auto* const found = std::ranges::find(kMethods, name, &MethodRule::name);
    return found == kMethods.end() ? nullptr : found;
}

const CallRule* call_rule(std::string_view name) {
    const auto* const found = std::ranges::find(kCalls, name, &CallRule::name);
    return found == kCalls.end() ? nullptr : found;
}

std::string method_refusal(std::string_view name) {
    if (name == "getClass" || name == "forName" || name == "newInstance" || name == "invoke") {
        return fmt::format("{}() reaches for Java classes, which there are none of here: compare values or members", name);
    }
    if (name == "name" || name == "getName") {
        return fmt::format("{}() is not called here: the value itself is its name, or write .name", name);
    }
    if (name.size() > 3 && name.starts_with("get") && name[3] >= 'A' && name[3] <= 'Z') {
        return fmt::format("{}() is not called here: write .{}{}", name, lower(name[3]), name.substr(4));
    }
    std::string known;
    for (const auto& rule : kMethods) {
        known += fmt::format("{}{}", known.empty() ? "" : ", ", rule.name);
    }
    return fmt::format("{}() is not called here. The methods are {}; do anything else in a worker", json::utf8_front(name, 80), known);
}

bool selects(Method method) {
    return method == Method::get || method == Method::prop || method == Method::elements || method == Method::value || method == Method::string_value ||
           method == Method::number_value || method == Method::bool_value;
}

Outcome<const json::value*> select(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at) {
    if (method == Method::get) {
        return item_of(receiver, arguments[0], at);
    }
    if (method == Method::prop) {
        return property_of(receiver, arguments[0], at);
    }
    const bool fits = method == Method::elements       ? receiver.is_array()
                      : method == Method::string_value ? receiver.is_string()
                      : method == Method::number_value ? receiver.is_number()
                      : method == Method::bool_value   ? receiver.is_bool()
                                                       : !receiver.is_object() && !receiver.is_array();
    if (!fits) {
        return not_for(method, receiver, at);
    }
    return &receiver;
}

Outcome<json::value> invoke(Method method, const json::value& receiver, const std::vector<json::value>& arguments, std::size_t at, Fuel& fuel) {
    if (method == Method::is_null) {
        return json::value(receiver.is_null());
    }
    if (receiver.is_null()) {
        return flaw(at, fmt::format("{}() is asked of null: ask for == null or empty first", name_of(method)));
    }
    if (method == Method::to_string) {
        SW_CHECK(burn(fuel, weight(receiver, kMaxResult) / kBytesOfStep, at));
        SW_TRY(const auto text, as_text(receiver, at));
        return json::value(text);
    }
    if (method == Method::equals) {
        SW_CHECK(burn(fuel, weight(receiver, kMaxResult) / 100, at));
        return json::value(same(receiver, arguments[0]));
    }
    SW_CHECK(burn(fuel, receiver.is_string() ? receiver.get_string().size() / kBytesOfStep : 0, at));
    return receiver.is_string()   ? on_text(method, receiver, arguments, at)
           : receiver.is_array()  ? on_list(method, receiver, arguments, at, fuel)
           : receiver.is_object() ? on_object(method, receiver, arguments, at)
                                  : not_for(method, receiver, at);
}

}  // namespace slipway::lifecycle
