#include "registry/jobs.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/document.hpp"
#include "domain/job.hpp"
#include "domain/runtime.hpp"
#include "registry/assets.hpp"
#include "registry/aws_maker.hpp"
#include "registry/documents.hpp"
#include "registry/job_claims.hpp"
#include "registry/job_messages.hpp"
#include "registry/job_target.hpp"
#include "registry/job_work.hpp"
#include "registry/references.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/secrets.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

constexpr std::array<std::string_view, 4> kAssetLists{"/inputData", "/outputData", "/additionalAssets", "/model/storedModel/modelAssets"};
std::unexpected<Error> not_available() {
    return fail(ErrorCode::conflict, "NOT_AVAILABLE", "This server makes and stops no jobs in SageMaker. Do it in AWS and import the model again.");
}

/// Addresses of content are the server's to give: a posted one, anywhere, would be taken for one of its own.
void drop_foreign_links(json::object& node) {
    if (node.contains("assetType")) {
        node.erase("contentUrl");
    }
    for (auto& member : node) {
        if (auto* object = member.value().if_object()) {
            drop_foreign_links(*object);
        } else if (auto* list = member.value().if_array()) {
            for (auto& item : *list) {
                if (auto* one = item.if_object()) {
                    drop_foreign_links(*one);
                }
            }
        }
    }
}

/// `jobTimeout` ends a run: what cannot be one must not be taken for none.
void check_time_allowed(const json::object& job, json::Faults& faults) {
    const auto* allowed = job.if_contains("jobTimeout");
    if (allowed != nullptr && !allowed->is_null() && (!allowed->is_int64() || allowed->get_int64() <= 0)) {
        faults.add("/jobTimeout", "the longest run in milliseconds, a whole number above 0", json::describe_value(*allowed));
    }
}

bool has_ended(const json::object& job) {
    const auto status = json::text_of(job, "jobStatus");
    return status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
}

/// A runtime has it, and has not said its end.
bool is_held(const json::object& job) {
    return !has_ended(job) && !json::text_of(job, "owner").empty();
}

bool runs_in_sagemaker(const json::object& job) {
    const auto* target = json::object_of(job, "targetEngine");
    return job.contains("sageMaker") || (target != nullptr && json::text_of(*target, "engineType") == domain::kSageMakerRuntime);
}

/// CANCELLED now when nobody has the job, else a request to its owner; of a job in SageMaker that is AWS.
Result<json::object> with_cancel(store::Unit& unit, const Foundation& foundation, const store::Entity& before, json::object document, std::string_view by) {
    const auto now = unit.now;
    const auto status = json::text_of(before.document, "jobStatus");
    if (status == "COMPLETE" || status == "ERROR") {
        return fail(ErrorCode::conflict, "ALREADY_ENDED", fmt::format("The job ended as {} before it could be cancelled.", status));
    }
    if (status == "CANCELLED" || before.document.contains("cancelRequested")) {
        return document;
    }
    bool held = status != "CREATED" || !json::text_of(before.document, "owner").empty();
    if (runs_in_sagemaker(before.document)) {
        if (foundation.aws == nullptr) {
            return not_available();
        }
        SW_TRY(held, foundation.aws->stop_job(unit, before));
    }
    document["cancelRequested"] = json::encode(domain::CancelRequest{now, std::string{by}});
    if (!held) {
        document["jobStatus"] = "CANCELLED";
        document["jobEndTime"] = to_epoch_ms(now);
    }
    return document;
}

/// `{"id", "storedModel": {"id"}}` says no more of the snapshot than its id does.
bool names_only(const json::object& model, const store::Entity& snapshot) {
    const auto* stored = json::object_of(model, "storedModel");
    return model.size() == 2 && model.contains("id") && stored != nullptr && stored->size() == 1 &&
           json::text_of(*stored, "id") == id_in(snapshot.document, "storedModel");
}

}  // namespace

Jobs::Jobs(const Foundation& foundation) : Collection{foundation, jobs_table()} {}

std::span<const std::string_view> Jobs::asset_lists() const {
    return kAssetLists;
}

