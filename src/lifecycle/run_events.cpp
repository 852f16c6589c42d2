#include <fmt/format.h>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

std::unexpected<Error> gone(std::string_view what, Id id) {
    return fail(ErrorCode::not_found, "GONE", fmt::format("There is no {} {}: it was done or taken away before.", what, id));
}

/// Names of a task that failed: `externalTask` is what its worker said.
class FailedTaskNames final : public Names {
public:
    FailedTaskNames(const TokenNames& names, const json::value& task) : names_{names}, task_{task} {}
    const json::value* find(std::string_view name) const override { return name == "externalTask" ? &task_ : names_.find(name); }
    std::string_view instance_id() const override { return names_.instance_id(); }
    std::string_view business_key() const override { return names_.business_key(); }
    std::string now() const override { return names_.now(); }
    Fuel* fuel() const override { return names_.fuel(); }

private:
    const TokenNames& names_;
    const json::value& task_;
};

}  // namespace

Result<void> Run::apply(const EventBody& body) {
    const bool before_start = std::holds_alternative<Start>(body) || std::holds_alternative<Cancel>(body) || std::holds_alternative<Retry>(body) ||
                              std::holds_alternative<SetVariables>(body);
    if (instance_.ended()) {
        return fail(ErrorCode::conflict, "ENDED", fmt::format("The instance {} is over.", instance_.id));
    }
    if (instance_.state == InstanceState::created && !before_start) {
        return fail(ErrorCode::conflict, "STARTED", fmt::format("The instance {} has not begun.", instance_.id));
    }
    return std::visit([&](const auto& event) { return on(event); }, body);
}

Result<Index> Run::start_element(const Start& event) const {
    const auto start = event.element.empty() ? graph_.node(kRoot).start : graph_.find_node(event.element);
    if (start <= kRoot || !graph_.node(start).is(ElementKind::start_event) || graph_.node(start).scope != kRoot) {
        return invalid("/element", "a start event of the process",
                       event.element.empty() ? "none, and the process has no start without an event" : event.element);
    }
    return start;
}

Result<void> Run::on(const Start& event) {
    if (instance_.state != InstanceState::created) {
        return fail(ErrorCode::conflict, "STARTED", fmt::format("The instance {} has begun already.", instance_.id));
    }
    SW_TRY(const Index start, start_element(event));
    at_ = start;
    const auto& compiled = graph_.node(start).compiled;
    auto variables = event.variables;
    if (!compiled.event_in.empty()) {
        SW_TRY(auto passed, pass(compiled.event_in, ObjectNames{event.variables}, event.variables));
        variables = std::move(passed.variables);
        instance_.business_key = std::move(passed.business_key);
    }
    if (!event.business_key.empty()) {
        instance_.business_key = event.business_key;
    }
    if (instance_.business_key.empty()) {
        SW_TRY(instance_.business_key, graph_.business_key(event.variables));
    }
    instance_.state = InstanceState::active;
    instance_.called = event.called;
    auto& scope = add_token(0, kRoot, TokenState::scope);
    for (const auto& [name, value] : variables) {
        set_local(scope, name, value);
    }
    if (const auto& initiator = graph_.node(start).element.initiator; !initiator.empty()) {
        set_local(scope, initiator, json::value(event.started_by));
    }
    changes_.clear();  // nothing was there to look at them
    for (const auto handler : graph_.node(kRoot).event_subs) {
        SW_CHECK(subscribe(scope.id, handler));
    }
    enter(scope.id, start);
    return {};
}

Result<void> Run::on(const Complete& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::external, TokenState::user, TokenState::receive}));
    for (const auto& [name, value] : event.local) {
        set_local(*token, name, value);
    }
    set_all(token->id, event.variables);
    const json::value task(json::object{});
    SW_TRY(const auto error, broken_rule(token->id, FailedTaskNames{names(token->id), task}));
    return error ? throw_error(token->id, *error) : leave(*token);
}

/// `camunda:errorEventDefinition`: the first of the task's rules that holds makes a BPMN error of its end or its failure.
Result<std::optional<Run::Thrown>> Run::broken_rule(Id token, const Names& names_with_task) const {
    const auto& here = node(*instance_.find(token));
    for (std::size_t i = 0; i < here.compiled.error_rules.size(); ++i) {
        SW_TRY(const bool holds, condition_holds(here.compiled.error_rules[i], names_with_task));
        if (holds) {
            return Thrown{here.element.errors[i].code};
        }
    }
    return std::nullopt;
}

Result<void> Run::on(const TaskFailed& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::external}));
    const json::value task(json::object{{"errorMessage", event.message}, {"errorDetails", event.details}, {"retries", event.retries}});
    SW_TRY(const auto error, broken_rule(token->id, FailedTaskNames{names(token->id), task}));
    if (error) {
        return throw_error(token->id, {error->code, event.message});
    }
    if (event.retries <= 0) {
        raise(IncidentType::failed_job, token->id, event.message);
    }
    return {};
}

