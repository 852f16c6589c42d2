#pragma once

#include <memory>

#include "apps/config/config.hpp"
#include "http/routes_actuator.hpp"

namespace slipway::spark_runtime {

/// `/actuator/…` of the edge, on its own small server. On a loopback address everything is open, as the host's own users are trusted, but not the pages that
/// their browsers show: it answers to loopback names and `server.allowedHosts`, and nothing is changed for another origin. Elsewhere health alone.
class Actuator {
public:
    static std::unique_ptr<Actuator> build(const config::Config& config, http::ActuatorPorts ports);
    ~Actuator();

    /// @return the port.
    Result<int> start();
    void stop();

private:
    struct Parts;
    explicit Actuator(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace slipway::spark_runtime
