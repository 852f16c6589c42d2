#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "lifecycle/expression.hpp"

namespace slipway::lifecycle {

/// How many rules of a decision table may match and what becomes of them (DMN 1.3, 8.2.8).
enum class HitPolicy { unique, first, collect, rule_order, any, collect_sum, collect_min, collect_max, collect_count };

/// A decision table as its file describes it, before it is checked and compiled.
struct DecisionTable {
    struct Column {
        std::string name;        ///< of an output; label of an input
        std::string expression;  ///< of an input: a name as written, a path (`JOB.drift`, looked up when its first name is known) or `${…}`
        std::string type;        ///< `string`, `boolean`, `integer`, `double`, `date` …; empty: any
        std::string variable{};  ///< of an input: what its cells may call its value, besides `cellInput`
    };
    struct Rule {
        std::string id;
        std::vector<std::string> inputs;   ///< FEEL unary tests, `-` or empty: any
        std::vector<std::string> outputs;  ///< literals or expressions
    };
    std::string id;
    std::string name;
    HitPolicy hit_policy{HitPolicy::unique};
    std::vector<Column> inputs;
    std::vector<Column> outputs;
    std::vector<Rule> rules;
};

/// A compiled decision. Immutable and thread-safe.
class Decision {
public:
    /// Bounds: 10,000 rules, 200 columns.
    /// @return `invalid_argument` with reason `DECISION`: the rule and the column where a test cannot be read.
    static Result<Decision> compile(DecisionTable table);

    /// What the rules that match answer, in the order of the rules; one object with the sum and its like where the table collects one. An absent input matches
    /// only `-`; NaN and infinities are no numbers here, nor are their names as text in a column of numbers. An empty output is null. Inputs and outputs are
    /// read as their columns' types.
    /// Bounds: 500,000 steps of expressions in all cells together.
    /// @return `failed_precondition` with reason `DECISION`: several rules of a UNIQUE table match, an ANY table disagrees, or a test fails. No rule
    /// that matches is an empty list, which no caller may take for a pass.
    Result<std::vector<json::object>> evaluate(const Names& names) const;

    struct Compiled;

private:
    explicit Decision(std::shared_ptr<const Compiled> compiled) : compiled_{std::move(compiled)} {}
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace slipway::lifecycle
