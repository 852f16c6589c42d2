#include "adapters/bpmn/parameters.hpp"

#include <fmt/format.h>
#include <map>
#include <optional>

#include "adapters/bpmn/script.hpp"
#include "lifecycle/expression.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::Assignment;
using lifecycle::Binding;

/// The value of a parameter, an item or an entry: text, or the one list, map or script inside.
Binding read_binding(std::string_view owner, const XmlElement& holder, Findings& findings) {
    for (const auto& child : holder.children) {
        if (child.is(Space::camunda, "list")) {
            Binding list{.kind = Binding::Kind::list};
            for (const auto& item : child.children) {
                list.parts.emplace_back(std::string{}, item.is(Space::camunda, "value") ? read_binding(owner, item, findings)
                                                                                        : read_binding(owner, XmlElement{.children = {item}}, findings));
            }
            return list;
        }
        if (child.is(Space::camunda, "map")) {
            Binding map{.kind = Binding::Kind::map};
            for (const auto& entry : child.children) {
                map.parts.emplace_back(std::string{entry.attribute("key")}, read_binding(owner, entry, findings));
            }
            return map;
        }
        if (child.is(Space::camunda, "script")) {
            auto value = child.has("resource") ? std::unexpected(std::string{"it lies in another file"}) : read_script_value(child.text);
            if (!value) {
                findings.fault(owner, child, "SCRIPT", fmt::format("a script of a parameter cannot be run: {}", value.error()),
                               "an expression ${…}, a list or a map");
                return {};
            }
            return *std::move(value);
        }
    }
    check_template(owner, holder, holder.text, findings);
    return {.text = holder.text};
}

void add_parameters(const XmlElement& element, const XmlElement& holder, std::string_view kind, std::vector<Assignment>& into, Findings& findings) {
    for (const auto& parameter : holder.children) {
        if (!parameter.is(Space::camunda, kind)) {
            continue;
        }
        if (parameter.attribute("name").empty()) {
            findings.fault(element.id(), parameter, "PARAMETER", "a parameter has no name", "camunda:inputParameter name=\"…\"");
            continue;
        }
        into.push_back({.target = std::string{parameter.attribute("name")}, .value = read_binding(element.id(), parameter, findings)});
    }
}

/// What a listener sets, by expression or script; nothing when it is something else.
std::expected<std::vector<Assignment>, std::string> listener_assignments(const XmlElement& listener) {
    if (listener.has("class") || listener.has("delegateExpression")) {
        return std::unexpected(std::string{"it calls Java"});
    }
    if (const auto* const script = listener.child(Space::camunda, "script")) {
        return script->has("resource") ? std::unexpected(std::string{"its script lies in another file"}) : read_script(script->text);
    }
    auto set = setting(listener.attribute("expression"));
    return set ? std::expected<std::vector<Assignment>, std::string>(*std::move(set)) : std::unexpected(std::string{"it does not set a variable"});
}

void add_listener(const XmlElement& element, const XmlElement& listener, lifecycle::Element& into, Findings& findings) {
    const auto event = listener.attribute("event");
    const bool start = event == "start" || event == "create";
    const bool end = event == "end" || event == "complete";
    auto assignments = listener_assignments(listener);
    if (!assignments || (!start && !end)) {
        const auto why = assignments ? std::string{"its event is not start, end, create or complete"} : assignments.error();
        findings.fault(element.id(), listener, "LISTENER", fmt::format("a listener of \"{}\" cannot be run: {}", event, why),
                       "event=\"start\" or \"end\" with ${execution.setVariable('NAME', value)}, or a task of its own");
        return;
    }
    auto& target = start ? into.on_start : into.on_end;
    std::ranges::move(*assignments, std::back_inserter(target));
}

}  // namespace

std::vector<const XmlElement*> extensions_of(const XmlElement& element, std::string_view name) {
    std::vector<const XmlElement*> found;
    if (const auto* const extensions = element.child(Space::bpmn, "extensionElements")) {
        for (const auto& extension : extensions->children) {
            if (extension.is(Space::camunda, name)) {
                found.push_back(&extension);
            }
        }
    }
    return found;
}

void check_template(std::string_view owner, const XmlElement& at, std::string_view text, Findings& findings) {
    if (const auto parsed = lifecycle::Template::parse(text); !parsed) {
        findings.fault(owner, at, "EXPRESSION", parsed.error().message, "the operators and methods of the expression language");
    }
}

void read_parameters(const XmlElement& element, lifecycle::Element& into, Findings& findings) {
    for (const auto* const holder : extensions_of(element, "inputOutput")) {
        add_parameters(element, *holder, "inputParameter", into.inputs, findings);
        add_parameters(element, *holder, "outputParameter", into.outputs, findings);
    }
}

std::vector<lifecycle::Passing> read_passing(std::string_view owner, const XmlElement& element, std::string_view name, Findings& findings) {
    std::vector<lifecycle::Passing> result;
    for (const auto* const one : extensions_of(element, name)) {
        lifecycle::Passing passing{.target = std::string{one->attribute("target")}, .local = one->attribute("local") == "true"};
        const bool everything = one->attribute("source") == "all" && (passing.target.empty() || passing.target == "all");
        passing.all = one->attribute("variables") == "all" || everything;
        passing.business_key = one->has("businessKey");
        passing.source = passing.business_key           ? one->attribute("businessKey")
                         : one->has("sourceExpression") ? one->attribute("sourceExpression")
                                                        : one->attribute("source");
        check_template(owner, *one, passing.source, findings);
        if (!passing.all && !passing.business_key && (passing.source.empty() || passing.target.empty())) {
            findings.fault(owner, *one, "PASSING", fmt::format("camunda:{} does not say what goes where", name),
                           "source and target, variables=\"all\" or businessKey");
            continue;
        }
        if (passing.all) {
            passing.source.clear();
            passing.target.clear();
        }
        result.push_back(std::move(passing));
    }
    return result;
}

void read_listeners(const XmlElement& element, lifecycle::Element& into, Findings& findings) {
    for (const auto* const name : {"executionListener", "taskListener"}) {
        for (const auto* const listener : extensions_of(element, name)) {
            add_listener(element, *listener, into, findings);
        }
    }
}

void refuse_listeners(const XmlElement& element, Findings& findings) {
    for (const auto* const listener : extensions_of(element, "executionListener")) {
        findings.fault(element.id(), *listener, "LISTENER", "a listener of a process or a flow is not run here", "a script task with the same assignments");
    }
}

std::map<std::string, std::string> read_properties(const XmlElement& element) {
    std::map<std::string, std::string> result;
    for (const auto* const holder : extensions_of(element, "properties")) {
        for (const auto& property : holder->children) {
            if (property.is(Space::camunda, "property") && !property.attribute("name").empty()) {
                result[std::string{property.attribute("name")}] = property.attribute("value");
            }
        }
    }
    return result;
}

std::optional<std::vector<Assignment>> setting(std::string_view expression) {
    if ((!expression.starts_with("${") && !expression.starts_with("#{")) || !expression.ends_with("}")) {
        return std::nullopt;
    }
    auto assignments = read_script(expression.substr(2, expression.size() - 3));
    return assignments ? std::optional{*std::move(assignments)} : std::nullopt;
}

}  // namespace slipway::bpmn
