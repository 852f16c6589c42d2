#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "identity/principal.hpp"

namespace slipway::identity {

/// Knows who a bearer token stands for. Port: built in (identity/tokens.hpp), or an outside OpenID provider. Thread-safe.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// May ask the database or a peer, so it may wait.
    /// @return `unauthenticated` for a token that is unknown, expired or revoked, `unavailable` when that cannot be found out.
    virtual Result<Principal> authenticate(std::string_view bearer) = 0;
    /// As authenticate(); who guesses from the address `peer` is slowed where that costs somebody else.
    /// @return besides `forbidden`/`TOO_MANY_ATTEMPTS`.
    virtual Result<Principal> authenticate_from(std::string_view bearer, std::string_view /*peer*/) { return authenticate(bearer); }
    /// Whether authenticate() waits for others than the database.
    virtual bool asks_peers() const { return false; }
    /// The answer if it is known without waiting; safe on the io thread.
    virtual std::optional<Principal> known(std::string_view bearer) const = 0;
};

}  // namespace slipway::identity
