#include <fmt/format.h>

#include "automation/turn.hpp"
#include "base/log.hpp"
#include "lifecycle/state_bounds.hpp"
#include "registry/notify.hpp"
#include "store/sql_text.hpp"

/// Messages find one receiver, signals all.
namespace slipway::automation {
namespace {

bool only_shared_or(const std::string& wanted, const std::string& group) {
    return wanted.empty() || group.empty() || group == wanted;
}

/// ` FROM … WHERE …` of who waits for the message.
void add_receivers(store::SqlText& text, const store::Scope& scope, const MessageRequest& request) {
    text.text(" FROM lifecycle_subscriptions s JOIN lifecycle_instances i ON i.id = s.instance_id WHERE s.kind = 'message' AND s.name = ").bind(request.name);
    if (request.correlation_key) {
        text.text(" AND s.correlation_key = ").bind(*request.correlation_key);
    }
    if (!request.business_key.empty()) {
        text.text(" AND i.business_key = ").bind(request.business_key);
    }
    if (!request.instance_id.empty()) {
        text.text(" AND i.id = ").bind(request.instance_id);
    }
    if (!request.group.empty()) {
        text.text(" AND i.group_name = ").bind(request.group);
    }
    text.text(" AND ").scope(scope);
}

/// `FROM` the subscriptions that a signal is for.
void add_listeners(store::SqlText& text, const store::Scope& scope, const SignalRequest& request) {
    text.text(" FROM lifecycle_subscriptions s JOIN lifecycle_instances i ON i.id = s.instance_id WHERE s.kind = 'signal' AND s.name = ")
        .bind(canonical_signal(request.name));
    if (!request.instance_id.empty()) {
        text.text(" AND s.instance_id = ").bind(request.instance_id);
    }
    if (!request.group.empty()) {
        text.text(" AND i.group_name = ").bind(request.group);
    }
    text.text(" AND ").scope(scope);
}

/// Ids of the instances that a statement finds.
Result<std::vector<std::string>> ids_of(store::Session& sql, store::SqlText& those) {
    SW_TRY(const auto rows, those.query(sql));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(row.text(0));
    }
    return out;
}

std::string content_of(const MessageRequest& request) {
    return json::write(json::object{{"variables", request.variables}, {"local", request.local}});
}

/// Two are enough to know that it is not one.
Result<store::Rows> receivers(store::Session& sql, const store::Scope& scope, const MessageRequest& request) {
    store::SqlText text;
    text.text("SELECT s.instance_id, s.subscription");
    add_receivers(text, scope, request);
    text.text(" ORDER BY s.row_id LIMIT 2");
    return text.query(sql);
}

/// Where everybody's processes are started.
std::string group_for(const store::Scope& scope, const std::string& wanted) {
    return !wanted.empty() || scope.groups.empty() ? wanted : scope.groups.front();
}

/// What the signal starts.
Result<store::Rows> starts_of(store::Session& sql, const store::Scope& scope, const SignalRequest& request) {
    store::SqlText text;
    text.text("SELECT definition_id, element, group_name FROM lifecycle_starts WHERE kind = 'signal' AND name = ").bind(canonical_signal(request.name));
    leave_out_shadowed(text, group_for(scope, request.group));
    text.text(" AND ").scope(with_shared(scope)).text(" ORDER BY definition_id");
    return text.query(sql);
}

}  // namespace

Result<void> tell_not_started(store::Unit& unit, const json::object& kept, const Error& why) {
    const auto process = json::text_of(kept, "process");
    const auto by = json::text_of(kept, "by");
    log::warn("lifecycle.not_started", {{"process", process}, {"by", by}, {"message", why.message}, {"detail", why.detail}});
    return registry::notify(unit, std::string{json::text_of(kept, "group")},
                            {.notification_type = "MODEL_NOTIFICATION",
                             .severity = "ERROR",
                             .message = fmt::format("The {} did not start the process {}: {} What else waited for it has had it. Put it right and "
                                                    "deploy the process anew, then start it by hand for what it missed.",
                                                    by, process, why.message)},
                            fmt::format("lifecycle-start:{}:{}", process, by));
}

