#include "adapters/eureka/servers.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/loopback.hpp"

namespace slipway::eureka {
namespace {

/// A sign-in page, or the error page of a proxy: nothing that Eureka says.
bool is_page(const HttpResponse& response) {
    return response.header("content-type").starts_with("text/html") || response.body.starts_with("<!DOCTYPE") || response.body.starts_with("<html");
}

Error refusal(const std::string& server, int status, bool writes) {
    std::string message = server + " answers " + std::to_string(status) + ": it refuses our user or token.";
    if (writes) {
        message += " If reading is allowed there, its CSRF protection must leave out /eureka/**.";
    }
    return {ErrorCode::unauthenticated, "EUREKA_REFUSED", std::move(message), {}, {}};
}

/// The host of `http://host:port/…` without a user.
std::string_view host_of(std::string_view base) {
    const auto begin = base.find("://") == std::string_view::npos ? 0 : base.find("://") + 3;
    const auto authority = base.substr(begin, base.find('/', begin) - begin);
    return authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1) : authority.substr(0, authority.find(':'));
}

}  // namespace

Servers::Servers(Settings settings, HttpTransport& transport, TokenSource* tokens) : settings_{std::move(settings)}, transport_{transport}, tokens_{tokens} {
    for (const auto& given : settings_.urls) {
        const auto url = given.reveal();
        const auto begin = url.find("://") == std::string_view::npos ? 0 : url.find("://") + 3;
        const auto end = std::min(url.find('/', begin), url.size());
        const auto at = url.substr(0, end).rfind('@');
        Server server;
        if (at != std::string_view::npos && at >= begin) {
            server.basic = Secret{"Basic " + crypto::base64(percent_decode_lenient(url.substr(begin, at - begin)))};
            server.base = std::string{url.substr(0, begin)} + std::string{url.substr(at + 1)};
        } else {
            server.base = url;
        }
        server.base += server.base.ends_with('/') ? "" : "/";
        servers_.push_back(std::move(server));
    }
}

Result<HttpResponse> Servers::ask(const Request& request) {
    Error worst{ErrorCode::unavailable, "EUREKA_AWAY", "No Eureka server is configured: set eureka.client.serviceUrl.defaultZone.", {}, {}};
    const auto first = current_.load();
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const auto index = (first + i) % servers_.size();
        auto response = ask_one(servers_[index], request);
        if (response) {
            current_ = index;
            return response;
        }
        // What a person can mend is said rather than that another one is away.
        if (i == 0 || worst.code != ErrorCode::unauthenticated) {
            worst = response.error();
        }
        if (request.cancelled != nullptr && request.cancelled->load()) {
            break;
        }
    }
    return std::unexpected(std::move(worst));
}

bool Servers::all_on_this_host() const {
    return !servers_.empty() && std::ranges::all_of(servers_, [](const Server& server) { return is_loopback_name(host_of(server.base)); });
}

std::string Servers::current() const {
    return servers_.empty() ? std::string{} : servers_[current_.load() % servers_.size()].base;
}

Result<HttpResponse> Servers::ask_one(const Server& server, const Request& request) {
    if (!server.basic.empty() || tokens_ == nullptr) {
        return send(server, request, server.basic);
    }
    // Our tokens are made for model-manage: a server that does not ask gets none.
    if (!*server.asks) {
        auto response = send(server, request, {});
        if (response || response.error().reason != "EUREKA_REFUSED") {
            return response;
        }
        *server.asks = true;
    }
    for (int round = 0;; ++round) {
        SW_TRY(const auto token, tokens_->token());
        auto response = send(server, request, Secret{"Bearer " + std::string{token.reveal()}});
        if (response || response.error().reason != "EUREKA_REFUSED" || round == 1) {
            return response;
        }
        tokens_->drop(token);
    }
}

Result<HttpResponse> Servers::send(const Server& server, const Request& request, const Secret& authorization) {
    HttpRequest out{.method = request.method,
                    .url = server.base + request.path,
                    .headers = {{"Accept", "application/json"}},
                    .body = request.body,
                    .connect_timeout = settings_.connect_timeout,
                    .timeout = request.timeout.count() > 0 ? request.timeout : settings_.connect_timeout + settings_.read_timeout,
                    .max_response_bytes = request.max_bytes,
                    .cancelled = request.cancelled};
    if (!request.body.empty()) {
        out.headers.emplace_back("Content-Type", "application/json");
    }
    if (!authorization.empty()) {
        out.headers.emplace_back("Authorization", authorization.reveal());
    }
    SW_TRY(auto response, transport_.send(out));
    const auto status = response.status;
    if (status == 401 || (status == 403 && request.method != "GET")) {
        return std::unexpected(refusal(server.base, status, request.method != "GET"));
    }
    if (is_page(response)) {
        return fail(ErrorCode::unavailable, "NO_EUREKA", server.base + " answers with a page: check the address of Eureka, which usually ends with /eureka/.");
    }
    if (status < 200 || (status >= 300 && status < 400) || status >= 500 || status == 403 || status == 429) {
        return fail(ErrorCode::unavailable, "EUREKA_AWAY", server.base + " answers " + std::to_string(status) + ".");
    }
    return response;
}

}  // namespace slipway::eureka
