#include "apps/serve/wiring.hpp"

#include <atomic>
#include <random>

#include "adapters/aws/gateway.hpp"
#include "adapters/db/serve_lock.hpp"
#include "adapters/http_client/http_client.hpp"
#include "adapters/jira/jira.hpp"
#include "adapters/oidc/provider.hpp"
#include "apps/disk_space.hpp"
#include "apps/process_metrics.hpp"
#include "apps/serve/build_info.hpp"
#include "apps/serve/life_cycle_facts.hpp"
#include "apps/serve/life_cycles.hpp"
#include "apps/serve/member.hpp"
#include "base/background.hpp"
#include "base/health.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "http/dispatcher.hpp"
#include "http/event_hub.hpp"
#include "http/gate.hpp"
#include "http/routes_actuator.hpp"
#include "http/routes_deployments.hpp"
#include "http/routes_events.hpp"
#include "http/routes_identity.hpp"
#include "http/routes_mlc.hpp"
#include "http/routes_registry.hpp"
#include "http/routes_restart.hpp"
#include "http/routes_sagemaker.hpp"
#include "http/routes_sagemaker_jobs.hpp"
#include "http/routes_sync.hpp"
#include "http/routes_tickets.hpp"
#include "http/routes_why.hpp"
#include "http/server.hpp"
#include "http/static_files.hpp"
#include "identity/accounts.hpp"
#include "identity/provider_sessions.hpp"
#include "registry/garbage.hpp"
#include "registry/job_logs.hpp"
#include "registry/job_messages.hpp"
#include "registry/registry.hpp"
#include "registry/runtime_contacts.hpp"
#include "sagemaker/deployer.hpp"
#include "sagemaker/maker.hpp"
#include "sagemaker/service.hpp"
#include "sagemaker/syncer.hpp"
#include "store/idempotency.hpp"
#include "store/lease.hpp"
#include "store/outbox.hpp"
#include "tickets/approval_desk.hpp"
#include "tickets/remote_desk.hpp"

