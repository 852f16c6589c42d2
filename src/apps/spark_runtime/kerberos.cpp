#include "apps/spark_runtime/kerberos.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <pwd.h>

#include "adapters/http_client/http_client.hpp"
#include "base/log.hpp"

namespace slipway::spark_runtime {
namespace {

constexpr const char* kFolder = "ticket";  ///< of a job's copy, in the folder of the job
constexpr const char* kFile = "krb5cc";

std::string host_of(const std::string& url) {
    const auto begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
    return url.substr(begin, url.find('/', begin) - begin);
}

/// As it stands in a principal: without the port.
std::string name_of(const std::string& host) {
    return host.substr(0, host.find(':'));
}

/// Whether an address lies at an origin, and not at one whose name merely begins so.
bool lies_at(const std::string& url, const std::string& place) {
    return url.starts_with(place) && (place.ends_with('/') || url.size() == place.size() || url[place.size()] == '/' || url[place.size()] == '?');
}

/// Where Kerberos says who asks, a name in the query is a second opinion, which servers refuse.
std::string without_user(std::string url) {
    constexpr std::string_view kName = "user.name=";
    const auto begin = url.find(kName, std::min(url.find('?'), url.size()));
    if (begin == std::string::npos) {
        return url;
    }
    const auto end = url.find('&', begin);
    return end == std::string::npos ? url.erase(begin - 1) : url.erase(begin, end + 1 - begin);
}

}  // namespace

/// Answers a challenge with our ticket; where the ticket itself is refused, once more with a new one, and then says so in words: a cluster that does not let us
/// in is something else than one that is away.
class Kerberos::Spnego final : public HttpTransport {
public:
    /// @param places origins that are asked so; empty: all.
    Spnego(HttpTransport& plain, HttpTransport& negotiating, kerberos::Keeper& keeper, std::vector<std::string> places)
        : plain_{plain}, negotiating_{negotiating}, keeper_{keeper}, places_{std::move(places)} {}

    Result<HttpResponse> send(const HttpRequest& request) override {
        if (!places_.empty() && std::ranges::none_of(places_, [&](const std::string& place) { return lies_at(request.url, place); })) {
            return plain_.send(request);
        }
        auto asked = request;
        asked.url = without_user(request.url);
        auto response = negotiating_.send(asked);
        if (response && response->status == 401 && keeper_.refused()) {
            response = negotiating_.send(asked);
        }
        if (!response || response->status != 401) {
            return response;
        }
        const auto seen = keeper_.view();
        return fail(
            ErrorCode::unauthenticated, "KERBEROS",
            fmt::format("kerberos: {} does not let us in: {}", host_of(request.url),
                        !seen.reason.empty() ? seen.reason
                                             : "our ticket is valid, but not taken: is its service principal HTTP/" + name_of(host_of(request.url)) + "?"));
    }

private:
    HttpTransport& plain_;
    HttpTransport& negotiating_;
    kerberos::Keeper& keeper_;
    const std::vector<std::string> places_;
};

class Kerberos::TicketedSupervisor final : public spark::Supervisor {
public:
    TicketedSupervisor(std::unique_ptr<spark::Supervisor> inner, const Kerberos& owner) : inner_{std::move(inner)}, owner_{owner} {}

    Result<void> launch(const spark::LaunchSpec& spec) override {
        const auto folder = spec.folder + "/" + kFolder;
        SW_CHECK(give_ticket(folder));
        auto with = spec;
        with.environment.emplace_back("KRB5CCNAME", fmt::format("FILE:{}/{}", folder, kFile));
        with.secret_files.push_back(fmt::format("{}/{}", folder, kFile));
        return inner_->launch(with);
    }
    Result<bool> relaunch(const std::string& folder, int attempt) override {
        SW_CHECK(renew_ticket(folder + "/" + kFolder));
        return inner_->relaunch(folder, attempt);
    }
    Result<spark::ProcessReport> look(const std::string& folder, int attempt, const std::string& mark) const override {
        return inner_->look(folder, attempt, mark);
    }
    Result<void> stop(const std::string& folder, int attempt, bool now, const std::string& mark) override { return inner_->stop(folder, attempt, now, mark); }

private:
    Result<void> give_ticket(const std::string& folder) const {
        const std::lock_guard one{owner_.copying_};
        const auto ticket = owner_.keeper_->ticket();
        if (ticket.empty()) {
            return fail(ErrorCode::unavailable, "KERBEROS", "kerberos: " + owner_.keeper_->view().reason);
        }
        return kerberos::write_cache(folder, kFile, ticket, owner_.owner_, owner_.group_);
    }
    Result<void> renew_ticket(const std::string& folder) const {
        const std::lock_guard one{owner_.copying_};
        if (const auto ticket = owner_.keeper_->ticket(); !ticket.empty()) {
            SW_CHECK(kerberos::refresh_cache(folder, kFile, ticket, owner_.owner_, owner_.group_));
        }
        return {};
    }

