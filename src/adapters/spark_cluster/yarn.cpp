#include "adapters/spark_cluster/clients.hpp"
#include "adapters/spark_cluster/peers.hpp"

namespace slipway::spark_cluster {
namespace {

using spark::ApplicationRef;
using spark::ApplicationReport;
using spark::ApplicationState;
using spark::LogPiece;
using spark::LogStream;

constexpr std::string_view kLive = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING";
constexpr std::string_view kEnded = "FINISHED,FAILED,KILLED";

/// Source: the mapping of reference/spark.md 2.2. RUNNING stays RUNNING until FINISHED, whatever the final status says by then.
ApplicationState state_of(std::string_view state, std::string_view final_status) {
    if (state == "NEW" || state == "NEW_SAVING" || state == "SUBMITTED" || state == "ACCEPTED") {
        return ApplicationState::pending;
    }
    if (state == "RUNNING" || state == "FINISHING") {
        return ApplicationState::running;
    }
    if (state == "KILLED" || (state == "FINISHED" && final_status == "KILLED")) {
        return ApplicationState::killed;
    }
    if (state == "FAILED" || (state == "FINISHED" && final_status == "FAILED")) {
        return ApplicationState::failed;
    }
    return state == "FINISHED" ? ApplicationState::finished : ApplicationState::uncertain;
}

/// Our own tag among `a,b,c`; YARN gives them back in lower case, sorted.
std::string job_tag_in(std::string_view tags) {
    while (!tags.empty()) {
        const auto end = std::min(tags.find(','), tags.size());
        if (tags.starts_with("mmj-")) {
            return std::string{tags.substr(0, end)};
        }
        tags.remove_prefix(std::min(end + 1, tags.size()));
    }
    return {};
}

ApplicationReport report_of(const json::object& app) {
    const auto state = json::text_of(app, "state");
    const auto final_status = json::text_of(app, "finalStatus");
    return {.id = std::string{json::text_of(app, "id")},
            .tag = job_tag_in(json::text_of(app, "applicationTags")),
            .state = state_of(state, final_status),
            .word = fmt::format("{}/{}", state, final_status),
            .diagnostics = std::string{json::text_of(app, "diagnostics")},
            .tracking_url = std::string{json::text_of(app, "trackingUrl")}};
}

/// `{"apps":{"app":[…]}}`; an empty list is `{"apps":null}` or `{"apps":{}}`, by version.
std::vector<ApplicationReport> reports_of(const json::object& answer) {
    std::vector<ApplicationReport> out;
    const auto* apps = json::object_of(answer, "apps");
    const auto* list = apps != nullptr ? json::array_of(*apps, "app") : nullptr;
    for (const auto& item : list != nullptr ? *list : json::array{}) {
        if (const auto* app = item.if_object()) {
            out.push_back(report_of(*app));
        }
    }
    return out;
}

/// The text between the head and the foot that the log service puts around a file.
std::string_view log_contents(std::string_view text) {
    constexpr std::string_view kHead = "LogContents:\n";
    if (const auto head = text.find(kHead); head != std::string_view::npos && head < 2048) {
        text.remove_prefix(head + kHead.size());
        const auto foot = text.rfind("\nEnd of LogType:");
        text = text.substr(0, foot);
    }
    return text;
}

class YarnClient final : public spark::ClusterClient {
public:
    YarnClient(ClusterAddresses addresses, HttpTransport& transport)
        : addresses_{std::move(addresses)},
          managers_{addresses_.status_urls, transport},
          logs_{addresses_.job_history_url.empty() ? std::vector<std::string>{} : std::vector{addresses_.job_history_url}, transport},
          transport_{transport} {}

    std::string manager() const override { return "yarn"; }
    bool driver_is_local() const override { return addresses_.deploy_mode != "cluster"; }

    Result<std::vector<ApplicationReport>> report(const std::string& service_tag, Timestamp ended_since) override {
        SW_TRY(const auto live, managers_.get(fmt::format("/ws/v1/cluster/apps?applicationTags={}&states={}", service_tag, kLive)));
        SW_TRY(const auto ended, managers_.get(fmt::format("/ws/v1/cluster/apps?applicationTags={}&states={}&finishedTimeBegin={}", service_tag, kEnded,
                                                           to_epoch_ms(ended_since))));
        auto out = reports_of(live);
        std::ranges::move(reports_of(ended), std::back_inserter(out));  // behind: an application that ended between both questions is ended
        return out;
    }

