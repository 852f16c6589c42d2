#pragma once

#include <string>

#include "adapters/oidc/discovery.hpp"
#include "adapters/oidc/standing.hpp"
#include "base/health.hpp"

namespace slipway::oidc {

/// @param tokens of the endpoint that gives them, @param introspection of the one that tells about them.
inline Health health_of(const std::string& issuer, const Fetched<KeySet>::Facts& keys, const Fetched<Metadata>::Facts& metadata, const Standing::Facts& tokens,
                        const Standing::Facts& introspection) {
    Health out{.up = keys.known && !introspection.away && !tokens.away, .details = {{"issuer", issuer}}};
    if (keys.known) {
        out.details["keysAgeSeconds"] = keys.age.count() / 1000;
    }
    const auto tell = [&out](const std::string& trouble, Milliseconds age) {
        if (!trouble.empty()) {
            out.details["trouble"] = trouble;
            out.details["troubleSecondsAgo"] = age.count() / 1000;  // it may be well again: nobody has asked since
        }
    };
    tell(keys.trouble, keys.trouble_age);
    tell(metadata.trouble, metadata.trouble_age);
    tell(tokens.trouble.empty() ? "" : "Signing in: " + tokens.trouble, tokens.age);
    tell(introspection.trouble.empty() ? "" : "Asking about tokens: " + introspection.trouble, introspection.age);
    return out;
}

}  // namespace slipway::oidc
