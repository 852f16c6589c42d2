#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway {

/// Wall-clock instant in UTC with the resolution that the API shows.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
/// Monotonic instant; for durations, time-outs and leases, never for display.
using Steady = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// Where time comes from. Thread-safe. Fake: tests/fakes/fake_clock.hpp.
class Clock {
public:
    virtual ~Clock() = default;
    /// Wall clock, may jump.
    virtual Timestamp now() const = 0;
    /// Monotonic clock.
    virtual Steady steady() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
public:
    Timestamp now() const override;
    Steady steady() const override;
};

/// @return ISO-8601 in UTC with milliseconds: `2026-11-25T19:00:04.123Z`.
std::string to_iso(Timestamp time);

/// Reads ISO-8601 with `Z` or an offset and 0 to 9 fraction digits (cut to ms).
/// @return `invalid_argument` when it is no such text.
Result<Timestamp> from_iso(std::string_view text);

/// Milliseconds since the epoch, as `jobRunTime` and others carry them.
inline std::int64_t to_epoch_ms(Timestamp time) {
    return time.time_since_epoch().count();
}
inline Timestamp from_epoch_ms(std::int64_t ms) {
    return Timestamp{Milliseconds{ms}};
}

}  // namespace slipway
