#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/http_transport.hpp"
#include "base/token_source.hpp"

namespace slipway::oidc {

/// A machine client at an authorisation server (RFC 6749 section 4.4).
struct ClientSettings {
    std::string token_url;
    std::string client_id;
    Secret client_secret;
    std::vector<std::string> scopes;
};

/// Tokens by the client credentials grant: basic authentication first, form members where the server refuses that. Renewed when 80 % of the life is over, at
/// the latest 60 s before the end where the life allows it; one request at a time for any number of callers. Without `expires_in` a token lives 60 s.
/// While the server is away a token that has not ended is still given. Without one it is asked again after pauses of 1 to 15 s, at least 30 s where our own
/// credentials are refused, and meanwhile the failure is told again. Thread-safe.
std::unique_ptr<TokenSource> make_client_credentials(ClientSettings settings, HttpTransport& transport, const Clock& clock);

}  // namespace slipway::oidc
