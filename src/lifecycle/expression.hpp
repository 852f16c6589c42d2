#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::lifecycle {

/// What may still be spent on expressions, and what there was.
struct Fuel {
    std::size_t steps{10'000};
    std::size_t most{steps};
};

/// What an expression may see. Values are JSON; nothing of them is ever evaluated.
class Names {
public:
    virtual ~Names() = default;
    /// The variable as seen from the scope where the expression stands, or nullptr where there is none.
    virtual const json::value* find(std::string_view name) const = 0;
    /// What `execution.getProcessInstanceId()` and `execution.getProcessBusinessKey()` answer.
    virtual std::string_view instance_id() const { return {}; }
    virtual std::string_view business_key() const { return {}; }
    /// What `now()` answers, as ISO 8601 text.
    virtual std::string now() const { return {}; }
    /// What all expressions that are evaluated with these names have together, beside the bound of each; nullptr: no such bound.
    virtual Fuel* fuel() const { return nullptr; }
};

/// A compiled expression of the JUEL subset (reference/lifecycle.md section 5): literals, variables, members and indexes of JSON values, operators,
/// `?:`, the methods of its list and Spin's `S(x)`. No reflection, no assignment, no call outside the list. Immutable and thread-safe.
///
/// As JUEL: `/` makes a double; beside a number a text is read as a number, beside a flag as a flag; a member, key or index that is not there is null,
/// and so is any member of null. Stricter than JUEL: null has no order, no arithmetic and no truth, a text that is no number is an error beside one,
/// and nothing overflows or divides by zero. `externalTask.getErrorMessage()` and its like read the variable `externalTask` (members `errorMessage`,
/// `errorDetails`, `retries`).
class Expression {
public:
    /// Reads what stands between `${` and `}`. Bounds: 4 KiB of source, depth 64.
    /// @return `invalid_argument` with reason `EXPRESSION` and the offset in words.
    static Result<Expression> parse(std::string_view source);

    /// Bounds: 10,000 steps, results of 1 MiB; a step looks at 1 KiB of text or a dozen values.
    /// @return `failed_precondition` with reason `EXPRESSION`: an unknown variable, a type that does not fit, no fuel left.
    Result<json::value> evaluate(const Names& names) const;
    /// evaluate() of a condition: anything but true and false is an error.
    Result<bool> test(const Names& names) const;

    const std::string& source() const { return source_; }

    struct Node;

private:
    friend class Template;
    Result<json::value> evaluate(const Names& names, Fuel& fuel) const;
    Expression(std::string source, std::shared_ptr<const Node> root) : source_{std::move(source)}, root_{std::move(root)} {}
    std::string source_;
    std::shared_ptr<const Node> root_;
};

/// A text that may hold `${…}` or `#{…}`; `\${` stands for itself. A text that is one expression and nothing else has that expression's value and type; any
/// other one is a string.
class Template {
public:
    /// Bounds: 1 MiB of text, and all its expressions together 10,000 steps.
    /// @return as Expression::parse().
    static Result<Template> parse(std::string_view text);
    Result<json::value> evaluate(const Names& names) const;
    /// evaluate() as text: a string as it is, numbers and flags as they are written, null as an empty text.
    Result<std::string> text(const Names& names) const;
    /// Whether it holds no expression at all.
    bool constant() const;

private:
    struct Part {
        std::string text;
        std::shared_ptr<const Expression> expression;
    };
    std::vector<Part> parts_;
};

}  // namespace slipway::lifecycle
