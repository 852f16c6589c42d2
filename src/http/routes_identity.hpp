#pragma once

#include <vector>

#include "http/gate.hpp"
#include "http/router.hpp"
#include "identity/accounts.hpp"

namespace slipway::http {

/// `/gocli/token`, `/gocli/session`, users and clients.
std::vector<Route> identity_routes(identity::Accounts& accounts, identity::Tokens& tokens, const Gate& gate);

}  // namespace slipway::http
