#include <algorithm>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/follow.hpp"
#include "apps/cli/handlers.hpp"
#include "base/encoding.hpp"
#include "insight/why.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPoll{1000};
constexpr std::size_t kMostOutputs = 10'000;
constexpr Milliseconds kLogTimeout{60000};  ///< of one wait for more of a log, which the server ends after 25 s

std::string path_of(const std::string& id, std::string_view what = {}) {
    return "/model-manage/api/jobs/" + percent_encode(id) + (what.empty() ? "" : "/" + std::string{what});
}

json::object object_or_empty(const json::value& answer) {
    return answer.is_object() ? answer.get_object() : json::object{};
}

bool has_ended(std::string_view status) {
    return status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
}

/// Says on standard error what keeps a job from being launched, when that is news; asked for seldom, and not at once: most jobs are taken within a second.
class HoldTeller {
public:
    HoldTeller(Session& session, const std::string& id) : session_{session}, id_{id} {}
    void look(std::string_view status) {
        if (status != "CREATED" || looks_++ % kLooks != 2) {
            return;
        }
        if (auto hold = hold_of(session_, id_); hold != said_) {
            if (!hold.empty()) {
                session_.say("slipway: " + hold);
            }
            said_ = std::move(hold);
        }
    }

private:
    static constexpr int kLooks = 10;
    Session& session_;
    const std::string& id_;
    int looks_{0};
    std::string said_;
};

/// Says each change of the status on standard error. @return the job once it has ended.
Result<json::object> follow_job(Session& session, const std::string& id, Milliseconds timeout) {
    std::string before;
    HoldTeller hold{session, id};
    const auto show = [&](const json::object& job) {
        const std::string status{json::text_of(job, "jobStatus")};
        hold.look(status);
        if (status != before) {
            session.say(harmless(id + " " + status + (job.contains("cancelRequested") && !has_ended(status) ? " (to be cancelled)" : "")));
            before = status;
        }
        return has_ended(status);
    };
    return follow(session, {.path = path_of(id),
                            .poll = kPoll,
                            .timeout = timeout,
                            .show = show,
                            .goes_on = "The job goes on: slipway job watch " + id,
                            .too_late = "The job " + id + " has not ended in time; it goes on."});
}

/// Of one that has ended nothing is to come; what was asked of it stays in the other formats.
Result<int> print_job(Session& session, json::object job) {
    SW_TRY(const auto format, session.format());
    if (format == Format::table && has_ended(json::text_of(job, "jobStatus"))) {
        job.erase("cancelRequested");
    }
    return print_object(session, resource_of("job"), job);
}

Result<int> finish_job(Session& session, const json::object& job) {
    SW_CHECK(print_job(session, job));
    return json::text_of(job, "jobStatus") == "COMPLETE" ? kDone : kFailed;
}

/// Id of the job that the first argument names.
Result<std::string> wanted_job(Session& session) {
    return find_id(session, resource_of("job"), session.line().argument(0));
}

Result<int> posted(Session& session, const std::string& path, const std::optional<json::value>& body) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", path, body));
    return print_job(session, object_or_empty(answer));
}

json::array data_at(const std::string& url, std::string_view name) {
    return {json::object{{"assetType", "EXTERNAL_FILE"}, {"name", name}, {"fileUrl", url}}};
}

/// The instances that the flags ask for, as AWS's job requests name them.
Result<void> put_instances(const Session& session, bool trains, json::object& parameters) {
    const auto& line = session.line();
    json::object resources;
    if (line.has("--instance-type")) {
        resources["InstanceType"] = line.get("--instance-type");
        resources["InstanceCount"] = 1;
    }
    if (line.has("--instance-count")) {
        SW_TRY(const auto count, session.number("--instance-count", 1, 1, 100));
        resources["InstanceCount"] = count;
    }
    if (!resources.empty()) {
        auto& given = parameters[trains ? "ResourceConfig" : "TransformResources"];
        given = json::value(std::move(resources));
    }
    return {};
}

