#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/config/settings.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"

namespace slipway::cli {

/// A server one signed in at.
struct Context {
    std::string name;
    std::string url;
    std::string user;
    Secret access_token;
    Secret refresh_token;
    Timestamp expires{};
    bool by_code{false};  ///< signed in in a browser: there may be no password to ask for
};

struct Contexts {
    std::string current;
    std::vector<Context> list;

    Context* find(std::string_view name);
    const Context* find(std::string_view name) const;
};

/// `$SLIPWAY_CONFIG_HOME/config.yaml`, else `$XDG_CONFIG_HOME/slipway/config.yaml`, else `~/.config/slipway/config.yaml`.
std::string contexts_path(const config::Environment& environment);

/// The file of contexts: 0600 in a folder of 0700, written whole or not at all; calls at the same time wait for each other.
class ContextFile {
public:
    explicit ContextFile(std::string path) : path_{std::move(path)} {}

    /// @return no contexts when there is no file; `failed_precondition` when it cannot be understood.
    Result<Contexts> read() const;
    /// Reads, changes and writes under a lock. `change` may refuse with an error: nothing is written then.
    Result<void> update(const std::function<Result<void>(Contexts&)>& change) const;
    const std::string& path() const { return path_; }

private:
    Result<void> write(const Contexts& contexts) const;
    std::string path_;
};

}  // namespace slipway::cli