    Result<std::optional<ApplicationReport>> find(const ApplicationRef& application) override {
        if (!application.id.empty()) {
            auto answer = managers_.get("/ws/v1/cluster/apps/" + percent_encoded(application.id, false));
            if (!answer) {
                return answer.error().code == ErrorCode::not_found ? Result<std::optional<ApplicationReport>>{std::nullopt} : std::unexpected(answer.error());
            }
            const auto* app = json::object_of(*answer, "app");
            return app != nullptr ? std::optional{report_of(*app)} : std::nullopt;
        }
        SW_TRY(const auto answer, managers_.get("/ws/v1/cluster/apps?applicationTags=" + percent_encoded(application.tag, false)));
        auto found = reports_of(answer);
        return found.empty() ? std::nullopt : std::optional{std::move(found.back())};
    }

    Result<void> kill(const ApplicationRef& application) override {
        auto id = application.id;
        if (id.empty()) {
            SW_TRY(const auto found, find(application));
            if (!found) {
                return {};
            }
            id = found->id;
        }
        const auto user = addresses_.user.empty() ? "" : "?user.name=" + percent_encoded(addresses_.user, false);
        SW_TRY(const auto response, managers_.send({.method = "PUT", .headers = {{"Content-Type", "application/json"}}, .body = R"({"state":"KILLED"})"},
                                                   "/ws/v1/cluster/apps/" + percent_encoded(id, false) + "/state" + user));
        if (response.status == 401 || response.status == 403) {
            return fail(ErrorCode::forbidden, "CLUSTER_REFUSES", fmt::format("The ResourceManager refuses to end {} ({}).", id, response.status));
        }
        return response.status < 500 ? Result<void>{}
                                     : fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("The ResourceManager answers {}.", response.status));
    }

    Result<LogPiece> read_log(const ApplicationRef& application, LogStream stream, std::uint64_t offset) override {
        SW_TRY(const auto answer, managers_.get("/ws/v1/cluster/apps/" + percent_encoded(application.id, false)));
        const auto* app = json::object_of(answer, "app");
        if (app == nullptr) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "The ResourceManager does not know the application.");
        }
        const auto container = container_of(json::text_of(*app, "amContainerLogs"));
        if (container.empty()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "The application has no container (yet).");
        }
        const std::string name = stream == LogStream::stdout_log ? "stdout" : "stderr";
        auto text = node_log(std::string{json::text_of(*app, "amContainerLogs")}, container, name);
        if (!text && !logs_.empty()) {
            text = aggregated_log(container, name);
        }
        if (!text) {
            return std::unexpected(text.error());
        }
        const auto body = log_contents(*text);
        return LogPiece{.bytes = std::string{offset < body.size() ? body.substr(offset) : std::string_view{}}, .offset = offset, .end = true};
    }

    Result<json::object> probe() override {
        SW_TRY(const auto answer, managers_.get("/ws/v1/cluster/info"));
        const auto* info = json::object_of(answer, "clusterInfo");
        if (info == nullptr || json::text_of(*info, "state") != "STARTED") {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY",
                        fmt::format("The ResourceManager says {}.", info != nullptr ? json::text_of(*info, "state") : "nothing"));
        }
        json::object facts{{"manager", "yarn"}, {"status", json::text_of(*info, "state")}};
        for (const auto* name : {"haState", "resourceManagerVersion", "hadoopVersion"}) {
            if (const auto text = json::text_of(*info, name); !text.empty()) {
                facts[name] = text;
            }
        }
        return facts;
    }

private:
    /// `container_…` of `http://node:8042/node/containerlogs/container_…/user`.
    static std::string container_of(std::string_view url) {
        const auto begin = url.find("container_");
        return begin == std::string_view::npos ? "" : std::string{url.substr(begin, url.find('/', begin) - begin)};
    }

    Result<std::string> node_log(std::string url, const std::string& container, const std::string& name) {
        const auto node = url.substr(0, url.find("/node/"));
        SW_TRY(auto response,
               transport_.send({.url = fmt::format("{}/ws/v1/node/containers/{}/logs/{}", node, container, name), .timeout = Milliseconds{15'000}}));
        if (response.status != 200) {
            return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The NodeManager answers {} to the question for a log.", response.status));
        }
        return std::move(response.body);
    }

    Result<std::string> aggregated_log(const std::string& container, const std::string& name) {
        SW_TRY(auto response, logs_.send({.timeout = Milliseconds{30'000}}, fmt::format("/ws/v1/history/containerlogs/{}/{}", container, name)));
        if (response.status != 200) {
            return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The JobHistory server answers {} to the question for a log.", response.status));
        }
        return std::move(response.body);
    }

    const ClusterAddresses addresses_;
    Peers managers_;
    Peers logs_;
    HttpTransport& transport_;
};

}  // namespace

std::unique_ptr<spark::ClusterClient> make_yarn_client(ClusterAddresses addresses, HttpTransport& transport) {
    return std::make_unique<YarnClient>(std::move(addresses), transport);
}

}  // namespace slipway::spark_cluster
