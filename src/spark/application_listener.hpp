#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/back_off.hpp"
#include "base/clock.hpp"
#include "base/recurrence.hpp"
#include "spark/cluster_client.hpp"
#include "spark/cluster_health.hpp"
#include "spark/registry_client.hpp"

namespace slipway::spark {

/// How model-manage sees us.
enum class Standing { unknown, enrolled, offline, removed, name_in_use, refused, unreachable };
/// `ENROLLED`, `NAME_IN_USE`, …, for people.
std::string_view to_string(Standing standing);

/// Keeps the enrolment of this runtime at model-manage true: enrols once the cluster is well, says that it lives, takes itself out when the cluster is lost
/// (REMOVED without jobs in flight, else OFFLINE; U-10) and when the service stops. Thread-safe.
class ApplicationListener {
public:
    struct Ports {
        RegistryClient& registry;
        ClusterClient& cluster;
        const Clock& clock;
        std::function<std::size_t()> in_flight;   ///< jobs that may be running
        std::function<std::string()> trouble{};   ///< why this service itself can do no job, in a sentence; empty: it can
        std::function<std::string()> obstacle{};  ///< why no job may be taken or launched, though what runs goes on, in a sentence; empty: it may
        std::function<void()> left{};             ///< called while model-manage has this runtime as REMOVED: what was taken and not begun is given back
    };

    ApplicationListener(Ports ports, Enrolment enrolment, Milliseconds heartbeat = Milliseconds{10'000});

    /// One look at the cluster. Call it every few seconds, from one thread.
    void probe();
    /// Tells model-manage when that is due or something changed: call it every second, from another thread, so that a sign of life waits for no cluster.
    void tell();
    /// Both.
    void tick();
    /// The service stops: REMOVED. Best effort, one try.
    void leave();

    /// True when jobs may be claimed and launched: enrolled, the cluster is up, and nothing stands in the way here.
    bool may_claim() const;
    /// As registered: the engine's `sparkConf` and `executorMemory` count for submissions. Empty before the first enrolment.
    json::object engine() const;
    const Enrolment& enrolment() const { return enrolment_; }

    /// For health and pages.
    struct View {
        bool cluster_up{false};
        std::string cluster_reason;
        json::object cluster_facts;
        Standing standing{Standing::unknown};
        std::string registry_reason;
        bool cluster_known{false};  ///< it was found, or has been away for a while
    };
    View view() const;

private:
    std::string trouble() const { return ports_.trouble ? ports_.trouble() : std::string{}; }
    std::string obstacle() const { return ports_.obstacle ? ports_.obstacle() : std::string{}; }
    Standing standing_of(const Error& error, const char* event);
    bool is_due(std::string_view state, std::string_view told, bool obstructed, Steady now) const;
    bool enrol();
    void give_back() const;
    void heard();

    Ports ports_;
    const Enrolment enrolment_;
    const Milliseconds heartbeat_;
    mutable std::mutex mutex_;
    ClusterHealth health_;
    Standing standing_{Standing::unknown};
    std::string registry_reason_;
    json::object engine_;
    std::string told_;             ///< last state that model-manage acknowledged
    bool told_obstructed_{false};  ///< tell() alone: with it, that something stood in the way
    Steady next_heartbeat_{};
    Steady heard_{};                                             ///< the last answer of model-manage that all is well
    BackOff pauses_{Milliseconds{1'000}, Milliseconds{10'000}};  ///< after what model-manage refused, or did not answer
    Recurrence faults_;
};

}  // namespace slipway::spark
