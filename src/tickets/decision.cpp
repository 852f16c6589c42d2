#include "tickets/decision.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/crypto.hpp"

namespace slipway::tickets {
namespace {

bool is_among(const std::vector<std::string>& words, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(words, [&](const std::string& word) {
        return std::ranges::any_of(names, [&](std::string_view name) { return !name.empty() && ascii_lower(word) == ascii_lower(name); });
    });
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        (out += out.empty() ? "" : ", ") += word;
    }
    return out;
}

/// `status Done with resolution Declined`
std::string as_it_stands(const IssueState& issue) {
    const auto status = issue.status_untranslated.empty() || issue.status_untranslated == issue.status
                            ? issue.status
                            : fmt::format("{} ({})", issue.status, issue.status_untranslated);
    return issue.resolution.empty() ? fmt::format("status {}", status) : fmt::format("status {} with resolution {}", status, issue.resolution);
}

Reading unclear(std::string code, std::string message) {
    return {.kind = Reading::Kind::unclear, .code = std::move(code), .message = std::move(message), .by = {}};
}

/// Without statuses any in which nothing more is to be done counts, and the resolution decides alone.
bool says_status(const IssueState& issue, const DecisionWords& words) {
    return words.statuses.empty() ? issue.done && !issue.resolution.empty() && is_among(words.resolutions, {issue.resolution_id, issue.resolution})
                                  : is_among(words.statuses, {issue.status_id, issue.status, issue.status_untranslated});
}

/// No resolution speaks against nothing.
bool agrees(const IssueState& issue, const DecisionWords& words, const DecisionWords& others) {
    if (issue.resolution.empty()) {
        return true;
    }
    const bool fits = words.resolutions.empty() || is_among(words.resolutions, {issue.resolution_id, issue.resolution});
    return fits && !is_among(others.resolutions, {issue.resolution_id, issue.resolution});
}

enum class Side { open, approved, rejected };

Side side_of(const IssueMove& move, const DecisionRules& rules) {
    const bool approved = is_among(rules.approved.statuses, {move.status_id, move.status});
    const bool rejected = is_among(rules.rejected.statuses, {move.status_id, move.status});
    return rejected ? Side::rejected : approved ? Side::approved : Side::open;
}

bool same_person(const IssueMove& move, const std::string& requested_by, const std::string* name_here) {
    const auto wanted = ascii_lower(requested_by);
    if (name_here != nullptr) {
        return ascii_lower(*name_here) == wanted;
    }
    const auto is_it = [&](const std::string& name) {
        const auto lower = ascii_lower(name);
        return lower == wanted || lower.substr(0, lower.find('@')) == wanted;
    };
    return is_it(move.by) || std::ranges::any_of(move.also, is_it);
}

}  // namespace

Reading read_issue(const IssueState& issue, const DecisionRules& rules) {
    const bool moved = !is_among({rules.project}, {issue.project_key, issue.project_id});
    if (moved) {
        return unclear("MOVED", fmt::format("The issue was moved to {} and is {} now. Decisions count in {} alone: move it back.", issue.project_key, issue.key,
                                            rules.project));
    }
    const bool approved = says_status(issue, rules.approved);
    const bool rejected = says_status(issue, rules.rejected);
    if (approved && rejected) {
        return unclear("AMBIGUOUS", fmt::format("{} is {}: that means approved as well as rejected. Mend tickets.jira.approved and tickets.jira.rejected.",
                                                issue.key, as_it_stands(issue)));
    }
    if (!approved && !rejected) {
        return issue.done ? unclear("AMBIGUOUS", fmt::format("{} is {}: that means neither approved ({}) nor rejected ({}). Set it to one of them.", issue.key,
                                                             as_it_stands(issue), joined(rules.approved.statuses), joined(rules.rejected.statuses)))
                          : Reading{};
    }
    if (!agrees(issue, approved ? rules.approved : rules.rejected, approved ? rules.rejected : rules.approved)) {
        return unclear("AMBIGUOUS",
                       fmt::format("{} is {}: the two do not go together. Set status and resolution to what is meant.", issue.key, as_it_stands(issue)));
    }
    return {.kind = approved ? Reading::Kind::approved : Reading::Kind::rejected};
}

Reading confirm(Reading reading, const IssueState& issue, std::span<const IssueMove> moves, const DecisionRules& rules, const std::string& requested_by) {
    if (reading.kind != Reading::Kind::approved && reading.kind != Reading::Kind::rejected) {
        return reading;
    }
    if (moves.empty()) {
        return unclear("NOBODY",
                       fmt::format("{} is {} from its beginning: nobody decided. Let new issues begin in an open status.", issue.key, as_it_stands(issue)));
    }
    const auto& last = moves.back();
    if (last.status_id != issue.status_id) {
        return Reading{};
    }
    const auto mapped = rules.accounts.find(last.account);
    const auto* name_here = mapped == rules.accounts.end() ? nullptr : &mapped->second;
    reading.by = name_here == nullptr ? last.by : *name_here;
    if (reading.kind == Reading::Kind::rejected) {
        return reading;
    }
    if (rules.four_eyes && rules.accounts_alone && name_here == nullptr) {
        return unclear("UNKNOWN_PERSON",
                       fmt::format("{} (account {}) approved {}, and nobody knows who that is here: that it was not {} cannot be told. Name the account in "
                                   "tickets.jira.accounts, or let somebody who is named there decide.",
                                   last.by.empty() ? "Somebody" : last.by, last.account.empty() ? "unknown" : last.account, issue.key, requested_by));
    }
    if (rules.four_eyes && (last.by.empty() || same_person(last, requested_by, name_here))) {
        return unclear(
            "FOUR_EYES",
            fmt::format("{} asked for it or edited its life cycle, and {} approved it: somebody else must look. Set {} back, and let another person decide.",
                        requested_by, last.by.empty() ? "nobody knows who" : last.by, issue.key));
    }
    for (auto move = moves.rbegin() + 1; move != moves.rend() && side_of(*move, rules) != Side::open; ++move) {
        if (side_of(*move, rules) == Side::rejected) {
            return unclear("CONTRADICTED", fmt::format("{} was rejected by {} and then approved by {}. Set it back to an open status and decide anew.",
                                                       issue.key, move->by, last.by));
        }
    }
    return reading;
}

std::string fingerprint(const DecisionRules& rules) {
    std::string all = rules.project + (rules.four_eyes ? "|4" : "|") + (rules.accounts_alone ? "|a" : "|");
    for (const auto* words : {&rules.approved, &rules.rejected}) {
        for (const auto* list : {&words->statuses, &words->resolutions}) {
            all += '|';
            for (const auto& word : *list) {
                all += word + '\n';
            }
        }
    }
    for (const auto& [account, name] : rules.accounts) {
        all += '|' + account + '=' + name;
    }
    return crypto::sha256_hex(all).substr(0, 8);
}

}  // namespace slipway::tickets
