#include "insight/why_reader.hpp"

#include <algorithm>
#include <ranges>

#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_checks.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deployer.hpp"
#include "sagemaker/notices.hpp"

namespace slipway::insight {
namespace {

using registry::text_in;

using store::Entity;

constexpr std::size_t kMostDeployments = 200;

bool flag_in(const json::object& document, std::string_view key) {
    const auto* flag = document.if_contains(key);
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::optional<Timestamp> time_in(const json::object& document, std::string_view key) {
    const auto* value = document.if_contains(key);
    if (value != nullptr && value->is_int64()) {
        return from_epoch_ms(value->get_int64());
    }
    const auto time = from_iso(json::text_of(document, key));
    return time ? std::optional{*time} : std::nullopt;
}

Result<std::optional<Entity>> newest_ticket(store::Session& sql, const std::string& snapshot_id) {
    SW_TRY(const auto rows, sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND notification_type = $2 ORDER BY row_id DESC LIMIT 1",
                                      {snapshot_id, std::string{registry::kApproval}}));
    return rows.empty() ? Result<std::optional<Entity>>{std::nullopt} : store::find(sql, registry::notifications_table(), rows[0].text(0), store::Scope::all());
}

/// The last word of a person before the ticket, where that is an approval of something else.
Result<std::optional<EarlierApproval>> approved_before(store::Session& sql, const std::string& snapshot_id, const Entity& ticket) {
    constexpr std::size_t kMost = 20;
    SW_TRY(const auto rows, sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND notification_type = $2 ORDER BY row_id DESC LIMIT $3",
                                      {snapshot_id, std::string{registry::kApproval}, static_cast<std::int64_t>(kMost)}));
    for (const auto& row : rows) {
        SW_TRY(const auto found, store::find(sql, registry::notifications_table(), row.text(0), store::Scope::all()));
        const auto decision = found ? text_in(found->document, "decision", "decision") : std::string{};
        if (decision != "APPROVED" && decision != "REJECTED") {
            continue;
        }
        if (decision == "REJECTED" || json::text_of(found->document, "requestedHash") == json::text_of(ticket.document, "requestedHash")) {
            return std::nullopt;
        }
        const auto* evidence = json::object_of(found->document, "evidence");
        return EarlierApproval{.id = found->id,
                               .decided_by = text_in(found->document, "decision", "decidedBy"),
                               .endpoint = evidence == nullptr ? std::string{} : text_in(*evidence, "subject", "endpointName"),
                               .decided = time_in(found->document.at("decision").as_object(), "decidedAt")};
    }
    return std::nullopt;
}

TicketFacts facts_of(const Entity& ticket, const registry::ApprovalSettings& settings) {
    const auto& document = ticket.document;
    TicketFacts facts{.id = ticket.id,
                      .decision = text_in(document, "decision", "decision"),
                      .decided_by = text_in(document, "decision", "decidedBy"),
                      .comment = text_in(document, "decision", "comment"),
                      .issue_key = text_in(document, "assignment", "issueKey"),
                      .issue_link = text_in(document, "assignment", "issueLink"),
                      .elsewhere = text_in(document, "assignment", "assignmentType") != registry::kBuiltIn && settings.assignment != registry::kBuiltIn,
                      .asked = ticket.created};
    if (const auto* assignment = json::object_of(document, "assignment"); assignment != nullptr && facts.elsewhere) {
        facts.problem = text_in(*assignment, "problem", "message");
        const auto code = text_in(*assignment, "problem", "code");
        facts.asks_again = code == "GONE" || code == "DOUBLED";
    }
    if (const auto* evidence = json::object_of(document, "evidence")) {
        facts.endpoint = text_in(*evidence, "subject", "endpointName");
    }
    if (const auto* decision = json::object_of(document, "decision")) {
        facts.decided = time_in(*decision, "decidedAt");
    }
    if (const auto named = settings.approvers.find(ticket.group); named != settings.approvers.end()) {
        facts.approvers = named->second;
    }
    return facts;
}

RunFacts facts_of(const sagemaker::DeployRun& run) {
    return {.operation_id = run.operation_id,
            .deployed_model_id = run.deployed_model_id,
            .endpoint = run.detail.endpoint_name,
            .state = std::string{json::enum_name(run.state)},
            .live = sagemaker::is_live(run.state),
            .undeploys = run.detail.kind == sagemaker::DeployKind::UNDEPLOY,
            .made_nothing = run.made_nothing(),
            .why = run.detail.why.value_or(""),
            .aws_state = run.detail.aws_state.value_or(""),
            .permission = {},
            .key_refused = names_refused_key(run.detail.why.value_or("")),
            .since = run.detail.transitions.empty() ? Timestamp{} : run.detail.transitions.back().at,
            .named = run.detail.endpoint_name != sagemaker::made_name(run.detail.model_name, 'e', run.deployed_model_id)};
}

/// Whether what failed, or something else under its name, stands in AWS.
Result<void> read_left(store::Session& sql, const sagemaker::DeployRun& run, RunFacts& facts) {
    if (sagemaker::is_live(run.state) || run.state == sagemaker::DeployState::UNDEPLOYED || !run.detail.requested_at) {
        return {};
    }
    SW_TRY(const auto left, sagemaker::left_in_aws(sql, run));
    facts.left = left == sagemaker::LeftInAws::its_own;
    facts.taken = left == sagemaker::LeftInAws::anothers;
    return {};
}

/// Newest first.
Result<std::vector<Entity>> deployments_of(store::Session& sql, const std::string& snapshot_id) {
    SW_TRY(auto all, store::find_by(sql, registry::deployed_models_table(), {{"deployable_model_id", snapshot_id}}, store::Scope::all(), kMostDeployments));
    std::ranges::reverse(all);
    return all;
}

Result<void> read_deployed(store::Session& sql, const std::vector<Entity>& deployments, SnapshotFacts& facts) {
    const auto found = std::ranges::find_if(deployments, [](const Entity& one) { return json::text_of(one.document, "state") == "DEPLOYED"; });
    if (found == deployments.end()) {
        return {};
    }
    DeployedFacts deployed{.id = found->id,
                           .endpoint = text_in(found->document, "engine", "name"),
                           .runtime_id = text_in(found->document, "engine", "id"),
                           .runtime_state = {},
                           .since = time_in(found->document, "deployTime")};
    SW_TRY(const auto runtime, store::find(sql, registry::runtimes_table(), deployed.runtime_id, store::Scope::all()));
    if (runtime) {
        deployed.runtime_state = json::text_of(runtime->document, "state");
        deployed.aws_status = text_in(runtime->document, "sageMaker", "status");
    }
    facts.deployed = std::move(deployed);
    return {};
}

/// The permission that AWS refused last, as the operation recorded it.
Result<std::string> permission_of(store::Session& sql, registry::Registry& registry, const std::string& operation_id) {
    const auto operation = registry.operations().get(sql, identity::Principal::service(), operation_id);
    if (!operation) {
        // Ended operations are removed after a while; the run keeps its reason.
        return operation.error().code == ErrorCode::not_found ? Result<std::string>{std::string{}} : std::unexpected(operation.error());
    }
    for (const auto& problem : std::views::reverse(operation->problems)) {
        if (problem.permission) {
            return *problem.permission;
        }
    }
    return std::string{};
}

Result<void> read_run(store::Session& sql, registry::Registry& registry, const std::vector<Entity>& deployments, SnapshotFacts& facts) {
    SW_TRY(auto run, sagemaker::live_run(sql, {}, facts.id));
    for (auto one = deployments.begin(); !run && one != deployments.end(); ++one) {
        SW_TRY(run, sagemaker::last_run(sql, one->id));
    }
    if (run) {
        facts.run = facts_of(*run);
        SW_CHECK(read_left(sql, *run, *facts.run));
        SW_TRY(facts.run->permission, permission_of(sql, registry, run->operation_id));
    }
    return {};
}

Result<void> read_evidence(store::Session& sql, const registry::Approvals& approvals, const Entity& snapshot, SnapshotFacts& facts) {
    json::object evidence;
    SW_CHECK(approvals.look_again(sql, snapshot, evidence));
    const auto* assets = json::array_of(evidence, "assets");
    for (std::size_t i = 0; assets != nullptr && i < assets->size(); ++i) {
        const auto& asset = (*assets)[i].get_object();
        if (!flag_in(asset, "present")) {
            facts.missing_assets.emplace_back(json::text_of(asset, "name"));
        }
    }
    const auto* siblings = json::array_of(evidence, "siblings");
    for (std::size_t i = 0; siblings != nullptr && i < siblings->size(); ++i) {
        const auto& sibling = (*siblings)[i].get_object();
        if (json::text_of(sibling, "decision") == "REJECTED") {
            facts.rejected_sibling = json::text_of(sibling, "model").empty() ? "Another model" : std::string{json::text_of(sibling, "model")};
        }
    }
    return {};
}

/// A job that names a runtime is for the one of its own group. Of those of that name in other groups only what who asks may see is told.
Result<void> read_other(store::Session& sql, registry::Registry& registry, const identity::Principal& who, const std::string& group, EngineFacts& facts) {
    SW_TRY(const auto own, store::find(sql, registry::runtimes_table(), facts.id, store::Scope::all()));
    facts.hidden = own && own->group == group;
    std::vector<store::Match> match{{"name", facts.name}};
    if (!facts.type.empty()) {
        match.push_back({"engine_type", facts.type});
    }
    const auto scope = registry.foundation().access.scope(who, identity::Action::read, "runtimes");
    SW_TRY(const auto found, facts.name.empty() ? Result<std::vector<Entity>>{} : store::find_by(sql, registry::runtimes_table(), match, scope));
    const auto there = std::ranges::find_if(found, [&](const Entity& one) { return one.group != group && json::text_of(one.document, "state") != "REMOVED"; });
    if (there != found.end()) {
        facts.other_id = there->id;
        facts.other_group = there->group;
    }
    return {};
}

/// Where the runtime is not to be seen by who asks, only its name is told.
Result<EngineFacts> engine_of(store::Session& sql, registry::Registry& registry, const identity::Principal& who, const Entity& job) {
    const auto* target = json::object_of(job.document, "targetEngine");
    EngineFacts facts;
    if (target == nullptr) {
        return facts;
    }
    facts = {.id = std::string{json::text_of(*target, "id")},
             .name = std::string{json::text_of(*target, "name")},
             .type = std::string{json::text_of(*target, "engineType")},
             .state = {},
             .reason = {}};
    const auto runtime = registry.collection("runtimes").get(sql, who, facts.id);
    if (!runtime) {
        SW_CHECK(runtime.error().code == ErrorCode::not_found ? read_other(sql, registry, who, job.group, facts)
                                                              : Result<void>{std::unexpected(runtime.error())});
        return facts;
    }
    const auto& document = runtime->document;
    facts.name = json::text_of(document, "name");
    facts.state = json::text_of(document, "state");
    facts.reason = json::text_of(document, "stateReason");
    facts.instance = json::text_of(document, "instanceId");
    facts.last_contact = time_in(document, "lastContact");
    if (facts.state == "OFFLINE") {  // one that says so itself is heard of after that
        facts.offline_since = facts.last_contact ? std::min(*facts.last_contact, runtime->modified) : runtime->modified;
    }
    if (const auto* cluster = json::object_of(document, "cluster")) {
        const auto* workers = cluster->if_contains("aliveworkers");
        facts.workers = workers != nullptr && workers->is_int64() ? std::optional{workers->get_int64()} : std::nullopt;
    }
    return facts;
}

/// The newest snapshot of the same model whose configuration has the same name and is there.
Result<std::string> made_again(store::Session& sql, const Entity& gone) {
    SW_TRY(const auto rows, sql.query("SELECT id FROM deployable_models WHERE stored_model_id = $1 AND aws_name = $2 AND group_name = $3 AND "
                                      "COALESCE(gone, 0) = 0 ORDER BY row_id DESC LIMIT 1",
                                      {text_in(gone.document, "storedModel", "id"), text_in(gone.document, "sageMaker", "name"), gone.group}));
    return rows.empty() ? std::string{} : rows[0].text(0);
}

Result<std::int64_t> jobs_before(store::Session& sql, const Entity& job, const std::string& engine_id) {
    if (engine_id.empty() || json::text_of(job.document, "jobStatus") != "CREATED") {
        return std::int64_t{0};
    }
    SW_TRY(const auto rows, sql.query("SELECT count(*) FROM jobs WHERE engine_id = $1 AND status = 'CREATED' AND row_id < $2", {engine_id, job.row_id}));
    return rows[0].integer(0);
}

}  // namespace

