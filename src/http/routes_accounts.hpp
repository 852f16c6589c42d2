#pragma once

#include <vector>

#include "http/router.hpp"
#include "identity/accounts.hpp"

namespace slipway::http {

/// `/model-manage/api/users` and `/clients`; administrators only. Part of identity_routes().
std::vector<Route> account_routes(identity::Accounts& accounts);

}  // namespace slipway::http
