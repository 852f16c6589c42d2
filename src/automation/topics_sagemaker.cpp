#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "automation/sagemaker_topics.hpp"
#include "domain/required_assets.hpp"
#include "domain/runtime.hpp"
#include "registry/jobs.hpp"
#include "registry/tables.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_checks.hpp"

/// Jobs and endpoints: ordinary use cases, waited for by their events.
namespace slipway::automation {
namespace {

constexpr Milliseconds kSoon = std::chrono::seconds{5};

/// Where the test data of the snapshot is.
std::string test_data_url(const ExternalTask& task) {
    const auto* report = json::object_of(task.variables, "ASSET_REPORT");
    const auto* assets = report == nullptr ? nullptr : json::array_of(*report, "assets");
    for (const auto& asset : assets == nullptr ? json::array{} : *assets) {
        if (asset.is_object() && json::text_of(asset.get_object(), "name") == "test-data") {
            return std::string{json::text_of(asset.get_object(), "url")};
        }
    }
    return {};
}

/// `metaData.custom.sageMaker.testTransform` of the snapshot lies over the settings.
const json::object& own_settings(const ExternalTask& task) {
    static const json::object kNone;
    const json::object* at = json::object_of(task.variables, "DEPLOYABLE_MODEL");
    for (const auto* member : {"metaData", "custom", "sageMaker", "testTransform"}) {
        at = at == nullptr ? nullptr : json::object_of(*at, member);
    }
    return at == nullptr ? kNone : *at;
}

std::string or_else(const json::object& own, std::string_view name, const std::string& usual) {
    const auto text = json::text_of(own, name);
    return text.empty() ? usual : std::string{text};
}

/// Nobody has looked at the job since it was due, as when the server was away, or the last look brought no answer: it may have ended long ago.
Result<std::optional<Outcome>> not_seen(store::Unit& unit, const store::Entity& job) {
    SW_TRY(const auto creation, sagemaker::find_creation(unit.sql, job.id));
    if (!creation || creation->state == sagemaker::CreationState::ENDED) {
        return std::nullopt;
    }
    if (sagemaker::is_due(creation->next_at, unit.now)) {
        return Outcome{Later{kSoon}};
    }
    const auto& detail = creation->detail;
    const bool refused = detail.failures > 0 || (creation->state == sagemaker::CreationState::FOLLOWED && !detail.stop_sent);
    return refused && detail.why
               ? std::optional<Outcome>{Trouble{.message = "It took too long, and AWS does not tell whether it has ended meanwhile: " + *detail.why}}
               : std::nullopt;
}

std::string bucket_of(std::string_view url) {
    const auto end = url.find('/', 5);
    return std::string{url.substr(0, end)};
}

/// `status` of a job that AWS was not asked for yet, and of one that it has refused to make.
constexpr std::string_view kPlanned = "Planned";
constexpr std::string_view kNotCreated = "NotCreated";

/// `of`: `status` or `failureReason` of the job in SageMaker.
std::string in_aws(const store::Entity& job, std::string_view of) {
    const auto* facts = json::object_of(job.document, "sageMaker");
    return facts == nullptr ? std::string{} : std::string{json::text_of(*facts, of)};
}

/// The body of CreateTransformJob, without the model that the registry fills in.
json::object transform_request(const ExternalTask& task, const DeployModelSettings::Transform& settings, int attempt) {
    const auto data = test_data_url(task);
    const auto& own = own_settings(task);
    const auto* count = own.if_contains("instanceCount");
    auto prefix = or_else(own, "outputPrefix", settings.output_prefix.empty() ? bucket_of(data) + "/slipway/" : settings.output_prefix);
    prefix += prefix.ends_with('/') ? "" : "/";
    const auto name = "mlc-" + task.idempotency_key + (attempt == 1 ? "" : fmt::format("-{}", attempt));
    return {{"TransformJobName", name},
            {"TransformInput",
             {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", data}}}}},
              {"ContentType", or_else(own, "contentType", settings.content_type)},
              {"SplitType", or_else(own, "splitType", settings.split_type)}}},
            {"TransformOutput", {{"S3OutputPath", prefix + name}}},
            {"TransformResources",
             {{"InstanceType", or_else(own, "instanceType", settings.instance_type)},
              {"InstanceCount", count != nullptr && count->is_int64() ? count->get_int64() : settings.instance_count}}}};
}

}  // namespace

identity::Principal requester(const ExternalTask& task) {
    auto who = identity::Principal::service();
    who.name = task.started_by.empty() ? who.name : task.started_by;
    return who;
}

Result<void> hold_live(store::Unit& unit, const ExternalTask& task) {
    SW_TRY(const auto lives, unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = ticket_id WHERE id = $1 AND state = 'active'", {task.instance_id}));
    return lives > 0 ? Result<void>{} : fail(ErrorCode::conflict, "ENDED", "The life cycle has ended; nothing was asked for.");
}

/// Noted under a key that ends in `:job`: what an ended instance has under way is found by that.
Result<std::string> SageMakerTopics::test_job(const ExternalTask& task, int attempt) {
    SW_TRY(const auto made, once(store(), task, attempt == 1 ? "job" : fmt::format("{}:job", attempt), [&](store::Unit& unit) -> Result<json::object> {
               SW_CHECK(store::require(unit.sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
               SW_CHECK(hold_live(unit, task));
               json::object job{{"jobType", "MODEL_BATCH_JOB"},
                                {"model", {{"id", variable(task, "DEPLOYABLE_MODEL_ID")}}},
                                {"targetEngine", {{"engineType", domain::kSageMakerRuntime}}},
                                {"jobParameters", transform_request(task, settings_.transform, attempt)}};
               SW_TRY(const auto posted, registry_.jobs().create(unit, requester(task), std::move(job)));
               return json::object{{"id", posted.entity.id}};
           }));
    return std::string{json::text_of(made, "id")};
}

/// Until AWS has said what it makes of it. One that waits for something (a full quota, an account out of reach) is waited for with the job, whose time is
/// bounded.
Result<bool> SageMakerTopics::waits_for_aws(const store::Entity& job) {
    std::optional<sagemaker::Creation> creation;
    SW_CHECK(store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(creation, sagemaker::find_creation(sql, job.id));
        return {};
    }));
    return !creation || !creation->detail.why;
}

Outcome SageMakerTopics::create_transform_job(const ExternalTask& task) {
    constexpr Milliseconds kUntilAwsHasIt{1000};
    for (int attempt = 1;; ++attempt) {
        const auto id = test_job(task, attempt);
        if (!id) {
            return may_pass(id.error()) ? Outcome{trouble_of(id.error())} : Outcome{Fault{"TRANSFORM_FAILED", id.error().message, {}}};
        }
        const auto job = find(task, registry::jobs_table(), *id);
        if (!job || !*job) {
            return job ? Outcome{Fault{"TRANSFORM_FAILED", "The transform job was deleted.", {}}} : Outcome{trouble_of(job.error())};
        }
        const auto status = in_aws(**job, "status");
        const auto waits = status == kPlanned && !has_ended(**job) ? waits_for_aws(**job) : Result<bool>{false};
        if (!waits || *waits) {
            return waits ? Outcome{Later{kUntilAwsHasIt}} : Outcome{trouble_of(waits.error())};
        }
        if (status != kNotCreated) {
            return Done{{{"JOB", job_variable(**job)}, {"JOB_ID", (*job)->id}}};
        }
        // What AWS refuses is mended by a person, who then tries again: that makes another job.
        bool told_now = false;
        const auto told = once(store(), task, fmt::format("refused-{}", attempt), [&](store::Unit&) -> Result<json::object> {
            told_now = true;
            return json::object{};
        });
        if (!told || told_now) {
            return told ? Trouble{.message = "AWS refused to make the test transform job: " + in_aws(**job, "failureReason"), .again = false}
                        : trouble_of(told.error());
        }
    }
}

Outcome SageMakerTopics::describe_transform_job(const ExternalTask& task) {
    const auto told = store().write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto job, store::find(unit.sql, registry::jobs_table(), variable(task, "JOB", "id"), scope_of(task.group)));
        return job ? tell_job_ended(engine_, unit, *job) : Result<void>{};
    });
    return told ? Outcome{Done{}} : Outcome{trouble_of(told.error())};
}

