#include "tickets/issue_maker.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "registry/approvals.hpp"
#include "registry/tables.hpp"
#include "tickets/issue_text.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::tickets {
namespace {

constexpr std::size_t kPlannedAtOnce = 200;
constexpr std::int64_t kMostDoublings = 6;
constexpr Milliseconds kFirstRetry = std::chrono::seconds{15};
constexpr Milliseconds kLongestRetry = std::chrono::minutes{15};
/// Pauses before the looks, in twenty-fourths of the delay of the index: 5, 10, 30 and 75 s of two minutes.
constexpr std::array<std::int64_t, 4> kLooks{1, 2, 6, 15};

Milliseconds pause_after(std::int64_t failures) {
    return std::min(kLongestRetry, kFirstRetry * (std::int64_t{1} << std::clamp<std::int64_t>(failures - 1, 0, kMostDoublings)));
}

bool is_open(const store::Entity& ticket) {
    const auto* open = ticket.document.if_contains("open");
    return open != nullptr && open->is_bool() && open->get_bool();
}

Result<std::optional<store::Entity>> ticket_of(store::Session& sql, const IssueRow& row) {
    return store::find(sql, registry::notifications_table(), row.ticket_id, store::Scope::all());
}

}  // namespace

Milliseconds IssueMaker::until_look(std::int64_t looks) const {
    return parts_.settings.index_delay * kLooks[static_cast<std::size_t>(looks)] / 24;
}

void IssueMaker::verify_later(IssueRow& row) const {
    if (row.detail.verify_at) {
        row.detail.verify_at = parts_.now() + parts_.settings.index_delay;
    }
}

Result<std::size_t> IssueMaker::plan() {
    std::size_t planned = 0;
    auto& store = parts_.foundation.store;
    std::vector<std::string> fresh;
    SW_CHECK(store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(fresh, tickets_without_issue(sql, kPlannedAtOnce));
        return {};
    }));
    if (fresh.empty()) {
        return planned;
    }
    const auto written = store.write({}, [&](store::Unit& unit) -> Result<void> {
        planned = 0;
        for (const auto& id : fresh) {
            SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), id, store::Scope::all()));
            if (ticket) {
                // One that is decided here has a row as well, so that it is not asked about again and again.
                const bool remote = is_remote(*ticket);
                SW_CHECK(insert_issue(unit, {.ticket_id = id,
                                             .label = label_of(id),
                                             .issue_id = {},
                                             .phase = remote ? IssuePhase::PLANNED : IssuePhase::ENDED,
                                             .next_at = unit.now,
                                             .detail = {}}));
                planned += remote ? 1 : 0;
            }
        }
        return {};
    });
    SW_CHECK(written);
    return planned;
}

Step IssueMaker::step(IssueRow row) {
    return row.phase == IssuePhase::PLANNED ? ask(std::move(row)) : look(std::move(row));
}

Step IssueMaker::ask(IssueRow row) {
    std::optional<IssueDraft> draft;
    SW_CHECK(parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        draft.reset();
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        if (!ticket || !is_open(*ticket)) {
            row.phase = IssuePhase::ENDED;
            return save_issue(unit, row);
        }
        SW_TRY(draft, drafted(unit.sql, *ticket));
        row.detail.told = is_approval(*ticket) ? std::nullopt : std::optional{digest_of_words(*ticket)};
        row.phase = IssuePhase::SENT;
        row.detail.looks = 0;
        row.next_at = unit.now + until_look(0);
        auto stored = row;
        ++stored.detail.sent;
        return save_issue(unit, stored);
    }));
    if (!draft) {
        return std::nullopt;
    }
    ++row.detail.sent;
    const auto issue = parts_.system.create(*draft);
    if (issue) {
        verify_later(row);
        SW_CHECK(made(std::move(row), *issue));
        return std::nullopt;
    }
    return issue.error().kind == TicketError::Kind::unknown ? not_known(std::move(row), issue.error()) : not_made(std::move(row), issue.error());
}

