#include "apps/eureka_member.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include "adapters/oidc/client_credentials.hpp"
#include "base/log.hpp"
#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::membership {
namespace {

constexpr std::string_view kLoopback = "127.0.0.1";

bool is_wildcard(std::string_view host) {
    return host.empty() || host == "0.0.0.0" || host == "::";
}

std::string machine_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : std::string{kLoopback};
}

/// The first address of this host that others may reach.
std::string machine_address() {
    struct ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) {
        log::warn("eureka_address_unknown",
                  {{"message", fmt::format("The addresses of this host cannot be read ({}): set eureka.instance.ipAddress.", std::strerror(errno))}});
        return std::string{kLoopback};
    }
    const std::unique_ptr<struct ifaddrs, decltype(&::freeifaddrs)> owner{all, &::freeifaddrs};
    for (const auto* one = all; one != nullptr; one = one->ifa_next) {
        const bool usable =
            one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET && (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
        std::array<char, INET_ADDRSTRLEN> text{};
        if (usable && ::inet_ntop(AF_INET, &reinterpret_cast<const struct sockaddr_in*>(one->ifa_addr)->sin_addr, text.data(), text.size()) != nullptr) {
            return text.data();
        }
    }
    return std::string{kLoopback};
}

/// Where `server.publicUrl` says that others find us.
struct Public {
    std::string host;
    int port{0};
    bool secure{false};
    std::string path;  ///< of a gateway: empty, or `/models`
};

Public public_of(std::string_view url) {
    Public out{.secure = url.starts_with("https://")};
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) {
        return out;
    }
    auto authority = url.substr(begin + 3);
    const auto slash = std::min(authority.find('/'), authority.size());
    out.path = authority.substr(slash);
    while (out.path.ends_with('/')) {
        out.path.pop_back();
    }
    authority = authority.substr(0, slash);
    const auto colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && !authority.ends_with(']');
    out.host = authority.substr(0, has_port ? colon : authority.size());
    out.port = out.secure ? 443 : 80;
    if (has_port) {
        std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), out.port);
    }
    return out;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string first_of(std::initializer_list<std::string> texts) {
    const auto* found = std::ranges::find_if(texts, [](const std::string& text) { return !text.empty(); });
    return found == texts.end() ? std::string{} : *found;
}

}  // namespace

std::unique_ptr<TokenSource> make_tokens(const config::Config& config, HttpTransport& transport, const Clock& clock) {
    const auto& client = config.client;
    if (client.token_url.empty()) {
        return nullptr;
    }
    return oidc::make_client_credentials(
        {.token_url = client.token_url, .client_id = client.client_id, .client_secret = client.client_secret, .scopes = client.scopes}, transport, clock);
}

std::unique_ptr<eureka::Client> make_client(const config::Config& config, HttpTransport& transport, TokenSource* tokens, const Clock& clock, Metrics& metrics,
                                            std::string memory_file) {
    const auto& eureka = config.eureka;
    if (eureka.server_urls.empty()) {
        return nullptr;
    }
    eureka::Settings settings{.servers = {.urls = eureka.server_urls, .connect_timeout = eureka.connect_timeout, .read_timeout = eureka.read_timeout},
                              .register_with = eureka.register_with,
                              .fetch_interval = eureka.fetch_interval,
                              .trusted_hosts = eureka.trusted_hosts,
                              .memory_file = std::move(memory_file)};
    const bool bearer = eureka.bearer && !config.client.token_url.starts_with("lb://");
    return std::make_unique<eureka::Client>(std::move(settings), transport, bearer ? tokens : nullptr, clock, metrics);
}

eureka::Instance describe_instance(const config::Config& config, const std::string& app, int port) {
    const auto& eureka = config.eureka;
    const auto& listens = config.server.host;
    const auto seen = public_of(config.server.public_url);
    const auto name = first_of({eureka.app, app});
    const auto address = first_of({eureka.ip_address, is_wildcard(listens) || listens == "localhost" ? "" : listens, machine_address()});
    auto host = first_of({eureka.host_name, seen.host, is_loopback_name(listens) ? listens : "", machine_name()});
    if (eureka.prefer_ip_address) {
        host = address;
    }
    const bool secure = eureka.secure_port_enabled || seen.secure;
    const bool plain = eureka.port_enabled && !seen.secure;
    const int plain_port = eureka.port > 0 ? eureka.port : seen.port > 0 && !seen.secure ? seen.port : port;
    const int secure_port = eureka.secure_port != 443 || !seen.secure ? eureka.secure_port : seen.port;
    const int usual = secure && !plain ? secure_port : plain_port;
    const auto origin =
        host == seen.host ? config.server.public_url : fmt::format("{}://{}:{}", secure ? "https" : "http", host, secure ? secure_port : plain_port);
    const auto page = [&](const std::string& given) { return given.starts_with('/') ? origin + given : given; };
    auto metadata = eureka.metadata;
    metadata.try_emplace("management.port", std::to_string(usual));
    if (host == seen.host && !seen.path.empty()) {
        metadata.try_emplace(std::string{eureka::kContextPath}, seen.path);  // a host and a port cannot say it
    }
    return {.app = upper(name),
            .id = first_of({eureka.instance_id, fmt::format("{}:{}:{}", host, name, usual)}),
            .host_name = host,
            .ip_address = address,
            .port = plain_port,
            .port_enabled = plain,
            .secure_port = secure_port,
            .secure_port_enabled = secure,
            .virtual_host = first_of({eureka.virtual_host, name}),
            .home_page_url = page(eureka.home_page),
            .status_page_url = page(eureka.status_page),
            .health_check_url = page(eureka.health_check),
            .renewal = eureka.renewal,
            .expiration = eureka.expiration,
            .metadata = std::move(metadata)};
}

Health health_of(const eureka::Client& client, bool counts) {
    const auto seen = client.registration();
    return {.up = !counts || !client.registers() || seen.visible || seen.standing == eureka::Standing::unregistered, .details = client.view()};
}

}  // namespace slipway::membership
