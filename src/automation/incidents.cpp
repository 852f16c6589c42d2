#include <charconv>
#include <fmt/format.h>

#include "automation/calls.hpp"
#include "automation/instances.hpp"
#include "automation/operator_notes.hpp"
#include "automation/step_rows.hpp"
#include "automation/task_rows.hpp"
#include "automation/turn.hpp"
#include "store/sql_text.hpp"

/// Incidents and jobs: what stopped, and how a person sets it going again.
namespace slipway::automation {
namespace {

constexpr std::string_view kIncidents =
    "SELECT n.instance_id, n.id, i.definition_id, i.definition_key, o.type, n.element, o.message, o.created_at, o.resolved_at, n.token, n.cause, n.root, "
    "n.called, o.instance_id, o.element "
    "FROM shown n JOIN lifecycle_incidents o ON o.row_id = n.row_id JOIN lifecycle_instances i ON i.id = n.instance_id";
constexpr std::string_view kJobs =
    "SELECT j.row_id, j.instance_id, i.definition_id, i.definition_key, j.kind, j.element, j.due_at, j.retries, j.error "
    "FROM lifecycle_jobs j JOIN lifecycle_instances i ON i.id = j.instance_id";

IncidentInfo incident_of(const store::Row& row) {
    IncidentInfo out{.id = row.text(1),
                     .instance_id = row.text(0),
                     .definition_id = row.text(2),
                     .definition_key = row.text(3),
                     .type = row.text(4),
                     .element = row.text(5),
                     .at = row.time(7),
                     .token = std::max(row.integer(9), std::int64_t{0}),
                     .cause_id = row.text(10),
                     .root_id = row.text(11),
                     .root_instance_id = row.text(13),
                     .root_element = row.text(14),
                     .root_message = row.text(6)};
    if (!out.is_own()) {
        out.called_id = row.text(12);
    } else {
        out.message = out.root_message;
    }
    if (const auto job = -row.integer(9); out.type == "failedJob" && out.is_own() && job > 0) {  // given up by the runner
        out.job_id = std::to_string(job);
    } else if (out.type == "failedJob" && out.is_own()) {
        out.job_id = fmt::format("{}:{}", row.text(0), row.integer(9));
    }
    if (const auto resolved = row.optional_integer(8)) {
        out.resolved = from_epoch_ms(*resolved);
    }
    return out;
}

JobInfo job_of(const store::Row& row) {
    return {.id = std::to_string(row.integer(0)),
            .instance_id = row.text(1),
            .definition_id = row.text(2),
            .definition_key = row.text(3),
            .kind = row.text(4),
            .element = row.text(5),
            .due = from_epoch_ms(std::min(row.integer(6), std::int64_t{253'402'300'799'000})),  // the year 9999 is never
            .retries = row.integer(6) == kNever ? 0 : row.integer(7),
            .error = row.text(8)};
}

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

/// One that the engine does not know, as its number is below 0: the runner gave something up, or a message reached nobody, where there is nothing to be tried
/// again. @param token as give_up() writes it.
Result<void> try_again(store::Unit& unit, const std::string& instance_id, std::int64_t number, std::int64_t token) {
    const auto now = store::to_value(unit.now);
    if (token > 0) {
        SW_CHECK(unit.sql.execute(
            "UPDATE lifecycle_tasks SET retries = 1, failures = 0, losses = 0, free_at = $1, worker = '' WHERE instance_id = $2 AND token = $3",
            {now, instance_id, token}));
    } else if (token < 0) {
        // A timer that was stopped before it was due is not due by that.
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_jobs SET retries = 1, due_at = CASE WHEN due_at = $1 THEN $2 ELSE due_at END, error = '' WHERE row_id = $3",
                                  {kNever, now, -token}));
    }
    return end_row_incident(unit, instance_id, number);
}

