#include "apps/serve/data_dir.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>

#include "adapters/db/db.hpp"
#include "base/log.hpp"
#include "store/migrate.hpp"

namespace slipway::serve {
namespace {

std::string value_of(const config::Environment& environment, std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string{} : found->second;
}

std::string database_file(const std::string& data_dir) {
    return data_dir + "/slipway.db";
}

bool exists(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0;
}

constexpr std::string_view kCheckPurpose = "key-check";

/// What a database knows of its key.
struct KeyCheck {
    std::string sealed;  ///< empty before the first start
    bool used{false};    ///< it has users already
};

Result<KeyCheck> read_check(store::Database& database) {
    return store::read<KeyCheck>(database, [](store::Session& sql) -> Result<KeyCheck> {
        SW_TRY(const auto kept, sql.query("SELECT sealed FROM key_check WHERE id = 1"));
        SW_TRY(const auto users, sql.query("SELECT id FROM users LIMIT 1"));
        return KeyCheck{.sealed = kept.empty() ? std::string{} : kept[0].blob(0), .used = !users.empty()};
    });
}

std::unexpected<Error> key_lost(const std::string& path, std::string_view what) {
    return fail(ErrorCode::failed_precondition, "KEY_LOST",
                "The key file " + path + " " + std::string{what} +
                    ", and the database has secrets that were sealed with the one it had. Put the key back from your copy.");
}

}  // namespace

std::string default_data_dir(const config::Environment& environment, bool root) {
    if (const auto named = value_of(environment, "SLIPWAY_DATA_DIR"); !named.empty()) {
        return named;
    }
    if (root) {
        return "/var/lib/slipway";
    }
    const auto data = value_of(environment, "XDG_DATA_HOME");
    return (data.empty() ? value_of(environment, "HOME") + "/.local/share" : data) + "/slipway";
}

Result<void> prepare_data_dir(const std::string& path) {
    std::error_code failed;
    const bool made = std::filesystem::create_directories(path, failed);
    struct stat info{};
    if (failed || ::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return fail(ErrorCode::failed_precondition, "DATA_DIR",
                    "The data directory " + path + " cannot be made: " + (failed ? failed.message() : std::string{std::strerror(errno)}) +
                        ". Name another with --data-dir.");
    }
    if (made && ::chmod(path.c_str(), 0700) != 0) {
        return fail(ErrorCode::failed_precondition, "DATA_DIR", "The data directory " + path + " cannot be closed to others: " + std::strerror(errno) + ".");
    }
    return {};
}

Result<std::unique_ptr<store::Database>> open_database(const config::Config& config, const std::string& data_dir) {
    auto opened = config.database_url.empty() ? db::open_sqlite({.path = database_file(data_dir), .exclusive = true})
                                              : db::open_postgres({.url = std::string{config.database_url.reveal()}, .exclusive = true});
    if (!opened && opened.error().reason == "DATABASE_IN_USE") {
        return fail(ErrorCode::conflict, "DATABASE_IN_USE",
                    config.database_url.empty()
                        ? "Another slipway serve uses the database in " + data_dir + ". Stop it, or name another data directory with --data-dir."
                        : std::string{"Another slipway serve uses the database of database.url. Stop it, or name another database there."});
    }
    return opened;
}

namespace {

std::string backup_before_migration(const std::string& data_dir, std::string_view stamp) {
    return fmt::format("{}.before-migration-{}", database_file(data_dir), stamp);
}

/// Of a process that died while it copied. Nobody else copies now: the database is ours alone.
void remove_broken_copies(const std::string& data_dir) {
    const auto begin = std::filesystem::path{backup_before_migration(data_dir, "")}.filename().string();
    std::vector<std::filesystem::path> broken;
    std::error_code failed;
    for (std::filesystem::directory_iterator at{data_dir, failed}, end; !failed && at != end; at.increment(failed)) {
        const auto name = at->path().filename().string();
        if (name.starts_with(begin) && name.ends_with(".part")) {
            broken.push_back(at->path());
        }
    }
    for (const auto& file : broken) {
        if (std::filesystem::remove(file, failed)) {
            log::info("migration.broken_copy_removed", {{"file", file.string()}});
        }
    }
}

}  // namespace

Result<void> migrate(store::Database& database, const std::string& data_dir, Timestamp now) {
    if (database.dialect() == store::Dialect::sqlite) {
        remove_broken_copies(data_dir);
    }
    const auto backup = [&]() -> Result<void> {
        if (database.dialect() != store::Dialect::sqlite) {
            log::info("migration.backup", {{"note", "PostgreSQL is backed up by its own tools; each migration is one transaction"}});
            return {};
        }
        auto stamp = to_iso(now).substr(0, 19);
        std::ranges::replace(stamp, ':', '-');
        const auto copy = backup_before_migration(data_dir, stamp);
        SW_CHECK(db::backup(database, copy));
        log::info("migration.backup", {{"file", copy}});
        return {};
    };
    SW_TRY(const auto report, store::migrate(database, backup));
    if (report.from != report.to) {
        log::info("migration.done", {{"from", report.from}, {"to", report.to}});
    }
    return {};
}

namespace {

/// So that another key is noticed at the next start.
Result<void> keep_check(store::Database& database, const crypto::Sealer& sealer) {
    return database.transact([&](store::Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("INSERT INTO key_check (id, sealed) VALUES (1, $1)", {store::Blob{sealer.seal(Secret{"slipway"}, kCheckPurpose)}}));
        return {};
    });
}

}  // namespace

Result<crypto::Sealer> open_sealer(const config::Config& config, const std::string& data_dir, store::Database& database) {
    const bool named = !config.server.key_file.empty();
    const auto path = named ? config.server.key_file : data_dir + "/key";
    SW_TRY(const auto check, read_check(database));
    const bool fresh = check.sealed.empty() && !check.used;
    if (!named && !fresh && !exists(path)) {
        return key_lost(path, "is gone");
    }
    SW_TRY(auto sealer, crypto::Sealer::open(path, !named));
    if (check.sealed.empty()) {
        SW_CHECK(keep_check(database, sealer));
    } else if (!sealer.unseal(check.sealed, kCheckPurpose)) {
        return key_lost(path, "holds another key");
    }
    return sealer;
}

}  // namespace slipway::serve
