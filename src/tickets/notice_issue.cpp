#include "tickets/notice_issue.hpp"

#include <array>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "registry/approvals.hpp"
#include "registry/tables.hpp"
#include "tickets/issue_rows.hpp"
#include "tickets/issue_text.hpp"

namespace slipway::tickets {
namespace {

using Kind = TextBlock::Kind;

constexpr std::size_t kSummaryUnits = 255;

/// Name of a page with that object, its path, and the member that names the object.
struct Page {
    std::string_view name;
    std::string_view path;
    std::string_view member;
};
constexpr std::array<Page, 4> kPages{{{"The life cycle in Slipway", "instances", "processInstanceId"},
                                      {"The job in Slipway", "jobs", "jobId"},
                                      {"The snapshot in Slipway", "snapshots", "deployableModelId"},
                                      {"The model in Slipway", "models", "storedModelId"}}};

void add_fact(std::vector<TextBlock>& text, std::string_view name, std::string_view value, std::string_view link = {}) {
    if (!value.empty()) {
        text.push_back({.kind = Kind::item, .text = fmt::format("{}: {}", name, value), .link = std::string{link}});
    }
}

void add_job(std::vector<TextBlock>& text, const store::Entity& job) {
    static const json::object kNothing;
    const auto* aws = json::object_of(job.document, "sageMaker");
    const auto& facts = aws == nullptr ? kNothing : *aws;
    const auto name = json::text_of(facts, "name");
    const auto status = json::text_of(facts, "status");
    text.push_back({.kind = Kind::heading, .text = "Job"});
    add_fact(text, "Job", name.empty() ? std::string_view{job.id} : name, json::text_of(facts, "consoleUrl"));
    add_fact(text, "Status", status.empty() ? json::text_of(job.document, "jobStatus") : status);
    add_fact(text, "FailureReason", json::text_of(facts, "failureReason"));
}

}  // namespace

bool is_approval(const store::Entity& ticket) {
    return json::text_of(ticket.document, "notificationType") == registry::kApproval;
}

bool is_remote(const store::Entity& ticket) {
    const auto* assignment = json::object_of(ticket.document, "assignment");
    const auto type = assignment == nullptr ? std::string_view{} : json::text_of(*assignment, "assignmentType");
    return !type.empty() && type != registry::kBuiltIn;
}

Result<store::Entity> tell_by_issue(store::Unit& unit, const store::Entity& notification, const std::string& assignment) {
    if (assignment == registry::kBuiltIn) {
        return notification;
    }
    auto document = notification.document;
    if (!document.contains("assignment")) {
        document["assignment"] = {{"assignmentType", assignment}};
    }
    SW_TRY(auto told, store::update(unit, registry::notifications_table(), notification, std::move(document)));
    SW_CHECK(insert_issue(unit, {.ticket_id = told.id,
                                 .label = label_of(told.id),
                                 .issue_id = {},
                                 .phase = IssuePhase::PLANNED,
                                 .next_at = unit.now,
                                 .detail = {.told = digest_of_words(told)}}));
    SW_CHECK(tell_anew(unit, told));
    return told;
}

std::string digest_of_words(const store::Entity& notification) {
    return crypto::sha256_hex(json::text_of(notification.document, "message")).substr(0, 8);
}

Result<void> tell_anew(store::Unit& unit, const store::Entity& notification) {
    SW_TRY(auto row, issue_of_ticket(unit.sql, notification.id));
    const auto words = digest_of_words(notification);
    if (!row || row->phase == IssuePhase::PLANNED || row->detail.told == words) {
        return {};  // one that is not made yet says what is so when it is
    }
    row->detail.told = words;
    ++row->detail.told_anew;
    // Whoever makes the issue at this moment may write its row as it was: then the same is to be noted again, and is not.
    SW_CHECK(note_once(unit,
                       {.ticket_id = notification.id,
                        .note = fmt::format("again-{}-{}", row->detail.told_anew, words),
                        .body = std::string{json::text_of(notification.document, "message")}},
                       false));
    return save_issue(unit, *row);
}

Result<void> tell_settled(store::Unit& unit, const store::Entity& notification) {
    const auto* mark = notification.document.if_contains("settled");
    const bool settled = mark != nullptr && *mark == json::value(true);
    // A person who closes a notification says nothing of what it tells.
    const auto body = settled ? std::string{"Settled in Slipway: what this issue tells of is no longer so."}
                              : fmt::format("Closed in Slipway by {}.", notification.modified_by);
    SW_TRY(const auto row, issue_of_ticket(unit.sql, notification.id));
    if (row && row->phase != IssuePhase::PLANNED) {
        SW_CHECK(note_once(unit, {.ticket_id = notification.id, .note = "settled", .body = body}, false));
    }
    return {};
}

IssueDraft draft_of_notice(const store::Entity& notification, const std::optional<store::Entity>& job, const std::string& public_url) {
    const auto& document = notification.document;
    const std::string message{json::text_of(document, "message")};
    IssueDraft draft{.label = label_of(notification.id),
                     .ticket_id = notification.id,
                     .summary = one_line(message.empty() ? std::string_view{"A notification of Slipway"} : message, kSummaryUnits),
                     .text = {{.kind = Kind::paragraph, .text = message.empty() ? "Slipway has something to tell." : message}},
                     .whole_text = public_url.empty() ? std::string{} : public_url + "/#/notifications"};
    const auto note = fmt::format("This issue only tells of the notification {}: what its status becomes has no effect in Slipway.", notification.id);
    draft.text.push_back({.kind = Kind::paragraph, .text = note});
    if (job) {
        add_job(draft.text, *job);
    }
    draft.text.push_back({.kind = Kind::heading, .text = "Links"});
    for (const auto& page : kPages) {
        const auto id = json::text_of(document, page.member);
        if (!id.empty() && !public_url.empty()) {
            draft.text.push_back({.kind = Kind::item, .text = std::string{page.name}, .link = fmt::format("{}/#/{}/{}", public_url, page.path, id)});
        }
    }
    return draft;
}

}  // namespace slipway::tickets
