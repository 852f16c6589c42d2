#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "automation/editors.hpp"
#include "automation/own_ticket.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/snapshot_starts.hpp"
#include "registry/evidence.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "tickets/approval_desk.hpp"
#include "tickets/notice_issue.hpp"

/// Tickets and messages to people.
namespace slipway::automation {
namespace {

constexpr Milliseconds kSoon = std::chrono::seconds{5};
constexpr Milliseconds kUntilItIsRead = std::chrono::seconds{30};

/// What the ticket shows besides what every one does. Of the test only what is recorded: variables are set by whoever may start or edit a life cycle.
Result<json::object> evidence_of(store::Session& sql, const ExternalTask& task, const store::Entity& snapshot) {
    json::object out{{"processInstanceId", task.instance_id}};
    for (const auto& [name, member] : {std::pair{"RESTART_REASON", "restartReason"}, std::pair{"TRIGGER", "trigger"}}) {
        if (const auto* value = task.variables.if_contains(name)) {
            out[member] = *value;
        }
    }
    SW_TRY(auto endpoints, served_by(sql, snapshot));
    if (!endpoints.empty()) {
        out["servedBy"] = std::move(endpoints);
    }
    SW_TRY(const auto job, registry::job_of_snapshot(sql, snapshot, variable(task, "JOB", "id")));
    if (job) {
        out["testJob"] = {{"id", job->id}};  // what became of it is looked up with all that a ticket shows
    }
    return out;
}

/// "AlgorithmError: … (job mlc-…, Failed)". Of one that took too long nothing was heard since it was asked for.
std::string what_became_of_job(const ExternalTask& task) {
    const auto* job = json::object_of(task.variables, "JOB");
    const auto* facts = job == nullptr ? nullptr : json::object_of(*job, "sageMaker");
    const auto fact = [&](std::string_view key, std::string_view member) {
        auto known = facts == nullptr ? std::string_view{} : json::text_of(*facts, key);
        return known.empty() ? variable(task, "JOB", member) : std::string{known};
    };
    if (variable(task, "ERROR_CODE") == "TRANSFORM_TIMEOUT") {
        return fmt::format("It took longer than the life cycle waits for, and was told to stop (job {}).", fact("name", "id"));
    }
    const auto reason = facts == nullptr ? std::string_view{} : json::text_of(*facts, "failureReason");
    const auto* cancel = job == nullptr ? nullptr : json::object_of(*job, "cancelRequested");
    if (cancel != nullptr && reason.empty()) {
        return fmt::format("It was stopped by {} (job {}).", json::text_of(*cancel, "by"), fact("name", "id"));
    }
    return fmt::format("{} (job {}, {})", reason.empty() ? "AWS names no reason" : reason, fact("name", "id"), fact("status", "jobStatus"));
}

/// Why the test or the deployment failed, where the error that was thrown says nothing itself.
std::string reason_of(const ExternalTask& task, std::string_view kind) {
    const auto message = variable(task, "ERROR_MESSAGE");
    if (!message.empty()) {
        return message;
    }
    if (kind == "job-failure" && !variable(task, "JOB", "id").empty()) {
        return what_became_of_job(task);
    }
    return kind == "deploy-failure" ? variable(task, "DEPLOYMENT", "reason") : std::string{};
}

std::string what_failed(const ExternalTask& task) {
    const auto kind = variable(task, "KIND");
    const auto snapshot = snapshot_of(task);
    const auto endpoint = variable(task, "DEPLOYMENT", "endpointName");
    const bool refused = task.variables.contains("DECISION") && variable(task, "DECISION") != "APPROVED";
    const auto what = kind == "job-failure"      ? fmt::format("The test transform job of {} failed, so no approval was asked for", snapshot)
                      : kind == "deploy-failure" ? fmt::format("The {}{} was not deployed{}", refused ? "" : "approved ", snapshot.substr(4),
                                                               endpoint.empty() ? "" : " to " + endpoint)
                                                 : fmt::format("The life cycle of {} ended with an error", snapshot);
    const auto reason = reason_of(task, kind);
    std::string out = fmt::format("{}: {}", what, reason.empty() ? variable(task, "ERROR_CODE") : reason);
    if (!reason.empty() || kind != "mlc-failure") {
        return out;
    }
    if (const auto* report = json::object_of(task.variables, "ASSET_REPORT")) {
        if (const auto* missing = json::array_of(*report, "missing"); missing != nullptr && !missing->empty()) {
            out += " Missing: " + json::write(json::value(*missing));
        }
    }
    return out;
}

/// The deployer tells of each failed deployment too: both are one notification, which the next success settles.
std::string key_of(const ExternalTask& task) {
    const auto snapshot = variable(task, "DEPLOYABLE_MODEL_ID");
    return variable(task, "KIND") == "deploy-failure" && !snapshot.empty() ? "deployment:" + snapshot : "lifecycle:" + task.instance_id;
}

}  // namespace

std::string snapshot_of(const ExternalTask& task) {
    const auto* snapshot = json::object_of(task.variables, "DEPLOYABLE_MODEL");
    const auto* meta = snapshot == nullptr ? nullptr : json::object_of(*snapshot, "metaData");
    const auto name = meta == nullptr ? std::string_view{} : json::text_of(*meta, "name");
    return name.empty() ? std::string{"the snapshot"} : fmt::format("the snapshot {}", name);
}

namespace {

json::object decision_in(const store::Entity& ticket) {
    const auto* decision = json::object_of(ticket.document, "decision");
    json::object out;
    for (const auto& [name, member] : {std::pair{"DECISION", "decision"}, std::pair{"DECIDED_BY", "decidedBy"}, std::pair{"DECISION_COMMENT", "comment"}}) {
        out[name] = decision == nullptr ? json::value{} : json::value(json::text_of(*decision, member));
    }
    return out;
}

}  // namespace

Result<std::optional<json::object>> decision_on(store::Session& sql, const ExternalTask& task) {
    SW_TRY(const auto rows, sql.query("SELECT ticket_id FROM lifecycle_instances WHERE id = $1", {task.instance_id}));
    if (rows.empty() || rows[0].text(0).empty()) {
        return std::nullopt;
    }
    SW_TRY(const auto ticket, store::find(sql, registry::notifications_table(), rows[0].text(0), store::Scope::all()));
    return decision_in(ticket ? *ticket : store::Entity{});
}

namespace {

/// What earlier life cycles of the snapshot failed at: the one that comes as far as its ticket has passed it.
Result<void> settle_failures(store::Unit& unit, const store::Entity& snapshot) {
    SW_TRY(const auto rows, unit.sql.query("SELECT dedup_key FROM notifications WHERE deployable_model_id = $1 AND group_name = $2 AND open = 1 "
                                           "AND dedup_key LIKE 'lifecycle:%'",
                                           {snapshot.id, snapshot.group}));
    for (const auto& row : rows) {
        SW_CHECK(registry::settle(unit, snapshot.group, row.text(0)));
    }
    return {};
}

}  // namespace

Result<json::object> SageMakerTopics::ask(store::Unit& unit, const ExternalTask& task) {
    SW_TRY(const auto snapshot, store::require(unit.sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
    sagemaker::DeployRequest request{.deployable_model_id = snapshot.id, .endpoint_name = endpoint_name(task.variables)};
    SW_TRY(request.ask, evidence_of(unit.sql, task, snapshot));
    request.templated = !request.endpoint_name.empty();
    request.another = settings_.already_deployed != "end";
    SW_CHECK(hold_live(unit, task));
    SW_TRY(const auto answer, deployer_.deploy(unit, requester(task), request));
    const auto& table = registry::notifications_table();
    SW_TRY(const auto ticket, store::require(unit.sql, table, answer.ticket_id, store::Scope::all()));
    auto document = ticket.document;
    document["processInstanceId"] = task.instance_id;
    SW_TRY(const auto asked, store::update(unit, table, ticket, std::move(document)));
    SW_CHECK(tickets::tell_test(unit, asked));
    SW_CHECK(settle_failures(unit, snapshot));
    SW_TRY(const auto editors, editors_of(unit.sql, task.instance_id));
    SW_CHECK(tell_editors(unit, ticket.id, editors));
    SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET ticket_id = $1 WHERE id = $2", {ticket.id, task.instance_id}));
    return json::object{{"id", ticket.id}};
}

Outcome SageMakerTopics::create_approval(const ExternalTask& task) {
    const auto asked = once(store(), task, "ticket", [&](store::Unit& unit) { return ask(unit, task); });
    if (asked) {
        return Done{{{"TICKET", *asked}}};
    }
    const auto& error = asked.error();
    if (error.reason == "ALREADY_RUNNING" || error.reason == "CONFIGURATION_PENDING") {
        return Later{kSoon};
    }
    const auto trouble = trouble_of(error);
    return trouble.again ? Outcome{trouble} : Outcome{Fault{error.reason, error.message, {}}};
}

namespace {

Result<std::optional<store::Entity>> open_notification(store::Session& sql, const ExternalTask& task) {
    SW_TRY(auto said, store::find_by(sql, registry::notifications_table(), {{"group_name", task.group}, {"dedup_key", key_of(task)}, {"open", std::int64_t{1}}},
                                     store::Scope::all(), 1));
    return said.empty() ? std::nullopt : std::optional{std::move(said.front())};
}

/// The deployer's own words for the same failure stand: nobody is told of it twice.
std::string words_for(const ExternalTask& task, const std::optional<store::Entity>& said) {
    const auto kind = variable(task, "KIND");
    const auto reason = reason_of(task, kind);
    const auto endpoint = variable(task, "DEPLOYMENT", "endpointName");
    const auto words = said ? json::text_of(said->document, "message") : std::string_view{};
    const bool same = kind == "deploy-failure" && !reason.empty() && !endpoint.empty() && words.ends_with(fmt::format(" to {}: {}", endpoint, reason));
    return same ? std::string{words} : what_failed(task);
}

}  // namespace

Outcome SageMakerTopics::create_notification(const ExternalTask& task) {
    const auto told = once(store(), task, "notification", [&](store::Unit& unit) -> Result<json::object> {
        SW_TRY(const auto before, open_notification(unit.sql, task));
        domain::Notification notification{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR", .message = words_for(task, before)};
        // A process that somebody started by hand need not know either.
        const auto known = [](std::string id) { return id.empty() ? std::nullopt : std::optional{std::move(id)}; };
        notification.deployable_model_id = known(variable(task, "DEPLOYABLE_MODEL_ID"));
        notification.stored_model_id = known(variable(task, "STORED_MODEL_ID"));
        notification.job_id = variable(task, "KIND") == "job-failure" ? known(variable(task, "JOB", "id")) : std::nullopt;
        notification.extra.members["processInstanceId"] = task.instance_id;
        SW_CHECK(registry::notify(unit, task.group, std::move(notification), key_of(task)));
        SW_TRY(const auto said, open_notification(unit.sql, task));
        if (said) {
            SW_CHECK(tickets::tell_by_issue(unit, *said, approvals_.settings().assignment));
        }
        return json::object{};
    });
    if (!told) {
        return trouble_of(told.error());
    }
    Done done;
    const auto kind = variable(task, "KIND");
    if (const auto reason = reason_of(task, kind); !reason.empty() && kind != "mlc-failure" && variable(task, "ERROR_MESSAGE").empty()) {
        done.variables["ERROR_MESSAGE"] = reason;  // for whoever looks at the life cycle
    }
    return done;
}

/// Closes an open ticket; one that is decided stays as it is.
Result<void> SageMakerTopics::close(store::Unit& unit, const std::optional<store::Entity>& ticket, const std::string& reason) const {
    if (!ticket || ticket->document.contains("decision")) {
        return {};
    }
    SW_CHECK(registry::decide_ticket(unit, *ticket, "CANCELLED", "SYSTEM", reason));
    return {};
}

/// Decided in time is what was decided before it is closed, however late that is heard of. Where another system decides, whoever reads there closes it.
Result<Outcome> SageMakerTopics::expired(store::Unit& unit, const ExternalTask& task) {
    const Done over{{{"DECISION", "EXPIRED"}}};
    SW_TRY(const auto ticket, own_ticket(unit.sql, task));
    if (!ticket) {
        return over;
    }
    if (const auto* decision = json::object_of(ticket->document, "decision")) {
        const auto word = json::text_of(*decision, "decision");
        return word == "APPROVED" || word == "REJECTED" ? Done{decision_in(*ticket)} : over;
    }
    if (tickets::is_remote(*ticket) && approvals_.settings().assignment != registry::kBuiltIn) {
        return Later{kUntilItIsRead};
    }
    SW_CHECK(registry::decide_ticket(unit, *ticket, "EXPIRED", "SYSTEM", variable(task, "REASON")));
    return over;
}

Outcome SageMakerTopics::expire_ticket(const ExternalTask& task) {
    Outcome outcome{Done{}};
    const auto closed = store().write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(outcome, expired(unit, task));
        return {};
    });
    return closed ? outcome : Outcome{trouble_of(closed.error())};
}

Outcome SageMakerTopics::close_ticket(const ExternalTask& task) {
    // Files of before do not say it.
    if (variable(task, "KIND") == "expired" || task.element == "T_Expire") {
        return expire_ticket(task);
    }
    const auto closed = store().write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto ticket, own_ticket(unit.sql, task));
        return close(unit, ticket, variable(task, "REASON"));
    });
    return closed ? Outcome{Done{}} : Outcome{trouble_of(closed.error())};
}

