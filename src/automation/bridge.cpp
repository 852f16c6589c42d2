#include "automation/bridge.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "automation/own_ticket.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/server_messages.hpp"
#include "automation/turn.hpp"
#include "base/log.hpp"
#include "registry/approvals.hpp"
#include "registry/documents.hpp"
#include "registry/job_messages.hpp"
#include "registry/jobs.hpp"
#include "registry/notify.hpp"
#include "registry/snapshot_origin.hpp"
#include "registry/tables.hpp"
#include "sagemaker/deployer.hpp"
#include "store/outbox.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::automation {
namespace {

using registry::text_in;

constexpr std::size_t kEventsAtOnce = 100;
constexpr std::string_view kCursor = "signals";

}  // namespace

Result<void> Bridge::run(const std::stop_token& stop) {
    for (bool more = true; more && !stop.stop_requested();) {
        bool behind = false;
        const auto look = [&](store::Session& sql) -> Result<void> {
            // Without a cursor it is set now, also where nothing happened yet: what comes next is not to be taken for what was there before.
            SW_TRY(const auto cursor, sql.query("SELECT seq FROM lifecycle_cursors WHERE name = $1", {std::string{kCursor}}));
            if (cursor.empty()) {
                behind = true;
                return {};
            }
            SW_TRY(const auto rows, sql.query("SELECT 1 FROM outbox WHERE seq > $1 LIMIT 1", {cursor[0].integer(0)}));
            behind = !rows.empty();
            return {};
        };
        SW_CHECK(registry_.foundation().store.read(look));
        if (!behind) {
            return {};
        }
        const auto read_on = [&](store::Unit& unit) -> Result<void> {
            SW_TRY(more, some(unit, kEventsAtOnce));
            return {};
        };
        const auto done = registry_.foundation().store.write({}, read_on);
        if (!done && done.error().code == ErrorCode::unavailable) {
            return done;
        }
        if (!done) {
            log::warn("lifecycle.events_failed", {{"message", done.error().message}, {"detail", done.error().detail}});
            SW_CHECK(one_by_one(stop));
            more = true;
        }
    }
    return {};
}

/// One of them cannot be carried out, and must not keep the others from it. What somebody cannot take is put off, for each in a transaction of its own
/// (Runner): it is thrown once in any case, for the events' cursor moves with it.
Result<void> Bridge::one_by_one(const std::stop_token& stop) {
    for (std::size_t i = 0; i < kEventsAtOnce && !stop.stop_requested(); ++i) {
        bool more = false;
        const auto one = [&](store::Unit& unit) -> Result<void> {
            SW_TRY(more, some(unit, 1));
            return {};
        };
        apart_ = false;
        auto done = registry_.foundation().store.write({}, one);
        if (!done && done.error().code != ErrorCode::unavailable) {
            apart_ = true;
            done = registry_.foundation().store.write({}, one);
            apart_ = false;
        }
        SW_CHECK(done);
        if (!more) {
            break;
        }
    }
    return {};
}

Result<bool> Bridge::some(store::Unit& unit, std::size_t most) {
    SW_TRY(const auto rows, unit.sql.query("SELECT seq FROM lifecycle_cursors WHERE name = $1", {std::string{kCursor}}));
    if (rows.empty()) {
        SW_TRY(const auto range, store::event_range(unit.sql));
        SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_cursors (name, seq) VALUES ($1, $2)", {std::string{kCursor}, range.last}));
        return false;
    }
    SW_TRY(const auto events, store::events_after(unit.sql, rows[0].integer(0), store::Scope::all(), most));
    heard_.clear();
    for (const auto& event : events) {
        SW_CHECK(take(unit, event));
    }
    if (!events.empty()) {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_cursors SET seq = $1 WHERE name = $2", {events.back().seq, std::string{kCursor}}));
    }
    return events.size() == most;
}

Result<void> Bridge::take(store::Unit& unit, const store::Event& event) {
    if (event.type == "StoredModel") {
        return model(unit, event);
    }
    if (event.type == "DeployableModel") {
        return snapshot(unit, event);
    }
    if (event.type == "Job") {
        return job(unit, event);
    }
    if (event.type == "Notification") {
        return ticket(unit, event);
    }
    if (event.type == "ProcessInstance") {
        return instance(unit, event);
    }
    return event.type == "Operation" ? operation(unit, event) : Result<void>{};
}

