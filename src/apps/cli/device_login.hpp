#pragma once

#include "apps/cli/session.hpp"

namespace slipway::cli {

/// A person who was signed in.
struct SignIn {
    Tokens tokens;
    std::string user;
};

/// A JSON object that the server answers with 200. @return what it says else.
Result<json::object> ask(Session& session, HttpRequest request, const std::string& url);

/// The sign-in of tokens, with the name that the server has for them. While it does not answer, or cannot say, it is asked for up to half a minute: a person
/// has signed in for them. @return its error; then the tokens are taken back.
Result<SignIn> named(Session& session, const std::string& url, Tokens tokens);

/// Ends a pair of tokens at the server that gave them. What cannot be ended is said, and hinders nobody: it ends by itself.
/// @param which they are, in words.
void take_back(Session& session, const std::string& url, const Secret& access, const Secret& refresh, std::string_view which);

/// Whether an identity provider keeps the accounts of the server; false when it does not say so.
bool has_provider(Session& session, const std::string& url);

/// How a person signs in without a name: by a browser on this machine, or by a code that is typed on any.
struct WayIn {
    std::string loopback{};  ///< where that browser comes back; empty: by a code
    bool codes{true};        ///< whether the provider offers them
};

/// By a browser where the server offers that and one can be opened here; by a code with `--device` and everywhere else; by an address for the person to open
/// where codes are not offered. @return `USAGE` where the server has accounts of its own or the provider offers neither.
Result<WayIn> way_in(Session& session, const std::string& url);

/// Signs in at such a server: shows an address and a code, and waits until the person has typed it there in a browser, which may be on another machine.
/// @return what the provider says.
/// @param begun called once the server has begun it, before the person is sent anywhere: from then on the sign-in of before ends. Its error ends this one.
Result<SignIn> sign_in_by_code(Session& session, const std::string& url, const std::function<Result<void>()>& begun);

}  // namespace slipway::cli
