#include "lifecycle/zone.hpp"

#include <fmt/format.h>
#include <optional>

namespace slipway::lifecycle {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// `+hh:mm` or `-hh:mm`.
std::optional<Milliseconds> offset_of(std::string_view zone) {
    if (zone.empty() || zone == "UTC" || zone == "Z" || zone == "GMT" || zone == "Etc/UTC") {
        return Milliseconds{0};
    }
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !is_digit(zone[1]) || !is_digit(zone[2]) || !is_digit(zone[4]) ||
        !is_digit(zone[5])) {
        return std::nullopt;
    }
    const int hours = (zone[1] - '0') * 10 + (zone[2] - '0');
    const int minutes = (zone[4] - '0') * 10 + (zone[5] - '0');
    if (hours > 14 || minutes > 59) {
        return std::nullopt;
    }
    const Milliseconds offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    return zone[0] == '-' ? -offset : offset;
}

class FixedZones final : public ZoneRules {
public:
    Result<LocalTime> to_local(std::string_view zone, Timestamp time) const override {
        SW_TRY(const auto offset, offset(zone));
        return LocalTime{time.time_since_epoch() + offset};
    }
    Result<Timestamp> to_utc(std::string_view zone, LocalTime local) const override {
        SW_TRY(const auto offset, offset(zone));
        return Timestamp{local.time_since_epoch() - offset};
    }

private:
    static Result<Milliseconds> offset(std::string_view zone) {
        const auto found = offset_of(zone);
        if (!found) {
            return fail(ErrorCode::failed_precondition, "TIME_ZONE",
                        fmt::format("There is no time zone '{}' here: name one as in 'Europe/Berlin', or an offset as '+02:00'.", zone));
        }
        return *found;
    }
};

}  // namespace

const ZoneRules& fixed_zones() {
    static const FixedZones zones;
    return zones;
}

}  // namespace slipway::lifecycle
