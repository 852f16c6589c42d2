#include "adapters/eureka/instance.hpp"

#include "base/encoding.hpp"

namespace slipway::eureka {
namespace {

/// Servers read `@enabled` as a text.
json::object port_of(int port, bool enabled) {
    return {{"$", port}, {"@enabled", enabled ? "true" : "false"}};
}

}  // namespace

std::string_view to_string(Status status) {
    switch (status) {
        case Status::starting: return "STARTING";
        case Status::up: return "UP";
        case Status::down: return "DOWN";
    }
    return {};
}

json::object document(const Instance& instance, Status status, std::int64_t dirty) {
    json::object metadata;
    for (const auto& [name, value] : instance.metadata) {
        metadata[name] = value;
    }
    json::object out{{"instanceId", instance.id},
                     {"hostName", instance.host_name},
                     {"app", instance.app},
                     {"ipAddr", instance.ip_address},
                     {"status", to_string(status)},
                     {"overriddenStatus", "UNKNOWN"},
                     {"port", port_of(instance.port, instance.port_enabled)},
                     {"securePort", port_of(instance.secure_port, instance.secure_port_enabled)},
                     {"countryId", 1},
                     {"dataCenterInfo", {{"@class", "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"}, {"name", "MyOwn"}}},
                     {"leaseInfo", {{"renewalIntervalInSecs", instance.renewal.count() / 1000}, {"durationInSecs", instance.expiration.count() / 1000}}},
                     {"metadata", std::move(metadata)},
                     {"homePageUrl", instance.home_page_url},
                     {"statusPageUrl", instance.status_page_url},
                     {"vipAddress", instance.virtual_host},
                     {"secureVipAddress", instance.virtual_host},
                     {"isCoordinatingDiscoveryServer", "false"},
                     {"lastUpdatedTimestamp", std::to_string(dirty)},
                     {"lastDirtyTimestamp", std::to_string(dirty)}};
    out[instance.secure_port_enabled ? "secureHealthCheckUrl" : "healthCheckUrl"] = instance.health_check_url;
    return {{"instance", std::move(out)}};
}

std::string path_of(const Instance& instance) {
    return "apps/" + percent_encode(instance.app) + "/" + percent_encode(instance.id);
}

}  // namespace slipway::eureka