    const std::unique_ptr<spark::Supervisor> inner_;
    const Kerberos& owner_;
};

Kerberos::Kerberos(const config::Config& config, const std::string& data_dir, HttpTransport& plain, const Clock& clock)
    : plain_{plain}, principal_{config.spark_runtime.kerberos.principal}, jobs_dir_{data_dir + "/jobs"} {
    const auto& settings = config.spark_runtime.kerberos;
    if (principal_.empty()) {
        return;
    }
    krb5_conf_ = settings.krb5_conf;
    const auto folder = data_dir + "/krb5";
    ::setenv("KRB5CCNAME", ("FILE:" + folder + "/" + kFile).c_str(), 1);
    if (!krb5_conf_.empty()) {
        ::setenv("KRB5_CONFIG", krb5_conf_.c_str(), 1);
    }
    if (const auto& user = config.spark_runtime.job_user; !user.empty()) {
        if (const auto* entry = ::getpwnam(user.c_str())) {
            owner_ = static_cast<int>(entry->pw_uid);
            group_ = static_cast<int>(entry->pw_gid);
        }
    }
    negotiating_ = make_http_client({.ca_file = config.server.ca_file, .negotiate = true});
    keeper_ = std::make_unique<kerberos::Keeper>(
        kerberos::make_krb5_source(principal_, settings.keytab, krb5_conf_, folder), clock,
        kerberos::Keeper::Settings{.principal = principal_,
                                   .cache_file = folder + "/" + kFile,
                                   .on_ticket = [this](const Secret& cache, const kerberos::Keeper::Copies& only) { return refresh_copies(cache, only); }});
    cluster_ = std::make_unique<Spnego>(plain_, *negotiating_, *keeper_, std::vector<std::string>{});
    stores_ = std::make_unique<Spnego>(plain_, *negotiating_, *keeper_,
                                       config.spark_runtime.web_hdfs_urls.empty() ? std::vector<std::string>{"none"} : config.spark_runtime.web_hdfs_urls);
}

Kerberos::~Kerberos() = default;

HttpTransport& Kerberos::to_cluster() {
    return enabled() ? *cluster_ : plain_;
}

HttpTransport& Kerberos::to_stores() {
    return enabled() ? *stores_ : plain_;
}

std::unique_ptr<spark::Supervisor> Kerberos::with_tickets(std::unique_ptr<spark::Supervisor> inner) {
    return enabled() ? std::make_unique<TicketedSupervisor>(std::move(inner), *this) : std::move(inner);
}

void Kerberos::describe(spark::SparkHost& host) const {
    if (!enabled() || krb5_conf_.empty()) {
        return;
    }
    host.environment.emplace_back("KRB5_CONFIG", krb5_conf_);
    host.environment.emplace_back("SPARK_SUBMIT_OPTS", "-Djava.security.krb5.conf=" + krb5_conf_);  // Java reads no KRB5_CONFIG
}

void Kerberos::start() {
    if (enabled()) {
        keeper_->start();
    }
}

void Kerberos::stop() {
    if (enabled()) {
        keeper_->stop();
    }
}

Health Kerberos::health() const {
    const auto seen = keeper_->view();
    json::object details{{"principal", principal_}};
    if (seen.ends) {
        details["ticketEnds"] = to_iso(*seen.ends);
    }
    if (seen.renewable_until) {
        details["renewableUntil"] = to_iso(*seen.renewable_until);
    }
    std::string reason = seen.reason;
    if (!seen.old_copies.empty()) {
        const auto& [job, why] = *seen.old_copies.begin();
        reason += fmt::format("{}The copies of {} running job(s) cannot be replaced and end with the ticket before, that of {}: {}", reason.empty() ? "" : " ",
                              seen.old_copies.size(), job, why);
    }
    const bool up = seen.valid && reason.empty();
    if (!reason.empty()) {
        details["reason"] = std::move(reason);
    }
    return {.up = up, .details = std::move(details)};
}

/// Jobs outlive tickets: whatever runs finds the new one where it found the old one.
kerberos::Keeper::Copies Kerberos::refresh_copies(const Secret& cache, const kerberos::Keeper::Copies& only) const {
    static const std::string kAll{"all"};
    kerberos::Keeper::Copies old;
    const bool every = only.empty() || only.contains(kAll);
    std::error_code none;
    for (std::filesystem::directory_iterator at{jobs_dir_, none}, end; !none && at != end; at.increment(none)) {
        const auto job = at->path().filename().string();
        if (!every && !only.contains(job)) {
            continue;
        }
        const std::lock_guard one{copying_};
        const auto done = kerberos::refresh_cache((at->path() / kFolder).string(), kFile, cache, owner_, group_);
        if (done) {
            continue;
        }
        if (!only.contains(job)) {
            log::warn("kerberos_copy_failed", {{"job", job}, {"reason", done.error().message}});
        }
        old.emplace(job, done.error().message);
    }
    if (none && none != std::errc::no_such_file_or_directory) {  // nothing is known of the others: they are tried again
        old.insert(only.begin(), only.end());
        old.emplace(kAll, fmt::format("{}: {}", jobs_dir_, none.message()));
    }
    return old;
}

}  // namespace slipway::spark_runtime
