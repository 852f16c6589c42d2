#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "lifecycle/decision.hpp"
#include "lifecycle/process.hpp"

namespace slipway::bpmn {

/// Something of a file that a person should know of: an extension that is known but does nothing here.
struct Remark {
    std::string element;  ///< id, or empty for the file
    std::string rule;     ///< UPPER_SNAKE_CASE
    std::string message;  ///< what it is and what to use instead
    int line{0};
};

/// What a `.bpmn` file holds. Pools that are not executable are kept in the file and drawn, and are not here.
struct ProcessFile {
    std::vector<lifecycle::Process> processes;
    std::vector<Remark> warnings;
};

/// Reads BPMN 2.0 XML as Camunda Modeler writes it. Elements and attributes are known by their namespace URI (`camunda`, `operaton` and `activiti` are
/// one), never by prefix. Bounds: 8 MiB, depth 256; DOCTYPE, entities and processing instructions that include are refused before parsing.
/// @return `invalid_argument` with reason `BPMN`, one fault for each element that cannot be run here (`pointer` = its id), with what to use instead.
Result<ProcessFile> read_processes(std::string_view xml);

struct DecisionFile {
    std::vector<lifecycle::DecisionTable> decisions;
    std::vector<Remark> warnings;
};

/// Reads DMN 1.1 to 1.3 XML. Bounds and errors as read_processes(), reason `DMN`.
Result<DecisionFile> read_decisions(std::string_view xml);

}  // namespace slipway::bpmn
