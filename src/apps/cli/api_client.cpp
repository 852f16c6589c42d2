#include "apps/cli/api_client.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/cli/exit_codes.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kRenewBefore{30000};
/// Far above what a server takes from people.
constexpr json::Limits kAnswers{.max_bytes = 64U << 20, .max_depth = 256};

/// Splits a stream of server-sent events (HTML standard, 9.2.6).
class EventParser {
public:
    explicit EventParser(const std::function<bool(const StreamEvent&)>& take) : take_{take} {}

    bool feed(std::string_view piece) {
        rest_ += piece;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            std::string line = rest_.substr(0, end);
            rest_.erase(0, end + 1);
            if (line.ends_with('\r')) {
                line.pop_back();
            }
            if (!take_line(line)) {
                return false;
            }
        }
        return rest_.size() < (1U << 20);
    }

private:
    bool take_line(std::string_view line) {
        if (line.empty()) {
            const bool any = !data_.empty() || !event_.name.empty();
            StreamEvent event = std::exchange(event_, StreamEvent{.id = event_.id, .name = {}, .data = {}});
            const auto document = json::parse(std::exchange(data_, {}));
            if (document) {
                event.data = *document;
            }
            return !any || take_(event);
        }
        const auto colon = line.find(':');
        const auto field = line.substr(0, colon);
        auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        value.remove_prefix(value.starts_with(' ') ? 1 : 0);
        if (field == "data") {
            data_ += (data_.empty() ? "" : "\n") + std::string{value};
        } else if (field == "event") {
            event_.name = value;
        } else if (field == "id") {
            event_.id = value;
        }
        return true;
    }

    const std::function<bool(const StreamEvent&)>& take_;
    std::string rest_;
    std::string data_;
    StreamEvent event_;
};

/// Of a renewal: the server will not.
bool is_refusal(const Error& error) {
    return error.code == ErrorCode::unauthenticated || error.code == ErrorCode::invalid_argument;
}

/// Of an answer without a problem document. With 502 to 504 a gateway speaks of whom it stands before.
std::string unexplained(int status, const std::string& url) {
    constexpr std::string_view kAway = "The server behind {0} does not answer (status {1}): it is stopped, or just starting.";
    constexpr std::string_view kLate = "The server behind {0} did not answer in time (status {1}): what was asked for may be done all the same.";
    constexpr std::string_view kStrange = "{0} answered with status {1} and no explanation of ours. Is it a Slipway server?";
    return fmt::format(fmt::runtime(status == 504 ? kLate : status == 502 || status == 503 ? kAway : kStrange), url, status);
}

}  // namespace

std::string form_encoded(const Query& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        form += (form.empty() ? "" : "&") + name + "=" + percent_encode(value);
    }
    return form;
}

std::string with_query(std::string path, const Query& query) {
    for (const auto& [name, value] : query) {
        path += (path.contains('?') ? "&" : "?") + name + "=" + percent_encode(value);
    }
    return path;
}

bool is_loopback(std::string_view url) {
    const auto address = url.substr(url.find("://") + 3);
    return is_loopback_name(http::host_of(address.substr(0, address.find('/'))));
}