/// One incident of that type for the token: another failure is told by the one that is there.
void Run::raise(IncidentType type, Id token, std::string message) {
    Incident incident{.id = 0, .type = type, .token = token, .element = at(), .message = std::move(message), .since = now_};
    for (const auto& [id, other] : instance_.incidents) {
        if (other.token == token && other.type == type && !other.held) {
            incident.id = id;
        }
    }
    if (incident.id == 0) {
        incident.id = ++instance_.last_id;
    }
    emit(RaiseIncident{incident.id, type, token, incident.element, incident.message});
    instance_.incidents.insert_or_assign(incident.id, std::move(incident));
}

Result<void> Run::on(const TaskError& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::external, TokenState::user}));
    set_all(token->id, event.variables);
    return throw_error(token->id, {event.code, event.message});
}

/// Wakes `owner` by its event `element`: a boundary event, the start of an event sub-process, one of a gateway's events or what the token waits for itself.
Result<void> Run::fire(Id owner, Index element, const json::object& variables, const json::object& local) {
    auto* owning = find(owner);
    if (owning == nullptr) {
        return fail(ErrorCode::internal, "STATE", fmt::format("What '{}' belongs to is gone, but its wait is not.", graph_.node(element).element.id));
    }
    auto& token = *owning;
    const auto& event = graph_.node(element);
    at_ = element;
    if (event.is(ElementKind::boundary_event)) {
        const auto scope = token.scope;
        set_all(scope, variables);
        if (event.element.interrupting) {
            cancel(owner);
        }
        enter(scope, element);
        return {};
    }
    if (event.is(ElementKind::start_event)) {
        set_all(owner, variables);
        return fire_event_sub(token, element);
    }
    if (token.state == TokenState::choosing) {
        return choose(token, element, variables, local);
    }
    for (const auto& [name, value] : local) {
        set_local(token, name, value);
    }
    set_all(owner, variables);
    return leave(token);
}

/// A subscription outlives its event where that interrupts nothing.
Result<void> Run::on(const Deliver& event) {
    const auto found = instance_.subscriptions.find(event.subscription);
    if (found == instance_.subscriptions.end()) {
        return gone("subscription", event.subscription);
    }
    const auto subscription = found->second;
    const auto& element = graph_.node(subscription.element);
    const bool stays = (element.is(ElementKind::boundary_event) || element.is(ElementKind::start_event)) && !element.element.interrupting;
    if (!stays) {
        remove_subscription(subscription.id, false);
    }
    return fire(subscription.token, subscription.element, event.variables, event.local);
}

Result<void> Run::on(const TimerDue& event) {
    const auto found = instance_.timers.find(event.timer);
    if (found == instance_.timers.end()) {
        return gone("timer", event.timer);
    }
    auto& timer = found->second;
    const auto owner = timer.token;
    const auto element = timer.element;
    at_ = element;
    const auto& event_node = graph_.node(element);
    const bool repeats = (event_node.is(ElementKind::boundary_event) || event_node.is(ElementKind::start_event)) && !event_node.element.interrupting;
    if (!repeats) {
        remove_timer(timer.id, false);
        return fire(owner, element, {}, {});
    }
    const auto spec = parse_timer(timer.kind, timer.text);
    if (!spec) {
        return failed(spec.error());
    }
    SW_TRY(const auto firing, lifecycle::fire(*spec, timer.schedule, now_, event_node.compiled.misfire, zone()));
    if (firing.next) {
        timer.schedule = *firing.next;
        emit(CreateTimer{timer.id, owner, event_node.element.id, timer.schedule.due, timer.text, timer.schedule.left});
    } else {
        remove_timer(timer.id, false);
    }
    return firing.fires ? fire(owner, element, {}, {}) : Result<void>{};
}

Result<void> Run::on(const Continue& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::async_before, TokenState::async_after}));
    const bool before = token->state == TokenState::async_before;
    release(*token, false);
    resolve_incidents(token->id);
    set_state(*token, TokenState::active);
    return before ? proceed(*token) : go_on(*token);
}

Result<void> Run::on(const ChildEnded& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::child}));
    SW_TRY(auto passed, pass(node(*token).compiled.out, ObjectNames{event.variables}, event.variables));
    set_all(token->id, passed.variables);
    set_state(*token, TokenState::active);
    return leave(*token);
}

Result<void> Run::on(const ChildError& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::child}));
    set_state(*token, TokenState::active);  // the child is gone: nothing is left to cancel
    return throw_error(token->id, {event.code, event.message});
}

