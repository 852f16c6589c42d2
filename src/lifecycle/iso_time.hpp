#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "lifecycle/zone.hpp"

namespace slipway::lifecycle {

/// An ISO 8601 duration. Years to days are wall time (`P1D` is the same wall time tomorrow), hours to seconds are exact (`PT24H` is 24 hours).
struct Period {
    std::int64_t months{0};  ///< and years
    std::int64_t days{0};    ///< and weeks
    Milliseconds exact{0};

    bool wall() const { return months != 0 || days != 0; }
    bool zero() const { return !wall() && exact.count() == 0; }
    bool operator==(const Period&) const = default;
};

/// Reads `P1Y2M3W4DT5H6M7.5S`; at most 1,000 years.
/// @return `invalid_argument` with reason `TIMER`.
Result<Period> parse_period(std::string_view text);

/// `base` and `times` periods, in the wall time of `zone` where the period has any. A day that a month does not have becomes its last one.
/// @return as ZoneRules.
Result<Timestamp> add(Timestamp base, const Period& period, std::int64_t times, const Zone& zone);

/// A date: an instant, or the wall time of a zone that is known later.
using Moment = std::variant<Timestamp, LocalTime>;

/// Reads `2026-11-25T19:00[:04[.123]][Z|+01:00]` or `2026-11-25`; without an offset it is wall time.
/// @return `invalid_argument` with reason `TIMER`.
Result<Moment> parse_moment(std::string_view text);

/// @return as ZoneRules.
Result<Timestamp> resolve(const Moment& moment, const Zone& zone);

}  // namespace slipway::lifecycle
