#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace slipway::zones {

using Seconds = std::chrono::seconds;

/// A day of the year on which clocks change, and when on it, as POSIX writes them: `M3.5.0/2`, `J60`, `59`.
struct YearlyChange {
    enum class Kind { weekday, day_without_leap, day };
    Kind kind{Kind::weekday};
    int month{1};
    int week{1};  ///< 5: the last
    int day{0};   ///< of the week from Sunday, or of the year
    Seconds at{std::chrono::hours{2}};
};

/// What holds after the last change that the file names: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule {
    Seconds standard{0};  ///< east of Greenwich
    std::optional<Seconds> summer{};
    YearlyChange begin{};  ///< of summer time, by standard time
    YearlyChange end{};    ///< by summer time

    Seconds offset(std::int64_t at) const;
};
std::optional<YearlyRule> parse_rule(std::string_view text);

/// One zone: from when on its clocks were how far from Greenwich.
class ZoneFile {
public:
    /// @return nothing when the bytes are no TZif file of version 2 or later.
    static std::optional<ZoneFile> parse(std::string_view bytes);
    /// @param at seconds since the epoch.
    Seconds offset(std::int64_t at) const;

private:
    struct Change {
        std::int64_t at{0};
        Seconds offset{0};
    };
    Seconds first_{0};
    std::vector<Change> changes_;
    std::optional<YearlyRule> then_;
};

}  // namespace slipway::zones
