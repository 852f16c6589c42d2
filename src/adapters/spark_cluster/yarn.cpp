#include <charconv>

#include "adapters/spark_cluster/clients.hpp"
#include "adapters/spark_cluster/container_log.hpp"
#include "adapters/spark_cluster/http_cluster.hpp"
#include "base/encoding.hpp"

namespace slipway::spark_cluster {
namespace {

using spark::ApplicationRef;
using spark::ApplicationReport;
using spark::ApplicationState;
using spark::LogPiece;
using spark::LogStream;

constexpr const char* kLive = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING";
constexpr const char* kEnded = "FINISHED,FAILED,KILLED";
/// What is read of an application, in the order of report_of().
const std::vector<std::string> kRow{"id", "applicationTags", "state", "finalStatus", "diagnostics", "trackingUrl", "finishedTime"};

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

/// Our own tag among `a,b,c`; YARN gives them back in lower case, sorted. With two of them nobody can say whose run it is (a model may write the tag of
/// another job beside its own): it is nobody's by its tag, so that neither job is told, or ended, by the other's run.
std::string job_tag_in(std::string_view tags) {
    std::string_view found;
    while (!tags.empty()) {
        const auto end = std::min(tags.find(','), tags.size());
        if (const auto one = tags.substr(0, end); one.starts_with("mmj-") && one != found) {
            if (!found.empty()) {
                return {};
            }
            found = one;
        }
        tags.remove_prefix(std::min(end + 1, tags.size()));
    }
    return std::string{found};
}

std::int64_t milliseconds_of(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

ApplicationReport report_of(const std::vector<std::string>& row) {
    return {.id = row[0],
            .tag = job_tag_in(row[1]),
            .state = state_of(row[2], row[3]),
            .word = row[2] + "/" + row[3],
            .diagnostics = row[4],
            .tracking_url = row[5],
            .finished_ms = milliseconds_of(row[6])};
}

ApplicationReport report_of(const json::object& app) {
    std::vector<std::string> row;
    row.reserve(std::size(kRow));
    for (const auto& name : kRow) {
        const auto* member = app.if_contains(name);
        row.emplace_back(member != nullptr && member->is_int64() ? std::to_string(member->get_int64()) : std::string{json::text_of(app, name)});
    }
    return report_of(row);
}

/// `{"apps":{"app":[…]}}`; an empty list is `{"apps":null}` or `{"apps":{}}`, by version.
Result<std::vector<ApplicationReport>> reports_of(const json::object& answer) {
    const auto* apps = answer.if_contains("apps");
    const auto* inner = apps != nullptr && apps->is_object() ? apps->get_object().if_contains("app") : nullptr;
    if (apps == nullptr || !(apps->is_null() || apps->is_object()) || (inner != nullptr && !inner->is_array())) {
        return strange_answer("the list of applications");
    }
    std::vector<ApplicationReport> out;
    for (const auto& item : inner != nullptr ? inner->get_array() : json::array{}) {
        const auto* app = item.if_object();
        if (app == nullptr || json::text_of(*app, "id").empty()) {
            return strange_answer("the list of applications");
        }
        out.push_back(report_of(*app));
    }
    return out;
}

class YarnClient final : public HttpCluster {
public:
    using HttpCluster::HttpCluster;

    std::string manager() const override { return "yarn"; }
    bool carries_tags() const override { return true; }

    Result<std::vector<ApplicationReport>> report(const std::string& service_tag, Timestamp ended_since) override {
        // Thousands of rows of which each has forty members: they are read as they arrive. More than `resourceRequests` old ResourceManagers do not let us
        // leave out. What ended stands behind: an application that ended between both questions is ended.
        const auto question = fmt::format("/ws/v1/cluster/apps?applicationTags={}&deSelects=resourceRequests&states=", service_tag);
        std::vector<ApplicationReport> out;
        for (const auto& target : {question + kLive, fmt::format("{}{}&finishedTimeBegin={}", question, kEnded, to_epoch_ms(ended_since))}) {
            SW_CHECK(status_.get_rows(target, {"apps", "app"}, kRow, [&](const std::vector<std::string>& row) { out.push_back(report_of(row)); }));
        }
        if (std::ranges::any_of(out, [](const ApplicationReport& report) { return report.id.empty() || report.word.starts_with('/'); })) {
            return strange_answer("the list of applications");
        }
        return out;
    }

    Result<std::optional<ApplicationReport>> find(const ApplicationRef& application) override {
        if (!application.id.empty()) {
            auto answer = status_.get("/ws/v1/cluster/apps/" + percent_encode(application.id));
            if (!answer) {
                return answer.error().code == ErrorCode::not_found ? Result<std::optional<ApplicationReport>>{std::nullopt} : std::unexpected(answer.error());
            }
            const auto* app = json::object_of(*answer, "app");
            if (app == nullptr || json::text_of(*app, "id").empty()) {
                return strange_answer(application.id);
            }
            return std::optional{report_of(*app)};
        }
        SW_TRY(const auto answer, status_.get("/ws/v1/cluster/apps?applicationTags=" + percent_encode(application.tag)));
        SW_TRY(auto found, reports_of(answer));
        std::erase_if(found, [&](const ApplicationReport& one) { return one.tag != application.tag; });  // the tag of two jobs is nobody's
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
        const auto user = addresses_.user.empty() ? "" : "?user.name=" + percent_encode(addresses_.user);
        SW_TRY(const auto response, status_.send({.method = "PUT", .headers = {{"Content-Type", "application/json"}}, .body = R"({"state":"KILLED"})"},
                                                 "/ws/v1/cluster/apps/" + percent_encode(id) + "/state" + user));
        if (response.status == 401 || response.status == 403) {
            return fail(ErrorCode::forbidden, "CLUSTER_REFUSES", fmt::format("The ResourceManager refuses to end {} ({}).", id, response.status));
        }
        return response.status < 500 ? Result<void>{}
                                     : fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("The ResourceManager answers {}.", response.status));
    }

    Result<LogPiece> read_log(const ApplicationRef& application, LogStream stream, std::uint64_t offset) override {
        SW_TRY(const auto answer, status_.get("/ws/v1/cluster/apps/" + percent_encode(application.id)));
        const auto* app = json::object_of(answer, "app");
        if (app == nullptr) {
            return strange_answer(application.id);
        }
        const auto url = json::text_of(*app, "amContainerLogs");
        const auto container = container_of(url);
        if (container.empty()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "The application has no container (yet).");
        }
        const std::string name = stream == LogStream::stdout_log ? "stdout" : "stderr";
        auto piece = read_container_log(std::string{url.substr(0, url.find("/node/"))}, "/ws/v1/node/containers/" + container + "/logs/" + name, offset);
        if (!piece && !addresses_.job_history_url.empty()) {
            piece = read_container_log(addresses_.job_history_url, "/ws/v1/history/containerlogs/" + container + "/" + name, offset);
        }
        return piece;
    }

    Result<json::object> probe() override {
        SW_TRY(const auto answer, status_.get("/ws/v1/cluster/info", kProbeTimeout));
        const auto* info = json::object_of(answer, "clusterInfo");
        if (info == nullptr || json::text_of(*info, "state") != "STARTED") {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY",
                        fmt::format("The ResourceManager says {}.", info != nullptr ? json::text_of(*info, "state") : "nothing"));
        }
        json::object facts{
            {"manager", "yarn"}, {"master", addresses_.master}, {"deployMode", addresses_.deploy_mode}, {"status", json::text_of(*info, "state")}};
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

    Result<LogPiece> read_container_log(const std::string& server, const std::string& path, std::uint64_t offset) {
        return ContainerLog{transport_, server + path}.piece(offset);
    }
};

}  // namespace

std::unique_ptr<spark::ClusterClient> make_yarn_client(ClusterAddresses addresses, HttpTransport& transport) {
    return std::make_unique<YarnClient>(std::move(addresses), transport);
}

}  // namespace slipway::spark_cluster
