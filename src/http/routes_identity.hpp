#pragma once

#include <vector>

#include "http/gate.hpp"
#include "http/router.hpp"
#include "http/routes_login.hpp"
#include "identity/access.hpp"
#include "identity/accounts.hpp"

namespace slipway::http {

/// `/gocli/token`, `/gocli/revoke`, `/gocli/session`, the ways to sign in, users and clients. A session tells what `access` lets the caller do.
/// With a `side` people and machines are the provider's: tokens are passed through, and accounts of ours are made no more.
std::vector<Route> identity_routes(identity::Accounts& accounts, identity::Tokens& tokens, const Gate& gate, const identity::Access& access,
                                   const ProviderSide& side = {});

}  // namespace slipway::http
