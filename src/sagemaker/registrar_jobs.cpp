#include <array>

#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/notices.hpp"
#include "sagemaker/registrar_rows.hpp"

/// The registrar's work on jobs.
namespace slipway::sagemaker {

using namespace rows;

namespace {

constexpr std::array<std::string_view, 7> kJobMembers{"jobStatus", "jobWaitTime", "jobRunTime", "jobEndTime", "jobDuration", "inputData", "outputData"};

/// A job that was under way when it was seen last; those that had failed long before their import need nobody any more.
bool fails_now(const std::optional<store::Entity>& before, const store::Entity& after) {
    return before && json::text_of(before->document, "jobStatus") != "ERROR" && json::text_of(after.document, "jobStatus") == "ERROR";
}

/// Jobs that ended stay as they ended.
void keep_end(const std::optional<store::Entity>& before, json::object& fresh) {
    if (!before) {
        return;
    }
    const auto was = json::enum_value<domain::JobStatus>(json::text_of(before->document, "jobStatus"));
    const auto becomes = json::enum_value<domain::JobStatus>(json::text_of(fresh, "jobStatus"));
    if (was && becomes && !domain::may_become(*was, *becomes)) {
        fresh["jobStatus"] = json::enum_name(*was);
    }
}

std::string model_id_of(const store::Entity& job) {
    const auto* model = json::object_of(job.document, "model");
    const auto* stored = model == nullptr ? nullptr : json::object_of(*model, "storedModel");
    return stored == nullptr ? std::string{} : std::string{json::text_of(*stored, "id")};
}

struct JobRow {
    std::optional<store::Entity> before;
    bool orphan{false};  ///< of a model that is no more
};

/// The row of a job for `model`: its own one, else one whose model was deleted since (it goes to this model). A job that works on one model alone may
/// also stand at another model of the name; a training job stands at every model that loads its artifact.
Result<JobRow> job_row(store::Unit& unit, const store::Entity& model, const Indexed& object, bool training) {
    SW_TRY(auto rows, of_arn(unit, registry::jobs_table(), model.group, object.arn));
    std::optional<store::Entity> orphan;
    std::optional<store::Entity> elsewhere;
    for (auto& row : rows) {
        if (!is_object(row, object.created)) {
            continue;
        }
        const auto owner = model_id_of(row);
        if (owner == model.id) {
            return JobRow{.before = std::move(row)};
        }
        SW_TRY(const auto known, store::find(unit.sql, registry::stored_models_table(), owner, store::Scope::all()));
        (known ? elsewhere : orphan) = std::move(row);
    }
    if (orphan) {
        return JobRow{.before = std::move(orphan), .orphan = true};
    }
    return JobRow{.before = training ? none() : std::move(elsewhere)};
}

}  // namespace

Result<store::Entity> lay_over_job(store::Unit& unit, const store::Entity& before, json::object fresh, const std::string& stored_model_id) {
    keep_end(before, fresh);
    auto now = overlaid(before.document, fresh, {.tags = "", .members = kJobMembers, .tags_known = false});
    SW_TRY(auto after, store::update(unit, registry::jobs_table(), before, std::move(now)));
    if (fails_now(before, after)) {
        const auto& facts = after.document.at("sageMaker").as_object();
        SW_CHECK(tell_failed_job(unit, after.group, after.id, stored_model_id, std::string{json::text_of(facts, "name")},
                                 std::string{json::text_of(facts, "failureReason")}));
    }
    return after;
}

Result<Registered> Registrar::training_jobs(const std::vector<Found>& found) {
    return jobs(found, true);
}

Result<Registered> Registrar::transform_jobs(const std::vector<Found>& found) {
    return jobs(found, false);
}

Result<Registered> Registrar::jobs(const std::vector<Found>& found, bool training) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        const auto* meta = json::object_of(model.document, "modelMetaData");
        const auto reference = model_reference(model.id, meta == nullptr ? "" : json::text_of(*meta, "name"));
        for (const auto& one : found) {
            const auto tags = one.tags.value_or(Tags{});
            const auto job =
                training ? map_training_job(one.description, tags, place_, reference) : map_transform_job(one.description, tags, place_, reference);
            SW_TRY(const auto row, job_row(unit, model, one.object, training));
            SW_TRY(const bool in_the_making, !row.before ? is_in_the_making(unit, model.group, one, place_) : Result<bool>{false});
            if (in_the_making || is_of_another(model, row.before)) {
                ++count.unchanged;
                continue;
            }
            auto fresh = domain::to_json(job);
            keep_end(row.before, fresh);
            SW_TRY(const auto after,
                   upsert(unit, registry::jobs_table(), model.group, row.before, std::move(fresh),
                          {.tags = "", .members = kJobMembers, .tags_known = one.tags.has_value()}, count, row.orphan ? &reference : nullptr));
            if (fails_now(row.before, after)) {
                SW_CHECK(tell_failed_job(unit, model.group, after.id, model.id, job.sage_maker->name, job.sage_maker->failure_reason.value_or("")));
            }
        }
        return {};
    });
}

Result<Registered> Registrar::link_training_jobs(const std::vector<domain::AwsReference>& jobs) {
    return counted([&](store::Unit& unit, const store::Entity& model, Registered& count) -> Result<void> {
        auto document = model.document;
        const auto links = json::encode(jobs);
        auto& facts = document["sageMaker"];
        const auto* before = facts.is_object() ? facts.get_object().if_contains("trainingJobs") : nullptr;
        const bool same = before == nullptr ? jobs.empty() : same_answer(*before, links);
        if (same || !facts.is_object()) {
            return {};
        }
        facts.get_object()["trainingJobs"] = links;
        SW_CHECK(store::update(unit, registry::stored_models_table(), model, std::move(document)));
        ++count.written;
        return {};
    });
}

}  // namespace slipway::sagemaker
