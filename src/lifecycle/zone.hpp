#pragma once

#include <chrono>
#include <string_view>

#include "base/clock.hpp"

namespace slipway::lifecycle {

/// What a wall clock shows, without saying where it hangs.
using LocalTime = std::chrono::local_time<Milliseconds>;

/// The rules of time zones, which this folder does not know: a data base of zones is read outside and handed in. Thread-safe.
class ZoneRules {
public:
    virtual ~ZoneRules() = default;
    /// What the clocks of `zone` show at `time`.
    /// @return `failed_precondition` with reason `TIME_ZONE` when there is no such zone.
    virtual Result<LocalTime> to_local(std::string_view zone, Timestamp time) const = 0;
    /// When the clocks of `zone` show `local`: of two instants (clocks set back) the first, of none (clocks set forward) the first valid one after.
    /// @return as to_local().
    virtual Result<Timestamp> to_utc(std::string_view zone, LocalTime local) const = 0;
};

/// Knows `UTC` (also as `Z`, `GMT`, `Etc/UTC` and an empty text) and fixed offsets such as `+02:00`; what stands in where no rules are handed in.
const ZoneRules& fixed_zones();

/// A zone by its name together with the rules that know it.
struct Zone {
    const ZoneRules* rules{&fixed_zones()};
    std::string_view name{"UTC"};

    Result<LocalTime> to_local(Timestamp time) const { return rules->to_local(name, time); }
    Result<Timestamp> to_utc(LocalTime local) const { return rules->to_utc(name, local); }
};

}  // namespace slipway::lifecycle
