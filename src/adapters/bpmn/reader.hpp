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
/// Ids, references and the syntax of expressions are checked; whether the graph makes sense is asked when it is compiled.
/// @return `invalid_argument` with reason `BPMN`, one fault for each element that cannot be run here: `pointer` is its id, `got` its line, the rule
/// (UPPER_SNAKE_CASE) and what is wrong (`line 12, JAVA_CLASS: …`), `expected` what to use instead; at most 100.
Result<ProcessFile> read_processes(std::string_view xml);

struct DecisionFile {
    std::vector<lifecycle::DecisionTable> decisions;
    std::vector<Remark> warnings;
};

/// Reads DMN 1.1 to 1.5 XML: decision tables, whose every cell is checked. A cell in another language than FEEL is read as an expression of ours, or a
/// fault under its rule's id. Bounds and errors as read_processes(), reason `DMN`.
Result<DecisionFile> read_decisions(std::string_view xml);

}  // namespace slipway::bpmn
