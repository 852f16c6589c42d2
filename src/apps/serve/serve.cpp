#include "apps/serve/serve.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "apps/cli/yaml_writer.hpp"
#include "apps/process.hpp"
#include "apps/serve/data_dir.hpp"
#include "apps/serve/wiring.hpp"
#include "base/log.hpp"
#include "store/migrate.hpp"

namespace slipway::serve {
namespace {

constexpr int kDone = 0;
constexpr int kWrongUse = 2;

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

Result<std::unique_ptr<Wiring>> build(Options& options, const std::string& data_dir) {
    SW_CHECK(prepare_data_dir(data_dir));
    SW_TRY(auto database, open_database(options.config, data_dir));
    SW_CHECK(migrate(*database, data_dir, SystemClock{}.now()));
    SW_TRY(auto sealer, open_sealer(options.config, data_dir, *database));
    return std::make_unique<Wiring>(std::move(options.config), options.environment, std::move(sealer), std::move(database));
}

Result<void> welcome(Wiring& wiring, const config::Environment& environment) {
    SW_TRY(auto given, given_password(environment));
    SW_TRY(const auto generated, wiring.ensure_administrator(std::move(given)));
    if (generated) {
        process::print_line("First start: sign in as admin with the password " + std::string{generated->reveal()} + " (shown this once).");
    }
    return {};
}

}  // namespace

int run_server(Options options) {
    process::prepare();
    const auto stops = process::hold_signals();
    log::set_level(options.config.log_level);
    const auto data_dir = options.data_dir.empty() ? default_data_dir(options.environment, ::geteuid() == 0) : options.data_dir;
    const auto host = options.config.server.host;
    auto built = build(options, data_dir);
    if (!built) {
        return process::refuse(built.error());
    }
    auto& wiring = **built;
    // First the address: a password that is shown once must not be lost to a port that is taken.
    if (const auto bound = wiring.bind(); !bound) {
        return process::refuse(bound.error());
    }
    if (const auto welcomed = welcome(wiring, options.environment); !welcomed) {
        return process::refuse(welcomed.error());
    }
    std::atomic<bool> lost{false};
    wiring.on_database_lost([&lost] {
        lost = true;
        ::kill(::getpid(), SIGTERM);
    });
    wiring.watch_disk(data_dir);
    const auto port = wiring.start();
    if (!port) {
        return process::refuse(port.error());
    }
    const auto address = "http://" + (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(*port);
    log::info("ready", {{"address", address},
                        {"ms", process::age().count()},
                        {"version", SLIPWAY_VERSION},
                        {"database", wiring.database_description()},
                        {"dataDir", data_dir}});
    process::wait_for_stop(stops);
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
