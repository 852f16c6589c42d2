#include "tickets/remote_desk.hpp"

#include "registry/approvals.hpp"
#include "registry/tables.hpp"
#include "tickets/issue_maker.hpp"
#include "tickets/issue_watch.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::tickets {
namespace {

constexpr std::size_t kMadeAtOnce = 50;
constexpr std::size_t kReadAtOnce = 10'000;
constexpr std::size_t kNotesAtOnce = 50;
constexpr std::size_t kMostHints = 1'000;
constexpr std::int64_t kPollsBetweenWatches = 20;  // ten minutes at the interval by default

/// The system does not let us read its issue.
bool is_unread(const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const auto* problem = assignment == nullptr ? nullptr : json::object_of(*assignment, "problem");
    const auto code = problem == nullptr ? std::string_view{} : json::text_of(*problem, "code");
    return code == "AWAY" || code == "DENIED" || code == "REFUSED" || code == "UNREAD";
}

std::string issue_of(const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    return assignment == nullptr ? std::string{} : std::string{json::text_of(*assignment, "issueId")};
}

}  // namespace

RemoteDesk::RemoteDesk(const registry::Foundation& foundation, TicketSystem& system, RemoteSettings settings)
    : settings_{std::move(settings)}, parts_{.foundation = foundation, .system = system, .settings = settings_} {}

void RemoteDesk::hint(std::string issue_id) {
    const std::lock_guard lock{mutex_};
    if (hints_.size() < kMostHints) {
        hints_.insert(std::move(issue_id));
    }
}

std::optional<RemoteDesk::Trouble> RemoteDesk::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

Result<void> RemoteDesk::advance(const std::stop_token& stop) {
    const auto steady = parts_.foundation.store.clock().steady();
    if (steady < paused_until_) {
        return {};
    }
    SW_TRY(const auto halt, round(stop));
    const std::lock_guard lock{mutex_};
    if (!halt) {
        trouble_.reset();
        return {};
    }
    paused_until_ = parts_.foundation.store.clock().steady() + halt->pause;
    if (!trouble_) {
        trouble_ = Trouble{.since = now(), .message = {}};
    }
    trouble_->message = halt->why;
    return fail(ErrorCode::unavailable, "TICKETS_AWAY", parts_.system.name() + " does not serve us: " + halt->why);
}

/// Decisions come first, and who may make no issues may still read those that there are.
Step RemoteDesk::round(const std::stop_token& stop) {
    std::optional<Halt> denied;
    for (const auto part : {&RemoteDesk::read_issues, &RemoteDesk::make_issues, &RemoteDesk::tell_notes}) {
        SW_TRY(auto halt, (this->*part)(stop));
        if (halt && !halt->denied) {
            return halt;
        }
        if (halt) {
            denied = std::move(halt);
        }
    }
    return denied;
}

Step RemoteDesk::make_issues(const std::stop_token& stop) {
    IssueMaker maker{parts_};
    SW_CHECK(maker.plan());
    for (const auto phase : {IssuePhase::SENT, IssuePhase::PLANNED}) {
        std::vector<IssueRow> rows;
        SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
            SW_TRY(rows, due_issues(sql, phase, now(), kMadeAtOnce));
            return {};
        }));
        for (auto& row : rows) {
            if (stop.stop_requested()) {
                return std::nullopt;
            }
            SW_TRY(auto halt, maker.step(std::move(row)));
            if (halt) {
                return halt;
            }
        }
    }
    return std::nullopt;
}

