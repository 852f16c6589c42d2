#include <algorithm>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kByName = "lb://";

/// Whoever is a member of an Eureka may call itself what it likes.
void of_names(const Config& config, std::vector<std::string>& warnings) {
    const bool by_name = !config.spark_runtime.model_manage_service.empty() || config.client.token_url.starts_with(kByName);
    const auto& hosts = config.eureka.trusted_hosts;
    if (!by_name || !config.eureka.fetch || config.eureka.server_urls.empty()) {
        return;
    }
    if (hosts.empty()) {
        warnings.emplace_back(
            "eureka.client.trustedHosts is not set: whoever is a member of Eureka, and has a certificate or is on this host, can call itself model-manage and "
            "gets the secret and the tokens of oauth2.client");
    } else if (std::ranges::find(hosts, "*") != hosts.end()) {
        warnings.emplace_back(
            "eureka.client.trustedHosts is *: every member of Eureka can call itself model-manage and gets the secret and the tokens of "
            "oauth2.client, not encrypted where it says so");
    }
}

}  // namespace

void warn_of_trust(const Config& config, std::vector<std::string>& warnings) {
    of_names(config, warnings);
}

}  // namespace slipway::config
