#include "sagemaker/maker.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "base/log.hpp"
#include "domain/job.hpp"
#include "domain/runtime.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "sagemaker/configuration_plan.hpp"
#include "sagemaker/creation_step.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

using registry::text_in;

constexpr std::size_t kDueAtOnce = 256;
constexpr std::int64_t kLastJobs = 20;
constexpr std::string_view kModels = "storedModels";

bool is_gone(const json::object& facts) {
    const auto* flag = facts.if_contains("gone");
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

CreationKind kind_of(const json::object& job) {
    return json::text_of(job, "jobType") == "MODEL_BATCH_TRAINING_JOB" ? CreationKind::TRAINING_JOB : CreationKind::TRANSFORM_JOB;
}

/// The first asset in S3 of a list, of that role when one is named.
const json::object* asset_in_s3(const json::array* assets, std::string_view role) {
    if (assets == nullptr) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(*assets, [&](const json::value& one) {
        return one.is_object() && (role.empty() || json::text_of(one.get_object(), "assetRole") == role) &&
               to_s3_uri(json::text_of(one.get_object(), "fileUrl"));
    });
    return found == assets->end() ? nullptr : found->if_object();
}

/// The data of that role of the job's snapshot, else of its model; nullptr where neither has any in S3.
const json::object* asset_of_model(const json::object& job, const store::Entity& model, std::string_view role) {
    const auto* snapshot = json::object_of(job, "model");
    const auto* copy = snapshot == nullptr ? nullptr : json::object_of(*snapshot, "storedModel");
    const auto* found = copy == nullptr ? nullptr : asset_in_s3(json::array_of(*copy, "modelAssets"), role);
    return found == nullptr ? asset_in_s3(json::array_of(model.document, "modelAssets"), role) : found;
}

/// A job in SageMaker reads and writes S3 alone: what it names elsewhere is refused, not left out for the last job's.
Result<void> all_in_s3(const json::object& job) {
    for (const std::string_view list : {"inputData", "outputData"}) {
        const auto* assets = json::array_of(job, list);
        for (std::size_t i = 0; assets != nullptr && i < assets->size(); ++i) {
            const auto* asset = (*assets)[i].if_object();
            const auto url = asset == nullptr ? std::string_view{} : json::text_of(*asset, "fileUrl");
            if (!url.empty() && !to_s3_uri(url)) {
                return invalid(fmt::format("/{}/{}/fileUrl", list, i), "an address in S3 (s3://bucket/key): the job runs in SageMaker", std::string{url});
            }
            if (asset != nullptr && json::text_of(*asset, "assetType") == "FILE") {
                return invalid(fmt::format("/{}/{}/assetType", list, i), "EXTERNAL_FILE with a fileUrl in S3: the job runs in SageMaker", "FILE");
            }
        }
    }
    return {};
}

/// What `fileFormat` means for AWS: a media type as it is, CSV and JSON by their names.
std::string content_type_of(const json::object& asset) {
    std::string format{json::text_of(asset, "fileFormat")};
    if (format.contains('/')) {
        return format;
    }
    const std::string url{json::text_of(asset, "fileUrl")};
    if (format == "CSV" || url.ends_with(".csv")) {
        return "text/csv";
    }
    return format == "JSON" || url.ends_with(".jsonl") ? "application/jsonlines" : std::string{};
}

Result<store::Entity> model_for(store::Session& sql, const registry::Foundation& foundation, const identity::Principal& who, const std::string& id,
                                identity::Action action) {
    SW_TRY(auto model, store::find(sql, registry::stored_models_table(), id, foundation.access.scope(who, identity::Action::read, kModels)));
    if (!model) {
        return invalid("/model", "a snapshot or model that exists here and that you may see: a job in SageMaker runs an imported model",
                       id.empty() ? "nothing" : id);
    }
    SW_CHECK(foundation.access.require(who, action, kModels, model->group, model->created_by));
    const auto* facts = json::object_of(model->document, "sageMaker");
    if (facts == nullptr) {
        return fail(ErrorCode::failed_precondition, "NOT_SAGEMAKER", "Only models that were imported from SageMaker have jobs there.");
    }
    if (is_gone(*facts)) {
        return fail(ErrorCode::conflict, "MODEL_GONE", "The model was deleted in AWS: nothing can be run with it any more.");
    }
    return std::move(*model);
}

/// `sageMaker` of something that AWS was not asked for yet.
json::object planned_facts(CreationKind kind, const std::string& name, const Place& place) {
    return {{"kind", json::enum_name(kind)}, {"name", name},        {"region", place.region},
            {"account", place.account},      {"status", "Planned"}, {"tags", json::object{}}};
}

}  // namespace

