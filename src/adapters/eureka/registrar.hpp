#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/eureka/lease.hpp"
#include "adapters/eureka/servers.hpp"
#include "base/metrics.hpp"

namespace slipway::eureka {

/// How the servers see us.
enum class Standing {
    unregistered,  ///< nothing was told yet, or we took ourselves out
    registered,
    refused,  ///< they do not let us: a person is needed
    away,
};
std::string_view to_string(Standing standing);

/// Does what the lease says is due. tick(), look() and leave() belong to one thread; the rest may be called from any.
class Registrar {
public:
    struct Ports {
        Servers& servers;
        const Clock& clock;
        Metrics& metrics;                        ///< `eureka_heartbeat_total{outcome}`, `eureka_registration_total{outcome}`
        std::function<double()> random;          ///< in [0, 1)
        std::function<void(std::int64_t)> keep;  /// a new dirty timestamp, before it is told to anybody: a later life must begin above it
    };

    Registrar(Ports ports, Instance instance, std::int64_t floor);

    /// What others shall see from now on. @return true when tick() has something to do.
    bool set_status(Status status);
    /// Sends what is due, if anything. @param cancelled ends it.
    /// @return when the next step is due.
    std::optional<Steady> tick(const std::atomic<bool>* cancelled = nullptr);
    /// Behind a heartbeat that was taken: asks how the instance stands at the server, which a heartbeat is not told. A person may have overridden its status
    /// there. @param cancelled ends it.
    void look(const std::atomic<bool>* cancelled = nullptr);
    /// Takes the instance out, where a server may have it. @param timeout of the request.
    void leave(Milliseconds timeout);

    struct View {
        Standing standing{Standing::unregistered};
        std::optional<Status> status;
        std::string reason;                   ///< of the last failure, empty while well
        std::optional<Timestamp> last_heard;  ///< last time a server took what we said
        std::string there;                    ///< the status that the server has for us, as it writes it; empty while that is not known
        bool visible{false};                  ///< others see us: the last time is no longer ago than a lease lasts
    };
    View view() const;
    const Instance& instance() const { return instance_; }

private:
    Lease::Outcome perform(const Lease::Step& step, const std::atomic<bool>* cancelled);
    Lease::Outcome judge(const Lease::Step& step, const Result<HttpResponse>& response);
    void note(Standing standing, std::string reason);

    Ports ports_;
    const Instance instance_;
    mutable std::mutex mutex_;
    Lease lease_;
    Standing standing_{Standing::unregistered};
    std::string reason_;
    std::optional<Timestamp> last_heard_;
    std::optional<Steady> heard_at_;
    std::string there_;
    bool overridden_{false};    ///< as the log has it
    bool forgotten_{false};     ///< a server did not know us, and nothing since says that we are back
    bool renewed_{false};       ///< a heartbeat was taken, and nobody has looked since
    bool may_be_there_{false};  ///< a registration was sent, and nothing since says that it is gone
};

}  // namespace slipway::eureka
