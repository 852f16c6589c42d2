#include <cinttypes>
#include <cstdio>

#include "adapters/spark_cluster/clients.hpp"
#include "adapters/spark_cluster/http_cluster.hpp"
#include "base/encoding.hpp"

namespace slipway::spark_cluster {
namespace {

using spark::ApplicationRef;
using spark::ApplicationReport;
using spark::ApplicationState;
using spark::LogPiece;
using spark::LogStream;

struct StateWord {
    std::string_view word;
    ApplicationState state;
};
/// Applications and drivers. FINISHED of an application is no success: the master says so of a lost socket too (Master.onDisconnected).
constexpr std::array<StateWord, 9> kStates{
    StateWord{"WAITING", ApplicationState::pending}, StateWord{"SUBMITTED", ApplicationState::pending}, StateWord{"RELAUNCHING", ApplicationState::pending},
    StateWord{"RUNNING", ApplicationState::running}, StateWord{"FINISHED", ApplicationState::finished}, StateWord{"FAILED", ApplicationState::failed},
    StateWord{"ERROR", ApplicationState::failed},    StateWord{"KILLED", ApplicationState::killed},     StateWord{"UNKNOWN", ApplicationState::uncertain}};

constexpr Milliseconds kCreateTimeout{30'000};

ApplicationState state_of(std::string_view word) {
    const auto* found = std::ranges::find(kStates, word, &StateWord::word);
    return found == kStates.end() ? ApplicationState::uncertain : found->state;
}

class StandaloneClient final : public HttpCluster {
public:
    StandaloneClient(ClusterAddresses addresses, HttpTransport& transport)
        : HttpCluster{std::move(addresses), transport}, history_{addresses_.history_url, transport}, rest_urls_{rest_urls_of(addresses_)} {}

    std::string manager() const override { return "standalone"; }
    bool submits_over_rest() const override { return !driver_is_local(); }

    Result<std::vector<ApplicationReport>> report(const std::string& /*service_tag*/, Timestamp /*ended_since*/) override {
        SW_TRY(const auto state, master_state());
        std::vector<ApplicationReport> out;
        const auto lists = driver_is_local() ? std::array{"activeapps", "completedapps"} : std::array{"activedrivers", "completeddrivers"};
        for (const auto* name : lists) {
            const auto* list = json::array_of(state, name);
            if (list == nullptr) {
                return strange_answer("/json/");
            }
            for (const auto& item : *list) {
                const auto* one = item.if_object();
                if (one == nullptr || json::text_of(*one, "id").empty()) {
                    return strange_answer("/json/");
                }
                out.push_back(report_of(*one));
            }
        }
        return out;
    }

    Result<std::optional<ApplicationReport>> find(const ApplicationRef& application) override {
        if (application.id.empty()) {
            return std::optional<ApplicationReport>{};  // the master knows no tags
        }
        if (!driver_is_local()) {
            return find_driver(application.id);
        }
        if (history_.empty()) {
            return std::optional<ApplicationReport>{};
        }
        auto answer = history_.get("/api/v1/applications/" + percent_encode(application.id));
        if (!answer) {
            return answer.error().code == ErrorCode::not_found ? Result<std::optional<ApplicationReport>>{std::nullopt} : std::unexpected(answer.error());
        }
        return of_history(application, *answer);
    }

    Result<void> kill(const ApplicationRef& application) override {
        if (driver_is_local() || application.id.empty()) {
            return {};  // the process group is what is ended
        }
        SW_TRY(const auto answer, ask_active("POST", "/v1/submissions/kill/" + percent_encode(application.id), "a kill"));
        return success_of(answer) ? Result<void>{} : strange_answer("a kill");  // `success: false` says that it has ended already
    }

    /// The worker's log page: text with a first line `==== Bytes a-b of L of path ====`.
    Result<LogPiece> read_log(const ApplicationRef& application, LogStream stream, std::uint64_t offset) override {
        if (driver_is_local()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "The driver runs on this host, and so does its output.");
        }
        SW_TRY(const auto status, driver_status(application.id));
        const auto worker = std::string{json::text_of(status, "workerHostPort")};
        SW_TRY(const auto worker_ui, worker_ui_of(std::string{json::text_of(status, "workerId")}));
        if (worker.empty() || worker_ui.empty()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "No worker runs the driver (yet).");
        }
        const auto url = fmt::format("{}/log/?driverId={}&logType={}&offset={}&byteLength={}", worker_ui, percent_encode(application.id),
                                     stream == LogStream::stdout_log ? "stdout" : "stderr", offset, spark::kLongestLogPiece);
        SW_TRY(const auto response, transport_.send({.url = url}));
        if (response.status != 200) {
            return fail(response.status >= 500 ? ErrorCode::unavailable : ErrorCode::not_found, "NOT_FOUND",
                        fmt::format("The worker answers {} to the question for its log.", response.status));
        }
        return piece_of(response.body, offset);
    }

