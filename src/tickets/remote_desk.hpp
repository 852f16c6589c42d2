#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "tickets/remote_parts.hpp"
#include "tickets/setbacks.hpp"

namespace slipway::tickets {

/// Lets tickets be decided in another system: makes an issue for each, reads what people do with it, and writes the decision into the ticket. What is not
/// clear is shown on the ticket and decides nothing. A webhook only says where to look; what counts is what the system answers when it is asked.
/// advance() is run by one thread at a time; the rest is thread-safe.
class RemoteDesk {
public:
    /// All must outlive the desk.
    RemoteDesk(const registry::Foundation& foundation, TicketSystem& system, RemoteSettings settings);

    /// Does what is due: a background task, run often; between polls it costs a few queries. @return `unavailable` with what the system said when a
    /// round was cut short.
    Result<void> advance(const std::stop_token& stop);
    /// Somebody says that this issue has changed: it is read at the next advance(). Not believed otherwise.
    void hint(std::string issue_id);
    /// Since when, and why, the system does not serve us; nothing while it does.
    struct Trouble {
        Timestamp since{};
        std::string message;
    };
    std::optional<Trouble> trouble() const;
    const RemoteSettings& settings() const { return settings_; }

private:
    Step round(const std::stop_token& stop);
    Step make_issues(const std::stop_token& stop);
    Step read_issues(const std::stop_token& stop);
    Step tell_notes(const std::stop_token& stop);
    Result<void> expire(Timestamp read);
    Result<std::vector<IssueRow>> rows_to_read(bool poll, const std::vector<std::string>& hinted);
    Result<std::vector<IssueRow>> rows_to_watch();
    Timestamp now() const { return parts_.now(); }

    RemoteSettings settings_;
    RemoteParts parts_;

    Setbacks setbacks_;
    Steady paused_until_{};
    Steady next_poll_{};
    Steady next_watch_{};
    mutable std::mutex mutex_;
    std::set<std::string> hints_;
    std::optional<Trouble> trouble_;
};

}  // namespace slipway::tickets
