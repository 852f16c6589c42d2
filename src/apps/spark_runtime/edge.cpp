#include "apps/spark_runtime/edge.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "adapters/http_client/http_client.hpp"
#include "adapters/model_manage/client.hpp"
#include "adapters/process/supervisor.hpp"
#include "adapters/spark_cluster/cluster.hpp"
#include "apps/disk_space.hpp"
#include "apps/eureka_member.hpp"
#include "apps/impatience.hpp"
#include "apps/process_metrics.hpp"
#include "apps/spark_runtime/actuator.hpp"
#include "apps/spark_runtime/enrolment.hpp"
#include "apps/spark_runtime/host.hpp"
#include "apps/spark_runtime/kerberos.hpp"
#include "apps/spark_runtime/metered.hpp"
#include "apps/spark_runtime/peers.hpp"
#include "base/background.hpp"
#include "base/embedded.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "spark/application_listener.hpp"
#include "spark/cycle_watch.hpp"
#include "spark/even_clock.hpp"
#include "spark/job_monitor.hpp"

namespace slipway::spark_runtime {
namespace {

constexpr Milliseconds kProbePeriod{5000};
constexpr Milliseconds kEnrolmentPeriod{500};  ///< of looking whether there is something to tell
constexpr Milliseconds kGlancePeriod{100};
constexpr Milliseconds kShortestGlance{20};  ///< what happens at once is looked at together
constexpr Milliseconds kPrunePeriod = std::chrono::hours{1};
constexpr Milliseconds kKeepRecords = std::chrono::days{30};
constexpr Milliseconds kLongestSilence{4000};  ///< until all work has ended: more than what impatience gives peers

}  // namespace

struct Edge::Parts {
    Parts(config::Config given, std::string dir, std::string user, spark::SparkHost host, spark::Enrolment enrolled, std::unique_ptr<store::Database> opened)
        : config{std::move(given)},
          data_dir{std::move(dir)},
          hadoop_user{std::move(user)},
          enrolment{std::move(enrolled)},
          database{std::move(opened)},
          settings{monitor_settings(std::move(host))} {}

    config::Config config;
    std::string data_dir;
    std::string hadoop_user;
    spark::Enrolment enrolment;
    SystemClock clock;
    spark::EvenClock even_clock{clock};
    Metrics metrics;
    std::unique_ptr<store::Database> database;
    spark::Journal journal{*database};
    std::unique_ptr<HttpTransport> transport{make_http_client({.ca_file = config.server.ca_file})};
    std::atomic<bool> cancelled{false};  ///< what is asked of peers, when the service has to stop
    eureka::DiscoveringTransport found{*transport, {{config.spark_runtime.model_manage_service, config.spark_runtime.model_manage_alternatives}}};
    MeteredTransport to_registry{found, metrics, "modelManage", cancelled, config.client.token_url};
    Kerberos kerberos{config, data_dir, *transport, clock};
    MeteredTransport to_cluster{kerberos.to_cluster(), metrics, "spark", cancelled};
    MeteredTransport to_stores{kerberos.to_stores(), metrics, "store", cancelled};
    std::unique_ptr<TokenSource> tokens{membership::make_tokens(config, to_registry, clock)};
    std::unique_ptr<eureka::Client> eureka{membership::make_client(config, *transport, tokens.get(), clock, metrics, data_dir + "/eureka-timestamp")};
    std::unique_ptr<spark::RegistryClient> registry{
        model_manage::make_registry_client(config.spark_runtime.model_manage_url, to_registry, tokens.get(), enrolment.instance_id)};
    std::unique_ptr<spark::ClusterClient> cluster;
    std::mutex mutex;
    std::condition_variable_any wake;
    bool hurried{false};  ///< under `mutex`: the next cycle is due now
    bool nudged{false};   ///< under `mutex`: a glance would find something
    std::unique_ptr<spark::Supervisor> supervisor{kerberos.with_tickets(process::make_supervisor(process::jobd_beside_us(), clock, [this] { nudge(); }))};
    spark_cluster::StoreByScheme stores{stores_of(config.spark_runtime, staging_url(), hadoop_user, to_stores, clock)};
    spark::MonitorSettings settings;
    std::unique_ptr<spark::JobMonitor> monitor;
    std::unique_ptr<spark::ApplicationListener> listener;
    spark::CycleWatch watch{clock};
    HealthRegistry health;
    BackgroundDriver background{clock, 3};
    std::unique_ptr<Actuator> actuator;