Result<void> Run::on(const ChildFailed& event) {
    SW_TRY(Token * token, waiting(event.token, {TokenState::child}));
    raise(IncidentType::failed_job, token->id, event.message);
    return {};
}

/// An instance whose start failed gets its variables at the next try.
void Run::edit_held_start(const SetVariables& event) {
    for (auto& [id, incident] : instance_.incidents) {
        auto* start = incident.held ? std::get_if<Start>(&incident.held->body) : nullptr;
        if (start == nullptr) {
            continue;
        }
        for (const auto& [name, value] : event.variables) {
            start->variables[name] = value;
        }
        for (const auto& name : event.removed) {
            start->variables.erase(name);
        }
    }
}

Result<void> Run::on(const SetVariables& event) {
    if (instance_.state == InstanceState::created) {
        if (instance_.incidents.empty()) {
            return fail(ErrorCode::conflict, "STARTED", fmt::format("The instance {} has not begun.", instance_.id));
        }
        edit_held_start(event);
        return {};
    }
    auto* token = find(event.scope == 0 ? root() : event.scope);
    if (token == nullptr) {
        return gone("scope", event.scope);
    }
    for (const auto& [name, value] : event.variables) {
        set_local(*token, name, value);
    }
    for (const auto& name : event.removed) {
        if (token->variables.remove(name)) {
            emit(Record{.kind = HistoryKind::variable_removed, .token = token->id, .scope = token->id, .element = node(*token).element.id, .name = name});
            changes_.push_back({token->id, name, "delete"});
        }
    }
    return {};
}

Result<void> Run::on(const Cancel& event) {
    end(InstanceState::cancelled, Ended{.reason = event.reason});
    return {};
}

namespace {

/// A word of a worker, or of a child, that nothing catches: said again it would be caught as little.
bool is_hopeless(const Incident& incident) {
    return incident.type == IncidentType::uncaught_error && incident.held &&
           (std::holds_alternative<TaskError>(incident.held->body) || std::holds_alternative<TaskFailed>(incident.held->body) ||
            std::holds_alternative<ChildError>(incident.held->body));
}

}  // namespace

/// What was held is tried again with what is now. A child that could not be started, or whose error nothing catches, is started again; a task whose error
/// nothing catches goes back to its workers.
Result<void> Run::on(const Retry& event) {
    const auto found = instance_.incidents.find(event.incident);
    if (found == instance_.incidents.end()) {
        return gone("incident", event.incident);
    }
    const auto incident = found->second;
    instance_.incidents.erase(found);
    emit(ResolveIncident{incident.id});
    if (incident.held && !is_hopeless(incident)) {
        return apply(incident.held->body);
    }
    auto* token = find(incident.token);
    return token != nullptr && token->state == TokenState::child ? call(*token) : Result<void>{};
}

/// The running scope of that element; where there is none it is opened, without its start event.
Result<Id> Run::scope_for(Index scope) {
    if (scope == kRoot) {
        return root();
    }
    Id found = 0;
    for (const auto& [id, token] : instance_.tokens) {
        if (token.element != scope || token.state != TokenState::scope) {
            continue;
        }
        if (found != 0) {
            return fail(ErrorCode::conflict, "AMBIGUOUS", fmt::format("The sub-process '{}' runs more than once.", graph_.node(scope).element.id));
        }
        found = id;
    }
    const auto& here = graph_.node(scope);
    if (found != 0) {
        return found;
    }
    if (here.compiled.loop) {
        return invalid("/startBefore", "an element of a sub-process that runs or is not repeated", here.element.id);
    }
    SW_TRY(const Id parent, scope_for(here.scope));
    auto& token = add_token(parent, scope, TokenState::scope);
    record(HistoryKind::started, token);
    SW_CHECK(prepare(token));
    for (const auto start : here.event_subs) {
        SW_CHECK(subscribe(token.id, start));
    }
    return token.id;
}

Result<void> Run::on(const Modify& event) {
    set_all(root(), event.variables);
    for (const auto& id : event.start_before) {
        const auto element = graph_.find_node(id);
        if (element <= kRoot || graph_.node(element).is(ElementKind::event_sub_process) || graph_.node(element).is(ElementKind::boundary_event)) {
            return invalid("/startBefore", "an element that a flow can lead to", id);
        }
        SW_TRY(const Id scope, scope_for(graph_.node(element).scope));
        enter(scope, element);
    }
    for (const auto id : event.cancel) {
        const auto* token = find(id);
        if (token == nullptr || id == root()) {
            return gone("token", id);
        }
        if (token->loop >= 0) {
            return invalid("/cancel", "a token that is no repetition of a multi-instance activity", std::to_string(id));
        }
        const auto scope = token->scope;
        cancel(id);
        agenda_.push_back({Action::Kind::check_scope, scope});
    }
    return {};
}

}  // namespace slipway::lifecycle
