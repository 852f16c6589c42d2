#include "adapters/bpmn/events.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "adapters/bpmn/elements.hpp"
#include "adapters/bpmn/parameters.hpp"
#include "adapters/bpmn/vocabulary.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::ElementKind;
using lifecycle::EventDefinition;
using lifecycle::EventKind;

struct Definition {
    std::string_view name;
    EventKind kind;
};
constexpr std::array kDefinitions{
    Definition{"messageEventDefinition", EventKind::message},
    Definition{"signalEventDefinition", EventKind::signal},
    Definition{"timerEventDefinition", EventKind::timer},
    Definition{"errorEventDefinition", EventKind::error},
    Definition{"escalationEventDefinition", EventKind::escalation},
    Definition{"conditionalEventDefinition", EventKind::conditional},
    Definition{"linkEventDefinition", EventKind::link},
    Definition{"terminateEventDefinition", EventKind::terminate},
};

std::string_view word(EventKind kind) {
    constexpr std::array<std::string_view, 9> kWords{"no",     "a message",  "a signal", "a timer", "an error", "an escalation", "a conditional",
                                                     "a link", "a terminate"};
    return kWords.at(std::to_underlying(kind));
}

/// Which event definitions an event may have here, by the table of reference/lifecycle.md section 2.
bool allowed(ElementKind element, bool in_event_sub_process, EventKind event) {
    using enum EventKind;
    const auto among = [event](std::initializer_list<EventKind> kinds) { return std::ranges::find(kinds, event) != kinds.end(); };
    switch (element) {
        case ElementKind::start_event:
            return in_event_sub_process ? among({message, signal, timer, error, escalation, conditional}) : among({none, message, signal, timer, conditional});
        case ElementKind::end_event: return among({none, message, signal, error, escalation, terminate});
        case ElementKind::intermediate_catch_event: return among({message, signal, timer, conditional, link});
        case ElementKind::intermediate_throw_event: return among({none, message, signal, escalation, link});
        default: return among({message, signal, timer, error, escalation, conditional});
    }
}

void read_timer(const XmlElement& owner, const XmlElement& at, EventDefinition& event, Findings& findings) {
    struct Kind {
        std::string_view name;
        lifecycle::TimerKind kind;
    };
    constexpr std::array kKinds{Kind{"timeDate", lifecycle::TimerKind::date}, Kind{"timeDuration", lifecycle::TimerKind::duration},
                                Kind{"timeCycle", lifecycle::TimerKind::cycle}};
    for (const auto& kind : kKinds) {
        if (const auto* const child = at.child(Space::bpmn, kind.name)) {
            event.timer = kind.kind;
            event.expression = child->text;
        }
    }
    if (event.expression.empty()) {
        findings.fault(owner.id(), at, "TIMER", "a timer has no time", "timeDuration, timeDate or timeCycle");
    }
    check_template(owner.id(), at, event.expression, findings);
}

void read_condition(const XmlElement& owner, const XmlElement& at, EventDefinition& event, Findings& findings) {
    const auto* const condition = at.child(Space::bpmn, "condition");
    if (condition == nullptr || condition->text.empty()) {
        findings.fault(owner.id(), at, "CONDITION", "a conditional event has no condition", "an expression ${…} that is true or false");
        return;
    }
    event.expression = condition->text;
    event.variable = at.attribute("variableName", Space::camunda);
    event.variable_events = at.attribute("variableEvents", Space::camunda);
    check_template(owner.id(), at, event.expression, findings);
}

void read_coded(const XmlElement& owner, const XmlElement& at, const References& references, EventDefinition& event, Findings& findings) {
    const bool error = event.kind == EventKind::error;
    const std::string_view reference = error ? "errorRef" : "escalationRef";
    const auto id = at.attribute(reference);
    event.code_variable = at.attribute(error ? "errorCodeVariable" : "escalationCodeVariable", Space::camunda);
    event.message_variable = at.attribute("errorMessageVariable", Space::camunda);
    if (!id.empty()) {
        event.name = resolve(owner.id(), at, reference, error ? references.error(id) : references.escalation(id), findings);
    }
}

/// A message that a worker sends is that worker's task, as Camunda has it.
bool is_sent_by_worker(const XmlElement& definition) {
    constexpr std::array<std::string_view, 5> kWork{"type", "topic", "class", "delegateExpression", "expression"};
    return std::ranges::any_of(kWork, [&](const auto name) { return definition.has(name, Space::camunda); });
}

void read_sent_message(const XmlElement& owner, const XmlElement& at, const References& references, lifecycle::Element& into, Findings& findings) {
    XmlElement work = at;
    std::erase_if(work.attributes, [](const auto& attribute) { return attribute.space == Space::none && attribute.name == "id"; });
    work.attributes.push_back({Space::none, "id", owner.id()});
    into.event = {};
    into.kind = ElementKind::service_task;
    read_work(work, references, into, findings);
}

