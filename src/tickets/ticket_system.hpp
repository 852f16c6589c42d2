#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace slipway::tickets {

/// A piece of an issue's text, in plain words; the adapter marks it up.
struct TextBlock {
    enum class Kind { heading, paragraph, item };
    Kind kind{Kind::paragraph};
    std::string text;
    std::string link{};  ///< where the words lead, when they lead somewhere
};

/// An issue to be made.
struct IssueDraft {
    std::string label;      ///< of this ticket alone: by it the issue is found again
    std::string ticket_id;  ///< kept beside the issue, for people and scripts
    std::string summary;    ///< one line of at most 255 characters
    std::vector<TextBlock> text;
    std::string whole_text;  ///< where all of it can be read; empty: nowhere
};

/// An issue as it stands there. Names come in the language of the account; ids do not.
struct IssueState {
    std::string id;
    std::string key;
    std::string link;
    std::string project_id;
    std::string project_key;
    std::string status_id;
    std::string status;
    std::string status_untranslated;  ///< empty when it is not told
    bool done{false};                 ///< the status is one in which nothing more is to be done
    std::string resolution_id;
    std::string resolution;  ///< empty: none
};

/// What decides of an issue, at some time.
struct IssueLook {
    std::string status_id;
    std::string status;  ///< untranslated where that is known
    bool done{false};    ///< the status is one in which nothing more is to be done
    std::string resolution_id{};
    std::string resolution{};  ///< empty: none
};

/// Somebody changed the status of an issue, its resolution, or both at once.
struct IssueMove {
    IssueLook before;
    IssueLook after;
    std::string by;                   ///< as people call them
    std::string account{};            ///< id of the account there; Cloud tells names and addresses only where people let it
    std::vector<std::string> also{};  ///< other names of the same person: account name, address
    std::string at{};                 ///< as the system writes it
};

/// Why a call brought nothing.
struct TicketError {
    enum class Kind {
        refused,    ///< it said no: nothing was done, and asking again as it is will not help
        denied,     ///< our credentials are not good for it: nothing was done
        throttled,  ///< nothing was done; ask again after `retry_after`
        unknown,    ///< no answer that can be believed: it may have been done or not
    };
    Kind kind{Kind::unknown};
    std::string message;  ///< a sentence for people; no secrets
    Milliseconds retry_after{0};
};
template <typename T>
using TicketResult = std::expected<T, TicketError>;

/// Where tickets are decided, when that is not here. Calls block, each with a deadline. Thread-safe. Implementation: adapters/jira; fake:
/// tests/fakes/fake_tickets.hpp.
class TicketSystem {
public:
    virtual ~TicketSystem() = default;
    /// `Jira at https://example.atlassian.net`, for people.
    virtual std::string name() const = 0;
    /// How many issues read() takes at once.
    virtual std::size_t batch() const = 0;
    /// Makes an issue. Never sent twice by itself.
    virtual TicketResult<IssueState> create(const IssueDraft& draft) = 0;
    /// Issues with that label, oldest first; one that was just made may be missing for a while.
    virtual TicketResult<std::vector<IssueState>> labelled(std::string_view label) = 0;
    /// What is found of at most batch() issues. One that is missing may still be there: read_one() says.
    virtual TicketResult<std::vector<IssueState>> read(std::span<const std::string> ids) = 0;
    /// Nothing when the system itself says that there is none, or none that we may see.
    virtual TicketResult<std::optional<IssueState>> read_one(std::string_view id) = 0;
    /// Changes of status and resolution, oldest first.
    virtual TicketResult<std::vector<IssueMove>> moves(std::string_view id) = 0;
    /// Whether a comment with this text in it is there.
    virtual TicketResult<bool> has_comment(std::string_view id, std::string_view text) = 0;
    virtual TicketResult<void> comment(std::string_view id, std::string_view text) = 0;
};

}  // namespace slipway::tickets
