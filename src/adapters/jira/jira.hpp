#pragma once

#include <atomic>
#include <memory>

#include "adapters/jira/settings.hpp"
#include "base/http_transport.hpp"
#include "tickets/ticket_system.hpp"

namespace slipway::jira {

/// Jira over HTTP. Each call has a deadline of 30 s; nothing is sent twice by itself; the token goes into the header alone. Thread-safe.
/// @param transport, clock and stopping must outlive it. @param stopping once true calls under way are given up, as if no answer had come.
std::unique_ptr<tickets::TicketSystem> make_jira(JiraSettings settings, HttpTransport& transport, const Clock& clock, const std::atomic<bool>& stopping);

}  // namespace slipway::jira
