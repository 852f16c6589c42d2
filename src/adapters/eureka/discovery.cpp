#include "adapters/eureka/discovery.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "adapters/eureka/instance.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/loopback.hpp"

namespace slipway::eureka {
namespace {

constexpr std::string_view kScheme = "lb://";
constexpr std::size_t kMaxAnswer = 4U << 20;
constexpr std::size_t kMaxInstances = 64;
constexpr int kBadGateway = 502;
constexpr int kUnavailable = 503;
constexpr int kGatewayTimeout = 504;
constexpr Milliseconds kAskAgain{5000};  ///< while nothing is known
/// A server that started empty says "none" until the instances have renewed: they are believed gone after three intervals of a usual lease.
constexpr Milliseconds kDoubt{90'000};

std::string upper(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// Members may be one object or an array of them, as Netflix's own decoder takes them.
template <typename F>
void each(const json::object& parent, std::string_view name, const F& visit) {
    const auto* found = parent.if_contains(name);
    if (found == nullptr) {
        return;
    }
    if (const auto* one = found->if_object()) {
        visit(*one);
        return;
    }
    for (const auto& item : found->is_array() ? found->get_array() : json::array{}) {
        if (const auto* one = item.if_object()) {
            visit(*one);
        }
    }
}

/// The port, or nothing when it is not enabled.
std::optional<std::int64_t> port_of(const json::object& instance, std::string_view name) {
    const auto* port = json::object_of(instance, name);
    if (port == nullptr) {
        return std::nullopt;
    }
    const auto* enabled = port->if_contains("@enabled");
    const bool is_enabled = enabled != nullptr && (enabled->is_bool() ? enabled->get_bool() : enabled->is_string() && enabled->get_string() == "true");
    const auto* number = port->if_contains("$");
    return is_enabled && number != nullptr && number->is_int64() && number->get_int64() > 0 && number->get_int64() < 65536 ? std::optional{number->get_int64()}
                                                                                                                           : std::nullopt;
}

/// What may stand in a URL as a host: a name, or an IPv6 address in brackets. Anything else would make it another address: a port, a user.
bool is_host(std::string_view text) {
    const bool bracketed = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
    const auto inner = bracketed ? text.substr(1, text.size() - 2) : text;
    return !inner.empty() && text.size() < 256 &&
           std::ranges::all_of(
               inner,
               [&](unsigned char c) {
                   return bracketed ? std::isxdigit(c) != 0 || c == ':' || c == '.' : std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
               });
}

/// The path below which a gateway shows an instance, or empty: plain segments only.
std::string_view context_of(const json::object& instance) {
    const auto* metadata = json::object_of(instance, "metadata");
    const auto path = metadata != nullptr ? json::text_of(*metadata, kContextPath) : std::string_view{};
    const bool plain =
        path.size() > 1 && path.size() <= 200 && path.starts_with('/') && !path.ends_with('/') && !path.contains("//") && !path.contains("/.") &&
        std::ranges::all_of(path, [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view{"/-._~"}.contains(static_cast<char>(c)); });
    return plain ? path : std::string_view{};
}

/// Instances that may be used, and what is said of the others.
struct Found {
    std::vector<std::string> origins;
    std::string left_out;
};

void add_origin(const json::object& instance, const TrustedHosts& trusted, bool registry_is_here, Found& out) {
    const auto host = json::text_of(instance, "hostName");
    if (json::text_of(instance, "status") != "UP" || !is_host(host) || out.origins.size() >= kMaxInstances) {
        return;
    }
    const auto secure = port_of(instance, "securePort");
    const auto port = secure ? secure : port_of(instance, "port");
    if (!port) {
        return;
    }
    const auto context = context_of(instance);
    const auto origin = fmt::format("{}://{}:{}{}", secure ? "https" : "http", host, *port, context);
    if (trusted.allows(host, *port, context, secure.has_value()) || (registry_is_here && !trusted.any() && is_loopback_name(host))) {
        out.origins.push_back(origin);
    } else if (out.left_out.empty()) {
        out.left_out = fmt::format("{} gets no secret of ours, since eureka.client.trustedHosts {}.", origin,
                                   trusted.any() ? "does not name it" : "does not name it and it is not encrypted");
    }
}

/// `rest` behind `base`, whose path is not written twice for who has written it into the name's URL.
std::string joined(const std::string& base, std::string_view rest) {
    const auto host = base.find("://") + 3;
    const auto slash = std::min(base.find('/', host), base.size());
    const auto path = std::string_view{base}.substr(slash);
    const bool has_it = !path.empty() && rest.starts_with(path) && rest.substr(path.size()).starts_with('/');
    return (has_it ? base.substr(0, slash) : base) + std::string{rest};
}

/// Whether the service speaks, and no gateway in its place and no other program at its port: an address that is not its own any more would stay the first for
/// ever. Ours refuses with problem documents; a provider that is named so, with JSON.
bool is_of_service(const HttpResponse& response) {
    constexpr std::array kSomebodyElse{404, 405, 421};
    const auto type = response.header("content-type");
    const auto status = response.status;
    if (status == kBadGateway || status == kUnavailable || status == kGatewayTimeout || type.starts_with("text/html")) {
        return false;
    }
    if (type.starts_with("application/problem+json")) {
        return true;
    }
    if (status < 400 || status >= 500) {
        return status < 300;  // nothing here redirects, and whatever fails here says so in a problem document
    }
    return type.starts_with("application/json") && std::ranges::find(kSomebodyElse, status) == kSomebodyElse.end();
}

Result<Found> origins_of(const HttpResponse& response, const TrustedHosts& trusted, bool registry_is_here) {
    Found out;
    if (response.status == 404) {
        return out;
    }
    auto answer = json::parse_object(response.body, {.max_bytes = kMaxAnswer});
    if (response.status != 200 || !answer) {
        return fail(ErrorCode::unavailable, "NO_EUREKA", fmt::format("Eureka answers {} with what is no list of instances.", response.status));
    }
    const auto take = [&](const json::object& application) {
        each(application, "instance", [&](const json::object& one) { add_origin(one, trusted, registry_is_here, out); });
    };
    each(*answer, "application", take);
    each(*answer, "applications", [&](const json::object& all) { each(all, "application", take); });
    std::ranges::sort(out.origins, {}, [](const std::string& origin) { return std::pair{!origin.starts_with("https://"), origin}; });
    return out;
}

}  // namespace

bool TrustedHosts::allows(std::string_view host, std::int64_t port, std::string_view path, bool secure) const {
    if (!any()) {
        return secure;
    }
    const auto wanted = upper(host);
    return std::ranges::any_of(hosts_, [&](std::string_view given) {
        if (given == "*") {
            return true;
        }
        const auto slash = std::min(given.find('/'), given.size());
        const auto authority = given.substr(0, slash);
        const auto colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
        const auto pattern = upper(authority.substr(0, colon));
        const bool same_port = colon == std::string_view::npos || authority.substr(colon + 1) == std::to_string(port);
        const bool same_host = pattern == wanted || (pattern.starts_with("*.") && wanted.ends_with(std::string_view{pattern}.substr(1)));
        return same_host && same_port && given.substr(slash) == path;
    });
}

std::vector<std::string> Discovery::origins(const std::string& service) {
    {
        const std::lock_guard lock{mutex_};
        const auto& known = services_[service];
        if (!known.origins.empty() || (known.asked && !known.first)) {
            return known.origins;
        }
    }
    ask(service, nullptr);  // or waits for who asks at this moment
    const std::lock_guard lock{mutex_};
    return services_[service].origins;
}

void Discovery::failed(const std::string& service, const std::string& origin) {
    const std::lock_guard lock{mutex_};
    auto& origins = services_[service].origins;
    if (const auto found = std::ranges::find(origins, origin); found != origins.end()) {
        std::rotate(found, found + 1, origins.end());
    }
}

std::optional<Steady> Discovery::refresh(const std::atomic<bool>* cancelled) {
    const auto now = clock_.steady();
    std::vector<std::string> due;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& [service, known] : services_) {
            if (due_of(known, now) <= now) {
                due.push_back(service);
            }
        }
    }
    std::ranges::for_each(due, [&](const std::string& service) { ask(service, cancelled); });
    const std::lock_guard lock{mutex_};
    std::optional<Steady> next;
    for (const auto& [service, known] : services_) {
        const auto at = due_of(known, now);
        next = next ? std::min(*next, at) : at;
    }
    return next;
}

Steady Discovery::due_of(const Known& known, Steady now) const {
    return known.asked ? *known.asked + (known.origins.empty() ? std::min(kAskAgain, interval_) : interval_) : now;
}

std::string Discovery::reason(const std::string& service) const {
    const std::lock_guard lock{mutex_};
    const auto found = services_.find(service);
    return found == services_.end() ? std::string{} : found->second.reason;
}

json::object Discovery::view() const {
    const std::lock_guard lock{mutex_};
    json::object out;
    for (const auto& [service, known] : services_) {
        json::object one{{"instances", json::array(known.origins.begin(), known.origins.end())}};
        if (!known.reason.empty()) {
            one["reason"] = known.reason;
        }
        out[service] = std::move(one);
    }
    return out;
}

void Discovery::ask(const std::string& service, const std::atomic<bool>* cancelled) {
    const std::lock_guard one_at_a_time{asking_};
    const auto began = clock_.steady();
    {
        const std::lock_guard lock{mutex_};
        auto& known = services_[service];
        if (due_of(known, began) > began) {
            return;  // somebody did while we waited
        }
        known.asked = began;
    }
    Servers::Request request{.path = "apps/" + percent_encode(upper(service)), .max_bytes = kMaxAnswer, .cancelled = cancelled};
    auto response = servers_.ask(request);
    if (response && response->status == 404) {
        request.path = "vips/" + percent_encode(service);  // an application may have a virtual host name of its own
        response = servers_.ask(request);
    }
    auto fresh = response ? origins_of(*response, trusted_, servers_.all_on_this_host()) : std::unexpected(response.error());
    const std::lock_guard lock{mutex_};
    auto& known = services_[service];
    known.first = false;
    if (!fresh) {
        known.reason = fresh.error().message;
        return;
    }
    if (!fresh->left_out.empty() && fresh->left_out != known.reason) {
        log::warn("eureka_instance_left_out", {{"service", service}, {"reason", fresh->left_out}});
    }
    take(known, std::move(fresh->origins), began);
    if (!fresh->left_out.empty()) {
        known.reason = fresh->left_out;
    }
}

void Discovery::take(Known& known, std::vector<std::string> fresh, Steady now) {
    if (fresh.empty()) {
        known.none_from = known.none_from.value_or(now);
        known.reason = "Eureka knows no instance that is UP.";
        if (now - *known.none_from >= kDoubt) {
            known.origins.clear();
        }
        return;
    }
    known.none_from.reset();
    known.reason.clear();
    // Whoever served last stays first, as long as it is there: connections live on.
    if (!known.origins.empty()) {
        if (const auto found = std::ranges::find(fresh, known.origins.front()); found != fresh.end()) {
            std::rotate(fresh.begin(), found, fresh.end());
        }
    }
    known.origins = std::move(fresh);
}

std::vector<std::string> DiscoveringTransport::bases_of(const std::string& service) const {
    auto bases = discovery_ != nullptr ? discovery_->origins(service) : std::vector<std::string>{};
    if (const auto found = alternatives_.find(service); found != alternatives_.end()) {
        bases.insert(bases.end(), found->second.begin(), found->second.end());
    }
    const std::lock_guard lock{mutex_};
    const auto failed = failed_.find(service);
    if (failed == failed_.end()) {
        return bases;
    }
    std::vector<std::string> last;
    for (const auto& base : failed->second) {
        if (std::erase(bases, base) > 0) {
            last.push_back(base);
        }
    }
    std::ranges::move(last, std::back_inserter(bases));
    return bases;
}

void DiscoveringTransport::note(const std::string& service, const std::string& base, bool serves) {
    constexpr std::size_t kMost = kMaxInstances;
    if (!serves && discovery_ != nullptr) {
        discovery_->failed(service, base);
    }
    const std::lock_guard lock{mutex_};
    auto& failed = failed_[service];
    if (std::erase(failed, base); !serves) {
        failed.push_back(base);
    }
    if (failed.size() > kMost) {
        failed.erase(failed.begin());  // gone from Eureka long since
    }
}

Result<HttpResponse> DiscoveringTransport::send(const HttpRequest& request) {
    if (!request.url.starts_with(kScheme)) {
        return inner_.send(request);
    }
    const auto slash = std::min(request.url.find('/', kScheme.size()), request.url.size());
    const auto service = request.url.substr(kScheme.size(), slash - kScheme.size());
    const auto rest = request.url.substr(slash);
    const auto own = alternatives_.find(service);
    Result<HttpResponse> last = fail(ErrorCode::unavailable, "NO_INSTANCE",
                                     "No instance of " + service + " is known" + (discovery_ != nullptr ? ": " + discovery_->reason(service) : "."));
    for (const auto& base : bases_of(service)) {
        const bool named_by_us = own != alternatives_.end() && std::ranges::find(own->second, base) != own->second.end();
        auto attempt = request;
        attempt.url = named_by_us ? base + rest : joined(base, rest);
        last = inner_.send(attempt);
        note(service, base, last && is_of_service(*last));
        if (last) {
            return last;
        }
        // Where no connection could be made nothing was sent, and reading twice does no harm: anything else might be done twice.
        const auto& reason = last.error().reason;
        if (reason != "NO_CONNECTION" && reason != "UNKNOWN_HOST" && (reason != "TIMEOUT" || request.method != "GET")) {
            return last;
        }
    }
    return last;
}

}  // namespace slipway::eureka
