#include "spark/option_spelling.hpp"

#include <array>
#include <utility>

namespace slipway::spark {
namespace {

/// Without lists of files, to which the service adds its own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kPairs{{{"--deploy-mode", "spark.submit.deployMode"},
                                                                                {"--driver-class-path", "spark.driver.extraClassPath"},
                                                                                {"--driver-cores", "spark.driver.cores"},
                                                                                {"--driver-java-options", "spark.driver.extraJavaOptions"},
                                                                                {"--driver-library-path", "spark.driver.extraLibraryPath"},
                                                                                {"--driver-memory", "spark.driver.memory"},
                                                                                {"--exclude-packages", "spark.jars.excludes"},
                                                                                {"--executor-cores", "spark.executor.cores"},
                                                                                {"--executor-memory", "spark.executor.memory"},
                                                                                {"--master", "spark.master"},
                                                                                {"--name", "spark.app.name"},
                                                                                {"--num-executors", "spark.executor.instances"},
                                                                                {"--packages", "spark.jars.packages"},
                                                                                {"--queue", "spark.yarn.queue"},
                                                                                {"--repositories", "spark.jars.repositories"},
                                                                                {"--supervise", "spark.driver.supervise"},
                                                                                {"--total-executor-cores", "spark.cores.max"}}};

}  // namespace

std::string_view other_spelling(std::string_view name) {
    for (const auto& [option, setting] : kPairs) {
        if (name == option) {
            return setting;
        }
        if (name == setting) {
            return option;
        }
    }
    return {};
}

}  // namespace slipway::spark
