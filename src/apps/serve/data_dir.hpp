#pragma once

#include <string>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"
#include "base/crypto.hpp"
#include "store/database.hpp"

/// What `serve` keeps on disk.
namespace slipway::serve {

/// `$SLIPWAY_DATA_DIR`, else for root /var/lib/slipway, else `$XDG_DATA_HOME/slipway` or `~/.local/share/slipway`.
std::string default_data_dir(const config::Environment& environment, bool root);

/// Makes the directory (0700) if it is not there. @return `failed_precondition` with what is wrong.
Result<void> prepare_data_dir(const std::string& path);

/// Opens PostgreSQL (`database.url`) or `slipway.db` in the data directory, for this process alone.
Result<std::unique_ptr<store::Database>> open_database(const config::Config& config, const std::string& data_dir);

/// Brings the schema up to date; a SQLite file is copied beside itself first. What is left of copies that a crash broke off goes.
Result<void> migrate(store::Database& database, const std::string& data_dir, Timestamp now);

/// The key of `server.keyFile`, which must exist, or `key` in the data directory, made together with a new database.
/// @param database migrated; it knows the key that it was begun with.
/// @return `failed_precondition`: a lost key is never replaced by a new one beside old data, nor by a wrong one.
Result<crypto::Sealer> open_sealer(const config::Config& config, const std::string& data_dir, store::Database& database);

}  // namespace slipway::serve
