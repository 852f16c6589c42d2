#pragma once

#include "base/json_codec.hpp"

namespace slipway::domain {

/// Turns collected faults into one `invalid_argument` error, reason `INVALID`; nothing when there are none.
Result<void> refuse(json::Faults& faults);

/// True for a name that nobody could see: empty, or blanks alone.
bool is_blank(std::string_view name);

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
