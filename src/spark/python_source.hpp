#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

/// What a model's source says of itself, read as Python reads it: comments, strings, brackets and line continuations are respected, nothing is run.
namespace slipway::spark {

/// `# modelop.<mark>` above a function at the top level of the module. Blanks, comments and decorators may stand between both.
struct MarkedFunction {
    std::string mark;  ///< `init`, `score`, `metrics`, `train`, as written behind the dot
    std::string function;
    int line{0};  ///< of the `def`, from 1
};

/// `# modelop.<mark>` above what is no such function: a `lambda`, a class, a method, or nothing at all.
struct StrayMark {
    std::string mark;
    int line{0};  ///< of what is marked, from 1; of the comment where nothing follows it
};

struct PythonSource {
    std::vector<MarkedFunction> marked;
    std::vector<StrayMark> stray;
    std::vector<std::string> functions;  ///< all functions (also `async def`) at the top level, in order
};

/// Reads a source with or without BOM, with any line ends. Marks inside strings and docstrings count for nothing.
/// @return `invalid_argument`/`PYTHON_SYNTAX` with the line for a string or bracket that never ends, a NUL byte, or strings deeper within each other than
///         Python reads them. Takes a time that grows with the size alone.
Result<PythonSource> read_python(std::string_view source);

}  // namespace slipway::spark
