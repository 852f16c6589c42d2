#pragma once

#include <stop_token>

#include "store/lease.hpp"

/// What nobody needs any more: old audit records, contents and sealed secrets that no object names. All of it in small transactions.
namespace slipway::registry {

/// A blob or secret younger than this stays whatever names it: the object that will may still be on its way.
inline constexpr Milliseconds kGarbageAge = std::chrono::hours{1};

struct Collected {
    std::int64_t blobs{0};
    std::int64_t secrets{0};
};

/// Takes the lease of the task for `pause` and keeps it, so that it runs once in that time whoever asks and however often the server starts.
/// @return nothing when it is not due.
Result<std::optional<store::Lease>> due_collection(store::Store& store, Milliseconds pause);

/// Deletes audit records written before `before`, oldest first. The trail has no hash chain yet: when it gets one, what is removed here must
/// leave the hash of its last record behind, and this is the only place that removes any.
Result<std::int64_t> prune_audit(store::Store& store, const store::Lease& lease, Timestamp before, const std::stop_token& stop);

/// Deletes blobs and sealed secrets that nothing names. Every text column of every table counts, and the JSON documents among the blobs, but not the
/// audit trail, which tells of contents without keeping them, and what else never opens one (kept answers, events, lines of jobs).
/// First all names are read, without a lock; then what has none is deleted in batches, each in one statement that asks once more for its age and for
/// names in what was written since.
/// @return `conflict`/`LEASE_LOST` when another process took the task over.
Result<Collected> collect_garbage(store::Store& store, const store::Lease& lease, const std::stop_token& stop);

}  // namespace slipway::registry
