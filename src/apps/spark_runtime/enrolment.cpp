#include "apps/spark_runtime/enrolment.hpp"

#include "domain/runtime.hpp"
#include "domain/spark_secrets.hpp"

namespace slipway::spark_runtime {

spark::Enrolment enrolment_of(const config::Config::SparkRuntime& settings, std::string instance) {
    json::object document;
    if (!settings.submit.spark_conf.empty()) {
        // Keys stay here: everybody of the group reads what a runtime says of itself.
        document["sparkConf"] = domain::without_secrets(settings.submit.spark_conf);
    }
    if (!settings.submit.executor_memory.empty()) {
        document["executorMemory"] = settings.submit.executor_memory;
    }
    document["master"] = settings.submit.master;
    document["deployMode"] = settings.submit.deploy_mode;
    return {.runtime_id = domain::enrolment_id(settings.group, domain::kSparkRuntime, settings.name),
            .instance_id = std::move(instance),
            .name = settings.name,
            .group = settings.group,
            .document = std::move(document)};
}

}  // namespace slipway::spark_runtime
