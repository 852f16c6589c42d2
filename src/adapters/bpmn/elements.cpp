#include "adapters/bpmn/elements.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "adapters/bpmn/parameters.hpp"
#include "adapters/bpmn/vocabulary.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::Element;
using lifecycle::ElementKind;

struct Node {
    std::string_view name;
    ElementKind kind;
};
constexpr std::array kNodes{
    Node{"startEvent", ElementKind::start_event},
    Node{"endEvent", ElementKind::end_event},
    Node{"intermediateCatchEvent", ElementKind::intermediate_catch_event},
    Node{"intermediateThrowEvent", ElementKind::intermediate_throw_event},
    Node{"boundaryEvent", ElementKind::boundary_event},
    Node{"serviceTask", ElementKind::service_task},
    Node{"sendTask", ElementKind::service_task},
    Node{"businessRuleTask", ElementKind::business_rule_task},
    Node{"scriptTask", ElementKind::script_task},
    Node{"userTask", ElementKind::user_task},
    Node{"receiveTask", ElementKind::receive_task},
    Node{"manualTask", ElementKind::manual_task},
    Node{"task", ElementKind::manual_task},
    Node{"exclusiveGateway", ElementKind::exclusive_gateway},
    Node{"parallelGateway", ElementKind::parallel_gateway},
    Node{"inclusiveGateway", ElementKind::inclusive_gateway},
    Node{"eventBasedGateway", ElementKind::event_based_gateway},
    Node{"subProcess", ElementKind::sub_process},
    Node{"callActivity", ElementKind::call_activity},
};

constexpr std::array<std::string_view, 21> kPassive{"documentation",
                                                    "extensionElements",
                                                    "incoming",
                                                    "outgoing",
                                                    "laneSet",
                                                    "dataObject",
                                                    "dataObjectReference",
                                                    "dataStoreReference",
                                                    "textAnnotation",
                                                    "association",
                                                    "group",
                                                    "ioSpecification",
                                                    "property",
                                                    "dataInputAssociation",
                                                    "dataOutputAssociation",
                                                    "auditing",
                                                    "monitoring",
                                                    "multiInstanceLoopCharacteristics",
                                                    "standardLoopCharacteristics",
                                                    "supports",
                                                    "correlationSubscription"};

struct Refused {
    std::string_view name;
    std::string_view rule;
    std::string_view instead;
};
constexpr std::array kRefused{
    Refused{"complexGateway", "COMPLEX_GATEWAY", "an inclusive gateway"},
    Refused{"adHocSubProcess", "AD_HOC", "a sub-process with a parallel or inclusive gateway"},
    Refused{"transaction", "TRANSACTION", "a sub-process with a boundary error event and a flow to the step that undoes"},
};

bool is_event(ElementKind kind) {
    return kind <= ElementKind::boundary_event;
}

void read_user_task(const XmlElement& element, Element& into, Findings& findings) {
    const auto text = [&](std::string_view name) {
        const auto value = element.attribute(name, Space::camunda);
        check_template(element.id(), element, value, findings);
        return std::string{value};
    };
    into.assignee = text("assignee");
    into.candidate_users = text("candidateUsers");
    into.candidate_groups = text("candidateGroups");
    into.due_date = text("dueDate");
    into.follow_up_date = text("followUpDate");
    into.priority = text("priority");
    into.form_key = element.attribute("formKey", Space::camunda);
    if (const auto* written = element.child(Space::bpmn, "documentation"); written != nullptr) {
        into.documentation = written->text;
    }
}

void read_call(const XmlElement& element, Element& into, Findings& findings) {
    into.called_element = element.attribute("calledElement");
    if (into.called_element.empty() && !element.has("caseRef", Space::camunda)) {
        findings.fault(element, "CALLED_ELEMENT", "a call activity names no process", "calledElement with the id of a process");
    }
    check_template(element.id(), element, into.called_element, findings);
    into.called_binding = element.attribute("calledElementBinding", Space::camunda);
    into.called_version = element.attribute(into.called_binding == "versionTag" ? "calledElementVersionTag" : "calledElementVersion", Space::camunda);
    into.in = read_passing(element.id(), element, "in", findings);
    into.out = read_passing(element.id(), element, "out", findings);
}

