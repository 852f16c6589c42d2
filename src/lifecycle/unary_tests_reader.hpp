#pragma once

#include <string_view>

#include "lifecycle/unary_tests.hpp"

namespace slipway::lifecycle {

/// Takes a cell apart. For one use.
class UnaryTestsReader {
public:
    explicit UnaryTestsReader(std::string_view source) : source_{source} {}
    /// The tests of the cell; nothing when it is no list of unary tests. `negated` tells whether `not(…)` stood around them.
    std::optional<std::vector<UnaryTest>> read(bool& negated);

private:
    void skip_blanks();
    bool take(std::string_view sign);
    bool list(std::vector<UnaryTest>& tests);
    std::optional<UnaryTest> test();
    std::optional<UnaryTest> range();
    std::optional<FeelOperand> operand();
    std::optional<FeelOperand> number();
    std::optional<FeelOperand> time(bool day);
    std::optional<FeelOperand> word();

    std::string_view source_;
    std::size_t at_{0};
};

}  // namespace slipway::lifecycle
