#include "http/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/peer_address.hpp"
#include "http/camunda_values.hpp"
#include "http/problem.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

/// Last element of a comma-separated header, without blanks.
std::string_view last_of(std::string_view list) {
    const auto comma = list.rfind(',');
    auto text = comma == std::string_view::npos ? list : list.substr(comma + 1);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto end = text.find_last_not_of(' ');
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

std::string_view first_of(std::string_view list) {
    return last_of(list.substr(0, list.find(',')));
}

bool sane_prefix(std::string_view prefix) {
    return prefix.size() <= 200 && (prefix.empty() || (prefix.starts_with('/') && !prefix.starts_with("//"))) && std::ranges::all_of(prefix, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"/-._~"}.contains(c);
           });
}

bool trusted(const std::vector<std::string>& proxies, std::string_view address) {
    return std::ranges::any_of(proxies, [&](const std::string& proxy) { return address_matches(address, proxy); });
}

/// The client's address: the rightmost of X-Forwarded-For that is no proxy of ours.
/// Several lines are one list (RFC 9110 section 5.3): a proxy that adds its own line leaves the client's before it.
/// What is no address is nobody, and what stands before it nobody's word: the proxy behind it is the client then.
std::string client_of(const Request& request, const std::vector<std::string>& proxies) {
    std::string lines;
    for (const auto& [name, content] : request.headers) {
        if (name == "x-forwarded-for") {
            lines += (lines.empty() ? "" : ",") + content;
        }
    }
    std::string_view list = lines;
    auto sender = request.peer;
    while (!list.empty()) {
        if (const auto element = last_of(list); !element.empty()) {
            auto address = forwarded_address(element);
            if (!address) {
                return sender;
            }
            if (!trusted(proxies, *address)) {
                return std::move(*address);
            }
            sender = std::move(*address);
        }
        const auto comma = list.rfind(',');
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    }
    return request.peer;
}

/// The port that stands in `host:port`, with its colon, or empty where it is that of the scheme.
std::string_view port_of(std::string_view authority, std::string_view scheme) {
    const auto colon = authority.rfind(':');
    const bool none = colon == std::string_view::npos || authority.ends_with(']');
    const auto port = none ? std::string_view{} : authority.substr(colon);
    return port == (scheme == "https" ? ":443" : ":80") ? std::string_view{} : port;
}

std::string_view scheme_of(std::string_view url) {
    return url.substr(0, std::min(url.find("://"), url.size()));
}

std::string_view authority_of(std::string_view url) {
    const auto origin = origin_of(url);
    return origin.substr(std::min(scheme_of(url).size() + 3, origin.size()));
}

/// Whether who asks for `authority` may be at that URL: proxies leave the port out (nginx: `$host`). Another one is another place, such as a tunnel's.
bool may_be_port_of(std::string_view authority, std::string_view url) {
    const auto port = port_of(authority, scheme_of(url));
    return port.empty() || port == port_of(authority_of(url), scheme_of(url));
}

/// The origin of a URL as browsers write it (RFC 6454 section 6.2): small letters, no port that says nothing.
std::string as_browsers_write(std::string_view url) {
    const auto host = host_of_url(url);
    return std::string{scheme_of(url)} + "://" + (host.contains(':') ? "[" + host + "]" : host) + std::string{port_of(authority_of(url), scheme_of(url))};
}

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
constexpr std::string_view kApiPolicy = "default-src 'none'; frame-ancestors 'none'";

std::string_view operation_of(const Call& call) {
    return call.route == nullptr ? "none" : call.route->operation_id.empty() ? std::string_view{"page"} : std::string_view{call.route->operation_id};
}

Error broken(const std::exception& e) {
    return {ErrorCode::internal, "INTERNAL", "Something went wrong inside Slipway; the log has more under the request id.", {}, e.what()};
}

}  // namespace

Dispatcher::Dispatcher(const Router& router, Gate& gate, store::Store& store, Metrics& metrics, Options options)
    : router_{router}, gate_{gate}, store_{store}, metrics_{metrics}, options_{std::move(options)}, public_host_{host_of_url(options_.public_url)} {}

