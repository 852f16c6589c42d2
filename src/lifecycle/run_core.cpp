#include <algorithm>
#include <fmt/format.h>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

Run::Run(const Graph& graph, Instance& instance, Timestamp now, const Environment& environment)
    : graph_{graph}, instance_{instance}, now_{now}, environment_{environment} {}

Result<void> Run::carry_out(const EventBody& body) {
    SW_CHECK(apply(body));
    return drain();
}

/// Conditions are looked at after each action that changed variables, inclusive joins when nothing else is left to do: only then is it sure that no token
/// on its way can still reach them.
Result<void> Run::drain() {
    while (!instance_.ended() && !too_much_) {
        if (!changes_.empty()) {
            SW_CHECK(look_at_changes());
            continue;
        }
        if (!agenda_.empty()) {
            const auto action = agenda_.front();
            agenda_.pop_front();
            SW_CHECK(act(action));
            continue;
        }
        if (!graph_.has_inclusive_joins()) {
            break;
        }
        SW_TRY(const bool fired, fire_inclusive_join());
        if (!fired) {
            break;
        }
    }
    if (too_much_) {
        return std::unexpected(*too_much_);
    }
    tell_what_is_stuck();
    return {};
}

/// Whether something that is waited for still can end what the token waits in, or bring another to where it waits: it interrupts a scope around it, or is a
/// boundary event of an activity there. What starts beside it, as a reminder does, never comes to its join.
bool Run::may_be_freed(const Token& joining) const {
    const auto frees = [&](Id owner, Index event) {
        const auto owning = instance_.tokens.find(owner);
        const auto& element = graph_.node(event).element;
        const bool boundary = element.kind == ElementKind::boundary_event;
        if (owning == instance_.tokens.end() || (!boundary && !element.interrupting)) {
            return false;
        }
        const auto reach = boundary ? owning->second.scope : owner;
        for (auto around = instance_.tokens.find(joining.scope); around != instance_.tokens.end(); around = instance_.tokens.find(around->second.scope)) {
            if (around->first == reach) {
                return true;
            }
        }
        return false;
    };
    return std::ranges::any_of(instance_.timers, [&](const auto& one) { return frees(one.second.token, one.second.element); }) ||
           std::ranges::any_of(instance_.subscriptions, [&](const auto& one) { return frees(one.second.token, one.second.element); });
}

/// Where all that is left waits at joins and nothing can bring another token, a person must hear of it: by itself it goes on never.
void Run::tell_what_is_stuck() {
    if (instance_.ended()) {
        return;
    }
    const Token* stuck = nullptr;
    for (const auto& [id, token] : instance_.tokens) {
        if (token.state == TokenState::joining) {
            stuck = may_be_freed(token) ? stuck : &token;
        } else if (token.state != TokenState::scope && token.state != TokenState::repeating) {
            return;
        }
    }
    if (stuck != nullptr) {
        at_ = stuck->element;
        raise(IncidentType::orphan_token, stuck->id,
              fmt::format("A token waits at '{}' for one over another flow, but there is none left that could come: cancel it or start one before.", at()));
    }
}

Result<void> Run::act(const Action& action) {
    SW_CHECK(spend());
    if (action.kind == Action::Kind::look) {
        return look(action.id);
    }
    if (action.kind == Action::Kind::check_scope) {
        return check_scope(action.id);
    }
    auto* token = find(action.id);
    return token == nullptr ? Result<void>{} : arrive(*token);  // it was cancelled on its way
}

Result<void> Run::spend() {
    if (--fuel_ < 0) {
        return failed("LOOP_LIMIT",
                      fmt::format("The step did not come to rest within {} actions: the process goes round in a circle without waiting.", kStepLimit));
    }
    return {};
}

Token* Run::find(Id id) {
    const auto found = instance_.tokens.find(id);
    return found == instance_.tokens.end() ? nullptr : &found->second;
}

Result<Token*> Run::waiting(Id id, std::initializer_list<TokenState> states) {
    auto* token = find(id);
    if (token == nullptr || std::ranges::find(states, token->state) == states.end()) {
        return fail(ErrorCode::not_found, "GONE", fmt::format("Nothing waits under number {}: it was done or taken away before.", id));
    }
    at_ = token->element;
    return token;
}

Token& Run::add_token(Id scope, Index element, TokenState state) {
    const Id id = ++instance_.last_id;
    return instance_.tokens.emplace(id, Token{.id = id, .scope = scope, .element = element, .state = state, .since = now_}).first->second;
}

