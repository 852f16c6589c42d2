#pragma once

#include "lifecycle/zone.hpp"

namespace slipway::fakes {

/// Europe/Berlin by the rule of the European Union: summer time from the last Sunday of March to that of October, 01:00 UTC. Knows no other zone.
class BerlinZone final : public lifecycle::ZoneRules {
public:
    Result<lifecycle::LocalTime> to_local(std::string_view zone, Timestamp time) const override {
        SW_CHECK(known(zone));
        return lifecycle::LocalTime{time.time_since_epoch() + offset(time)};
    }
    Result<Timestamp> to_utc(std::string_view zone, lifecycle::LocalTime local) const override {
        SW_CHECK(known(zone));
        const Timestamp summer{local.time_since_epoch() - std::chrono::hours{2}};
        if (offset(summer) == std::chrono::hours{2}) {
            return summer;
        }
        const Timestamp winter{local.time_since_epoch() - std::chrono::hours{1}};
        if (offset(winter) == std::chrono::hours{1}) {
            return winter;
        }
        return change(winter, std::chrono::March);  // clocks never showed it
    }

private:
    static Result<void> known(std::string_view zone) {
        return zone == "Europe/Berlin" ? Result<void>{} : fail(ErrorCode::failed_precondition, "TIME_ZONE", "no such zone");
    }
    static Timestamp change(Timestamp time, std::chrono::month month) {
        const auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(time)}.year();
        return std::chrono::sys_days{year / month / std::chrono::Sunday[std::chrono::last]} + std::chrono::hours{1};
    }
    static std::chrono::hours offset(Timestamp time) {
        const bool summer = time >= change(time, std::chrono::March) && time < change(time, std::chrono::October);
        return std::chrono::hours{summer ? 2 : 1};
    }
};

}  // namespace slipway::fakes