namespace slipway::serve {
namespace {

constexpr Milliseconds kHour = std::chrono::hours{1};
constexpr Milliseconds kKeepEvents = std::chrono::days{7};
constexpr Milliseconds kKeepAnswers = std::chrono::hours{24};
constexpr Milliseconds kStopTimeout{8000};
constexpr std::size_t kBackgroundThreads = 4;
constexpr std::size_t kImportsAtOnce = 3;
constexpr std::size_t kCallsAtOnce = 8;  // of one import, its own thread among them
constexpr std::size_t kImportsWaiting = 256;
constexpr Milliseconds kResumeImports = std::chrono::minutes{1};
constexpr Milliseconds kLookAtDeployments = std::chrono::seconds{2};
constexpr Milliseconds kLookAtAccounts = std::chrono::seconds{1};
constexpr std::string_view kDeployments = "deployments";
constexpr Milliseconds kLookAtTickets = std::chrono::seconds{1};
constexpr std::string_view kTickets = "tickets";
constexpr std::string_view kLifeCycles = "life_cycles";
constexpr std::string_view kSignals = "life_cycle_signals";
constexpr Milliseconds kLookAtLifeCycles{200};
constexpr Milliseconds kLookForSignals = std::chrono::seconds{1};
constexpr Milliseconds kRestOfSignals{20};  ///< a busy registry is read on for many events at once
constexpr std::string_view kSync = "sync";
constexpr Milliseconds kLookForSilence = std::chrono::seconds{5};
constexpr Milliseconds kSilenceLease = std::chrono::seconds{15};
constexpr Milliseconds kKeepLock{5000};
constexpr Milliseconds kLookAtOurselves{5000};
constexpr Milliseconds kLookAtProvider = std::chrono::seconds{30};
constexpr Milliseconds kBetweenCollections = std::chrono::hours{6};

std::string listen_text(const config::Config::Server& server) {
    const bool v6 = server.host.contains(':');
    return (v6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

aws::AwsOptions aws_options(const config::Config& config, const config::Environment& environment) {
    auto options = aws::options_from_environment([&](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional{found->second};
    });
    options.service_endpoint_url = config.sagemaker_endpoint_url;
    return options;
}

sagemaker::SyncPace pace(Milliseconds interval) {
    constexpr int kTimesAsOften = 4;
    return {.usual = interval, .moving = interval / kTimesAsOften};
}

std::vector<http::Route> joined(std::vector<std::vector<http::Route>> parts) {
    std::vector<http::Route> all;
    for (auto& part : parts) {
        std::ranges::move(part, std::back_inserter(all));
    }
    return all;
}

}  // namespace

struct Wiring::Parts {
    Parts(config::Config given, const config::Environment& environment, crypto::Sealer key, std::unique_ptr<store::Database> opened)
        : config{std::move(given)}, sealer{std::move(key)}, database{std::move(opened)}, aws{aws_options(config, environment)} {}

    config::Config config;
    SystemClock clock;
    RandomIds ids;
    Metrics metrics;
    crypto::Sealer sealer;
    std::unique_ptr<store::Database> database;
    store::Store store{*database, clock, ids};

    identity::Tokens tokens{store};
    identity::Accounts accounts{store, tokens};
    identity::Access access{config.access};

    aws::AwsOptions aws;
    std::unique_ptr<HttpTransport> transport{make_http_client({.ca_file = config.server.ca_file})};
    std::unique_ptr<oidc::Provider> provider{config.provider ? oidc::make_provider(*config.provider, *transport, clock) : nullptr};
    std::unique_ptr<identity::ProviderSessions> provider_sessions{
        provider ? std::make_unique<identity::ProviderSessions>(store, *provider, sealer, identity::ProviderSessions::Options{config.session_recheck})
                 : nullptr};
    aws::SystemWaiter waiter;
    std::unique_ptr<sagemaker::AwsGateway> gateway{aws::make_aws_gateway(*transport, clock, waiter, aws)};

    registry::Registry registry{{.store = store, .access = access, .sealer = sealer, .default_group = config.default_group}};
    WorkerPool imports{"imports", kImportsAtOnce + kCallsAtOnce - 1, kImportsWaiting};
    std::atomic<bool> database_lost{false};
    std::function<void()> on_lost;

    sagemaker::SageMakerService sagemaker{
        registry, *gateway, {.credentials = config.credentials, .imports_at_once = kImportsAtOnce, .calls_at_once = kCallsAtOnce}, imports};

    registry::Approvals approvals{config.approvals};
    tickets::ApprovalDesk desk{registry.foundation(), approvals};
    std::atomic<bool> stopping{false};
    std::unique_ptr<tickets::TicketSystem> jira{config.jira ? jira::make_jira(*config.jira, *transport, clock, stopping) : nullptr};
    std::unique_ptr<tickets::RemoteDesk> remote_desk{jira ? std::make_unique<tickets::RemoteDesk>(registry.foundation(), *jira, config.remote_tickets)
                                                          : nullptr};
    sagemaker::Deployer deployer{
        registry, sagemaker, approvals, {.defaults = config.deploy_defaults, .instance = installation(), .limits = config.aws_limits}, imports};
    sagemaker::Maker maker{registry, sagemaker, {.defaults = config.deploy_defaults, .limits = config.aws_limits, .instance = installation()}, imports};
    sagemaker::JobOutputs job_outputs{registry, sagemaker, config.aws_limits};
    insight::Why why{registry, approvals};
    sagemaker::Syncer syncer{registry, sagemaker, pace(config.sync_interval), imports,
                             [engine = std::minstd_rand{std::random_device{}()}]() mutable { return std::uniform_real_distribution<double>{0, 1}(engine); }};

    const Steady started{clock.steady()};
    const std::string instance{ids.next(clock.now())};  ///< of this process, for leases
    BackgroundDriver background{clock, kBackgroundThreads};
    LifeCycles lifecycles{
        registry, approvals, deployer, job_outputs, {.time_zone = config.lifecycle_time_zone, .deploy_model = config.deploy_model, .node = instance}, [this] {
            background.activate(std::string{kDeployments});
        }};
    HealthRegistry health;
    Member member{config, *transport, clock, metrics, health};  ///< of an Eureka

    http::Gate gate{authenticator(), sessions(), {.public_url = config.server.public_url, .allowed_hosts = config.server.allowed_hosts}};
    http::EventHub events{store, access, gate};
    const std::shared_ptr<http::Waiters> task_waiters{std::make_shared<http::Waiters>()};  ///< workers that wait for tasks of life cycles
    http::Router router{
        joined({http::identity_routes(accounts, tokens, gate, access, {provider.get(), provider_sessions.get(), &sealer}), http::registry_routes(registry),
                http::sagemaker_routes(sagemaker), http::deployment_routes(deployer, sagemaker, [this] { background.activate(std::string{kDeployments}); }),
                http::ticket_routes(registry, desk), http::why_routes(why), http::restart_routes(lifecycles.topics),
                http::mlc_routes({lifecycles.definitions, lifecycles.instances, lifecycles.external_tasks, lifecycles.user_tasks, task_waiters}),
                http::ticket_hook_routes(
                    {.desk = remote_desk.get(), .secret = config.jira_webhook_secret, .wake = [this] { background.activate(std::string{kTickets}); }}),
                http::sagemaker_job_routes(maker, job_outputs), http::sync_routes(syncer, [this] { background.activate(std::string{kSync}); }),
                http::event_routes(events), http::actuator_routes(actuator()), http::static_routes(embedded::web_ui())})};
    http::Dispatcher dispatcher{
        router,
        gate,
        store,
        metrics,
        {.public_url = config.server.public_url, .trusted_proxies = config.server.trusted_proxies, .idempotency_secret = sealer.derive("idempotency")}};
    http::Server server{dispatcher, {.listen = listen_text(config.server), .stop_timeout = kStopTimeout}};

    identity::Authenticator& authenticator() { return provider ? static_cast<identity::Authenticator&>(*provider) : tokens; }
    identity::Sessions& sessions() { return provider_sessions ? static_cast<identity::Sessions&>(*provider_sessions) : tokens; }
    /// The same for all servers that share one key, and at each start.
    std::string installation() const { return crypto::sha256_hex(sealer.derive("installation").reveal()).substr(0, 16); }
    http::ActuatorPorts actuator() {
        return {.health = health,
                .metrics = metrics,
                .tasks = [this] { return background.status(); },
                .measure = [this] { process::measure(metrics, {}); },
                .info = build_info(database->description(), clock.now()),
                .eureka = [this] { return member.view(); },
                .log_level = config.log_level};
    }
    /// Workers outside look again after each round: locks run out, and pauses before another try end.
    Result<void> run_life_cycles(const std::stop_token& stop) {
        auto done = lifecycles.runner.run(stop);
        task_waiters->wake(http::kExternalTasks);
        return done;
    }
    void listen_to_changes() {
        add_facts(why, lifecycles, remote_desk.get(), jira ? jira->name() : std::string{});
        store.on_events([this] {
            events.wake();
            background.activate(std::string{kSignals});
        });
        lifecycles.engine.on_work([this] {
            background.activate(std::string{kLifeCycles});
            task_waiters->wake(http::kExternalTasks);
        });
        tokens.on_forget([this] { events.wake(); });
        health.add("db", true, [this]() -> Health {
            const auto read = database->read([](store::Session& sql) -> Result<void> {
                SW_CHECK(sql.query("SELECT 1"));
                return {};
            });
            return {.up = read.has_value(), .details = {{"database", database->description()}}};
        });
        if (remote_desk) {
            // Without it everything else goes on: it is shown, and makes the service no worse.
            health.add("tickets", false, [this]() -> Health {
                json::object details{{"system", jira->name()}};
                if (const auto trouble = remote_desk->trouble()) {
                    details["trouble"] = trouble->message;
                    details["since"] = to_iso(trouble->since);
                }
                return {.up = true, .details = std::move(details)};
            });
        }
    }
    static Result<void> done(const Result<std::int64_t>& pruned) { return pruned ? Result<void>{} : std::unexpected(pruned.error()); }
    void watch_provider() {
        provider_sessions->on_end([this] { events.wake(); });
        // Where it cannot be asked who is known goes on: a gateway must not take the server out for that.
        health.add("identityProvider", false, [this] { return provider_sessions->add_to(provider->health()); });
        health.add("identityProviderKeys", true, [this]() -> Health { return {.up = provider->knows_keys()}; });
        background.add({"identity_provider", kLookAtProvider, [this](const std::stop_token&) { return provider->refresh(); }});
        background.add({"prune_sessions", kHour, [this](const std::stop_token&) { return done(provider_sessions->prune()); }});
    }
    /// Whoever lost the database to another server writes nothing more, and ends.
    Result<void> keep_lock() {
        auto kept = db::keep_lock(*database);
        if (!kept && kept.error().reason == "DATABASE_IN_USE" && !database_lost.exchange(true)) {
            log::error("database.lost", {{"message", "Another slipway serve has taken the database while the connection to it was lost. This one stops."}});
            if (on_lost) {
                on_lost();
            }
        }
        return kept;
    }
    void add_tasks() {
        if (member.enabled()) {
            health.add("eureka", false, [this] { return member.health(); });
            background.add({"eureka", kLookAtOurselves, [this](const std::stop_token&) { return member.look(); }});
        }
        background.add({std::string{kSync}, kLookAtAccounts, [this](const std::stop_token&) { return syncer.advance(); }});
        background.add({"sagemaker_jobs", kLookAtDeployments, [this](const std::stop_token&) { return maker.advance(); }});
        background.add({"keep_database_lock", kKeepLock, [this](const std::stop_token&) { return keep_lock(); }});
        background.add({"resume_imports", kResumeImports, [this](const std::stop_token&) { return sagemaker.resume_running(); }});
        background.add({std::string{kDeployments}, kLookAtDeployments, [this](const std::stop_token&) { return deployer.advance(); }});
        const auto often = std::min(config.approvals.expire_after, config.approvals.remind_every) / 4;
        background.add({"age_tickets", std::clamp(often, kLookAtTickets, kHour), [this](const std::stop_token&) { return age_tickets(); }});
        if (remote_desk) {
            background.add({std::string{kTickets}, kLookAtTickets, [this](const std::stop_token& stop) { return remote_desk->advance(stop); }});
        }
        background.add({std::string{kSignals}, kLookForSignals, [this](const std::stop_token& stop) { return lifecycles.bridge.run(stop); }, kRestOfSignals});
        background.add({std::string{kLifeCycles}, kLookAtLifeCycles, [this](const std::stop_token& stop) { return run_life_cycles(stop); }});
        background.add({"prune_life_cycles", kHour, [this](const std::stop_token&) { return lifecycles.runner.prune(); }});
        background.add({"prune_events", kHour, [this](const std::stop_token&) { return prune(kKeepEvents, store::prune_events); }});
        background.add(
            {"prune_job_messages", kHour, [this](const std::stop_token&) { return prune(config.retention.job_messages, registry::prune_job_messages); }});
        background.add({"prune_job_logs", kHour, [this](const std::stop_token&) { return prune(config.retention.job_messages, registry::prune_job_logs); }});
        background.add({"silent_runtimes", kLookForSilence, [this](const std::stop_token&) { return set_silent_offline(); }});
        background.add({"prune_operations", kHour, [this](const std::stop_token&) { return prune(config.retention.operations, registry::Operations::prune); }});
        background.add({"collect_garbage", kHour, [this](const std::stop_token& stop) { return collect(stop); }});
        background.add({"prune_answers", kHour, [this](const std::stop_token&) { return prune(kKeepAnswers, store::prune_answers); }});
        background.add({"prune_tokens", kHour, [this](const std::stop_token&) { return done(tokens.prune()); }});
    }
    /// Tickets that waited too long end; of the others people are reminded.
    Result<void> age_tickets() {
        return store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(desk.expire(unit));
            SW_CHECK(desk.remind(unit));
            return {};
        });
    }
    /// While the server itself was down nobody could be heard: silence counts from its start.
    Result<void> set_silent_offline() {
        if (clock.steady() - started < registry::kSilence) {
            return {};
        }
        return store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto lease, store::acquire_lease(unit, "silent_runtimes", instance, kSilenceLease));
            if (lease) {
                SW_CHECK(registry.enrolments().set_silent_offline(unit, unit.now - registry::kSilence));
            }
            return {};
        });
    }
    /// Old audit records, and what no object names any more.
    Result<void> collect(const std::stop_token& stop) {
        SW_TRY(const auto lease, registry::due_collection(store, kBetweenCollections));
        if (!lease) {
            return {};
        }
        SW_TRY(const auto records, registry::prune_audit(store, *lease, clock.now() - config.retention.audit_records, stop));
        SW_TRY(const auto unused, registry::collect_garbage(store, *lease, stop));
        if (records + unused.blobs + unused.secrets > 0) {
            log::info("garbage.collected", {{"auditRecords", records}, {"blobs", unused.blobs}, {"secrets", unused.secrets}});
        }
        return {};
    }
    Result<void> prune(Milliseconds age, Result<std::int64_t> (*remove)(store::Unit&, Timestamp)) {
        return store.write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(remove(unit, unit.now - age));
            return {};
        });
    }
};

