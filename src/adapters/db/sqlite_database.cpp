#include "adapters/db/sqlite_database.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>

#include "adapters/db/session.hpp"
#include "base/log.hpp"

namespace slipway::db {

namespace {

constexpr int kExitIoError = 74;  // EX_IOERR
/// Four times SQLite's own default: pages that change often are written to the database once for all their changes, and both files are synced less often.
constexpr int kCheckpointPages = 4000;
constexpr std::size_t kMostInGroup = 64;

constexpr std::string_view kFilePragmas =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=67108864;"
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000;";
constexpr std::string_view kMemoryPragmas = "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;";
constexpr std::string_view kReaderPragmas = "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;";

/// Makes the file for its owner alone, and its name durable.
Result<void> make_file(const std::string& path) {
    const UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!file) {
        return fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE",
                    fmt::format("The database file {} cannot be opened: {}. Check the path and its permissions.", path, std::strerror(errno)));
    }
    const auto folder = std::filesystem::absolute(path).parent_path();
    const UniqueFd directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::fsync(directory.get()) != 0) {
        return fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE", fmt::format("The folder {} cannot be written: {}.", folder.string(), std::strerror(errno)));
    }
    return {};
}

Result<UniqueFd> take_lock(const std::string& path) {
    UniqueFd lock{::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!lock) {
        return fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE", fmt::format("The lock file {}.lock cannot be opened: {}.", path, std::strerror(errno)));
    }
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::conflict, "DATABASE_IN_USE",
                    fmt::format("Another slipway serve uses the database {}. Stop it first, or give this one another --data-dir.", path));
    }
    return lock;
}

[[noreturn]] void die_of_io_error(const Error& error) {
    log::error("database_io_error", {{"detail", std::string{error.detail}}, {"exit", int{kExitIoError}}});
    std::_Exit(kExitIoError);
}

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const SqliteOptions& options) {
    const bool in_memory = options.path == ":memory:";
    UniqueFd lock;
    if (!in_memory) {
        SW_CHECK(make_file(options.path));
        if (options.exclusive) {
            SW_TRY(lock, take_lock(options.path));
        }
    }
    SW_TRY(auto writer, SqliteConnection::open(options.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, in_memory ? kMemoryPragmas : kFilePragmas));
    return std::unique_ptr<SqliteDatabase>{new SqliteDatabase{options, std::move(writer), std::move(lock)}};
}

SqliteDatabase::SqliteDatabase(SqliteOptions options, std::unique_ptr<SqliteConnection> writer, UniqueFd lock)
    : options_{std::move(options)}, lock_{std::move(lock)}, writer_{std::move(writer)}, group_{engine(), in_memory() ? 1 : kMostInGroup} {
    // Checkpoints are ours: SQLite's own one swallows I/O errors, and would make the members of a group wait.
    sqlite3_wal_hook(
        writer_->handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<SqliteDatabase*>(self)->wal_pages_ = pages;
            return SQLITE_OK;
        },
        this);
}

SqliteDatabase::~SqliteDatabase() = default;

CommitGroup::Engine SqliteDatabase::engine() {
    return {.prepare = [this] { checkpoint(); },
            .begin = [this]() -> Result<void> {
                if (writer_->run_kept("BEGIN IMMEDIATE") != SQLITE_OK) {
                    return std::unexpected(writer_->failure("BEGIN"));
                }
                return {};
            },
            .commit = [this] { return commit(); },
            .roll_back =
                [this] {
                    if (writer_->in_transaction()) {
                        writer_->run_kept("ROLLBACK");
                    }
                }};
}

Result<void> SqliteDatabase::commit() {
    const int code = writer_->run_kept("COMMIT");
    if (code == SQLITE_OK) {
        return {};
    }
    auto error = writer_->failure("COMMIT");
    if ((code & 0xff) == SQLITE_IOERR) {
        die_of_io_error(error);
    }
    writer_->run_kept("ROLLBACK");
    return std::unexpected(std::move(error));
}

void SqliteDatabase::checkpoint() {
    if (wal_pages_ < kCheckpointPages) {
        return;
    }
    wal_pages_ = 0;
    const int code = sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if ((code & 0xff) == SQLITE_IOERR) {
        die_of_io_error(writer_->failure("checkpoint"));
    }
}

