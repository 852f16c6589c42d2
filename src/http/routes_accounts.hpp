#pragma once

#include <string>
#include <vector>

#include "http/router.hpp"
#include "identity/accounts.hpp"

namespace slipway::http {

/// `/model-manage/api/users` and `/clients`; administrators only. Part of identity_routes().
/// @param note what lists say of themselves in `warnings`; empty: nothing.
std::vector<Route> account_routes(identity::Accounts& accounts, const std::string& note = {});

}  // namespace slipway::http