Result<void> Dispatcher::read_addresses(Call& call, std::string_view authority) const {
    auto& request = call.request;
    std::string seen{authority.empty() ? request.header("host") : authority};
    std::string scheme = "http";
    if (!options_.trusted_proxies.empty() && trusted(options_.trusted_proxies, request.peer)) {
        if (const auto host = first_of(request.header("x-forwarded-host")); !host.empty()) {
            seen = host;
        }
        scheme = first_of(request.header("x-forwarded-proto")) == "https" ? "https" : "http";
        if (const auto given = first_of(request.header("x-forwarded-prefix")); sane_prefix(given)) {
            request.prefix = given.ends_with('/') ? given.substr(0, given.size() - 1) : given;
        }
        request.peer = client_of(request, options_.trusted_proxies);
    }
    request.host = host_of(seen);
    if (request.host.empty()) {
        if (seen.empty()) {
            return fail(ErrorCode::invalid_argument, "BAD_HOST", "The request has no Host header.");
        }
        return fail(ErrorCode::invalid_argument, "BAD_HOST", "The Host header is no valid name.");
    }
    if (request.host == public_host_) {
        scheme = options_.public_url.starts_with("https://") ? "https" : "http";  // a proxy in front need not tell us
    }
    request.origin = scheme + "://" + seen;
    request.base_url = options_.public_url.empty() ? request.origin + request.prefix : options_.public_url;
    if (request.host == public_host_ && may_be_port_of(seen, options_.public_url)) {
        request.origin = as_browsers_write(options_.public_url);
        request.prefix = options_.public_url.substr(origin_of(options_.public_url).size());  // a proxy in front need not tell us this either
    }
    return {};
}

Call Dispatcher::begin(RequestHead head) const {
    Call call;
    call.started = store_.clock().steady();
    auto& request = call.request;
    request.method = std::move(head.method);
    request.headers = std::move(head.headers);
    request.peer = std::move(head.peer);
    const auto given_id = request.header("x-request-id");
    request.request_id = sane_request_id(given_id) ? std::string{given_id} : store_.ids().next(store_.clock().now());
    const auto target = parse_target(head.target);
    if (!target) {
        call.refused = target.error();
        return call;
    }
    request.path = target->path;
    request.target = target->query.empty() ? request.path : fmt::format("{}?{}", target->path, target->query);
    if (std::ranges::count(request.headers, "host", &std::pair<std::string, std::string>::first) > 1) {
        call.refused = Error{ErrorCode::invalid_argument, "BAD_HOST", "The request has more than one Host header.", {}, {}};
        return call;
    }
    if (auto addressed = read_addresses(call, target->authority); !addressed) {
        call.refused = std::move(addressed.error());
        return call;
    }
    auto query = parse_query(target->query);
    if (!query) {
        call.refused = std::move(query.error());
        return call;
    }
    request.query = std::move(*query);
    auto match = router_.match(request.method, request.path);
    call.route = match.route;
    call.allow = std::move(match.allow);
    request.params = std::move(match.params);
    call.refused = std::move(match.error);
    if (auto ours = gate_.check_host(request.host); !ours && (call.route == nullptr || !call.route->any_host)) {
        call.route = nullptr;
        call.refused = std::move(ours.error());
    }
    return call;
}

void Dispatcher::decide(Call& call, Admission admission) const {
    const auto guard = call.route != nullptr ? call.route->guard : Guard::signed_in;
    if (admission.via == Admission::Via::nothing && guard != Guard::open) {
        call.refused = Error{ErrorCode::unauthenticated, "UNAUTHENTICATED", "Sign in first: POST /gocli/token, then send Authorization: Bearer.", {}, {}};
    } else if (guard == Guard::administrator && !admission.principal.admin) {
        call.refused = Error{ErrorCode::forbidden, "FORBIDDEN", "Only administrators may do this.", {}, {}};
    } else if (call.route == nullptr) {
        call.refused = call.allow.empty() ? Error{ErrorCode::not_found, "NOT_FOUND", "There is nothing at this address.", {}, {}}
                                          : Error{ErrorCode::invalid_argument,
                                                  "METHOD_NOT_ALLOWED",
                                                  "This address does not take " + call.request.method + "; it takes " + call.allow + ".",
                                                  {},
                                                  {}};
    } else if (guard != Guard::open) {
        if (auto fine = Gate::check_csrf(call.request, admission); !fine) {
            call.refused = std::move(fine.error());
        }
    }
    call.admission = std::move(admission);
}

bool Dispatcher::admit(Call& call) {
    try {
        ask_who(call);
    } catch (const std::exception& e) {
        call.refused = broken(e);
    }
    return !call.refused;
}

void Dispatcher::ask_who(Call& call) {
    if (call.pool() == Pool::none) {
        admit_known(call);
    }
    if (!call.refused && !call.admission) {
        auto admission = gate_.admit(call.request);
        if (admission) {
            decide(call, std::move(*admission));
        } else if (call.route != nullptr && call.route->guard == Guard::open) {
            decide(call, Admission{});
        } else {
            call.refused = std::move(admission.error());
        }
    }
}

bool Dispatcher::admit_known(Call& call) const {
    if (!call.refused && !call.admission) {
        if (auto admission = gate_.known(call.request)) {
            decide(call, std::move(*admission));
        } else if (call.pool() == Pool::none) {
            decide(call, Admission{});  // to find out more may take a while
        }
    }
    return call.refused || call.admission;
}

