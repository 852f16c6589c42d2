#pragma once

#include "adapters/kerberos/ticket.hpp"

namespace slipway::kerberos {

/// When to renew a ticket and when to obtain a new one: decides, does nothing, knows no clock. Not thread-safe.
///
/// At half of its life a ticket is renewed; where what is left of the renewable life would not give it half of its life again, or the renewal failed, a new one
/// is obtained. After failures the pauses double from one second to a minute, but no longer than an eighth of a life.
class Schedule {
public:
    enum class Act { obtain, renew };

    /// What is to be done where something is due.
    Act act(Timestamp now) const;
    /// When something is due.
    Timestamp next() const { return due_; }
    /// @param random in [0, 1): the last tenth of the half is used to spread runtimes that were started together.
    void got(const Ticket& ticket, Timestamp now, double random);
    /// A ticket was there at the start: it serves, and a fresher one is due now.
    void kept(const Ticket& ticket, Timestamp now);
    void failed(Act act, Timestamp now);
    /// Somebody says that the ticket is not taken: a new one is due now.
    void doubt();

    int failures() const { return failures_; }

private:
    Milliseconds life_{0};
    Timestamp end_{};
    Timestamp renewable_until_{};
    Timestamp due_{};
    bool renewable_{false};
    int failures_{0};  ///< in a row
};

}  // namespace slipway::kerberos
