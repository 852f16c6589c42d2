#pragma once

#include <atomic>
#include <string>

#include "base/health.hpp"
#include "base/log.hpp"

namespace slipway::oidc {

/// Says once in the log when the provider is lost, why, and when it is back: in its health alone nobody sees it who cannot sign in. Thread-safe.
class Announced {
public:
    void note(const Health& health) {
        if (up_.exchange(health.up) == health.up) {
            return;
        }
        if (health.up) {
            log::info("identity_provider_back", {{"issuer", json::text_of(health.details, "issuer")}});
        } else {
            const auto trouble = json::text_of(health.details, "trouble");
            log::warn("identity_provider_away",
                      {{"issuer", json::text_of(health.details, "issuer")}, {"reason", trouble.empty() ? "Its keys were not fetched yet." : trouble}});
        }
    }

private:
    std::atomic<bool> up_{true};
};

}  // namespace slipway::oidc
