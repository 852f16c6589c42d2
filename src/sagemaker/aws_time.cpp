#include "sagemaker/aws_time.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace slipway::sagemaker {
namespace {

// 1980 and 2200: what lies outside is milliseconds taken for seconds, or garbage.
constexpr double kLeast = 315532800.0;
constexpr double kMost = 7258118400.0;

std::optional<Timestamp> from_seconds(double seconds) {
    if (!std::isfinite(seconds) || seconds < kLeast || seconds > kMost) {
        return std::nullopt;
    }
    return from_epoch_ms(std::llround(seconds * 1000.0));
}

std::optional<Timestamp> from_text(std::string_view text) {
    double seconds{0};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc{} && stop == text.data() + text.size()) {
        return from_seconds(seconds);
    }
    const auto time_at = text.find_first_of("Tt ");
    if (time_at == std::string_view::npos) {
        return std::nullopt;
    }
    std::string spelt{text};
    spelt[time_at] = 'T';
    if (text.find_first_of("Zz+-", time_at) == std::string_view::npos) {
        spelt += 'Z';
    }
    const auto parsed = from_iso(spelt);
    return parsed ? std::optional{*parsed} : std::nullopt;
}

bool same_object(const json::object& a, const json::object& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (const auto& [key, left] : a) {
        const auto* right = b.if_contains(key);
        if (right == nullptr) {
            return false;
        }
        const auto left_time = std::string_view{key}.ends_with("Time") ? aws_time(left) : std::nullopt;
        if (left_time ? !same_instant(left_time, aws_time(*right)) : !same_answer(left, *right)) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<Timestamp> aws_time(const json::value& v) {
    if (v.is_string()) {
        return from_text(v.get_string());
    }
    if (v.is_number()) {
        return from_seconds(v.to_number<double>());
    }
    return std::nullopt;
}

std::optional<Timestamp> time_of(const json::object& o, std::string_view key) {
    const auto* member = o.if_contains(key);
    return member == nullptr ? std::nullopt : aws_time(*member);
}

bool same_instant(std::optional<Timestamp> a, std::optional<Timestamp> b) {
    if (!a || !b || *a == *b) {
        return a.has_value() == b.has_value();
    }
    const auto left = to_epoch_ms(*a);
    const auto right = to_epoch_ms(*b);
    return left / 1000 == right / 1000 && (left % 1000 == 0 || right % 1000 == 0);
}

json::value to_aws(Timestamp time) {
    return static_cast<double>(to_epoch_ms(time)) / 1000.0;
}

bool same_answer(const json::value& a, const json::value& b) {
    if (a.is_object() && b.is_object()) {
        return same_object(a.get_object(), b.get_object());
    }
    if (a.is_array() && b.is_array()) {
        const auto& left = a.get_array();
        const auto& right = b.get_array();
        return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(), same_answer);
    }
    return a == b;
}

}  // namespace slipway::sagemaker