Result<Answer> Why::snapshot(store::Session& sql, const identity::Principal& who, std::string_view id) const {
    SW_TRY(const auto snapshot, registry_.collection("deployableModels").get(sql, who, id));
    const auto* aws = json::object_of(snapshot.document, "sageMaker");
    SnapshotFacts facts{.id = snapshot.id,
                        .name = text_in(snapshot.document, "metaData", "name"),
                        .group = snapshot.group,
                        .sagemaker = aws != nullptr,
                        .gone = aws != nullptr && flag_in(*aws, "gone"),
                        .approval_required = approvals_.required(snapshot.group)};
    facts.name = facts.name.empty() ? snapshot.id : facts.name;
    SW_TRY(facts.made_again, facts.gone ? made_again(sql, snapshot) : Result<std::string>{});
    SW_TRY(const auto deployments, deployments_of(sql, snapshot.id));
    SW_CHECK(read_deployed(sql, deployments, facts));
    SW_CHECK(read_run(sql, registry_, deployments, facts));
    SW_TRY(const auto ticket, newest_ticket(sql, snapshot.id));
    if (ticket) {
        facts.ticket = facts_of(*ticket, approvals_.settings());
        if (facts.ticket->decision.empty()) {
            SW_TRY(facts.ticket->earlier, approved_before(sql, snapshot.id, *ticket));
        }
    }
    SW_CHECK(read_evidence(sql, approvals_, snapshot, facts));
    for (const auto& source : sources_) {
        SW_TRY(auto more, source(sql, snapshot));
        add(facts.more, std::move(more));
    }
    return why_not_deployed(facts);
}

