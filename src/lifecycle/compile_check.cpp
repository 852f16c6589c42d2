#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "lifecycle/compiler.hpp"

namespace slipway::lifecycle {

namespace {

using enum EventKind;

bool one_of(EventKind kind, std::initializer_list<EventKind> kinds) {
    return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_activity(const Node& node) {
    switch (node.element.kind) {
        case ElementKind::service_task:
        case ElementKind::script_task:
        case ElementKind::user_task:
        case ElementKind::receive_task:
        case ElementKind::manual_task:
        case ElementKind::business_rule_task:
        case ElementKind::sub_process:
        case ElementKind::call_activity: return true;
        default: return false;
    }
}

bool is_gateway(const Node& node) {
    return node.is(ElementKind::exclusive_gateway) || node.is(ElementKind::parallel_gateway) || node.is(ElementKind::inclusive_gateway) ||
           node.is(ElementKind::event_based_gateway);
}

std::string_view name_of(EventKind kind) {
    constexpr std::array<std::string_view, 9> names{"none", "message", "signal", "timer", "error", "escalation", "conditional", "link", "terminate"};
    return names.at(static_cast<std::size_t>(kind));
}

}  // namespace

void Compiler::check_nodes() {
    if (data_.starts.empty()) {
        fault(process_.id, "start: a process has a start event", "none");
    }
    for (const auto& node : std::span{data_.nodes}.subspan(1)) {
        check_event(node);
        check_work(node);
        check_loop(node);
        check_ends(node);
        check_gateway(node);
        check_scope(node);
    }
}

void Compiler::check_event(const Node& node) {
    const auto kind = node.element.event.kind;
    bool fits = true;
    switch (node.element.kind) {
        case ElementKind::start_event: check_start(node); break;
        case ElementKind::boundary_event: check_boundary(node); break;
        case ElementKind::end_event: fits = one_of(kind, {none, message, signal, error, escalation, terminate}); break;
        case ElementKind::intermediate_catch_event: fits = one_of(kind, {message, signal, timer, conditional, link}); break;
        case ElementKind::intermediate_throw_event: fits = one_of(kind, {none, message, signal, escalation, link}); break;
        case ElementKind::receive_task: fits = one_of(kind, {none, message}); break;
        default: return;
    }
    if (!fits) {
        fault(node.element.id, "event-kind: an event stands where its kind may stand", fmt::format("a {} event", name_of(kind)));
    }
    check_event_texts(node);
}

void Compiler::check_event_texts(const Node& node) {
    const auto& event = node.element.event;
    const bool throws = node.is(ElementKind::end_event) || node.is(ElementKind::intermediate_throw_event);
    if (event.name.empty() && (one_of(event.kind, {message, signal, link}) || (throws && one_of(event.kind, {error, escalation})))) {
        fault(node.element.id, "event-name: messages, signals, links and thrown codes have a name", "none");
    }
    if (event.expression.empty() && one_of(event.kind, {timer, conditional})) {
        fault(node.element.id, "event-text: a timer says when, a condition what", "nothing");
    }
}

void Compiler::check_start(const Node& node) {
    const auto kind = node.element.event.kind;
    const auto& scope = this->node(node.scope);
    bool fits = kind == none;
    if (scope.is(ElementKind::event_sub_process)) {
        fits = one_of(kind, {message, signal, timer, error, escalation, conditional});
        if (kind == error && !node.element.interrupting) {
            fault(node.element.id, "error-interrupts: what catches an error interrupts", "isInterrupting=\"false\"");
        }
    } else if (node.scope == kRoot) {
        fits = one_of(kind, {none, message, signal, timer, conditional});
    }
    if (!fits) {
        fault(node.element.id, "event-kind: an event stands where its kind may stand", fmt::format("a {} start event", name_of(kind)));
    }
}

void Compiler::check_boundary(const Node& node) {
    const auto kind = node.element.event.kind;
    if (!one_of(kind, {message, signal, timer, error, escalation, conditional})) {
        fault(node.element.id, "event-kind: an event stands where its kind may stand", fmt::format("a {} boundary event", name_of(kind)));
    }
    if (kind == error && !node.element.interrupting) {
        fault(node.element.id, "error-interrupts: what catches an error interrupts", "cancelActivity=\"false\"");
    }
    const auto host = find(node.element.attached_to);
    if (!is_activity(this->node(host))) {
        fault(node.element.id, "boundary-host: a boundary event sits on an activity of its scope", fmt::format("on '{}'", node.element.attached_to));
    }
}

void Compiler::check_work(const Node& node) {
    const auto& element = node.element;
    if (element.kind == ElementKind::service_task && element.topic.empty() && element.expression.empty()) {
        fault(element.id, "work: a service task has a topic or an expression", "neither");
    }
    if (element.kind == ElementKind::business_rule_task && element.decision.empty()) {
        fault(element.id, "work: a business rule task has a topic or a decision", "neither");
    }
    if (element.kind == ElementKind::call_activity && element.called_element.empty()) {
        fault(element.id, "work: a call activity names what it calls", "nothing");
    }
    if ((element.async_before || element.async_after) && element.kind == ElementKind::event_sub_process) {
        fault(element.id, "async: an event sub-process begins with its event", "asyncBefore or asyncAfter");
    }
    const auto misfire = element.properties.find("mlc.misfire");
    if (misfire != element.properties.end() && !misfire_of(misfire->second)) {
        fault(element.id, "misfire: once, skip or all", fmt::format("'{}'", misfire->second));
    }
}

void Compiler::check_loop(const Node& node) {
    if (node.element.loop.empty()) {
        return;
    }
    const auto& loop = node.element.loop.front();
    if (!is_activity(node) || node.element.loop.size() > 1) {
        fault(node.element.id, "multi-instance: an activity is repeated, and in one way", "another element, or two ways");
    }
    if (loop.cardinality.empty() == loop.collection.empty()) {
        fault(node.element.id, "multi-instance: it has a cardinality or a collection", loop.cardinality.empty() ? "neither" : "both");
    }
}

void Compiler::check_ends(const Node& node) {
    const auto& element = node.element;
    const bool source = element.kind == ElementKind::start_event || element.kind == ElementKind::boundary_event ||
                        element.kind == ElementKind::event_sub_process || (element.kind == ElementKind::intermediate_catch_event && node.waits_for(link));
    if (source && !node.incoming.empty()) {
        fault(element.id, "no-incoming: no flow leads to a start, a boundary event, an event sub-process or a catching link", edge(node.incoming[0]).id);
    }
    const bool sink = element.kind == ElementKind::end_event || element.kind == ElementKind::event_sub_process ||
                      (element.kind == ElementKind::intermediate_throw_event && node.waits_for(link));
    if (sink && !node.outgoing.empty()) {
        fault(element.id, "no-outgoing: no flow leaves an end, an event sub-process or a throwing link", edge(node.outgoing[0]).id);
    }
}

void Compiler::check_gateway(const Node& node) {
    if (!is_gateway(node)) {
        return;
    }
    if (node.outgoing.empty()) {
        fault(node.element.id, "gateway-outgoing: a gateway leads on", "no outgoing flow");
    }
    const bool chooses = node.is(ElementKind::exclusive_gateway) || node.is(ElementKind::inclusive_gateway);
    if (chooses) {
        check_exclusive(node);
        return;
    }
    if (node.default_flow != kNone) {
        fault(node.element.id, "default-flow: only what chooses has a default flow", node.element.default_flow);
    }
    if (node.is(ElementKind::event_based_gateway)) {
        check_event_gateway(node);
    }
}

void Compiler::check_exclusive(const Node& node) {
    if (node.default_flow != kNone && !process_.flows[static_cast<std::size_t>(node.default_flow)].condition.empty()) {
        fault(node.element.id, "default-flow: a default flow has no condition", node.element.default_flow);
    }
    if (!node.is(ElementKind::exclusive_gateway) || node.outgoing.size() < 2) {
        return;
    }
    for (const auto flow : node.outgoing) {
        if (flow != node.default_flow && process_.flows[static_cast<std::size_t>(flow)].condition.empty()) {
            fault(node.element.id, "gateway-condition: each flow of an exclusive gateway has a condition or is its default", edge(flow).id);
        }
    }
}

void Compiler::check_event_gateway(const Node& node) {
    for (const auto flow : node.outgoing) {
        const auto& target = this->node(edge(flow).to);
        const bool catches = (target.is(ElementKind::intermediate_catch_event) && !target.waits_for(link)) ||
                             (target.is(ElementKind::receive_task) && target.waits_for(message) && target.boundaries.empty() && target.element.loop.empty());
        if (!catches) {
            fault(node.element.id, "event-gateway: it leads to catching events, or receive tasks of a message without boundary events",
                  fmt::format("a flow to '{}'", target.element.id));
        } else if (target.incoming.size() > 1) {
            fault(node.element.id, "event-gateway: what it leads to has no other incoming flow", fmt::format("'{}'", target.element.id));
        }
    }
}

void Compiler::check_scope(const Node& node) {
    if (node.scope_like() && node.start == kNone) {
        fault(node.element.id, "start: a sub-process has a start event without an event, an event sub-process one with an event", "none");
    }
}

}  // namespace slipway::lifecycle
