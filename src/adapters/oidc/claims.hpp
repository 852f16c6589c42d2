#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/oidc/jose.hpp"
#include "base/clock.hpp"
#include "identity/principal.hpp"

namespace slipway::oidc {

/// What a token must say, and how it is read.
struct ClaimRules {
    /// A machine client that the configuration knows.
    struct Client {
        std::vector<std::string> groups;
        std::vector<std::string> scopes;  ///< its token must have them all
    };
    std::string issuer;
    std::vector<std::string> audiences;  ///< one of them must be among the token's
    Milliseconds skew{60'000};
    std::string groups_claim{"memberOf"};  ///< name of a claim, or names with dots for one within others (`realm_access.roles`)
    bool group_paths{true};                ///< groups that all begin with a slash are paths, and lose it; false: it is part of their names
    /// Whether the admin group may lose its slash, too. Without anybody's word that there are paths, a flat provider's group `/slipway-admins` is not
    /// `slipway-admins`, whoever may name it so.
    bool admin_by_path{false};
    std::string username_claim{"preferred_username"};
    std::string admin_group;
    std::vector<std::string> scopes;           ///< every token must have them all
    std::vector<std::string> login_clients{};  ///< by which people sign in: ID tokens are meant for them
    std::map<std::string, Client, std::less<>> clients;
};

/// Who a token stands for.
struct Bearer {
    identity::Principal principal;
    Timestamp expires{};
};

/// Issuer, audience and times of a token whose signature is right. A token without `exp` is refused. @return `unauthenticated`/`TOKEN_INVALID`.
Result<void> check_claims(const json::object& claims, std::string_view issuer, std::span<const std::string> audiences, Milliseconds skew, Timestamp now);

/// Who is meant by claims that were checked, or by an introspection's answer. Where all groups are paths they lose the slash at their front (`/a/b` is the
/// group `a/b`).
/// Where a client of the sign-in is an audience, too, a token that is meant for it must show that it is an access token.
/// @return `unauthenticated`/`TOKEN_INVALID` for an ID token, for one that is bound to a key (`cnf`), for one without a name or with characters in it that are
/// not seen, for a person who is called like a machine client;
///         `forbidden`/`INSUFFICIENT_SCOPE`, whose detail is the scopes that are asked for; `forbidden`/`CLIENT_UNKNOWN` for a machine client that
///         `rules` does not know: names are unique over people and machines only where both are known.
Result<Bearer> bearer_of(const json::object& claims, const ClaimRules& rules);

}  // namespace slipway::oidc
