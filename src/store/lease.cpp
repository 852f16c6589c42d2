#include "store/lease.hpp"

#include <fmt/format.h>

namespace slipway::store {

Result<std::optional<Lease>> acquire_lease(Unit& unit, std::string_view name, std::string_view holder, Milliseconds length) {
    const auto now = to_epoch_ms(unit.now);
    // A holder that renews keeps its token, also when it renews late: nobody else had the lease in between.
    SW_TRY(const auto rows, unit.sql.query("INSERT INTO leases (name, holder, token, expires_at) VALUES ($1, $2, 1, $3) "
                                           "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, "
                                           "token = CASE WHEN leases.holder = excluded.holder THEN leases.token ELSE leases.token + 1 END "
                                           "WHERE leases.holder = excluded.holder OR leases.expires_at <= $4 RETURNING token",
                                           {std::string{name}, std::string{holder}, now + length.count(), now}));
    if (rows.empty()) {
        return std::nullopt;
    }
    return Lease{std::string{name}, std::string{holder}, rows[0].integer(0)};
}

Result<void> check_lease(Unit& unit, const Lease& lease) {
    // Writing the row locks it, so that nobody takes the lease over between this check and the commit.
    SW_TRY(const auto held,
           unit.sql.execute("UPDATE leases SET token = token WHERE name = $1 AND holder = $2 AND token = $3", {lease.name, lease.holder, lease.token}));
    if (held == 0) {
        return fail(ErrorCode::conflict, "LEASE_LOST", fmt::format("The task {} is run by another process now.", lease.name));
    }
    return {};
}

Result<void> release_lease(Unit& unit, const Lease& lease) {
    SW_CHECK(unit.sql.execute("UPDATE leases SET holder = '', expires_at = 0 WHERE name = $1 AND holder = $2 AND token = $3",
                              {lease.name, lease.holder, lease.token}));
    return {};
}

}  // namespace slipway::store
