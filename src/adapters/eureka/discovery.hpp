#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/eureka/servers.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway::eureka {

/// Whom that a registry names our secrets may be sent to: whoever is a member of it may take any name. Thread-safe.
class TrustedHosts {
public:
    /// @param hosts names, `*.example.com`, or `*` for all and everything on them; each may go on with `:port` and `/path`. One without a port trusts all ports
    /// of its host, one without a path no path that an instance gives itself: behind a gateway another path is somebody else. Without any whoever is reached by
    /// TLS.
    explicit TrustedHosts(std::vector<std::string> hosts = {}) : hosts_{std::move(hosts)} {}
    bool any() const { return !hosts_.empty(); }
    bool allows(std::string_view host, std::int64_t port, std::string_view path, bool secure) const;

private:
    const std::vector<std::string> hosts_;
};

/// Where services are, as Eureka says; remembered while it is away. Thread-safe.
class Discovery {
public:
    /// @param interval how old a list may become before refresh() asks again; while nothing is known it asks every five seconds.
    /// @param trusted instances on other hosts are left out; reason() says so. Without a list this very host is used as well where all servers are on it: from
    /// anywhere else it is a word of whoever is a member, and whoever has a port here.
    Discovery(Servers& servers, const Clock& clock, Milliseconds interval, TrustedHosts trusted = TrustedHosts{})
        : servers_{servers}, clock_{clock}, interval_{interval}, trusted_{std::move(trusted)} {}

    /// Origins (`https://host:port`, with the path of a gateway behind it where the instance names one) of the instances of `service` that are UP, the one that
    /// served last first, then those with TLS. Who is the first to want it waits until Eureka is asked. @return empty when there are none; reason() says why.
    std::vector<std::string> origins(const std::string& service);
    /// It could not be reached, or does not serve: it is tried last from now on.
    void failed(const std::string& service, const std::string& origin);
    /// Asks about every service that somebody wanted, where that is due. @param cancelled ends it.
    /// @return when that is due next; nothing while nobody wanted any.
    std::optional<Steady> refresh(const std::atomic<bool>* cancelled = nullptr);
    /// Why there are none, for people.
    std::string reason(const std::string& service) const;
    /// `{service: {instances: […], reason}}`
    json::object view() const;

private:
    struct Known {
        std::vector<std::string> origins;
        std::optional<Steady> asked;      ///< last time we tried
        bool first{true};                 ///< no question was answered yet
        std::optional<Steady> none_from;  ///< since when Eureka says that there are none
        std::string reason;
    };
    void ask(const std::string& service, const std::atomic<bool>* cancelled);
    Steady due_of(const Known& known, Steady now) const;
    void take(Known& known, std::vector<std::string> fresh, Steady now);

    Servers& servers_;
    const Clock& clock_;
    const Milliseconds interval_;
    const TrustedHosts trusted_;
    std::mutex asking_;  ///< one question at a time
    mutable std::mutex mutex_;
    std::map<std::string, Known> services_;
};

/// A transport that understands `lb://service/path`: sends to an instance that Discovery knows, to the next one where no connection can be made, and last to
/// the alternatives. Who did not serve is asked last from then on, be it an instance or an alternative. Other URLs pass through. Thread-safe.
class DiscoveringTransport final : public HttpTransport {
public:
    /// @param alternatives by service: what stands in the place of `lb://service`, without a slash at the end.
    DiscoveringTransport(HttpTransport& inner, std::map<std::string, std::vector<std::string>> alternatives)
        : inner_{inner}, alternatives_{std::move(alternatives)} {}
    /// Before the first request. Without it there are the alternatives alone.
    void look_in(Discovery& discovery) { discovery_ = &discovery; }
    Result<HttpResponse> send(const HttpRequest& request) override;

private:
    /// What stands for a service, as it is to be asked: those first that served, or were not asked yet.
    std::vector<std::string> bases_of(const std::string& service) const;
    void note(const std::string& service, const std::string& base, bool serves);

    HttpTransport& inner_;
    Discovery* discovery_{nullptr};
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> failed_;  ///< by service, who failed last at the end
    const std::map<std::string, std::vector<std::string>> alternatives_;
};

}  // namespace slipway::eureka
