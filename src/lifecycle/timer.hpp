#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lifecycle/cron.hpp"
#include "lifecycle/iso_time.hpp"
#include "lifecycle/process.hpp"

namespace slipway::lifecycle {

/// A timer's text, read.
struct TimerSpec {
    TimerKind kind{TimerKind::duration};
    std::optional<Moment> at{};     ///< of a date; start of a cycle
    Period period{};                ///< of a duration or a cycle
    std::int64_t repeats{-1};       ///< of a cycle; -1: endless
    std::optional<Moment> until{};  ///< end of a cycle
    std::optional<Cron> cron{};     ///< of a cycle
};

/// Reads a date, a duration, or a cycle: `R3/PT10S`, `R/PT10S`, `R3/2026-01-01T00:00:00Z/PT10S`, `R/PT10S/2026-12-31T00:00:00Z` or cron.
/// A catching timer that is neither looks at what the text is: `PT5M` in a date is a duration. Texts longer than 256 bytes are refused.
/// @return `invalid_argument` with reason `TIMER`.
Result<TimerSpec> parse_timer(TimerKind kind, std::string_view text);

/// Where a timer stands. Due dates of a cycle are counted from its anchor, never from a late firing.
struct Schedule {
    Timestamp due{};
    Timestamp anchor{};     ///< of a cycle: due is `anchor` + `index` periods
    std::int64_t index{0};  ///< of a cycle
    std::int64_t left{0};   ///< firings after this one; -1: endless
    bool operator==(const Schedule&) const = default;
};

/// What becomes of firings that fell into a time when nothing ran (property `mlc.misfire`).
enum class Misfire : std::uint8_t {
    once,  ///< one firing for all that were missed (default)
    skip,  ///< none: the next one that is due in future
    all,   ///< each of them, one after the other
};

/// @return nothing for a text that is none of them; an empty text is `once`.
std::optional<Misfire> misfire_of(std::string_view text);

/// The first firing of a timer made at `now`. A date in the past is due at once. A cycle with a start in the past goes on in its grid.
/// @return `failed_precondition` with reason `TIMER` for a cycle that never fires; as ZoneRules.
Result<Schedule> first_firing(const TimerSpec& spec, Timestamp now, const Zone& zone);

/// What a timer that is due does.
struct Firing {
    bool fires{true};
    std::optional<Schedule> next{};
};

/// What happens when `schedule` is found due at `now`.
/// @return as first_firing().
Result<Firing> fire(const TimerSpec& spec, const Schedule& schedule, Timestamp now, Misfire misfire, const Zone& zone);

/// Waiting times before each retry: `R3/PT5M` (three tries, five minutes apart) or `PT10S,PT1M,PT10M`. Empty text: no retry. At most 100.
/// @return `invalid_argument` with reason `TIMER`.
Result<std::vector<Milliseconds>> parse_retry_cycle(std::string_view text);

}  // namespace slipway::lifecycle
