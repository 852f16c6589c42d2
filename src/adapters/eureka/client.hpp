#pragma once

#include <condition_variable>
#include <memory>
#include <string>
#include <thread>

#include "adapters/eureka/discovery.hpp"
#include "adapters/eureka/registrar.hpp"

namespace slipway::eureka {

/// What a member of an Eureka is told.
struct Settings {
    Servers::Settings servers;
    bool register_with{true};  ///< false: look others up only
    Milliseconds fetch_interval{30'000};
    std::vector<std::string> trusted_hosts;  ///< as TrustedHosts takes them
    std::string memory_file;                 ///< keeps the last dirty timestamp from one life to the next
};

/// A member of an Eureka: one thread that registers, renews and looks services up, a request at a time. Thread-safe.
class Client {
public:
    /// Transport, clock, tokens and metrics must outlive it. Nothing runs yet.
    Client(Settings settings, HttpTransport& transport, TokenSource* tokens, const Clock& clock, Metrics& metrics);
    /// Stops.
    ~Client();

    /// @param instance as others shall find us: known once a port is listened on. Call it once.
    void start(Instance instance);
    /// Until the first status nothing is registered. After start().
    void set_status(Status status);
    /// Waits for the request under way (at most four seconds), then takes the instance out as the last request of all (at most two). Idempotent.
    void stop();

    Discovery& discovery() { return discovery_; }
    /// For the actuator: `{application, instanceId, status, state, server, lastHeard, visible, reason, services}`.
    json::object view() const;
    Registrar::View registration() const;
    bool registers() const { return settings_.register_with; }

private:
    void run(const std::stop_token& stop);
    void wake();
    Registrar* registrar() const;

    const Settings settings_;
    const Clock& clock_;
    Servers servers_;
    Discovery discovery_;
    Metrics& metrics_;
    std::unique_ptr<Registrar> registrar_;  ///< from start() on; set under `mutex_`
    std::atomic<bool> cancelled_{false};
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    bool hurried_{false};  ///< under `mutex_`
    bool idle_{true};      ///< under `mutex_`: no request is under way
    bool stopped_{false};
    std::jthread thread_;
};

}  // namespace slipway::eureka
