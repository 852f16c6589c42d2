#include <algorithm>

#include "apps/config/load.hpp"
#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kBase = "security.oauth2.";
constexpr std::string_view kDescription = "/.well-known/openid-configuration";

class Binder {
public:
    Binder(const Settings& settings, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings)
        : settings_{settings}, faults_{faults}, warnings_{warnings} {}

    void bind(Config& config) {
        if (whole("security.mode") != "oauth2") {
            if (const auto first = settings_.lower_bound(std::string{kBase}); first != settings_.end() && first->first.starts_with(kBase)) {
                warnings_.emplace_back("security.oauth2 does nothing while security.mode is builtin");
            }
            return;
        }
        oidc::ProviderSettings out;
        out.rules = rules();
        out.jwks_uri = text("jwksUri");
        algorithms(out);
        const auto introspection = text("introspection");
        out.introspection = introspection == "all"      ? oidc::Introspection::all
                            : introspection == "opaque" ? oidc::Introspection::opaque
                                                        : oidc::Introspection::none;
        out.client_id = text("login.clientId");
        out.cli_client_id = text("login.cliClientId");
        out.cli_redirect_uri = text("login.cliRedirectUri");
        out.rules.login_clients = {out.client_id, out.cli_client_id};
        std::erase(out.rules.login_clients, std::string{});
        out.client_secret = Secret{text("login.clientSecret")};
        out.scopes = words("login.scopes");
        out.name = text("login.name");
        config.session_recheck = period("recheckInterval");
        check(out);
        config.provider = std::move(out);
    }

private:
    const Setting* given(const std::string& name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() || found->second.values.empty() ? nullptr : &found->second;
    }
    static std::string_view fallback(const std::string& name) {
        const auto key = std::ranges::find(keys(), name, &Key::name);
        SW_ASSERT(key != keys().end(), "a key of security is not in the table");
        return key->fallback;
    }
    std::string whole(const std::string& name) const {
        const auto* setting = given(name);
        return setting == nullptr ? std::string{fallback(name)} : setting->values.front();
    }
    std::string text(std::string_view name) const { return whole(std::string{kBase} + std::string{name}); }
    std::vector<std::string> words(std::string_view name) const {
        const auto full = std::string{kBase} + std::string{name};
        if (const auto* setting = given(full)) {
            return setting->values;
        }
        std::vector<std::string> out;
        for (auto left = fallback(full); !left.empty();) {
            const auto end = std::min(left.find(", "), left.size());
            out.emplace_back(left.substr(0, end));
            left.remove_prefix(std::min(end + 2, left.size()));
        }
        return out;
    }
    Milliseconds period(std::string_view name) {
        const auto found = parse_period(text(name)).value_or(Milliseconds{0});
        if (found.count() == 0) {
            fault(name, "must be longer than nothing");
        }
        return found;
    }
    void fault(std::string_view name, const std::string& what) {
        const auto full = std::string{kBase} + std::string{name};
        const auto* setting = given(full);
        faults_.push_back({0, (setting == nullptr ? "" : setting->origin + ": ") + full + ": " + what});
    }

    oidc::ClaimRules rules() {
        oidc::ClaimRules out{.issuer = text("issuerUri"),
                             .audiences = words("audience"),
                             .skew = period("clockSkew"),
                             .groups_claim = text("groupsClaim"),
                             .group_paths = text("groupPaths") == "true",
                             .admin_by_path = given(std::string{kBase} + "groupPaths") != nullptr,
                             .username_claim = text("usernameClaim"),
                             .admin_group = text("adminGroup"),
                             .scopes = words("scopes"),
                             .clients = {}};
        if (out.group_paths && out.admin_group.starts_with('/')) {
            out.admin_group.erase(0, 1);  // as the groups of tokens are read
            out.admin_by_path = true;
        }
        const std::string prefix = std::string{kBase} + "clients.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            const auto dot = at->first.rfind('.');
            auto& client = out.clients[at->first.substr(prefix.size(), dot - prefix.size())];
            (at->first.ends_with(".groups") ? client.groups : client.scopes) = at->second.values;
        }
        return out;
    }
    void algorithms(oidc::ProviderSettings& out) {
        out.algorithms.clear();
        for (const auto& name : words("algorithms")) {
            if (const auto algorithm = oidc::algorithm_of(name)) {
                out.algorithms.push_back(*algorithm);
            } else {
                fault("algorithms", "must be among " + std::string{fallback(std::string{kBase} + "algorithms")} + ", not \"" + name + "\"");
            }
        }
    }
    void check(const oidc::ProviderSettings& out) {
        const auto& issuer = out.rules.issuer;
        if (issuer.empty()) {
            fault("issuerUri", "is needed with security.mode: oauth2");
        } else if (issuer.ends_with(kDescription) || issuer.ends_with(std::string{kDescription} + "/")) {
            fault("issuerUri", "is the address of the issuer's description: leave " + std::string{kDescription} + " out");
        } else if (issuer.starts_with("http://") && !is_loopback_name(http::host_of_url(issuer))) {
            warnings_.push_back(std::string{kBase} + "issuerUri is not encrypted: whoever is between can sign in as anybody");
        }
        if (out.rules.audiences.empty()) {
            fault("audience", "is needed with security.mode: oauth2: tokens for other services must not count here");
        }
        if (std::ranges::find_first_of(out.rules.audiences, out.rules.login_clients) != out.rules.audiences.end()) {
            warnings_.push_back(std::string{kBase} +
                                "audience is login.clientId or login.cliClientId: the ID tokens of people who sign in have that audience, too. Tokens with it "
                                "must show that they are access tokens (a scope, a client); an audience of Slipway's own needs no such proof");
        }
        if (given(std::string{kBase} + "groupPaths") == nullptr) {
            warnings_.push_back(std::string{kBase} +
                                "groupPaths is not set: where all groups of a token begin with a slash they lose it, but for adminGroup. Set true "
                                "for a provider that writes paths, as Keycloak does, and false where names are flat");
        }
        if (out.client_id.empty()) {
            warnings_.push_back(std::string{kBase} + "login.clientId is not set: nobody can sign in by the page or the command line");
        }
        if (!out.cli_client_id.empty() && out.client_id.empty()) {
            fault("login.cliClientId", "needs login.clientId beside it");
        }
        if (!http::is_loopback_address(out.cli_redirect_uri)) {
            fault("login.cliRedirectUri", "must be http:// on a loopback address, such as http://127.0.0.1/callback");
        }
        if (out.introspection != oidc::Introspection::none && out.client_secret.empty()) {
            fault("introspection", "needs login.clientId and login.clientSecret, with which the provider is asked");
        }
        if (std::ranges::find(out.scopes, "openid") == out.scopes.end()) {
            fault("login.scopes", "must have openid among them");
        }
    }

    const Settings& settings_;
    std::vector<ConfigFault>& faults_;
    std::vector<std::string>& warnings_;
};

}  // namespace

void bind_security(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings) {
    Binder{settings, faults, warnings}.bind(config);
}

}  // namespace slipway::config
