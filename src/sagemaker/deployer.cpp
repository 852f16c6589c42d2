#include "sagemaker/deployer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "domain/model.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "sagemaker/approval_question.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/deploy_checks.hpp"
#include "sagemaker/deploy_step.hpp"
#include "sagemaker/own_variants.hpp"

namespace slipway::sagemaker {
namespace {

using registry::text_in;

using registry::Approval;
using registry::ApprovalState;

constexpr std::string_view kSnapshots = "deployableModels";
constexpr std::size_t kDueAtOnce = 64;

std::unexpected<Error> not_sagemaker() {
    return fail(ErrorCode::failed_precondition, "NOT_SAGEMAKER", "Only snapshots of SageMaker models can be put on an endpoint.");
}

/// A snapshot that `who` may deploy.
Result<store::Entity> snapshot_for(store::Session& sql, const registry::Foundation& foundation, const identity::Principal& who, const std::string& id) {
    SW_TRY(auto snapshot, store::require(sql, registry::deployable_models_table(), id, foundation.access.scope(who, identity::Action::read, kSnapshots)));
    SW_CHECK(foundation.access.require(who, identity::Action::execute, kSnapshots, snapshot.group, snapshot.created_by));
    return snapshot;
}

/// What is wanted, before it is planned how.
DeployRun wished_run(store::Unit& unit, const store::Entity& snapshot, const json::object& facts, const DeployRequest& request, const std::string& who) {
    DeployRun run{.deployed_model_id = unit.new_id(), .deployable_model_id = snapshot.id, .group = snapshot.group, .next_at = unit.now, .detail = {}};
    const auto* model = json::object_of(snapshot.document, "storedModel");
    auto& detail = run.detail;
    detail.stored_model_id = model == nullptr ? "" : json::text_of(*model, "id");
    detail.model_name = model == nullptr ? "" : text_in(*model, "sageMaker", "name");
    detail.account = json::text_of(facts, "account");
    detail.region = json::text_of(facts, "region");
    detail.credential_id = request.credential_id;
    detail.deployment_config = request.deployment_config;
    detail.requested_by = who;
    detail.reason = request.reason.empty() ? std::nullopt : std::optional{request.reason};
    return run;
}

/// Where a configuration comes from: the one that the snapshot stands for, or one that is made for a generated snapshot.
Result<void> plan_configuration(DeployDetail& detail, const store::Entity& snapshot, const json::object& facts, const DeployRequest& request,
                                const DeployDefaults& defaults) {
    if (!json::text_of(facts, "arn").empty()) {
        if (request.production_variants) {
            return invalid("/productionVariants", "left out: this snapshot stands for a configuration that is in AWS already", "a list of variants");
        }
        detail.configuration_name = json::text_of(facts, "name");
        detail.configuration_created = time_of(facts, "creationTime");
        return {};
    }
    detail.make_configuration = true;
    const auto* wanted = json::array_of(facts, "productionVariants");
    const auto own = wanted != nullptr && !wanted->empty() ? *wanted : default_variants(detail.model_name, defaults);
    detail.production_variants = request.production_variants ? *request.production_variants : own;
    SW_CHECK(only_own_model(*detail.production_variants, detail.model_name));
    detail.configuration_name = made_name(detail.model_name, 'c', fmt::format("{}\n{}", snapshot.id, json::write(json::value(*detail.production_variants))));
    return {};
}

/// Exactly what would be done, for the approval. A made-up name of an endpoint is none of a person's wishes.
json::object subject_of(const DeployDetail& detail, const json::object& facts, const DeployRequest& request) {
    json::object configuration;
    if (detail.make_configuration) {
        configuration["productionVariants"] = *detail.production_variants;
    } else {
        for (const auto* key : {"arn", "creationTime", "productionVariants", "shadowProductionVariants"}) {
            if (const auto* member = facts.if_contains(key)) {
                configuration[key] = *member;
            }
        }
    }
    json::object subject{{"configuration", std::move(configuration)}, {"account", detail.account}, {"region", detail.region}};
    if (!request.endpoint_name.empty()) {
        subject["endpointName"] = request.endpoint_name;
    }
    if (request.deployment_config) {
        subject["deploymentConfig"] = *request.deployment_config;
    }
    return subject;
}

json::object evidence_of(const DeployDetail& detail, const json::object& facts, const DeployRequest& request) {
    json::object evidence{
        {"configuration", {{"name", detail.configuration_name}, {"made", detail.make_configuration}}}, {"account", detail.account}, {"region", detail.region}};
    if (const auto link = json::text_of(facts, "consoleUrl"); !link.empty()) {
        evidence["consoleUrl"] = link;
    }
    if (!request.reason.empty()) {
        evidence["reason"] = request.reason;
    }
    return evidence;
}

registry::Operation new_operation(const DeployRun& run, registry::OperationKind kind, std::initializer_list<std::string_view> stages) {
    registry::Operation operation;
    operation.group = run.group;
    operation.kind = kind;
    operation.stored_model_id = run.detail.stored_model_id;
    operation.deployed_model_id = run.deployed_model_id;
    operation.request =
        json::object{{"modelName", run.detail.model_name}, {"deployableModelId", run.deployable_model_id}, {"endpointName", run.detail.endpoint_name}};
    for (const auto name : stages) {
        operation.stages.push_back({.name = std::string{name}, .total = 1});
    }
    return operation;
}

/// A ticket about exactly this, though nothing is done yet; also where a decision of before would do.
Result<DeployAnswer> ask(store::Unit& unit, const registry::Approvals& approvals, const store::Entity& snapshot, const json::object& subject,
                         json::object evidence, const DeployRequest& request, const std::string& requested_by) {
    for (const auto& [name, value] : *request.ask) {
        evidence[name] = value;
    }
    const auto* served_by = json::array_of(*request.ask, "servedBy");
    SW_TRY(const auto ticket, approvals.open(unit, {.snapshot = snapshot,
                                                    .subject = subject,
                                                    .requested_by = requested_by,
                                                    .summary = approval_question(snapshot, subject, served_by == nullptr ? json::array{} : *served_by),
                                                    .evidence = std::move(evidence)}));
    return DeployAnswer{.operation = {}, .ticket_id = ticket.id, .refused = {}};
}

std::string id_of_model(const store::Entity& deployed) {
    const auto* snapshot = json::object_of(deployed.document, "deployableModel");
    return snapshot == nullptr ? std::string{} : text_in(*snapshot, "storedModel", "id");
}

/// What is to be removed: the endpoint that the runtime stands for, else the one that the last run asked for.
DeployRun removal_of(const store::Entity& deployed, const std::optional<DeployRun>& last, const std::optional<store::Entity>& runtime, const std::string& who,
                     const std::string& reason, Timestamp now) {
    DeployRun run{.deployed_model_id = deployed.id,
                  .deployable_model_id = text_in(deployed.document, "deployableModel", "id"),
                  .group = deployed.group,
                  .next_at = now,
                  .detail = {}};
    auto& detail = run.detail;
    if (last) {
        detail = last->detail;
        detail.transitions.clear();
        detail.deadline.reset();
        detail.why.reset();
        detail.wait_told.reset();
        detail.wait_reason.reset();
        detail.aws_state.reset();
        detail.requested_at.reset();
        detail.reached_by.reset();
    }
    detail.kind = DeployKind::UNDEPLOY;
    if (const auto state = json::text_of(deployed.document, "state"); state != "UNDEPLOYING" || !detail.state_before) {
        detail.state_before = std::string{state};
    }
    detail.requested_by = who;
    detail.reason = reason.empty() ? std::nullopt : std::optional{reason};
    detail.stored_model_id = id_of_model(deployed);
    if (const auto* facts = runtime ? json::object_of(runtime->document, "sageMaker") : nullptr) {
        detail.runtime_id = runtime->id;
        detail.account = json::text_of(*facts, "account");
        detail.region = json::text_of(*facts, "region");
        detail.endpoint_name = json::text_of(*facts, "name");
        detail.endpoint_created = time_of(*facts, "creationTime");
    }
    return run;
}

}  // namespace

std::string verdict_of(const DeployRun& run) {
    return is_live(run.state) ? std::string{} : std::string{json::enum_name(run.state)};
}

Deployer::Deployer(registry::Registry& registry, SageMakerService& accounts, const registry::Approvals& approvals, Settings settings, WorkerPool& pool)
    : registry_{registry}, accounts_{accounts}, approvals_{approvals}, settings_{std::move(settings)}, pool_{pool} {}

Deployer::~Deployer() {
    stop();
}

void Deployer::stop() {
    halt();
    wait_idle();
}

void Deployer::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return busy_.empty(); });
}

