#pragma once

#include "http/exchange.hpp"
#include "identity/accounts.hpp"
#include "identity/device_polls.hpp"
#include "identity/identity_provider.hpp"
#include "identity/passed_renewals.hpp"
#include "identity/sign_in_limits.hpp"

/// `POST /gocli/token` and `POST /gocli/revoke` in both modes.
namespace slipway::http {

/// Where a browser may come back to the command line. @return `invalid_argument` for anything but `http://` on a loopback address.
Result<void> check_redirect_uri(const std::string& uri);

/// By our own accounts: password, refresh token or client credentials.
Result<Response> issue_token(identity::Accounts& accounts, identity::Tokens& tokens, Exchange& exchange);

/// Passed through to the provider: password, refresh token, client credentials, and the codes of the command line. Guesses are slowed here as well, and so is
/// who asks about a device code more often than it may. A renewal whose answer is late is waited for behind the request.
Result<Response> pass_token(identity::IdentityProvider& provider, identity::PassedRenewals& renewals, identity::SignInLimits& limits,
                            identity::DevicePolls& polls, Exchange& exchange);

/// `POST /gocli/revoke` (RFC 7009): whoever holds a token may end it, with all others of its sign-in. One that is unknown has ended.
Result<Response> revoke_token(identity::Tokens& tokens, Exchange& exchange);

/// Passed through to the provider, as our client or as the one that the caller names; guesses at its secret are slowed.
Result<Response> pass_revocation(identity::IdentityProvider& provider, identity::SignInLimits& limits, Exchange& exchange);

}  // namespace slipway::http
