#pragma once

#include <functional>
#include <string>

#include "store/database.hpp"

namespace slipway::store {

struct MigrationReport {
    int from{0};
    int to{0};
};

/// Brings the schema to the newest version of db/migrations (embedded), each step in its own transaction, under a lock.
/// @param backup is called once before the first step that changes a non-empty database; an error stops the migration.
/// @return `failed_precondition`/`DATABASE_TOO_NEW` when the database was written by a newer Slipway that this one does not know.
Result<MigrationReport> migrate(Database& database, const std::function<Result<void>()>& backup);

}  // namespace slipway::store
