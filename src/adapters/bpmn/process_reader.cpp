#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "adapters/bpmn/elements.hpp"
#include "adapters/bpmn/parameters.hpp"
#include "adapters/bpmn/reader.hpp"
#include "adapters/bpmn/vocabulary.hpp"
#include "lifecycle/bounds.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::Element;
using lifecycle::ElementKind;
using lifecycle::Flow;
using lifecycle::Process;

bool is_activity(ElementKind kind) {
    return (kind >= ElementKind::service_task && kind <= ElementKind::business_rule_task) || kind == ElementKind::sub_process ||
           kind == ElementKind::call_activity;
}

/// Reads one executable process.
class ProcessReader {
public:
    ProcessReader(const References& references, Findings& findings) : references_{references}, findings_{findings} {}
    Process read(const XmlElement& element);

private:
    void scope(const XmlElement& element, std::string_view id, bool by_event);
    void node(const XmlElement& element, ElementKind kind, std::string_view scope, bool by_event);
    void flow(const XmlElement& element, std::string_view scope);
    void check_flow(const Flow& flow);
    void check_node(const Element& node);
    const Element* find(std::string_view id) const;

    const References& references_;
    Findings& findings_;
    Process process_;
    std::map<std::string, const XmlElement*, std::less<>> written_;  ///< of nodes and flows
    std::map<std::string, std::size_t, std::less<>> nodes_;          ///< places in process_.elements
    struct Way {
        std::string scope;
        std::string from;
    };
    std::map<std::string, Way, std::less<>> ways_;  ///< of flows, by their ids
    std::set<std::string, std::less<>> refused_;    ///< ids of elements that cannot run: what refers to them names something all the same
};

Process ProcessReader::read(const XmlElement& element) {
    process_.id = element.id();
    process_.name = element.attribute("name");
    process_.version_tag = element.attribute("versionTag", Space::camunda);
    process_.history_time_to_live = element.attribute("historyTimeToLive", Space::camunda);
    process_.properties = read_properties(element);
    check_extensions(element, findings_);
    refuse_listeners(element, findings_);
    scope(element, {}, false);
    if (process_.elements.size() > lifecycle::kMaxElements || process_.flows.size() > lifecycle::kMaxFlows) {
        findings_.fault(element, "SIZE", fmt::format("the process has {} elements and {} flows", process_.elements.size(), process_.flows.size()),
                        fmt::format("at most {} elements and {} flows, the rest in processes that it calls", lifecycle::kMaxElements, lifecycle::kMaxFlows));
        return std::move(process_);
    }
    std::ranges::for_each(process_.flows, [this](const auto& one) { check_flow(one); });
    std::ranges::for_each(process_.elements, [this](const auto& one) { check_node(one); });
    return std::move(process_);
}

void ProcessReader::scope(const XmlElement& element, std::string_view id, bool by_event) {
    for (const auto& child : element.children) {
        if (child.space != Space::bpmn || is_passive(child.name)) {
            continue;
        }
        if (child.name == "sequenceFlow") {
            flow(child, id);
        } else if (const auto kind = kind_of_node(child)) {
            node(child, *kind, id, by_event);
        } else {
            refuse_element(child, findings_);
            refused_.emplace(child.id());
        }
    }
}

void ProcessReader::node(const XmlElement& element, ElementKind kind, std::string_view scope_id, bool by_event) {
    auto read = read_node(element, kind, scope_id, by_event, references_, findings_);
    written_.try_emplace(read.id, &element);
    nodes_.try_emplace(read.id, process_.elements.size());
    process_.elements.push_back(std::move(read));
    if (kind == ElementKind::sub_process || kind == ElementKind::event_sub_process) {
        scope(element, element.id(), kind == ElementKind::event_sub_process);
    }
}

void ProcessReader::flow(const XmlElement& element, std::string_view scope_id) {
    check_extensions(element, findings_);
    refuse_listeners(element, findings_);
    Flow read{.id = std::string{element.id()},
              .name = std::string{element.attribute("name")},
              .from = std::string{element.attribute("sourceRef")},
              .to = std::string{element.attribute("targetRef")}};
    if (const auto* const condition = element.child(Space::bpmn, "conditionExpression")) {
        read.condition = condition->text;
        const auto language = condition->attribute("language");
        const bool ours = language.empty() || language == "juel" || language == "JUEL" || language.contains("XMLSchema") || language.contains("XPath");
        if (!ours || condition->has("resource", Space::camunda)) {
            findings_.fault(element.id(), *condition, "SCRIPT", fmt::format("a condition in the language \"{}\" is not read", language),
                            "an expression ${…} that is true or false");
        } else if (!read.condition.contains("${") && !read.condition.contains("#{")) {
            findings_.fault(element.id(), *condition, "CONDITION", fmt::format("the condition \"{}\" is no expression", read.condition),
                            "an expression ${…} that is true or false");
        } else {
            check_template(element.id(), *condition, read.condition, findings_);
        }
    }
    written_.try_emplace(read.id, &element);
    ways_.try_emplace(read.id, Way{.scope = std::string{scope_id}, .from = read.from});
    process_.flows.push_back(std::move(read));
}

