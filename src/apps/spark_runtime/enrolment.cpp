#include "apps/spark_runtime/enrolment.hpp"

#include "base/log.hpp"
#include "domain/runtime.hpp"

namespace slipway::spark_runtime {
namespace {

/// Keys stay here: everybody of the group reads what a runtime says of itself.
json::object without_secrets(const json::object& conf) {
    constexpr std::string_view kMask = "***";
    json::object out;
    for (const auto& [name, value] : conf) {
        const auto text = value.is_string() ? std::string_view{value.get_string()} : std::string_view{};
        const auto equals = text.find('=');
        if (log::looks_secret(name)) {
            out[name] = kMask;
        } else if (equals != std::string_view::npos && log::looks_secret(text.substr(0, equals))) {
            out[name] = fmt::format("{}={}", text.substr(0, equals), kMask);
        } else {
            out[name] = value;
        }
    }
    return out;
}

}  // namespace

spark::Enrolment enrolment_of(const config::Config::SparkRuntime& settings, std::string instance) {
    json::object document;
    if (!settings.submit.spark_conf.empty()) {
        document["sparkConf"] = without_secrets(settings.submit.spark_conf);
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
