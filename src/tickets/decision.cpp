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

Side side_of(const IssueState& issue, const DecisionRules& rules) {
    return says_status(issue, rules.rejected) ? Side::rejected : says_status(issue, rules.approved) ? Side::approved : Side::open;
}

/// The issue as it looked then. What it is now is known in more languages.
IssueState as_it_was(const IssueState& issue, const IssueLook& look) {
    auto then = issue;
    if (look.status_id != issue.status_id) {
        then.status_id = look.status_id;
        then.status = look.status;
        then.status_untranslated = look.status;
        then.done = look.done;
    }
    if (look.resolution_id != issue.resolution_id) {
        then.resolution_id = look.resolution_id;
        then.resolution = look.resolution;
    }
    return then;
}

/// The change after which the issue says, without a break, what it says now; the number of moves where it says so from its beginning.
std::size_t turn_of(Reading::Kind kind, const IssueState& issue, std::span<const IssueMove> moves, const DecisionRules& rules) {
    for (auto i = moves.size(); i > 0; --i) {
        if (read_issue(as_it_was(issue, moves[i - 1].before), rules).kind != kind) {
            return i - 1;
        }
    }
    return moves.size();
}

/// Who made it a decision, and who moved it from one such status to another since; whoever only edits its resolution then decides nothing.
std::vector<const IssueMove*> deciding(Reading::Kind kind, const IssueState& issue, std::span<const IssueMove> moves, const DecisionRules& rules) {
    const auto turn = turn_of(kind, issue, moves, rules);
    std::vector<const IssueMove*> out;
    for (std::size_t i = turn == moves.size() ? 0 : turn; i < moves.size(); ++i) {
        if (i == turn || moves[i].before.status_id != moves[i].after.status_id) {
            out.push_back(&moves[i]);
        }
    }
    return out;
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

const std::string* person_here(const IssueMove& move, const DecisionRules& rules) {
    const auto mapped = rules.accounts.find(move.account);
    return mapped == rules.accounts.end() ? nullptr : &mapped->second;
}

/// Why an approval of theirs is none under four eyes.
std::optional<Reading> doubt_of(const IssueMove& move, const IssueState& issue, const DecisionRules& rules, const std::string& requested_by) {
    const auto* name_here = person_here(move, rules);
    if (rules.accounts_alone && name_here == nullptr) {
        return unclear("UNKNOWN_PERSON",
                       fmt::format("{} (account {}) approved {}, and nobody knows who that is here: that it was not {} cannot be told. Name the account in "
                                   "tickets.jira.accounts, or let somebody who is named there decide.",
                                   move.by.empty() ? "Somebody" : move.by, move.account.empty() ? "unknown" : move.account, issue.key, requested_by));
    }
    if (move.by.empty() || same_person(move, requested_by, name_here)) {
        return unclear(
            "FOUR_EYES",
            fmt::format("{} asked for it or edited its life cycle, and {} approved it: somebody else must look. Set {} back, and let another person decide.",
                        requested_by, move.by.empty() ? "nobody knows who" : move.by, issue.key));
    }
    return std::nullopt;
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
    if (!moves.empty() && (moves.back().after.status_id != issue.status_id || moves.back().after.resolution_id != issue.resolution_id)) {
        return Reading{};
    }
    const auto deciders = deciding(reading.kind, issue, moves, rules);
    if (deciders.empty()) {
        return unclear("NOBODY",
                       fmt::format("{} is {} from its beginning: nobody decided. Let new issues begin in an open status.", issue.key, as_it_stands(issue)));
    }
    const auto& last = *deciders.back();
    const auto* name_here = person_here(last, rules);
    reading.by = name_here == nullptr ? last.by : *name_here;
    if (reading.kind == Reading::Kind::rejected) {
        return reading;
    }
    for (const auto* one : deciders) {
        if (auto doubt = rules.four_eyes ? doubt_of(*one, issue, rules, requested_by) : std::nullopt) {
            return *std::move(doubt);
        }
    }
    const auto turn = static_cast<std::size_t>(deciders.front() - moves.data());
    for (auto i = turn; i > 0; --i) {
        const auto side = side_of(as_it_was(issue, moves[i - 1].after), rules);
        if (side == Side::rejected) {
            return unclear("CONTRADICTED", fmt::format("{} was rejected by {} and then approved by {}. Set it back to an open status and decide anew.",
                                                       issue.key, moves[i - 1].by, last.by));
        }
        if (side == Side::open) {
            break;
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
