#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace slipway::kerberos {

/// A ticket-granting ticket.
struct Ticket {
    Timestamp start{};
    Timestamp end{};
    Timestamp renewable_until{};  ///< not later than `end`: it cannot be renewed
    Secret cache;                 ///< the bytes of a FILE cache that holds it and nothing else
};

/// Where tickets come from. Implementation: krb5 (libkrb5). Blocks, for as long as the Key Distribution Centre is waited for; one thread at a time.
/// Errors: `unauthenticated` when it refuses us or the keytab has no key of ours, `unavailable` when it or the keytab cannot be reached; messages say what to
/// look at.
class TicketSource {
public:
    virtual ~TicketSource() = default;
    /// A new one, with the key of the keytab.
    virtual Result<Ticket> obtain() = 0;
    /// The same with a later end, without the keytab.
    virtual Result<Ticket> renew(const Ticket& ticket) = 0;
    /// The ticket of our principal in a FILE cache, whether it is still good or not. Asks nobody. @return `not_found` when there is none.
    virtual Result<Ticket> kept(const std::string& cache_file) const = 0;
    /// A FILE cache of a fresh ticket with tickets for the services that a cache before it had some for: new ones, and where nobody gives them those of before,
    /// as long as they last. A service that the Key Distribution Centre refuses is left out. @return its bytes; those of the fresh ticket alone where there is
    /// nothing to add.
    virtual Secret with_services(const Ticket& fresh, const std::string& cache_file) const = 0;
    /// Whether obtain() would find its key. @return what is wrong with the keytab.
    virtual Result<void> check_keytab() const = 0;
};

}  // namespace slipway::kerberos
