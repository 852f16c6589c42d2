#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/bpmn/findings.hpp"
#include "adapters/bpmn/xml.hpp"
#include "lifecycle/process.hpp"

namespace slipway::bpmn {

/// The Camunda extensions of an element of that name.
std::vector<const XmlElement*> extensions_of(const XmlElement& element, std::string_view name);

/// Faults a text whose expressions cannot be read.
void check_template(std::string_view owner, const XmlElement& at, std::string_view text, Findings& findings);

/// `camunda:inputOutput`.
void read_parameters(const XmlElement& element, lifecycle::Element& into, Findings& findings);

/// `camunda:in` or `camunda:out` of a call activity, or `camunda:in` of a signal event definition; their extensions are children of `element`.
std::vector<lifecycle::Passing> read_passing(std::string_view owner, const XmlElement& element, std::string_view name, Findings& findings);

/// `camunda:executionListener` and `camunda:taskListener` that set variables.
void read_listeners(const XmlElement& element, lifecycle::Element& into, Findings& findings);

/// Faults listeners where none can run: on flows and on the process.
void refuse_listeners(const XmlElement& element, Findings& findings);

/// `camunda:properties`.
std::map<std::string, std::string> read_properties(const XmlElement& element);

/// `camunda:expression` or the expression of a listener that is one `${execution.setVariable('A', …)}`, as assignments; nothing for any other one.
std::optional<std::vector<lifecycle::Assignment>> setting(std::string_view expression);

}  // namespace slipway::bpmn
