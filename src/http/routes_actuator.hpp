#pragma once

#include <functional>
#include <vector>

#include "base/background.hpp"
#include "base/health.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "http/router.hpp"

namespace slipway::http {

/// What the actuator shows. The references must outlive the routes.
struct ActuatorPorts {
    const HealthRegistry& health;
    const Metrics& metrics;
    std::function<std::vector<TaskStatus>()> tasks;  ///< BackgroundDriver::status
    std::function<void()> measure{};                 ///< called before metrics are shown: sets what is only known when somebody asks
    std::function<bool(const Request&)> open{};      ///< whether whoever asks like this is trusted, and sees details; without it, nobody is
    json::object info;                               ///< `{build: {name, version, …}, database, …}`
    std::function<json::object()> eureka{};          ///< our standing at Eureka; without it there is none, and `{}` is shown
    log::Level log_level{log::Level::info};          ///< that is configured: what POST loggers goes back to
};

/// `/actuator/…`, as Spring users know it.
std::vector<Route> actuator_routes(const ActuatorPorts& ports);

}  // namespace slipway::http