void read_definition(const XmlElement& owner, const XmlElement& at, const References& references, lifecycle::Element& into, Findings& findings) {
    auto& event = into.event;
    const bool throws = into.kind == ElementKind::end_event || into.kind == ElementKind::intermediate_throw_event;
    if (throws && event.kind == EventKind::message && is_sent_by_worker(at)) {
        read_sent_message(owner, at, references, into, findings);
        return;
    }
    switch (event.kind) {
        case EventKind::message: event.name = resolve(owner.id(), at, "messageRef", references.message(at.attribute("messageRef")), findings); break;
        case EventKind::signal:
            event.name = resolve(owner.id(), at, "signalRef", references.signal(at.attribute("signalRef")), findings);
            event.in = read_passing(owner.id(), at, "in", findings);
            break;
        case EventKind::timer: read_timer(owner, at, event, findings); break;
        case EventKind::conditional: read_condition(owner, at, event, findings); break;
        case EventKind::error:
        case EventKind::escalation: read_coded(owner, at, references, event, findings); break;
        case EventKind::link: event.name = at.attribute("name"); break;
        default: break;
    }
    if (throws && (event.kind == EventKind::error || event.kind == EventKind::escalation) && event.name.empty() &&
        !at.has(event.kind == EventKind::error ? "errorRef" : "escalationRef")) {
        findings.fault(owner.id(), at, "REFERENCE", "what is thrown has no code", "errorRef or escalationRef of one with a code");
    }
    check_template(owner.id(), at, event.name, findings);
}

/// The one event definition of an event, or nullptr with what is wrong reported.
const XmlElement* only_definition(const XmlElement& element, EventKind& kind, Findings& findings) {
    const XmlElement* definition = nullptr;
    for (const auto& child : element.children) {
        if (child.space != Space::bpmn || !child.name.ends_with("EventDefinition")) {
            continue;
        }
        const auto* const known = std::ranges::find(kDefinitions, child.name, &Definition::name);
        if (known == kDefinitions.end()) {
            const bool undo = child.name == "compensateEventDefinition" || child.name == "cancelEventDefinition";
            findings.fault(
                element.id(), child, undo ? "COMPENSATION" : "EVENT_KIND", fmt::format("{} is not run here", child.name),
                undo ? "a boundary error event with a flow to the step that undoes" : "a message, signal, timer, error, escalation or conditional event");
            return nullptr;
        }
        if (definition != nullptr) {
            findings.fault(element.id(), child, "MULTIPLE_EVENTS", "an event has more than one definition",
                           "one event for each, behind an event-based gateway");
            return nullptr;
        }
        definition = &child;
        kind = known->kind;
    }
    if (const auto* const reference = element.child(Space::bpmn, "eventDefinitionRef")) {
        findings.fault(element.id(), *reference, "EVENT_KIND", "eventDefinitionRef is not read", "the event definition itself inside the event");
    }
    return definition;
}

}  // namespace

References::References(const XmlElement& definitions) {
    for (const auto& child : definitions.children) {
        const std::string id{child.id()};
        if (child.is(Space::bpmn, "message")) {
            messages_[id] = child.attribute("name");
        } else if (child.is(Space::bpmn, "signal")) {
            signals_[id] = child.attribute("name");
        } else if (child.is(Space::bpmn, "error")) {
            errors_[id] = child.attribute("errorCode");
        } else if (child.is(Space::bpmn, "escalation")) {
            escalations_[id] = child.attribute("escalationCode");
        }
    }
}

const std::string* References::find(const Names& names, std::string_view id) {
    // A reference is a QName: its prefix is that of the file itself.
    const auto colon = id.rfind(':');
    const auto found = names.find(colon == std::string_view::npos ? id : id.substr(colon + 1));
    return found == names.end() ? nullptr : &found->second;
}

std::string resolve(std::string_view owner, const XmlElement& at, std::string_view attribute, const std::string* found, Findings& findings) {
    if (found == nullptr) {
        findings.fault(owner, at, "REFERENCE", fmt::format("{}=\"{}\" names nothing in this file", attribute, at.attribute(attribute)),
                       "the id of one that is defined in the file");
        return {};
    }
    if (found->empty()) {
        findings.fault(owner, at, "REFERENCE", fmt::format("{}=\"{}\" has neither name nor code", attribute, at.attribute(attribute)),
                       "one with a name (a message, a signal) or a code (an error, an escalation)");
    }
    return *found;
}

void read_event(const XmlElement& element, bool in_event_sub_process, const References& references, lifecycle::Element& into, Findings& findings) {
    EventKind kind = EventKind::none;
    const auto* const definition = only_definition(element, kind, findings);
    if (definition == nullptr &&
        std::ranges::any_of(element.children, [](const auto& child) { return child.space == Space::bpmn && child.name.ends_with("EventDefinition"); })) {
        return;
    }
    if (!allowed(into.kind, in_event_sub_process, kind)) {
        findings.fault(element, "EVENT_KIND", fmt::format("{} event cannot stand here", word(kind)),
                       in_event_sub_process ? "a message, signal, timer, error, escalation or conditional event" : "another kind of event");
        return;
    }
    into.event.kind = kind;
    if (definition != nullptr) {
        check_extensions(*definition, findings);
        read_definition(element, *definition, references, into, findings);
    }
}

}  // namespace slipway::bpmn