Result<DeployAnswer> Deployer::deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request) {
    const auto& foundation = registry_.foundation();
    SW_TRY(const auto snapshot, snapshot_for(unit.sql, foundation, who, request.deployable_model_id));
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    if (facts == nullptr) {
        return not_sagemaker();
    }
    SW_CHECK(has_configuration(unit.sql, snapshot.id, *facts));
    auto run = wished_run(unit, snapshot, *facts, request, who.name);
    auto& detail = run.detail;
    SW_CHECK(plan_configuration(detail, snapshot, *facts, request, settings_.defaults));
    SW_CHECK(within_limits(run, *facts));
    detail.endpoint_name = request.endpoint_name.empty() ? made_name(detail.model_name, 'e', run.deployed_model_id) : request.endpoint_name;
    SW_CHECK(way_is_free(unit.sql, run, snapshot, request));
    SW_TRY(detail.models, models_of(unit.sql, snapshot));
    SW_TRY(const auto subjects, subjects_of(unit.sql, subject_of(detail, *facts, request), snapshot, detail));
    if (request.ask) {
        return ask(unit, approvals_, snapshot, subjects.front(), evidence_of(detail, *facts, request), request, who.name);
    }
    SW_TRY(auto stopped, gate(unit, who, snapshot, subjects, evidence_of(detail, *facts, request), detail.approved_hash));
    if (stopped) {
        return std::move(*stopped);
    }
    detail.request_hash = registry::approval_hash({{"subject", subjects.front()}, {"endpoint", detail.endpoint_name}});
    SW_TRY(auto operation, start(unit, snapshot, std::move(run)));
    return DeployAnswer{.operation = std::move(operation), .ticket_id = {}, .refused = {}};
}