/// The incident of the engine that keeps what the job brought: of its own timer or token, for elements are many at once where several items are gone through.
/// @return nothing where the job was given up by itself.
Result<std::optional<lifecycle::Id>> parked_by(store::Session& sql, Engine& engine, const JobInfo& job) {
    SW_TRY(const auto rows, sql.query("SELECT item FROM lifecycle_jobs WHERE row_id = $1", {*number_of(job.id)}));
    SW_TRY(const auto loaded, engine.load(sql, job.instance_id, true));
    const auto item = rows.empty() ? 0 : rows[0].integer(0);
    for (const auto& [id, incident] : loaded.instance.incidents) {
        const auto* timer = incident.held ? std::get_if<lifecycle::TimerDue>(&incident.held->body) : nullptr;
        const auto* go_on = incident.held ? std::get_if<lifecycle::Continue>(&incident.held->body) : nullptr;
        if ((job.kind == "timer" && timer != nullptr && timer->timer == item) || (job.kind == "continuation" && go_on != nullptr && go_on->token == item)) {
            return id;
        }
    }
    return std::nullopt;
}

/// Nothing tries the job any more, so an incident says that, as in Camunda.
Result<void> stop_job(store::Unit& unit, const identity::Principal& who, const JobInfo& job) {
    const auto message = fmt::format("{} set the retries of the job {} to 0: it is not tried until a person retries it.", who.name, job.id);
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_jobs SET retries = 0, error = $1 WHERE row_id = $2", {message, *number_of(job.id)}));
    return raise_row_incident(unit, job.instance_id, "failedJob", -*number_of(job.id), message, job.element);
}

/// It has retries again: what says that it has none is over.
Result<void> end_job_incidents(store::Unit& unit, const JobInfo& job) {
    SW_TRY(const auto ended, unit.sql.execute("UPDATE lifecycle_incidents SET resolved_at = $1 WHERE instance_id = $2 AND token = $3 AND incident < 0 AND "
                                              "type = 'failedJob' AND resolved_at IS NULL",
                                              {store::to_value(unit.now), job.instance_id, -*number_of(job.id)}));
    return ended > 0 ? count_row_incidents(unit, job.instance_id, -ended) : Result<void>{};
}

}  // namespace

Result<std::vector<IncidentInfo>> Instances::incidents(store::Session& sql, const identity::Principal& who, const IncidentQuery& query) {
    store::SqlText text;
    auto ids = query.filters.texts_of("processInstanceId");
    if (ids.empty()) {
        ids = query.filters.texts_of("processInstanceIdIn");
    }
    if (!query.instance_id.empty()) {
        ids = {query.instance_id};
    }
    write_shown_incidents(text, padded(std::move(ids)), query.resolved_too);
    text.text(kIncidents).text(" WHERE ").scope(access_.scope(who, identity::Action::read, kCollection));
    if (!query.instance_id.empty()) {
        text.text(" AND n.instance_id = ").bind(query.instance_id);
    }
    query.filters.write(text, sql.dialect(), {});
    query.filters.write_order(text, "n.row_id DESC, n.id LIMIT ");
    text.bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<IncidentInfo> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(incident_of(row));
    }
    return out;
}

/// The incident of the called instance behind one that is shown at its caller (`CALLER:CALLED:NUMBER`); any other as it is.
Result<std::string> Instances::own_incident(store::Session& sql, const identity::Principal& who, const std::string& incident_id) {
    const auto colon = incident_id.find(':');
    if (colon == std::string::npos || colon == incident_id.rfind(':')) {
        return incident_id;
    }
    const auto caller = incident_id.substr(0, colon);
    auto own = incident_id.substr(colon + 1);
    SW_CHECK(require(sql, who, identity::Action::execute, caller));
    SW_TRY(const bool called, is_called_by(sql, own.substr(0, own.find(':')), caller));
    return called ? Result<std::string>{std::move(own)} : fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no incident {}.", incident_id));
}

