#include "http/gate.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

std::unexpected<Error> misdirected(std::string_view host) {
    return fail(ErrorCode::invalid_argument, "MISDIRECTED",
                fmt::format("This server does not answer to the name {}. Use its own address, or add the name to server.allowedHosts.", host));
}

bool is_safe(const Request& request) {
    return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

/// Of a browser: its session, and no token, is to end.
bool signs_out(const Request& request) {
    return request.method == "DELETE" && request.path == "/gocli/session" && bearer_of(request).empty();
}

}  // namespace

std::string_view bearer_of(const Request& request) {
    auto text = request.header("authorization");
    constexpr std::string_view scheme = "bearer ";
    const bool same = text.size() > scheme.size() && std::ranges::equal(text.substr(0, scheme.size()), scheme, [](char a, char b) { return (a | 0x20) == b; });
    if (!same) {
        return {};
    }
    text.remove_prefix(scheme.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text;
}

Gate::Gate(identity::Authenticator& authenticator, identity::Sessions& sessions, Options options)
    : authenticator_{authenticator}, sessions_{sessions}, options_{std::move(options)}, public_host_{host_of_url(options_.public_url)} {}

Result<void> Gate::check_host(std::string_view host) const {
    const bool ours = options_.allowed_hosts.empty() || host == public_host_ || is_loopback_name(host) ||
                      std::ranges::any_of(options_.allowed_hosts, [&](const std::string& allowed) { return host_of(allowed) == host; });
    if (!ours) {
        return misdirected(host);
    }
    return {};
}

bool Gate::cookies_count(std::string_view host) const {
    return is_loopback_name(host) || (!public_host_.empty() && host == public_host_);
}

std::string_view session_cookie_of(const Request& request) {
    return request.cookie(session_cookie_name(request));
}

Result<Admission> Gate::admit(const Request& request) {
    if (!signs_out(request)) {
        return admit(request, Look::use);
    }
    auto found = admit(request, Look::watch);
    if (!found && found.error().code == ErrorCode::unavailable) {
        // A session may be ended though nobody can tell whether it still counts. Whoever it was sees nothing by this.
        found = Admission{.via = Admission::Via::session, .principal = {}, .csrf = {}};
    }
    if (found && found->via == Admission::Via::session) {
        found->csrf = identity::csrf_of(session_cookie_of(request));  // hangs on the cookie alone; who only looks is not told it
    }
    return found;
}

Result<Admission> Gate::watch(const Request& request) {
    return admit(request, Look::watch);
}

Result<Admission> Gate::recheck(const Request& request) {
    return admit(request, Look::peek);
}

Result<identity::Principal> Gate::bearer(std::string_view token, const Request& request, Look look) {
    if (look != Look::watch || !authenticator_.asks_peers()) {
        return authenticator_.authenticate_from(token, request.peer);
    }
    if (auto known = authenticator_.known(token)) {
        return std::move(*known);
    }
    return fail(ErrorCode::unavailable, "TOKEN_NOT_CHECKED", "It must be found out anew whether this token still counts.");
}

Result<identity::Session> Gate::session(std::string_view cookie, Look look) {
    switch (look) {
        case Look::use: return sessions_.session(cookie);
        case Look::peek: return sessions_.peek_session(cookie);
        default: return sessions_.watch_session(cookie);
    }
}

Result<Admission> Gate::admit(const Request& request, Look look) {
    if (const auto token = bearer_of(request); !token.empty()) {
        SW_TRY(auto principal, bearer(token, request, look));
        return Admission{.via = Admission::Via::bearer, .principal = std::move(principal), .csrf = {}};
    }
    const auto cookie = session_cookie_of(request);
    if (cookie.empty()) {
        return Admission{};
    }
    if (!cookies_count(request.host)) {
        return misdirected(request.host);
    }
    SW_TRY(auto found, session(cookie, look));
    return Admission{.via = Admission::Via::session, .principal = std::move(found.principal), .csrf = std::move(found.csrf), .due = found.due};
}

std::optional<Admission> Gate::known(const Request& request) const {
    if (const auto bearer = bearer_of(request); !bearer.empty()) {
        auto principal = authenticator_.known(bearer);
        return principal ? std::optional{Admission{.via = Admission::Via::bearer, .principal = std::move(*principal), .csrf = {}}} : std::nullopt;
    }
    const auto cookie = session_cookie_of(request);
    if (cookie.empty()) {
        return Admission{};
    }
    auto session = cookies_count(request.host) ? sessions_.known_session(cookie) : std::nullopt;
    return session ? std::optional{Admission{.via = Admission::Via::session, .principal = std::move(session->principal), .csrf = std::move(session->csrf)}}
                   : std::nullopt;
}

Result<void> Gate::check_csrf(const Request& request, const Admission& admission) {
    if (admission.via != Admission::Via::session || is_safe(request) ||
        (!admission.csrf.empty() && equal_in_constant_time(request.header("x-csrf-token"), admission.csrf))) {
        return {};
    }
    return fail(ErrorCode::forbidden, "CSRF", "The request carries no valid X-CSRF-Token. Read it from GET /gocli/session and repeat.");
}

Result<void> Gate::check_origin(const Request& request) {
    const auto site = request.header("sec-fetch-site");
    const auto origin = request.header("origin");
    const bool ours = (site.empty() || site == "same-origin" || site == "none") && (origin.empty() || origin == request.origin);
    if (is_safe(request) || ours) {
        return {};
    }
    return fail(ErrorCode::forbidden, "FOREIGN_ORIGIN", "A page of another origin may change nothing here. Nothing was changed; use a program such as curl.");
}

}  // namespace slipway::http
