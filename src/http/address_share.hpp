#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "http/router.hpp"

namespace slipway::http {

/// What one address may have under way at once of routes that take no token and wait for a peer: whoever has more holds threads that all others wait for.
/// Thread-safe.
class AddressShare {
public:
    explicit AddressShare(int most) : most_{most} {}

    /// `handler`, or 503 `BUSY` at once for whose address has its share under way.
    Result<Response> run(const Handler& handler, Exchange& exchange);

private:
    const int most_;
    std::mutex mutex_;
    std::unordered_map<std::string, int> under_way_;
};

/// The routes of Pool::sign_in that ask the provider each time, within one share; others as they are. A browser is led back to the page.
std::vector<Route> shared_by_address(std::vector<Route> routes);

}  // namespace slipway::http
