#include <fmt/format.h>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

Result<void> Run::throw_event(Token& token) {
    const auto& here = node(token);
    const auto& compiled = here.compiled;
    const auto kind = here.element.event.kind;
    if (kind == EventKind::message && compiled.topic) {
        return wait_outside(token);
    }
    if (kind == EventKind::terminate) {
        SW_CHECK(finish(token));
        return terminate(token);
    }
    if (kind == EventKind::escalation) {
        return escalate(token);
    }
    if (kind != EventKind::message && kind != EventKind::signal && kind != EventKind::error) {
        return leave(token);
    }
    SW_TRY(auto name, filled(compiled.event_name, token.id, "event's name"));
    if (kind == EventKind::error) {
        SW_CHECK(finish(token));
        const auto scope = token.scope;
        record(HistoryKind::ended, token);
        instance_.tokens.erase(token.id);
        return throw_error(scope, {std::move(name)});
    }
    SW_TRY(auto passed, pass_from(compiled.event_in, token.id));
    if (kind == EventKind::signal) {
        emit(ThrowSignal{here.element.id, std::move(name), std::move(passed.variables), std::move(passed.business_key)});
        return leave(token);
    }
    ThrowMessage message{here.element.id, std::move(name), std::nullopt, std::move(passed.variables), std::move(passed.business_key)};
    SW_TRY(message.correlation_key, correlation_key_of(token.element, token.id));
    emit(std::move(message));
    return leave(token);
}

/// What catches `code` among the events: one that names it before one that catches all.
Index Run::catcher(const std::vector<Index>& among, EventKind kind, const std::string& code) const {
    Index any = kNone;
    for (const auto index : among) {
        const auto& event = graph_.node(index).element.event;
        if (event.kind != kind) {
            continue;
        }
        if (event.name == code && !code.empty()) {
            return index;
        }
        if (event.name.empty() && any == kNone) {
            any = index;
        }
    }
    return any;
}

/// Goes up from `origin`: its boundary events, then of each scope around it the event sub-processes and then the boundary events. A scope that an
/// interrupting event sub-process took over has no further one, so that a handler never catches what it throws itself.
std::optional<std::pair<Id, Index>> Run::find_catcher(Id origin, EventKind kind, const std::string& code) const {
    for (const auto* token = instance_.find(origin); token != nullptr; token = instance_.find(token->scope)) {
        const auto& here = graph_.node(token->element);
        if (token->state == TokenState::scope && !token->interrupted) {
            if (const auto start = catcher(here.event_subs, kind, code); start != kNone) {
                return std::pair{token->id, start};
            }
        }
        if (token->loop < 0) {  // those of a repeated activity belong to all its repetitions together
            if (const auto boundary = catcher(here.boundaries, kind, code); boundary != kNone) {
                return std::pair{token->id, boundary};
            }
        }
    }
    return std::nullopt;
}

Result<void> Run::caught(Id owner, Index element, const Thrown& thrown) {
    const auto& event = graph_.node(element).element.event;
    const auto* token = find(owner);
    const Id target = graph_.node(element).is(ElementKind::boundary_event) ? token->scope : owner;
    if (!event.code_variable.empty()) {
        set_variable(target, event.code_variable, json::value(thrown.code));
    }
    if (!event.message_variable.empty()) {
        set_variable(target, event.message_variable, json::value(thrown.message));
    }
    return fire(owner, element, {}, {});
}

/// @param origin is the activity that throws, or the scope where an end event threw.
Result<void> Run::throw_error(Id origin, const Thrown& error) {
    const auto found = find_catcher(origin, EventKind::error, error.code);
    return found ? caught(found->first, found->second, error) : uncaught(origin, error);
}

Result<void> Run::uncaught(Id origin, const Thrown& error) {
    if (instance_.called) {
        end(InstanceState::failed, Ended{.error_code = error.code, .error_message = error.message});
        return {};
    }
    if (!graph_.ends_uncaught_errors()) {
        return failed("UNCAUGHT_ERROR",
                      fmt::format("Nothing catches the error '{}' of '{}'{}{}.", error.code, at(), error.message.empty() ? "" : ": ", error.message));
    }
    auto scope = origin;
    if (find(origin)->state != TokenState::scope) {
        scope = find(origin)->scope;
        cancel(origin);
    }
    agenda_.push_back({Action::Kind::check_scope, scope});
    return {};
}

/// An escalation goes up like an error, but what throws it goes on unless it is interrupted, and nobody has to catch it.
Result<void> Run::escalate(Token& token) {
    const auto id = token.id;
    SW_TRY(const auto code, node(token).compiled.event_name.text(names(id)));
    if (const auto found = find_catcher(id, EventKind::escalation, code)) {
        SW_CHECK(caught(found->first, found->second, {code}));
    }
    auto* still_there = find(id);
    return still_there == nullptr ? Result<void>{} : leave(*still_there);
}

}  // namespace slipway::lifecycle
