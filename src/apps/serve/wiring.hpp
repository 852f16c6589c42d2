#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apps/config/config.hpp"
#include "apps/config/settings.hpp"
#include "base/crypto.hpp"
#include "http/router.hpp"
#include "store/database.hpp"

namespace slipway::serve {

/// The parts of a server, built top to bottom; they go away bottom to top.
class Wiring {
public:
    /// Builds everything on an open, migrated database; nothing runs yet and nothing is asked of any peer.
    Wiring(config::Config config, const config::Environment& environment, crypto::Sealer sealer, std::unique_ptr<store::Database> database);
    ~Wiring();

    /// Makes the administrator `admin` at the first start. @return the generated password, to be shown once, or nothing.
    Result<std::optional<Secret>> ensure_administrator(std::optional<Secret> password);
    /// Shows the room that is left for `folder` as the health component `diskSpace`. Set before start().
    void watch_disk(const std::string& folder);
    /// @param lost is called once, on another thread, when another server took the database: stop then. Set before start().
    void on_database_lost(std::function<void()> lost);
    /// Takes the address, without serving yet.
    Result<void> bind();
    /// Serves and starts the background tasks. @return the port.
    Result<int> start();
    /// Clean stop, within ten seconds. Idempotent.
    void stop();

    const http::Router& router() const;
    std::string database_description() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace slipway::serve
