#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

#include "adapters/db/sqlite_database.hpp"

namespace slipway::db {

namespace {

Error cannot_write(const std::string& path, std::string_view why) {
    return {ErrorCode::unavailable, "BACKUP_FAILED", fmt::format("The backup {} cannot be written: {}.", path, why), {}, {}};
}

/// Makes content and name durable.
Result<void> publish(const std::string& part, const std::string& path) {
    const UniqueFd file{::open(part.c_str(), O_RDWR | O_CLOEXEC)};
    if (!file || ::fsync(file.get()) != 0 || std::rename(part.c_str(), path.c_str()) != 0) {
        return std::unexpected(cannot_write(path, std::strerror(errno)));
    }
    const UniqueFd folder{::open(std::filesystem::absolute(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder || ::fsync(folder.get()) != 0) {
        return std::unexpected(cannot_write(path, std::strerror(errno)));
    }
    return {};
}

}  // namespace

Result<void> SqliteDatabase::back_up(const std::string& path) {
    if (std::filesystem::exists(path)) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS", fmt::format("The file {} exists already; give the backup another name.", path));
    }
    const auto part = path + ".part";
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    const UniqueFd made{::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!made) {
        return std::unexpected(cannot_write(path, std::strerror(errno)));
    }
    SW_TRY(auto target, SqliteConnection::open(part, SQLITE_OPEN_READWRITE, "PRAGMA journal_mode=OFF"));
    const auto copy = [&](SqliteConnection& source) -> Result<void> {
        auto* job = sqlite3_backup_init(target->handle(), "main", source.handle(), "main");
        if (job == nullptr) {
            return std::unexpected(cannot_write(path, sqlite3_errmsg(target->handle())));
        }
        const int stepped = sqlite3_backup_step(job, -1);
        if (sqlite3_backup_finish(job) != SQLITE_OK || stepped != SQLITE_DONE) {
            return std::unexpected(cannot_write(path, sqlite3_errmsg(target->handle())));
        }
        return {};
    };
    Result<void> copied;
    if (in_memory()) {
        copied = group_.alone([&] { return copy(*writer_); });
    } else {
        SW_TRY(auto reader, borrow_reader());
        copied = copy(*reader);
        give_back(std::move(reader));
    }
    target.reset();
    if (copied) {
        copied = publish(part, path);
    }
    if (!copied) {
        std::filesystem::remove(part, ignored);
    }
    return copied;
}

Result<void> backup(store::Database& database, const std::string& path) {
    auto* sqlite = dynamic_cast<SqliteDatabase*>(&database);
    if (sqlite == nullptr) {
        return fail(ErrorCode::failed_precondition, "NOT_SQLITE", "Only a SQLite database is backed up here; use pg_dump for PostgreSQL.");
    }
    return sqlite->back_up(path);
}

}  // namespace slipway::db