    Result<json::object> probe() override {
        SW_TRY(const auto state, master_state(kProbeTimeout));
        json::object facts{
            {"manager", "standalone"}, {"master", addresses_.master}, {"deployMode", addresses_.deploy_mode}, {"status", json::text_of(state, "status")}};
        for (const auto* name : {"aliveworkers", "cores", "coresused", "memory", "memoryused"}) {
            if (const auto* found = state.if_contains(name)) {
                facts[name] = *found;
            }
        }
        if (const auto* apps = json::array_of(state, "activeapps")) {
            facts["activeApplications"] = apps->size();
        }
        return facts;
    }

    /// The active master is found by a question that changes nothing: a submission that was sent and not answered is never sent to another one.
    Result<std::string> create_driver(const spark::DriverRequest& request) override {
        if (const auto active = driver_status("none"); !active) {
            return fail(ErrorCode::unavailable, std::string{spark::kNotSent}, active.error().message);
        }
        const auto sent = transport_.send({.method = "POST",
                                           .url = rest_urls_[active_rest_] + "/v1/submissions/create",
                                           .headers = {{"Content-Type", "application/json;charset=UTF-8"}},
                                           .body = json::write(submission(request)),
                                           .timeout = kCreateTimeout,
                                           .once = true});
        if (!sent) {
            const bool unsent = sent.error().reason == "NO_CONNECTION" || sent.error().reason == "UNKNOWN_HOST";
            return fail(sent.error().code, unsent ? std::string{spark::kNotSent} : sent.error().reason, sent.error().message);
        }
        const auto& response = *sent;
        auto answer = json::parse_object(response.body);
        if (!answer) {
            return fail(ErrorCode::unavailable, "CLUSTER_AWAY",
                        fmt::format("The master answered {} without saying whether it took the submission.", response.status));
        }
        const auto success = success_of(*answer);
        const bool refused = json::text_of(*answer, "action") == "ErrorResponse";
        if (!success && !refused) {
            return strange_answer("the submission");
        }
        if (is_standby(*answer)) {
            return fail(ErrorCode::unavailable, std::string{spark::kNotSent}, "The master has just become a standby one.");
        }
        if (refused || !*success) {
            return fail(ErrorCode::failed_precondition, "SUBMISSION_REFUSED",
                        fmt::format("The master refused the submission: {}", json::text_of(*answer, "message")));
        }
        auto id = std::string{json::text_of(*answer, "submissionId")};
        return id.empty() ? Result<std::string>{strange_answer("the submission")} : id;
    }

private:
    /// The state of the master that is ALIVE; a standby master answers too, and says so.
    Result<json::object> master_state(Milliseconds timeout = kAnswerTimeout) {
        SW_TRY(auto state, status_.get("/json/", timeout));
        if (json::text_of(state, "status") == "ALIVE") {
            return state;
        }
        for (const auto& url : addresses_.status_urls) {
            Peers one{url, transport_};
            if (auto other = one.get("/json/", timeout); other && json::text_of(*other, "status") == "ALIVE") {
                return std::move(*other);
            }
        }
        return fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("No master is ALIVE: the one that answers says {}.", json::text_of(state, "status")));
    }

