#include <charconv>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/config/settings.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPoll{1000};
constexpr Milliseconds kLogTimeout{60000};  ///< of one wait for more of a log, which the server ends after 25 s

std::string path_of(const std::string& id, std::string_view what = {}) {
    return "/model-manage/api/jobs/" + percent_encoded(id) + (what.empty() ? "" : "/" + std::string{what});
}

json::object object_or_empty(const json::value& answer) {
    return answer.is_object() ? answer.get_object() : json::object{};
}

bool has_ended(std::string_view status) {
    return status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
}

Error not_in_time(const std::string& id) {
    return {ErrorCode::timeout, "WAIT_TIMED_OUT", "The job " + id + " has not ended in time; it goes on.", {}, {}};
}

/// Whether it is worth asking again: the server may be away for a moment.
bool passes(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

/// Says each change of the status on standard error. @return the job once it has ended.
Result<json::object> follow_job(Session& session, const std::string& id, Milliseconds timeout) {
    SW_TRY(auto* api, session.api());
    const auto begin = session.world().clock.steady();
    std::string before;
    while (true) {
        const auto answer = api->get(path_of(id));
        if (!answer && !passes(answer.error())) {
            return std::unexpected(answer.error());
        }
        if (answer) {
            auto job = object_or_empty(*answer);
            const std::string status{json::text_of(job, "jobStatus")};
            if (status != before) {
                session.say(harmless(id + " " + status + (job.contains("cancelRequested") && !has_ended(status) ? " (to be cancelled)" : "")));
                before = status;
            }
            if (has_ended(status)) {
                return job;
            }
        }
        if (session.world().stopped()) {
            return fail(ErrorCode::unavailable, "CANCELLED", "Interrupted; the job goes on.");
        }
        if (session.world().clock.steady() - begin >= timeout) {
            return std::unexpected(not_in_time(id));
        }
        session.world().wait(kPoll);
    }
}

Result<int> finish_job(Session& session, const json::object& job) {
    SW_CHECK(print_object(session, resource_of("job"), job));
    return json::text_of(job, "jobStatus") == "COMPLETE" ? kDone : kFailed;
}

Result<Milliseconds> timeout_of(const Session& session) {
    const auto text = session.line().get("--timeout");
    const auto period = text.empty() ? std::optional{Milliseconds{std::chrono::hours{24}}} : config::parse_period(text);
    if (!period) {
        return usage("--timeout must be a period such as 30s, 20m or 2h, not \"" + text + "\"");
    }
    return *period;
}

Result<int> posted(Session& session, const std::string& path, const std::optional<json::value>& body) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", path, body));
    return print_object(session, resource_of("job"), object_or_empty(answer));
}

}  // namespace

Result<int> job_create(Session& session) {
    const auto& line = session.line();
    const auto file = line.has("--file") ? line.get("--file") : line.argument(0);
    if (file.empty()) {
        return usage("the document of the job is missing: slipway job create FILE, or - for standard input");
    }
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(auto body, read_document(session, file));
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto made, api->send("POST", "/model-manage/api/jobs", json::value(std::move(body))));
    const auto job = object_or_empty(made);
    if (!line.has("--wait")) {
        return print_object(session, resource_of("job"), job);
    }
    SW_TRY(const auto ended, follow_job(session, std::string{json::text_of(job, "id")}, timeout));
    return finish_job(session, ended);
}

Result<int> job_watch(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(const auto job, follow_job(session, session.line().argument(0), timeout));
    return finish_job(session, job);
}

Result<int> job_cancel(Session& session) {
    SW_TRY(const auto id, find_id(session, resource_of("job"), session.line().argument(0)));
    return posted(session, path_of(id, "cancel"), {});
}

Result<int> job_retry(Session& session) {
    return posted(session, path_of(session.line().argument(0), "retry"), {});
}

Result<int> job_reassign(Session& session) {
    const auto& line = session.line();
    if (!line.has("--reason")) {
        return usage("--reason says why; it is kept in the audit trail");
    }
    json::object body{{"reason", line.get("--reason")}, {"force", line.has("--force")}};
    return posted(session, path_of(line.argument(0), "reassign"), json::value(std::move(body)));
}

Result<int> job_logs(Session& session) {
    const auto& line = session.line();
    SW_TRY(const auto tail, session.number("--tail", 0, 0, 1 << 24));
    SW_TRY(auto* api, session.api());
    const auto path = path_of(line.argument(0), line.has("--stderr") ? "logs/stderr" : "logs/stdout");
    const bool follows = line.has("--follow");
    Query query = tail > 0 ? Query{{"tail", std::to_string(tail)}} : Query{{"offset", "0"}};
    while (true) {
        if (line.has("--raw")) {
            query.emplace_back("raw", "true");
        }
        auto answer = api->text(path, query, kLogTimeout);
        if (!answer && follows && passes(answer.error()) && !session.world().stopped()) {
            session.say("slipway: " + answer.error().message + " Trying again.");
            session.world().wait(kPoll);
            continue;
        }
        SW_TRY(const auto part, std::move(answer));
        session.out(part.body);
        const bool ended = part.header("x-job-ended") == "true";
        const bool more = part.header("x-next-offset") != part.header("x-log-size");
        if (part.header("x-truncated") == "true" && !more) {
            session.say("slipway: more was written than the server keeps.");
        }
        if ((!follows || ended) && (!more || part.body.empty())) {
            return kDone;
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
