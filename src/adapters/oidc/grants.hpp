#pragma once

#include "adapters/oidc/provider_call.hpp"
#include "identity/identity_provider.hpp"

namespace slipway::oidc {

/// Whose name and secret a request to the token endpoint carried.
enum class Asker { us, caller };

/// As long as an answer may still come, where somebody wants to be told that it is late.
Patience patience_of(const identity::LongWait& wait);

/// The tokens of an answer of the token endpoint (RFC 6749 section 5), or what its error means here: see identity::IdentityProvider.
Result<identity::ProviderTokens> tokens_of(const Answer& answer, Asker asker);

/// The answer of a device authorization endpoint (RFC 8628 section 3.2).
Result<identity::DeviceCode> device_code_of(const Answer& answer);

/// The provider takes no tokens back, or none of that kind.
std::unexpected<Error> cannot_revoke();

/// The answer of a revocation endpoint (RFC 7009 section 2.2): what a good one says is of no matter, and is nothing as a rule.
Result<void> revoked_by(const std::string& url, const HttpResponse& response, Asker asker);

}  // namespace slipway::oidc