/// Runs `work` in the transaction that is open, with no way to undo it alone.
CommitGroup::Outcome SqliteDatabase::run_member(const store::Work& work) {
    using enum CommitGroup::Outcome::Left;
    const auto changes = writer_->changes();
    CheckedSession session{*writer_, store::Dialect::sqlite};
    auto result = session.run(work);
    if (writer_->had_io_error()) {
        // The log is written within statements too, when a row is larger than the cache. What is on the disk now nobody knows: as at a COMMIT.
        die_of_io_error(result ? writer_->failure("a statement") : result.error());
    }
    if (!writer_->in_transaction()) {
        // Out of disk or memory: SQLite has undone the whole transaction.
        if (result) {
            result = fail(ErrorCode::unavailable, "DATABASE_UNAVAILABLE", "The database gave the transaction up; try again.");
        }
        return {std::move(result), lost};
    }
    const bool spoils = !result && writer_->changes() != changes;
    return {std::move(result), spoils ? spoilt : clean};
}

/// As run_member(); what a refused `work` has changed is undone.
CommitGroup::Outcome SqliteDatabase::run_in_savepoint(const store::Work& work) {
    using enum CommitGroup::Outcome::Left;
    if (writer_->run_kept("SAVEPOINT member") != SQLITE_OK) {
        return {std::unexpected(writer_->failure("SAVEPOINT")), writer_->in_transaction() ? clean : lost};
    }
    auto outcome = run_member(work);
    if (outcome.left == lost) {
        return outcome;
    }
    if (outcome.left == spoilt && writer_->run_kept("ROLLBACK TO member") != SQLITE_OK) {
        return {std::move(outcome.result), lost};  // else the group would commit half of it
    }
    if (writer_->run_kept("RELEASE member") != SQLITE_OK) {
        return {std::unexpected(writer_->failure("RELEASE")), lost};
    }
    return {std::move(outcome.result), clean};
}

Result<void> SqliteDatabase::transact(const store::Work& work) {
    const NotNested guard;
    return group_.write([&](bool undoable) {
        if (undoable) {
            return run_in_savepoint(work);
        }
        auto outcome = run_member(work);
        if (options_.rehearse && outcome.left == CommitGroup::Outcome::Left::clean) {
            outcome.left = CommitGroup::Outcome::Left::spoilt;
        }
        return outcome;
    });
}

Result<void> SqliteDatabase::run_reading(SqliteConnection& connection, const store::Work& work) {
    if (connection.run_kept("BEGIN") != SQLITE_OK) {
        return std::unexpected(connection.failure("BEGIN"));
    }
    CheckedSession session{connection, store::Dialect::sqlite};
    auto result = session.run(work);
    if (connection.in_transaction()) {
        connection.run_kept("ROLLBACK");
    }
    return result;
}

Result<void> SqliteDatabase::read(const store::Work& work) {
    const NotNested guard;
    if (in_memory()) {
        return group_.alone([&] {
            writer_->run("PRAGMA query_only=ON");
            auto result = run_reading(*writer_, work);
            writer_->run("PRAGMA query_only=OFF");
            return result;
        });
    }
    SW_TRY(auto reader, borrow_reader());
    auto result = run_reading(*reader, work);
    give_back(std::move(reader));
    return result;
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::borrow_reader() {
    {
        std::unique_lock lock{readers_mutex_};
        reader_free_.wait(lock, [&] { return !readers_.empty() || readers_made_ < std::max<std::size_t>(options_.readers, 1); });
        if (!readers_.empty()) {
            auto reader = std::move(readers_.back());
            readers_.pop_back();
            return reader;
        }
        ++readers_made_;
    }
    auto opened = SqliteConnection::open(options_.path, SQLITE_OPEN_READWRITE, kReaderPragmas);
    if (!opened) {
        const std::lock_guard lock{readers_mutex_};
        --readers_made_;
    }
    return opened;
}

void SqliteDatabase::give_back(std::unique_ptr<SqliteConnection> reader) {
    {
        const std::lock_guard lock{readers_mutex_};
        readers_.push_back(std::move(reader));
    }
    reader_free_.notify_one();
}

Result<std::unique_ptr<store::Database>> open_sqlite(const SqliteOptions& options) {
    SW_TRY(std::unique_ptr<store::Database> database, SqliteDatabase::open(options));
    return database;
}

}  // namespace slipway::db
