#include <fmt/format.h>

#include "adapters/bpmn/elements.hpp"
#include "adapters/bpmn/parameters.hpp"
#include "adapters/bpmn/script.hpp"
#include "adapters/bpmn/vocabulary.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::Element;
using lifecycle::ElementKind;

constexpr std::string_view kTopicInstead = "camunda:type=\"external\" with a topic that a worker serves";

void read_error_rules(const XmlElement& element, const References& references, Element& into, Findings& findings) {
    for (const auto* const rule : extensions_of(element, "errorEventDefinition")) {
        lifecycle::ErrorRule read{.code = resolve(element.id(), *rule, "errorRef", references.error(rule->attribute("errorRef")), findings),
                                  .expression = std::string{rule->attribute("expression")}};
        check_template(element.id(), *rule, read.expression, findings);
        into.errors.push_back(std::move(read));
    }
}

void read_external(const XmlElement& element, const References& references, Element& into, Findings& findings) {
    const auto type = element.attribute("type", Space::camunda);
    if (type != "external") {
        findings.fault(element, "TASK_TYPE", fmt::format("camunda:type=\"{}\" is not done here", type), kTopicInstead);
        return;
    }
    into.kind = ElementKind::service_task;
    into.topic = element.attribute("topic", Space::camunda);
    if (into.topic.empty()) {
        findings.fault(element, "TOPIC", "an external task has no topic", "camunda:topic");
    }
    check_template(element.id(), element, into.topic, findings);
    read_error_rules(element, references, into, findings);
}

void read_delegate(const XmlElement& element, Element& into, Findings& findings) {
    const bool by_class = element.has("class", Space::camunda);
    const auto name = element.attribute(by_class ? "class" : "delegateExpression", Space::camunda);
    into.kind = ElementKind::service_task;
    into.topic = by_class ? topic_of_class(name) : topic_of_bean(name);
    if (into.topic.empty()) {
        findings.fault(element, by_class ? "JAVA_CLASS" : "DELEGATE", fmt::format("the delegate {} is not done here, since no Java runs", name),
                       delegate_advice(name));
    }
}

void read_expression_task(const XmlElement& element, Element& into, Findings& findings) {
    const auto expression = element.attribute("expression", Space::camunda);
    into.kind = ElementKind::service_task;
    if (auto assignments = setting(expression)) {
        into.kind = ElementKind::script_task;
        into.script = *std::move(assignments);
        return;
    }
    into.expression = expression;
    into.result_variable = element.attribute("resultVariable", Space::camunda);
    check_template(element.id(), element, into.expression, findings);
}

void read_decision(const XmlElement& element, Element& into, Findings& findings) {
    into.decision = element.attribute("decisionRef", Space::camunda);
    into.decision_result = element.attribute("mapDecisionResult", Space::camunda);
    into.result_variable = element.attribute("resultVariable", Space::camunda);
    into.decision_binding = element.attribute("decisionRefBinding", Space::camunda);
    into.decision_version = element.attribute("decisionRefVersion", Space::camunda);
    check_template(element.id(), element, into.decision, findings);
    if (into.decision_binding == "versionTag") {
        findings.fault(element, "DECISION_BINDING", "a decision is not bound by a version tag here", "camunda:decisionRefBinding=\"version\" or \"latest\"");
    }
}

}  // namespace

void read_work(const XmlElement& element, const References& references, Element& into, Findings& findings) {
    if (element.has("decisionRef", Space::camunda) && into.kind == ElementKind::business_rule_task) {
        read_decision(element, into, findings);
    } else if (element.has("type", Space::camunda) || element.has("topic", Space::camunda)) {
        read_external(element, references, into, findings);
    } else if (element.has("class", Space::camunda) || element.has("delegateExpression", Space::camunda)) {
        read_delegate(element, into, findings);
    } else if (element.has("expression", Space::camunda)) {
        read_expression_task(element, into, findings);
    } else if (extensions_of(element, "connector").empty()) {
        findings.fault(element, "NO_WORK", "nothing says what does its work", kTopicInstead);
    }
}

void read_script_task(const XmlElement& element, Element& into, Findings& findings) {
    const auto* const script = element.child(Space::bpmn, "script");
    const auto variable = element.attribute("resultVariable", Space::camunda);
    if (element.has("resource", Space::camunda)) {
        return;  // named by check_extensions()
    }
    const std::string_view source = script == nullptr ? std::string_view{} : std::string_view{script->text};
    if (!variable.empty()) {
        if (auto value = read_script_value(source)) {
            into.script.push_back({.target = std::string{variable}, .value = *std::move(value)});
            return;
        }
    }
    auto assignments = read_script(source);
    if (!assignments) {
        const auto format = element.attribute("scriptFormat");
        findings.fault(element, "SCRIPT", fmt::format("its {} script cannot be run: {}", format.empty() ? "unnamed" : format, assignments.error()),
                       "execution.setVariable(\"NAME\", value) with if/else, an output parameter, or a topic that a worker serves");
        return;
    }
    into.script = *std::move(assignments);
}

void read_loop(const XmlElement& element, Element& into, Findings& findings) {
    if (const auto* const standard = element.child(Space::bpmn, "standardLoopCharacteristics")) {
        findings.fault(element.id(), *standard, "LOOP", "the loop marker is not run here", "a gateway with a flow back");
    }
    const auto* const loop = element.child(Space::bpmn, "multiInstanceLoopCharacteristics");
    if (loop == nullptr) {
        return;
    }
    const auto text = [&](std::string_view name) {
        const auto* const child = loop->child(Space::bpmn, name);
        const std::string value = child == nullptr ? std::string{} : child->text;
        check_template(element.id(), *loop, value, findings);
        return value;
    };
    lifecycle::MultiInstance read{.sequential = loop->attribute("isSequential") == "true", .cardinality = text("loopCardinality")};
    read.completion_condition = text("completionCondition");
    read.async_before = loop->attribute("asyncBefore", Space::camunda) == "true" || loop->attribute("async", Space::camunda) == "true";
    read.async_after = loop->attribute("asyncAfter", Space::camunda) == "true";
    read.collection = loop->has("collection", Space::camunda) ? std::string{loop->attribute("collection", Space::camunda)} : text("loopDataInputRef");
    check_template(element.id(), *loop, read.collection, findings);
    const auto* const item = loop->child(Space::bpmn, "inputDataItem");
    read.element_variable = loop->has("elementVariable", Space::camunda) ? loop->attribute("elementVariable", Space::camunda)
                            : item == nullptr                            ? std::string_view{}
                                                                         : item->attribute("name");
    if (read.cardinality.empty() && read.collection.empty()) {
        findings.fault(element.id(), *loop, "MULTI_INSTANCE", "nothing says how often it is to run", "loopCardinality or camunda:collection");
    }
    into.loop.push_back(std::move(read));
}

}  // namespace slipway::bpmn
