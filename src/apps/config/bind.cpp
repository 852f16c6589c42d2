#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>

#include "adapters/zones/zone_files.hpp"
#include "apps/config/load.hpp"
#include "base/id.hpp"
#include "base/nearest.hpp"
#include "http/target.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kAccess = "modelop.security.group-access-rights.";
constexpr std::string_view kStored = "sagemaker-credentials.storedCredentials[";
constexpr std::string_view kWebIdentity = "sagemaker-credentials.eksServiceAccountCredentials[";

/// Collections whose rows carry rights, as page 3 of the API names them.
constexpr std::array<std::string_view, 11> kCollections{"storedModels",     "deployableModels", "deployedModels", "runtimes", "jobs",       "notifications",
                                                        "modelTestResults", "modelMLCs",        "auditRecords",   "events",   "credentials"};

/// An address, or one with the number of bits that count.
bool is_network(const std::string& text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const bool v4 = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
    if (!v4 && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
        return false;
    }
    if (slash == std::string::npos) {
        return true;
    }
    int bits = -1;
    const auto read = std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && bits >= 0 && bits <= (v4 ? 32 : 128);
}

class Binder {
public:
    Binder(const Settings& settings, const Environment& environment, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings)
        : settings_{settings}, environment_{environment}, faults_{faults}, warnings_{warnings} {}

    Config bind() {
        server();
        config_.database_url = Secret{text("database.url")};
        config_.default_group = text("security.defaultGroup");
        access();
        config_.retention = {period("retention.jobMessages"), period("retention.auditRecords"), period("retention.operations")};
        stored_credentials();
        web_identities();
        config_.credentials.default_chain_groups = words("sagemaker-credentials.defaultChain.groups");
        config_.credentials.environment_region = environment_region();
        config_.sagemaker_endpoint_url = text("sagemaker-service.endpointUrl");
        deployments();
        lifecycles();
        const auto level = text("log.level");
        config_.log_level = level == "debug" ? log::Level::debug : level == "warn" ? log::Level::warn : level == "error" ? log::Level::error : log::Level::info;
        return std::move(config_);
    }

private:
    const Setting* given(const std::string& name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() ? nullptr : &found->second;
    }
    /// The value given, else the default of the table.
    std::string text(const std::string& name) const {
        if (const auto* setting = given(name)) {
            return setting->values.front();
        }
        const auto key = std::ranges::find(keys(), name, &Key::name);
        return key == keys().end() ? std::string{} : std::string{key->fallback};
    }
    std::vector<std::string> words(const std::string& name) const {
        const auto* setting = given(name);
        return setting == nullptr ? std::vector<std::string>{} : setting->values;
    }
    Milliseconds period(const std::string& name) {
        const auto found = parse_period(text(name)).value_or(Milliseconds{-1});
        if (found.count() == 0) {
            fault(name, "must be longer than nothing: " + text(name) + " would keep nothing");
        }
        return found;
    }
    void fault(const std::string& name, const std::string& what) {
        const auto* setting = given(name);
        const std::string origin = setting == nullptr ? "" : setting->origin + ": ";
        faults_.push_back({0, origin + name + ": " + what});
    }

