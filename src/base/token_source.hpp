#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"

namespace slipway {

/// Bearer tokens for outgoing calls. Implementation: adapters/oidc (client credentials). Thread-safe.
class TokenSource {
public:
    virtual ~TokenSource() = default;
    /// A token that is valid now; fetched or renewed when there is none. @return `unavailable`, or `unauthenticated` when our own credentials are refused.
    virtual Result<Secret> token() = 0;
    /// A peer answered 401 to `refused`: the next token() fetches anew, unless somebody did so meanwhile.
    virtual void drop(const Secret& refused) = 0;
};

}  // namespace slipway