/// Whether anybody waits for the signal or is started by it: else nothing need be read for it.
/// Looked up once for a batch: who begins to wait for it within the batch hears of what comes after the batch.
Result<bool> Bridge::heard(store::Session& sql, std::string_view signal) {
    const auto name = canonical_signal(signal);
    if (const auto known = heard_.find(name); known != heard_.end()) {
        return known->second;
    }
    SW_TRY(const auto rows, sql.query("SELECT 1 FROM lifecycle_starts WHERE kind = 'signal' AND name = $1 UNION ALL "
                                      "SELECT 1 FROM lifecycle_subscriptions WHERE kind = 'signal' AND name = $1 LIMIT 1",
                                      {name}));
    return heard_[name] = !rows.empty();
}

Result<void> Bridge::throw_signal(store::Unit& unit, const store::Event& event, std::string_view signal, json::object variables) {
    variables["GROUP"] = event.group;
    SW_CHECK(engine_.signal(unit, store::Scope::all(),
                            {.name = std::string{signal},
                             .variables = variables,
                             .group = event.group,
                             .started_by = std::string{json::text_of(variables, "REQUESTED_BY")},
                             .automatic = true,
                             .apart = apart_}));
    return {};
}

Result<void> Bridge::model(store::Unit& unit, const store::Event& event) {
    SW_TRY(const auto created, heard(unit.sql, "model.created"));
    SW_TRY(const auto changed, heard(unit.sql, "model.changed"));
    if (event.kind == "removed" || !(created || changed)) {
        return {};
    }
    SW_TRY(const auto found, store::find(unit.sql, registry::stored_models_table(), event.id, store::Scope::all()));
    if (!found) {
        return {};
    }
    const json::object variables{{"STORED_MODEL_ID", event.id},
                                 {"MODEL_ID", event.id},
                                 {"STORED_MODEL", registry_.collection("storedModels").present(*found)},
                                 {"TRIGGER", "api"},
                                 {"REQUESTED_BY", found->modified_by}};
    if (event.kind == "created") {
        SW_CHECK(throw_signal(unit, event, "model.created", variables));
    }
    return throw_signal(unit, event, "model.changed", variables);
}

Result<void> Bridge::snapshot(store::Unit& unit, const store::Event& event) {
    if (event.kind == "removed") {
        return snapshot_over(unit, event.id, "The snapshot was deleted.");
    }
    if (event.kind == "changed") {
        SW_TRY(const auto gone, unit.sql.query("SELECT 1 FROM deployable_models WHERE id = $1 AND gone = 1", {event.id}));
        if (!gone.empty()) {
            SW_CHECK(snapshot_over(unit, event.id, "The endpoint configuration of the snapshot was deleted in AWS.", event.version));
        }
    }
    SW_TRY(const auto created, heard(unit.sql, "snapshot.created"));
    SW_TRY(const auto changed, heard(unit.sql, "snapshot.changed"));
    if (!(created || changed)) {
        return {};
    }
    SW_TRY(const auto found, store::find(unit.sql, registry::deployable_models_table(), event.id, store::Scope::all()));
    if (!found) {
        return {};
    }
    const auto model_id = text_in(found->document, "storedModel", "id");
    SW_TRY(const auto noted, registry::origin_of(unit.sql, event.id));
    const auto origin = noted.value_or(registry::SnapshotOrigin{.requested_by = event.created_by});
    if (event.kind == "created" && !origin.starts_lifecycles) {
        return {};
    }
    const json::object variables{{"DEPLOYABLE_MODEL_ID", event.id},
                                 {"STORED_MODEL_ID", model_id},
                                 {"MODEL_ID", model_id},
                                 {"DEPLOYABLE_MODEL", registry_.collection("deployableModels").present(*found)},
                                 {"TRIGGER", origin.trigger},
                                 {"REQUESTED_BY", event.kind == "created" ? origin.requested_by : event.created_by}};
    if (event.kind == "created") {
        SW_CHECK(throw_signal(unit, event, "snapshot.created", variables));
    }
    return throw_signal(unit, event, "snapshot.changed", variables);
}

Result<void> Bridge::job(store::Unit& unit, const store::Event& event) {
    SW_TRY(const auto found, store::find(unit.sql, registry::jobs_table(), event.id, store::Scope::all()));
    if (!found || event.kind == "removed") {
        return {};
    }
    // What an import finds in its end already ended before anybody here could wait for it.
    if (event.kind == "changed" && found->document.contains("sageMaker")) {
        SW_CHECK(tell_job_ended(engine_, unit, *found, apart_));
    }
    SW_TRY(const auto anybody, heard(unit.sql, "job.status.changed"));
    if (!anybody) {
        return {};
    }
    const auto status = std::string{json::text_of(found->document, "jobStatus")};
    // The last status that was told, so that one that comes back is told again, and the same event heard twice is not.
    SW_TRY(const auto fresh, unit.sql.execute("INSERT INTO lifecycle_messages (dedup_id, name, correlation_key, group_name, waiting, expires_at, content) "
                                              "VALUES ($1, 'job.status', '', '', 0, $2, $3) ON CONFLICT (dedup_id) WHERE dedup_id IS NOT NULL DO UPDATE "
                                              "SET content = excluded.content, expires_at = excluded.expires_at "
                                              "WHERE lifecycle_messages.content <> excluded.content",
                                              {fmt::format("status:{}", event.id), store::to_value(unit.now + kKeepMessages), status}));
    if (fresh == 0) {
        return {};
    }
    return throw_signal(unit, event, "job.status.changed",
                        {{"JOB_ID", event.id},
                         {"JOB", registry_.jobs().present(*found)},
                         {"DEPLOYABLE_MODEL_ID", text_in(found->document, "model", "id")},
                         {"TRIGGER", "api"},
                         {"REQUESTED_BY", found->modified_by}});
}