/// The document of a job of a snapshot, from the flags.
Result<json::object> job_of_flags(Session& session) {
    const auto& line = session.line();
    SW_TRY(const auto snapshot, find_id(session, resource_of("snapshot"), line.get("--snapshot")));
    const bool trains = line.has("--training");
    const auto* type = trains ? "MODEL_BATCH_TRAINING_JOB" : line.has("--metrics") ? "MODEL_BATCH_TEST_JOB" : "MODEL_BATCH_JOB";
    json::object body{{"jobType", type}, {"model", json::object{{"id", snapshot}}}};
    if (line.has("--runtime")) {
        SW_TRY(const auto runtime, find_id(session, resource_of("runtime"), line.get("--runtime")));
        body["targetEngine"] = json::object{{"id", runtime}};
    }
    if (line.has("--from")) {
        body["inputData"] = data_at(line.get("--from"), "input");
    }
    if (line.has("--to")) {
        body["outputData"] = data_at(line.get("--to"), "output");
    }
    json::object parameters;
    if (line.has("--parameters")) {
        SW_TRY(parameters, read_document(session, line.get("--parameters")));
        if (parameters.contains("jobParameters")) {
            return usage(
                "--parameters takes the parameters themselves, not a document that has them under jobParameters: give what stands in there, or the whole "
                "document of the job as FILE");
        }
    }
    SW_CHECK(put_instances(session, trains, parameters));
    if (!parameters.empty()) {
        body["jobParameters"] = std::move(parameters);
    }
    return body;
}

/// `word` of the API in a message, by what the command line calls it.
void say_flag(Error& error, std::string_view word, std::string_view flag) {
    for (auto at = error.message.find(word); at != std::string::npos; at = error.message.find(word, at + flag.size())) {
        error.message.replace(at, word.size(), flag);
    }
}

/// Who gave flags reads which of them says where the job runs.
Error told_by_flag(Error error, const Session& session) {
    const bool where =
        error.reason == "RUNTIME_REMOVED" || std::ranges::any_of(error.faults, [](const Fault& fault) { return fault.pointer.starts_with("/targetEngine"); });
    if (where && session.line().has("--snapshot")) {
        for (const auto* pointer : {"/targetEngine/name", "/targetEngine/id", "/targetEngine"}) {
            say_flag(error, pointer, "--runtime");
        }
        error.message += " Say which with --runtime NAME.";
    }
    return error;
}

}  // namespace

Result<int> job_create(Session& session) {
    const auto& line = session.line();
    const auto file = line.has("--file") ? line.get("--file") : line.argument(0);
    if (file.empty() == !line.has("--snapshot")) {
        return usage("say either which document, slipway job create FILE (- for standard input), or which snapshot: --snapshot NAME");
    }
    if (line.has("--training") && line.has("--metrics")) {
        return usage("--training and --metrics exclude each other: a job runs one function of the model");
    }
    if (!file.empty() && (line.has("--runtime") || line.has("--metrics"))) {
        return usage("--runtime and --metrics go with --snapshot; a document says itself what runs where");
    }
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(auto body, file.empty() ? job_of_flags(session) : read_document(session, file));
    SW_TRY(auto* api, session.api());
    const auto made = api->send("POST", "/model-manage/api/jobs", json::value(std::move(body)));
    if (!made) {
        return std::unexpected(told_by_flag(made.error(), session));
    }
    const auto job = object_or_empty(*made);
    if (!line.has("--wait")) {
        return print_job(session, job);
    }
    SW_TRY(const auto ended, follow_job(session, std::string{json::text_of(job, "id")}, timeout));
    return finish_job(session, ended);
}

/// One that waits says for what.
Result<int> job_show(Session& session) {
    const auto& resource = resource_of("job");
    SW_TRY(const auto format, session.format());
    SW_TRY(auto job, find_object(session, resource, session.line().argument(0)));
    if (format == Format::table && !session.line().has("--web") && json::text_of(job, "jobStatus") == "CREATED") {
        if (const auto hold = hold_of(session, std::string{json::text_of(job, "id")}); !hold.empty()) {
            job["waitsBecause"] = hold;
        }
    }
    return print_job(session, std::move(job));
}

Result<int> job_watch(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(const auto id, wanted_job(session));
    SW_TRY(const auto job, follow_job(session, id, timeout));
    return finish_job(session, job);
}

Result<int> job_cancel(Session& session) {
    SW_TRY(const auto id, wanted_job(session));
    return posted(session, path_of(id, "cancel"), {});
}

Result<int> job_retry(Session& session) {
    SW_TRY(const auto id, wanted_job(session));
    return posted(session, path_of(id, "retry"), {});
}