    void server() {
        const auto listen = text("server.listen");
        const auto colon = listen.rfind(':');
        auto& server = config_.server;
        server.host = listen.substr(0, colon);
        if (server.host.starts_with('[')) {
            server.host = server.host.substr(1, server.host.size() - 2);
        }
        std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), server.port);
        server.public_url = text("server.publicUrl");
        while (server.public_url.ends_with('/')) {
            server.public_url.pop_back();
        }
        server.allowed_hosts = words("server.allowedHosts");
        server.trusted_proxies = words("server.trustedProxies");
        for (const auto& host : server.allowed_hosts) {
            if (http::host_of(host).empty()) {
                fault("server.allowedHosts", "must be host names or addresses such as models.example.com, not \"" + host + "\"");
            }
        }
        for (const auto& proxy : server.trusted_proxies) {
            if (!is_network(proxy)) {
                fault("server.trustedProxies", "must be addresses or CIDR blocks such as 10.0.0.0/8, not \"" + proxy + "\"");
            }
        }
        server.key_file = text("server.keyFile");
        server.ca_file = text("server.caFile");
    }

    static identity::Permissions permissions(const std::vector<std::string>& words) {
        const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
        return {.read = has("READ"), .write = has("WRITE"), .execute = has("EXECUTE")};
    }
    /// `stored-model`, `storedModel` and `storedModels` are one collection.
    static std::string collection_of(std::string_view name) {
        const auto wanted = normalised(name);
        for (const auto collection : kCollections) {
            const auto known = normalised(collection);
            if (wanted == known || wanted + "s" == known) {
                return std::string{collection};
            }
        }
        return wanted == "engine" || wanted == "engines" ? "runtimes" : std::string{};
    }
    static std::string all_collections() {
        std::string out;
        for (const auto collection : kCollections) {
            (out += out.empty() ? "" : ", ") += collection;
        }
        return out;
    }
    void access() {
        if (const auto* setting = given(std::string{kAccess} + "default-permissions")) {
            config_.access.group_default = permissions(setting->values);
        }
        if (const auto* setting = given(std::string{kAccess} + "owner-permissions")) {
            config_.access.owner_default = permissions(setting->values);
        }
        const std::string prefix = std::string{kAccess} + "collection-permissions.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            const auto rest = std::string_view{at->first}.substr(prefix.size());
            const auto dot = rest.find('.');
            const auto collection = collection_of(rest.substr(0, dot));
            if (collection.empty()) {
                const auto meant = nearest(rest.substr(0, dot), kCollections);
                fault(at->first, "there is no such collection" + (meant.empty() ? "; known are " + all_collections() : "; did you mean " + meant + "?"));
                continue;
            }
            const std::string group = dot == std::string_view::npos ? "*" : std::string{rest.substr(dot + 1)};
            config_.access.by_collection[collection][group] = permissions(at->second.values);
        }
    }

    void deployments() {
        auto& approvals = config_.approvals;
        const auto whose = words("deployments.requireApproval");
        const bool word = whose.size() == 1 && (whose[0] == "all" || whose[0] == "none");
        approvals.for_all = whose.empty() || (word && whose[0] == "all");
        if (!word) {
            approvals.groups = whose;
            if (std::ranges::find(whose, "all") != whose.end() || std::ranges::find(whose, "none") != whose.end()) {
                fault("deployments.requireApproval", "must be all, none, or groups alone");
            }
        }
        const std::string prefix = "tickets.approvers.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            approvals.approvers[at->first.substr(prefix.size())] = at->second.values;
        }
        config_.access.ticket_approvers = approvals.approvers;
        approvals.four_eyes = text("tickets.fourEyes") == "true";
        approvals.expire_after = period("tickets.expireAfter");
        approvals.remind_every = period("tickets.remindEvery");
        auto& defaults = config_.deploy_defaults;
        defaults.instance_type = text("sagemaker-service.deployDefaults.instanceType");
        limits();
        config_.sync_interval = period("sagemaker-service.syncInterval");
        const auto count = text("sagemaker-service.deployDefaults.initialInstanceCount");
        std::from_chars(count.data(), count.data() + count.size(), defaults.instance_count);
    }

    /// `sagemaker-service.limits.GROUP.roles` and so on; groups may have dots in their names.
    void limits() {
        const std::string prefix = "sagemaker-service.limits.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            const auto dot = at->first.rfind('.');
            const auto what = at->first.substr(dot + 1);
            auto& group = config_.aws_limits[at->first.substr(prefix.size(), dot - prefix.size())];
            auto& list = what == "roles" ? group.roles : what == "images" ? group.images : what == "s3Prefixes" ? group.s3_prefixes : group.instance_types;
            list = at->second.values;
        }
    }

    void lifecycles() {
        config_.lifecycle_time_zone = text("lifecycle.timeZone");
        if (!zones::make_zone_files(zones::kSystemFolder)->to_local(config_.lifecycle_time_zone, {})) {
            fault("lifecycle.timeZone", "must be a time zone of this machine such as Europe/Berlin, UTC, or an offset such as +01:00");
        }
        const std::string base = "lifecycle.sagemakerDeploy.";
        auto& settings = config_.deploy_model;
        settings.enabled = text(base + "enabled") == "true";
        settings.missing_assets = text(base + "missingAssets");
        settings.already_deployed = text(base + "alreadyDeployed");
        settings.endpoint_name = text(base + "endpointName");
        auto& transform = settings.transform;
        transform.instance_type = text(base + "transform.instanceType");
        const auto count = text(base + "transform.instanceCount");
        std::from_chars(count.data(), count.data() + count.size(), transform.instance_count);
        transform.output_prefix = text(base + "transform.outputPrefix");
        if (!transform.output_prefix.empty() && !transform.output_prefix.starts_with("s3://")) {
            fault(base + "transform.outputPrefix", "must begin with s3://");
        }
        transform.content_type = text(base + "transform.contentType");
        transform.split_type = text(base + "transform.splitType");
        transform.timeout = period(base + "transform.timeout");
    }

    std::string environment_region() const {
        for (const std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
            if (const auto found = environment_.find(name); found != environment_.end() && !found->second.empty()) {
                return found->second;
            }
        }
        return {};
    }
    /// Indices of a list that has any setting.
    std::vector<std::string> entries(std::string_view list) const {
        std::vector<std::pair<int, std::string>> found;
        for (const auto& [name, setting] : settings_) {
            if (name.starts_with(list)) {
                std::string entry = name.substr(0, name.find(']') + 1);
                int index = 0;
                std::from_chars(name.data() + list.size(), name.data() + name.size(), index);
                if (found.empty() || found.back().second != entry) {
                    found.emplace_back(index, std::move(entry));
                }
            }
        }
        std::ranges::sort(found);
        std::vector<std::string> names;
        names.reserve(found.size());
        for (auto& [index, name] : found) {
            names.push_back(std::move(name));
        }
        return names;
    }
    std::string member(const std::string& entry, std::string_view name) const {
        const auto* setting = given(entry + "." + std::string{name});
        return setting == nullptr ? std::string{} : setting->values.front();
    }
    /// Both or neither. @return false when the entry is to be left out.
    bool complete(const std::string& entry, std::string_view first, std::string_view second) {
        const bool has_first = !member(entry, first).empty();
        const bool has_second = !member(entry, second).empty();
        if (has_first && has_second) {
            return true;
        }
        if (!has_first && !has_second) {
            warnings_.push_back(entry + " has neither " + std::string{first} + " nor " + std::string{second} + ": it serves nothing");
            return false;
        }
        const std::string there{has_first ? first : second};
        fault(entry + "." + there, "needs " + std::string{has_first ? second : first} + " beside it");
        return false;
    }
    /// The id survives another order of the entries and new keys.
    std::string id_of(std::string_view kind, const sagemaker::Credential& credential) {
        std::string name = "sagemaker-credentials/";
        for (const std::string_view part : {kind, std::string_view{credential.group}, std::string_view{credential.region}, std::string_view{credential.path},
                                            std::string_view{credential.role_arn}}) {
            name += std::string{part} + "\n";
        }
        const int before = same_name_[name]++;
        return name_based_id(before == 0 ? name : name + std::to_string(before));
    }
    void stored_credentials() {
        for (const auto& entry : entries(kStored)) {
            if (!complete(entry, "accessKeyId", "secretAccessKey")) {
                continue;
            }
            sagemaker::Credential credential;
            credential.type = sagemaker::AuthenticationType::basic;
            credential.group = member(entry, "group");
            credential.region = member(entry, "region");
            credential.access_key_id = member(entry, "accessKeyId");
            credential.secret_access_key = Secret{member(entry, "secretAccessKey")};
            credential.session_token = Secret{member(entry, "sessionToken")};
            credential.id = id_of("stored", credential);
            config_.credentials.configured.push_back(std::move(credential));
        }
    }
    void web_identities() {
        for (const auto& entry : entries(kWebIdentity)) {
            if (!complete(entry, "roleArn", "webIdentityTokenFile")) {
                continue;
            }
            sagemaker::Credential credential;
            credential.type = sagemaker::AuthenticationType::assume_role_with_web_identity;
            credential.group = member(entry, "group");
            credential.path = member(entry, "path");
            credential.region = member(entry, "region");
            credential.role_arn = member(entry, "roleArn");
            credential.web_identity_token_file = member(entry, "webIdentityTokenFile");
            if (!credential.role_arn.starts_with("arn:") || !credential.role_arn.contains(":role/")) {
                warnings_.push_back(entry + ".roleArn is no ARN of a role such as arn:aws:iam::123456789012:role/slipway");
            }
            credential.id = id_of("eks", credential);
            config_.credentials.configured.push_back(std::move(credential));
        }
    }

    const Settings& settings_;
    const Environment& environment_;
    std::vector<ConfigFault>& faults_;
    std::vector<std::string>& warnings_;
    std::map<std::string, int> same_name_;
    Config config_;
};

}  // namespace

Config make_config(const Settings& settings, const Environment& environment, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings) {
    auto config = Binder{settings, environment, faults, warnings}.bind();
    bind_eureka(settings, config, faults, warnings);
    bind_spark_runtime(settings, environment, config, faults);
    check_spark_runtime(settings, config, faults);
    bind_tickets(settings, config, faults, warnings);
    bind_security(settings, config, faults, warnings);
    warn_of_trust(config, warnings);
    return config;
}

}  // namespace slipway::config
