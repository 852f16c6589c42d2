#pragma once

#include <optional>

#include "adapters/eureka/instance.hpp"

namespace slipway::eureka {

/// When to register and when to renew: decides, sends nothing, knows no clock. One step at a time, so the two never overlap. Not thread-safe.
///
/// A change of status is a registration, since servers ignore the status of a renewal. Each has a larger dirty timestamp than the one before, so that a
/// registration that arrives late never undoes a later one. A renewal that is answered 404 (the server has started empty, or has evicted us) makes a
/// registration due at once; after failures the pauses double from one second to the renewal interval.
class Lease {
public:
    enum class Act { enrol, renew };
    struct Step {
        Act act{Act::enrol};
        Status status{Status::starting};
        std::int64_t dirty{0};
    };
    enum class Outcome {
        accepted,
        unknown,  ///< 404: the server does not have us
        failed,   ///< refused, or no answer of an Eureka server
    };

    /// @param floor the last dirty timestamp of an earlier life, or 0.
    Lease(Milliseconds renewal, std::int64_t floor) : renewal_{renewal}, dirty_{floor} {}

    /// What others shall see. @return false when that is so already.
    bool want(Status status, Timestamp now);
    /// The step that is due, or nothing.
    std::optional<Step> due(Steady now) const;
    /// When the next step is due; nothing before a status is wanted. A past time: now.
    std::optional<Steady> next() const;
    /// The step was tried. @param random in [0, 1): spreads renewals over the last tenth of the interval, so that a fleet does not renew in step.
    void answered(const Step& step, Outcome outcome, Steady now, Timestamp wall, double random);

    std::optional<Status> wanted() const { return wanted_; }
    std::int64_t dirty() const { return dirty_; }
    /// The server has what is wanted, as far as it said.
    bool registered() const { return registered_; }
    int failures() const { return failures_; }

private:
    void bump(Timestamp wall);

    const Milliseconds renewal_;
    std::optional<Status> wanted_;
    std::int64_t dirty_;
    bool registered_{false};
    int failures_{0};  ///< in a row
    Steady due_{};
};

}  // namespace slipway::eureka
