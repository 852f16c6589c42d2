#include "automation/instances.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>

#include "automation/bridge.hpp"
#include "automation/editors.hpp"
#include "automation/operator_notes.hpp"
#include "automation/server_messages.hpp"
#include "automation/turn.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

/// Where a person starts it: at the start without an event (empty), else at the only start there is.
std::string start_of(const lifecycle::Graph& graph) {
    const auto& starts = graph.starts();
    const bool plain = std::ranges::any_of(starts, [&](const auto index) { return graph.node(index).element.event.kind == lifecycle::EventKind::none; });
    return plain || starts.size() != 1 ? std::string{} : graph.node(starts[0]).element.id;
}

/// A person's signal to ten thousand must not keep the database from all others.
constexpr std::size_t kToldApart = 100;

}  // namespace

Result<Started> Instances::start(store::Unit& unit, const identity::Principal& who, const StartRequest& request) {
    SW_TRY(auto definition,
           request.definition_id.empty() ? definitions_.latest(unit.sql, who, request.key) : definitions_.get(unit.sql, who, request.definition_id));
    auto group = definition.group;
    if (group.empty() && !(who.admin && request.group.empty())) {
        SW_TRY(group, access_.group_for_new(who, kCollection, request.group, {}, {}));
    } else if (!request.group.empty() && request.group != group) {
        return fail(ErrorCode::forbidden, "FORBIDDEN", fmt::format("The process {} belongs to the group {}.", definition.key, group));
    }
    SW_CHECK(access_.require(who, identity::Action::execute, kCollection, group, who.name));
    SW_TRY(const auto graph, definitions_.graph(unit.sql, definition.id));
    SW_TRY(auto started, engine_.start(unit,
                                       {.definition = std::move(definition),
                                        .element = start_of(*graph),
                                        .business_key = request.business_key,
                                        .group = group,
                                        .started_by = who.name,
                                        .variables = request.variables},
                                       true));
    SW_TRY(started.instance, require(unit.sql, identity::Principal::service(), identity::Action::read, started.instance.id));
    return started;
}

Result<void> Instances::set_variables(store::Unit& unit, const identity::Principal& who, const std::string& id, json::object variables,
                                      const std::vector<std::string>& removed, const std::string& reason) {
    SW_TRY(const auto info, require(unit.sql, who, identity::Action::execute, id));
    json::array names;
    for (const auto& [name, value] : variables) {
        names.emplace_back(name);
    }
    for (const auto& name : removed) {
        names.emplace_back(name);
    }
    SW_TRY(const auto before, this->variables(unit.sql, who, id));
    auto changes = changes_of(before, variables, removed);
    SW_CHECK(engine_.send(unit, id, lifecycle::SetVariables{.variables = std::move(variables), .removed = removed}, true));
    SW_CHECK(tell_editors(unit, info.ticket_id, {who.name}));
    return note(unit, info, who, {.what = "edited", .reason = reason, .names = std::move(names), .changes = std::move(changes)});
}

Result<void> Instances::cancel(store::Unit& unit, const identity::Principal& who, const std::string& id, const std::string& reason) {
    SW_TRY(const auto info, require(unit.sql, who, identity::Action::execute, id));
    SW_CHECK(engine_.send(unit, id, lifecycle::SetVariables{.variables = {{"OUTCOME", "CANCELLED"}}}, true));
    SW_CHECK(engine_.send(unit, id, lifecycle::Cancel{reason}, true));
    return note(unit, info, who, {.what = "cancelled_by", .reason = reason});
}