void read_common(const XmlElement& element, Element& into, Findings& findings) {
    const auto flag = [&](std::string_view name) { return element.attribute(name, Space::camunda) == "true"; };
    into.async_before = flag("asyncBefore") || flag("async");
    into.async_after = flag("asyncAfter");
    into.exclusive = element.attribute("exclusive", Space::camunda) != "false";
    into.default_flow = element.attribute("default");
    into.priority = element.attribute("taskPriority", Space::camunda);
    for (const auto* const cycle : extensions_of(element, "failedJobRetryTimeCycle")) {
        into.retry_cycle = cycle->text;
        check_template(element.id(), *cycle, into.retry_cycle, findings);
    }
    read_parameters(element, into, findings);
    read_listeners(element, into, findings);
    read_loop(element, into, findings);
    into.properties = read_properties(element);
}

void read_receive(const XmlElement& element, const References& references, Element& into, Findings& findings) {
    if (element.has("messageRef")) {
        into.event.kind = lifecycle::EventKind::message;
        into.event.name = resolve(element.id(), element, "messageRef", references.message(element.attribute("messageRef")), findings);
        check_template(element.id(), element, into.event.name, findings);
    }
}

void read_event_node(const XmlElement& element, bool in_event_sub_process, const References& references, Element& into, Findings& findings) {
    read_event(element, in_event_sub_process, references, into, findings);
    if (into.kind == ElementKind::boundary_event) {
        into.attached_to = element.attribute("attachedToRef");
        into.interrupting = element.attribute("cancelActivity") != "false";
    }
    if (into.kind == ElementKind::start_event) {
        into.interrupting = element.attribute("isInterrupting") != "false";
        into.initiator = element.attribute("initiator", Space::camunda);
        into.form_key = element.attribute("formKey", Space::camunda);
    }
}

}  // namespace

std::optional<ElementKind> kind_of_node(const XmlElement& element) {
    const auto* const found = std::ranges::find(kNodes, element.name, &Node::name);
    if (element.space != Space::bpmn || found == kNodes.end()) {
        return std::nullopt;
    }
    const bool by_event = found->kind == ElementKind::sub_process && element.attribute("triggeredByEvent") == "true";
    return by_event ? ElementKind::event_sub_process : found->kind;
}

bool is_passive(std::string_view name) {
    return std::ranges::find(kPassive, name) != kPassive.end();
}

void refuse_element(const XmlElement& element, Findings& findings) {
    const auto* const found = std::ranges::find(kRefused, element.name, &Refused::name);
    const bool known = found != kRefused.end();
    findings.fault(element, known ? found->rule : "ELEMENT", fmt::format("the element {} is not run here", element.name),
                   known ? found->instead : "tasks, events, gateways and sub-processes");
}

Element read_node(const XmlElement& element, ElementKind kind, std::string_view scope, bool in_event_sub_process, const References& references,
                  Findings& findings) {
    Element into{.id = std::string{element.id()}, .name = std::string{element.attribute("name")}, .kind = kind, .scope = std::string{scope}};
    check_extensions(element, findings);
    check_bpmn_attributes(element, findings);
    read_common(element, into, findings);
    if (is_event(kind)) {
        read_event_node(element, in_event_sub_process, references, into, findings);
        return into;
    }
    switch (kind) {
        case ElementKind::service_task:
        case ElementKind::business_rule_task: read_work(element, references, into, findings); break;
        case ElementKind::script_task: read_script_task(element, into, findings); break;
        case ElementKind::user_task: read_user_task(element, into, findings); break;
        case ElementKind::receive_task: read_receive(element, references, into, findings); break;
        case ElementKind::call_activity: read_call(element, into, findings); break;
        default: break;
    }
    return into;
}

}  // namespace slipway::bpmn
