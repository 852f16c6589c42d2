#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tickets/ticket_system.hpp"

namespace slipway::fakes {

/// A ticket system in memory that fails as told. Not thread-safe.
class FakeTickets final : public tickets::TicketSystem {
public:
    using Error = tickets::TicketError;
    struct Issue {
        tickets::IssueState state;
        std::string label;
        tickets::IssueDraft draft{};
        std::vector<tickets::IssueMove> moves{};
        std::vector<std::string> comments{};
        bool deleted{false};
        bool hidden{false};  ///< searches do not know it yet
    };

    std::string name() const override { return "the fake"; }
    std::size_t batch() const override { return 2; }

    tickets::TicketResult<tickets::IssueState> create(const tickets::IssueDraft& draft) override {
        ++calls["create"];
        if (before_create) {
            return std::unexpected(*before_create);
        }
        const auto id = std::to_string(10'500 + issues.size() + 1);
        const auto key = "MRM-" + std::to_string(issues.size() + 1);
        issues.push_back(
            {.state =
                 {.id = id, .key = key, .link = "https://jira/browse/" + key, .project_id = "10200", .project_key = "MRM", .status_id = "1", .status = "To Do"},
             .label = draft.label,
             .draft = draft,
             .hidden = hide_new});
        if (after_create) {
            return std::unexpected(*after_create);
        }
        return issues.back().state;
    }
    tickets::TicketResult<std::vector<tickets::IssueState>> labelled(std::string_view label) override {
        ++calls["labelled"];
        if (away || no_search) {
            return std::unexpected(away ? *away : *no_search);
        }
        if (std::ranges::any_of(issues, [&](const Issue& issue) { return issue.label == label && broken.contains(issue.state.id); })) {
            return std::unexpected(Error{.kind = Error::Kind::unknown, .message = "it answers 500."});
        }
        std::vector<tickets::IssueState> out;
        for (const auto& issue : issues) {
            if (issue.label == label && !issue.deleted && !issue.hidden) {
                out.push_back(issue.state);
            }
        }
        return out;
    }
    tickets::TicketResult<std::vector<tickets::IssueState>> read(std::span<const std::string> ids) override {
        ++calls["read"];
        if (away) {
            return std::unexpected(*away);
        }
        if (std::ranges::any_of(ids, [&](const auto& id) { return broken.contains(id); })) {
            return std::unexpected(Error{.kind = Error::Kind::unknown, .message = "it answers 500."});
        }
        std::vector<tickets::IssueState> out;
        for (const auto& issue : issues) {
            if (std::ranges::find(ids, issue.state.id) != ids.end() && !issue.deleted && !issue.hidden) {
                out.push_back(issue.state);
            }
        }
        return out;
    }
    tickets::TicketResult<std::optional<tickets::IssueState>> read_one(std::string_view id) override {
        ++calls["read_one"];
        if (away || no_single) {
            return std::unexpected(away ? *away : *no_single);
        }
        if (broken.contains(std::string{id})) {
            return std::unexpected(Error{.kind = Error::Kind::unknown, .message = "it answers 500."});
        }
        const auto found = std::ranges::find(issues, id, [](const Issue& issue) { return std::string_view{issue.state.id}; });
        return found == issues.end() || found->deleted ? std::nullopt : std::optional{found->state};
    }
    tickets::TicketResult<std::vector<tickets::IssueMove>> moves(std::string_view id) override {
        ++calls["moves"];
        if (no_moves) {
            return std::unexpected(*no_moves);
        }
        return std::ranges::find(issues, id, [](const Issue& issue) { return std::string_view{issue.state.id}; })->moves;
    }
    tickets::TicketResult<bool> has_comment(std::string_view id, std::string_view text) override {
        const auto found = std::ranges::find(issues, id, [](const Issue& issue) { return std::string_view{issue.state.id}; });
        return std::ranges::any_of(found->comments, [&](const std::string& comment) { return comment.contains(text); });
    }
    tickets::TicketResult<void> comment(std::string_view id, std::string_view text) override {
        ++calls["comment"];
        std::ranges::find(issues, id, [](const Issue& issue) { return std::string_view{issue.state.id}; })->comments.emplace_back(text);
        if (after_comment) {
            return std::unexpected(*std::exchange(after_comment, std::nullopt));
        }
        return {};
    }

    /// Somebody sets the status of the newest issue, or of issue `index`.
    void set(const std::string& status, const std::string& resolution = {}, std::size_t index = 0) {
        auto& issue = issues.at(index);
        const auto look = [&] {
            const auto& state = issue.state;
            return tickets::IssueLook{
                .status_id = state.status_id, .status = state.status, .done = state.done, .resolution_id = state.resolution_id, .resolution = state.resolution};
        };
        auto before = look();
        issue.state.status = status;
        issue.state.status_id = "id-" + status;
        issue.state.done = status != "To Do" && status != "In Review";
        issue.state.resolution = resolution;
        issue.state.resolution_id = resolution;
        issue.moves.push_back({.before = std::move(before), .after = look(), .by = "Ravi Lead"});
    }

    std::vector<Issue> issues;
    std::map<std::string, int> calls;
    std::optional<Error> before_create;  ///< nothing is made
    std::optional<Error> after_create;   ///< it is made, and the answer is lost
    std::optional<Error> away;           ///< of reads
    std::optional<Error> no_search;      ///< of searches by label
    std::optional<Error> no_single;      ///< of reads of one issue
    std::optional<Error> no_moves;
    std::optional<Error> after_comment;  ///< of the next one: it is there, and the answer is lost
    std::set<std::string> broken;        ///< ids of issues that no read gets past
    bool hide_new{false};
};

}  // namespace slipway::fakes