Result<std::optional<store::Entity>> Jobs::snapshot_of(store::Session& sql, const identity::Principal& who, const json::object& body) {
    const auto id = id_in(body, "model");
    if (id.empty()) {
        return std::optional<store::Entity>{};
    }
    return store::find(sql, deployable_models_table(), id, foundation_.access.scope(who, identity::Action::read, "deployableModels"));
}

Result<std::string> Jobs::target_group(store::Session& sql, const identity::Principal& who, const json::object& body) {
    SW_TRY(const auto snapshot, snapshot_of(sql, who, body));
    if (!snapshot) {
        return std::string{};
    }
    SW_CHECK(foundation_.access.require(who, identity::Action::execute, "deployableModels", snapshot->group, snapshot->created_by));
    return snapshot->group;
}

Result<void> Jobs::embed_model(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object& body) {
    auto* model = body.contains("model") ? body.at("model").if_object() : nullptr;
    if (model == nullptr) {
        return invalid("/model", "a snapshot: whole, or {\"id\": …}", body.contains("model") ? json::describe_value(body.at("model")) : "nothing");
    }
    SW_CHECK(may_refer(unit.sql, foundation_.access, who, deployable_models_table(), json::text_of(*model, "id"), "/model/id"));
    SW_CHECK(may_refer(unit.sql, foundation_.access, who, stored_models_table(), id_in(*model, "storedModel"), "/model/storedModel/id"));
    const std::string id{json::text_of(*model, "id")};
    SW_TRY(const auto snapshot, snapshot_of(unit.sql, who, body));
    if (model->contains("storedModel") && !(snapshot && names_only(*model, *snapshot))) {
        return {};
    }
    const bool says_more_than_an_id = model->size() > (id.empty() ? 0U : 1U);
    if (!snapshot && says_more_than_an_id) {
        return {};  // scripts post models of their own making: kept with the job as they came
    }
    if (!snapshot) {
        return invalid("/model/id", "the id of a snapshot that exists and that you may see, or a whole model", id.empty() ? "nothing" : id);
    }
    auto copy = snapshot->full();
    const auto& access = foundation_.access;
    if (group != snapshot->group && access.require(who, identity::Action::execute, "deployableModels", snapshot->group, snapshot->created_by)) {
        // The job's group opens no secrets of the snapshot's. Who may not use them there does not bring them here.
        SW_CHECK(move_secrets(unit, foundation_.sealer, snapshot->group, group, copy));
    }
    body["model"] = std::move(copy);
    return {};
}

Result<json::object> Jobs::prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body, std::vector<std::string>&) {
    if (const auto* status = body.if_contains("jobStatus"); status != nullptr && !status->is_null()) {
        json::Faults wrong;
        domain::JobStatus ignored{};
        json::decode_into(*status, ignored, "/jobStatus", wrong);
        SW_CHECK(domain::refuse(wrong));
    }
    for (const auto name : server_owned_of_job()) {
        body.erase(name);
    }
    drop_foreign_links(body);
    SW_CHECK(embed_model(unit, who, group, body));
    if (const auto* given = body.if_contains("targetEngine"); given != nullptr && !given->is_object() && !given->is_null()) {
        return invalid("/targetEngine", "an object", json::describe_value(*given));
    }
    SW_TRY(body["targetEngine"], resolve_target(unit.sql, foundation_.access.scope(who, identity::Action::read, "runtimes"), group, body));
    if (runs_in_sagemaker(body)) {
        SW_TRY(body, in_sagemaker(unit, who, group, std::move(body)));
    }
    const std::string id{json::text_of(body, "id")};
    body.erase("id");
    json::Faults faults;
    check_time_allowed(body, faults);
    // Content may be named by its hash alone where the snapshot has it that the caller may see; a posted model proves nothing by itself.
    SW_TRY(const auto snapshot, snapshot_of(unit.sql, who, body));
    json::object known;
    if (snapshot) {
        known["model"] = snapshot->document;
    }
    AssetKeeper keeper{unit, &known, kAssetLists};
    SW_CHECK(keeper.keep(body, kAssetLists, faults));
    SW_CHECK(domain::refuse(faults));
    SW_TRY(const auto job, domain::parse_job(json::value(std::move(body))));
    auto document = domain::to_json(job);
    if (!id.empty()) {
        document["id"] = id;
    }
    return document;
}

