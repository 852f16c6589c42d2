#pragma once

#include "apps/eureka_member.hpp"
#include "apps/impatience.hpp"
#include "spark/cluster_health.hpp"

namespace slipway::serve {

/// The server as a member of an Eureka: UP while what no request can do without is well, DOWN once it is not for a while. Without servers in the configuration
/// it does nothing. Thread-safe but for look(), which one task calls.
class Member {
public:
    /// All must outlive it.
    Member(const config::Config& config, HttpTransport& transport, const Clock& clock, Metrics& metrics, const HealthRegistry& health);

    bool enabled() const { return client_ != nullptr; }
    /// @param port that is listened on.
    void start(int port);
    /// A look at our own readiness.
    Result<void> look();
    /// Takes the server out. Idempotent.
    void stop();
    /// For the actuator.
    json::object view() const { return client_ ? client_->view() : json::object{}; }
    Health health() const { return membership::health_of(*client_, false); }

private:
    const config::Config& config_;
    const Clock& clock_;
    const HealthRegistry& health_;
    std::atomic<bool> cancelled_{false};
    InterruptibleTransport to_provider_;
    const std::unique_ptr<TokenSource> tokens_;
    const std::unique_ptr<eureka::Client> client_;
    spark::ClusterHealth ready_;
};

}  // namespace slipway::serve