Result<void> Bridge::ticket(store::Unit& unit, const store::Event& event) {
    if (event.kind != "changed") {
        return {};
    }
    SW_TRY(const auto found, store::find(unit.sql, registry::notifications_table(), event.id, store::Scope::all()));
    if (!found || json::text_of(found->document, "notificationType") != registry::kApproval) {
        const auto* open = found ? found->document.if_contains("open") : nullptr;
        if (open == nullptr) {
            return {};
        }
        return *open == json::value(false) ? tickets::tell_settled(unit, *found) : tickets::tell_anew(unit, *found);
    }
    SW_CHECK(tell_ambiguity(unit, *found));
    const auto* decision = json::object_of(found->document, "decision");
    if (decision == nullptr) {
        return {};
    }
    SW_CHECK(look_now(unit, std::string{json::text_of(found->document, "processInstanceId")}));
    // One that was closed without anybody's decision is none: the life cycle's own timer says what follows, and its time has come.
    const auto word = json::text_of(*decision, "decision");
    if (word != "APPROVED" && word != "REJECTED") {
        return word == "EXPIRED" ? expire(unit, event.id) : Result<void>{};
    }
    return send(unit, kTicketDecided, event.id, "ticket:" + event.id, decision_variables(*found));
}

/// What waits in its task for a decision, as the vendor's delegates do, looks again.
Result<void> Bridge::look_now(store::Unit& unit, const std::string& instance_id) {
    SW_CHECK(
        unit.sql.execute("UPDATE lifecycle_tasks SET free_at = $1 WHERE instance_id = $2 AND topic LIKE 'modelop.Create%' AND worker = '' AND "
                         "retries <> 0 AND free_at > $1 AND free_at < $3",
                         {store::to_value(unit.now), instance_id, kNever}));
    engine_.work(unit);
    return {};
}

/// An instance that cannot be read, so that it has no incident either.
Result<void> Bridge::tell_not_ended(store::Unit& unit, const std::string& instance_id, const std::string& group, const Error& why) {
    log::error("lifecycle.not_cancelled", {{"instance", instance_id}, {"why", why.message}});
    domain::Notification notification{
        .notification_type = "MODEL_NOTIFICATION",
        .severity = "ERROR",
        .message =
            fmt::format("The life cycle {} could not be ended though its snapshot was deleted: {} See the log of the server.", instance_id, why.message)};
    notification.extra.members["processInstanceId"] = instance_id;
    return registry::notify(unit, group, std::move(notification), "lifecycle:" + instance_id);
}

/// It was deleted, or its configuration in AWS: nothing is asked about it any more, and what tests it ends; whoever waits for its end hears of it.
Result<void> Bridge::snapshot_over(store::Unit& unit, const std::string& id, const std::string& reason, std::optional<std::int64_t> gone) {
    SW_CHECK(gone ? tell_gone(unit, id, *gone) : send(unit, kSnapshotDeleted, id, "snapshot.deleted:" + id, {}));
    SW_TRY(const auto tickets, unit.sql.query("SELECT id FROM notifications WHERE deployable_model_id = $1 AND notification_type = $2 AND open = 1",
                                              {id, std::string{registry::kApproval}}));
    for (const auto& row : tickets) {
        SW_CHECK(withdraw_ticket(unit, row.text(0), reason));
    }
    SW_TRY(const auto rows,
           unit.sql.query("SELECT id, group_name FROM lifecycle_instances WHERE business_key = $1 AND definition_key = $2 AND state = 'active'",
                          {id, std::string{kDeployModel}}));
    for (const auto& row : rows) {
        const auto readable = engine_.load(unit.sql, row.text(0), true);
        if (!readable && apart_ && readable.error().code == ErrorCode::internal) {
            SW_CHECK(tell_not_ended(unit, row.text(0), row.text(1), readable.error()));
            continue;
        }
        // What else fails may have written half of what it was to: the event is taken again, and its steps are left to the runner.
        if (const auto done = end_test(unit, row.text(0), reason); !done && !is_gone(done.error())) {
            return done;
        }
    }
    return {};
}