Result<void> Instances::retry_incident(store::Unit& unit, const identity::Principal& who, const std::string& shown_id, const std::string& reason) {
    SW_TRY(const auto incident_id, own_incident(unit.sql, who, shown_id));
    const auto colon = incident_id.rfind(':');
    const auto number = number_of(std::string_view{incident_id}.substr(colon == std::string::npos ? 0 : colon + 1));
    if (colon == std::string::npos || !number) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no incident {}.", incident_id));
    }
    const auto instance_id = incident_id.substr(0, colon);
    SW_TRY(const auto info, require(unit.sql, who, identity::Action::execute, instance_id));
    SW_TRY(const auto rows, unit.sql.query("SELECT type, token FROM lifecycle_incidents WHERE instance_id = $1 AND incident = $2 AND resolved_at IS NULL",
                                           {instance_id, *number}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no open incident {}.", incident_id));
    }
    if (is_of_ticket(rows[0].text(0))) {
        return fail(
            ErrorCode::conflict, "DECIDED_ELSEWHERE",
            fmt::format(
                "It waits for a decision on its ticket {0}: mend the issue, or look at it again with slipway ticket recheck {0}. It goes on by itself then.",
                info.ticket_id));
    }
    SW_CHECK(note(unit, info, who, {.what = "retried", .reason = reason}));
    if (*number < 0) {
        engine_.work(unit);
        return try_again(unit, instance_id, *number, rows[0].integer(1));
    }
    if (rows[0].text(0) == "uncaughtError") {
        SW_CHECK(engine_.send(unit, instance_id, lifecycle::Retry{*number}, false));
        SW_CHECK(free_parked(unit, instance_id, rows[0].integer(1), 1));
        engine_.work(unit);
        return {};
    }
    if (rows[0].text(0) == "failedJob") {
        SW_CHECK(unit.sql.execute(
            "UPDATE lifecycle_tasks SET retries = 1, failures = 0, losses = 0, free_at = $1, worker = '' WHERE instance_id = $2 AND token = $3",
            {store::to_value(unit.now), instance_id, rows[0].integer(1)}));
        engine_.work(unit);
    }
    return engine_.send(unit, instance_id, lifecycle::Retry{*number}, false);
}

Result<std::vector<JobInfo>> Instances::jobs(store::Session& sql, const identity::Principal& who, const JobQuery& query, Timestamp now) {
    store::SqlText text;
    text.text(kJobs).text(" WHERE ").scope(access_.scope(who, identity::Action::read, kCollection));
    query.filters.write(text, sql.dialect(), now);
    query.filters.write_order(text, "j.row_id LIMIT ");
    text.bind(query.most).text(" OFFSET ").bind(query.first);
    SW_TRY(const auto rows, text.query(sql));
    std::vector<JobInfo> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(job_of(row));
    }
    return out;
}

Result<JobInfo> Instances::job(store::Session& sql, const identity::Principal& who, const std::string& id) {
    const auto number = number_of(id);
    if (number) {
        store::SqlText text;
        text.text(kJobs).text(" WHERE j.row_id = ").bind(*number).text(" AND ").scope(access_.scope(who, identity::Action::read, kCollection));
        SW_TRY(const auto rows, text.query(sql));
        if (!rows.empty()) {
            return job_of(rows[0]);
        }
    }
    return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no job {}, or you may not see it.", id));
}

Result<void> Instances::set_job_retries(store::Unit& unit, const identity::Principal& who, const std::string& id, std::int64_t retries) {
    SW_TRY(const auto found, job(unit.sql, who, id));
    SW_TRY(const auto info, require(unit.sql, who, identity::Action::execute, found.instance_id));
    if (retries == 0 && found.retries == 0) {
        return {};
    }
    SW_CHECK(note(unit, info, who, retries_note(found.element, "/jobs/" + id, found.retries, retries)));
    if (retries > 0 && found.retries == 0) {
        SW_TRY(const auto incident, parked_by(unit.sql, engine_, found));
        if (incident) {
            return engine_.send(unit, found.instance_id, lifecycle::Retry{*incident}, false);
        }
    }
    if (retries == 0) {
        return stop_job(unit, who, found);
    }
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_jobs SET retries = $1, due_at = CASE WHEN due_at = $2 THEN $3 ELSE due_at END, error = '' WHERE row_id = $4",
                              {retries, kNever, store::to_value(unit.now), *number_of(id)}));
    SW_CHECK(end_job_incidents(unit, found));
    engine_.work(unit);
    return {};
}

}  // namespace slipway::automation