const Element* ProcessReader::find(std::string_view id) const {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? nullptr : &process_.elements[found->second];
}

void ProcessReader::check_flow(const Flow& flow) {
    const auto& at = *written_.at(flow.id);
    const auto& scope_id = ways_.at(flow.id).scope;
    for (const auto& [attribute, id] : {std::pair{"sourceRef", &flow.from}, std::pair{"targetRef", &flow.to}}) {
        const auto* const end = find(*id);
        if (end == nullptr && refused_.contains(*id)) {
            continue;
        }
        if (end == nullptr) {
            findings_.fault(at, "FLOW_END", fmt::format("{}=\"{}\" names no element of this process", attribute, *id),
                            "the id of a task, an event or a gateway beside it");
        } else if (end->scope != scope_id) {
            findings_.fault(at, "FLOW_SCOPE", fmt::format("the flow crosses the border of a sub-process to \"{}\"", *id),
                            "a flow from or to the sub-process itself");
        }
    }
}

void ProcessReader::check_node(const Element& node) {
    const auto& at = *written_.at(node.id);
    if (node.kind == ElementKind::boundary_event) {
        const auto* const host = find(node.attached_to);
        if (host == nullptr ? !refused_.contains(node.attached_to) : !is_activity(host->kind) || host->scope != node.scope) {
            findings_.fault(at, "ATTACHED_TO", fmt::format("attachedToRef=\"{}\" is no task or sub-process beside it", node.attached_to),
                            "the id of the task or sub-process on whose border it stands");
        }
    }
    if (!node.default_flow.empty()) {
        const auto found = ways_.find(node.default_flow);
        if (found == ways_.end() || found->second.from != node.id) {
            findings_.fault(at, "DEFAULT_FLOW", fmt::format("default=\"{}\" is no flow that leaves it", node.default_flow), "the id of one of its own flows");
        }
    }
}

/// Faults ids that are absent or stand twice, in the definitions and in what is executed.
class Ids {
public:
    explicit Ids(Findings& findings) : findings_{findings} {}
    void add(const XmlElement& element) {
        const bool wants_id = kind_of_node(element).has_value() || element.name == "sequenceFlow" || element.name == "process";
        if (element.space == Space::bpmn && element.id().empty() && wants_id) {
            findings_.fault(element, "MISSING_ID", fmt::format("an element {} has no id", element.name), "an id of its own");
        }
        if (element.space == Space::bpmn && !element.id().empty()) {
            const auto [first, fresh] = lines_.try_emplace(element.id(), element.line);
            if (!fresh) {
                findings_.fault(element, "DUPLICATE_ID", fmt::format("the id stands on line {} already", first->second), "an id of its own");
            }
        }
        if (element.space == Space::bpmn) {
            std::ranges::for_each(element.children, [this](const auto& child) { add(child); });
        }
    }

private:
    Findings& findings_;
    std::map<std::string_view, int> lines_;
};

bool is_executable(const XmlElement& element) {
    const auto value = element.attribute("isExecutable");
    return element.is(Space::bpmn, "process") && (value == "true" || value == "1");
}

void check_definitions(const XmlElement& root, Findings& findings) {
    Ids ids{findings};
    for (const auto& child : root.children) {
        const bool other_process = child.is(Space::bpmn, "process") && !is_executable(child);
        if (child.space != Space::bpmn || other_process || child.name == "collaboration") {
            continue;  // another pool is drawn, not run: nothing of it is looked at
        }
        ids.add(child);
        if (child.name == "import") {
            findings.warn({}, child, "IMPORT", "an imported file is not read. Use instead: everything in this file.");
        }
        if (child.name == "error") {
            check_extensions(child, findings);
        }
    }
}

}  // namespace

Result<ProcessFile> read_processes(std::string_view xml) {
    SW_TRY(const auto file, XmlFile::parse(xml, "BPMN"));
    const auto& root = file.root();
    if (!root.is(Space::bpmn, "definitions")) {
        return fail(ErrorCode::invalid_argument, "BPMN",
                    fmt::format("The file is no BPMN 2.0: its root is <{}>, where <definitions> of the BPMN namespace must stand.", root.name));
    }
    Findings findings;
    const References references{root};
    check_definitions(root, findings);
    ProcessFile result;
    for (const auto& child : root.children) {
        if (is_executable(child)) {
            result.processes.push_back(ProcessReader{references, findings}.read(child));
        }
    }
    if (result.processes.empty() && !findings.failed()) {
        return fail(ErrorCode::invalid_argument, "BPMN", "The file has no executable process: set \"Executable\" on the process (isExecutable=\"true\").");
    }
    if (findings.failed()) {
        return findings.error("BPMN");
    }
    result.warnings = findings.take_warnings();
    return result;
}

}  // namespace slipway::bpmn
