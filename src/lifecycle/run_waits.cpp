#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "lifecycle/bounds.hpp"
#include "lifecycle/run.hpp"

namespace slipway::lifecycle {
namespace {

Result<void> check_people(const CreateUserTask& task, std::string_view element) {
    const auto check = [&](const std::string& name, std::string_view what) -> Result<void> {
        return name.size() <= kLongestName
                   ? Result<void>{}
                   : failed("EXPRESSION", fmt::format("The {} of '{}' has {} bytes, more than {}.", what, element, name.size(), kLongestName));
    };
    SW_CHECK(check(task.assignee, "assignee"));
    for (const auto& name : task.candidate_users) {
        SW_CHECK(check(name, "candidate user"));
    }
    for (const auto& name : task.candidate_groups) {
        SW_CHECK(check(name, "candidate group"));
    }
    return {};
}

}  // namespace

void Run::set_state(Token& token, TokenState state) {
    token.state = state;
    token.since = now_;
}

Result<void> Run::wait_for_continuation(Token& token, TokenState state) {
    const auto& element = node(token).element;
    SW_TRY(auto cycle, retry_cycle_of(token));
    set_state(token, state);
    emit_wait(static_cast<int>(WaitKind::continuation), token.id,
              CreateContinuation{token.id, element.id, state == TokenState::async_before, element.exclusive, std::move(cycle)});
    return {};
}

Result<std::string> Run::retry_cycle_of(const Token& token) const {
    SW_TRY(auto text, node(token).compiled.retry_cycle.text(names(token.id)));
    if (const auto cycle = parse_retry_cycle(text); !cycle) {
        return failed(cycle.error());
    }
    return text;
}

/// An empty key would find every other empty one.
Result<std::optional<std::string>> Run::correlation_key_of(Index element, Id names_of) const {
    const auto& event = graph_.node(element);
    if (!event.compiled.correlation_key) {
        return std::nullopt;
    }
    SW_TRY(auto key, event.compiled.correlation_key->text(names(names_of)));
    if (key.empty()) {
        return failed("EXPRESSION", fmt::format("The correlation key of '{}' is empty.", event.element.id));
    }
    return std::optional{std::move(key)};
}

Result<std::string> Run::filled(const Template& text, Id names_of, std::string_view what) const {
    SW_TRY(auto written, text.text(names(names_of)));
    if (written.empty()) {
        return failed("EXPRESSION", fmt::format("The {} of '{}' is empty.", what, at()));
    }
    return written;
}

Zone Run::zone() const {
    return {environment_.zones, graph_.time_zone().empty() ? environment_.time_zone : graph_.time_zone()};
}

/// Makes what wakes `owner` by the event `element`. Errors and escalations need nothing: they are looked for when one is thrown.
Result<void> Run::subscribe(Id owner, Index element) {
    const auto& event = graph_.node(element);
    const auto kind = event.element.event.kind;
    if (kind == EventKind::timer) {
        return make_timer(owner, element);
    }
    if (kind != EventKind::message && kind != EventKind::signal && kind != EventKind::conditional) {
        return {};
    }
    const auto before = std::exchange(at_, element);
    Subscription subscription{.token = owner, .element = element, .kind = kind};
    if (kind != EventKind::conditional) {
        SW_TRY(subscription.name, filled(event.compiled.event_name, owner, "event's name"));
    }
    SW_TRY(subscription.correlation_key, correlation_key_of(element, owner));
    const Id id = ++instance_.last_id;
    subscription.id = id;
    emit_wait(static_cast<int>(WaitKind::subscription), id,
              CreateSubscription{id, owner, event.element.id, kind, subscription.name, subscription.correlation_key});
    instance_.subscriptions.emplace(id, std::move(subscription));
    if (kind == EventKind::conditional) {
        agenda_.push_back({Action::Kind::look, id});
    }
    at_ = before;
    return {};
}

Result<void> Run::make_timer(Id owner, Index element) {
    const auto before = std::exchange(at_, element);
    const auto& event = graph_.node(element);
    Timer timer{.token = owner, .element = element, .kind = event.element.event.timer};
    SW_TRY(timer.text, event.compiled.event_text->text(names(owner)));
    SW_TRY(timer.schedule, due_of(timer.kind, timer.text));
    const Id id = ++instance_.last_id;
    timer.id = id;
    emit_wait(static_cast<int>(WaitKind::timer), id, CreateTimer{id, owner, event.element.id, timer.schedule.due, timer.text, timer.schedule.left});
    instance_.timers.emplace(id, std::move(timer));
    at_ = before;
    return {};
}

Result<Schedule> Run::due_of(TimerKind kind, const std::string& text) const {
    const auto spec = parse_timer(kind, text);
    if (!spec) {
        return failed(spec.error());
    }
    return first_firing(*spec, now_, zone());
}

Result<std::optional<Timestamp>> Run::date_of(const Template& text, Id names_of) const {
    SW_TRY(const auto written, text.text(names(names_of)));
    if (written.empty()) {
        return std::nullopt;
    }
    SW_TRY(const auto schedule, due_of(TimerKind::date, written));
    return schedule.due;
}

Result<void> Run::wait_outside(Token& token) {
    const auto& here = node(token);
    CreateExternalTask task{.token = token.id, .element = here.element.id};
    SW_TRY(task.topic, filled(*here.compiled.topic, token.id, "topic"));
    SW_TRY(task.retry_cycle, retry_cycle_of(token));
    SW_TRY(task.priority, number_of(here.compiled.priority, token.id, 0, "priority"));
    for (const auto& [name, value] : token.variables.items()) {
        task.inputs[name] = *value;
    }
    task.exclusive = here.element.exclusive;
    task.idempotency_key = idempotency_key(instance_.id, token.id, token.loop);
    set_state(token, TokenState::external);
    emit_wait(static_cast<int>(WaitKind::external_task), token.id, std::move(task));
    return {};
}

Result<void> Run::wait_for_person(Token& token) {
    const auto& here = node(token);
    const auto& compiled = here.compiled;
    CreateUserTask task{.token = token.id,
                        .element = here.element.id,
                        .name = here.element.name,
                        .description = std::string{json::utf8_front(here.element.documentation, kLongestDescription)}};
    SW_TRY(task.assignee, compiled.assignee.text(names(token.id)));
    SW_TRY(task.candidate_users, list_of(compiled.candidate_users, token.id));
    SW_TRY(task.candidate_groups, list_of(compiled.candidate_groups, token.id));
    SW_CHECK(check_people(task, at()));
    SW_TRY(task.form_key, compiled.form_key.text(names(token.id)));
    SW_TRY(task.priority, number_of(compiled.priority, token.id, 50, "priority"));
    SW_TRY(task.due, date_of(compiled.due_date, token.id));
    SW_TRY(task.follow_up, date_of(compiled.follow_up_date, token.id));
    set_state(token, TokenState::user);
    emit_wait(static_cast<int>(WaitKind::user_task), token.id, std::move(task));
    return {};
}

Result<void> Run::wait_for_event(Token& token, TokenState state) {
    set_state(token, state);
    return subscribe(token.id, token.element);
}

Result<void> Run::wait_for_first(Token& token) {
    set_state(token, TokenState::choosing);
    for (const auto flow : node(token).outgoing) {
        SW_CHECK(subscribe(token.id, graph_.edge(flow).to));
    }
    return {};
}

Result<void> Run::call(Token& token) {
    const auto& here = node(token);
    SW_TRY(auto passed, pass_from(here.compiled.in, token.id));
    StartChild child{.token = token.id, .element = here.element.id, .binding = here.element.called_binding};
    if (child.binding.empty()) {
        child.binding = "latest";
    }
    SW_TRY(child.process, filled(here.compiled.called_element, token.id, "called element"));
    SW_TRY(child.version, here.compiled.called_version.text(names(token.id)));
    child.business_key = std::move(passed.business_key);
    child.variables = std::move(passed.variables);
    child.idempotency_key = idempotency_key(instance_.id, token.id, token.loop);
    set_state(token, TokenState::child);
    emit(std::move(child));
    return {};
}

}  // namespace slipway::lifecycle
