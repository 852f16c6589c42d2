#include <algorithm>

#include "apps/config/load.hpp"
#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kByName = "lb://";
constexpr Milliseconds kLongPeriod = std::chrono::minutes{5};

bool is_in_clear(std::string_view url) {
    return url.starts_with("http://") && !is_loopback_name(http::host_of_url(url));
}

/// An Eureka server that others can listen to the way to: with a user in its URL, or without.
bool is_clear_server(const Secret& server, bool with_user) {
    constexpr std::string_view kClear = "http://";
    const auto url = server.reveal();
    if (!url.starts_with(kClear)) {
        return false;
    }
    const auto at = url.find('@');
    const bool has_user = at < url.find('/', kClear.size());
    return has_user == with_user && is_in_clear(std::string{kClear} + std::string{url.substr(has_user ? at + 1 : kClear.size())});
}

/// `127.0.0.1` and the like, on every port.
bool is_all_of_this_host(std::string_view trusted) {
    const auto authority = trusted.substr(0, trusted.find('/'));
    return is_loopback_name(http::host_of(authority)) && (authority.ends_with(']') || !authority.contains(':'));
}

/// Whoever is a member of an Eureka may call itself what it likes.
void of_names(const Config& config, std::vector<std::string>& warnings) {
    const bool by_name = !config.spark_runtime.model_manage_service.empty() || config.client.token_url.starts_with(kByName);
    const auto& hosts = config.eureka.trusted_hosts;
    if (!by_name || !config.eureka.fetch || config.eureka.server_urls.empty()) {
        return;
    }
    if (hosts.empty()) {
        warnings.emplace_back(
            "eureka.client.trustedHosts is not set: whoever is a member of Eureka and has a certificate, or is on this host with an Eureka that is on it too, "
            "can call itself model-manage and gets the secret and the tokens of oauth2.client");
    } else if (std::ranges::find(hosts, "*") != hosts.end()) {
        warnings.emplace_back(
            "eureka.client.trustedHosts is *: every member of Eureka can call itself model-manage and gets the secret and the tokens of "
            "oauth2.client, not encrypted where it says so");
    } else if (std::ranges::any_of(hosts, is_all_of_this_host)) {
        warnings.emplace_back(
            "eureka.client.trustedHosts names this host without a port: whatever listens here, a job too, can call itself model-manage and gets the secret and "
            "the tokens of oauth2.client");
    }
}

/// Where secrets and tokens of ours go that anybody between can read.
void of_clear_text(const Config& config, std::vector<std::string>& warnings) {
    if (is_in_clear(config.client.token_url) && !config.client.client_secret.empty()) {
        warnings.emplace_back("oauth2.client.accessTokenUri is not encrypted: whoever is between reads oauth2.client.clientSecret");
    }
    auto urls = config.spark_runtime.model_manage_alternatives;
    urls.push_back(config.spark_runtime.model_manage_url);
    if (!config.client.token_url.empty() && std::ranges::any_of(urls, is_in_clear)) {
        warnings.emplace_back("spark-runtime.modelManageUrl is not encrypted: whoever is between reads the runtime's tokens and what jobs are given");
    }
    const auto& servers = config.eureka.server_urls;
    const bool gives_token = config.eureka.bearer && !config.client.token_url.empty() && !config.client.token_url.starts_with(kByName);
    if (gives_token && std::ranges::any_of(servers, [](const Secret& server) { return is_clear_server(server, false); })) {
        warnings.emplace_back(
            "eureka.client.serviceUrl.defaultZone is not encrypted: whoever is between can ask for the tokens of oauth2.client; eureka.client.oauth2: false "
            "gives Eureka none");
    }
    if (std::ranges::any_of(servers, [](const Secret& server) { return is_clear_server(server, true); })) {
        warnings.emplace_back("eureka.client.serviceUrl.defaultZone names a user and is not encrypted: whoever is between reads the password");
    }
}

void of_the_provider(const Config& config, std::vector<std::string>& warnings) {
    if (!config.provider) {
        return;
    }
    if (is_in_clear(config.provider->jwks_uri)) {
        warnings.emplace_back("security.oauth2.jwksUri is not encrypted: whoever is between can sign in as anybody");
    }
    if (config.provider->rules.skew > kLongPeriod) {
        warnings.emplace_back("security.oauth2.clockSkew is long: tokens count for so long beyond their end");
    }
    if (config.session_recheck > kLongPeriod) {
        warnings.emplace_back("security.oauth2.recheckInterval is long: who is disabled at the provider works on here for so long");
    }
}

}  // namespace

void warn_of_trust(const Config& config, std::vector<std::string>& warnings) {
    of_names(config, warnings);
    of_clear_text(config, warnings);
    of_the_provider(config, warnings);
    if (std::ranges::any_of(config.server.trusted_proxies, [](const std::string& proxy) { return proxy.ends_with("/0"); })) {
        warnings.emplace_back("server.trustedProxies trusts everybody: anybody can say which address they come from, and which host they asked for");
    }
}

}  // namespace slipway::config
