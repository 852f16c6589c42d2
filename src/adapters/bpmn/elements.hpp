#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/bpmn/events.hpp"
#include "adapters/bpmn/findings.hpp"
#include "adapters/bpmn/xml.hpp"
#include "lifecycle/process.hpp"

namespace slipway::bpmn {

/// The kind of a flow node by its name in the file; nothing for what is none that runs here.
std::optional<lifecycle::ElementKind> kind_of_node(const XmlElement& element);

/// Whether an element of BPMN is drawn only, or belongs to another element: it is passed over in silence.
bool is_passive(std::string_view name);

/// What to use instead of an element of BPMN that does not run here.
void refuse_element(const XmlElement& element, Findings& findings);

/// Reads a flow node with its extensions. `scope` is the id of the enclosing sub-process, `in_event_sub_process` whether that one is triggered by an event.
lifecycle::Element read_node(const XmlElement& element, lifecycle::ElementKind kind, std::string_view scope, bool in_event_sub_process,
                             const References& references, Findings& findings);

/// What does the work of a service task, or of a send or business rule task: topic, delegate, expression, decision.
void read_work(const XmlElement& element, const References& references, lifecycle::Element& into, Findings& findings);
/// The assignments of a script task.
void read_script_task(const XmlElement& element, lifecycle::Element& into, Findings& findings);
/// `multiInstanceLoopCharacteristics`; a standard loop is a fault.
void read_loop(const XmlElement& element, lifecycle::Element& into, Findings& findings);

}  // namespace slipway::bpmn
