#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "store/database.hpp"

/// The two databases. All that knows sqlite3 or libpq is in this folder.
namespace slipway::db {

struct SqliteOptions {
    std::string path;        ///< a file, or `:memory:` for a database that dies with the object
    std::size_t readers{8};  ///< read connections at most; a reader beyond them waits
    bool exclusive{false};   ///< take the lock of `serve` (`<path>.lock`) for the life of the object
    bool rehearse{false};    ///< for tests: each work runs twice, undone after the first time, so that one that cannot run again is found
};

/// Opens or makes the file (0600) in WAL mode with synchronous=FULL.
/// One transaction writes at a time; those that wait are committed together (at most 64, for at most 2 ms or, up to 20 ms, as long as the last
/// commit took), so one fsync serves all.
/// When a commit or fsync fails with an I/O error the process ends with exit code 74: what the kernel kept is unknown, and a
/// second fsync would lie about it.
/// @return `unavailable` when the file cannot be opened, `conflict`/`DATABASE_IN_USE` when another `serve` holds it.
Result<std::unique_ptr<store::Database>> open_sqlite(const SqliteOptions& options);

struct PostgresOptions {
    std::string url;                   ///< postgresql://… or a libpq connection string
    std::size_t pool_size{8};          ///< connections at most; a caller beyond them waits
    bool exclusive{false};             ///< take the advisory lock of `serve` for the life of the object
    Milliseconds longest_wait{10000};  ///< of a caller for a connection, then `unavailable`/`DATABASE_BUSY`
};

/// Statements end after a minute, and a host that is gone is noticed within half a minute; parameters of the address may say otherwise.
/// Connects to PostgreSQL 12 or newer. Lost connections are replaced by new ones at the next call.
/// @return `unavailable` when it cannot be reached, `conflict`/`DATABASE_IN_USE` when another `serve` holds it.
Result<std::unique_ptr<store::Database>> open_postgres(const PostgresOptions& options);

/// Copies a SQLite database to a new file while it is used. The copy is synced before it takes its name.
/// @return `failed_precondition` for a database that is no SQLite, `conflict` when `path` exists.
Result<void> backup(store::Database& database, const std::string& path);

}  // namespace slipway::db
