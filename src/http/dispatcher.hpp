#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "base/metrics.hpp"
#include "http/gate.hpp"
#include "http/router.hpp"

namespace slipway::http {

/// The head of a request as a server read it.
struct RequestHead {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string peer;                                          ///< address of the connection
};

/// One request on its way through the dispatcher.
struct Call {
    Request request;
    const Route* route{nullptr};
    std::string allow;                   ///< of a 405
    std::optional<Error> refused;        ///< what is wrong already
    std::optional<Admission> admission;  ///< once it is known who is asking
    Steady started{};

    /// Which pool must run it.
    Pool pool() const { return route != nullptr ? route->pool : Pool::api; }
};

/// From a request to its answer: host policy, authentication, guard, handler, problem document, security headers, metrics, access log.
/// Knows no sockets. Thread-safe.
class Dispatcher {
public:
    struct Options {
        std::string public_url;                    ///< `https://host/prefix`: what links begin with when set
        std::vector<std::string> trusted_proxies;  ///< addresses or networks whose X-Forwarded-* count
        bool access_log{true};
        Secret idempotency_secret{};  ///< Sealer::derive("idempotency")
    };
    Dispatcher(const Router& router, Gate& gate, store::Store& store, Metrics& metrics, Options options);

    /// Reads the head; never waits. What is wrong with it stands in `refused`.
    Call begin(RequestHead head) const;
    /// Finds out who is asking, and refuses who may not call the route. May wait; does nothing the second time. @return false when refused.
    bool admit(Call& call);
    /// As admit() when that needs no waiting. @return true when it is decided (either way).
    bool admit_known(Call& call) const;
    /// Admits and runs the handler. May wait. Always gives an answer, or Response::parking: then run() it again.
    Response run(Call& call);
    /// The answer to a call that was refused before it ran.
    /// A call without request id gets one: people quote it.
    Response refuse(Call& call, const Error& error) const;
    /// begin() and run() at once; a handler that would wait is told that the time is up.
    Response handle(RequestHead head, std::string body);

    const Router& router() const { return router_; }
    Metrics& metrics() const { return metrics_; }

private:
    void ask_who(Call& call);
    void decide(Call& call, Admission admission) const;
    Result<void> read_addresses(Call& call, std::string_view authority) const;
    Response finish(Call& call, Response response) const;
    void observe(const Call& call, int status, double took) const;
    void log_failure(const Call& call, const Error& error) const;

    const Router& router_;
    Gate& gate_;
    store::Store& store_;
    Metrics& metrics_;
    const Options options_;
    const std::string public_host_;
    mutable std::shared_mutex series_mutex_;
    mutable std::map<std::pair<const Route*, int>, Metrics::Histogram> series_;
    mutable std::mutex strangers_mutex_;
    mutable std::optional<Steady> strangers_told_;  ///< when a failure of a stranger was last written down
    mutable std::int64_t strangers_untold_{0};      ///< since then
};

}  // namespace slipway::http
