#include "adapters/oidc/provider_call.hpp"

#include <algorithm>
#include <charconv>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"

namespace slipway::oidc {
namespace {

constexpr Milliseconds kConnect{2000};
constexpr std::size_t kMostBytes = 1U << 20;
constexpr int kOk = 200;
constexpr int kTooMany = 429;

std::string encoded(const Form& form) {
    std::string out;
    for (const auto& [name, value] : form) {
        out += (out.empty() ? "" : "&") + name + "=" + percent_encode(value);
    }
    return out;
}

/// A code, or a refresh token that the provider may take once alone: sent again by itself it would be a replay, for which a provider ends the session.
bool is_good_once(const Form& form) {
    const auto kind = std::ranges::find(form, "grant_type", &std::pair<std::string, std::string>::first);
    return kind != form.end() && kind->second != "password" && kind->second != "client_credentials";
}

}  // namespace

std::unexpected<Error> provider_away(std::string detail) {
    return fail(ErrorCode::unavailable, "IDENTITY_AWAY",
                "The identity provider cannot be reached, or answers with what cannot be understood. Try again in a few seconds.", std::move(detail));
}

std::unexpected<Error> request_dropped(std::string detail) {
    log::info("request_dropped", {{"detail", detail}});
    return fail(ErrorCode::invalid_argument, "REQUEST_DROPPED",
                "The identity provider, or a firewall before it, broke this request off without an answer, though it answers others. Nobody was signed in. Try "
                "again; where it comes back each time, something in what was sent is stopped on the way, and an administrator finds more in the server's log.",
                std::move(detail));
}

std::string with_fields(const std::string& url, const Form& fields) {
    return url + (url.contains('?') ? "&" : "?") + encoded(fields);
}

Result<json::object> get_document(HttpTransport& transport, const std::string& url) {
    const auto response = transport.send({.url = url,
                                          .headers = {{"Accept", "application/json"}},
                                          .body = {},
                                          .connect_timeout = kConnect,
                                          .timeout = Patience::kUsual,
                                          .max_response_bytes = kMostBytes});
    if (!response) {
        return provider_away(url + ": " + response.error().message);
    }
    if (response->status != kOk) {
        return provider_away(fmt::format("{} answers {}.", url, response->status));
    }
    auto document = json::parse_object(response->body, {.max_bytes = kMostBytes});
    if (!document) {
        return provider_away(url + " answers with what is no JSON.");
    }
    return document;
}

Result<HttpResponse> post_form(HttpTransport& transport, const std::string& url, const ClientIdentity& client, Form form, const Patience& patience) {
    HttpRequest request{.method = "POST",
                        .url = url,
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
                        .body = {},
                        .connect_timeout = kConnect,
                        .timeout = patience.whole,
                        .max_response_bytes = kMostBytes,
                        .once = is_good_once(form),
                        .cancelled = patience.cancelled,
                        .on_late = patience.on_late,
                        .late_after = Patience::kUsual};
    if (!client.secret.empty() && !client.in_form) {
        const auto pair = percent_encode(client.id) + ":" + percent_encode(client.secret.reveal());
        request.headers.emplace_back("Authorization", "Basic " + crypto::base64(pair));
    } else {
        form.emplace_back("client_id", client.id);
        if (!client.secret.empty()) {
            form.emplace_back("client_secret", client.secret.reveal());
        }
    }
    request.body = encoded(form);
    auto response = transport.send(request);
    if (!response) {
        return provider_away(url + ": " + response.error().message);
    }
    return response;
}

Result<Answer> answer_of(const std::string& url, const HttpResponse& response) {
    const bool refusal = response.status >= 400 && response.status < 500 && response.status != kTooMany;
    if (response.status != kOk && !refusal) {
        return provider_away(fmt::format("{} answers {}.", url, response.status));
    }
    auto document = json::parse_object(response.body, {.max_bytes = kMostBytes});
    if (!document && !(refusal && response.body.empty())) {
        return provider_away(fmt::format("{} answers {} with what is no JSON.", url, response.status));
    }
    return Answer{.status = response.status, .body = document ? std::move(*document) : json::object{}};
}

std::int64_t seconds_of(const json::object& body, std::string_view name, std::int64_t otherwise) {
    constexpr std::int64_t kMost = std::int64_t{365} * 86400;
    const auto* found = body.if_contains(name);
    if (found == nullptr) {
        return otherwise;
    }
    std::int64_t seconds = 0;
    if (found->is_int64()) {
        seconds = found->get_int64();
    } else if (found->is_uint64()) {
        seconds = kMost;  // beyond what a signed number holds
    } else if (const auto text = json::text_of(body, name); !text.empty()) {
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        seconds = fault == std::errc{} && end == text.data() + text.size() ? seconds : 0;
    }
    return seconds > 0 ? std::min(seconds, kMost) : otherwise;
}

}  // namespace slipway::oidc
