#include <algorithm>

#include "apps/config/load.hpp"
#include "base/loopback.hpp"
#include "http/target.hpp"

namespace slipway::config {
namespace {

class Binder {
public:
    Binder(const Settings& settings, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings)
        : settings_{settings}, faults_{faults}, warnings_{warnings} {}

    void bind(Config& config) {
        auto& remote = config.remote_tickets;
        remote.rules = {
            .approved = words_of("approved"), .rejected = words_of("rejected"), .project = text("project"), .four_eyes = config.approvals.four_eyes};
        remote.rules.accounts_alone = text("flavor") == "cloud";
        accounts(remote.rules);
        remote.public_url = config.server.public_url;
        remote.expire_after = config.approvals.expire_after;
        remote.poll_interval = period("pollInterval");
        remote.index_delay = period("indexDelay");
        config.jira_webhook_secret = Secret{text("webhookSecret")};
        if (whole("tickets.system") == "jira") {
            config.approvals.assignment = "JIRA_NOTIFICATION_ASSIGNMENT";
            config.jira = jira();
            check(remote.rules);
            if (remote.rules.four_eyes && remote.rules.accounts_alone && remote.rules.accounts.empty()) {
                warnings_.emplace_back("tickets.fourEyes with Jira Cloud needs tickets.jira.accounts: without it no approval there counts");
            }
        }
    }

private:
    void accounts(tickets::DecisionRules& rules) {
        const std::string prefix = "tickets.jira.accounts.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            const auto account = at->first.substr(prefix.size());
            if (at->second.values.empty() || at->second.values.front().empty()) {
                fault("accounts." + account, "must be the name of a person here");
                continue;
            }
            rules.accounts[account] = at->second.values.front();
        }
    }

    const Setting* given(const std::string& name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() ? nullptr : &found->second;
    }
    static const Key& key_of(const std::string& name) {
        const auto key = std::ranges::find(keys(), name, &Key::name);
        SW_ASSERT(key != keys().end(), "a key of tickets is not in the table");
        return *key;
    }
    std::string whole(const std::string& name) const {
        const auto* setting = given(name);
        return setting == nullptr || setting->values.empty() ? std::string{key_of(name).fallback} : setting->values.front();
    }
    std::string text(const std::string& name) const { return whole("tickets.jira." + name); }
    Milliseconds period(const std::string& name) {
        const auto found = parse_period(text(name)).value_or(Milliseconds{0});
        if (found.count() == 0) {
            fault(name, "must be longer than nothing");
        }
        return found;
    }
    /// A list that is written empty stays empty.
    std::vector<std::string> list(const std::string& name) const {
        if (const auto* setting = given("tickets.jira." + name)) {
            return setting->values;
        }
        std::vector<std::string> words;
        for (auto left = key_of("tickets.jira." + name).fallback; !left.empty();) {
            const auto end = std::min(left.find(", "), left.size());
            words.emplace_back(left.substr(0, end));
            left.remove_prefix(std::min(end + 2, left.size()));
        }
        return words;
    }
    tickets::DecisionWords words_of(const std::string& side) const {
        return {.statuses = list(side + ".statuses"), .resolutions = list(side + ".resolutions")};
    }

    jira::JiraSettings jira() {
        const bool cloud = text("flavor") == "cloud";
        const std::vector<std::string> needed =
            cloud ? std::vector<std::string>{"baseUrl", "email", "apiToken", "project"} : std::vector<std::string>{"baseUrl", "personalAccessToken", "project"};
        for (const auto& name : needed) {
            if (text(name).empty()) {
                fault(name, std::string{"is needed for tickets.system: jira with the flavor "} + (cloud ? "cloud" : "datacenter"));
            }
        }
        auto base_url = text("baseUrl");
        while (base_url.ends_with('/')) {
            base_url.pop_back();
        }
        if (base_url.starts_with("http://") && !is_loopback_name(http::host_of_url(base_url))) {
            warnings_.emplace_back("tickets.jira.baseUrl is http: the token goes over the network in clear");
        }
        return {.base_url = base_url,
                .flavor = cloud ? jira::Flavor::cloud : jira::Flavor::data_center,
                .email = text("email"),
                .token = Secret{text(cloud ? "apiToken" : "personalAccessToken")},
                .project = text("project"),
                .issue_type = text("issueType")};
    }
    void check(const tickets::DecisionRules& rules) {
        for (const auto& [name, side] : {std::pair{"approved", &rules.approved}, {"rejected", &rules.rejected}}) {
            if (side->statuses.empty() && side->resolutions.empty()) {
                fault(std::string{name} + ".statuses", "needs statuses or resolutions: nothing could mean that");
            }
        }
        for (const auto& status : rules.approved.statuses) {
            if (std::ranges::find(rules.rejected.statuses, status) != rules.rejected.statuses.end()) {
                fault("rejected.statuses", "has \"" + status + "\", which is among approved.statuses as well");
            }
        }
    }
    void fault(const std::string& name, const std::string& what) {
        const auto* setting = given("tickets.jira." + name);
        faults_.push_back({0, (setting == nullptr ? "" : setting->origin + ": ") + "tickets.jira." + name + ": " + what});
    }

    const Settings& settings_;
    std::vector<ConfigFault>& faults_;
    std::vector<std::string>& warnings_;
};

}  // namespace

void bind_tickets(const Settings& settings, Config& config, std::vector<ConfigFault>& faults, std::vector<std::string>& warnings) {
    Binder{settings, faults, warnings}.bind(config);
}

}  // namespace slipway::config
