#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::sagemaker {

/// A time of AWS in any of its spellings: epoch seconds as integer or with fraction or exponent (also as text), or ISO-8601 with or without a zone
/// (none means UTC). @return nothing when it cannot be read or is no date of this era: that costs the member, not the object. Pure.
std::optional<Timestamp> aws_time(const json::value& v);
/// Time member of `o`, or nothing.
std::optional<Timestamp> time_of(const json::object& o, std::string_view key);

/// True when both name one instant, although one of them may have been cut to whole seconds (some clients of AWS do) or both are unknown.
bool same_instant(std::optional<Timestamp> a, std::optional<Timestamp> b);

/// A time as the requests of AWS take it: epoch seconds with fraction.
json::value to_aws(Timestamp time);

/// True when both answers say the same, however their times (members whose name ends in `Time`) are spelt and their members are ordered.
bool same_answer(const json::value& a, const json::value& b);

}  // namespace slipway::sagemaker
