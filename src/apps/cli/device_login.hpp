#pragma once

#include "apps/cli/session.hpp"

namespace slipway::cli {

/// A person who was signed in.
struct SignIn {
    Tokens tokens;
    std::string user;
};

/// Signs in at a server with an identity provider: shows an address and a code, and waits until the person has typed it there in a browser, which may be on
/// another machine. @return `USAGE` where the server has accounts of its own or the provider offers no codes; what the provider says else.
Result<SignIn> sign_in_by_code(Session& session, const std::string& url);

}  // namespace slipway::cli
