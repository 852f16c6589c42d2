#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "automation/server_messages.hpp"
#include "automation/turn.hpp"
#include "base/log.hpp"
#include "registry/tables.hpp"
#include "sagemaker/deployer.hpp"

/// Messages to whoever waits for a thing of its own: mostly one, but a ticket may be that of two.
namespace slipway::automation {
namespace {

Result<void> correlate(Engine& engine, store::Unit& unit, std::string_view message, const std::string& key, const std::string& dedup, json::object variables,
                       bool apart = false) {
    const auto sent = engine.correlate(unit, store::Scope::all(),
                                       {.name = std::string{message},
                                        .correlation_key = key,
                                        .each = true,
                                        .variables = std::move(variables),
                                        .dedup_id = dedup,
                                        .keep_for = kKeepMessages,
                                        .apart = apart},
                                       false);
    if (!sent && is_for_later(sent.error())) {
        return std::unexpected(sent.error());
    }
    if (!sent) {
        log::warn("lifecycle.message_lost", {{"message", message}, {"key", key}, {"why", sent.error().message}});
    }
    return {};
}

/// Empty while it has not ended.
Result<json::object> end_of(store::Session& sql, std::string_view message, const std::string& key) {
    if (message == kTransformFinished) {
        SW_TRY(const auto job, store::find(sql, registry::jobs_table(), key, store::Scope::all()));
        return job && has_ended(*job) ? json::object{{"JOB", job_variable(*job)}} : json::object{};
    }
    if (message == kTicketDecided) {
        SW_TRY(const auto ticket, store::find(sql, registry::notifications_table(), key, store::Scope::all()));
        return ticket ? decision_variables(*ticket) : json::object{};
    }
    if (message == kDeploymentFinished) {
        SW_TRY(const auto run, sagemaker::deploying_run(sql, key));
        return run && !sagemaker::is_live(run->state) ? json::object{{"DEPLOYMENT", deployment_variable(*run)}} : json::object{};
    }
    return json::object{};
}

/// Nobody decides any more: the life cycle's own timer says what follows, as where a ticket expires.
Result<void> end_wait_of_closed_ticket(Engine& engine, store::Unit& unit, const std::string& instance_id, const std::string& ticket_id) {
    SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), ticket_id, store::Scope::all()));
    if (!ticket || !ticket->document.contains("decision")) {
        return {};
    }
    SW_TRY(const auto due, unit.sql.execute("UPDATE lifecycle_jobs SET due_at = $1 WHERE kind = 'timer' AND element = 'B_Expire' AND due_at > $1 "
                                            "AND instance_id = $2",
                                            {store::to_value(unit.now), instance_id}));
    if (due > 0) {
        engine.work(unit);
    }
    return {};
}

}  // namespace

json::object decision_variables(const store::Entity& ticket) {
    const auto* decision = json::object_of(ticket.document, "decision");
    const auto word = decision == nullptr ? std::string_view{} : json::text_of(*decision, "decision");
    if (word != "APPROVED" && word != "REJECTED") {
        return {};
    }
    return {{"DECISION", word},
            {"DECIDED_BY", json::text_of(*decision, "decidedBy")},
            {"DECIDED_AT", json::text_of(*decision, "decidedAt")},
            {"DECISION_COMMENT", json::text_of(*decision, "comment")}};
}

Result<void> tell_ends_again(Engine& engine, store::Unit& unit, const std::string& instance_id) {
    SW_TRY(const auto waits, unit.sql.query("SELECT DISTINCT name, correlation_key FROM lifecycle_subscriptions WHERE instance_id = $1 AND kind = 'message' "
                                            "AND correlation_key IS NOT NULL",
                                            {instance_id}));
    for (const auto& wait : waits) {
        SW_TRY(auto end, end_of(unit.sql, wait.text(0), wait.text(1)));
        if (end.empty() && wait.text(0) == kTicketDecided) {
            SW_CHECK(end_wait_of_closed_ticket(engine, unit, instance_id, wait.text(1)));
        }
        if (!end.empty()) {
            SW_CHECK(engine.correlate(
                unit, store::Scope::all(),
                {.name = wait.text(0), .correlation_key = wait.text(1), .instance_id = instance_id, .each = true, .variables = std::move(end), .apart = true},
                false));
        }
    }
    return {};
}

bool has_ended(const store::Entity& job) {
    const auto status = json::text_of(job.document, "jobStatus");
    return status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
}

json::object job_variable(const store::Entity& job) {
    auto out = job.full();
    for (const auto* member : {"model", "referenceModel", "jobMessages"}) {
        out.erase(member);
    }
    return out;
}

Result<void> tell_job_ended(Engine& engine, store::Unit& unit, const store::Entity& job, bool apart) {
    if (!has_ended(job)) {
        return {};
    }
    return correlate(engine, unit, kTransformFinished, job.id, "job:" + job.id, {{"JOB", job_variable(job)}}, apart);
}

Result<void> tell_deployment_adopted(Engine& engine, store::Unit& unit, const std::string& deployed_model_id, const std::string& instance_id) {
    return correlate(engine, unit, kDeploymentFinished, deployed_model_id, fmt::format("adopted:{}:{}", instance_id, deployed_model_id),
                     {{"DEPLOYMENT", json::object{{"id", deployed_model_id}, {"verdict", "DEPLOYED"}, {"adopted", true}}}});
}

json::object deployment_variable(const sagemaker::DeployRun& run) {
    json::object deployment{{"id", run.deployed_model_id}, {"operationId", run.operation_id}, {"endpointName", run.detail.endpoint_name}};
    if (const auto verdict = sagemaker::verdict_of(run); !verdict.empty()) {
        deployment["verdict"] = verdict;
    }
    if (run.detail.why) {
        deployment["reason"] = *run.detail.why;
    }
    return deployment;
}

Result<void> tell_deployment_ended(Engine& engine, store::Unit& unit, const std::string& deployed_model_id, bool apart) {
    SW_TRY(const auto run, sagemaker::deploying_run(unit.sql, deployed_model_id));
    if (!run || sagemaker::is_live(run->state)) {
        return {};
    }
    return correlate(engine, unit, kDeploymentFinished, deployed_model_id, "deployment:" + run->operation_id, {{"DEPLOYMENT", deployment_variable(*run)}},
                     apart);
}

/// To who waits now, and to nobody later: AWS may list the configuration again.
Result<void> Bridge::tell_gone(store::Unit& unit, const std::string& id, std::int64_t version) {
    const auto sent = engine_.correlate(unit, store::Scope::all(),
                                        {.name = std::string{kSnapshotDeleted},
                                         .correlation_key = id,
                                         .each = true,
                                         .dedup_id = fmt::format("snapshot.gone:{}:{}", id, version),
                                         .apart = apart_},
                                        false);
    return !sent && is_for_later(sent.error()) ? Result<void>{std::unexpected(sent.error())} : Result<void>{};
}

Result<void> Bridge::send(store::Unit& unit, std::string_view message, const std::string& key, const std::string& dedup, json::object variables) {
    return correlate(engine_, unit, message, key, dedup, std::move(variables), apart_);
}

}  // namespace slipway::automation
