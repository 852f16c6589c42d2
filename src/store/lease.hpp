#pragma once

#include <optional>
#include <string>

#include "store/unit.hpp"

namespace slipway::store {

/// A lease on a name, with a fencing token that grows with each holder.
struct Lease {
    std::string name;
    std::string holder;
    std::int64_t token{0};
};

/// Takes or renews the lease for `length`. @return nothing while another holder's lease lasts.
Result<std::optional<Lease>> acquire_lease(Unit& unit, std::string_view name, std::string_view holder, Milliseconds length);
/// @return `conflict`/`LEASE_LOST` when the lease is held under another token now. For writes of a leased task, in their transaction.
Result<void> check_lease(Unit& unit, const Lease& lease);
Result<void> release_lease(Unit& unit, const Lease& lease);

}  // namespace slipway::store