Wiring::Wiring(config::Config config, const config::Environment& environment, crypto::Sealer sealer, std::unique_ptr<store::Database> database)
    : parts_{std::make_unique<Parts>(std::move(config), environment, std::move(sealer), std::move(database))} {
    parts_->registry.make_in_aws_with(parts_->maker);
    parts_->registry.decide_tickets_by(parts_->approvals.settings());
    parts_->listen_to_changes();
    parts_->add_tasks();
    if (parts_->provider) {
        parts_->watch_provider();
    }
}

Wiring::~Wiring() {
    stop();
}

Result<std::optional<Secret>> Wiring::ensure_administrator(std::optional<Secret> password) {
    if (parts_->provider) {
        return std::nullopt;  // its administrators are the provider's
    }
    return parts_->accounts.ensure_administrator(std::move(password));
}

void Wiring::watch_disk(const std::string& folder) {
    parts_->health.add("diskSpace", false, [folder] { return process::disk_space_health(folder); });
}

void Wiring::on_database_lost(std::function<void()> lost) {
    parts_->on_lost = std::move(lost);
}

Result<void> Wiring::bind() {
    SW_CHECK(parts_->server.bind());
    return {};
}

Result<int> Wiring::start() {
    SW_CHECK(parts_->lifecycles.begin());
    SW_TRY(const auto port, parts_->server.start());
    parts_->member.start(port);
    parts_->background.start();
    return port;
}

void Wiring::stop() {
    const std::jthread leaving{[this] { parts_->member.stop(); }};  // while we still answer who was sent to us
    parts_->sagemaker.halt();                                       // first: whoever waits for AWS gets an answer while there is somebody to send it
    parts_->deployer.halt();
    parts_->maker.halt();
    parts_->stopping = true;
    parts_->syncer.halt();
    parts_->events.stop();  // whoever waits for the provider does so while the server ends what it runs
    parts_->server.stop();
    if (parts_->provider_sessions) {
        parts_->provider_sessions->stop();
    }
    parts_->background.stop();
    parts_->deployer.stop();
    parts_->maker.stop();
    parts_->syncer.stop();
    parts_->sagemaker.stop();
}

const http::Router& Wiring::router() const {
    return parts_->router;
}

std::string Wiring::database_description() const {
    return parts_->database->description();
}

}  // namespace slipway::serve
