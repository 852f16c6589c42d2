#include "adapters/jira/jira.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <mutex>

#include "adapters/jira/answers.hpp"
#include "adapters/jira/markup.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/sort.hpp"

namespace slipway::jira {
namespace {

using tickets::IssueDraft;
using tickets::IssueMove;
using tickets::IssueState;
using tickets::TicketError;
using tickets::TicketResult;

constexpr Milliseconds kDeadline{30'000};
constexpr std::size_t kLargestAnswer = 16U << 20;
constexpr std::size_t kBatch = 100;  // what issue/bulkfetch takes at once
constexpr int kMostPages = 20;
constexpr Milliseconds kKeepStatuses = std::chrono::minutes{10};

bool is_number(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

json::object named(const std::string& text, std::string_view otherwise) {
    return is_number(text) ? json::object{{"id", text}} : json::object{{otherwise, text}};
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return out + "\"";
}

std::unexpected<TicketError> strange(std::string_view what) {
    return std::unexpected(TicketError{.kind = TicketError::Kind::unknown, .message = fmt::format("its answer has no {}.", what)});
}

class Jira final : public tickets::TicketSystem {
public:
    Jira(JiraSettings settings, HttpTransport& transport, const Clock& clock, const std::atomic<bool>& stopping)
        : settings_{std::move(settings)}, transport_{transport}, clock_{clock}, stopping_{stopping} {
        const bool is_cloud = settings_.flavor == Flavor::cloud;
        base_ = settings_.base_url + (is_cloud ? "/rest/api/3" : "/rest/api/2");
        authorization_ = Secret{is_cloud ? "Basic " + crypto::base64(settings_.email + ":" + std::string{settings_.token.reveal()})
                                         : "Bearer " + std::string{settings_.token.reveal()}};
    }

    std::string name() const override { return "Jira at " + settings_.base_url; }
    std::size_t batch() const override { return kBatch; }

    TicketResult<IssueState> create(const IssueDraft& draft) override {
        json::object fields{{"project", named(settings_.project, "key")},
                            {"issuetype", named(settings_.issue_type, "name")},
                            {"summary", draft.summary},
                            {"labels", json::array{"slipway", draft.label}}};
        fields["description"] = cloud() ? json::value(to_document(draft.text, draft.whole_text)) : json::value(to_wiki(draft.text, draft.whole_text));
        json::array properties;
        properties.emplace_back(json::object{{"key", "slipway.ticket"}, {"value", {{"id", draft.ticket_id}}}});
        SW_TRY(const auto made, call("POST", "/issue", json::object{{"fields", std::move(fields)}, {"properties", std::move(properties)}}));
        const auto* object = made.if_object();
        const std::string id{object == nullptr ? "" : json::text_of(*object, "id")};
        const std::string key{object == nullptr ? "" : json::text_of(*object, "key")};
        if (id.empty() || key.empty()) {
            return strange("id of the new issue");
        }
        return IssueState{.id = id, .key = key, .link = settings_.base_url + "/browse/" + key, .project_key = settings_.project, .status = "OPEN"};
    }

    TicketResult<std::vector<IssueState>> labelled(std::string_view label) override {
        SW_TRY(auto found, search("labels = " + quoted(label)));
        sort_stably(found, [](const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }, &IssueState::id);
        return found;
    }

    TicketResult<std::vector<IssueState>> read(std::span<const std::string> ids) override {
        if (!cloud()) {
            std::string list;
            for (const auto& id : ids) {
                (list += list.empty() ? "" : ", ") += id;
            }
            return search("id in (" + list + ")");
        }
        // Reads the issues themselves: a search may be minutes behind.
        json::array wanted;
        for (const auto& id : ids) {
            wanted.emplace_back(id);
        }
        SW_TRY(const auto answer, call("POST", "/issue/bulkfetch", json::object{{"issueIdsOrKeys", std::move(wanted)}, {"fields", fields_wanted()}}));
        std::vector<IssueState> out;
        SW_CHECK(add_issues(answer, out));
        return out;
    }

    TicketResult<std::optional<IssueState>> read_one(std::string_view id) override {
        SW_TRY(const auto response, send("GET", "/issue/" + percent_encode(id) + "?fields=status,resolution,project", {}));
        if (says_absent(response)) {
            return std::nullopt;
        }
        SW_TRY(const auto answer, value_of(response));
        auto issue = issue_of(answer, settings_.base_url);
        if (!issue) {
            return strange("issue");
        }
        return issue;
    }

    TicketResult<std::vector<IssueMove>> moves(std::string_view id) override {
        SW_TRY(const auto answer, call("GET", "/issue/" + percent_encode(id) + "?fields=status,resolution&expand=changelog"));
        if (json::find(answer, "/changelog/histories") == nullptr) {
            return strange("changelog");
        }
        auto out = moves_of(answer);
        SW_CHECK(untranslate(out));
        return out;
    }

    TicketResult<bool> has_comment(std::string_view id, std::string_view text) override {
        std::int64_t first = 0;
        for (int page = 0; page < kMostPages; ++page) {
            SW_TRY(const auto answer, call("GET", fmt::format("/issue/{}/comment?startAt={}&maxResults=100", percent_encode(id), first)));
            const auto* comments = answer.is_object() ? json::array_of(answer.get_object(), "comments") : nullptr;
            if (comments == nullptr) {
                return strange("comments");
            }
            for (const auto& comment : *comments) {
                const auto* body = comment.is_object() ? comment.get_object().if_contains("body") : nullptr;
                if (body != nullptr && words_of(*body).contains(text)) {
                    return true;
                }
            }
            const auto* total = answer.get_object().if_contains("total");
            first += static_cast<std::int64_t>(comments->size());
            if (comments->empty() || total == nullptr || !total->is_int64() || first >= total->get_int64()) {
                return false;
            }
        }
        return false;
    }

    TicketResult<void> comment(std::string_view id, std::string_view text) override {
        json::object body{{"body", cloud() ? json::value(to_document(text)) : json::value(to_wiki(text))}};
        SW_CHECK(call("POST", fmt::format("/issue/{}/comment", percent_encode(id)), std::move(body)));
        return {};
    }

private:
    bool cloud() const { return settings_.flavor == Flavor::cloud; }
    static json::array fields_wanted() { return {"status", "resolution", "project"}; }

    TicketResult<HttpResponse> send(std::string method, const std::string& path, const std::optional<json::object>& body) {
        HttpRequest request{
            .method = std::move(method),
            .url = base_ + path,
            .headers = {{"Authorization", std::string{authorization_.reveal()}}, {"Accept", "application/json"}, {"X-Atlassian-Token", "no-check"}},
            .body = body ? json::write(*body) : std::string{},
            .timeout = kDeadline,
            .max_response_bytes = kLargestAnswer,
            .once = body.has_value(),
            .cancelled = &stopping_};
        if (body) {
            request.headers.emplace_back("Content-Type", "application/json");
        }
        auto response = transport_.send(request);
        if (!response) {
            return std::unexpected(no_answer(response.error()));
        }
        return std::move(*response);
    }

    TicketResult<json::value> call(std::string method, const std::string& path, const std::optional<json::object>& body = {}) {
        SW_TRY(const auto response, send(std::move(method), path, body));
        return value_of(response);
    }

    TicketResult<void> add_issues(const json::value& answer, std::vector<IssueState>& out) {
        const auto* issues = answer.is_object() ? json::array_of(answer.get_object(), "issues") : nullptr;
        if (issues == nullptr) {
            return strange("issues");
        }
        for (const auto& one : *issues) {
            if (auto issue = issue_of(one, settings_.base_url)) {
                out.push_back(std::move(*issue));
            }
        }
        return {};
    }

    /// All pages; short and empty ones are legal.
    TicketResult<std::vector<IssueState>> search(const std::string& jql) {
        std::vector<IssueState> out;
        std::string token;
        std::int64_t first = 0;
        for (int page = 0; page < kMostPages; ++page) {
            json::object body{{"jql", jql}, {"fields", fields_wanted()}, {"maxResults", kBatch}};
            if (!cloud()) {
                body["startAt"] = first;
                body["validateQuery"] = false;  // else one id that is no more fails the whole query
            } else if (!token.empty()) {
                body["nextPageToken"] = token;
            }
            SW_TRY(const auto answer, call("POST", cloud() ? "/search/jql" : "/search", std::move(body)));
            SW_CHECK(add_issues(answer, out));
            const auto& object = answer.get_object();
            token = json::text_of(object, "nextPageToken");
            const auto* issues = json::array_of(object, "issues");
            first += issues == nullptr ? 0 : static_cast<std::int64_t>(issues->size());
            const auto* total = object.if_contains("total");
            const bool more =
                cloud() ? !token.empty() : issues != nullptr && !issues->empty() && total != nullptr && total->is_int64() && first < total->get_int64();
            if (!more) {
                return out;
            }
        }
        return strange("end");
    }

    /// Histories have names in some language; the statuses of the site say what an id is called without translation, and whether more is to be done.
    TicketResult<void> untranslate(std::vector<IssueMove>& moves) {
        const std::lock_guard lock{mutex_};
        if (const auto now = clock_.steady(); statuses_.empty() || now >= names_until_) {
            SW_TRY(const auto answer, call("GET", "/status"));
            statuses_.clear();
            for (const auto& one : answer.is_array() ? answer.get_array() : json::array{}) {
                if (const auto* status = one.if_object()) {
                    const auto plain = json::text_of(*status, "untranslatedName");
                    const auto* category = json::object_of(*status, "statusCategory");
                    statuses_[std::string{json::text_of(*status, "id")}] = {.name = std::string{plain.empty() ? json::text_of(*status, "name") : plain},
                                                                            .done = category != nullptr && json::text_of(*category, "key") == "done"};
                }
            }
            names_until_ = now + kKeepStatuses;
        }
        for (auto& move : moves) {
            for (auto* look : {&move.before, &move.after}) {
                if (const auto found = statuses_.find(look->status_id); found != statuses_.end()) {
                    look->status = found->second.name;
                    look->done = found->second.done;
                }
            }
        }
        return {};
    }

    const JiraSettings settings_;
    HttpTransport& transport_;
    const Clock& clock_;
    const std::atomic<bool>& stopping_;
    std::string base_;
    Secret authorization_;
    std::mutex mutex_;
    struct Known {
        std::string name;
        bool done{false};
    };
    std::map<std::string, Known> statuses_;
    Steady names_until_{};
};

}  // namespace

std::unique_ptr<tickets::TicketSystem> make_jira(JiraSettings settings, HttpTransport& transport, const Clock& clock, const std::atomic<bool>& stopping) {
    return std::make_unique<Jira>(std::move(settings), transport, clock, stopping);
}

}  // namespace slipway::jira