Response Dispatcher::run(Call& call) {
    const log::RequestScope scope{call.request.request_id};
    if (!admit(call)) {
        return refuse(call, *call.refused);
    }
    Exchange exchange{call.request, call.admission->principal, store_, options_.idempotency_secret};
    Result<Response> answer;
    try {
        answer = call.route->handler(exchange);
    } catch (const std::exception& e) {
        answer = std::unexpected(broken(e));
    }
    if (!answer) {
        return refuse(call, answer.error());
    }
    if (answer->parking) {
        return std::move(*answer);  // comes back
    }
    return finish(call, std::move(*answer));
}

Response Dispatcher::refuse(Call& call, const Error& error) const {
    if (call.request.request_id.empty()) {
        call.request.request_id = store_.ids().next(store_.clock().now());
    }
    auto response = camunda::speaks_camunda(call.request.path) ? camunda::problem(error, call.request.request_id) : problem(error, call.request.request_id);
    if (error.reason == "METHOD_NOT_ALLOWED" && !call.allow.empty()) {
        response.with("Allow", call.allow);
    }
    if (response.status >= 500) {
        log_failure(call, error);
    }
    return finish(call, std::move(response));
}

/// Whoever is not known can have as many of these as it likes, by tokens that it makes up: it must not ring alarms, nor fill the log.
void Dispatcher::log_failure(const Call& call, const Error& error) const {
    constexpr Milliseconds kPause{10'000};
    constexpr std::array<std::string_view, 3> kByTokens{"KEY_NOT_SEEN_YET", "BUSY", "IDENTITY_AWAY"};
    const bool stranger = !call.admission || call.admission->via == Admission::Via::nothing;
    if (!stranger || std::ranges::find(kByTokens, error.reason) == kByTokens.end()) {
        log::error("request_failed", {{"code", error.reason}, {"message", error.message}, {"detail", error.detail}, {"requestId", call.request.request_id}});
        return;
    }
    const auto now = store_.clock().steady();
    std::int64_t untold = 0;
    {
        const std::lock_guard lock{strangers_mutex_};
        if (strangers_told_ && now - *strangers_told_ < kPause) {
            ++strangers_untold_;
            return;
        }
        strangers_told_ = now;
        untold = std::exchange(strangers_untold_, 0);
    }
    log::info("stranger_not_served",
              {{"code", error.reason}, {"message", error.message}, {"detail", error.detail}, {"requestId", call.request.request_id}, {"untoldBefore", untold}});
}

void Dispatcher::observe(const Call& call, int status, double took) const {
    const std::pair key{call.route, status};
    {
        const std::shared_lock lock{series_mutex_};
        if (const auto found = series_.find(key); found != series_.end()) {
            found->second.observe(took);
            return;
        }
    }
    const auto made = metrics_.histogram("http_server_requests_seconds", {{"operation", std::string{operation_of(call)}}, {"status", std::to_string(status)}});
    made.observe(took);
    const std::lock_guard lock{series_mutex_};
    series_.emplace(key, made);
}

Response Dispatcher::finish(Call& call, Response response) const {
    const bool page = response.content_type.starts_with("text/html");
    response.with("X-Request-Id", call.request.request_id);
    response.with("X-Content-Type-Options", "nosniff");
    response.with("Content-Security-Policy", page ? kPagePolicy : kApiPolicy);
    if (page) {
        response.with("X-Frame-Options", "DENY").with("Referrer-Policy", "no-referrer").with("Cross-Origin-Opener-Policy", "same-origin");
    }
    if (call.request.secure() && options_.public_url.starts_with("https://")) {
        response.with("Strict-Transport-Security", "max-age=31536000");
    }
    if (std::ranges::none_of(response.headers, [](const auto& header) { return header.first == "Cache-Control"; })) {
        response.with("Cache-Control", "no-store");
    }
    const auto took = std::chrono::duration<double>(store_.clock().steady() - call.started).count();
    observe(call, response.status, took);
    if (options_.access_log && log::level() <= log::Level::info) {
        log::later("request", {{"method", call.request.method},
                               {"path", call.request.path},
                               {"operation", operation_of(call)},
                               {"status", response.status},
                               {"ms", took * 1000},
                               {"peer", call.request.peer},
                               {"principal", call.admission ? call.admission->principal.name : ""},
                               {"requestId", call.request.request_id}});
    }
    return response;
}

Response Dispatcher::handle(RequestHead head, std::string body) {
    auto call = begin(std::move(head));
    call.request.body = std::move(body);
    auto response = run(call);
    if (response.parking) {
        call.request.waited = true;
        response = run(call);
    }
    return response;
}

}  // namespace slipway::http