    static ApplicationReport report_of(const json::object& item) {
        const auto word = json::text_of(item, "state");
        return {.id = std::string{json::text_of(item, "id")}, .state = state_of(word), .word = std::string{word}};
    }

    /// History knows that an application has ended, never how.
    static Result<std::optional<ApplicationReport>> of_history(const ApplicationRef& application, const json::object& answer) {
        ApplicationReport report{.id = application.id, .tag = application.tag, .state = ApplicationState::running, .word = "RUNNING"};
        const auto* attempts = json::array_of(answer, "attempts");
        const auto* last = attempts != nullptr && !attempts->empty() ? attempts->front().if_object() : nullptr;
        const auto* completed = last != nullptr ? last->if_contains("completed") : nullptr;
        if (completed == nullptr || !completed->is_bool()) {
            return strange_answer("an application's history");
        }
        if (completed->get_bool()) {
            report.state = ApplicationState::finished;
            report.word = "completed (history)";
        }
        return std::optional{std::move(report)};
    }

    static std::vector<std::string> rest_urls_of(const ClusterAddresses& addresses) {
        std::vector<std::string> out;
        const bool given = !addresses.rest_url.empty();
        auto rest = given ? std::string_view{addresses.rest_url} : std::string_view{addresses.master}.substr(std::string_view{"spark://"}.size());
        while (!rest.empty()) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto one = rest.substr(0, end);
            out.push_back(given ? std::string{one} : fmt::format("http://{}:6066", one.substr(0, one.rfind(':'))));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return out;
    }

    /// A standby master answers every question, with these words (Spark's Master, Utils.BACKUP_STANDALONE_MASTER_PREFIX).
    static bool is_standby(const json::object& answer) {
        return !success_of(answer).value_or(true) && json::text_of(answer, "message").contains("Current state is not alive");
    }

    /// The answer of the active master to what may be asked twice.
    Result<json::object> ask_active(const char* method, const std::string& target, std::string_view what) {
        Result<json::object> last = fail(ErrorCode::unavailable, "CLUSTER_AWAY", "No submission server of a master is known.");
        const auto first = active_rest_.load();
        for (std::size_t i = 0; i < rest_urls_.size(); ++i) {
            const auto at = (first + i) % rest_urls_.size();
            Peers one{rest_urls_[at], transport_};
            const auto response = one.send({.method = method, .timeout = kAnswerTimeout}, target);
            auto answer = response ? object_of(*response, what) : Result<json::object>{std::unexpected(response.error())};
            if (answer && !is_standby(*answer)) {
                active_rest_ = at;
                return answer;
            }
            last = answer ? Result<json::object>{fail(ErrorCode::unavailable, "CLUSTER_AWAY",
                                                      fmt::format("{} is on standby, and no active master answers.", rest_urls_[at]))}
                          : std::move(answer);
        }
        return last;
    }

    Result<json::object> driver_status(const std::string& id) {
        SW_TRY(auto status, ask_active("GET", "/v1/submissions/status/" + percent_encode(id), id));
        return success_of(status) ? Result<json::object>{std::move(status)} : strange_answer(id);
    }

    /// What every answer of the REST server says; nothing: it is not one of its answers.
    static std::optional<bool> success_of(const json::object& answer) {
        const auto* success = answer.if_contains("success");
        return success != nullptr && success->is_bool() ? std::optional{success->get_bool()} : std::nullopt;
    }

