#include "apps/spark_runtime/actuator.hpp"

#include <mutex>

#include "adapters/db/db.hpp"
#include "base/embedded.hpp"
#include "base/loopback.hpp"
#include "http/dispatcher.hpp"
#include "http/gate.hpp"
#include "http/server.hpp"
#include "http/target.hpp"
#include "store/migrate.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> migrations();
}

namespace slipway::spark_runtime {
namespace {

constexpr int kPort = 8090;
/// Store and identity: what a look for the bearer of a token reads. The registry's tables would cost memory for nothing.
constexpr std::size_t kMigrations = 2;

std::string listen_text(const config::Config& config) {
    const auto& host = config.server.host;
    return fmt::format("{}:{}", host.contains(':') ? "[" + host + "]" : host, config.listen_given ? config.server.port : kPort);
}

/// Names under which we answer on loopback: a page of the web may have made a name of its own an address of this machine.
std::vector<std::string> hosts_of(const config::Config& config, bool open) {
    auto hosts = config.server.allowed_hosts;
    if (open) {
        hosts.emplace_back("localhost");
    }
    return hosts;
}

/// Nobody signs in here: a browser on this host would carry out what any page asks of it.
http::Handler for_programs(http::Handler handler) {
    return [handler = std::move(handler)](http::Exchange& exchange) -> Result<http::Response> {
        SW_CHECK(http::Gate::check_origin(exchange.request()));
        return handler(exchange);
    };
}

/// Nobody can sign in here, so that nobody is told to.
http::Route elsewhere() {
    const auto nothing = [](http::Exchange&) -> Result<http::Response> { return fail(ErrorCode::not_found, "NOT_FOUND", "There is nothing at this address."); };
    return {"GET", "/{rest*}", "nothing", http::Guard::open, http::Pool::api, nothing};
}

std::vector<http::Route> routes_of(http::ActuatorPorts ports, const http::Gate& gate, bool open) {
    if (open) {
        ports.open = [&gate](const http::Request& request) { return gate.check_host(request.host).has_value(); };
    }
    auto routes = http::actuator_routes(ports);
    if (open) {
        for (auto& route : routes) {
            route.guard = http::Guard::open;
            route.handler = for_programs(std::move(route.handler));
        }
    } else {
        std::erase_if(routes, [](const http::Route& route) { return route.guard != http::Guard::open; });
    }
    routes.push_back(elsewhere());
    return routes;
}

/// The gate wants a place for sessions, and a change of the level of the log one for its audit row. Here nobody signs in and hardly anybody changes anything:
/// it is a database in memory that is made once somebody asks for it.
class LateDatabase final : public store::Database {
public:
    Result<void> transact(const store::Work& work) override {
        SW_TRY(auto* const database, made());
        return database->transact(work);
    }
    Result<void> read(const store::Work& work) override {
        SW_TRY(auto* const database, made());
        return database->read(work);
    }
    store::Dialect dialect() const override { return store::Dialect::sqlite; }
    std::string description() const override { return "SQLite in memory"; }

private:
    Result<store::Database*> made() {
        const std::lock_guard lock{mutex_};
        if (!database_) {
            SW_TRY(auto memory, db::open_sqlite({.path = ":memory:", .readers = 1}));
            SW_CHECK(store::migrate(*memory, embedded::migrations().first(kMigrations), [] { return Result<void>{}; }));
            database_ = std::move(memory);
        }
        return database_.get();
    }

    std::mutex mutex_;
    std::unique_ptr<store::Database> database_;
};

}  // namespace

struct Actuator::Parts {
    Parts(const config::Config& config, http::ActuatorPorts ports)
        : open{is_loopback_name(config.server.host)},
          gate{tokens, tokens, {.public_url = "", .allowed_hosts = hosts_of(config, open)}},
          metrics{const_cast<Metrics&>(ports.metrics)},
          router{routes_of(std::move(ports), gate, open)},
          dispatcher{router, gate, store, metrics, {.public_url = "", .trusted_proxies = {}, .access_log = false}},
          server{dispatcher,
                 {.listen = listen_text(config), .max_connections = 64, .api_threads = 1, .outbound_threads = 1, .stop_timeout = Milliseconds{1000}}} {}

    LateDatabase database;
    SystemClock clock;
    RandomIds ids;
    store::Store store{database, clock, ids};
    identity::Tokens tokens{store};
    const bool open;
    http::Gate gate;
    Metrics& metrics;
    http::Router router;
    http::Dispatcher dispatcher;
    http::Server server;
};

Actuator::Actuator(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}
Actuator::~Actuator() = default;

std::unique_ptr<Actuator> Actuator::build(const config::Config& config, http::ActuatorPorts ports) {
    ports.log_level = config.log_level;
    return std::unique_ptr<Actuator>{new Actuator{std::make_unique<Parts>(config, std::move(ports))}};
}

Result<int> Actuator::start() {
    return parts_->server.start();
}

void Actuator::stop() {
    parts_->server.stop();
}

}  // namespace slipway::spark_runtime