bool may_start_in(const std::string& group, const store::Scope& scope) {
    return group.empty() || scope.allows(group, {});
}

store::Scope with_shared(store::Scope scope) {
    scope.owner.clear();
    if (!scope.unrestricted && !scope.groups.empty()) {
        scope.groups.emplace_back();
    }
    return scope;
}

void leave_out_shadowed(store::SqlText& text, const std::string& group) {
    if (!group.empty()) {
        text.text(
                " AND (group_name <> '' OR NOT EXISTS (SELECT 1 FROM lifecycle_definitions d WHERE d.decision = 0 AND d.latest = 1 AND d.definition_key = "
                "lifecycle_starts.definition_key AND d.group_name = ")
            .bind(group)
            .text("))");
    }
}

/// Messages that came before anybody waited.
Result<void> Turn::take_kept(const Held& held) {
    for (const auto& one : held.subscribed) {
        SW_TRY(const auto rows,
               sql_.query("SELECT row_id, content, group_name FROM lifecycle_messages WHERE waiting = 1 AND name = $1 AND correlation_key = $2 "
                          "AND expires_at > $3 ORDER BY row_id",
                          {one.name, *one.correlation_key, store::to_value(unit_.now)}));
        for (const auto& row : rows) {
            if (!only_shared_or(row.text(2), held.loaded.group)) {
                continue;
            }
            SW_TRY(auto content, json::parse_object(row.text(1), lifecycle::kStateLimits));
            SW_CHECK(sql_.execute("UPDATE lifecycle_messages SET waiting = 0, content = '' WHERE row_id = $1", {row.integer(0)}));
            lifecycle::Deliver deliver{.subscription = one.id};
            if (const auto* variables = json::object_of(content, "variables")) {
                deliver.variables = *variables;
            }
            if (const auto* local = json::object_of(content, "local")) {
                deliver.local = *local;
            }
            agenda_.push_back({held.loaded.id, std::move(deliver)});
            break;
        }
    }
    return {};
}

Result<MessageAnswer> Turn::correlate(const store::Scope& scope, const MessageRequest& request, bool refuse) {
    if (!request.dedup_id.empty()) {
        SW_TRY(const auto fresh, sql_.execute("INSERT INTO lifecycle_messages (dedup_id, name, correlation_key, group_name, waiting, expires_at, content) "
                                              "VALUES ($1, $2, $3, '', 0, $4, '') ON CONFLICT (dedup_id) WHERE dedup_id IS NOT NULL DO NOTHING",
                                              {request.dedup_id, request.name, request.correlation_key.value_or(""),
                                               store::to_value(unit_.now + request.keep_for.value_or(engine_.settings().keep_messages))}));
        if (fresh == 0) {
            return MessageAnswer{};
        }
    }
    auto answer = request.all ? correlate_all(scope, request, refuse) : correlate_one(scope, request, refuse);
    if (!answer && !is_for_later(answer.error()) && !request.dedup_id.empty()) {
        // Refused, not delivered: the same again may find its receiver.
        SW_CHECK(sql_.execute("DELETE FROM lifecycle_messages WHERE dedup_id = $1", {request.dedup_id}));
    }
    return answer;
}

