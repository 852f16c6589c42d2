#include "registry/evidence.hpp"

#include <algorithm>

#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "registry/test_verdicts.hpp"

namespace slipway::registry {
namespace {

constexpr std::size_t kLargestResult = 4096;

using Found = Result<std::optional<store::Entity>>;

Found newest(store::Session& sql, const store::EntityTable& table, std::string_view query, const std::string& id) {
    SW_TRY(const auto rows, sql.query(query, {id}));
    if (rows.empty()) {
        return std::nullopt;
    }
    return store::find(sql, table, rows[0].text(0), store::Scope::all());
}

Found test_job_of(store::Session& sql, const store::Entity& snapshot, const std::string& named) {
    SW_TRY(auto job, named.empty() ? Found{} : job_of_snapshot(sql, snapshot, named));
    if (job) {
        return job;
    }
    return newest(sql, jobs_table(),
                  "SELECT id FROM jobs WHERE deployable_model_id = $1 AND job_type <> 'MODEL_BATCH_TRAINING_JOB' ORDER BY row_id DESC LIMIT 1", snapshot.id);
}

/// What ran for the model and not for this snapshot: no test of it.
Found last_job_of_model(store::Session& sql, const store::Entity& snapshot) {
    const auto* model = json::object_of(snapshot.document, "storedModel");
    return newest(sql, jobs_table(),
                  "SELECT id FROM jobs WHERE stored_model_id = $1 AND job_type <> 'MODEL_BATCH_TRAINING_JOB' AND engine_type = 'SAGEMAKER_RUNTIME' ORDER BY "
                  "row_id DESC LIMIT 1",
                  std::string{model == nullptr ? "" : json::text_of(*model, "id")});
}

Found result_of(store::Session& sql, const store::Entity& snapshot, const std::string& job_id) {
    SW_TRY(const auto rows, sql.query("SELECT id FROM model_test_results WHERE deployable_model_id = $1 ORDER BY row_id DESC LIMIT 20", {snapshot.id}));
    std::optional<store::Entity> last;
    for (const auto& row : rows) {
        SW_TRY(auto result, store::find(sql, model_test_results_table(), row.text(0), store::Scope::all()));
        if (result && !job_id.empty() && json::text_of(result->document, "jobId") == job_id) {
            return result;
        }
        last = last ? std::move(last) : std::move(result);
    }
    return last;
}

void put_text(json::object& out, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        out[name] = text;
    }
}

json::object shown_job(const store::Entity& job) {
    json::object out{{"id", job.id}};
    if (const auto* facts = json::object_of(job.document, "sageMaker")) {
        for (const auto* key : {"name", "failureReason", "consoleUrl"}) {
            put_text(out, key, json::text_of(*facts, key));
        }
    }
    put_text(out, "status", json::text_of(job.document, "jobStatus"));
    if (const auto* duration = job.document.if_contains("jobDuration")) {
        out["duration"] = *duration;
    }
    const auto* output = json::array_of(job.document, "outputData");
    if (output != nullptr && !output->empty() && output->front().is_object()) {
        put_text(out, "output", json::text_of(output->front().get_object(), "fileUrl"));
    }
    return out;
}

/// One that somebody posted: who did is part of it.
json::object shown_report(const store::Entity& result) {
    json::object out{{"id", result.id}, {"createdDate", to_iso(result.created)}, {"createdBy", result.created_by}};
    put_text(out, "jobId", json::text_of(result.document, "jobId"));
    const auto* measured = json::object_of(result.document, "testResults");
    if (measured != nullptr) {
        if (const auto* passed = measured->if_contains("passed"); passed != nullptr && passed->is_bool()) {
            out["passed"] = *passed;
        }
        if (json::write(*measured).size() <= kLargestResult) {
            out["testResults"] = *measured;
        }
    }
    return out;
}

}  // namespace

Result<std::optional<store::Entity>> job_of_snapshot(store::Session& sql, const store::Entity& snapshot, const std::string& job_id) {
    SW_TRY(auto job, store::find(sql, jobs_table(), job_id, store::Scope::all()));
    const bool its = job && job->group == snapshot.group && text_in(job->document, "model", "id") == snapshot.id;
    return its ? std::move(job) : std::nullopt;
}

namespace {

/// What a life cycle found in the output of that job. The evidence of another job goes.
Result<void> add_verdict(store::Session& sql, const store::Entity& job, json::object& evidence) {
    SW_TRY(auto found, test_verdict(sql, job.id));
    if (const auto* before = json::object_of(evidence, "testResult"); before != nullptr && json::text_of(*before, "jobId") != job.id) {
        for (const auto* member : {"testResult", "testOutput", "comparator"}) {
            evidence.erase(member);
        }
    }
    if (found.contains("comparator")) {
        const auto* reasons = json::array_of(found, "comparatorReasons");
        evidence["comparator"] = {{"result", json::text_of(found, "comparator")}, {"reasons", reasons == nullptr ? json::array{} : *reasons}};
    }
    if (const auto* output = json::object_of(found, "output")) {
        evidence["testOutput"] = *output;
    }
    if (!found.empty()) {
        evidence["testResult"] = std::move(found);
    }
    return {};
}

/// Whoever reported a result had a hand in what is decided on.
void add_report(const store::Entity& report, json::object& evidence) {
    evidence["reportedResult"] = shown_report(report);
    auto& editors = evidence["editedBy"];
    if (!editors.is_array()) {
        editors = json::array{};
    }
    if (std::ranges::find(editors.get_array(), json::value(report.created_by)) == editors.get_array().end()) {
        editors.get_array().emplace_back(report.created_by);
    }
}

}  // namespace

Result<void> add_test(store::Session& sql, const store::Entity& snapshot, json::object& evidence) {
    const auto* before = json::object_of(evidence, "testJob");
    SW_TRY(const auto job, test_job_of(sql, snapshot, std::string{before == nullptr ? "" : json::text_of(*before, "id")}));
    if (job) {
        evidence["testJob"] = shown_job(*job);
        evidence.erase("lastModelJob");
        SW_CHECK(add_verdict(sql, *job, evidence));
    } else {
        SW_TRY(const auto last, last_job_of_model(sql, snapshot));
        if (last) {
            evidence["lastModelJob"] = shown_job(*last);
        }
    }
    SW_TRY(const auto result, result_of(sql, snapshot, job ? job->id : std::string{}));
    if (result) {
        add_report(*result, evidence);
    }
    return {};
}

}  // namespace slipway::registry
