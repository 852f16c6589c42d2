#pragma once

#include "apps/cli/device_login.hpp"

namespace slipway::cli {

/// Signs in by a browser on this machine (RFC 8252): opens the provider's page, or shows its address, and waits for the browser to come back.
/// @return what the provider says.
/// @param begun called once the server has begun it, before the person is sent anywhere: from then on the sign-in of before ends. Its error ends this one.
Result<SignIn> sign_in_by_browser(Session& session, const std::string& url, const WayIn& way, const std::function<Result<void>()>& begun);

/// Whether a browser can be opened here: one is named by BROWSER, or there is a display, and nobody sits at another machine (SSH).
bool has_browser(const World& world);

/// Starts the browser of BROWSER or xdg-open with an address, and does not wait for it. @return whether it was started.
bool open_in_browser(const World& world, const std::string& url);

}  // namespace slipway::cli
