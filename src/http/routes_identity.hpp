#pragma once

#include <vector>

#include "http/gate.hpp"
#include "http/router.hpp"
#include "identity/access.hpp"
#include "identity/accounts.hpp"

namespace slipway::http {

/// `/gocli/token`, `/gocli/session`, users and clients. A session tells what `access` lets the caller do.
std::vector<Route> identity_routes(identity::Accounts& accounts, identity::Tokens& tokens, const Gate& gate, const identity::Access& access);

}  // namespace slipway::http