Result<void> Deployer::within_limits(const DeployRun& run, const json::object& facts) const {
    json::object asked;
    if (run.detail.production_variants) {
        asked["productionVariants"] = *run.detail.production_variants;
    } else if (const auto* variants = json::array_of(facts, "productionVariants")) {
        asked["productionVariants"] = *variants;
    }
    return check_limits(settings_.limits, run.group, json::value(asked), "");
}

Result<std::optional<DeployAnswer>> Deployer::gate(store::Unit& unit, const identity::Principal& who, const store::Entity& snapshot,
                                                   const std::vector<json::object>& subjects, json::object evidence,
                                                   std::optional<std::string>& approved_hash) {
    SW_CHECK(no_sibling_rejected(unit.sql, approvals_, snapshot));
    if (!approvals_.required(snapshot.group)) {
        return std::nullopt;
    }
    Approval approval;
    for (const auto& subject : subjects) {
        const auto hash = registry::approval_hash(subject);
        SW_TRY(approval, approvals_.about(unit.sql, snapshot.id, hash));
        if (approval.state == ApprovalState::approved) {
            approved_hash = hash;
            return std::nullopt;
        }
        if (approval.state != ApprovalState::none) {
            break;
        }
    }
    std::string why = approval.state == ApprovalState::refused ? fmt::format("The last ticket about it was {}. A new one was opened.", approval.decision)
                                                               : "This needs an approval, which is waited for in the ticket.";
    if (approval.state != ApprovalState::open) {
        SW_TRY(const auto ticket, approvals_.open(unit, {.snapshot = snapshot,
                                                         .subject = subjects.front(),
                                                         .requested_by = who.name,
                                                         .summary = approval_question(snapshot, subjects.front()),
                                                         .evidence = std::move(evidence)}));
        approval.ticket_id = ticket.id;
    }
    return DeployAnswer{.operation = {}, .ticket_id = approval.ticket_id, .refused = Error{ErrorCode::forbidden, "APPROVAL_REQUIRED", std::move(why), {}, {}}};
}

Result<registry::Operation> Deployer::start(store::Unit& unit, const store::Entity& snapshot, DeployRun run) {
    domain::DeployedModel deployment;
    deployment.deployable_model = registry::snapshot_reference(snapshot);
    deployment.engine = {{"name", run.detail.endpoint_name}, {"engineType", domain::kSageMakerRuntime}};
    SW_CHECK(
        store::insert(unit, registry::deployed_models_table(), {.id = run.deployed_model_id, .group = run.group, .document = domain::to_json(deployment)}));
    SW_TRY(auto operation,
           registry_.operations().start(unit, new_operation(run, registry::OperationKind::DEPLOY, {"check", "configuration", "endpoint", "register"}), {}));
    run.operation_id = operation.id;
    run.enter(DeployState::PLANNED, unit.now);
    SW_CHECK(insert_run(unit, run));
    return operation;
}