/// Its process may answer the variable with anything: a condition that cannot be evaluated, or its own end, which leaves nothing to cancel.
Result<void> Bridge::end_test(store::Unit& unit, const std::string& instance_id, const std::string& reason) {
    SW_TRY(const auto loaded, engine_.load(unit.sql, instance_id, true));
    const auto testing = loaded.graph->find_node("S_Transform");
    const bool tested = testing != lifecycle::kNone &&
                        std::ranges::any_of(loaded.instance.tokens, [&](const auto& one) { return loaded.graph->node(one.second.element).scope == testing; });
    if (!tested) {
        return {};
    }
    const lifecycle::SetVariables outcome{.variables = {{"OUTCOME", "CANCELLED"}}};
    const lifecycle::Cancel cancel{reason};
    if (apart_) {
        SW_CHECK(engine_.send_apart(unit, instance_id, outcome));
        return engine_.send_apart(unit, instance_id, cancel);
    }
    SW_CHECK(engine_.send(unit, instance_id, outcome, true));
    return engine_.send(unit, instance_id, cancel, false);
}

/// An instance that is over asks for nothing any more, and what it started for itself alone ends with it.
Result<void> Bridge::instance(store::Unit& unit, const store::Event& event) {
    SW_CHECK(tell_stuck(unit, event.id));
    if (event.kind != "changed") {
        return {};
    }
    SW_TRY(const auto rows, unit.sql.query("SELECT ticket_id, state, reason FROM lifecycle_instances WHERE id = $1 AND state <> 'active'", {event.id}));
    if (rows.empty()) {
        return {};
    }
    const auto state = rows[0].text(1);
    const auto& why = rows[0].text(2);
    const auto reason = fmt::format("The life cycle that asked for it was {}{}{}", state, why.empty() ? "." : ": ", why);
    if (!rows[0].text(0).empty()) {
        SW_TRY(const bool others, is_waited_for(unit.sql, rows[0].text(0)));
        if (!others) {
            SW_CHECK(withdraw_ticket(unit, rows[0].text(0), reason));
        }
    }
    // One that came to its end by itself may leave a job behind that goes on: its process said so.
    return state == "cancelled" ? stop_jobs(unit, event.id, reason) : Result<void>{};
}

/// Once; where it is decided in another system, that hears of it too.
Result<void> Bridge::withdraw_ticket(store::Unit& unit, const std::string& id, const std::string& reason) {
    SW_TRY(const auto ticket, store::find(unit.sql, registry::notifications_table(), id, store::Scope::all()));
    if (ticket && !ticket->document.contains("decision")) {
        SW_CHECK(registry::decide_ticket(unit, *ticket, "CANCELLED", "SYSTEM", reason));
    }
    return {};
}

/// Jobs that handlers of the instance made (handler.hpp, once()).
Result<void> Bridge::stop_jobs(store::Unit& unit, const std::string& instance_id, const std::string& reason) {
    SW_TRY(const auto rows, unit.sql.query("SELECT answer FROM lifecycle_effects WHERE instance_id = $1 AND effect_key LIKE '%:job'", {instance_id}));
    for (const auto& row : rows) {
        SW_TRY(const auto answer, json::parse_object(row.text(0)));
        SW_TRY(const auto job, store::find(unit.sql, registry::jobs_table(), json::text_of(answer, "id"), store::Scope::all()));
        if (!job || has_ended(*job) || job->document.contains("cancelRequested")) {
            continue;
        }
        const auto asked = registry_.jobs().cancel(unit, identity::Principal::service(), job->id);
        if (!asked && is_for_later(asked.error())) {
            return std::unexpected(asked.error());
        }
        if (!asked) {
            log::warn("lifecycle.job_not_stopped", {{"instance", instance_id}, {"job", job->id}, {"why", asked.error().message}});
            continue;
        }
        SW_CHECK(registry::append_job_messages(unit, job->id, std::array{reason}));
    }
    return {};
}

Result<void> Bridge::operation(store::Unit& unit, const store::Event& event) {
    if (json::text_of(event.payload, "state") == "RUNNING") {
        return {};
    }
    const auto run = sagemaker::run_of_operation(unit.sql, event.id);
    if (!run) {
        return run.error().code == ErrorCode::not_found ? Result<void>{} : std::unexpected(run.error());
    }
    return run->detail.kind == sagemaker::DeployKind::DEPLOY ? tell_deployment_ended(engine_, unit, run->deployed_model_id, apart_) : Result<void>{};
}

}  // namespace slipway::automation
