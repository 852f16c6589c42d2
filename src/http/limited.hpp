#pragma once

#include <string>
#include <utility>

#include "base/error.hpp"
#include "identity/sign_in_limits.hpp"

namespace slipway::http {

/// Whether the provider refused what somebody sent. That it is away, or does not offer a way to sign in, says nothing of who asks.
inline bool is_refused_guess(const Error& error) {
    return error.reason == "SIGN_IN_FAILED" || error.reason == "REQUEST_REFUSED" || error.reason == "SIGN_IN_EXPIRED";
}

/// A guess counts before it is made; what was right takes all guesses back, what said nothing of the password itself alone.
template <typename Attempt>
auto limited(identity::SignInLimits& limits, const identity::SignInName& name, const std::string& peer, const Attempt& attempt) -> decltype(attempt()) {
    SW_CHECK(limits.begin(name, peer));
    auto in = attempt();
    if (in) {
        limits.succeeded(name, peer);
    } else if (!is_refused_guess(in.error())) {
        limits.taken_back(name, peer);
    }
    return in;
}

/// Where a good answer tells nothing of who asks, it takes back no guesses.
template <typename Attempt>
auto limited_refusals(identity::SignInLimits& limits, const identity::SignInName& name, const std::string& peer, const Attempt& attempt)
    -> decltype(attempt()) {
    SW_CHECK(limits.begin(name, peer));
    auto done = attempt();
    if (done || !is_refused_guess(done.error())) {
        limits.taken_back(name, peer);
    }
    return done;
}

}  // namespace slipway::http
