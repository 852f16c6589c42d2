#include "adapters/jira/answers.hpp"

#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "base/clock.hpp"
#include "base/sort.hpp"
#include "tickets/issue_text.hpp"

namespace slipway::jira {
namespace {

using tickets::IssueLook;
using tickets::IssueMove;
using tickets::IssueState;
using tickets::TicketError;
using Kind = TicketError::Kind;

constexpr std::size_t kLongestWords = 500;

Milliseconds retry_after(const HttpResponse& response) {
    const auto text = response.header("retry-after");
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    return read.ec == std::errc{} && seconds > 0 && seconds < 86'400 ? Milliseconds{seconds * 1000} : Milliseconds{0};
}

/// `errorMessages` and `errors` of Jira, in one line.
std::string words_of_errors(const HttpResponse& response) {
    const auto document = json::parse_object(response.body);
    if (!document) {
        return {};
    }
    std::string out;
    if (const auto* messages = json::array_of(*document, "errorMessages")) {
        for (const auto& message : *messages) {
            if (message.is_string()) {
                (out += out.empty() ? "" : " ") += std::string_view{message.get_string()};
            }
        }
    }
    if (const auto* errors = json::object_of(*document, "errors")) {
        for (const auto& [field, message] : *errors) {
            if (message.is_string()) {
                out += fmt::format("{}{}: {}", out.empty() ? "" : " ", std::string_view{field}, std::string_view{message.get_string()});
            }
        }
    }
    return tickets::one_line(out, kLongestWords);
}

std::string said(const HttpResponse& response, std::string_view otherwise) {
    const auto words = words_of_errors(response);
    return words.empty() ? std::string{otherwise} : fmt::format("it says “{}”", words);
}

TicketError error_of(const HttpResponse& response) {
    const int status = response.status;
    if (status == 429) {
        return {.kind = Kind::throttled, .message = "it asks for fewer calls (429); they go on by themselves.", .retry_after = retry_after(response)};
    }
    if (status == 401 || status == 403) {
        return {
            .kind = Kind::denied,
            .message = fmt::format("{} ({}). Check account, token and its permissions in the project.", said(response, "it refuses our credentials"), status)};
    }
    if (status >= 300 && status < 400) {
        return {.kind = Kind::denied, .message = fmt::format("it leads elsewhere ({}). Check tickets.jira.baseUrl.", status)};
    }
    if (status >= 400 && status < 500 && status != 408 && status != 425) {
        return {.kind = Kind::refused, .message = fmt::format("{} ({}).", said(response, "it refuses the request"), status)};
    }
    return {.kind = Kind::unknown, .message = fmt::format("{} ({}).", said(response, "it fails"), status), .retry_after = retry_after(response)};
}

std::string text_in(const json::object& object, std::string_view member, std::string_view key) {
    const auto* inner = json::object_of(object, member);
    return inner == nullptr ? std::string{} : std::string{json::text_of(*inner, key)};
}

IssueMove move_of(const json::object& entry) {
    IssueMove move{.before = {},
                   .after = {},
                   .by = text_in(entry, "author", "displayName"),
                   .account = text_in(entry, "author", "accountId"),
                   .at = std::string{json::text_of(entry, "created")}};
    for (const auto* key : {"name", "emailAddress", "accountId", "key"}) {
        if (auto name = text_in(entry, "author", key); !name.empty()) {
            move.also.push_back(std::move(name));
        }
    }
    if (move.account.empty()) {
        move.account = text_in(entry, "author", "name");
    }
    if (move.by.empty() && !move.also.empty()) {
        move.by = move.also.front();
    }
    return move;
}

/// An entry of a changelog that tells of status or resolution.
struct Change {
    const json::object* status{nullptr};
    const json::object* resolution{nullptr};
    IssueMove move;
};

std::vector<Change> changes_of(const json::array& histories) {
    std::vector<Change> out;
    for (const auto& entry : histories) {
        const auto* change = entry.if_object();
        const auto* items = change == nullptr ? nullptr : json::array_of(*change, "items");
        if (items == nullptr) {
            continue;
        }
        Change found;
        for (const auto& one : *items) {
            const auto* item = one.if_object();
            const auto field = item == nullptr ? std::string_view{} : json::text_of(*item, "field");
            found.status = field == "status" ? item : found.status;
            found.resolution = field == "resolution" ? item : found.resolution;
        }
        if (found.status != nullptr || found.resolution != nullptr) {
            found.move = move_of(*change);
            out.push_back(std::move(found));
        }
    }
    return out;
}

void set_status(IssueLook& look, const json::object* item, std::string_view id, std::string_view name) {
    if (item != nullptr) {
        look.status_id = json::text_of(*item, id);
        look.status = json::text_of(*item, name);
    }
}

void set_resolution(IssueLook& look, const json::object* item, std::string_view id, std::string_view name) {
    if (item != nullptr) {
        look.resolution_id = json::text_of(*item, id);
        look.resolution = look.resolution_id.empty() ? std::string_view{} : json::text_of(*item, name);
    }
}

}  // namespace

tickets::TicketResult<json::value> value_of(const HttpResponse& response) {
    if (response.status < 200 || response.status >= 300) {
        return std::unexpected(error_of(response));
    }
    if (response.body.empty()) {
        return json::value(json::object{});
    }
    auto parsed = json::parse(response.body);
    if (!parsed) {
        return std::unexpected(TicketError{.kind = Kind::unknown, .message = "it answers with something that is no data. Check tickets.jira.baseUrl."});
    }
    return std::move(*parsed);
}

TicketError no_answer(const Error& error) {
    return {.kind = Kind::unknown, .message = error.code == ErrorCode::timeout ? "it does not answer in time." : "it cannot be reached."};
}

bool says_absent(const HttpResponse& response) {
    return response.status == 404 && !words_of_errors(response).empty();
}

std::optional<IssueState> issue_of(const json::value& issue, const std::string& base_url) {
    const auto* object = issue.if_object();
    const auto* fields = object == nullptr ? nullptr : json::object_of(*object, "fields");
    const auto* status = fields == nullptr ? nullptr : json::object_of(*fields, "status");
    if (status == nullptr || json::text_of(*object, "id").empty() || json::text_of(*object, "key").empty() || json::text_of(*status, "id").empty()) {
        return std::nullopt;
    }
    const std::string key{json::text_of(*object, "key")};
    return IssueState{.id = std::string{json::text_of(*object, "id")},
                      .key = key,
                      .link = base_url + "/browse/" + key,
                      .project_id = text_in(*fields, "project", "id"),
                      .project_key = text_in(*fields, "project", "key"),
                      .status_id = std::string{json::text_of(*status, "id")},
                      .status = std::string{json::text_of(*status, "name")},
                      .status_untranslated = std::string{json::text_of(*status, "untranslatedName")},
                      .done = text_in(*status, "statusCategory", "key") == "done",
                      .resolution_id = text_in(*fields, "resolution", "id"),
                      .resolution = text_in(*fields, "resolution", "name")};
}

std::vector<IssueMove> moves_of(const json::value& issue) {
    const auto* histories = issue.is_object() ? json::find(issue, "/changelog/histories") : nullptr;
    if (histories == nullptr || !histories->is_array()) {
        return {};
    }
    auto changes = changes_of(histories->get_array());
    // Cloud tells the newest first, Data Center the oldest, each in the local time of the site: where its clocks are set back, texts are not in the order of
    // time.
    sort_stably(changes, {}, [](const Change& change) { return std::pair{from_iso(change.move.at).value_or(Timestamp{}), change.move.at}; });
    IssueLook look;
    const auto* fields = json::object_of(issue.get_object(), "fields");
    if (fields != nullptr) {
        look = {.status_id = text_in(*fields, "status", "id"),
                .status = text_in(*fields, "status", "name"),
                .done = false,
                .resolution_id = text_in(*fields, "resolution", "id"),
                .resolution = text_in(*fields, "resolution", "name")};
    }
    // How the issue stands is what came last, also where something else than a person changed its resolution.
    bool stands = fields != nullptr && fields->contains("resolution");
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        set_status(look, change->status, "to", "toString");
        if (!stands) {
            set_resolution(look, change->resolution, "to", "toString");
        }
        stands = stands && change->resolution == nullptr;
        change->move.after = look;
        set_status(look, change->status, "from", "fromString");
        set_resolution(look, change->resolution, "from", "fromString");
        change->move.before = look;
    }
    std::vector<IssueMove> moves;
    for (auto& change : changes) {
        moves.push_back(std::move(change.move));
    }
    return moves;
}

}  // namespace slipway::jira