Outcome SageMakerTopics::comment_ticket(const ExternalTask& task) {
    const auto noted = once(store(), task, "comment", [&](store::Unit& unit) -> Result<json::object> {
        SW_TRY(const auto ticket, own_ticket(unit.sql, task));
        const bool reminds = variable(task, "KIND") == "reminder";
        if (!ticket || (reminds && ticket->document.contains("decision"))) {
            return json::object{};
        }
        auto document = ticket->document;
        auto& comments = document["comments"];
        if (!comments.is_array()) {
            comments = json::array{};
        }
        comments.get_array().push_back({{"at", to_iso(unit.now)},
                                        {"by", "SYSTEM"},
                                        {"text", reminds ? "This ticket still waits for its decision."
                                                         : "Deployed to the endpoint " + variable(task, "DEPLOYMENT", "endpointName") + "."}});
        SW_CHECK(store::update(unit, registry::notifications_table(), *ticket, std::move(document)));
        return json::object{};
    });
    return noted ? Outcome{Done{}} : Outcome{trouble_of(noted.error())};
}

namespace {

/// Whether a deployment that a step of the instance has noted still stands: one that failed, or was taken away since, holds nothing back.
Result<bool> has_deployed(store::Session& sql, const std::string& id) {
    SW_TRY(const auto noted, sql.query("SELECT answer FROM lifecycle_effects WHERE instance_id = $1 AND effect_key LIKE '%:deployment'", {id}));
    for (const auto& row : noted) {
        SW_TRY(const auto answer, json::parse_object(row.text(0)));
        SW_TRY(const auto deployment, store::find(sql, registry::deployed_models_table(), std::string{json::text_of(answer, "id")}, store::Scope::all()));
        const auto state = deployment ? json::text_of(deployment->document, "state") : std::string_view{"UNDEPLOYED"};
        if (state != "UNDEPLOYED" && state != "FAILED") {
            return true;
        }
    }
    return false;
}

/// From the deployment on an instance is no more cancelled for another: what it has done is told by its own end, and by nothing else. Files of groups may
/// name their elements as they like, so what its steps have noted counts as well.
Result<void> check_not_under_way(store::Session& sql, const std::string& id, const Loaded& loaded) {
    const auto is_at = [&](std::string_view element) {
        const auto index = loaded.graph->find_node(element);
        return index != lifecycle::kNone && std::ranges::any_of(loaded.instance.tokens, [&](const auto& one) {
                   return one.second.element == index || (one.second.element != lifecycle::kRoot && loaded.graph->node(one.second.element).scope == index);
               });
    };
    if (is_at("S_Deploy")) {
        return fail(ErrorCode::conflict, "UNDER_WAY", "The life cycle is on its way to an endpoint: wait for its end, or cancel the deployment.");
    }
    SW_TRY(const auto deployed, has_deployed(sql, id));
    constexpr std::array kBehind{"T_Register", "T_Done", "T_DepTicket"};
    return !deployed && std::ranges::none_of(kBehind, is_at)
               ? Result<void>{}
               : fail(ErrorCode::conflict, "UNDER_WAY",
                      fmt::format("The life cycle is past its deployment and has only to tell of it. If it is stuck there: slipway lifecycle retry {}", id));
}

}  // namespace

