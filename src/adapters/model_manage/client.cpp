#include "adapters/model_manage/client.hpp"

#include <algorithm>
#include <mutex>

#include "base/encoding.hpp"
#include "domain/runtime.hpp"

namespace slipway::model_manage {
namespace {

using spark::AttemptRecord;
using spark::Enrolment;
using spark::JobDocument;
using spark::LogStream;
using spark::WorkItem;

constexpr Milliseconds kPatience{30'000};  ///< for one request
/// Far above what model-manage takes from people.
constexpr json::Limits kAnswers{.max_bytes = 64U << 20, .max_depth = 256};

ErrorCode code_of(int status) {
    switch (status) {
        case 400:
        case 413: return ErrorCode::invalid_argument;
        case 401: return ErrorCode::unauthenticated;
        case 403: return ErrorCode::forbidden;
        case 404: return ErrorCode::not_found;
        case 409:
        case 412: return ErrorCode::conflict;
        case 422: return ErrorCode::failed_precondition;
        case 504: return ErrorCode::timeout;
        default: return ErrorCode::unavailable;
    }
}

/// A page of a proxy, or another service at that address: nothing follows from it.
Error not_model_manage(int status) {
    return {ErrorCode::unavailable,
            "NOT_MODEL_MANAGE",
            fmt::format("What answers {} is not model-manage: does a proxy, or a page of maintenance, stand between?", status),
            {},
            {}};
}

/// The server's own words, so that the log of the edge names what the server objected to. Each refusal of model-manage has a `code`. What is too large for a
/// proxy is so at the next try as well.
Error error_of(const HttpResponse& response) {
    const auto problem = json::parse_object(response.body, kAnswers);
    const std::string code{problem ? json::text_of(*problem, "code") : ""};
    if (code.empty() && response.status != 401 && response.status != 413 && response.status < 500) {
        return not_model_manage(response.status);
    }
    Error error{code_of(response.status), code.empty() ? "HTTP" : code, fmt::format("model-manage answers {}.", response.status), {}, {}};
    if (const auto detail = problem ? json::text_of(*problem, "detail") : std::string_view{}; !detail.empty()) {
        error.message = detail;
    }
    return error;
}

/// What an answer of model-manage holds at least (api/openapi.yaml).
using Looks = bool (*)(const json::object&);

template <const char* kName>
bool has_text(const json::object& answer) {
    return !json::text_of(answer, kName).empty();
}
template <const char* kName>
bool has_integer(const json::object& answer) {
    const auto* found = answer.if_contains(kName);
    return found != nullptr && found->is_int64();
}
template <const char* kName>
bool lists(const json::object& answer) {
    const auto* embedded = json::object_of(answer, "_embedded");
    const auto* list = embedded != nullptr ? json::array_of(*embedded, kName) : nullptr;
    return list != nullptr && std::ranges::all_of(*list, [](const auto& item) { return item.is_object(); });
}
constexpr char kId[] = "id";
constexpr char kState[] = "state";
constexpr char kAttempt[] = "attempt";
constexpr char kAttempts[] = "attempts";
constexpr char kSeq[] = "seq";
constexpr char kJobs[] = "jobs";
bool is_document(const json::object& answer) {
    static constexpr char kVersion[] = "version";
    return has_text<kId>(answer) && has_integer<kVersion>(answer);
}
bool opens_secrets(const json::object& answer) {
    return json::object_of(answer, "credentials") != nullptr && json::array_of(answer, "missing") != nullptr;
}

/// @return `unavailable`/`NOT_MODEL_MANAGE` where it cannot be model-manage's.
Result<json::object> answer_of(const HttpResponse& response, Looks looks) {
    auto answer = json::parse_object(response.body, kAnswers);
    return answer && looks(*answer) ? std::move(answer) : std::unexpected(not_model_manage(response.status));
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

class Client final : public spark::RegistryClient {
public:
    Client(std::string base_url, HttpTransport& transport, TokenSource* tokens, std::string instance)
        : base_{std::move(base_url)}, transport_{transport}, tokens_{tokens}, instance_{std::move(instance)} {}

    Result<json::object> enrol(const Enrolment& enrolment) override {
        auto body = enrolment.document;
        body["name"] = enrolment.name;
        body["group"] = enrolment.group;
        body["engineType"] = domain::kSparkRuntime;
        body["instanceId"] = enrolment.instance_id;
        auto runtime = object("PUT", "/runtimes/" + enrolment.runtime_id, body, has_text<kId>);
        if (!runtime && (runtime.error().code == ErrorCode::not_found || runtime.error().reason == "NOT_MODEL_MANAGE")) {
            runtime.error().message += setting();
        }
        return runtime;
    }

    Result<void> heartbeat(const Enrolment& enrolment, std::string_view state, const json::object& cluster, std::string_view reason) override {
        json::object body{{"instanceId", enrolment.instance_id}, {"state", state}, {"cluster", cluster}};
        if (!reason.empty()) {
            body["reason"] = reason;
        }
        SW_TRY(const auto answer, object("POST", "/runtimes/" + enrolment.runtime_id + "/heartbeat", body, has_text<kState>));
        return {};
    }

    Result<spark::WorkAnswer> work(const Enrolment& enrolment) override {
        HttpRequest request{.url =
                                fmt::format("{}/jobs/search/findWorkOfRuntime?runtimeId={}&instanceId={}", base_, enrolment.runtime_id, enrolment.instance_id)};
        const std::lock_guard lock{work_mutex_};
        if (!work_etag_.empty()) {
            request.headers.emplace_back("If-None-Match", work_etag_);
        }
        auto answer = send(std::move(request));
        if (answer && answer->status == 304 && !work_etag_.empty()) {
            return work_;
        }
        // Whoever comes back after it was away may have become older: what its tags say of the work that we know would not be true.
        work_etag_.clear();
        SW_TRY(const auto response, std::move(answer));
        if (response.status != 200) {
            return std::unexpected(error_of(response));
        }
        SW_TRY(auto items, items_of(response));
        work_ = std::make_shared<const std::vector<WorkItem>>(std::move(items));
        work_etag_ = response.header("etag");
        return work_;
    }

    Result<JobDocument> job(const std::string& id) override {
        SW_TRY(auto document, object("GET", "/jobs/" + id, {}, is_document));
        return JobDocument{integer_of(document, "version"), std::move(document)};
    }

    Result<std::string> content(const std::string& job_id, const std::string& asset_id) override {
        SW_TRY(auto response, send({.url = fmt::format("{}/jobs/{}/assets/{}/content", base_, percent_encode(job_id), percent_encode(asset_id))}));
        if (response.status != 200) {
            return std::unexpected(error_of(response));
        }
        const bool own = !response.header("etag").empty() && !response.header("content-disposition").empty();
        return own ? Result<std::string>{std::move(response.body)} : std::unexpected(not_model_manage(response.status));
    }

    Result<std::map<std::string, std::map<std::string, Secret>>> credentials(const std::string& job_id) override {
        SW_TRY(const auto answer, object("GET", fmt::format("/jobs/{}/credentials?instanceId={}", job_id, percent_encode(instance_)), {}, opens_secrets));
        if (const auto* missing = json::array_of(answer, "missing"); missing != nullptr && !missing->empty()) {
            return fail(ErrorCode::failed_precondition, "SECRETS_MISSING",
                        fmt::format("model-manage cannot open the keys under credentialRef {}: they are not there, or its key file is another one than they "
                                    "were sealed with. Enter the keys again, in the asset or parameter that names them.",
                                    json::write(missing->front())));
        }
        std::map<std::string, std::map<std::string, Secret>> out;
        const auto* all = json::object_of(answer, "credentials");
        for (const auto& [reference, secrets] : all != nullptr ? *all : json::object{}) {
            for (const auto& [name, secret] : secrets.is_object() ? secrets.get_object() : json::object{}) {
                if (secret.is_string()) {
                    out[std::string{reference}].emplace(name, Secret{std::string{secret.get_string()}});
                }
            }
        }
        return out;
    }

    Result<std::int64_t> claim(const std::string& job_id, std::int64_t version, const std::string& instance_id) override {
        SW_TRY(const auto answer, object("PATCH", "/jobs/" + job_id, {{"owner", instance_id}}, is_document, {{"If-Match", fmt::format("\"{}\"", version)}}));
        return integer_of(answer, "version");
    }

    Result<void> record_attempt(const std::string& job_id, const AttemptRecord& attempt) override {
        HttpRequest request{.method = "POST",
                            .url = base_ + "/jobs/" + job_id + "/attempts",
                            .headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}},
                            .body = json::write(json::object{{"attempt", attempt.attempt}, {"tag", attempt.tag}, {"instanceId", instance_}})};
        SW_TRY(const auto response, send(std::move(request)));
        if (response.status >= 200 && response.status <= 299) {
            SW_CHECK(answer_of(response, has_integer<kAttempt>));
            return {};
        }
        auto error = error_of(response);
        if (error.reason == "ATTEMPT_EXISTS" && !is_ours(response.body)) {
            error.reason = "NOT_THE_OWNER";
            error.message = "The attempt was recorded by another instance, or the job was taken from this one.";
        }
        return std::unexpected(std::move(error));
    }

    Result<std::vector<AttemptRecord>> attempts(const std::string& job_id) override {
        SW_TRY(const auto answer, object("GET", "/jobs/" + job_id + "/attempts", {}, lists<kAttempts>));
        std::vector<AttemptRecord> out;
        for (const auto& item : answer.at("_embedded").at("attempts").as_array()) {
            const auto& one = item.get_object();
            out.push_back({.attempt = static_cast<int>(integer_of(one, "attempt")),
                           .tag = std::string{json::text_of(one, "tag")},
                           .owner = std::string{json::text_of(one, "owner")},
                           .released = !json::text_of(one, "releasedDate").empty()});
        }
        return out;
    }

    Result<void> push(const std::string& job_id, const json::object& patch) override {
        auto word = patch;
        word["instanceId"] = instance_;
        SW_TRY(const auto answer, object("PATCH", "/jobs/" + job_id, word, is_document));
        return {};
    }

    Result<void> add_messages(const std::string& job_id, std::int64_t seq, const std::vector<std::string>& lines) override {
        SW_TRY(const auto answer, object("POST", "/jobs/" + job_id + "/messages",
                                         {{"seq", seq}, {"lines", json::array(lines.begin(), lines.end())}, {"instanceId", instance_}}, has_integer<kSeq>));
        return {};
    }

    Result<std::uint64_t> append_log(const std::string& job_id, LogStream stream, std::uint64_t offset, std::string_view bytes) override {
        SW_TRY(const auto response, send({.method = "PUT",
                                          .url = fmt::format("{}/jobs/{}/logs/{}?offset={}&instanceId={}", base_, job_id,
                                                             stream == LogStream::stdout_log ? "stdout" : "stderr", offset, percent_encode(instance_)),
                                          .headers = {{"Content-Type", "application/octet-stream"}},
                                          .body = std::string{bytes}}));
        auto error = response.status == 200 ? Error{} : error_of(response);
        if (response.status != 200 && error.reason != "LOG_GAP") {
            return std::unexpected(std::move(error));
        }
        static constexpr char kNext[] = "nextOffset";
        static constexpr char kExpected[] = "expectedOffset";
        SW_TRY(const auto answer, answer_of(response, response.status == 200 ? has_integer<kNext> : has_integer<kExpected>));
        return static_cast<std::uint64_t>(integer_of(answer, response.status == 200 ? kNext : kExpected));
    }

    Result<void> add_test_result(const std::string& idempotency_key, const json::object& test_result) override {
        SW_TRY(const auto answer, object("POST", "/modelTestResults", test_result, has_text<kId>, {{"Idempotency-Key", idempotency_key}}));
        return {};
    }

    Result<void> release(const std::string& job_id, Milliseconds patience) override {
        SW_TRY(const auto answer, object("PATCH", "/jobs/" + job_id, {{"owner", nullptr}, {"instanceId", instance_}}, is_document, {}, patience));
        return {};
    }

private:
    /// The attempt that a refusal shows.
    bool is_ours(std::string_view body) const {
        const auto problem = json::parse_object(body, kAnswers);
        const auto* attempt = problem ? json::object_of(*problem, "attempt") : nullptr;
        return attempt != nullptr && json::text_of(*attempt, "owner") == instance_ && json::text_of(*attempt, "releasedDate").empty();
    }

    static Result<std::vector<WorkItem>> items_of(const HttpResponse& response) {
        SW_TRY(const auto answer, answer_of(response, lists<kJobs>));
        std::vector<WorkItem> out;
        for (const auto& item : answer.at("_embedded").at("jobs").as_array()) {
            const auto& one = item.get_object();
            out.push_back({.id = std::string{json::text_of(one, "id")},
                           .version = integer_of(one, "version"),
                           .status = std::string{json::text_of(one, "jobStatus")},
                           .owner = std::string{json::text_of(one, "owner")},
                           .cancel_requested = json::object_of(one, "cancelRequested") != nullptr});
        }
        return out;
    }

    /// What a person mends where nothing, or something else, answers.
    std::string setting() const { return fmt::format(" Is spark-runtime.modelManageUrl right? It is {}", base_); }

    Result<HttpResponse> ask(const HttpRequest& request) {
        auto response = transport_.send(request);
        if (!response && (response.error().reason == "NO_CONNECTION" || response.error().reason == "UNKNOWN_HOST")) {
            response.error().message += setting();
        }
        return response;
    }

    /// One exchange; after a 401 once more with a new token.
    Result<HttpResponse> send(HttpRequest request) {
        request.timeout = std::min(request.timeout, kPatience);
        if (tokens_ == nullptr) {
            return ask(request);
        }
        const auto headers = request.headers;
        for (int round = 0;; ++round) {
            SW_TRY(const auto token, tokens_->token());
            request.headers = headers;
            request.headers.emplace_back("Authorization", "Bearer " + std::string{token.reveal()});
            auto response = ask(request);
            if (!response || response->status != 401 || round == 1) {
                return response;
            }
            tokens_->drop(token);
        }
    }

    Result<json::object> object(const char* method, const std::string& path, const json::object& body, Looks looks, HttpHeaders headers = {},
                                Milliseconds patience = kPatience) {
        HttpRequest request{.method = method, .url = base_ + path, .headers = std::move(headers)};
        request.timeout = patience;
        request.connect_timeout = std::min(request.connect_timeout, patience);
        request.headers.emplace_back("Accept", "application/json");
        if (request.method != "GET") {
            request.headers.emplace_back("Content-Type", "application/json");
            request.body = json::write(body);
        }
        SW_TRY(const auto response, send(std::move(request)));
        if (response.status < 200 || response.status > 299) {
            return std::unexpected(error_of(response));
        }
        return answer_of(response, looks);
    }

    const std::string base_;
    HttpTransport& transport_;
    TokenSource* tokens_;
    const std::string instance_;
    std::mutex work_mutex_;
    std::string work_etag_;
    spark::WorkAnswer work_;
};

}  // namespace

std::unique_ptr<spark::RegistryClient> make_registry_client(std::string base_url, HttpTransport& transport, TokenSource* tokens, std::string instance_id) {
    return std::make_unique<Client>(std::move(base_url), transport, tokens, std::move(instance_id));
}

}  // namespace slipway::model_manage