Result<json::object> Jobs::in_sagemaker(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body) {
    if (foundation_.aws == nullptr) {
        return not_available();
    }
    const auto& target = body.at("targetEngine").as_object();
    if (target.contains("id") || target.contains("name")) {
        return invalid("/targetEngine", R"({"engineType": "SAGEMAKER_RUNTIME"} alone: the job runs in the account of its model and needs no endpoint)",
                       json::describe_value(json::value(target)));
    }
    return foundation_.aws->plan_job(unit, who, group, std::move(body));
}

std::string Jobs::new_id(const std::string&, const json::object& document) const {
    return std::string{json::text_of(document, "id")};
}

Result<json::object> Jobs::change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                  std::vector<std::string>&) {
    after["jobMessages"] = json::array{};
    const std::string instance{json::text_of(after, "instanceId")};
    if (!before.document.contains("instanceId")) {
        after.erase("instanceId");
    }
    drop_content_links(after, kAssetLists);
    if (json::text_of(before.document, "owner") != json::text_of(after, "owner")) {
        return change_owner(unit, who, before, std::move(after), instance);
    }
    SW_TRY(const auto claim, find_claim(unit.sql, before.id));
    if (claim && claim->principal == principal_key(who)) {
        if (!instance.empty() && instance != claim->owner) {  // several hosts may share one client
            return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "Only the runtime that claimed the job may do this; you have not, or it was taken from you.");
        }
        return word_of_owner(unit, before, std::move(after));
    }
    SW_CHECK(unchanged(before.document, after,
                       {"jobType",       "model",     "referenceModel",   "targetEngine", "inputData",        "outputData", "additionalAssets",
                        "jobParameters", "owner",     "cancelRequested",  "jobWaitTime",  "jobRunTime",       "jobEndTime", "jobDuration",
                        "jobResult",     "sageMaker", "sparkApplication", "attempts",     "effectiveCommand", "retryOf",    "statusReason"},
                       "a job runs as it was made; its times and its end come from the runtime"));
    SW_TRY(const auto job, domain::parse_job(json::value(after)));
    SW_TRY(const auto was, json::decode<domain::Job>(json::value(before.document)));
    auto document = domain::to_json(job);
    if (job.job_status == was.job_status) {
        return document;
    }
    document["jobStatus"] = json::encode(was.job_status);
    if (job.job_status == domain::JobStatus::CANCELLED) {
        SW_CHECK(foundation_.access.require(who, identity::Action::execute, table_.collection, before.group, before.created_by));
        return with_cancel(unit, foundation_, before, std::move(document), who.name);
    }
    if (!domain::may_become(was.job_status, job.job_status)) {
        return fail(ErrorCode::conflict, "ILLEGAL_TRANSITION",
                    fmt::format("A job that is {} cannot become {}.", json::enum_name(was.job_status), json::enum_name(job.job_status)));
    }
    return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "The status of a job is the word of the runtime that runs it; others can only ask for CANCELLED.");
}

Result<json::object> Jobs::change_owner(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                        std::string_view instance) {
    const auto* given = after.if_contains("owner");
    const bool releases = given == nullptr || given->is_null();
    if (!releases && (!given->is_string() || given->get_string().empty())) {
        return invalid("/owner", "the instanceId of a runtime, or null", json::describe_value(*given));
    }
    const std::string owner{json::text_of(after, "owner")};
    auto document = before.document;
    document.erase("owner");
    after.erase("owner");
    if (document != after) {
        return invalid("", "owner alone: claim first, then say what happens", "other changes beside it");
    }
    SW_TRY(const auto job, json::decode<domain::Job>(json::value(before.document)));
    if (releases) {
        SW_CHECK(may_release(unit, who, before, job, instance));
        SW_CHECK(drop_claim(unit, before.id));
        return document;
    }
    SW_TRY(const auto contact, find_contact(unit.sql, id_in(before.document, "targetEngine")));
    SW_CHECK(domain::may_claim(job, contact && contact->instance == owner && contact->principal == principal_key(who)));
    SW_CHECK(keep_claim(unit, before.id, {.owner = owner, .principal = principal_key(who)}));
    document["owner"] = owner;
    return document;
}

