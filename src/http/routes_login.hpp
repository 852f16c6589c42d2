#pragma once

#include <memory>
#include <vector>

#include "base/crypto.hpp"
#include "http/gate.hpp"
#include "http/router.hpp"
#include "identity/device_polls.hpp"
#include "identity/identity_provider.hpp"
#include "identity/provider_sessions.hpp"
#include "identity/sign_in_limits.hpp"

namespace slipway::http {

/// What `security.mode: oauth2` stands on; empty where accounts are ours.
struct ProviderSide {
    identity::IdentityProvider* provider{nullptr};
    identity::ProviderSessions* sessions{nullptr};
    const crypto::Sealer* sealer{nullptr};  ///< of what a browser carries from the start of a sign-in to its end
    std::shared_ptr<identity::DevicePolls> polls{std::make_shared<identity::DevicePolls>()};

    explicit operator bool() const { return provider != nullptr; }
};

/// `Set-Cookie` for the page's session; `max_age` 0 removes it.
std::string session_cookie_header(const Request& request, std::string_view content, std::int64_t max_age);

/// How one signs in (`/gocli/login`), by authorization code (`…/start`, `…/callback`) and on the command line by a browser that comes back to it
/// (`/gocli/loopback`) or a device code (`/gocli/device`). Part of identity_routes().
std::vector<Route> login_routes(const ProviderSide& side, identity::SignInLimits& limits, const Gate& gate);

}  // namespace slipway::http