struct Maker::Planned {
    std::string id;
    CreationKind kind{CreationKind::TRANSFORM_JOB};
    std::string aws_name;
    std::string deployable_model_id;
    const store::Entity& model;
    const json::object& facts;
};

Maker::Maker(registry::Registry& registry, SageMakerService& accounts, Settings settings, WorkerPool& pool)
    : registry_{registry}, accounts_{accounts}, settings_{std::move(settings)}, pool_{pool} {}

Maker::~Maker() {
    stop();
}

void Maker::stop() {
    halt();
    wait_idle();
}

void Maker::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return busy_.empty(); });
}

Result<JobSources> Maker::sources_of(store::Session& sql, const store::Entity& model, CreationKind kind, const json::object& job) {
    JobSources sources{.defaults = settings_.defaults};
    const auto& facts = model.document.at("sageMaker").as_object();
    if (const auto* described = json::object_of(facts, "describe")) {
        sources.model = *described;
    }
    sources.model["ModelName"] = json::text_of(facts, "name");
    const bool trains = kind == CreationKind::TRAINING_JOB;
    SW_TRY(const auto jobs, store::list(sql, registry::jobs_table(),
                                        {.filter = {},
                                         .match = {{"stored_model_id", model.id}, {"job_type", trains ? "MODEL_BATCH_TRAINING_JOB" : "MODEL_BATCH_JOB"}},
                                         .sort = {"began,desc"},
                                         .size = kLastJobs},
                                        store::Scope::all()));
    for (const auto& one : jobs.items) {
        const auto* of_job = json::object_of(one.document, "sageMaker");
        const auto* described = of_job == nullptr ? nullptr : json::object_of(*of_job, "describe");
        if (described != nullptr && one.group == model.group) {
            sources.last_job = *described;
            break;
        }
    }
    const auto role = trains ? std::string_view{"TRAINING_DATA"} : std::string_view{"TEST_DATA"};
    const auto* named = json::array_of(job, "inputData");
    const auto* input = asset_in_s3(named, {});
    sources.names_input = input != nullptr && named->size() == 1;  // of several, which stands for which channel nobody knows
    input = input == nullptr ? asset_of_model(job, model, role) : input;
    if (input != nullptr) {
        sources.input = normal_uri(json::text_of(*input, "fileUrl"));
        sources.input_type = content_type_of(*input);
    }
    if (const auto* output = asset_in_s3(json::array_of(job, "outputData"), {})) {
        sources.output = normal_uri(json::text_of(*output, "fileUrl"));
    }
    return sources;
}