    std::jthread loop;
    bool started{false};

    /// @return false when something of it hangs; what it would have done may be done again: it is in the journal.
    bool fall_silent() {
        loop.request_stop();
        return over_within(kLongestSilence, [this] {
            const Impatience impatience{cancelled};
            background.stop();  // before all: who has said good-bye must not enrol again
            loop.join();
            monitor->stop();
        });
    }

    std::string staging_url() const {
        const auto& given = config.spark_runtime.submit.staging_url;
        return given.empty() ? "file://" + data_dir + "/staging" : given;
    }

    spark::MonitorSettings monitor_settings(spark::SparkHost host) const {
        const auto& own = config.spark_runtime;
        spark::MonitorSettings out{.enrolment = enrolment,
                                   .submit = own.submit,
                                   .host = std::move(host),
                                   .jobs_dir = data_dir + "/jobs",
                                   .driver = driver_text(),
                                   .history_url = own.history_url};
        out.submit.staging_url = staging_url();
        out.policy.lost_grace = own.lost_after;
        out.max_submissions = own.max_submissions;
        out.max_drivers = own.max_drivers;
        out.workers = std::clamp<std::size_t>(own.max_submissions, 2, 8);
        out.access.s3_readable = own.s3.readable;
        out.capture_output = own.capture_output;
        out.capture_limit = own.output_limit;
        return out;
    }

    Result<void> check_staging() const {
        if (!cluster->driver_is_local() && config.spark_runtime.submit.staging_url.empty()) {
            return fail(ErrorCode::failed_precondition, "NO_STAGING", "deployMode cluster needs spark-runtime.stagingUrl: the driver leaves its result there.");
        }
        if (settings.submit.staging_url.contains("hdfs:") && config.spark_runtime.web_hdfs_urls.empty()) {
            return fail(ErrorCode::failed_precondition, "NO_WEBHDFS",
                        "spark-runtime.stagingUrl lies on HDFS: set spark-runtime.webHdfsUrl to its NameNode (http://namenode:9870).");
        }
        return {};
    }

    Result<void> assemble() {
        SW_TRY(auto bare, spark_cluster::make_cluster_client(addresses_of(config.spark_runtime, hadoop_user), to_cluster, clock));
        cluster = metered(std::move(bare), metrics);
        settings.policy.driver_is_local = cluster->driver_is_local();
        settings.access.local_files = spark::serves_local_files(cluster->driver_is_local(), settings.submit.staging_url, config.spark_runtime.job_user);
        settings.policy.begun_is_running = cluster->manager() == "local";
        SW_CHECK(check_staging());
        listener =
            std::make_unique<spark::ApplicationListener>(spark::ApplicationListener::Ports{.registry = *registry,
                                                                                           .cluster = *cluster,
                                                                                           .clock = clock,
                                                                                           .in_flight = [this] { return monitor->in_flight(); },
                                                                                           .trouble = [this] { return watch.trouble(); },
                                                                                           .obstacle = [this] { return process::disk_space_fault(data_dir); },
                                                                                           .left = [this] { monitor->release_unlaunched(); }},
                                                         enrolment);
        monitor = std::make_unique<spark::JobMonitor>(spark::MonitorPorts{.registry = *registry,
                                                                          .cluster = *cluster,
                                                                          .supervisor = *supervisor,
                                                                          .store = stores,
                                                                          .journal = journal,
                                                                          .clock = even_clock,
                                                                          .engine = [this] { return listener->engine(); },
                                                                          .wake = [this] { nudge(); },
                                                                          .obstacle = [this] { return process::disk_space_fault(data_dir); }},
                                                      settings, metrics);
        add_health();
        add_tasks();
        actuator = Actuator::build(config, {.health = health,
                                            .metrics = metrics,
                                            .tasks = [this] { return tasks(); },
                                            .measure = [this] { process::measure(metrics, data_dir); },
                                            .info = info(),
                                            .eureka = [this] { return eureka ? eureka->view() : json::object{}; }});
        return {};
    }

