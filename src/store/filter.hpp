#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::store {

/// One term of a filter. Terms are joined by AND.
struct FilterTerm {
    enum class Op { equal, not_equal, less, less_equal, greater, greater_equal, contains, text };
    std::string field;  ///< `status`, `updated`, `tag.team`; empty for free text
    Op op{Op::text};
    std::string value;
    std::vector<std::string> alternatives{};  ///< further values of `:a,b,c` (equal: any of them, not_equal: none of them)
};

/// The filter language, the same in page, CLI and REST: `status:ERROR tag.team=risk updated>7d "free text" -type:PYSPARK name~churn`.
/// `:` and `=` are equality (`:a,b` any of), `!=` or a leading `-` is its opposite, `~` contains, `<` `<=` `>` `>=` compare numbers, times and ages
/// (`7d`, `12h`, `30m`: `updated>7d` is within seven days). Values with blanks or commas stand in double quotes.
struct Filter {
    std::vector<FilterTerm> terms;
    bool empty() const { return terms.empty(); }
};

/// @return `invalid_argument` with pointer `?filter`, the position in words and what was expected. At most 1,000 characters and 20 terms; a list
/// takes 50 values and 50 words of free text in all its filters.
Result<Filter> parse_filter(std::string_view text);

}  // namespace slipway::store