Result<int> job_reassign(Session& session) {
    const auto& line = session.line();
    if (!line.has("--reason")) {
        return usage("--reason says why; it is kept in the audit trail");
    }
    json::object body{{"reason", line.get("--reason")}, {"force", line.has("--force")}};
    SW_TRY(const auto id, wanted_job(session));
    auto done = posted(session, path_of(id, "reassign"), json::value(std::move(body)));
    if (!done) {
        say_flag(done.error(), "\"force\": true", "--force");
    }
    return done;
}

namespace {

/// Why a log that ended shows nothing: what runs on SageMaker writes to CloudWatch, and what failed before its launch has a reason of its own.
Result<int> explain_silence(Session& session, const std::string& id) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto job, api->get(path_of(id)));
    const auto* facts = job.is_object() ? json::object_of(job.get_object(), "sageMaker") : nullptr;
    const auto logs = facts != nullptr ? json::text_of(*facts, "logsUrl") : std::string_view{};
    if (!logs.empty()) {
        session.say("slipway: this job runs on SageMaker, its log is in CloudWatch: " + std::string{logs});
        return kDone;
    }
    const auto status = job.is_object() ? json::text_of(job.get_object(), "jobStatus") : std::string_view{};
    const auto why = status == "ERROR" ? insight::failure_of(job.get_object()) : std::string{};
    session.say(!has_ended(status) ? "slipway: the job has written nothing yet."
                : why.empty()      ? "slipway: the job has written nothing."
                                   : harmless("slipway: the job has written nothing. It failed: " + why));
    return kDone;
}

}  // namespace

Result<int> job_outputs(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(const auto id, wanted_job(session));
    SW_TRY(auto* api, session.api());
    json::array objects;
    std::string problems;
    std::string next;
    do {
        SW_TRY(const auto answer, api->get(path_of(id, "outputs"), next.empty() ? Query{} : Query{{"after", next}}));
        const auto page = object_or_empty(answer);
        const auto* listed = json::array_of(page, "objects");
        for (const auto& object : listed == nullptr ? json::array{} : *listed) {
            objects.push_back(object);
        }
        const auto* told = json::array_of(page, "problems");
        for (const auto& one : told == nullptr ? json::array{} : *told) {
            problems += one.is_object() ? harmless(json::text_of(one.get_object(), "message")) + "\n" : "";
        }
        next = json::text_of(page, "next");
    } while (!next.empty() && objects.size() < kMostOutputs && !session.world().stopped());
    session.out(render_list(session.world(), resource_of("output"), objects, format));
    if (!next.empty()) {
        session.say(fmt::format("slipway: there are more than {} objects; the S3 console shows them all.", kMostOutputs));
    }
    if (problems.empty()) {
        return kDone;
    }
    session.say("slipway: " + problems.substr(0, problems.size() - 1));
    return kFailed;
}

Result<int> job_logs(Session& session) {
    const auto& line = session.line();
    SW_TRY(const auto tail, session.number("--tail", 0, 0, 1 << 24));
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto id, wanted_job(session));
    const auto path = path_of(id, line.has("--stderr") ? "logs/stderr" : "logs/stdout");
    Outage outage{session};
    const bool follows = session.goes_on("--follow");
    bool silent = true;
    Query query = tail > 0 ? Query{{"tail", std::to_string(tail)}} : Query{{"offset", "0"}};
    while (true) {
        if (line.has("--raw")) {
            query.emplace_back("raw", "true");
        }
        auto answer = api->text(path, query, kLogTimeout);
        if (!answer && follows && may_pass(answer.error()) && !session.world().stopped()) {
            outage.away(answer.error());
            session.world().wait(kPoll);
            continue;
        }
        SW_TRY(const auto part, std::move(answer));
        outage.back();
        session.out(part.body);
        silent = silent && part.body.empty();
        const bool ended = part.header("x-job-ended") == "true";
        const bool more = part.header("x-next-offset") != part.header("x-log-size");
        if (part.header("x-truncated") == "true" && !more) {
            session.say("slipway: more was written than the server keeps.");
        }
        if ((!follows || ended) && (!more || part.body.empty())) {
            return silent ? explain_silence(session, id) : Result<int>{kDone};
        }
        if (session.world().stopped()) {
            return kInterrupted;
        }
        query = {{"offset", std::string{part.header("x-next-offset")}}};
        if (follows) {
            query.emplace_back("follow", "true");
        }
    }
}

}  // namespace slipway::cli