Result<void> Jobs::may_release(store::Unit& unit, const identity::Principal& who, const store::Entity& before, const domain::Job& job,
                               std::string_view instance) {
    SW_TRY(const auto claim, lock_claim(unit, before.id));
    const bool another = claim && !instance.empty() && instance != claim->owner;  // several hosts may share one client
    if (!claim || another || claim->principal != principal_key(who)) {
        return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "Only its owner may give a job back; see POST jobs/{id}/reassign.");
    }
    SW_TRY(const bool launched, has_live_attempt(unit.sql, before.id));
    if (launched || job.job_status != domain::JobStatus::CREATED || job.cancel_requested) {
        return fail(ErrorCode::conflict, "ATTEMPT_RECORDED", "A job with a recorded attempt, or one that is to be cancelled, stays with its owner.");
    }
    return {};
}

Result<json::object> Jobs::word_of_owner(store::Unit& unit, const store::Entity& before, json::object after) {
    SW_CHECK(unchanged(before.document, after,
                       {"jobType", "model", "referenceModel", "targetEngine", "inputData", "additionalAssets", "jobParameters", "cancelRequested", "sageMaker",
                        "attempts", "retryOf"},
                       "a job runs as it was made"));
    constexpr std::array<std::string_view, 1> kOutputs{"/outputData"};
    AssetKeeper keeper{unit, &before.document, kOutputs};
    json::Faults faults;
    const auto* reason = after.if_contains("statusReason");
    const auto* reason_before = before.document.if_contains("statusReason");
    if (reason != nullptr && !reason->is_string() && (reason_before == nullptr || *reason != *reason_before)) {
        faults.add("/statusReason", "text", json::describe_value(*reason));
    }
    SW_CHECK(keeper.keep(after, kOutputs, faults));
    SW_CHECK(domain::refuse(faults));
    SW_TRY(auto said, domain::parse_job(json::value(std::move(after))));
    SW_TRY(const auto was, json::decode<domain::Job>(json::value(before.document)));
    SW_TRY(const auto job, domain::with_word_of_owner(was, std::move(said), unit.now));
    return domain::to_json(job);
}

Result<Changed> Jobs::cancel(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::execute, id, if_version));
    SW_TRY(auto document, with_cancel(unit, foundation_, before, before.document, who.name));
    SW_TRY(auto entity, store::update(unit, table_, before, std::move(document)));
    SW_CHECK(complete(unit.sql, {&entity, 1}));
    return Changed{std::move(entity), {}};
}

Result<void> Jobs::may_move(store::Unit& unit, const store::Entity& before) {
    const auto status = json::text_of(before.document, "jobStatus");
    if (is_held(before.document)) {  // the runtime that has it would not see it any more
        return fail(ErrorCode::conflict, "STILL_RUNNING",
                    fmt::format("The job is {} and a runtime has it: cancel it or wait for its end. It stays in its group.", status));
    }
    return Collection::may_move(unit, before);
}

Result<void> Jobs::may_remove(store::Unit& unit, const store::Entity& before) {
    const auto status = json::text_of(before.document, "jobStatus");
    SW_TRY(const auto claim, lock_claim(unit, before.id));
    if (is_held(before.document) || (claim && !has_ended(before.document))) {  // its launch may be under way, and nobody would stop what runs
        return fail(ErrorCode::conflict, "STILL_RUNNING",
                    fmt::format("The job is {} and a runtime has it: cancel it, or wait for its end; where the runtime is gone for good, cancel and reassign "
                                "it (slipway job reassign). Nothing was removed.",
                                status));
    }
    if (status == "WAITING" || status == "RUNNING") {
        return fail(ErrorCode::conflict, "STILL_RUNNING", fmt::format("The job is {}: cancel it or wait for its end. Nothing was removed.", status));
    }
    return {};
}

Result<void> Jobs::created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings) {
    SW_CHECK(append_job_messages(unit, entity.id, warnings));
    return complete(unit.sql, {&entity, 1});
}

Result<void> Jobs::removed(store::Unit& unit, const store::Entity& entity) {
    SW_CHECK(remove_claims(unit, entity.id));
    SW_CHECK(remove_logs(unit, entity.id));
    return remove_job_messages(unit, entity.id);
}

Result<void> Jobs::complete(store::Session& sql, std::span<store::Entity> entities) {
    return attach_job_messages(sql, entities);
}

}  // namespace slipway::registry
