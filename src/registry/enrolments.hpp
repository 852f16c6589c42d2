#pragma once

#include "registry/collection.hpp"

/// Enrolment and heartbeats of edge runtimes (page 10 "Enrolment and claims of a Spark runtime").
namespace slipway::registry {

/// Use cases of an edge runtime about itself. Thread-safe.
class Enrolments {
public:
    explicit Enrolments(const Foundation& foundation) : foundation_{foundation} {}

    struct Enrolled {
        store::Entity runtime;
        bool first{false};  ///< it was not known before
    };
    /// Enrols or renews. Nothing is written but the contact when nothing differs; what people set (tags) stays. Jobs that wait for any runtime of
    /// the type and group are bound to it.
    /// @return `invalid_argument` (also for an id that is not enrolment_id(), with the right one), `forbidden`, `conflict`/`NAME_IN_USE` while
    /// another instance lives.
    Result<Enrolled> enrol(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object body);

    /// `{instanceId, state, cluster?, reason?}`: an event and an audit row only when the state changed. REMOVED lets the next instance enrol at once.
    /// @return the state; `not_found` (`NOT_ENROLLED` for a row without instance: enrol again), `conflict`/`NAME_IN_USE`, `invalid_argument`.
    Result<std::string> heartbeat(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body);

    /// Sets runtimes OFFLINE that were last heard before `before`. For a leased background task. @return how many.
    Result<std::int64_t> set_silent_offline(store::Unit& unit, Timestamp before);

private:
    const Foundation& foundation_;
};

/// Jobs that wait for any runtime of its type and group go to `runtime`.
Result<void> bind_waiting(store::Unit& unit, const store::Entity& runtime);

}  // namespace slipway::registry