Result<void> Instances::modify(store::Unit& unit, const identity::Principal& who, const std::string& id, const Modification& wanted) {
    SW_TRY(const auto info, require(unit.sql, who, identity::Action::execute, id));
    SW_TRY(const auto loaded, engine_.load(unit.sql, id, true));
    lifecycle::Modify event{.start_before = wanted.start_before, .cancel = wanted.cancel_tokens, .variables = wanted.variables};
    for (const auto& element : wanted.cancel_elements) {
        const auto index = loaded.graph->find_node(element);
        const auto before = event.cancel.size();
        for (const auto& [token_id, token] : loaded.instance.tokens) {
            // Of a repeated activity its body stands for all repetitions.
            if (index != lifecycle::kNone && index != lifecycle::kRoot && token.element == index && token.loop < 0) {
                event.cancel.push_back(token_id);
            }
        }
        if (event.cancel.size() == before) {
            return fail(ErrorCode::not_found, "GONE", fmt::format("No token is at {}.", element));
        }
    }
    if (event.start_before.empty() && event.cancel.empty()) {
        return invalid("/instructions", "what is to be started or cancelled", "nothing");
    }
    SW_TRY(const auto before, variables(unit.sql, who, id));
    std::vector<std::string> gone;
    for (const auto token_id : event.cancel) {
        const auto* token = loaded.instance.find(token_id);
        gone.push_back(token == nullptr || token->element == lifecycle::kRoot ? loaded.graph->key() : loaded.graph->node(token->element).element.id);
    }
    SW_CHECK(engine_.send(unit, id, std::move(event), true));
    SW_CHECK(tell_ends_again(engine_, unit, id));
    SW_CHECK(tell_editors(unit, info.ticket_id, {who.name}));
    json::array names;
    for (const auto& [name, value] : wanted.variables) {
        names.emplace_back(name);
    }
    auto changes = changes_of(before, wanted.variables, {});
    for (const auto& element : wanted.start_before) {
        changes.push_back(json::object{{"op", "add"}, {"path", "/tokens/" + json::pointer_token(element)}});
    }
    for (const auto& element : gone) {
        changes.push_back(json::object{{"op", "remove"}, {"path", "/tokens/" + json::pointer_token(element)}});
    }
    return note(unit, info, who, {.what = "moved", .reason = wanted.reason, .names = std::move(names), .changes = std::move(changes)});
}

Result<MessageAnswer> Instances::correlate(store::Unit& unit, const identity::Principal& who, const MessageRequest& request) {
    if (request.name.empty()) {
        return invalid("/messageName", "the name of a message", "nothing");
    }
    SW_CHECK(require_sender(request.name));
    SW_TRY(auto answer, engine_.correlate(unit, access_.scope(who, identity::Action::execute, kCollection), request, true));
    auto reached = answer.reached;
    if (!answer.started && !answer.instance_id.empty()) {
        reached.push_back(answer.instance_id);
    }
    SW_CHECK(note_told(unit, who, request.name, request.variables, reached));
    return answer;
}

/// A message or signal moves an instance, and its variables are what a person says. Of many at once each one's history and ticket tells it; the audit trail
/// has the first of them one by one, and the others as one.
Result<void> Instances::note_told(store::Unit& unit, const identity::Principal& who, const std::string& name, const json::object& variables,
                                  const std::vector<std::string>& reached) {
    json::array names;
    for (const auto& [variable, value] : variables) {
        names.emplace_back(variable);
    }
    auto changes = changes_of({}, variables, {});
    changes.push_back(json::object{{"op", "add"}, {"path", "/told/" + json::pointer_token(name)}});
    const auto apart = std::min(reached.size(), kToldApart);
    for (const auto& id : std::span{reached}.first(apart)) {
        SW_TRY(const auto info, require(unit.sql, identity::Principal::service(), identity::Action::read, id));
        if (!info.ticket_id.empty()) {
            SW_CHECK(tell_editors(unit, info.ticket_id, {who.name}));
        }
        SW_CHECK(note(unit, info, who, {.what = "told", .names = names, .changes = changes}));
    }
    return apart == reached.size()
               ? Result<void>{}
               : note_many(unit, std::span{reached}.subspan(apart), who, {.what = "told", .names = std::move(names), .changes = std::move(changes)});
}

Result<SignalAnswer> Instances::signal(store::Unit& unit, const identity::Principal& who, const SignalRequest& request) {
    if (request.name.empty()) {
        return invalid("/name", "the name of a signal", "nothing");
    }
    auto wanted = request;
    if (wanted.started_by.empty()) {
        wanted.started_by = who.name;
    }
    wanted.names_reached = true;
    SW_TRY(auto answer, engine_.signal(unit, access_.scope(who, identity::Action::execute, kCollection), wanted));
    SW_CHECK(note_told(unit, who, request.name, request.variables, answer.reached));
    return answer;
}

Result<std::vector<std::string>> Instances::evaluate(store::Unit& unit, const identity::Principal& who, const ConditionRequest& request) {
    if (!request.definition_id.empty()) {
        SW_CHECK(definitions_.get(unit.sql, who, request.definition_id));
    }
    auto wanted = request;
    if (wanted.started_by.empty()) {
        wanted.started_by = who.name;
    }
    return engine_.evaluate(unit, access_.scope(who, identity::Action::execute, kCollection), wanted);
}

}  // namespace slipway::automation