/// What waits of the snapshot's process is cancelled, unless it is on its way to an endpoint.
Result<void> SageMakerTopics::cancel_waiting(store::Unit& unit, const store::Entity& snapshot, const std::string& reason) {
    SW_TRY(const auto rows, unit.sql.query("SELECT id, ticket_id FROM lifecycle_instances WHERE business_key = $1 AND definition_key = $2 AND group_name = $3 "
                                           "AND state = 'active'",
                                           {snapshot.id, std::string{kDeployModel}, snapshot.group}));
    for (const auto& row : rows) {
        SW_TRY(const auto loaded, engine_.load(unit.sql, row.text(0), true));
        SW_CHECK(check_not_under_way(unit.sql, row.text(0), loaded));
        SW_CHECK(engine_.send(unit, row.text(0), lifecycle::SetVariables{.variables = {{"OUTCOME", "CANCELLED"}}}, true));
        SW_CHECK(engine_.send(unit, row.text(0), lifecycle::Cancel{"Started anew: " + reason}, true));
        SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), row.text(1), scope_of(snapshot.group)));
        SW_TRY(const bool others, is_waited_for(unit.sql, row.text(1)));
        SW_CHECK(others ? Result<void>{} : close(unit, ticket, "The life cycle was started anew: " + reason));
    }
    return {};
}

