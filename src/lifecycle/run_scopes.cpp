#include <algorithm>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

std::vector<Id> children_of(const Instance& instance, Id scope) {
    std::vector<Id> children;
    for (const auto& [id, token] : instance.tokens) {
        if (token.scope == scope) {
            children.push_back(id);
        }
    }
    return children;
}

}  // namespace

Result<void> Run::open_scope(Token& token) {
    set_state(token, TokenState::scope);
    for (const auto start : node(token).event_subs) {
        SW_CHECK(subscribe(token.id, start));
    }
    enter(token.id, node(token).start);
    return {};
}

/// A scope without tokens is done.
Result<void> Run::check_scope(Id id) {
    auto* token = find(id);
    if (token == nullptr || token->state != TokenState::scope) {
        return {};
    }
    if (std::ranges::any_of(instance_.tokens, [&](const auto& entry) { return entry.second.scope == id; })) {
        return {};
    }
    if (id != root()) {
        return leave(*token);
    }
    end(InstanceState::completed, {});
    return {};
}

/// An interrupting event sub-process takes the place of all that ran in its scope, once.
Result<void> Run::fire_event_sub(Token& scope, Index start) {
    at_ = start;
    const auto& event = graph_.node(start);
    if (event.element.interrupting) {
        scope.interrupted = true;
        cancel_children(scope.id);
        remove_waits(scope.id, &node(scope).event_subs);  // the boundary events of the scope stay
    }
    auto& handler = add_token(scope.id, event.scope, TokenState::scope);
    record(HistoryKind::started, handler);
    return open_scope(handler);
}

/// Takes a token and all below it away, the innermost first. Nothing of it runs any more: no listener, no output mapping.
void Run::cancel(Id id) {
    auto* token = find(id);
    if (token == nullptr) {
        return;
    }
    cancel_children(id);
    release(*token, true);
    remove_waits(id);
    resolve_incidents(id);
    const bool ran = token->state != TokenState::arriving && token->state != TokenState::joining && token->state != TokenState::async_before &&
                     token->state != TokenState::async_after;
    if (ran && id != root()) {
        record(HistoryKind::cancelled, *token);
    }
    instance_.tokens.erase(id);
}

void Run::cancel_children(Id id) {
    for (const auto child : children_of(instance_, id)) {
        cancel(child);
    }
}

Result<void> Run::terminate(Token& token) {
    const auto scope = token.scope;
    record(HistoryKind::ended, token);
    instance_.tokens.erase(token.id);
    cancel_children(scope);
    agenda_.push_back({Action::Kind::check_scope, scope});
    return {};
}

void Run::end(InstanceState state, Ended ended) {
    ended.state = state;
    if (!instance_.tokens.empty()) {
        for (const auto& [name, value] : instance_.tokens.begin()->second.variables.items()) {
            ended.variables[name] = *value;
        }
        cancel(root());
    }
    for (const auto& [id, incident] : instance_.incidents) {
        emit(ResolveIncident{id});
    }
    instance_.incidents.clear();
    instance_.state = state;
    agenda_.clear();
    changes_.clear();
    emit(std::move(ended));
}

}  // namespace slipway::lifecycle