Result<IssueDraft> IssueMaker::drafted(store::Session& sql, const store::Entity& ticket) const {
    if (is_approval(ticket)) {
        return draft_of(ticket, parts_.settings.rules, parts_.settings.public_url);
    }
    SW_TRY(auto job, store::find(sql, registry::jobs_table(), json::text_of(ticket.document, "jobId"), store::Scope::all()));
    if (job && job->group != ticket.group) {
        job.reset();
    }
    return draft_of_notice(ticket, job, parts_.settings.public_url);
}

Step IssueMaker::not_made(IssueRow row, const TicketError& error) {
    row.phase = IssuePhase::PLANNED;
    ++row.detail.failures;
    auto halt = halt_for(error);
    row.next_at = parts_.now() + (halt ? halt->pause : pause_after(row.detail.failures));
    std::optional<Problem> problem;
    if (error.kind != TicketError::Kind::throttled) {
        problem = Problem{.code = error.kind == TicketError::Kind::denied ? "DENIED" : "REFUSED",
                          .message = fmt::format("{} made no issue for it: {}", parts_.system.name(), error.message)};
    }
    SW_CHECK(save(row, problem));
    return halt;
}

Step IssueMaker::not_known(IssueRow row, const TicketError& error) {
    ++row.detail.failures;
    row.next_at = parts_.now() + until_look(0);
    SW_CHECK(save(row, Problem{.code = "AWAY",
                               .message = fmt::format("It is not known yet whether {} made the issue: {} It is looked for before it is asked for again.",
                                                      parts_.system.name(), error.message)}));
    return halt_for(error);
}

Step IssueMaker::look(IssueRow row) {
    const auto found = parts_.system.labelled(row.label);
    if (!found) {
        ++row.detail.failures;
        auto halt = halt_for(found.error());
        row.next_at = parts_.now() + (halt ? halt->pause : pause_after(row.detail.failures));
        const Problem away{.code = "AWAY", .message = fmt::format("The issue cannot be looked for at {}: {}", parts_.system.name(), found.error().message)};
        SW_CHECK(save(row, problem_of_refusal(found.error(), parts_.system.name(), "look for its issue by label").value_or(away)));
        return halt;
    }
    if (!found->empty()) {
        verify_later(row);
        note_doubles(row, *found);
        SW_CHECK(made(std::move(row), found->front()));
        return std::nullopt;
    }
    ++row.detail.looks;
    const bool last = row.detail.looks >= static_cast<std::int64_t>(kLooks.size());
    row.phase = last ? IssuePhase::PLANNED : IssuePhase::SENT;
    row.detail.verify_at = last ? std::optional{parts_.now()} : row.detail.verify_at;
    row.next_at = parts_.now() + (last ? Milliseconds{0} : until_look(row.detail.looks));
    SW_CHECK(parts_.foundation.store.write({}, [&](store::Unit& unit) { return save_issue(unit, row); }));
    return std::nullopt;
}

Result<void> IssueMaker::made(IssueRow row, const IssueState& issue) {
    row.issue_id = issue.id;
    row.detail.looks = 0;
    row.detail.failures = 0;
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        // In one that only tells something nothing is decided: it is looked at no more, and a second one does no harm.
        const bool decides = !ticket || is_approval(*ticket);
        const auto problem = decides ? problem_of_doubles(row, parts_.system.name()) : std::nullopt;
        auto now = row;
        now.phase = decides ? IssuePhase::OPEN : IssuePhase::ENDED;
        now.detail.problem = problem ? std::optional{problem->code} : std::nullopt;
        SW_CHECK(save_issue(unit, now));
        if (ticket) {
            SW_CHECK(show_issue(unit, *ticket, &issue, problem));
        }
        return {};
    });
}

Result<void> IssueMaker::save(const IssueRow& row, const std::optional<Problem>& problem) {
    return parts_.foundation.store.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(save_issue(unit, row));
        SW_TRY(const auto ticket, ticket_of(unit.sql, row));
        if (ticket && problem) {
            SW_CHECK(show_issue(unit, *ticket, nullptr, problem));
        }
        return {};
    });
}

}  // namespace slipway::tickets