Outcome SageMakerTopics::stop_transform_job(const ExternalTask& task) {
    Outcome outcome{Done{}};
    const auto stopped = store().write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto job, store::find(unit.sql, registry::jobs_table(), variable(task, "JOB", "id"), scope_of(task.group)));
        if (!job) {
            return {};
        }
        SW_TRY(auto unseen, not_seen(unit, *job));
        if (unseen || has_ended(*job)) {
            outcome = unseen ? *unseen : Outcome{Done{{{"JOB", job_variable(*job)}}}};
            return {};
        }
        const auto asked = registry_.jobs().cancel(unit, identity::Principal::service(), job->id);
        return asked || !may_pass(asked.error()) ? Result<void>{} : std::unexpected(asked.error());
    });
    return stopped ? outcome : Outcome{trouble_of(stopped.error())};
}

std::string SageMakerTopics::endpoint_name(const json::object& variables) const {
    const auto text = [&](std::string_view object, std::string_view member) {
        const auto* found = json::object_of(variables, object);
        const auto* inner = found == nullptr ? nullptr : json::object_of(*found, member);
        return inner == nullptr ? std::string{} : std::string{json::text_of(*inner, "name")};
    };
    return sagemaker::templated_name(settings_.endpoint_name, text("STORED_MODEL", "modelMetaData"), text("DEPLOYABLE_MODEL", "metaData"));
}