Result<MessageAnswer> Turn::correlate_one(const store::Scope& scope, const MessageRequest& request, bool refuse) {
    SW_TRY(const auto rows, receivers(sql_, scope, request));
    if (rows.size() > 1 && request.each) {
        return deliver_to_each(scope, request);
    }
    if (rows.size() > 1) {
        return fail(ErrorCode::conflict, "AMBIGUOUS",
                    fmt::format("More than one instance waits for the message {}. Say which: by correlation key, business key or instance.", request.name));
    }
    if (rows.size() == 1) {
        const auto& row = rows[0];
        SW_CHECK(request.apart ? add_payload_job(row.text(0), "message", row.integer(1), content_of(request))
                               : send(row.text(0), lifecycle::Deliver{row.integer(1), request.variables, request.local}, refuse));
        return MessageAnswer{.instance_id = row.text(0)};
    }
    if (request.instance_id.empty()) {
        SW_TRY(const auto starts, started_by_message(scope, request));
        // Of one group its own process goes before everybody's.
        if (starts.size() > 1 && (starts[0].text(2).empty() || !starts[1].text(2).empty())) {
            return fail(ErrorCode::conflict, "AMBIGUOUS",
                        fmt::format("More than one process is started by the message {}. Say whose: by tenantId.", request.name));
        }
        if (!starts.empty()) {
            SW_TRY(auto started, start_by_message(starts[0], scope, request, refuse));
            return MessageAnswer{.instance_id = std::move(started), .started = true};
        }
    }
    if (!request.keep_for || !request.correlation_key) {
        return fail(ErrorCode::not_found, "NO_RECEIVER", fmt::format("Nobody waits for the message {}.", request.name));
    }
    SW_CHECK(keep(request, scope));
    return MessageAnswer{};
}

Result<void> Turn::keep(const MessageRequest& request, const store::Scope& scope) {
    const auto content = content_of(request);
    const auto expires = store::to_value(unit_.now + *request.keep_for);
    // Of a caller of several groups no one group can be told: then each of them would have to be asked at the delivery.
    const std::string group = scope.unrestricted || scope.groups.empty() ? std::string{} : scope.groups.front();
    if (request.dedup_id.empty()) {
        SW_CHECK(sql_.execute("INSERT INTO lifecycle_messages (name, correlation_key, group_name, waiting, expires_at, content) VALUES ($1, $2, $3, 1, $4, $5)",
                              {request.name, *request.correlation_key, group, expires, content}));
        return {};
    }
    SW_CHECK(sql_.execute("UPDATE lifecycle_messages SET group_name = $1, waiting = 1, content = $2 WHERE dedup_id = $3", {group, content, request.dedup_id}));
    return {};
}

/// As a signal does, for there may be many.
Result<MessageAnswer> Turn::deliver_to_each(const store::Scope& scope, const MessageRequest& request) {
    const auto content = content_of(request);
    SW_TRY(const auto payload,
           sql_.query("INSERT INTO lifecycle_payloads (created_at, content) VALUES ($1, $2) RETURNING row_id", {store::to_value(unit_.now), content}));
    MessageAnswer answer;
    store::SqlText those;
    those.text("SELECT s.instance_id");
    add_receivers(those, scope, request);
    those.text(" ORDER BY s.row_id");
    SW_TRY(answer.reached, ids_of(sql_, those));
    store::SqlText text;
    text.text(
        "INSERT INTO lifecycle_jobs (instance_id, kind, item, element, due_at, retries, payload_id, error) SELECT s.instance_id, 'message', s.subscription, "
        "s.element, ");
    text.bind(store::to_value(unit_.now)).text(", 1, ").bind(payload[0].integer(0)).text(", ''");
    add_receivers(text, scope, request);
    SW_CHECK(text.execute(sql_));
    makes_work_ = makes_work_ || !answer.reached.empty();
    return answer;
}

Result<MessageAnswer> Turn::correlate_all(const store::Scope& scope, const MessageRequest& request, bool refuse) {
    SW_TRY(auto answer, deliver_to_each(scope, request));
    if (request.instance_id.empty()) {
        SW_TRY(const auto starts, started_by_message(scope, request));
        for (const auto& start : starts) {
            SW_TRY(auto started, start_by_message(start, scope, request, refuse));
            answer.all_started.push_back(std::move(started));
        }
    }
    return answer;
}

/// What groups have of their own comes before what everybody has; of a message to one, two say enough.
Result<store::Rows> Turn::started_by_message(const store::Scope& scope, const MessageRequest& request) {
    if (!may_start_in(request.group, scope)) {
        return store::Rows{};
    }
    store::SqlText text;
    text.text("SELECT definition_id, element, group_name FROM lifecycle_starts WHERE kind = 'message' AND name = ").bind(request.name);
    if (!request.group.empty()) {
        text.text(" AND group_name IN ('', ").bind(request.group).text(")");
    }
    leave_out_shadowed(text, group_for(scope, request.group));
    text.text(" AND ").scope(with_shared(scope)).text(" ORDER BY group_name DESC, definition_id LIMIT ").bind(request.all ? kMostStarted : 2);
    return text.query(sql_);
}

