#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "automation/server_messages.hpp"
#include "automation/task_rows.hpp"
#include "automation/turn.hpp"

/// What a step says is to be stored and done, command by command.
namespace slipway::automation {
namespace {

constexpr std::array<std::string_view, 6> kHistory{"started", "ended", "cancelled", "flow", "set", "removed"};

std::string_view kind_word(lifecycle::EventKind kind) {
    switch (kind) {
        case lifecycle::EventKind::message: return "message";
        case lifecycle::EventKind::signal: return "signal";
        default: return "conditional";
    }
}

/// A database refuses NUL in a column; the detail of a task has it escaped.
std::string searchable(std::string text) {
    std::ranges::replace(text, '\0', ' ');
    return text;
}

json::array texts(const std::vector<std::string>& items) {
    json::array out;
    for (const auto& item : items) {
        out.emplace_back(item);
    }
    return out;
}

bool throws(const lifecycle::Command& command) {
    return std::holds_alternative<lifecycle::ThrowSignal>(command) || std::holds_alternative<lifecycle::ThrowMessage>(command);
}

}  // namespace

Result<void> Turn::carry_out(Held& held, const std::vector<lifecycle::Command>& commands) {
    const auto all_that = [&](bool thrown) -> Result<void> {
        for (const auto& command : commands) {
            if (throws(command) == thrown) {
                SW_CHECK(std::visit([&](const auto& one) { return apply(held, one); }, command));
            }
        }
        return {};
    };
    SW_CHECK(all_that(false));
    SW_CHECK(save(held));
    return all_that(true);
}

Result<void> Turn::apply(Held& held, const lifecycle::CreateExternalTask& command) {
    rows_.add_task({.instance_id = held.loaded.id, .command = command, .free_at = to_epoch_ms(unit_.now)});
    held.known.made_task = true;
    makes_work_ = true;
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::CreateUserTask& command) {
    json::object detail{{"name", command.name},
                        {"description", command.description},
                        {"assignee", command.assignee},
                        {"candidateUsers", texts(command.candidate_users)},
                        {"candidateGroups", texts(command.candidate_groups)},
                        {"priority", command.priority},
                        {"formKey", command.form_key}};
    if (command.due) {
        detail["due"] = to_iso(*command.due);
    }
    if (command.follow_up) {
        detail["followUp"] = to_iso(*command.follow_up);
    }
    SW_CHECK(later(
        "INSERT INTO lifecycle_user_tasks (instance_id, token, element, created_at, detail, name, assignee, priority) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {held.loaded.id, command.token, command.element, store::to_value(unit_.now), json::write(detail), searchable(command.name),
         searchable(command.assignee), command.priority}));
    for (const auto& [kind, names] : {std::pair{"group", &command.candidate_groups}, std::pair{"user", &command.candidate_users}}) {
        for (const auto& name : *names) {
            SW_CHECK(later("INSERT INTO lifecycle_candidates (instance_id, token, kind, name) VALUES ($1, $2, $3, $4)",
                           {held.loaded.id, command.token, kind, searchable(name)}));
        }
    }
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::CreateSubscription& command) {
    const bool signal = command.kind == lifecycle::EventKind::signal;
    SW_CHECK(
        later("INSERT INTO lifecycle_subscriptions (instance_id, subscription, token, element, kind, name, correlation_key) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7)",
              {held.loaded.id, command.id, command.token, command.element, std::string{kind_word(command.kind)},
               signal ? canonical_signal(command.name) : command.name, command.correlation_key ? store::Value{*command.correlation_key} : store::Value{}}));
    if (command.kind == lifecycle::EventKind::message && command.correlation_key) {
        held.subscribed.push_back(command);
    }
    return {};
}

Result<void> Turn::add_job(const Held& held, std::string_view kind, lifecycle::Id item, const std::string& element, Timestamp due) {
    SW_CHECK(
        later("INSERT INTO lifecycle_jobs (instance_id, kind, item, element, due_at, retries, payload_id, error) "
              "VALUES ($1, $2, $3, $4, $5, 1, 0, '')",
              {held.loaded.id, std::string{kind}, item, element, store::to_value(due)}));
    makes_work_ = makes_work_ || due <= unit_.now;
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::CreateTimer& command) {
    SW_TRY(const auto moved,
           sql_.execute("UPDATE lifecycle_jobs SET due_at = $1, retries = 1, error = '' WHERE instance_id = $2 AND kind = 'timer' AND item = $3",
                        {store::to_value(command.due), held.loaded.id, command.id}));
    return moved > 0 ? Result<void>{} : add_job(held, "timer", command.id, command.element, command.due);
}

Result<void> Turn::apply(Held& held, const lifecycle::CreateContinuation& command) {
    return add_job(held, "continuation", command.token, command.element, unit_.now);
}

