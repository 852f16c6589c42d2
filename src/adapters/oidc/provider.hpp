#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/oidc/claims.hpp"
#include "base/health.hpp"
#include "base/http_transport.hpp"
#include "base/secret.hpp"
#include "identity/identity_provider.hpp"

namespace slipway::oidc {

/// Which tokens the provider is asked about (RFC 7662): none, those that cannot be read, or each, whose revocation then counts within 30 s.
enum class Introspection { none, opaque, all };

/// `security.oauth2` of the configuration.
struct ProviderSettings {
    ClaimRules rules;      ///< with the issuer
    std::string jwks_uri;  ///< instead of the one that the provider names
    std::vector<Algorithm> algorithms{Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
                                      Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa};
    Introspection introspection{Introspection::none};
    std::string client_id;           ///< of the page; empty: nobody signs in here, tokens come from elsewhere
    Secret client_secret;            ///< empty: a public client
    std::string cli_client_id{};     ///< public, of the command line and passed-through passwords; empty: the page's stands in
    std::string cli_redirect_uri{};  ///< where a browser comes back to the command line, on a loopback address; without a port any
    std::vector<std::string> scopes{"openid", "profile"};
    std::string name;  ///< for the button; empty: the issuer's host
};

/// An OpenID provider that is kept up to date from outside.
class Provider : public identity::IdentityProvider {
public:
    /// Fetches its description and keys where they are no longer fresh, and says in the log when the health went down or up since. For a background task, which
    /// runs it at start and every half a minute.
    virtual Result<void> refresh() = 0;
    /// Whether signed tokens can be checked: without that no request of a person can be served.
    virtual bool knows_keys() const = 0;
    /// Up as long as tokens can be checked and people can sign in, as the last questions went; what is wrong besides stands in the details.
    virtual Health health() const = 0;
};

/// A provider over OpenID Connect Discovery. Verified tokens are remembered for 30 s, at most 4096 of them.
std::unique_ptr<Provider> make_provider(ProviderSettings settings, HttpTransport& transport, const Clock& clock);

}  // namespace slipway::oidc
