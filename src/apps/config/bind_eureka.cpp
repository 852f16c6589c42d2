#include <algorithm>
#include <cctype>
#include <charconv>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kServers = "eureka.client.serviceUrl.defaultZone";
constexpr std::string_view kHostName = "a host name or an address, [::1] in brackets, without scheme, port, path and blanks";
constexpr std::string_view kName = "a name without blanks and slashes";
constexpr std::string_view kSigns = "/\\?#";

class Section {
public:
    Section(const Settings& settings, std::vector<ConfigFault>& faults) : settings_{settings}, faults_{faults} {}

    std::string text(const std::string& name) const {
        if (const auto found = settings_.find("eureka." + name); found != settings_.end() && !found->second.values.empty()) {
            return found->second.values.front();
        }
        const auto key = std::ranges::find(keys(), "eureka." + name, &Key::name);
        SW_ASSERT(key != keys().end(), "a key of eureka is not in the table");
        return std::string{key->fallback};
    }
    std::vector<std::string> words(const std::string& name) const {
        const auto found = settings_.find("eureka." + name);
        return found == settings_.end() ? std::vector<std::string>{} : found->second.values;
    }
    bool flag(const std::string& name) const { return text(name) == "true"; }
    int number(const std::string& name) const {
        const auto given = text(name);
        int value = 0;
        std::from_chars(given.data(), given.data() + given.size(), value);
        return value;
    }
    Milliseconds seconds(const std::string& name) const { return Milliseconds{number(name) * 1000LL}; }
    /// The whole URL where it is given, else the path.
    std::string page(const std::string& name) const {
        const auto url = text(name);
        return url.empty() ? text(name + "Path") : url;
    }
    std::vector<Secret> servers() {
        const auto found = settings_.find(std::string{kServers});
        std::vector<Secret> out;
        for (const auto& url : found == settings_.end() ? std::vector<std::string>{} : found->second.values) {
            if (!url.starts_with("http://") && !url.starts_with("https://")) {
                faults_.push_back({0, found->second.origin + ": " + std::string{kServers} + ": must be http or https URLs"});
                return {};
            }
            if (hides_user(url)) {  // a raw sign ends the host there: the password would be taken for a path, and shown
                faults_.push_back({0, found->second.origin + ": " + std::string{kServers} +
                                          ": signs such as / ? # in a user name or a password must be percent-encoded (%2F %3F %23)"});
                return {};
            }
            out.emplace_back(url);
        }
        return out;
    }
    /// Hosts as they are looked at in an instance's address: nobody has one with a scheme, and it would be left out without a word.
    std::vector<std::string> trusted_hosts() {
        auto hosts = words("client.trustedHosts");
        check("client.trustedHosts", std::ranges::none_of(hosts, [](const std::string& host) { return host.contains("://") || has_blank(host); }),
              "names such as *.example.com, tools.example.com:443/models, without http://");
        return hosts;
    }
    /// A name that stands in addresses which others make.
    std::string plain(const std::string& name, std::string_view signs, std::string_view expected) {
        auto given = text(name);
        check(name, !has_blank(given) && given.find_first_of(signs) == std::string::npos, expected);
        return given;
    }
    /// Without a port, which has keys of its own.
    std::string host_name() {
        auto given = plain("instance.hostname", "/?#@", kHostName);
        const bool literal = given.starts_with('[') && given.ends_with(']');
        check("instance.hostname", literal || !given.contains(':') || given.contains('/'), kHostName);
        return given;
    }
    std::map<std::string, std::string> metadata() const {
        constexpr std::string_view kPrefix = "eureka.instance.metadataMap.";
        std::map<std::string, std::string> out;
        for (auto at = settings_.lower_bound(std::string{kPrefix}); at != settings_.end() && at->first.starts_with(kPrefix); ++at) {
            out[at->first.substr(kPrefix.size())] = at->second.values.empty() ? "" : at->second.values.front();
        }
        return out;
    }

private:
    static bool has_blank(std::string_view text) {
        return std::ranges::any_of(text, [](unsigned char c) { return std::isspace(c) != 0; });
    }
    void check(const std::string& name, bool right, std::string_view expected) {
        const auto given = settings_.find("eureka." + name);
        if (!right && given != settings_.end()) {
            faults_.push_back({0, given->second.origin + ": eureka." + name + ": must be " + std::string{expected}});
        }
    }
    /// An `@` behind the first sign that ends the part of user and host.
    static bool hides_user(std::string_view url) {
        const auto begin = url.find("://") + 3;
        const auto end = url.find_first_of("/?#", begin);
        return end != std::string_view::npos && url.find('@', end) != std::string_view::npos;
    }

    const Settings& settings_;
    std::vector<ConfigFault>& faults_;
};

}  // namespace

void bind_eureka(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings) {
    Section section{settings, faults};
    auto& out = config.eureka;
    if (!section.flag("client.enabled")) {
        return;
    }
    out.server_urls = section.servers();
    out.register_with = section.flag("client.registerWithEureka");
    out.fetch = section.flag("client.fetchRegistry");
    out.bearer = section.flag("client.oauth2");
    out.trusted_hosts = section.trusted_hosts();
    out.fetch_interval = section.seconds("client.registryFetchIntervalSeconds");
    out.connect_timeout = section.seconds("client.eurekaServerConnectTimeoutSeconds");
    out.read_timeout = section.seconds("client.eurekaServerReadTimeoutSeconds");
    out.app = section.plain("instance.appname", kSigns, kName);
    out.host_name = section.host_name();
    out.ip_address = section.text("instance.ipAddress");
    out.prefer_ip_address = section.flag("instance.preferIpAddress");
    out.instance_id = section.plain("instance.instanceId", kSigns, kName);
    out.virtual_host = section.text("instance.virtualHostName");
    out.port = section.number("instance.nonSecurePort");
    out.port_enabled = section.flag("instance.nonSecurePortEnabled");
    out.secure_port = section.number("instance.securePort");
    out.secure_port_enabled = section.flag("instance.securePortEnabled");
    out.home_page = section.page("instance.homePageUrl");
    out.status_page = section.page("instance.statusPageUrl");
    out.health_check = section.page("instance.healthCheckUrl");
    out.renewal = section.seconds("instance.leaseRenewalIntervalInSeconds");
    out.expiration = section.seconds("instance.leaseExpirationDurationInSeconds");
    out.metadata = section.metadata();
    if (out.register_with && !out.server_urls.empty() && out.expiration <= out.renewal) {
        warnings.emplace_back(
            "eureka.instance.leaseExpirationDurationInSeconds is not longer than leaseRenewalIntervalInSeconds: a server may take us out between two "
            "heartbeats");
    }
}

}  // namespace slipway::config