Result<json::object> Maker::plan_job(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body) {
    const auto kind = kind_of(body);
    const auto* snapshot = json::object_of(body, "model");
    const std::string model_id{snapshot == nullptr ? "" : text_in(*snapshot, "storedModel", "id")};
    SW_TRY(const auto model, model_for(unit.sql, registry_.foundation(), who, model_id, identity::Action::execute));
    if (group != model.group) {
        return invalid("/group", fmt::format("left out, or {}: the job runs with the credentials of its model's group", model.group), group);
    }
    json::object posted;
    if (const auto* given = body.if_contains("jobParameters"); given != nullptr && !given->is_null()) {
        if (!given->is_object()) {
            return invalid("/jobParameters", "the body of CreateTransformJob or CreateTrainingJob", json::describe_value(*given));
        }
        posted = given->get_object();
    }
    SW_CHECK(all_in_s3(body));
    SW_TRY(auto sources, sources_of(unit.sql, model, kind, body));
    const auto& facts = model.document.at("sageMaker").as_object();
    const std::string model_name{json::text_of(facts, "name")};
    auto id = unit.new_id();
    sources.name = made_name(model_name, kind == CreationKind::TRAINING_JOB ? 'r' : 't', fmt::format("{}\n{}", id, json::write(posted)));
    const auto request = filled_request(kind, std::move(posted), sources);
    SW_CHECK(check_request(kind, request, sources));
    SW_CHECK(check_limits(settings_.limits, group, json::value(request), "/jobParameters"));
    const Planned planned{.id = std::move(id),
                          .kind = kind,
                          .aws_name = std::string{json::text_of(request, kind == CreationKind::TRAINING_JOB ? "TrainingJobName" : "TransformJobName")},
                          .deployable_model_id = std::string{json::text_of(*snapshot, "id")},
                          .model = model,
                          .facts = facts};
    SW_CHECK(insert_planned(unit, planned, request));
    const bool bare = snapshot->size() == 1;  // `snapshot` does not outlive the next change of `body`
    body["id"] = planned.id;
    body["jobParameters"] = masked(request);
    body["targetEngine"] = json::object{{"engineType", domain::kSageMakerRuntime}};
    body["sageMaker"] =
        planned_facts(kind, planned.aws_name, {.account = std::string{json::text_of(facts, "account")}, .region = std::string{json::text_of(facts, "region")}});
    if (bare) {
        body["model"] = model_reference(model.id, text_in(model.document, "modelMetaData", "name"));
    }
    return body;
}

Result<void> Maker::insert_planned(store::Unit& unit, const Planned& planned, const json::object& request) {
    Creation creation{.entity_id = planned.id,
                      .kind = planned.kind,
                      .group = planned.model.group,
                      .account = std::string{json::text_of(planned.facts, "account")},
                      .region = std::string{json::text_of(planned.facts, "region")},
                      .aws_name = planned.aws_name,
                      .next_at = unit.now};
    auto& detail = creation.detail;
    detail.stored_model_id = planned.model.id;
    detail.deployable_model_id = planned.deployable_model_id;
    detail.model_name = json::text_of(planned.facts, "name");
    const auto text = json::write(request);
    detail.request_hash = crypto::sha256_hex(fmt::format("{}\n{}", planned.id, text));
    detail.sealed_request = crypto::base64(registry_.foundation().sealer.seal(Secret{text}, purpose_of_request(planned.id)));
    SW_CHECK(require_free_name(unit.sql, creation));
    return insert_creation(unit, creation);
}

Result<bool> Maker::stop_job(store::Unit& unit, const store::Entity& job) {
    SW_TRY(auto creation, find_creation(unit.sql, job.id));
    if (creation && creation->state == CreationState::ENDED) {
        return false;
    }
    if (creation) {
        const bool asked = creation->state != CreationState::PLANNED;
        creation->state = asked ? creation->state : CreationState::ENDED;
        creation->next_at = unit.now;
        SW_CHECK(save_creation(unit, *creation));
        return asked;
    }
    const auto* facts = json::object_of(job.document, "sageMaker");
    const auto kind = facts == nullptr ? std::nullopt : json::enum_value<CreationKind>(json::text_of(*facts, "kind"));
    if (!kind || json::text_of(*facts, "arn").empty()) {
        return false;  // nothing was ever asked for
    }
    Creation followed{.entity_id = job.id,
                      .kind = *kind,
                      .group = job.group,
                      .account = std::string{json::text_of(*facts, "account")},
                      .region = std::string{json::text_of(*facts, "region")},
                      .aws_name = std::string{json::text_of(*facts, "name")},
                      .state = CreationState::FOLLOWED,
                      .next_at = unit.now};
    const auto* model = json::object_of(job.document, "model");
    followed.detail.stored_model_id = model == nullptr ? "" : text_in(*model, "storedModel", "id");
    followed.detail.arn = std::string{json::text_of(*facts, "arn")};
    followed.detail.foreign = true;
    SW_CHECK(insert_creation(unit, followed));
    return true;
}

