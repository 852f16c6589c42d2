#pragma once

#include "base/json_codec.hpp"

namespace slipway::domain {

/// Turns collected faults into one `invalid_argument` error, reason `INVALID`; nothing when there are none.
Result<void> refuse(json::Faults& faults);

/// True for a name that nobody could see: empty, or blanks alone, those of Unicode and of no width too.
bool is_blank(std::string_view name);

constexpr std::size_t kLongestName = 200;  ///< characters (code points)

/// Names are shown, searched and told apart by eye: 1 to kLongestName characters, no control characters, none that turn the direction of writing.
void check_name(std::string_view name, const std::string& at, json::Faults& faults);

/// Decodes `document` and lets `check` add what the types alone do not say, so that one answer names every wrong place.
template <typename T, typename Check>
Result<T> decode_checked(const json::value& document, Check check) {
    T out{};
    json::Faults faults;
    json::decode_into(document, out, "", faults);
    check(out, faults);
    SW_CHECK(refuse(faults));
    return out;
}

}  // namespace slipway::domain