Result<Answer> Why::job(store::Session& sql, const identity::Principal& who, std::string_view id) const {
    SW_TRY(const auto job, registry_.collection("jobs").get(sql, who, id));
    const auto& document = job.document;
    SW_TRY(auto engine, engine_of(sql, registry_, who, job));
    JobFacts facts{.id = job.id,
                   .status = std::string{json::text_of(document, "jobStatus")},
                   .group = job.group,
                   .engine = std::move(engine),
                   .sagemaker = document.contains("sageMaker") || text_in(document, "targetEngine", "engineType") == "SAGEMAKER_RUNTIME",
                   .owner = std::string{json::text_of(document, "owner")},
                   .cancelled_by = text_in(document, "cancelRequested", "by"),
                   .failure = failure_of(document),
                   .waits = waits_of(document),
                   .tracking_url = text_in(document, "sparkApplication", "trackingUrl"),
                   .logs_url = text_in(document, "sageMaker", "logsUrl"),
                   .reached_aws = !text_in(document, "sageMaker", "arn").empty(),
                   .created = job.created,
                   .submitted = time_in(document, "jobWaitTime"),
                   .began = time_in(document, "jobRunTime")};
    if (const auto* cancel = json::object_of(document, "cancelRequested")) {
        facts.cancel_asked = time_in(*cancel, "at");
    }
    if (facts.sagemaker) {
        SW_TRY(const auto creation, sagemaker::find_creation(sql, job.id));
        if (creation && creation->state != sagemaker::CreationState::ENDED) {
            facts.aws_trouble = creation->detail.why.value_or("");
        }
    }
    SW_TRY(facts.before, jobs_before(sql, job, facts.engine.id));
    return why_not_started(facts);
}

}  // namespace slipway::insight
