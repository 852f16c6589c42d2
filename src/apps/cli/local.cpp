// Commands that need no server.
#include <algorithm>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/cli/yaml_writer.hpp"
#include "apps/config/load.hpp"
#include "apps/serve/serve.hpp"
#include "apps/spark_runtime/spark_runtime.hpp"
#include "apps/spark_runtime/start_check.hpp"

namespace slipway::cli {
namespace {

config::Sources sources_of(Session& session) {
    config::Sources sources;
    sources.environment = session.world().environment;
    if (session.line().has("--config")) {
        sources.file = session.line().get("--config");
    }
    if (session.line().has("--listen")) {
        sources.flags.push_back({"server.listen", "--listen", session.line().get("--listen")});
    }
    return sources;
}

/// Names faults and warnings. @return true when the configuration may be used.
bool say_faults(Session& session, const config::Loaded& loaded) {
    for (const auto& fault : loaded.faults) {
        session.say(harmless(fault));
    }
    for (const auto& warning : loaded.warnings) {
        session.say("warning: " + harmless(warning));
    }
    return loaded.faults.empty();
}

bool of_spark_runtime(const config::Loaded& loaded) {
    return std::ranges::any_of(loaded.settings, [](const auto& entry) { return entry.first.starts_with("spark-runtime."); });
}

}  // namespace

Result<int> config_check(Session& session) {
    const auto loaded = config::load(sources_of(session));
    if (!say_faults(session, loaded)) {
        return kWrongUse;
    }
    const auto what = loaded.file.empty() ? std::string{"The environment (there is no file)"} : loaded.file;
    const auto runtime = of_spark_runtime(loaded)
                             ? spark_runtime::start_faults(loaded.config.spark_runtime, spark_runtime::this_host(session.world().environment))
                             : spark_runtime::StartFaults{};
    for (const auto& fault : runtime.settings) {
        session.say(harmless(what + ": " + fault));
    }
    for (const auto& fault : runtime.host) {  // it may be checked elsewhere than where it is used
        session.say(harmless("warning: spark-runtime does not start on this host: " + fault));
    }
    for (const auto& warning : runtime.warnings) {
        session.say(harmless("warning: " + warning));
    }
    if (!runtime.settings.empty()) {
        return kWrongUse;
    }
    session.say(what + (runtime.host.empty() ? " is good." : " is good, for another host than this one."));
    return kDone;
}

Result<int> config_show(Session& session) {
    const auto loaded = config::load(sources_of(session));
    session.out(config::show(loaded, session.line().has("--origin")));
    return say_faults(session, loaded) ? kDone : kWrongUse;
}

Result<int> serve_command(Session& session) {
    auto loaded = config::load(sources_of(session));
    if (!say_faults(session, loaded)) {
        return kWrongUse;
    }
    return serve::run_server({.config = std::move(loaded.config), .data_dir = session.line().get("--data-dir"), .environment = session.world().environment});
}

Result<int> spark_runtime_command(Session& session) {
    auto loaded = config::load(sources_of(session));
    if (!say_faults(session, loaded)) {
        return kWrongUse;
    }
    return spark_runtime::run_spark_runtime(
        {.config = std::move(loaded.config), .data_dir = session.line().get("--data-dir"), .environment = session.world().environment});
}

Result<int> print_routes(Session& session) {
    SW_TRY(const auto text, serve::routes_document());
    session.out(text);
    return kDone;
}

Result<int> print_version(Session& session) {
    SW_TRY(const auto format, session.format());
    const json::object version{{"version", SLIPWAY_VERSION}};
    session.out(format == Format::json   ? to_pretty_json(version)
                : format == Format::yaml ? to_yaml(version)
                                         : std::string{format == Format::name ? "" : "slipway "} + SLIPWAY_VERSION "\n");
    return kDone;
}

Result<int> print_documentation(Session& session) {
    const auto page = session.line().argument(0);
    if (page != "config" && page != "cli") {
        return usage("there are the pages config and cli");
    }
    session.out(page == "config" ? config::configuration_page() : cli_page());
    return kDone;
}

Result<int> print_man_page(Session& session) {
    session.out(man_page());
    return kDone;
}

}  // namespace slipway::cli
