#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::automation {

class Definitions;

/// What a table of tests says of results.
struct Verdict {
    enum class Kind { passed, failed, not_evaluated };
    Kind kind{Kind::not_evaluated};
    std::vector<std::string> reasons{};  ///< `reason` of each rule that did not pass, or why there is no verdict
};
/// `PASSED`, `FAILED`, `NOT_EVALUATED`.
std::string_view to_string(Verdict::Kind kind);

/// Asks the DMN tables in `content` what `results` are worth: passed only if rules matched and each of them says `passes`. What matches no rule is failed,
/// never passed. @return `invalid_argument` when it is no DMN; `failed_precondition` when a decision is ambiguous or fails, or names no output `passes`: a
/// person must look.
Result<Verdict> compare(Definitions& definitions, const std::string& content, const json::object& results);

/// Metrics in what a job wrote: a JSON object, objects one a line or in a list, CSV with a line of names above one line of values, or CSV lines of a name and
/// a number. Pure. @return `failed_precondition`/`NO_METRICS` for anything else, predictions for example, and where a name has two values.
Result<json::object> metrics_of(std::string_view text);

}  // namespace slipway::automation