Result<registry::Operation> Deployer::undeploy(store::Unit& unit, const identity::Principal& who, const std::string& deployed_model_id,
                                               const std::string& reason) {
    const auto& access = registry_.foundation().access;
    const auto& table = registry::deployed_models_table();
    SW_TRY(const auto deployed, store::require(unit.sql, table, deployed_model_id, access.scope(who, identity::Action::read, table.collection)));
    SW_CHECK(access.require(who, identity::Action::execute, table.collection, deployed.group, deployed.created_by));
    const auto state = json::text_of(deployed.document, "state");
    SW_TRY(const auto runtime, store::find(unit.sql, registry::runtimes_table(), text_in(deployed.document, "engine", "id"), store::Scope::all()));
    const auto* facts = runtime ? json::object_of(runtime->document, "sageMaker") : nullptr;
    SW_TRY(const auto last, last_run(unit.sql, deployed.id));
    if (last && is_live(last->state)) {
        return fail(ErrorCode::conflict, "ALREADY_RUNNING", fmt::format("Something is being done with it: {}", last->told_as_busy()));
    }
    SW_TRY(const auto asked, given_up_run(unit.sql, deployed));
    const bool given_up = asked || (last && last->state == DeployState::TIMED_OUT && state == "UNDEPLOYING");
    if (state != "DEPLOYED" && state != "FAILED" && !given_up) {
        return fail(ErrorCode::conflict, "NOT_DEPLOYED", fmt::format("The deployment is {}: there is nothing to undeploy.", state));
    }
    if (facts == nullptr && !last) {
        return not_sagemaker();
    }
    auto run = removal_of(deployed, last, runtime, who.name, reason, unit.now);
    SW_TRY(auto operation, registry_.operations().start(unit, new_operation(run, registry::OperationKind::UNDEPLOY, {"endpoint"}), {}));
    run.operation_id = operation.id;
    run.enter(DeployState::PLANNED, unit.now);
    SW_CHECK(insert_run(unit, run));
    auto document = deployed.document;
    document["state"] = json::enum_name(domain::DeploymentState::UNDEPLOYING);
    SW_CHECK(store::update(unit, table, deployed, std::move(document)));
    return operation;
}

Result<std::optional<registry::Operation>> Deployer::running(store::Session& sql, const identity::Principal& who, const std::string& id) {
    SW_TRY(auto live, live_run(sql, {}, id));
    if (!live) {
        SW_TRY(live, last_run(sql, id));
    }
    return shown(sql, who, live);
}

Result<std::optional<registry::Operation>> Deployer::running(store::Session& sql, const identity::Principal& who, const DeployRequest& request) {
    SW_TRY(const auto snapshot, snapshot_for(sql, registry_.foundation(), who, request.deployable_model_id));
    const auto* facts = json::object_of(snapshot.document, "sageMaker");
    if (facts == nullptr) {
        return std::nullopt;
    }
    const DeployRun wished{.deployable_model_id = snapshot.id,
                           .detail = {.account = std::string{json::text_of(*facts, "account")},
                                      .region = std::string{json::text_of(*facts, "region")},
                                      .endpoint_name = request.endpoint_name}};
    SW_TRY(const auto run, run_in_the_way(sql, wished, snapshot, request));
    return shown(sql, who, run);
}

Result<std::optional<registry::Operation>> Deployer::shown(store::Session& sql, const identity::Principal& who, const std::optional<DeployRun>& run) {
    if (!run || !is_live(run->state)) {
        return std::nullopt;
    }
    auto operation = registry_.operations().get(sql, who, run->operation_id);
    if (!operation && operation.error().code == ErrorCode::not_found) {
        return std::nullopt;
    }
    SW_CHECK(operation);
    return std::optional{std::move(*operation)};
}

Result<ShownDeployment> Deployer::show(store::Session& sql, const identity::Principal& who, const std::string& deployed_model_id) {
    const auto& table = registry::deployed_models_table();
    ShownDeployment shown;
    SW_TRY(shown.deployed_model,
           store::require(sql, table, deployed_model_id, registry_.foundation().access.scope(who, identity::Action::read, table.collection)));
    SW_TRY(shown.runs, runs_of(sql, deployed_model_id));
    if (!shown.runs.empty()) {
        auto operation = registry_.operations().get(sql, who, shown.runs.back().operation_id);
        shown.operation = operation ? std::optional{std::move(*operation)} : std::nullopt;
    }
    return shown;
}

Result<void> Deployer::advance() {
    auto& store = registry_.foundation().store;
    SW_TRY(const auto due,
           store::read<std::vector<std::string>>(store.database(), [&](store::Session& sql) { return due_runs(sql, store.clock().now(), kDueAtOnce); }));
    const std::lock_guard lock{mutex_};
    for (const auto& id : due) {
        // A full pool is tried again the next time.
        if (!stopping_ && !busy_.contains(id) && pool_.post([this, id] { work(id); })) {
            busy_.insert(id);
        }
    }
    return {};
}

void Deployer::work(const std::string& operation_id) {
    const log::RequestScope scope{operation_id};
    std::string broken;
    try {
        DeployStep step{registry_, accounts_, approvals_, operation_id, settings_.instance, stopping_};
        if (const auto outcome = step.run(); !outcome) {
            broken = outcome.error().message;
        }
    } catch (const std::exception& e) {
        broken = e.what();
    }
    if (!broken.empty()) {
        log::error("deployment_broken", {{"message", json::value(broken)}});
    }
    const std::lock_guard lock{mutex_};
    busy_.erase(operation_id);
    idle_.notify_all();
}

}  // namespace slipway::sagemaker
