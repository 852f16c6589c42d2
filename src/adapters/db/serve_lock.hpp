#pragma once

#include "store/database.hpp"

namespace slipway::db {

/// Sees that the lock of `serve` is still held where `database` was opened with it, and takes it again when the connection that held it was lost.
/// Databases of files hold it as long as they live. Thread-safe.
/// @return `conflict`/`DATABASE_IN_USE` when another `serve` has it now: nothing may be written any more; `unavailable` when the database is away.
Result<void> keep_lock(store::Database& database);

}  // namespace slipway::db