Result<Started> SageMakerTopics::restart(store::Unit& unit, const identity::Principal& who, const std::string& snapshot_id, const std::string& reason) {
    if (reason.empty()) {
        return invalid("/reason", "why it is started anew", "nothing");
    }
    const auto& access = registry_.foundation().access;
    const auto& table = registry::deployable_models_table();
    SW_TRY(const auto snapshot, store::require(unit.sql, table, snapshot_id, access.scope(who, identity::Action::read, table.collection)));
    SW_CHECK(access.require(who, identity::Action::execute, table.collection, snapshot.group, snapshot.created_by));
    SW_TRY(auto start, snapshot_start(unit.sql, engine_.definitions(), snapshot.group));
    SW_CHECK(cancel_waiting(unit, snapshot, reason));
    const auto* model = json::object_of(snapshot.document, "storedModel");
    const std::string model_id{model == nullptr ? "" : json::text_of(*model, "id")};
    return engine_.start(unit,
                         {.definition = std::move(start.definition),
                          .element = std::move(start.element),
                          .business_key = snapshot_id,
                          .group = snapshot.group,
                          .started_by = who.name,
                          .variables = {{"DEPLOYABLE_MODEL_ID", snapshot_id},
                                        {"STORED_MODEL_ID", model_id},
                                        {"MODEL_ID", model_id},
                                        {"GROUP", snapshot.group},
                                        {"TRIGGER", "api"},
                                        {"REQUESTED_BY", who.name},
                                        {"RESTART_REASON", reason}}},
                         true);
}

}  // namespace slipway::automation
