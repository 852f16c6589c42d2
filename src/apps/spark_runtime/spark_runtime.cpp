#include "apps/spark_runtime/spark_runtime.hpp"

#include <cstdio>
#include <filesystem>
#include <malloc.h>
#include <unistd.h>

#include "adapters/process/supervisor.hpp"
#include "apps/process.hpp"
#include "apps/serve/data_dir.hpp"
#include "apps/spark_runtime/edge.hpp"
#include "apps/spark_runtime/start_check.hpp"

namespace slipway::spark_runtime {

int run_spark_runtime(Options options) {
    process::prepare();
    const auto stops = process::hold_signals();
    log::set_level(options.config.log_level);
    auto data_dir = options.data_dir.empty() ? serve::default_data_dir(options.environment, ::geteuid() == 0) + "-spark-runtime" : options.data_dir;
    // Jobs run in folders of their own.
    data_dir = std::filesystem::absolute(data_dir).lexically_normal().string();
    if (auto& home = options.config.spark_runtime.spark_home; !home.empty()) {
        home = std::filesystem::absolute(home).lexically_normal().string();
    }
    if (const auto may = may_start(options.config.spark_runtime, this_host(options.environment)); !may) {
        return process::refuse(may.error());
    }
    const auto runtime = options.config.spark_runtime.name;
    auto edge = Edge::build(std::move(options), data_dir);
    if (!edge) {
        return process::refuse(edge.error());
    }
    const auto port = (*edge)->start();
    if (!port) {
        return process::refuse(port.error());
    }
    log::info("ready", {{"runtime", runtime}, {"actuatorPort", *port}, {"ms", process::age().count()}, {"version", SLIPWAY_VERSION}, {"dataDir", data_dir}});
    ::malloc_trim(0);  // what the start took (commands, settings, schema) is not needed any more
    process::wait_for_stop(stops);
    if (!(*edge)->stop()) {
        log::warn("stopped_while_a_peer_hangs", {{"message", "What waited for it was left behind. All of it is in the journal."}});
        ::_exit(0);
    }
    log::info("stopped");
    return 0;
}

}  // namespace slipway::spark_runtime