Result<void> Turn::apply(Held& held, const lifecycle::Remove& command) {
    const auto remove = [&](std::string_view sql) { return later(sql, {held.loaded.id, command.id}); };
    switch (command.kind) {
        case lifecycle::WaitKind::external_task: rows_.remove_task(held.loaded.id, command.id, held.known.made_task); break;
        case lifecycle::WaitKind::user_task:
            SW_CHECK(remove("DELETE FROM lifecycle_candidates WHERE instance_id = $1 AND token = $2"));
            return remove("DELETE FROM lifecycle_user_tasks WHERE instance_id = $1 AND token = $2");
        case lifecycle::WaitKind::subscription: return remove("DELETE FROM lifecycle_subscriptions WHERE instance_id = $1 AND subscription = $2");
        case lifecycle::WaitKind::timer: return remove("DELETE FROM lifecycle_jobs WHERE instance_id = $1 AND kind = 'timer' AND item = $2");
        case lifecycle::WaitKind::continuation: return remove("DELETE FROM lifecycle_jobs WHERE instance_id = $1 AND kind = 'continuation' AND item = $2");
    }
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::StartChild& command) {
    const auto& loaded = held.loaded;
    SW_TRY(const auto of, Definitions::row(sql_, loaded.definition_id));
    SW_TRY(const auto called, engine_.definitions().bound(sql_, of, loaded.group, false, command.process, command.binding, command.version));
    if (!called) {
        agenda_.push_back(
            {loaded.id, lifecycle::ChildFailed{command.token, fmt::format("There is no process {} here. Deploy it, then try again.", command.process)}});
        return {};
    }
    agenda_.push_back({loaded.id,
                       {},
                       NewInstance{.definition = *called,
                                   .business_key = command.business_key,
                                   .group = loaded.group,
                                   .started_by = loaded.started_by,
                                   .variables = command.variables,
                                   .parent_id = loaded.id,
                                   .parent_token = command.token,
                                   .parent_element = command.element,
                                   .depth = loaded.depth + 1}});
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::CancelChild& command) {
    // One that is still on the agenda never begins.
    std::erase_if(agenda_,
                  [&](const Pending& next) { return next.child && next.child->parent_id == held.loaded.id && next.child->parent_token == command.token; });
    SW_CHECK(later("DELETE FROM lifecycle_jobs WHERE instance_id = $1 AND kind = 'call' AND item = $2", {held.loaded.id, command.token}));
    SW_TRY(const auto rows, sql_.query("SELECT id FROM lifecycle_instances WHERE parent_id = $1 AND parent_id <> '' AND parent_token = $2 AND state = 'active'",
                                       {held.loaded.id, command.token}));
    for (const auto& row : rows) {
        agenda_.push_back({row.text(0), lifecycle::Cancel{"What called it was cancelled."}});
    }
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::ThrowSignal& command) {
    SW_CHECK(signal(store::Scope::all(), {.name = command.name,
                                          .variables = command.variables,
                                          .group = held.loaded.group,
                                          .started_by = held.loaded.started_by,
                                          .business_key = command.business_key}));
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::ThrowMessage& command) {
    store::Scope own{.groups = {held.loaded.group}};
    const auto allowed = require_sender(command.name);
    const auto sent = allowed ? correlate(own,
                                          {.name = command.name,
                                           .correlation_key = command.correlation_key,
                                           .business_key = command.business_key,
                                           .variables = command.variables,
                                           .keep_for = engine_.settings().keep_messages},
                                          false)
                              : Result<MessageAnswer>{std::unexpected(allowed.error())};
    if (!sent && !is_for_later(sent.error())) {
        // The step is right as it is; a person must see that its message reached nobody.
        SW_CHECK(raise_row_incident(unit_, held.loaded.id, lifecycle::to_string(lifecycle::IncidentType::failed_correlation), 0, sent.error().message,
                                    command.element));
        return tell(held, "changed");
    }
    SW_CHECK(sent);
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::RaiseIncident& command) {
    held.told = true;
    SW_CHECK(
        later("INSERT INTO lifecycle_incidents (instance_id, incident, type, token, element, message, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
              "ON CONFLICT (instance_id, incident) DO UPDATE SET type = excluded.type, element = excluded.element, message = excluded.message, "
              "created_at = excluded.created_at, resolved_at = NULL",
              {held.loaded.id, command.id, std::string{lifecycle::to_string(command.type)}, command.token, command.element, command.message,
               store::to_value(unit_.now)}));
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::ResolveIncident& command) {
    held.told = true;
    SW_CHECK(later("UPDATE lifecycle_incidents SET resolved_at = $1 WHERE instance_id = $2 AND incident = $3",
                   {store::to_value(unit_.now), held.loaded.id, command.id}));
    return {};
}

/// Written as text at once: there are several in each step.
Result<void> Turn::apply(Held& held, const lifecycle::Record& command) {
    auto& out = held.records;
    const auto number = [&](std::string_view name, std::int64_t value, std::int64_t usual) {
        if (value != usual) {
            fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
        }
    };
    fmt::format_to(std::back_inserter(out), "{}{{\"k\":\"{}\",\"e\":", out.empty() ? "" : ",", kHistory.at(static_cast<std::size_t>(command.kind)));
    json::write_string_to(out, command.element);
    number("t", command.token, 0);
    number("s", command.scope, 0);
    number("l", std::max(command.loop, -1), -1);
    if (!command.name.empty()) {
        json::write_string_to(out += ",\"n\":", command.name);
    }
    if (command.value) {
        json::write_to(out += ",\"v\":", *command.value);
    }
    out += '}';
    return {};
}

Result<void> Turn::apply(Held& held, const lifecycle::Ended& command) {
    held.ended = command;
    return {};
}

/// The instance that called it goes on.
Result<void> Turn::tell_caller(const Held& held) {
    const auto& loaded = held.loaded;
    if (loaded.parent_id.empty()) {
        return {};
    }
    const auto& ended = *held.ended;
    lifecycle::EventBody body = lifecycle::ChildEnded{loaded.parent_token, ended.variables};
    if (ended.state == lifecycle::InstanceState::failed) {
        body = lifecycle::ChildError{loaded.parent_token, ended.error_code, ended.error_message};
    } else if (ended.state == lifecycle::InstanceState::cancelled) {
        body = lifecycle::ChildFailed{loaded.parent_token, "The called instance was cancelled: " + ended.reason};
    }
    agenda_.push_back({loaded.parent_id, std::move(body)});
    return {};
}

}  // namespace slipway::automation