Result<std::string> checked_url(std::string_view text) {
    std::string url{text};
    if (!url.contains("://")) {
        url = (is_loopback("://" + url) ? "http://" : "https://") + url;
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    const auto host = url.substr(std::min(url.size(), url.find("://") + 3));
    if ((!url.starts_with("http://") && !url.starts_with("https://")) || host.empty() || host.find_first_of("@?# ") != std::string::npos) {
        return usage("\"" + url + "\" is no address of a server; give one such as https://models.example.com");
    }
    return url;
}

Result<Connection> connection_of(const World& world, const ContextFile& file, std::string_view url_flag, std::string_view context_flag) {
    SW_TRY(const auto contexts, file.read());
    const auto* context = contexts.find(context_flag.empty() ? std::string_view{contexts.current} : context_flag);
    if (context == nullptr && !context_flag.empty()) {
        return usage("there is no context \"" + std::string{context_flag} + "\"; slipway context list names them");
    }
    std::string wanted = !url_flag.empty() ? std::string{url_flag} : context_flag.empty() ? world.env("SLIPWAY_URL") : std::string{};
    Connection connection;
    if (wanted.empty()) {
        connection.url = context != nullptr ? context->url : "http://127.0.0.1:8080";
    } else {
        SW_TRY(connection.url, checked_url(wanted));
        const auto same = [&](const Context& other) { return other.url == connection.url; };
        if (context == nullptr || !same(*context)) {
            const auto found = std::ranges::find_if(contexts.list, same);
            context = found == contexts.list.end() ? nullptr : &*found;
        }
    }
    if (const auto token = world.env("SLIPWAY_TOKEN"); !token.empty() && context_flag.empty()) {
        connection.access_token = Secret{token};
    } else if (context != nullptr) {
        connection.context = context->name;
        connection.access_token = context->access_token;
        connection.refresh_token = context->refresh_token;
        connection.expires = context->expires;
        connection.user = context->user;
        connection.by_code = context->by_code;
    }
    return connection;
}

std::string Connection::login_command() const {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-";
    const bool typed_as_it_is = !user.empty() && user.front() != '-' && user.find_first_not_of(kPlain) == std::string::npos;
    return "slipway login " + url + (by_code ? "" : " -u " + (typed_as_it_is ? user : "NAME"));
}

Error error_of(const HttpResponse& response, const std::string& url) {
    Error error;
    error.code = error_code_of_status(response.status);
    const auto document = json::parse_object(response.body, kAnswers);
    // Life cycles tell errors as Camunda does, whose code is a number; ours stands beside it.
    const auto code = !document ? std::string_view{} : json::text_of(*document, document->contains("reason") ? "reason" : "code");
    if (code.empty()) {
        error.reason = "HTTP_" + std::to_string(response.status);
        error.message = unexplained(response.status, url);
        return error;
    }
    error.reason = code;
    for (const auto* member : {"message", "detail", "title"}) {
        if (error.message.empty()) {
            error.message = json::text_of(*document, member);
        }
    }
    if (const auto* faults = json::array_of(*document, "errors")) {
        for (const auto& fault : *faults) {
            if (const auto* item = fault.if_object()) {
                error.faults.push_back(
                    {std::string{json::text_of(*item, "pointer")}, std::string{json::text_of(*item, "expected")}, std::string{json::text_of(*item, "got")}});
            }
        }
    }
    error.detail = response.body;
    return error;
}

Result<Tokens> request_tokens(World& world, const std::string& url, const std::string& form) {
    HttpRequest request;
    request.method = "POST";
    request.url = url + "/gocli/token";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body = form;
    request.cancelled = world.interrupted;
    SW_TRY(const auto response, world.transport.send(request));
    if (response.status != 200) {
        return std::unexpected(error_of(response, url));
    }
    const auto document = json::parse_object(response.body, kAnswers);
    if (!document || json::text_of(*document, "access_token").empty()) {
        return fail(ErrorCode::unavailable, "NO_TOKEN", url + " answered without a token. Is it a Slipway server?");
    }
    const auto* seconds = document->if_contains("expires_in");
    const auto lifetime = seconds != nullptr && seconds->is_int64() ? seconds->get_int64() : 3600;
    return Tokens{Secret{std::string{json::text_of(*document, "access_token")}}, Secret{std::string{json::text_of(*document, "refresh_token")}},
                  world.clock.now() + std::chrono::seconds{lifetime}};
}

Result<void> ApiClient::renew() {
    return file_.update([&](Contexts& contexts) -> Result<void> {
        auto* context = contexts.find(connection_.context);
        if (context == nullptr || context->url.empty()) {
            return fail(ErrorCode::unauthenticated, "SIGNED_OUT", "The context " + connection_.context + " is gone; run slipway login.");
        }
        // Another call may have renewed them while this one waited for the lock: refresh tokens serve once.
        if (context->access_token.reveal() == connection_.access_token.reveal()) {
            const auto form = form_encoded({{"grant_type", "refresh_token"}, {"refresh_token", std::string{connection_.refresh_token.reveal()}}});
            SW_TRY(auto tokens, request_tokens(world_, context->url, form));
            context->access_token = std::move(tokens.access);
            context->refresh_token = std::move(tokens.refresh);
            context->expires = tokens.expires;
        }
        connection_.access_token = context->access_token;
        connection_.refresh_token = context->refresh_token;
        connection_.expires = context->expires;
        return {};
    });
}

/// What the server says to who sent no token is for programs. Nobody has said yet how one signs in there: where a provider keeps the accounts a name is the
/// exception.
Error ApiClient::not_admitted(const HttpResponse& response) {
    auto error = error_of(response, connection_.url);
    if (!connection_.access_token.empty()) {
        error.message += " Run: " + connection_.login_command();
        return error;
    }
    if (!connection_.by_code) {
        const auto offer = world_.transport.send({.method = "GET",
                                                  .url = connection_.url + "/gocli/login",
                                                  .headers = {{"Accept", "application/json"}},
                                                  .body = {},
                                                  .cancelled = world_.interrupted});
        const auto document = offer && offer->status == 200 ? json::parse_object(offer->body, kAnswers) : Result<json::object>{std::unexpected(Error{})};
        connection_.by_code = document && json::text_of(*document, "mode") == "oauth2";
    }
    error.message = "Sign in first: " + connection_.login_command();
    return error;
}

/// A renewal is refused alike to who was away for too long and to who may not come back.
Error ApiClient::sign_in_ended(Error error) const {
    const auto whose = connection_.user.empty() ? std::string{} : " of " + connection_.user;
    error.code = ErrorCode::unauthenticated;
    error.message = "The sign-in" + whose + " has ended, or the account is disabled. Run: " + connection_.login_command();
    return error;
}

Result<HttpResponse> ApiClient::exchange(HttpRequest request) {
    const bool can_renew = !connection_.context.empty() && !connection_.refresh_token.empty();
    bool renewed = false;
    bool ended = false;
    if (can_renew && world_.clock.now() + kRenewBefore >= connection_.expires) {
        const auto done = renew();
        ended = !done && is_refusal(done.error());
        if (!done && !ended) {
            return std::unexpected(done.error());
        }
        renewed = true;
    }
    const auto plain = request.headers;
    while (true) {
        request.headers = plain;
        if (!connection_.access_token.empty()) {
            request.headers.emplace_back("Authorization", "Bearer " + std::string{connection_.access_token.reveal()});
        }
        request.cancelled = world_.interrupted;
        auto sent = world_.transport.send(request);
        if (!sent && sent.error().reason == "NO_CONNECTION" && connection_.access_token.empty()) {
            sent.error().message += " You are not signed in there: slipway login URL";
        }
        SW_TRY(auto response, std::move(sent));
        if (response.status != 401 || !can_renew || renewed) {
            if (response.status == 401) {
                return std::unexpected(ended ? sign_in_ended(error_of(response, connection_.url)) : not_admitted(response));
            }
            return response;
        }
        renewed = true;
        if (const auto done = renew(); !done) {
            return std::unexpected(is_refusal(done.error()) ? sign_in_ended(done.error()) : done.error());
        }
    }
}

Result<json::value> ApiClient::get(const std::string& path, const Query& query) {
    HttpRequest request;
    request.url = connection_.url + with_query(path, query);
    request.headers = {{"Accept", "application/json"}};
    SW_TRY(const auto response, exchange(std::move(request)));
    if (response.status != 200) {
        return std::unexpected(error_of(response, connection_.url));
    }
    const auto document = json::parse(response.body, kAnswers);
    if (!document) {
        return fail(ErrorCode::unavailable, "NO_JSON", connection_.url + " answered with what is no JSON. Is it a Slipway server?");
    }
    return *document;
}

Result<HttpResponse> ApiClient::text(const std::string& path, const Query& query, Milliseconds timeout) {
    HttpRequest request;
    request.url = connection_.url + with_query(path, query);
    request.timeout = timeout;
    SW_TRY(auto response, exchange(std::move(request)));
    if (response.status != 200) {
        return std::unexpected(error_of(response, connection_.url));
    }
    return response;
}

Result<json::value> ApiClient::send(std::string_view method, const std::string& path, const std::optional<json::value>& body) {
    HttpRequest request;
    request.method = method;
    request.url = connection_.url + path;
    request.headers = {{"Accept", "application/json"}};
    if (body) {
        request.headers.emplace_back("Content-Type", method == "PATCH" ? "application/merge-patch+json" : "application/json");
        request.body = json::write(*body);
    }
    if (method == "POST") {
        request.headers.emplace_back("Idempotency-Key", random_hex(16));
    }
    return done(std::move(request));
}

Result<json::value> ApiClient::send_as(const std::string& path, const std::string& content_type, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.url = connection_.url + path;
    request.headers = {{"Accept", "application/json"}, {"Content-Type", content_type}, {"Idempotency-Key", random_hex(16)}};
    request.body = std::move(body);
    return done(std::move(request));
}

Result<json::value> ApiClient::done(HttpRequest request) {
    SW_TRY(const auto response, exchange(std::move(request)));
    if (response.status < 200 || response.status > 299) {
        return std::unexpected(error_of(response, connection_.url));
    }
    if (response.body.empty()) {
        return json::value{};
    }
    return json::parse(response.body, kAnswers);
}

Result<void> ApiClient::events(std::string_view last_id, Milliseconds most, const std::function<bool(const StreamEvent&)>& take) {
    return stream("/model-manage/api/events", last_id, most, take);
}

Result<void> ApiClient::kept_events(std::string_view last_id, const std::function<bool(const StreamEvent&)>& take) {
    constexpr Milliseconds kMost{60000};
    std::string last{last_id};
    bool more = true;
    while (more) {
        // The server ends a stream also when a client takes too much at once: there is no more once nothing new comes.
        std::string seen = last;
        SW_CHECK(stream("/model-manage/api/events?follow=false", last, kMost, [&](const StreamEvent& event) {
            seen = event.id.empty() ? seen : event.id;
            more = take(event);
            return more;
        }));
        more = more && std::exchange(last, seen) != seen;
    }
    return {};
}

Result<void> ApiClient::stream(const std::string& path, std::string_view last_id, Milliseconds most, const std::function<bool(const StreamEvent&)>& take) {
    EventParser parser{take};
    HttpRequest request;
    request.url = connection_.url + path;
    request.headers = {{"Accept", "text/event-stream"}};
    if (!last_id.empty()) {
        request.headers.emplace_back("Last-Event-ID", std::string{last_id});
    }
    request.timeout = most;
    request.on_body = [&](std::string_view piece) { return parser.feed(piece); };
    const auto response = exchange(std::move(request));
    if (!response) {
        if (response.error().reason == "TIMEOUT") {
            return {};
        }
        return std::unexpected(response.error());
    }
    if (response->status != 200) {
        return std::unexpected(error_of(*response, connection_.url));
    }
    return {};
}

}  // namespace slipway::cli
