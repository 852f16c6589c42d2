#include "registry/model_summary.hpp"

#include <map>

#include "registry/tables.hpp"
#include "store/sql_text.hpp"

namespace slipway::registry {

namespace {

using ByModel = std::map<std::string, json::object, std::less<>>;

/// The models of a page and who looks at them.
struct Question {
    store::Session& sql;
    const identity::Access& access;
    const identity::Principal& who;
    std::vector<std::string> ids;

    store::Scope scope(const store::EntityTable& table) const { return access.scope(who, identity::Action::read, table.collection); }
};

/// Rows of `table` of the models that may be seen, counted for each model under `member`.
Result<void> add_counts(const Question& question, const store::EntityTable& table, std::string_view condition, std::string_view member, ByModel& out) {
    store::SqlText sql;
    sql.text("SELECT stored_model_id, count(*) FROM ").text(table.table).text(" WHERE stored_model_id IN (").bind_all(question.ids).text(") AND ");
    sql.scope(question.scope(table)).text(condition).text(" GROUP BY stored_model_id");
    SW_TRY(const auto rows, sql.query(question.sql));
    for (const auto& row : rows) {
        out[row.text(0)][member] = row.integer(1);
    }
    return {};
}

Result<void> add_deployments(const Question& question, ByModel& out) {
    store::SqlText sql;
    sql.text(
        "SELECT stored_model_id, id, deployable_model_id, runtime_id, state, document FROM (SELECT stored_model_id, id, deployable_model_id, runtime_id, "
        "state, document, row_number() OVER (PARTITION BY stored_model_id ORDER BY row_id DESC) AS place FROM deployed_models WHERE stored_model_id IN (");
    sql.bind_all(question.ids).text(") AND state <> 'UNDEPLOYED' AND ").scope(question.scope(deployed_models_table()));
    sql.text(") AS placed WHERE place <= ").bind(kMostDeployments).text(" ORDER BY stored_model_id, place");
    SW_TRY(const auto rows, sql.query(question.sql));
    for (const auto& row : rows) {
        SW_TRY(const auto document, json::parse_object(row.text(5)));
        const auto* engine = json::object_of(document, "engine");
        json::object deployment;
        deployment["deployedModelId"] = row.text(1);
        deployment["deployableModelId"] = row.optional_text(2).value_or("");
        deployment["runtimeId"] = row.optional_text(3).value_or("");
        deployment["runtimeName"] = engine == nullptr ? std::string_view{} : json::text_of(*engine, "name");
        deployment["state"] = row.optional_text(4).value_or("");
        out[row.text(0)]["deployments"].as_array().push_back(std::move(deployment));
    }
    return {};
}

/// One look into the index jobs_model_began for each model, in one statement.
Result<void> add_last_jobs(const Question& question, ByModel& out) {
    store::SqlText sql;
    sql.text(
        "SELECT jobs.stored_model_id, jobs.id, jobs.job_type, jobs.status, jobs.created_at, jobs.modified_at, jobs.aws_created, jobs.ended_at FROM jobs "
        "JOIN (SELECT (SELECT row_id FROM jobs WHERE stored_model_id = stored_models.id AND ");
    sql.scope(question.scope(jobs_table()));
    sql.text(" ORDER BY COALESCE(aws_created, created_at) DESC, row_id DESC LIMIT 1) AS row_id FROM stored_models WHERE id IN (");
    sql.bind_all(question.ids).text(")) AS latest ON jobs.row_id = latest.row_id");
    SW_TRY(const auto rows, sql.query(question.sql));
    for (const auto& row : rows) {
        json::object job;
        job["id"] = row.text(1);
        job["jobType"] = row.optional_text(2).value_or("");
        job["jobStatus"] = row.optional_text(3).value_or("");
        job["createdDate"] = to_iso(row.time(4));
        job["lastModifiedDate"] = to_iso(row.time(5));
        if (const auto began = row.optional_integer(6)) {
            job["awsCreationTime"] = to_iso(from_epoch_ms(*began));
        }
        if (const auto ended = row.optional_integer(7)) {
            job["jobEndTime"] = *ended;
        }
        out[row.text(0)]["lastJob"] = std::move(job);
    }
    return {};
}

}  // namespace

Result<std::vector<json::object>> summarise(store::Session& sql, const identity::Access& access, const identity::Principal& who,
                                            std::span<const store::Entity> models) {
    std::vector<json::object> out;
    if (models.empty()) {
        return out;
    }
    Question question{.sql = sql, .access = access, .who = who, .ids = {}};
    ByModel found;
    for (const auto& model : models) {
        question.ids.push_back(model.id);
        auto& summary = found[model.id];
        summary["snapshots"] = 0;
        summary["deployments"] = json::array{};
        summary["lastJob"] = nullptr;
        summary["openTickets"] = 0;
        summary["openProblems"] = 0;
    }
    SW_CHECK(add_counts(question, deployable_models_table(), "", "snapshots", found));
    SW_CHECK(add_deployments(question, found));
    SW_CHECK(add_last_jobs(question, found));
    SW_CHECK(add_counts(question, notifications_table(), " AND open = 1 AND notification_type = 'MODEL_APPROVAL_NOTIFICATION'", "openTickets", found));
    SW_CHECK(add_counts(question, notifications_table(),
                        " AND open = 1 AND COALESCE(severity, '') NOT IN ('', 'INFO') AND notification_type <> 'MODEL_APPROVAL_NOTIFICATION'", "openProblems",
                        found));
    out.reserve(models.size());
    for (const auto& model : models) {
        out.push_back(found.at(model.id));
    }
    return out;
}

}  // namespace slipway::registry