Result<std::string> Turn::start_by_message(const store::Row& row, const store::Scope& scope, const MessageRequest& request, bool refuse) {
    SW_TRY(auto definition, Definitions::row(sql_, row.text(0)));
    const auto own = !request.group.empty() ? request.group : scope.groups.empty() ? definition.group : scope.groups.front();
    const auto group = definition.group.empty() ? own : definition.group;
    SW_TRY(const auto started, begin({.definition = std::move(definition),
                                      .element = row.text(1),
                                      .business_key = request.business_key,
                                      .group = group,
                                      .started_by = unit_.actor.subject,
                                      .variables = request.variables},
                                     refuse));
    return started.instance.id;
}

Result<SignalAnswer> Turn::signal(const store::Scope& scope, const SignalRequest& request) {
    SW_TRY(const auto payload, sql_.query("INSERT INTO lifecycle_payloads (created_at, content) VALUES ($1, $2) RETURNING row_id",
                                          {store::to_value(unit_.now), json::write(request.variables)}));
    store::SqlText text;
    text.text(
        "INSERT INTO lifecycle_jobs (instance_id, kind, item, element, due_at, retries, payload_id, error) "
        "SELECT s.instance_id, 'delivery', s.subscription, s.element, ");
    text.bind(store::to_value(unit_.now)).text(", 1, ").bind(payload[0].integer(0)).text(", ''");
    add_listeners(text, scope, request);
    SignalAnswer answer;
    if (request.names_reached) {
        store::SqlText those;
        those.text("SELECT DISTINCT s.instance_id");
        add_listeners(those, scope, request);
        SW_TRY(answer.reached, ids_of(sql_, those));
    }
    SW_TRY(answer.receivers, text.execute(sql_));
    if (answer.receivers == 0) {
        SW_CHECK(sql_.execute("DELETE FROM lifecycle_payloads WHERE row_id = $1", {payload[0].integer(0)}));
    } else {
        makes_work_ = true;
    }
    if (request.instance_id.empty()) {
        SW_CHECK(start_by_signal(scope, request, answer));
    }
    return answer;
}

Result<void> Turn::start_by_signal(const store::Scope& scope, const SignalRequest& request, SignalAnswer& answer) {
    if (!may_start_in(request.group, scope)) {
        return {};
    }
    SW_TRY(const auto rows, starts_of(sql_, scope, request));
    for (const auto& row : rows) {
        if (!only_shared_or(request.group, row.text(2))) {
            continue;
        }
        SW_TRY(auto definition, Definitions::row(sql_, row.text(0)));
        const auto own = scope.unrestricted || scope.groups.empty() ? definition.group : scope.groups.front();
        const auto key = definition.key;
        NewInstance wanted{.definition = std::move(definition),
                           .element = row.text(1),
                           .business_key = request.business_key,
                           .group = !row.text(2).empty()     ? row.text(2)
                                    : !request.group.empty() ? request.group
                                                             : own,
                           .started_by = request.started_by.empty() ? unit_.actor.subject : request.started_by,
                           .variables = request.variables,
                           .automatic = request.automatic};
        if (request.apart) {
            SW_CHECK(put_off_start(wanted, request.name));
            continue;
        }
        const auto group = wanted.group;
        const auto started = begin(std::move(wanted), false);
        if (!started && is_for_later(started.error())) {
            return std::unexpected(started.error());
        }
        if (!started) {
            // One process that cannot be started keeps none of the others from it.
            SW_CHECK(tell_not_started(unit_, {{"process", key}, {"group", group}, {"by", "signal " + request.name}}, started.error()));
        } else if (!started->existing) {
            answer.started.push_back(started->instance.id);
        }
    }
    return {};
}

}  // namespace slipway::automation
