#pragma once

#include "apps/cli/session.hpp"

namespace slipway::cli {

/// A person who was signed in.
struct SignIn {
    Tokens tokens;
    std::string user;
};

/// Whether an identity provider keeps the accounts of the server; false when it does not say so.
bool has_provider(Session& session, const std::string& url);

/// Whether one signs in by a code at a server. @return `USAGE` where it has accounts of its own or the provider offers no codes.
Result<void> check_code_offer(Session& session, const std::string& url);

/// Signs in at such a server: shows an address and a code, and waits until the person has typed it there in a browser, which may be on another machine.
/// @return what the provider says.
Result<SignIn> sign_in_by_code(Session& session, const std::string& url);

}  // namespace slipway::cli