/// What was deployed while the decision was waited for, by a person or for another model of the configuration: one configuration, one endpoint.
Result<json::object> SageMakerTopics::adopted(store::Unit& unit, const ExternalTask& task) {
    SW_TRY(const auto snapshot, store::require(unit.sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
    SW_TRY(const auto all, sagemaker::deployments_in_service(unit.sql, snapshot));
    if (all.empty()) {
        return fail(ErrorCode::unavailable, "GONE_MEANWHILE", "The endpoint of the snapshot went while it was looked at.");
    }
    const auto& deployed = all.front();
    SW_CHECK(tell_deployment_adopted(engine_, unit, deployed.id, task.instance_id));
    const auto* engine = json::object_of(deployed.document, "engine");
    return json::object{{"id", deployed.id}, {"endpointName", engine == nullptr ? "" : json::text_of(*engine, "name")}, {"adopted", true}};
}

Result<json::object> SageMakerTopics::deploy(store::Unit& unit, const ExternalTask& task) {
    SW_CHECK(store::require(unit.sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
    SW_CHECK(hold_live(unit, task));
    SW_TRY(const auto decided, decision_on(unit.sql, task));
    if (decided && json::text_of(*decided, "DECISION") != "APPROVED") {
        return fail(ErrorCode::conflict, "NOT_APPROVED", "The ticket of its life cycle is not approved.");
    }
    sagemaker::DeployRequest request{.deployable_model_id = variable(task, "DEPLOYABLE_MODEL_ID"), .endpoint_name = endpoint_name(task.variables)};
    request.reason = fmt::format("Approved by {}.", decided ? json::text_of(*decided, "DECIDED_BY") : variable(task, "DECIDED_BY"));
    request.templated = !request.endpoint_name.empty();
    request.another = settings_.already_deployed != "end";
    const auto asked = deployer_.deploy(unit, requester(task), request);
    if (!asked && asked.error().reason == "ALREADY_DEPLOYED") {
        return adopted(unit, task);
    }
    SW_TRY(const auto answer, asked);
    if (answer.refused) {
        return fail(ErrorCode::conflict, "APPROVAL_REQUIRED", "What would be deployed now is not what was approved: " + answer.refused->message);
    }
    SW_TRY(const auto run, sagemaker::run_of_operation(unit.sql, answer.operation->id));
    return json::object{{"id", run.deployed_model_id}, {"operationId", run.operation_id}, {"endpointName", run.detail.endpoint_name}};
}

Outcome SageMakerTopics::create_endpoint(const ExternalTask& task) {
    const auto stored = once(store(), task, "deployment", [&](store::Unit& unit) { return deploy(unit, task); });
    if (stored) {
        deploying_();
        return Done{{{"DEPLOYMENT", *stored}}};
    }
    const auto& error = stored.error();
    if (error.reason == "ALREADY_RUNNING" || error.reason == "CONFIGURATION_PENDING") {
        return Later{kSoon};  // what is under way ends first
    }
    if (error.reason == "NOT_APPROVED") {
        const auto decided = slipway::store::read<std::optional<json::object>>(store().database(), [&](store::Session& sql) { return decision_on(sql, task); });
        return decided ? Outcome{Fault{"ENDPOINT_FAILED", error.message, decided->value_or(json::object{})}} : Outcome{trouble_of(decided.error())};
    }
    return may_pass(error) ? Outcome{trouble_of(error)} : Outcome{Fault{"ENDPOINT_FAILED", error.message, {}}};
}

/// Before it is given up. The deployer ends what it gets no answers about by itself.
Outcome SageMakerTopics::look_at_endpoint(const ExternalTask& task) {
    Outcome outcome{Done{}};
    const auto looked = store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto deployed, store::find(sql, registry::deployed_models_table(), variable(task, "DEPLOYMENT", "id"), scope_of(task.group)));
        SW_TRY(const auto run, deployed ? sagemaker::deploying_run(sql, deployed->id) : Result<std::optional<sagemaker::DeployRun>>{std::nullopt});
        if (!run) {
            return {};
        }
        const bool unseen = sagemaker::is_live(run->state) && (sagemaker::is_due(run->next_at, store().clock().now()) || run->detail.failures > 0);
        outcome = unseen ? Outcome{Later{kSoon}} : Outcome{Done{{{"DEPLOYMENT", deployment_variable(*run)}}}};
        return {};
    });
    return looked ? outcome : Outcome{trouble_of(looked.error())};
}

Outcome SageMakerTopics::describe_endpoint(const ExternalTask& task) {
    if (variable(task, "KIND") == "last-look") {
        return look_at_endpoint(task);
    }
    const auto told = store().write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto deployed, store::find(unit.sql, registry::deployed_models_table(), variable(task, "DEPLOYMENT", "id"), scope_of(task.group)));
        return deployed ? tell_deployment_ended(engine_, unit, deployed->id) : Result<void>{};
    });
    return told ? Outcome{Done{}} : Outcome{trouble_of(told.error())};
}

/// The deployer has written both with its verdict; here the life cycle gets to know them.
Outcome SageMakerTopics::register_runtime(const ExternalTask& task) {
    const auto deployed = find(task, registry::deployed_models_table(), variable(task, "DEPLOYMENT", "id"));
    if (!deployed) {
        return trouble_of(deployed.error());
    }
    if (!*deployed) {
        return Trouble{.message = "The deployment was deleted while its life cycle went on.", .again = false};
    }
    json::object variables{{"DEPLOYED_MODEL", (*deployed)->full()}};
    if (const auto* engine = json::object_of((*deployed)->document, "engine")) {
        variables["RUNTIME"] = *engine;
    }
    return Done{std::move(variables)};
}

}  // namespace slipway::automation
