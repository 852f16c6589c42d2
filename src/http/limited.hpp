#pragma once

#include <string>
#include <utility>

#include "base/error.hpp"
#include "identity/sign_in_limits.hpp"

namespace slipway::http {

/// The provider lets nobody sign in in this way, or not by this client.
inline bool is_not_offered(const Error& error) {
    return error.reason == "GRANT_NOT_ALLOWED";
}

/// Whether the provider refused what somebody sent, or it alone was dropped on the way, which costs the provider a second question. That it is away says
/// nothing of who asks.
inline bool is_refused_guess(const Error& error) {
    return error.reason == "SIGN_IN_FAILED" || error.reason == "REQUEST_REFUSED" || error.reason == "REQUEST_DROPPED" || error.reason == "SIGN_IN_EXPIRED" ||
           is_not_offered(error);
}

/// Of a person a way that is not offered says nothing, whatever the name: it counts for the address alone, under a key of its own.
inline Result<void> begin_attempt(identity::SignInLimits& limits, const identity::SignInName& name, const std::string& peer) {
    SW_CHECK(limits.begin(name, peer));
    if (name.is_person()) {
        if (auto may = limits.begin(identity::SignInName::way(), peer); !may) {
            limits.taken_back(name, peer);
            return may;
        }
    }
    return {};
}

/// A guess counts before it is made; what was right takes all guesses back, what said nothing of the password itself alone.
template <typename Attempt>
auto limited(identity::SignInLimits& limits, const identity::SignInName& name, const std::string& peer, const Attempt& attempt) -> decltype(attempt()) {
    SW_CHECK(begin_attempt(limits, name, peer));
    auto in = attempt();
    const bool no_way = !in && name.is_person() && is_not_offered(in.error());
    if (in) {
        limits.succeeded(name, peer);
    } else if (no_way || !is_refused_guess(in.error())) {
        limits.taken_back(name, peer);
    }
    // Whose password was looked at, right or wrong, has shown that the way is open.
    if (name.is_person() && (in || in.error().reason == "SIGN_IN_FAILED")) {
        limits.forget(identity::SignInName::way(), peer);
    } else if (name.is_person() && !no_way) {
        limits.taken_back(identity::SignInName::way(), peer);
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
