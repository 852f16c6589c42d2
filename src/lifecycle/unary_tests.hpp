#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lifecycle/expression.hpp"

namespace slipway::lifecycle {

/// A day or an instant, as `date("…")` and `date and time("…")` write them.
struct FeelTime {
    bool day{false};  ///< a whole day: what it is compared with counts by its day
    Timestamp time{};
};

/// What a test compares with: a literal, or a variable (with its path) that is looked up when the test is made.
using FeelOperand = std::variant<json::value, FeelTime, Expression>;

/// One test of a cell.
struct UnaryTest {
    enum class Kind : std::uint8_t { equal, less, less_equal, greater, greater_equal, range };
    Kind kind{Kind::equal};
    FeelOperand low;                    ///< of a range its begin
    std::optional<FeelOperand> high{};  ///< of a range
    bool with_low{true};                ///< whether the ends belong to the range
    bool with_high{true};
};

/// An input entry of a decision table: FEEL unary tests (DMN 1.3, 10.3.2.12, without date arithmetic) or an expression that is true or false.
/// Immutable and thread-safe.
class UnaryTests {
public:
    /// Reads `-`, nothing, `null`, literals, `< <= > >=`, ranges in every bracket form, lists of these, `not(…)`; else a condition.
    /// @return `invalid_argument` with reason `DECISION`.
    static Result<UnaryTests> parse(std::string_view text);

    /// Whether the input passes. An input that is absent (nullptr), NaN or infinite passes only `-`; null only `-` and `null`. Values of another kind
    /// are not equal, and have no order.
    /// @return `failed_precondition` with reason `DECISION` for a comparison that has no meaning, or as Expression::evaluate().
    Result<bool> matches(const json::value* input, const Names& names) const;

    /// Whether it passes everything: `-` or nothing.
    bool any() const { return any_; }
    /// Whether it is a condition that does not need its column's input.
    bool condition() const { return condition_.has_value(); }

private:
    bool any_{false};
    bool negated_{false};
    std::vector<UnaryTest> tests_;
    std::optional<Expression> condition_;
};

/// Reads `"text"` with its escapes, from its opening quote. @return what it says, and `at` behind it; nothing when it is none.
std::optional<std::string> read_feel_text(std::string_view source, std::size_t& at);

}  // namespace slipway::lifecycle
