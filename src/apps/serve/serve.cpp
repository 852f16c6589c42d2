#include "apps/serve/serve.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "apps/cli/yaml_writer.hpp"
#include "apps/serve/data_dir.hpp"
#include "apps/serve/wiring.hpp"
#include "base/log.hpp"
#include "store/migrate.hpp"

namespace slipway::serve {
namespace {

/// Set before main() runs: what `ready` measures from.
const Steady process_started = std::chrono::steady_clock::now();

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

/// SIGTERM and SIGINT are taken by wait_for_stop() alone. Must come before the first thread.
sigset_t hold_signals() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    return stops;
}

/// A second signal ends the process at once: whoever sends it does not want to wait.
void release_signals(const sigset_t& stops) {
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    ::sigaction(SIGTERM, &plain, nullptr);
    ::sigaction(SIGINT, &plain, nullptr);
    ::pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
}

void prepare_process() {
    // Memory has keys and passwords: it must not end up in a core file.
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::umask(0077);
    // Two dozen threads that each keep an arena would triple the idle memory.
    ::mallopt(M_ARENA_MAX, 2);
    // Large bodies go back to the system when they are done with; by itself the limit rises to 32 MiB.
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

/// `SLIPWAY_ADMIN_PASSWORD`, or the text of the file that `…_FILE` names.
Result<std::optional<Secret>> given_password(const config::Environment& environment) {
    const auto value = [&](std::string_view name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string{} : found->second;
    };
    if (auto password = value("SLIPWAY_ADMIN_PASSWORD"); !password.empty()) {
        return Secret{std::move(password)};
    }
    const auto path = value("SLIPWAY_ADMIN_PASSWORD_FILE");
    if (path.empty()) {
        return std::nullopt;
    }
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line) || line.empty()) {
        return fail(ErrorCode::failed_precondition, "ADMIN_PASSWORD", "SLIPWAY_ADMIN_PASSWORD_FILE: no password can be read from " + path + ".");
    }
    return Secret{std::move(line)};
}

/// For people, beside the log: one plain line.
void print_line(const std::string& line) {
    std::fputs((line + "\n").c_str(), stderr);
}

int refuse(const Error& error) {
    print_line("slipway: " + error.message);
    if (!error.detail.empty()) {
        print_line("  " + error.detail);
    }
    return error.code == ErrorCode::internal ? kFailed : kWrongUse;
}

Result<std::unique_ptr<Wiring>> build(Options& options, const std::string& data_dir) {
    SW_CHECK(prepare_data_dir(data_dir));
    SW_TRY(auto sealer, open_sealer(options.config, data_dir));
    SW_TRY(auto database, open_database(options.config, data_dir));
    SW_CHECK(migrate(*database, data_dir, SystemClock{}.now()));
    return std::make_unique<Wiring>(std::move(options.config), options.environment, std::move(sealer), std::move(database));
}

Result<void> welcome(Wiring& wiring, const config::Environment& environment) {
    SW_TRY(auto given, given_password(environment));
    SW_TRY(const auto generated, wiring.ensure_administrator(std::move(given)));
    if (generated) {
        print_line("First start: sign in as admin with the password " + std::string{generated->reveal()} + " (shown this once).");
    }
    return {};
}

}  // namespace

int run_server(Options options) {
    prepare_process();
    const auto stops = hold_signals();
    log::set_level(options.config.log_level);
    const auto data_dir = options.data_dir.empty() ? default_data_dir(options.environment, ::geteuid() == 0) : options.data_dir;
    const auto host = options.config.server.host;
    auto built = build(options, data_dir);
    if (!built) {
        return refuse(built.error());
    }
    auto& wiring = **built;
    if (const auto welcomed = welcome(wiring, options.environment); !welcomed) {
        return refuse(welcomed.error());
    }
    std::atomic<bool> lost{false};
    wiring.on_database_lost([&lost] {
        lost = true;
        ::kill(::getpid(), SIGTERM);
    });
    const auto port = wiring.start();
    if (!port) {
        return refuse(port.error());
    }
    const auto address = "http://" + (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(*port);
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - process_started);
    log::info("ready",
              {{"address", address}, {"ms", took.count()}, {"version", SLIPWAY_VERSION}, {"database", wiring.database_description()}, {"dataDir", data_dir}});
    int signal = 0;
    ::sigwait(&stops, &signal);
    release_signals(stops);
    log::info("stopping", {{"signal", lost ? "none" : signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    wiring.stop();
    log::info("stopped");
    return lost ? kWrongUse : kDone;
}

Result<std::string> routes_document() {
    log::set_level(log::Level::warn);
    SW_TRY(auto database, db::open_sqlite({.path = ":memory:"}));
    SW_CHECK(store::migrate(*database, [] { return Result<void>{}; }));
    const Wiring wiring{{}, {}, crypto::Sealer{Secret{std::string(32, '\0')}}, std::move(database)};
    json::array routes;
    for (const auto& route : wiring.router().routes()) {
        const auto* guard = route.guard == http::Guard::open ? "open" : route.guard == http::Guard::signed_in ? "signedIn" : "administrator";
        routes.push_back({{"method", route.method}, {"pattern", route.pattern}, {"operationId", route.operation_id}, {"guard", guard}});
    }
    return cli::to_pretty_json(routes);
}

}  // namespace slipway::serve
