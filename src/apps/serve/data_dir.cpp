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

Result<crypto::Sealer> open_sealer(const config::Config& config, const std::string& data_dir) {
    if (!config.server.key_file.empty()) {
        return crypto::Sealer::open(config.server.key_file, false);
    }
    const auto path = data_dir + "/key";
    const bool fresh = !exists(database_file(data_dir));
    if (!fresh && !exists(path)) {
        return fail(ErrorCode::failed_precondition, "KEY_LOST",
                    "The key file " + path + " is gone, but the database beside it has secrets that were sealed with it. Put the key back from your copy.");
    }
    return crypto::Sealer::open(path, true);
}

Result<std::unique_ptr<store::Database>> open_database(const config::Config& config, const std::string& data_dir) {
    auto opened = config.database_url.empty() ? db::open_sqlite({.path = database_file(data_dir), .exclusive = true})
                                              : db::open_postgres({.url = std::string{config.database_url.reveal()}, .exclusive = true});
    if (!opened && opened.error().reason == "DATABASE_IN_USE") {
        const auto which = config.database_url.empty() ? "in " + data_dir : std::string{"of database.url"};
        return fail(ErrorCode::conflict, "DATABASE_IN_USE",
                    "Another slipway serve uses the database " + which + ". Stop it, or name another data directory with --data-dir.");
    }
    return opened;
}

Result<void> migrate(store::Database& database, const std::string& data_dir, Timestamp now) {
    const auto backup = [&]() -> Result<void> {
        if (database.dialect() != store::Dialect::sqlite) {
            log::info("migration.backup", {{"note", "PostgreSQL is backed up by its own tools; each migration is one transaction"}});
            return {};
        }
        auto stamp = to_iso(now).substr(0, 19);
        std::ranges::replace(stamp, ':', '-');
        const auto copy = database_file(data_dir) + ".before-migration-" + stamp;
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

}  // namespace slipway::serve
