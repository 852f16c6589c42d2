#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lifecycle/zone.hpp"

namespace slipway::lifecycle {

/// When a timer of a calendar fires. Six fields as Camunda reads them (`second minute hour day month weekday`, weekdays 1 = SUN to 7 = SAT, `?` as
/// `*`; a seventh for years may only be `*`) or five as in a crontab (weekdays 0 or 7 = SUN). Lists, ranges, steps and English names of months and
/// weekdays; no `L`, `W`, `#`. Where days of the month and weekdays are both restricted, either counts, as in a crontab.
class Cron {
public:
    /// @return `invalid_argument` with reason `TIMER` and the field that cannot be read.
    static Result<Cron> parse(std::string_view text);
    /// The first wall time after `time` that fits, within the next 12 years.
    std::optional<LocalTime> next(LocalTime time) const;

private:
    bool fits(std::chrono::local_days day) const;
    std::optional<std::chrono::seconds> next_in_day(std::chrono::seconds from) const;

    std::uint64_t seconds_{0};
    std::uint64_t minutes_{0};
    std::uint64_t hours_{0};
    std::uint64_t days_{0};
    std::uint64_t months_{0};
    std::uint64_t weekdays_{0};  ///< bit 0 = Sunday
    bool any_day_{false};
    bool any_weekday_{false};
};

}  // namespace slipway::lifecycle
