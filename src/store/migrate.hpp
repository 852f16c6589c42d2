#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/embedded.hpp"
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

/// The same with given files `NNNN_name.sql`, for tests. A statement ends with `;` at the end of a line, `--` begins a comment line; placeholders:
/// | | SQLite | PostgreSQL |
/// |---|---|---|
/// | `{{row_id}}` | INTEGER PRIMARY KEY | BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY |
/// | `{{blob}}` | BLOB | BYTEA |
/// | `{{real}}` | REAL | DOUBLE PRECISION |
/// | `{{c}}` | nothing | COLLATE "C" (after TEXT) |
///
/// A line that begins with `{{postgres}}` is for PostgreSQL alone.
Result<MigrationReport> migrate(Database& database, std::span<const EmbeddedFile> files, const std::function<Result<void>()>& backup);

}  // namespace slipway::store