    /// What decides whether jobs may be taken; when it did, the next cycle comes at once.
    template <typename Work>
    Result<void> watched(const Work& work) {
        const bool before = listener->may_claim();
        work();
        if (listener->may_claim() != before) {
            hurry();
        }
        return {};
    }

    void add_tasks() {
        background.add({"probe", kProbePeriod, [this](const std::stop_token&) { return watched([this] { probe(); }); }});
        background.add({"enrolment", kEnrolmentPeriod, [this](const std::stop_token&) { return watched([this] { listener->tell(); }); }});
        background.add({"prune_journal", kPrunePeriod, [this](const std::stop_token&) { return prune(); }});
    }

    /// What it finds is told at once.
    void probe() {
        const auto before = listener->view();
        listener->probe();
        const auto after = listener->view();
        metrics.gauge("spark_cluster_up", {}, after.cluster_up ? 1 : 0);
        tell_eureka();
        if (after.cluster_up != before.cluster_up || after.cluster_known != before.cluster_known) {
            background.activate("enrolment");
        }
    }

    Result<void> prune() {
        SW_CHECK(journal.prune(clock.now() - kKeepRecords));
        return {};
    }

    std::vector<TaskStatus> tasks() const {
        auto all = background.status();
        all.push_back(watch.status("job_monitor", config.spark_runtime.poll_interval));
        return all;
    }

    void join_estate() {
        kerberos.describe(settings.host);
        if (eureka && config.eureka.fetch) {
            found.look_in(eureka->discovery());
        }
    }

    void tell_eureka() {
        const auto view = listener->view();
        if (eureka) {
            // Who is turned away at model-manage does nothing, however well the cluster is.
            const bool turned_away = view.standing == spark::Standing::name_in_use || view.standing == spark::Standing::refused;
            eureka->set_status(view.cluster_up && watch.trouble().empty() && !turned_away ? eureka::Status::up
                               : view.cluster_known                                       ? eureka::Status::down
                                                                                          : eureka::Status::starting);
        }
    }

    json::object info() const {
        return {{"build", {{"name", "slipway spark-runtime"}, {"version", SLIPWAY_VERSION}}},
                {"runtime", {{"id", enrolment.runtime_id}, {"name", enrolment.name}, {"group", enrolment.group}, {"instanceId", enrolment.instance_id}}},
                {"spark", {{"master", settings.submit.master}, {"deployMode", settings.submit.deploy_mode}, {"modelsRunAs", models_run_as()}}}};
    }

    /// As whom models run on this host; in cluster mode the cluster says.
    std::string models_run_as() const {
        const auto& user = config.spark_runtime.job_user;
        return user.empty() ? "the user of this service: a model can read and change what this service can (spark-runtime.jobUser is not set)" : user;
    }

    Health monitor_health() const {
        const auto trouble = watch.trouble();
        json::object details;
        if (const auto since = watch.since_last()) {
            details["lastCycleMsAgo"] = since->count();
        }
        if (!trouble.empty()) {
            details["reason"] = trouble;
        }
        if (const auto count = monitor->unreadable_records(); count > 0) {
            details["unreadableRecords"] = count;
        }
        return {.up = trouble.empty(), .details = std::move(details)};
    }

    void add_health() {
        if (eureka) {
            health.add("eureka", false, [this] { return membership::health_of(*eureka, true); });
        }
        if (kerberos.enabled()) {
            health.add("kerberos", false, [this] { return kerberos.health(); });
        }
        health.add("spark", true, [this]() -> Health {
            const auto view = listener->view();
            auto details = view.cluster_facts;
            if (!view.cluster_reason.empty()) {
                details["reason"] = view.cluster_reason;
            }
            for (const auto& [phase, count] : monitor->by_phase()) {
                details["jobs." + phase] = count;
            }
            details["modelsRunAs"] = models_run_as();
            return {.up = view.cluster_up, .details = std::move(details)};
        });
        health.add("modelManage", true, [this]() -> Health {
            const auto view = listener->view();
            json::object details{{"standing", spark::to_string(view.standing)}};
            if (!view.registry_reason.empty()) {
                details["reason"] = view.registry_reason;
            }
            return {.up = view.standing == spark::Standing::enrolled, .details = std::move(details)};
        });
        health.add("jobMonitor", true, [this] { return monitor_health(); });
        health.add("diskSpace", false, [this] { return process::disk_space_health(data_dir); });
    }