    Result<std::optional<ApplicationReport>> find_driver(const std::string& id) {
        SW_TRY(const auto status, driver_status(id));
        const auto word = json::text_of(status, "driverState");
        if (!*success_of(status)) {
            return std::optional<ApplicationReport>{};  // it is not known
        }
        if (word.empty()) {
            return strange_answer(id);
        }
        return std::optional{ApplicationReport{.id = id, .state = state_of(word), .word = std::string{word}}};
    }

    Result<std::string> worker_ui_of(const std::string& worker_id) {
        SW_TRY(const auto state, master_state());
        const auto* workers = json::array_of(state, "workers");
        for (const auto& item : workers != nullptr ? *workers : json::array{}) {
            const auto* worker = item.if_object();
            if (worker != nullptr && json::text_of(*worker, "id") == worker_id) {
                return std::string{json::text_of(*worker, "webuiaddress")};
            }
        }
        return std::string{};
    }

    /// The text behind the head. The worker decodes and encodes what it reads: bytes that are no UTF-8 come as U+FFFD, which takes three.
    static Result<LogPiece> piece_of(const std::string& body, std::uint64_t offset) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t size = 0;
        const auto head = body.find('\n');
        if (head == std::string::npos || std::sscanf(body.c_str(), "==== Bytes %" SCNu64 "-%" SCNu64 " of %" SCNu64, &begin, &end, &size) != 3 || end < begin ||
            end - begin > spark::kLongestLogPiece) {
            return strange_answer("a log");
        }
        auto text = body.substr(head + 1);
        constexpr std::string_view kReplaced = "\xEF\xBF\xBD";
        for (auto at = text.find(kReplaced); at != std::string::npos && text.size() > end - begin; at = text.find(kReplaced, at)) {
            text.replace(at, kReplaced.size(), "?");
        }
        text.resize(end - begin, '?');  // the next question begins behind what this one was about
        if (begin != offset) {
            return LogPiece{.bytes = {}, .offset = offset, .end = true};  // it is shorter than what was read before
        }
        return LogPiece{.bytes = std::move(text), .offset = offset, .end = end >= size, .size = size};
    }

    /// Of the environment what counts on the worker, too: where Spark and its settings lie there the worker knows.
    static bool travels(std::string_view name) { return name.starts_with("PYSPARK_") || name.starts_with("MODELOP_") || name == "HADOOP_USER_NAME"; }

    /// The inner spark-submit sees none of `sparkProperties`: its arguments must name master and every setting again (seen with 4.3).
    json::object submission(const spark::DriverRequest& request) const {
        json::object environment{{"SPARK_ENV_LOADED", "1"}};
        for (const auto& [name, value] : request.environment) {
            if (travels(name)) {
                environment[name] = value;
            }
        }
        json::array arguments;
        for (std::size_t i = 0; i < request.arguments.size(); ++i) {
            if (request.arguments[i] == "--deploy-mode" && i + 1 < request.arguments.size()) {
                ++i;  // inside, it is a client
                continue;
            }
            arguments.push_back(json::value(request.arguments[i]));
        }
        return {{"action", "CreateSubmissionRequest"},
                {"appResource", ""},
                {"clientSparkVersion", "3.5.0"},
                {"mainClass", "org.apache.spark.deploy.SparkSubmit"},
                {"appArgs", std::move(arguments)},
                {"environmentVariables", std::move(environment)},
                {"sparkProperties", {{"spark.app.name", request.application_name}, {"spark.master", addresses_.master}, {"spark.driver.supervise", "false"}}}};
    }

    Peers history_;
    const std::vector<std::string> rest_urls_;  ///< submission servers of the masters
    std::atomic<std::size_t> active_rest_{0};
};

}  // namespace

std::unique_ptr<spark::ClusterClient> make_standalone_client(ClusterAddresses addresses, HttpTransport& transport) {
    return std::make_unique<StandaloneClient>(std::move(addresses), transport);
}

}  // namespace slipway::spark_cluster