Result<json::object> Maker::plan_snapshot(store::Unit& unit, const identity::Principal& who, const store::Entity& stored, const std::string& id,
                                          const json::object& posted) {
    SW_TRY(const auto model, model_for(unit.sql, registry_.foundation(), who, stored.id, identity::Action::execute));
    const auto& facts = model.document.at("sageMaker").as_object();
    const std::string model_name{json::text_of(facts, "name")};
    SW_TRY(const auto request,
           configuration_request(posted, model_name, made_name(model_name, 'c', fmt::format("{}\n{}", id, json::write(posted))), settings_.defaults));
    SW_CHECK(check_limits(settings_.limits, model.group, json::value(request), "/sageMaker"));
    const Planned planned{.id = id,
                          .kind = CreationKind::ENDPOINT_CONFIG,
                          .aws_name = std::string{json::text_of(request, "EndpointConfigName")},
                          .deployable_model_id = id,
                          .model = model,
                          .facts = facts};
    SW_CHECK(insert_planned(unit, planned, request));
    auto out = planned_facts(planned.kind, planned.aws_name,
                             {.account = std::string{json::text_of(facts, "account")}, .region = std::string{json::text_of(facts, "region")}});
    out["productionVariants"] = request.at("ProductionVariants");
    if (const auto* shadow = request.if_contains("ShadowProductionVariants")) {
        out["shadowProductionVariants"] = *shadow;
    }
    return out;
}

Result<json::object> Maker::defaults_for(store::Session& sql, const identity::Principal& who, const std::string& stored_model_id, CreationKind kind) {
    SW_TRY(const auto model,
           store::require(sql, registry::stored_models_table(), stored_model_id, registry_.foundation().access.scope(who, identity::Action::read, kModels)));
    if (json::object_of(model.document, "sageMaker") == nullptr) {
        return fail(ErrorCode::failed_precondition, "NOT_SAGEMAKER", "Only models that were imported from SageMaker have jobs there.");
    }
    SW_TRY(auto sources, sources_of(sql, model, kind, {}));
    // The name comes with the job; where one would stand in a path, the form shows what will.
    sources.name = "{job}";
    auto request = filled_request(kind, {}, sources);
    request.erase("TransformJobName");
    request.erase("TrainingJobName");
    return request;
}

Result<void> Maker::advance() {
    auto& store = registry_.foundation().store;
    std::vector<std::string> damaged;
    SW_TRY(auto due, store::read<std::vector<Creation>>(store.database(),
                                                        [&](store::Session& sql) { return due_creations(sql, store.clock().now(), kDueAtOnce, damaged); }));
    tell_damaged(damaged);
    std::map<std::string, std::vector<std::string>> followed;
    for (const auto& one : due) {
        if (one.state == CreationState::FOLLOWED) {
            followed["follow:" + one.batch()].push_back(one.entity_id);
        } else {
            post(one.entity_id, [this, id = one.entity_id] { return CreationStep{registry_.foundation(), accounts_, settings_.instance, stopping_}.run(id); });
        }
    }
    for (auto& [key, ids] : followed) {
        post(key, [this, some = std::move(ids)] { return CreationStep{registry_.foundation(), accounts_, settings_.instance, stopping_}.follow(some); });
    }
    return {};
}

/// Each once: it is due again at each look.
void Maker::tell_damaged(const std::vector<std::string>& ids) {
    const std::lock_guard lock{mutex_};
    for (const auto& id : ids) {
        if (told_damaged_.insert(id).second) {
            log::error("creation_damaged",
                       {{"entity", json::value(id)},
                        {"message", json::value("What is stored of something to be made in AWS cannot be read: did a later version of Slipway write "
                                                "it? Nothing is done about it until one that knows it runs again.")}});
        }
    }
}

void Maker::post(const std::string& key, std::function<Result<void>()> work) {
    const std::lock_guard lock{mutex_};
    const auto run = [this, key, work = std::move(work)] {
        const log::RequestScope scope{key};
        std::string broken;
        try {
            if (const auto outcome = work(); !outcome && outcome.error().reason != "OVERTAKEN") {
                broken = outcome.error().message;
            }
        } catch (const std::exception& e) {
            broken = e.what();
        }
        if (!broken.empty()) {
            log::error("creation_broken", {{"message", json::value(broken)}});
        }
        const std::lock_guard again{mutex_};
        busy_.erase(key);
        idle_.notify_all();
    };
    // A full pool is tried again the next time.
    if (!stopping_ && !busy_.contains(key) && pool_.post(run)) {
        busy_.insert(key);
    }
}

}  // namespace slipway::sagemaker