    /// A full cycle at each poll; between them a glance at this host's own processes, while there are any: at once when one of them has ended, or when a worker
    /// leaves something to go on with.
    void run(const std::stop_token& stop) {
        auto next = clock.steady();
        while (!stop.stop_requested()) {
            watch.begin();
            if (clock.steady() >= next) {
                monitor->tick(listener->may_claim());
                next = std::max<Steady>(next + config.spark_runtime.poll_interval, clock.steady());  // from due to due: a long cycle delays none
            } else {
                monitor->glance(listener->may_claim());
            }
            watch.end();
            const auto looked = clock.steady();
            const auto pause = monitor->wants_glances() ? std::min<Steady::duration>(next - looked, kGlancePeriod) : next - looked;
            std::unique_lock lock{mutex};
            wake.wait_for(lock, stop, std::max<Steady::duration>(pause, Milliseconds{1}), [this] { return hurried || nudged; });
            if (nudged) {
                wake.wait_for(lock, stop, looked + std::min<Steady::duration>(pause, kShortestGlance) - clock.steady(), [this] { return hurried; });
            }
            nudged = false;
            if (std::exchange(hurried, false)) {
                next = clock.steady();
            }
        }
    }

    void nudge() {
        const std::lock_guard lock{mutex};
        nudged = true;
        wake.notify_all();
    }

    void hurry() {
        const std::lock_guard lock{mutex};
        hurried = true;
        wake.notify_all();
    }
};

Edge::Edge(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}

Edge::~Edge() {
    if (!stop()) {
        static_cast<void>(parts_.release());
    }
}

Result<std::unique_ptr<Edge>> Edge::build(Options options, std::string data_dir) {
    std::error_code problem;
    for (const auto& folder : {data_dir, data_dir + "/jobs", data_dir + "/staging"}) {
        std::filesystem::create_directories(folder, problem);
        // Another user that runs the models must come to what is theirs; what lies beside it stays ours by its own mode.
        std::filesystem::permissions(folder, std::filesystem::perms{options.config.spark_runtime.job_user.empty() ? 0700U : 0711U}, problem);
    }
    if (problem) {
        return fail(ErrorCode::failed_precondition, "DATA_DIR", fmt::format("The data directory {} cannot be made: {}.", data_dir, problem.message()));
    }
    RandomIds ids;
    SW_TRY(auto instance, instance_id(data_dir, ids, SystemClock{}.now()));
    auto enrolment = enrolment_of(options.config.spark_runtime, std::move(instance));
    auto user = hadoop_user(options.config.spark_runtime, options.environment);
    auto host = describe_host(options.config.spark_runtime, options.environment, enrolment.runtime_id);
    SW_TRY(auto database, open_journal(data_dir));
    std::unique_ptr<Edge> edge{new Edge{
        std::make_unique<Parts>(std::move(options.config), std::move(data_dir), std::move(user), std::move(host), std::move(enrolment), std::move(database))}};
    edge->parts_->join_estate();
    SW_CHECK(edge->parts_->assemble());
    return edge;
}

Result<int> Edge::start() {
    SW_CHECK(parts_->monitor->recover());
    SW_TRY(const auto port, parts_->actuator->start());
    if (parts_->config.spark_runtime.job_user.empty()) {
        log::warn("models_run_as_service", {{"message", "Models run as " + parts_->models_run_as() + "."}});
    }
    parts_->kerberos.start();
    if (parts_->eureka) {
        parts_->eureka->start(membership::describe_instance(parts_->config, "spark-runtime-service", port));
    }
    parts_->background.start();
    parts_->loop = std::jthread{[this](const std::stop_token& stop) { parts_->run(stop); }};
    parts_->started = true;
    return port;
}

bool Edge::stop() {
    if (!parts_->started) {
        return true;
    }
    parts_->started = false;
    const bool silent = parts_->fall_silent();
    parts_->cancelled = false;
    {
        const Impatience impatience{parts_->cancelled};
        parts_->listener->leave();
    }
    if (parts_->eureka) {
        const Impatience impatience{parts_->cancelled};  // for its tokens: who gives them may hang
        parts_->eureka->stop();
    }
    parts_->kerberos.stop();
    parts_->actuator->stop();
    return silent;
}

}  // namespace slipway::spark_runtime