Result<std::vector<IssueRow>> RemoteDesk::rows_to_read(bool poll, const std::vector<std::string>& hinted) {
    std::vector<IssueRow> rows;
    SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        if (poll) {
            SW_TRY(rows, due_issues(sql, IssuePhase::OPEN, Timestamp::max(), kReadAtOnce));
        } else {
            SW_TRY(rows, rows_of_issues(sql, hinted));
        }
        return {};
    }));
    if (poll && !hinted.empty()) {
        // Among them may be decided ones, which the poll leaves out.
        SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
            SW_TRY(auto more, rows_of_issues(sql, hinted));
            std::erase_if(more, [](const IssueRow& row) { return row.phase == IssuePhase::OPEN; });
            std::ranges::move(more, std::back_inserter(rows));
            return {};
        }));
    }
    return rows;
}

Result<std::vector<IssueRow>> RemoteDesk::rows_to_watch() {
    std::vector<IssueRow> rows;
    const auto written = parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(rows, due_issues(unit.sql, IssuePhase::DECIDED, Timestamp::max(), kReadAtOnce));
        for (auto& row : rows) {
            if (row.detail.watched_until && *row.detail.watched_until < unit.now) {
                row.phase = IssuePhase::ENDED;
                SW_CHECK(save_issue(unit, row));
            }
        }
        std::erase_if(rows, [](const IssueRow& row) { return row.phase == IssuePhase::ENDED; });
        return {};
    });
    SW_CHECK(written);
    return rows;
}

Step RemoteDesk::read_issues(const std::stop_token& stop) {
    IssueWatch watch{parts_, setbacks_};
    SW_CHECK(watch.leave_closed());
    const auto steady = parts_.foundation.store.clock().steady();
    const bool poll = steady >= next_poll_;
    const bool watching = steady >= next_watch_;
    const auto began = now();
    std::set<std::string> hinted;
    {
        // What is hinted at from here on may have changed behind our reading.
        const std::lock_guard lock{mutex_};
        hinted = std::exchange(hints_, {});
    }
    if ((!poll && hinted.empty()) || stop.stop_requested()) {
        return std::nullopt;
    }
    for (const auto& id : hinted) {
        setbacks_.hurry(id);  // somebody may have mended it
    }
    SW_TRY(auto rows, rows_to_read(poll, {hinted.begin(), hinted.end()}));
    if (watching) {
        SW_TRY(auto decided, rows_to_watch());
        std::ranges::move(decided, std::back_inserter(rows));
    }
    SW_TRY(auto halt, watch.read(rows));
    if (halt) {
        const std::lock_guard lock{mutex_};
        hints_.merge(hinted);
        return halt;
    }
    next_poll_ = poll ? steady + settings_.poll_interval : next_poll_;
    next_watch_ = watching ? steady + settings_.poll_interval * kPollsBetweenWatches : next_watch_;
    if (poll) {
        SW_CHECK(expire(began));
    }
    return std::nullopt;
}

/// Behind a reading of all issues: what somebody decided in time counts, however late we hear of it. One whose issue could not be read, or may be there
/// without our knowing, waits on.
Result<void> RemoteDesk::expire(Timestamp read) {
    std::vector<std::string> late;
    SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(late, overdue_tickets(sql, read - settings_.expire_after, kReadAtOnce));
        return {};
    }));
    if (late.empty()) {
        return {};
    }
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        for (const auto& id : late) {
            SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), id, store::Scope::all()));
            if (ticket && is_remote(*ticket) && !is_unread(*ticket) && !setbacks_.contains(issue_of(*ticket)) && !ticket->document.contains("decision")) {
                SW_CHECK(registry::decide_ticket(unit, *ticket, "EXPIRED", "SYSTEM", "Nobody decided in time."));
            }
        }
        return {};
    });
}

Step RemoteDesk::tell_notes(const std::stop_token& stop) {
    std::vector<Note> notes;
    SW_CHECK(parts_.foundation.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(notes, untold_notes(sql, kNotesAtOnce));
        return {};
    }));
    IssueWatch watch{parts_, setbacks_};
    for (const auto& note : notes) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        SW_TRY(auto halt, watch.tell(note));
        if (halt) {
            return halt;
        }
    }
    return std::nullopt;
}

}  // namespace slipway::tickets
