#include "base/json_codec.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace slipway::json {

std::string camel_case(std::string_view snake) {
    std::string out;
    bool upper = false;
    for (const char c : snake) {
        if (c == '_') {
            upper = true;
            continue;
        }
        out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return out;
}

void Faults::add(std::string pointer, std::string expected, std::string got) {
    // What could not be read is empty, and a check behind it would blame that.
    const bool said = std::ranges::find(faults_, pointer, &Fault::pointer) != faults_.end();
    if (!said && faults_.size() < kMaxFaults) {
        faults_.push_back({std::move(pointer), std::move(expected), std::move(got)});
    }
}

std::string_view utf8_front(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return text;
    }
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U) {
        --bytes;
    }
    return text.substr(0, bytes);
}

std::string describe_value(const value& v) {
    switch (v.kind()) {
        case boost::json::kind::null: return "null";
        case boost::json::kind::bool_: return v.get_bool() ? "true" : "false";
        case boost::json::kind::object: return "an object";
        case boost::json::kind::array: return "an array";
        case boost::json::kind::string: {
            constexpr std::size_t kShown = 40;
            const std::string_view text = v.get_string();
            return fmt::format("text \"{}{}\"", utf8_front(text, kShown), text.size() > kShown ? "…" : "");
        }
        default: return "number " + write(v);
    }
}

void decode_into(const value& v, bool& out, const std::string& at, Faults& faults) {
    if (v.is_bool()) {
        out = v.get_bool();
    } else {
        faults.add(at, "true or false", describe_value(v));
    }
}

void decode_into(const value& v, std::int64_t& out, const std::string& at, Faults& faults) {
    if (v.is_int64()) {
        out = v.get_int64();
        return;
    }
    // 3.0 counts as 3: some clients only have floating-point numbers.
    if (v.is_double() && std::abs(v.get_double()) < 9.0e15 && v.get_double() == static_cast<double>(static_cast<std::int64_t>(v.get_double()))) {
        out = static_cast<std::int64_t>(v.get_double());
        return;
    }
    faults.add(at, "a whole number of 64 bits", describe_value(v));
}

void decode_into(const value& v, int& out, const std::string& at, Faults& faults) {
    std::int64_t wide = 0;
    const bool was_empty = faults.empty();
    decode_into(v, wide, at, faults);
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
        faults.add(at, "a whole number of 32 bits", describe_value(v));
    } else if (was_empty || wide != 0) {
        out = static_cast<int>(wide);
    }
}

void decode_into(const value& v, double& out, const std::string& at, Faults& faults) {
    if (v.is_number()) {
        out = v.is_double() ? v.get_double() : (v.is_int64() ? static_cast<double>(v.get_int64()) : static_cast<double>(v.get_uint64()));
    } else {
        faults.add(at, "a number", describe_value(v));
    }
}

void decode_into(const value& v, std::string& out, const std::string& at, Faults& faults) {
    if (!v.is_string()) {
        faults.add(at, "text", describe_value(v));
    } else if (v.get_string().find('\0') != boost::json::string::npos) {
        faults.add(at, "text without NUL characters", "text with one");
    } else {
        out = std::string_view{v.get_string()};
    }
}

void decode_into(const value& v, Timestamp& out, const std::string& at, Faults& faults) {
    if (v.is_string()) {
        if (const auto time = from_iso(v.get_string())) {
            out = *time;
            return;
        }
    }
    faults.add(at, "an ISO-8601 time such as 2026-11-25T19:00:04.123Z", describe_value(v));
}

void decode_into(const value& v, object& out, const std::string& at, Faults& faults) {
    if (v.is_object()) {
        out = v.get_object();
    } else {
        faults.add(at, "an object", describe_value(v));
    }
}

void decode_into(const value& v, array& out, const std::string& at, Faults& faults) {
    if (v.is_array()) {
        out = v.get_array();
    } else {
        faults.add(at, "an array", describe_value(v));
    }
}

}  // namespace slipway::json