void Run::enter(Id scope, Index element, Index flow) {
    auto& token = add_token(scope, element, TokenState::arriving);
    token.flow = flow;
    agenda_.push_back({Action::Kind::arrive, token.id});
}

/// Of a multi-instance activity, each repetition waits by what the activity says, and all of them together by what its loop does.
bool Run::waits(const Token& token, TokenState state) const {
    const auto& element = node(token).element;
    const bool before = state == TokenState::async_before;
    if (token.loop < 0 && !element.loop.empty()) {
        return before ? element.loop[0].async_before : element.loop[0].async_after;
    }
    return before ? element.async_before : element.async_after;
}

Result<void> Run::arrive(Token& token) {
    at_ = token.element;
    if (waits(token, TokenState::async_before)) {
        return wait_for_continuation(token, TokenState::async_before);
    }
    return proceed(token);
}

Result<void> Run::proceed(Token& token) {
    return node(token).joins() && token.flow != kNone ? join(token) : begin(token);
}

Result<void> Run::begin(Token& token) {
    at_ = token.element;
    set_state(token, TokenState::active);
    record(HistoryKind::started, token);
    if (node(token).compiled.loop && token.loop < 0) {
        return begin_loop(token);
    }
    SW_CHECK(prepare(token));
    return execute(token);
}

/// Inputs come first, so that listeners and boundary events see them.
Result<void> Run::prepare(Token& token) {
    const auto& here = node(token);
    SW_CHECK(assign(token, here.compiled.inputs, token.id, true));
    SW_CHECK(assign(token, here.compiled.on_start, token.id, false));
    if (token.loop < 0) {
        for (const auto boundary : here.boundaries) {
            SW_CHECK(subscribe(token.id, boundary));
        }
    }
    return {};
}

Result<void> Run::execute(Token& token) {
    switch (node(token).element.kind) {
        case ElementKind::service_task: return node(token).compiled.topic ? wait_outside(token) : evaluate_task(token);
        case ElementKind::script_task: return run_script(token);
        case ElementKind::business_rule_task: return decide(token);
        case ElementKind::user_task: return wait_for_person(token);
        case ElementKind::receive_task: return wait_for_event(token, TokenState::receive);
        case ElementKind::intermediate_catch_event: return node(token).waits_for(EventKind::link) ? leave(token) : wait_for_event(token, TokenState::catching);
        case ElementKind::intermediate_throw_event:
        case ElementKind::end_event: return throw_event(token);
        case ElementKind::event_based_gateway: return wait_for_first(token);
        case ElementKind::sub_process:
        case ElementKind::event_sub_process: return open_scope(token);
        case ElementKind::call_activity: return call(token);
        case ElementKind::start_event:
        case ElementKind::boundary_event:
        case ElementKind::manual_task:
        case ElementKind::exclusive_gateway:
        case ElementKind::parallel_gateway:
        case ElementKind::inclusive_gateway: break;
    }
    return leave(token);
}

Result<void> Run::finish(Token& token) {
    SW_CHECK(assign(token, node(token).compiled.on_end, token.id, false));
    return assign(token, node(token).compiled.outputs, token.scope, false);
}

/// The activity is done: its outputs go out, what could have interrupted it goes away. Of a multi-instance activity each repetition has outputs of its own.
Result<void> Run::leave(Token& token) {
    at_ = token.element;
    if (token.state != TokenState::repeating) {
        SW_CHECK(finish(token));
    }
    release(token, false);
    remove_waits(token.id);
    resolve_incidents(token.id);
    record(HistoryKind::ended, token);
    if (waits(token, TokenState::async_after)) {
        SW_CHECK(wait_for_continuation(token, TokenState::async_after));
        token.variables = {};  // they were the activity's
        return {};
    }
    return go_on(token);
}

/// What follows an activity that has ended.
Result<void> Run::go_on(Token& token) {
    return token.loop < 0 ? depart(token) : repetition_ended(token);
}

Result<void> Run::depart(Token& token) {
    at_ = token.element;
    SW_TRY(const auto flows, outgoing(token));
    const auto scope = token.scope;
    const auto link = node(token).link_target;
    const auto id = token.id;
    for (const auto flow : flows) {
        emit(Record{.kind = HistoryKind::flow_taken, .token = id, .scope = scope, .element = graph_.edge(flow).id});
        enter(scope, graph_.edge(flow).to, flow);
    }
    if (link != kNone) {
        enter(scope, link);
    }
    instance_.tokens.erase(id);
    if (flows.empty() && link == kNone) {
        agenda_.push_back({Action::Kind::check_scope, scope});
    }
    return {};
}

}  // namespace slipway::lifecycle
